//! Measurements as a structured report in DICOM: what the list of organs shows, and what a person drew.

use super::series::SeriesState;
use crate::app::protocol::{OrganInfo, PatientData};
use crate::core::drawn_measurement::DrawnMeasurement;
use crate::core::error::UserError;
use crate::core::i18n::Language;
use crate::core::i18n::messages::{AppMessage, Message};
use crate::core::volumetry::{SizeWarning, measure_volume};
use crate::formats::OrganLabel;
use crate::formats::dicom::{MeasuredOrgan, ReportContent, write_measurement_report};
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
        let organs: Vec<MeasuredOrgan> = shown.map(|organ| self.measured_organ(organ, patient)).collect();
        let corrected = self.organs.measured.iter().flatten().any(|organ| organ.corrected > 0);
        let grid = self.grid();
        let row =
            |drawn: &DrawnMeasurement| MeasurementRow { drawn: *drawn, statistics: self.ellipse_statistics(drawn) };
        let drawn: Vec<MeasurementRow> = drawn.iter().filter(|drawn| drawn.fits(&grid)).map(row).collect();
        let content = ReportContent { organs: &organs, drawn: &drawn, grid, file_geometry };
        let identity = self.file_identity(patient, &file_geometry);
        self.with_provenance(corrected, at, |provenance| write_measurement_report(&content, &identity, provenance))
    }

    fn measured_organ(&self, organ: OrganInfo, patient: PatientData) -> MeasuredOrgan {
        let comments = self.size_comments(&organ);
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
    fn size_comments(&self, organ: &OrganInfo) -> Vec<String> {
        let is_active = organ.label == self.active_label();
        let count = |slice: usize| match is_active {
            true => self.labels_shown(slice).map_or(0, |labels| labels.iter().filter(|own| **own != 0).count()),
            false => self
                .organ_labels(slice)
                .map_or(0, |labels| labels.iter().filter(|label| **label == organ.label).count()),
        };
        // The slices between say nothing of the ends.
        let last = self.image.volume.depth() - 1;
        let pixels: Vec<Option<usize>> =
            (0..=last).map(|slice| Some(if slice == 0 || slice == last { count(slice) } else { 0 })).collect();
        let measured = measure_volume(&pixels, self.study.spacing_mm, self.study.voxel_mm3);
        let strings = &Language::English.strings().result;
        let text = |warning: &SizeWarning| match warning {
            SizeWarning::TouchesFirst => Some(strings.touches_first),
            SizeWarning::TouchesLast => Some(strings.touches_last),
            SizeWarning::TouchesBoth => Some(strings.touches_both),
            SizeWarning::DisputedSpacing => Some(strings.disputed_spacing),
            SizeWarning::LoneSlice | SizeWarning::NoSpacing | SizeWarning::Unfinished { .. } => None,
        };
        let is_disputed = self.study.notes.iter().any(Message::disputes_voxel_size);
        measured.with_dispute(is_disputed).caveats.iter().filter_map(text).map(str::to_owned).collect()
    }
}
