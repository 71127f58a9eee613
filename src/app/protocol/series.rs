//! The open series, the series of a drop as the page lists them, and the comparison with a ground truth.

use serde::{Deserialize, Serialize};

use crate::core::i18n::messages::Message;
use crate::core::volume::Geometry;
use crate::imaging::input_check::InputWarning;
use crate::imaging::metrics::Overlap;

/// The series that is open.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OpenSeries {
    /// A name that follows from the content: the same images have the same key.
    pub key: String,
    /// Name, for people.
    pub name: String,
    /// Its file, or the folder of its files.
    pub source: String,
    /// `[depth, height, width]`, in viewing order.
    pub dims: [usize; 3],
    /// The position of its voxels, in viewing order; `None` for a picture.
    pub geometry: Option<Geometry>,
    /// `[z, y, x]` in viewing order; `None` for a picture.
    pub spacing_mm: Option<[f64; 3]>,
    /// The volume of a voxel; `None` for a picture.
    pub voxel_mm3: Option<f64>,
    /// True if the values are Hounsfield units.
    pub calibrated: bool,
    /// The seed of a synthetic series; `None` for a scan.
    pub sample_seed: Option<u64>,
    /// True if its files identify a patient.
    pub has_patient: bool,
    /// The slice to show first.
    pub first_slice: usize,
    /// Remarks on the series for the reader.
    pub notes: Vec<Message>,
    /// The differences from the images that the model was trained on.
    pub unlike: Vec<InputWarning>,
}

/// A series of a drop.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeriesInfo {
    /// Name, for people.
    pub name: String,
    /// Its file, or the folder of its files.
    pub source: String,
    /// The number of slices, or of files if it could not be opened.
    pub slices: usize,
    /// Its middle slice; `None` if it could not be opened.
    pub thumbnail: Option<Thumbnail>,
    /// The reason why it could not be opened.
    pub why_not: Option<Message>,
}

/// A small grey picture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Thumbnail {
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
    /// 0 to 255, `[y, x]`.
    pub grey: serde_bytes::ByteBuf,
}

/// The comparison of the masks shown with a ground truth.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TruthInfo {
    /// Its file.
    pub name: String,
    /// Remarks on it for the reader, without final stops.
    pub notes: Vec<Message>,
    /// Counts of voxels over the slices that have a mask.
    pub overlap: Overlap,
    /// The number of slices that have a mask.
    pub slices: usize,
}
