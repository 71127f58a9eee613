//! Measurements as a structured report in DICOM: what the list of organs shows, and what a person drew.

use super::label_places::OrganPlaces;
use super::series::SeriesState;
use crate::app::protocol::{OrganInfo, PatientData};
use crate::core::drawn_measurement::DrawnMeasurement;
use crate::core::error::UserError;
use crate::core::i18n::messages::{AppMessage, Message};
use crate::core::volumetry::measure_volume;
use crate::formats::OrganLabel;
use crate::formats::dicom::{MeasuredOrgan, ReportContent, size_comments, write_measurement_report};
use crate::formats::measurement_table::MeasurementRow;

impl SeriesState {
    /// The report. The organs must have been measured.
    pub(super) fn measurement_report(
        &self,
        patient: PatientData,
        hidden: &[u8],
        drawn: &[DrawnMeasurement],
        at: &str,
    ) -> Result<Vec<u8>, UserError> {
        let file_geometry = self.file_geometry().ok_or_else(|| {
            UserError::new(AppMessage::TheMeasurementReport, AppMessage::PositionUnknown, AppMessage::SaveTables)
        })?;
        let shown = self.reported_organs(hidden).into_iter().filter(|organ| organ.voxels > 0);
        let places = self.organ_places();
        let organs: Vec<MeasuredOrgan> = shown.map(|organ| self.measured_organ(organ, patient, &places)).collect();
        let corrected = self.organs.measured.iter().flatten().any(|organ| organ.corrected > 0);
        let grid = self.grid();
        let row =
            |drawn: &DrawnMeasurement| MeasurementRow { drawn: *drawn, statistics: self.ellipse_statistics(drawn) };
        let drawn: Vec<MeasurementRow> = drawn.iter().filter(|drawn| drawn.fits(&grid)).map(row).collect();
        let content = ReportContent { organs: &organs, drawn: &drawn, grid, file_geometry };
        let identity = self.file_identity(patient, &file_geometry);
        self.with_provenance(corrected, at, |provenance| write_measurement_report(&content, &identity, provenance))
    }

    fn measured_organ(&self, organ: OrganInfo, patient: PatientData, places: &OrganPlaces) -> MeasuredOrgan {
        let comments = self.size_comments(&organ, places);
        let name = match patient {
            PatientData::Omit => self.harmless_name(organ.label, &organ.name),
            PatientData::Include => organ.name,
        };
        MeasuredOrgan {
            organ: OrganLabel { label: organ.label, name },
            volume_ml: organ.volume_ml,
            hu: organ.hu.map(|hu| [hu.mean_hu, hu.sd_hu]),
            comments,
        }
    }

    /// Why the volume of an organ may not be all of it, in English.
    fn size_comments(&self, organ: &OrganInfo, places: &OrganPlaces) -> Vec<String> {
        let pixels = &places.of(self.source_of(organ.label)).pixels;
        let pixels: Vec<Option<usize>> = pixels.iter().map(|slice| Some(slice[usize::from(organ.label)])).collect();
        let measured = measure_volume(&pixels, self.study.spacing_mm, self.study.voxel_mm3);
        size_comments(&measured.with_dispute(self.study.notes.iter().any(Message::disputes_voxel_size)))
    }
}
