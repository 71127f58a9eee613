//! The file that a mask is written to: its name says in which format.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Result;
use clap::builder::{PathBufValueParser, TypedValueParser};
use sha2::{Digest, Sha256};

use super::files;
use crate::core::error::UserError;
use crate::core::hex::hex;
use crate::core::label_values::distinct_labels;
use crate::core::mask::{Mask, PANCREAS};
use crate::core::volume::Geometry;
use crate::formats::dicom::{Identity, LabelWriter, SegProvenance, write_seg, write_structure_set};
use crate::formats::{OrganLabel, Series, nifti, nrrd};

/// A file to write a mask to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MaskOutput {
    /// The file.
    pub path: PathBuf,
    /// The format that its name says.
    format: MaskFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum MaskFormat {
    /// NIfTI, not compressed.
    Nifti,
    NiftiGzip,
    Nrrd,
    /// NRRD with the names of segments, for 3D Slicer.
    SegNrrd,
    /// DICOM SEG.
    DicomSeg,
    /// Contours: a DICOM structure set.
    RtStruct,
}

/// Endings and their formats, longer endings first.
const FORMATS: [(&str, MaskFormat); 6] = [
    (".rtstruct.dcm", MaskFormat::RtStruct),
    (".seg.nrrd", MaskFormat::SegNrrd),
    (".nii.gz", MaskFormat::NiftiGzip),
    (".nrrd", MaskFormat::Nrrd),
    (".nii", MaskFormat::Nifti),
    (".dcm", MaskFormat::DicomSeg),
];

/// What a mask lies on and came from.
pub struct MaskContext<'a> {
    /// The scan's geometry in file order; `None` for a picture.
    geometry: Option<Geometry>,
    /// Whose scan it is, or a made-up identity for one that is not in DICOM; `None` for a picture.
    identity: Option<Identity>,
    /// The model that made it; `None` for labels that a person began.
    model: Option<MaskModel<'a>>,
}

/// The model that made a mask.
#[derive(Clone, Copy, Debug)]
pub struct MaskModel<'a> {
    /// Its organs by label value.
    pub labels: &'a BTreeMap<u8, String>,
    /// Its file.
    pub path: &'a Path,
    /// The gate that was held open, counted from the deepest.
    pub open_gate: Option<usize>,
}

impl<'a> MaskContext<'a> {
    /// A mask on `series`, in file order.
    pub fn new(series: &Series, model: Option<MaskModel<'a>>) -> Self {
        let geometry = series.volume.geometry;
        let depth = series.volume.depth();
        let made_up = || geometry.map(|geometry| Identity::made_up(&content_key(series), depth, &geometry));
        Self { geometry, identity: series.identity.clone().or_else(made_up), model }
    }

    /// What `write` makes of where the voxels lie, whose scan it is, and how the mask came about: a DICOM file for `path`.
    ///
    /// # Errors
    /// A picture, whose pixels have no size; the errors of `write`.
    pub fn dicom(
        &self,
        path: &Path,
        write: impl FnOnce(&Geometry, &Identity, &SegProvenance<'_>) -> Result<Vec<u8>, UserError>,
    ) -> Result<Vec<u8>> {
        let (geometry, identity) = self.place(path)?;
        let model_sha256 = match self.model {
            Some(model) => hex(&Sha256::digest(files::read(model.path)?)),
            None => "none".into(),
        };
        let [date, time] = utc_now();
        let (corrected, open_gate) = (self.model.is_none(), self.model.and_then(|model| model.open_gate));
        let at = [&date[..], &time[..]];
        let provenance = SegProvenance { corrected, model_sha256: &model_sha256, open_gate, at };
        Ok(write(geometry, identity, &provenance)?)
    }

    /// Where the voxels lie and whose scan it is, for the DICOM file `path`.
    ///
    /// # Errors
    /// A picture, whose pixels have no size.
    pub fn place(&self, path: &Path) -> Result<(&Geometry, &Identity), UserError> {
        self.geometry.as_ref().zip(self.identity.as_ref()).ok_or_else(|| {
            let why = "the size of a pixel is unknown, and so is where the slice lies";
            UserError::new(path.display().to_string(), why, "Write the mask alone, as .nii.gz")
        })
    }
}

impl MaskOutput {
    /// Parses an argument of the command line.
    pub fn parser() -> impl TypedValueParser<Value = Self> {
        PathBufValueParser::new().try_map(Self::new)
    }

