//! From a plane that was edited or accepted to the slices that it crosses.

use std::collections::BTreeMap;

use crate::core::box_around::box_around;
use crate::core::drawn_pixels::DrawnPixels;
use crate::core::mpr::{Grid, Plane};

/// The pixels of a plane that a person has decided, by axial slice.
pub type PlaneChanges = BTreeMap<usize, DrawnPixels>;

/// A pixel of an axial slice, by its index in `[y, x]` order, with its label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LabelledPixel {
    /// The slice.
    pub slice: usize,
    /// The pixel.
    pub pixel: usize,
    /// Its label.
    pub label: u8,
}

/// The pixels that differ between the labels of a plane `before` and `after` an edit, both
/// `[row, column]` of the plane at `index`.
pub fn changes_of_plane(grid: &Grid, plane: Plane, index: usize, before: &[u8], after: &[u8]) -> PlaneChanges {
    let differing = before.iter().zip(after).enumerate().filter(|(_, (before, after))| before != after);
    by_slice(differing.map(|(on_plane, (_, &label))| labelled(grid, plane, index, on_plane, label)))
}

/// The pixels of the plane at `index` in and around its mask as they are, of its `labels`, `[row, column]`: those up to
/// `margin_mm` from the box around the mask. None if the plane has no mask.
pub fn pixels_around_mask<'a>(
    grid: &'a Grid,
    plane: Plane,
    index: usize,
    labels: &'a [u8],
    margin_mm: f64,
) -> impl Iterator<Item = LabelledPixel> + 'a {
    let shape = grid.shape(plane);
    let size_mm = grid.size_mm(plane);
    let sides = box_around(labels, shape, 0, |&label| label != 0);
    let [rows, columns] = [0, 1].map(|axis| {
        let margin = (margin_mm * shape[axis] as f64 / size_mm[axis]).round() as usize;
        let side = &sides[axis];
        if side.is_empty() { 0..0 } else { side.start.saturating_sub(margin)..(side.end + margin).min(shape[axis]) }
    });
    let pixels = rows.flat_map(move |row| columns.clone().map(move |column| row * shape[1] + column));
    pixels.map(move |on_plane| labelled(grid, plane, index, on_plane, labels[on_plane]))
}

/// Pixels by their axial slice.
pub fn by_slice(pixels: impl Iterator<Item = LabelledPixel>) -> PlaneChanges {
    let mut changes = PlaneChanges::new();
    for LabelledPixel { slice, pixel, label } in pixels {
        changes.entry(slice).or_default().set(pixel, label);
    }
    changes
}

/// The pixel of an axial slice that a plane shows at `on_plane`, in the plane's `[row, column]` order.
fn labelled(grid: &Grid, plane: Plane, index: usize, on_plane: usize, label: u8) -> LabelledPixel {
    let [_, columns] = grid.shape(plane);
    let place = [(on_plane / columns) as f64, (on_plane % columns) as f64];
    let [slice, y, x] = grid.voxel(plane, index, place).map(|coordinate| coordinate as usize);
    LabelledPixel { slice, pixel: y * grid.dims[2] + x, label }
}
