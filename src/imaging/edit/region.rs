//! Edits whose extent follows from the picture: filling, growing and removing regions. All of them
//! are a flood fill with different conditions.

use super::{EditedImage, write};
use crate::core::flood_fill::{FloodFill, Neighbourhood};
use crate::core::mask::PANCREAS;

/// Fills the background around `at`, unless it reaches the slice's edge.
pub(super) fn fill(dims: [usize; 2], labels: &mut [u8], at: [usize; 2]) -> bool {
    let Some(seed) = index(at, dims) else { return false };
    let region = flood([seed], dims, Neighbourhood::Sides, |i| labels[i] == 0);
    let enclosed = !region.iter().enumerate().any(|(i, &inside)| inside && on_edge(i, dims));
    enclosed && write(labels, PANCREAS, |i, _| region[i])
}

/// Fills the background that is not connected to the edge of the slice.
pub(super) fn fill_holes(dims: [usize; 2], labels: &mut [u8]) -> bool {
    let edge = (0..labels.len()).filter(|&i| on_edge(i, dims));
    let outside = flood(edge, dims, Neighbourhood::Sides, |i| labels[i] == 0);
    write(labels, PANCREAS, |i, label| label == 0 && !outside[i])
}

/// Adds the pixels connected to `at` whose HU is close to the mean around it.
pub(super) fn grow(
    image: &EditedImage<'_>,
    labels: &mut [u8],
    at: [usize; 2],
    tolerance_hu: i16,
    reach_px: f32,
) -> bool {
    let EditedImage { hu, dims, pixel_aspect } = *image;
    let Some(seed) = index(at, dims) else { return false };
    let mean = mean_around(hu, dims, at);
    let is_similar = |i: usize| {
        let [dy, dx] = [pixel_aspect * (i / dims[1]).abs_diff(at[0]) as f64, (i % dims[1]).abs_diff(at[1]) as f64];
        (f64::from(hu[i]) - mean).abs() <= f64::from(tolerance_hu) && (dy * dy + dx * dx).sqrt() <= f64::from(reach_px)
    };
    let region = flood([seed], dims, Neighbourhood::Sides, |i| i == seed || is_similar(i));
    write(labels, PANCREAS, |i, label| label == 0 && region[i] && is_similar(i))
}

/// Removes the component of the mask that contains `at`.
pub(super) fn remove(dims: [usize; 2], labels: &mut [u8], at: [usize; 2]) -> bool {
    let Some(seed) = index(at, dims) else { return false };
    let component = flood([seed], dims, Neighbourhood::SidesAndCorners, |i| labels[i] != 0);
    write(labels, 0, |i, _| component[i])
}

/// True for each pixel that can be reached from the seeds over pixels that `passes` accepts, the
/// seeds included.
fn flood(
    seeds: impl IntoIterator<Item = usize>,
    dims: [usize; 2],
    neighbourhood: Neighbourhood,
    passes: impl Fn(usize) -> bool,
) -> Vec<bool> {
    let mut fill = FloodFill::new(dims, neighbourhood);
    seeds.into_iter().for_each(|seed| fill.spread(seed, &passes, |_| {}));
    fill.into_reached()
}

/// Mean HU of the 3 x 3 pixels around `at`, of those that are in the slice.
fn mean_around(hu: &[i16], dims: [usize; 2], at: [usize; 2]) -> f64 {
    let near = |axis: usize| at[axis].saturating_sub(1)..(at[axis] + 2).min(dims[axis]);
    let values: Vec<f64> = near(0).flat_map(|y| near(1).map(move |x| f64::from(hu[y * dims[1] + x]))).collect();
    values.iter().sum::<f64>() / values.len() as f64
}

fn index([y, x]: [usize; 2], dims: [usize; 2]) -> Option<usize> {
    (y < dims[0] && x < dims[1]).then_some(y * dims[1] + x)
}

fn on_edge(i: usize, dims: [usize; 2]) -> bool {
    let [y, x] = [i / dims[1], i % dims[1]];
    y == 0 || x == 0 || y + 1 == dims[0] || x + 1 == dims[1]
}
