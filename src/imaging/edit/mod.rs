//! Correcting a segmentation by hand: an [`Edit`] of one plane, the shapes between two slices
//! ([`InterpolatedGap`]), and the [`Corrections`] of a series with their history.
//!
//! Corrections are kept by axial slice. An edit of a coronal or sagittal plane changes a few pixels
//! of many slices, and a plane that is accepted decides about a row or column of each, so those pixels
//! are kept alone ([`DrawnPixels`](crate::core::drawn_pixels::DrawnPixels)): the rest of such a slice still follows from whatever its mask is
//! computed by.
//!
//! The page applies an edit to the picture it shows and the session applies the same edit to its
//! own copy, so a result depends on nothing but its inputs: no clock, no randomness, and only
//! arithmetic that IEEE 754 settles to the last bit. Edits come from a page: every number is
//! accepted, and an edit that makes no sense changes nothing. Pointers, keys, drawing and
//! predictions are not handled here.

mod codec;
mod correction;
mod corrections;
mod plane_edit;
mod region;
mod shape_interpolation;
mod signed_distance;
mod stroke;

use serde::{Deserialize, Serialize};

pub use self::correction::{Acceptance, Correction, SliceLabels};
pub use self::corrections::{Corrections, UndoStep};
pub use self::plane_edit::{LabelledPixel, PlaneChanges, by_slice, changes_of_plane, pixels_around_mask};
pub use self::shape_interpolation::{InterpolatedGap, LabelledSlice, ShapeInterpolation};
pub use self::signed_distance::signed_distance_px;
pub use self::stroke::Stroke;
use crate::core::mask::PANCREAS;

/// A change of the mask of one slice, or of another plane. Pixels are `[y, x]`; an edit at a pixel
/// outside the plane changes nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Edit {
    /// A brush or eraser moved along a straight line.
    Stroke(Stroke),
    /// Fills the background connected (4-neighbours) to a pixel, as far as the mask bounds it. A
    /// region that reaches the slice's edge is not enclosed: filling it would flood the picture, so
    /// nothing changes.
    Fill {
        /// A pixel of the region.
        at: [usize; 2],
    },
    /// Fills every region of background (4-neighbours) that does not reach the slice's edge.
    FillHoles,
    /// Adds the pixels connected (4-neighbours) to `at` whose HU is close to the mean of the 3 x 3
    /// around it. The pixel itself only starts the search: where noise lifts it out of the
    /// tolerance it is left as it is, its neighbours are not.
    Grow {
        /// The pixel to start from.
        at: [usize; 2],
        /// Largest difference from the mean, in HU, included.
        tolerance_hu: i16,
        /// Largest distance from `at`, in widths of a pixel, included.
        reach_px: f32,
    },
    /// Removes the connected component (8-neighbours) of the mask that holds a pixel.
    Remove {
        /// A pixel of the component.
        at: [usize; 2],
    },
    /// Empties the slice.
    Clear,
}

/// The image of the plane that is edited.
#[derive(Clone, Copy, Debug)]
pub struct EditedImage<'a> {
    /// Hounsfield units, `[y, x]`.
    pub hu: &'a [i16],
    /// `[height, width]` in pixels.
    pub dims: [usize; 2],
    /// The height of a pixel divided by its width, so that a round brush is round in mm.
    pub pixel_aspect: f64,
}

/// Applies an edit to the labels of a plane, `[y, x]`. Returns true if anything changed. Added
/// pixels are labelled [`PANCREAS`]; every label but 0 counts as mask.
///
/// # Panics
/// If the length of the image or of `labels` differs from the image's `dims`.
pub fn apply(edit: &Edit, image: &EditedImage<'_>, labels: &mut [u8]) -> bool {
    let [height, width] = image.dims;
    assert_eq!([image.hu.len(), labels.len()], [height * width; 2], "pixels and labels of a {height} x {width} plane");
    match *edit {
        Edit::Stroke(stroke) => stroke.draw(image, labels),
        Edit::Fill { at } => region::fill(image.dims, labels, at),
        Edit::FillHoles => region::fill_holes(image.dims, labels),
        Edit::Grow { at, tolerance_hu, reach_px } => region::grow(image, labels, at, tolerance_hu, reach_px),
        Edit::Remove { at } => region::remove(image.dims, labels, at),
        Edit::Clear => write(labels, 0, |_, _| true),
    }
}

/// Labels every pixel for which `covers`, given its index and current label, is true. Returns true
/// if anything changed.
fn write(labels: &mut [u8], value: u8, covers: impl Fn(usize, u8) -> bool) -> bool {
    let mut changed = false;
    for (i, label) in labels.iter_mut().enumerate() {
        if *label != value && covers(i, *label) {
            *label = value;
            changed = true;
        }
    }
    changed
}
