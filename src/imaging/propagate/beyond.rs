//! What is expected of an organ beyond the working grid, where no mask reaches.
//!
//! Nobody knows where an organ ends that was accepted on two slices near its middle. It is taken to
//! go on with a part of the outermost mask, which falls to 1/e of itself every [`REACH_MM`].

use super::grid::WorkingGrid;
use super::shape_field::ShapeField;

/// The part of the outermost mask's pixels that an organ is expected to have right beyond it.
const FIRST_PART: f32 = 2.0 / 3.0;
/// The distance in mm in which that part falls to 1/e.
const REACH_MM: f32 = 16.0;

/// How much the acceptance of a slice of the volume that is not on the grid is expected to help, as
/// [`Propagation::worth`](super::Propagation::worth) counts; 0 where the organ has ended.
pub(super) fn worth_beyond(grid: &WorkingGrid, shape: &ShapeField, slice: usize) -> f32 {
    let [first, last] = [grid.slices.start, grid.slices.end - 1];
    let end = slice.clamp(first, last);
    let away_mm = shape.nearest_mm(end - first) + slice.abs_diff(end) as f32 * grid.spacing_mm[0] as f32;
    let pixels = shape.nearest_pixels(end - first) as f32;
    (FIRST_PART * pixels * (-away_mm / REACH_MM).exp()).sqrt() * away_mm
}
