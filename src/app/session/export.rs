//! The result as files: mask, surface and numbers. Corrections and models leave in `correct` and `learn`.

use super::SeriesState;
use crate::app::protocol::{Export, Mark};
use crate::core::error::UserError;
use crate::core::mask::Mask;
use crate::core::volume::Geometry;
use crate::formats::dicom::{Identity, SegProvenance, write_seg};
use crate::formats::report::{Findings, MaskReport, STATEMENT};
use crate::formats::{nifti, stl};
use crate::imaging::mesh::surface;

impl SeriesState {
    /// A file's name and bytes; `at` is local date and time in ISO 8601.
    pub(super) fn take(&self, what: Export, at: &str) -> Result<(String, Vec<u8>), UserError> {
        let name = self.file_name();
        Ok(match what {
            Export::Nifti => {
                let bytes = nifti::write_mask(&self.file_mask(), self.file_geometry().as_ref());
                (format!("{name}_pancreas.nii.gz"), bytes)
            }
            // Named by its content: a description may hold a patient's name.
            Export::Seg { without_patient: true } => {
                (format!("islet_{}_pancreas.dcm", self.short_key()), self.seg(true, at)?)
            }
            Export::Seg { without_patient: false } => (format!("{name}_pancreas.dcm"), self.seg(false, at)?),
            Export::Stl => {
                let refused = |why, hint| UserError::new("The surface", why, hint);
                let geometry =
                    self.volume.geometry.as_ref().ok_or_else(|| {
                        refused("the size of a pixel is unknown", "Open the series as DICOM or NIfTI")
                    })?;
                let mesh = surface(&self.mask(), geometry);
                if mesh.triangles.is_empty() {
                    return Err(refused("the mask is empty", "Mark the pancreas first"));
                }
                let triangles = mesh.triangles.iter().map(|&triangle| mesh.corners(triangle));
                (format!("{name}_pancreas.stl"), stl::write(triangles))
            }
            Export::Csv => (format!("{name}_pancreas.csv"), self.numbers(at).to_csv()),
            Export::Json => (format!("{name}_pancreas.json"), self.numbers(at).to_json()),
        })
    }

    /// The whole mask in file order.
    pub(super) fn file_mask(&self) -> Mask {
        self.mask().restore(&self.orientation, self.file_dims)
    }

    /// The geometry of that.
    fn file_geometry(&self) -> Option<Geometry> {
        self.volume.geometry.map(|g| self.orientation.file_geometry(&g, self.file_dims))
    }

    /// The series' name, fit for a file.
    fn file_name(&self) -> String {
        self.study.name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect()
    }

    /// Tells the series from others by its content.
    pub(super) fn short_key(&self) -> &str {
        &self.study.key[..8]
    }

    fn seg(&self, without_patient: bool, at: &str) -> Result<Vec<u8>, UserError> {
        let geometry = self.file_geometry().ok_or_else(|| {
            let why = "the size of a pixel is unknown, and so is where the slice lies";
            UserError::new("The DICOM segmentation", why, "Save the mask as NIfTI instead")
        })?;
        let identity = match &self.identity {
            Some(identity) if without_patient => identity.clone().without_patient(),
            Some(identity) => identity.clone(),
            None => Identity::made_up(&self.study.key, self.file_dims[0], &geometry),
        };
        // 2026-11-24T06:30:00 as DICOM writes it.
        let digits: String = at.chars().filter(char::is_ascii_digit).collect();
        let [date, time] = digits.split_at_checked(8).map_or(["", ""], |(date, time)| [date, time]);
        let making = SegProvenance {
            corrected: self.corrections.slices().next().is_some(),
            model_sha256: &self.now.model.sha256,
            at: [date, time],
        };
        write_seg(&self.file_mask(), &geometry, &identity, &making)
    }

    fn numbers(&self, at: &str) -> MaskReport {
        let marked = |wanted: &[Mark]| {
            let marks = self.marks();
            (0..marks.len()).filter(|&z| wanted.contains(&marks[z])).map(|z| z + 1).collect()
        };
        MaskReport {
            series: self.study.name.clone(),
            slices: self.volume.depth(),
            spacing_mm: self.study.spacing_mm,
            pancreas: Findings::of(&self.volume, &self.mask()),
            threshold: self.settings.threshold,
            largest_piece_only: self.settings.clean_up,
            mean_of_mirrored: self.settings.mean,
            corrected_slices: marked(&[Mark::Corrected, Mark::Accepted]),
            accepted_slices: marked(&[Mark::Accepted]),
            model: self.now.model.as_ref().clone(),
            islet_version: env!("CARGO_PKG_VERSION").into(),
            made_at: at.into(),
            statement: STATEMENT.into(),
        }
    }
}
