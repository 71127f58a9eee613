//! From a plane that was edited or accepted to the slices that it crosses.

use std::collections::BTreeMap;

use super::drawn_pixels::DrawnPixels;
use crate::core::box_around::box_around;
use crate::core::mpr::{Grid, Plane};

/// The pixels of a plane that a person has decided, by axial slice.
pub type PlaneChanges = BTreeMap<usize, DrawnPixels>;

/// The pixels that differ between the labels of a plane `before` and `after` an edit, both
/// `[row, column]` of the plane at `index`.
pub fn changes_of_plane(grid: &Grid, plane: Plane, index: usize, before: &[u8], after: &[u8]) -> PlaneChanges {
    let differing = before.iter().zip(after).enumerate().filter(|(_, (before, after))| before != after);
    by_slice(grid, plane, index, differing.map(|(pixel, (_, &label))| (pixel, label)))
}

/// The pixels of the plane at `index` in and around its mask as they are, of its `labels`, `[row, column]`: those up to
/// `margin_mm` from the box around the mask. None if the plane has no mask.
pub fn pixels_around_mask(grid: &Grid, plane: Plane, index: usize, labels: &[u8], margin_mm: f64) -> PlaneChanges {
    let shape = grid.shape(plane);
    let sides = box_around(labels, shape, 0, |&label| label != 0);
    if sides[0].is_empty() {
        return PlaneChanges::new();
    }
    let size_mm = grid.size_mm(plane);
    let [rows, columns] = [0, 1].map(|axis| {
        let margin = (margin_mm * shape[axis] as f64 / size_mm[axis]).round() as usize;
        sides[axis].start.saturating_sub(margin)..(sides[axis].end + margin).min(shape[axis])
    });
    let pixels = rows.flat_map(|row| columns.clone().map(move |column| row * shape[1] + column));
    by_slice(grid, plane, index, pixels.map(|pixel| (pixel, labels[pixel])))
}

/// Pixels of a plane with their labels, by axial slice.
fn by_slice(grid: &Grid, plane: Plane, index: usize, pixels: impl Iterator<Item = (usize, u8)>) -> PlaneChanges {
    let [_, columns] = grid.shape(plane);
    let mut changes = PlaneChanges::new();
    for (pixel, label) in pixels {
        let on_plane = [(pixel / columns) as f64, (pixel % columns) as f64];
        let [z, y, x] = grid.voxel(plane, index, on_plane).map(|coordinate| coordinate as usize);
        changes.entry(z).or_default().set(y * grid.dims[2] + x, label);
    }
    changes
}
