//! From an edited plane to the slices that it crosses.

use std::collections::BTreeMap;

use super::drawn_pixels::DrawnPixels;
use crate::core::mpr::{Grid, Plane};

/// The pixels that an edit of a plane has changed, by axial slice.
pub type PlaneChanges = BTreeMap<usize, DrawnPixels>;

/// The pixels that differ between the labels of a plane `before` and `after` an edit, both
/// `[row, column]` of the plane at `index`.
pub fn changes_of_plane(grid: &Grid, plane: Plane, index: usize, before: &[u8], after: &[u8]) -> PlaneChanges {
    let [_, columns] = grid.shape(plane);
    let mut changes = PlaneChanges::new();
    let differing = before.iter().zip(after).enumerate().filter(|(_, (before, after))| before != after);
    for (pixel, (_, &label)) in differing {
        let on_plane = [(pixel / columns) as f64, (pixel % columns) as f64];
        let [z, y, x] = grid.voxel(plane, index, on_plane).map(|coordinate| coordinate as usize);
        changes.entry(z).or_default().set(y * grid.dims[2] + x, label);
    }
    changes
}
