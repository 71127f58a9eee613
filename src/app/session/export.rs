//! The result as files, once every mask is there. Surfaces, DICOM files and reports are made in files beside this one.
//!
//! Corrections and models are exported in `correct` and `learn`.

use super::Session;
use super::series::{PendingExport, SeriesState};
use crate::app::protocol::{Export, Mark, Response};
use crate::core::error::UserError;
use crate::core::i18n::messages::{AppMessage, Message, OrganMessage};
use crate::core::i18n::organ_names::OrganName;
use crate::core::mask::Mask;
use crate::core::volume::Geometry;
use crate::formats::nifti;
use crate::formats::report::{Findings, ISLET_VERSION, MaskReport, STATEMENT};

impl Session {
    /// Exports the result now, or once every mask is there.
    pub(super) fn request_export(&mut self, export: PendingExport) -> Vec<Response> {
        let Some(open) = self.shown() else {
            let error = UserError::new(AppMessage::TheMask, AppMessage::NoSeriesOpen, AppMessage::DropFirst);
            return vec![Response::Failed(error)];
        };
        open.requested.exports.push(export);
        open.finish_pending()
    }
}

impl SeriesState {
    /// Sends the exports that wait for the last mask, once every mask is up to date.
    pub(super) fn finish_pending(&mut self) -> Vec<Response> {
        if !self.predictions.current.is_complete() || self.has_outdated_masks() {
            return Vec::new();
        }
        let cleaned = self.update_strays().then(|| Response::MasksUpdated(self.masks_updated()));
        let pending = std::mem::take(&mut self.requested.exports);
        let waits = |export: &PendingExport| matches!(export, PendingExport::Report(_)) && self.has_outdated_surfaces();
        let (waiting, pending): (Vec<_>, Vec<_>) = pending.into_iter().partition(waits);
        self.requested.exports = waiting;
        if pending.iter().any(PendingExport::needs_measures) {
            self.update_measures();
        }
        let exported = pending.into_iter().map(|export| self.export(export));
        let mut responses: Vec<Response> = cleaned.into_iter().chain(exported).collect();
        responses.extend(self.review_changes());
        responses
    }

    fn export(&self, export: PendingExport) -> Response {
        match export {
            PendingExport::Mask => {
                let mask = self.file_mask();
                Response::Mask { dims: mask.dims, labels: mask.labels }
            }
            PendingExport::Report(request) => self.report_facts(request),
            PendingExport::File { what, at } => match self.file(what, &at) {
                Ok((name, bytes)) => Response::File { name, bytes },
                Err(refusal) => Response::Failed(refusal),
            },
            PendingExport::ToServer { what, at } => self.to_server(what, &at).unwrap_or_else(Response::Failed),
        }
    }

    /// A file's name and bytes; `at` is local date and time in ISO 8601.
    fn file(&self, what: Export, at: &str) -> Result<(String, Vec<u8>), UserError> {
        let name = self.file_name();
        let organ = file_name(self.active_name());
        Ok(match what {
            Export::Json if !self.is_pancreas_active() => {
                return Err(self.not_pancreas(OrganMessage::TheMeasurements));
            }
            Export::Nifti if self.predictions.current.volume.is_some() => {
                let organs = self.shown_organs().restore(&self.image.orientation, self.image.file_dims);
                (format!("{name}_organs.nii.gz"), nifti::write_mask(&organs, self.file_geometry().as_ref()))
            }
            Export::Nifti => {
                let bytes = nifti::write_mask(&self.file_mask(), self.file_geometry().as_ref());
                (format!("{name}_pancreas.nii.gz"), bytes)
            }
            Export::Seg { patient } => (self.dicom_name(patient, ".dcm"), self.seg(patient, at)?),
            Export::RtStruct { patient } => {
                (self.dicom_name(patient, ".rtstruct.dcm"), self.structure_set(patient, at)?)
            }
            Export::Sr { patient, hidden, drawn } => {
                let name = self.patient_file_name(patient, "measurements", ".sr.dcm");
                (name, self.measurement_report(patient, &hidden, &drawn, at)?)
            }
            Export::SegNrrd => (format!("{name}_{}.seg.nrrd", self.contents_name()), self.seg_nrrd()),
            Export::Stl => (format!("{name}_{organ}.stl"), self.stl()?),
            Export::Glb { organs } => {
                let contents = if self.has_organ_map() { "organs" } else { organ.as_str() };
                (format!("{name}_{contents}.glb"), self.coloured_surfaces(&organs)?)
            }
            Export::Csv => (format!("{name}_{organ}.csv"), self.measurements(at).to_csv()),
            Export::Json => (format!("{name}_pancreas.json"), self.measurements(at).to_json()),
        })
    }

    /// The whole mask in file order.
    pub(super) fn file_mask(&self) -> Mask {
        self.mask().restore(&self.image.orientation, self.image.file_dims)
    }

    /// The error of a file that would call another organ pancreas.
    pub(super) fn not_pancreas(&self, subject: impl Into<Message>) -> UserError {
        let reason = OrganMessage::OnlyPancreas { organ: OrganName(self.active_name().into()) };
        UserError::new(subject, reason, OrganMessage::ChoosePancreas)
    }

    /// The geometry of the mask in file order.
    pub(super) fn file_geometry(&self) -> Option<Geometry> {
        self.image.volume.geometry.map(|g| self.image.orientation.file_geometry(&g, self.image.file_dims))
    }

    /// The series' name with only those characters that every file system allows.
    pub(super) fn file_name(&self) -> String {
        file_name(&self.study.name)
    }

    /// The start of the series' content key.
    pub(super) fn short_key(&self) -> &str {
        &self.study.key[..8]
    }

    fn measurements(&self, at: &str) -> MaskReport {
        let marked = |wanted: &[Mark]| {
            let marks = self.marks();
            (0..marks.len()).filter(|&z| wanted.contains(&marks[z])).map(|z| z + 1).collect()
        };
        MaskReport {
            series: self.study.name.clone(),
            slices: self.image.volume.depth(),
            spacing_mm: self.study.spacing_mm,
            notes: self.study.notes.iter().map(ToString::to_string).collect(),
            pancreas: Findings::of(&self.image.volume, &self.mask()),
            threshold: self.predictions.current.threshold_in_use(&self.settings),
            largest_piece_only: self.settings.clean_up,
            from_accepted_slices: self.propagated_if_shown().is_some(),
            mean_of_mirrored: self.settings.mean,
            corrected_slices: marked(&[Mark::Corrected, Mark::Accepted]),
            accepted_slices: marked(&[Mark::Accepted]),
            model: self.predictions.current.model.as_ref().clone(),
            islet_version: ISLET_VERSION.into(),
            made_at: at.into(),
            statement: STATEMENT.into(),
        }
    }
}

/// A name with only those characters that every file system allows.
pub(super) fn file_name(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect()
}