    /// The file at `path`.
    ///
    /// # Errors
    /// A name with an ending of no format that masks are written in.
    pub fn new(path: PathBuf) -> Result<Self, String> {
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
        let known = |(ending, _): &&(&str, MaskFormat)| name.len() > ending.len() && name.ends_with(ending);
        match FORMATS.iter().find(known) {
            Some(&(_, format)) => Ok(Self { path, format }),
            None => Err("a mask is written as its name says: expected a name that ends in .nii.gz, .nii, .nrrd, \
                         .seg.nrrd or .dcm (DICOM SEG; .rtstruct.dcm for contours)"
                .into()),
        }
    }

    /// Checks before the work that a mask of `dims` in file order can be written.
    ///
    /// # Errors
    /// A DICOM file on a picture, or a segmentation on a grid that DICOM cannot describe.
    pub fn check(&self, dims: [usize; 3], context: &MaskContext<'_>) -> Result<()> {
        match self.format {
            MaskFormat::DicomSeg => self.dicom(write_seg, &Mask::empty(dims), context).map(drop),
            MaskFormat::RtStruct => self.dicom(write_structure_set, &Mask::empty(dims), context).map(drop),
            _ => Ok(()),
        }
    }

    /// Writes a mask in file order.
    ///
    /// # Errors
    /// As [`check`](Self::check); a file that cannot be written.
    pub fn write(&self, mask: &Mask, context: &MaskContext<'_>) -> Result<()> {
        let geometry = context.geometry.as_ref();
        let bytes = match self.format {
            MaskFormat::Nifti => nifti::write_mask_plain(mask, geometry),
            MaskFormat::NiftiGzip => nifti::write_mask(mask, geometry),
            MaskFormat::Nrrd => nrrd::write_mask(mask, geometry, &[]),
            MaskFormat::SegNrrd => nrrd::write_mask(mask, geometry, &organs(mask, context.model)),
            MaskFormat::DicomSeg => self.dicom(write_seg, mask, context)?,
            MaskFormat::RtStruct => self.dicom(write_structure_set, mask, context)?,
        };
        files::write(&self.path, &bytes)
    }

    /// A DICOM file of every organ of the mask.
    fn dicom(&self, write: LabelWriter, mask: &Mask, context: &MaskContext<'_>) -> Result<Vec<u8>> {
        let organs = match context.model {
            // Labels that a person drew are the pancreas, where there is no other.
            None if mask.labels.iter().all(|&label| label <= PANCREAS) => vec![OrganLabel::pancreas()],
            model => organs(mask, model),
        };
        context.dicom(&self.path, |geometry, identity, making| write(mask, geometry, &organs, identity, making))
    }
}

/// The organs of a mask: those that its model names, or the labels that are in it.
fn organs(mask: &Mask, model: Option<MaskModel<'_>>) -> Vec<OrganLabel> {
    match model {
        Some(model) => OrganLabel::named(model.labels),
        None => distinct_labels(&mask.labels)
            .into_iter()
            .filter(|&label| label != 0)
            .map(|label| OrganLabel { label, name: format!("label {label}") })
            .collect(),
    }
}

/// A name for a scan that follows from its content: its grid and every 61st voxel, whose noise
/// differs in any other scan.
fn content_key(series: &Series) -> String {
    let mut hash = Sha256::new();
    hash.update(format!("{:?} {:?}", series.volume.dims, series.volume.geometry));
    hash.update(series.volume.hu.iter().step_by(61).flat_map(|hu| hu.to_le_bytes()).collect::<Vec<u8>>());
    hex(&hash.finalize())
}

/// The date and the time in UTC as DICOM writes them, `20261124` and `063000`.
fn utc_now() -> [String; 2] {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let [year, month, day] = civil_date(seconds / 86_400);
    let [hours, minutes] = [seconds / 3600 % 24, seconds / 60 % 60];
    [format!("{year:04}{month:02}{day:02}"), format!("{hours:02}{minutes:02}{:02}", seconds % 60)]
}

/// Year, month and day of the Gregorian calendar, from the number of days since 1970. Years begin
/// in March here, so that the day which leap years add is their last.
fn civil_date(days: u64) -> [u64; 3] {
    const DAYS_OF_400_YEARS: u64 = 146_097;
    // From 1 March of the year 0.
    let days = days + 719_468;
    let (era, day_of_era) = (days / DAYS_OF_400_YEARS, days % DAYS_OF_400_YEARS);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = 400 * era + year_of_era + u64::from(month <= 2);
    [year, month, day]
}
