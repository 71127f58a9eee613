//! CT slices in DICOM files (PS3.10): one file to a [`DicomSlice`], slices to a [`Series`], a [`Volume`] to files.
//!
//! A file passes `precheck` first, a walk of our own that checks every declared length and hands on a flat copy of the
//! few attributes needed here. dicom-object decodes only that copy: its parser reserves memory from declared lengths and
//! recurses into sequences, so it must not see a stranger's file. Compressed pixel data is refused by name.
//! Which files belong together is decided in [`super::Intake`], with [`same_stack`].

mod precheck;
mod seg;
mod series;
mod slice;
mod walk;
mod write;

pub use seg::{Segmentation, is_seg, read_seg};
pub use series::{assemble, same_stack};
pub use slice::read_slice;
pub use write::write_series;

pub(super) use precheck::looks_like;

#[cfg(doc)]
use super::Series;
#[cfg(doc)]
use crate::volume::Volume;

/// One CT slice, decoded: what [`assemble`] needs of a file.
#[derive(Clone, Debug)]
pub struct DicomSlice {
    /// Name of the file it came from.
    pub file: String,
    /// Pixels in Hounsfield units, `[y, x]`, row-major. Padding (PixelPaddingValue) is -1024.
    pub hu: Vec<i16>,
    /// `[rows, columns]`.
    pub dims: [usize; 2],
    /// Whether the file says how stored values become Hounsfield units (RescaleSlope, RescaleIntercept).
    pub rescaled: bool,
    /// SeriesInstanceUID; empty where missing.
    pub series_uid: String,
    /// SeriesDescription, else StudyDescription, else PatientID; empty where all are missing.
    pub description: String,
    /// InstanceNumber.
    pub instance_number: Option<i64>,
    /// ImagePositionPatient: centre of the first pixel, LPS, mm (PS3.3 C.7.6.2.1.1).
    pub position_mm: Option<[f64; 3]>,
    /// ImageOrientationPatient: unit vectors along a row (columns increase) and down a column (rows increase), LPS.
    pub axes: Option<[[f64; 3]; 2]>,
    /// PixelSpacing: distance in mm between rows (y), then between columns (x).
    pub spacing_mm: Option<[f64; 2]>,
    /// SpacingBetweenSlices, else SliceThickness, in mm. Used only for a slice on its own.
    pub slice_step_mm: Option<f64>,
}
