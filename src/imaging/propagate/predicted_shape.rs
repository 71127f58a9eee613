//! What the mask of a model says of an organ: how deep each voxel lies in it.
//!
//! How much that is worth is learned from the accepted slices, as for intensities
//! ([`likelihood`](super::likelihood)): where the model is right, few voxels deep in its mask lie outside of the organ, and
//! where it is not, depth says nothing.

use super::PredictedSlices;
use super::grid::WorkingGrid;
use super::likelihood::Bins;
use crate::core::box_around::{box_around, part_of};
use crate::core::parallel::map_parallel;
use crate::imaging::edit::signed_distance_px;

/// Bins of the depth, in mm.
pub(super) const DEPTH_BINS_MM: Bins = Bins { range: -12.0..12.0, width: 1.0, smoothing: 1.0 };

/// The signed distance of each voxel of the grid to the border of a model's mask on its slice in mm, positive inside.
pub(super) fn depth_mm(grid: &WorkingGrid, predicted: &PredictedSlices<'_>, organ: u8) -> Vec<f32> {
    let slices: Vec<usize> = grid.slices.clone().collect();
    let of_slice = |&slice: &usize| match predicted[slice].contains(&organ) {
        true => depth_on_slice(&grid.organ_mask(&predicted[slice], organ), grid.shape, grid.spacing_mm[1]),
        false => vec![DEPTH_BINS_MM.range.start; grid.area()],
    };
    map_parallel(&slices, of_slice).concat()
}

/// The same of one slice, `mask` with the sides `shape`: distances are taken in a box around the organ, beyond which they
/// are out of range.
fn depth_on_slice(mask: &[u8], shape: [usize; 2], spacing_mm: f64) -> Vec<f32> {
    let margin = (f64::from(-DEPTH_BINS_MM.range.start) / spacing_mm).ceil() as usize + 1;
    let [rows, columns] = box_around(mask, shape, margin, |&inside| inside != 0);
    let part = part_of(mask, shape[1], [&rows, &columns]);
    let distances = signed_distance_px(&part, [rows.len(), columns.len()]).unwrap_or_default();
    let mut depth_mm = vec![DEPTH_BINS_MM.range.start; mask.len()];
    for (row, distances) in rows.zip(distances.chunks_exact(columns.len().max(1))) {
        let to = depth_mm[row * shape[1]..][columns.clone()].iter_mut().zip(distances);
        to.for_each(|(depth_mm, px)| *depth_mm = px * spacing_mm as f32);
    }
    depth_mm
}
