//! What the mask of a model says of an organ: how deep each voxel lies in it.
//!
//! How much that is worth is learned from the accepted slices, as for intensities
//! ([`likelihood`](super::likelihood)): where the model is right, few voxels deep in its mask lie outside of the organ, and
//! where it is not, depth says nothing.

use super::PredictedSlices;
use super::grid::WorkingGrid;
use super::likelihood::Bins;
use crate::core::parallel::map_parallel;
use crate::imaging::edit::signed_distance_px;

/// Bins of the depth, in mm.
pub(super) const DEPTH_BINS_MM: Bins = Bins { range: -12.0..12.0, width: 1.0, smoothing: 1.0 };

/// The signed distance of each voxel of the grid to the border of a model's mask on its slice in mm, positive inside.
pub(super) fn depth_mm(grid: &WorkingGrid, predicted: &PredictedSlices<'_>, organ: u8) -> Vec<f32> {
    let slices: Vec<usize> = grid.slices.clone().collect();
    let spacing_mm = grid.spacing_mm[1] as f32;
    let of_slice = |&slice: &usize| {
        let found = organ_on_grid(grid, &predicted[slice], organ);
        match signed_distance_px(&found, grid.shape) {
            Some(distance_px) => distance_px.iter().map(|px| px * spacing_mm).collect(),
            None => vec![DEPTH_BINS_MM.range.start; grid.area()],
        }
    };
    map_parallel(&slices, of_slice).concat()
}

/// The mask of an organ on a slice's own grid, `[y, x]`, on the working grid, `[row, column]`.
pub(super) fn organ_on_grid(grid: &WorkingGrid, labels: &[u8], organ: u8) -> Vec<u8> {
    let inside: Vec<f32> = labels.iter().map(|&label| f32::from(u8::from(label == organ))).collect();
    grid.resample(&inside).iter().map(|&share| u8::from(share > 0.5)).collect()
}
