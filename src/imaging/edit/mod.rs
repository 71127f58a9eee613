//! Correcting a segmentation by hand: an [`Edit`] of one slice, the shapes between two slices
//! ([`ShapeInterpolation`]), and the [`Corrections`] of a series with their history.
//!
//! The page applies an edit to the picture it shows and the session applies the same edit to its
//! own copy, so a result depends on nothing but its inputs: no clock, no randomness, and only
//! arithmetic that IEEE 754 settles to the last bit. Edits come from a page: every number is
//! accepted, and an edit that makes no sense changes nothing. Pointers, keys, drawing and
//! predictions are not handled here.

mod codec;
mod correction;
mod corrections;
mod region;
mod shape_interpolation;
mod signed_distance;
mod stroke;

use serde::{Deserialize, Serialize};

pub use self::correction::{Acceptance, Correction, SliceLabels};
pub use self::corrections::{Corrections, UndoStep};
pub use self::shape_interpolation::ShapeInterpolation;
pub use self::signed_distance::signed_distance_px;
pub use self::stroke::Stroke;
use crate::core::mask::PANCREAS;

/// A change of the mask of one slice. Pixels are `[y, x]`; an edit at a pixel outside the slice
/// changes nothing.
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
        /// Largest distance from `at`, in pixels, included.
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

/// Applies an edit to one slice, `hu` and `labels` `[y, x]` with `dims` `[height, width]`. Returns
/// true if anything changed. Added pixels are labelled [`PANCREAS`]; every label but 0 counts as
/// mask.
///
/// # Panics
/// If the length of `hu` or `labels` differs from `dims`.
pub fn apply(edit: &Edit, hu: &[i16], dims: [usize; 2], labels: &mut [u8]) -> bool {
    let [height, width] = dims;
    assert_eq!([hu.len(), labels.len()], [height * width; 2], "pixels and labels of a {height} x {width} slice");
    match *edit {
        Edit::Stroke(stroke) => stroke.draw(hu, dims, labels),
        Edit::Fill { at } => region::fill(dims, labels, at),
        Edit::FillHoles => region::fill_holes(dims, labels),
        Edit::Grow { at, tolerance_hu, reach_px } => region::grow(hu, dims, labels, at, tolerance_hu, reach_px),
        Edit::Remove { at } => region::remove(dims, labels, at),
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
