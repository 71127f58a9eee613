//! Pictures of planes, and the choices that a request for one offers.

use serde::{Deserialize, Serialize};

use crate::core::mpr::Plane;
use crate::core::slab::Slab;

/// One of the two models that there are while a fine-tuned model waits for a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ModelChoice {
    /// The model in use.
    Current,
    /// The model before the fine-tuning; the model in use if there is no other.
    Before,
}

/// The slice that the page is to show after a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Navigation {
    /// The current slice stays.
    Stay,
    /// The changed slice becomes the current slice.
    GoToSlice,
}

/// Another series of the drop, to be seen beside the one shown.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SeriesBeside {
    /// Index into the `series` of [`Response::Opened`](super::Response::Opened).
    pub series: usize,
    /// Distance towards the head by which it is shifted against the series shown.
    pub shift_mm: f64,
}

/// Another series at the place of a plane of the one shown, on the pixels of that plane.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct BesideView {
    /// The other series.
    pub beside: SeriesBeside,
    /// The plane of the series shown.
    pub plane: Plane,
    /// The index of the plane along its axis.
    pub index: usize,
    /// HU as i16 little-endian, `[row, column]` of the plane.
    #[serde(with = "serde_bytes")]
    pub hu: Vec<u8>,
    /// One label per pixel: the mask of the other series as far as it is segmented.
    pub mask: serde_bytes::ByteBuf,
    /// True if any of the pixels lies in the other series.
    pub is_covered: bool,
    /// True if its values are Hounsfield units.
    pub calibrated: bool,
}

/// The picture of a plane.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PlaneView {
    /// The plane.
    pub plane: Plane,
    /// The index of the plane along its axis.
    pub index: usize,
    /// The model whose mask this is, as requested.
    pub model: ModelChoice,
    /// The slab that the picture was made from; its labels are those of the plane.
    pub slab: Option<Slab>,
    /// HU as i16 little-endian, `[row, column]` of the plane.
    #[serde(with = "serde_bytes")]
    pub hu: Vec<u8>,
    /// One label per pixel. `None` for an axial plane that is not segmented yet; zero where another plane crosses slices
    /// that are not segmented yet.
    pub mask: Option<serde_bytes::ByteBuf>,
    /// One label per pixel of a label map of several organs, if there is one. The mask is that of one of them.
    pub organs: Option<serde_bytes::ByteBuf>,
    /// One label per pixel of the ground truth, if there is one.
    pub truth: Option<serde_bytes::ByteBuf>,
    /// True if a person has decided about every pixel in and around the mask of a coronal or sagittal plane. Of axial ones
    /// their [`Mark`](super::Mark) tells.
    pub accepted: bool,
}
