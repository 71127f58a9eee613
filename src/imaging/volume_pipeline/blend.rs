//! Logits on the grid of the cropped scan, slice by slice: only two slices of the network's grid and
//! one that lies between them stand in memory, however many classes there are.

use crate::core::parallel::map_parallel;

use super::array::{inverse_order, transposed, transposed_dims};
use super::prepare::ReturnPath;
use super::region::pasted;
use super::resize::LinearTap;

/// The voxels around each voxel of the cropped scan, along each axis.
pub(super) struct CornerTaps {
    pub z: Vec<LinearTap>,
    pub y: Vec<LinearTap>,
    pub x: Vec<LinearTap>,
}

impl CornerTaps {
    pub(super) fn of(path: &ReturnPath) -> Self {
        let resize = path.logits_change().resize(path.logits_rule);
        let [z, y, x] = resize.axes.map(|axis| axis.linear_taps().expect("settings are checked for logits' order"));
        Self { z, y, x }
    }
}

/// The last slices of logits that were asked for.
pub(super) struct LogitSlices<F> {
    logits: F,
    held: Vec<(usize, Vec<f32>)>,
}

impl<F: FnMut(usize) -> Vec<f32>> LogitSlices<F> {
    pub(super) fn new(logits: F) -> Self {
        Self { logits, held: Vec::new() }
    }

    /// The two slices of a tap, which are one and the same if only one counts.
    pub(super) fn pair(&mut self, tap: LinearTap) -> (&[f32], &[f32]) {
        self.held.retain(|(z, _)| *z == tap.lower || *z == tap.upper);
        for z in [tap.lower, tap.upper] {
            if !self.held.iter().any(|(held, _)| *held == z) {
                self.held.push((z, (self.logits)(z)));
            }
        }
        let of = |z: usize| self.held.iter().find(|(held, _)| *held == z).map_or(&[][..], |(_, slice)| slice);
        (of(tap.lower), of(tap.upper))
    }

    /// The logits `[y, x, classes]` at the place of a tap, in single precision.
    pub(super) fn blended(&mut self, tap: LinearTap, row_length: usize) -> Vec<f32> {
        let (lower, upper) = self.pair(tap);
        if tap.lower == tap.upper {
            return lower.to_vec();
        }
        let weights = [(1.0 - tap.weight) as f32, tap.weight as f32];
        let rows: Vec<(&[f32], &[f32])> = lower.chunks_exact(row_length).zip(upper.chunks_exact(row_length)).collect();
        let blend = |(a, b): &(&[f32], &[f32])| -> Vec<f32> {
            a.iter().zip(*b).map(|(a, b)| a * weights[0] + b * weights[1]).collect()
        };
        map_parallel(&rows, blend).concat()
    }
}

/// The logits of one voxel between four voxels of a slice `[y, x, classes]` of width `width`.
pub(super) fn between_corners(slice: &[f32], width: usize, [y, x]: [LinearTap; 2], into: &mut [f32]) {
    let classes = into.len();
    let voxel = |y: usize, x: usize| {
        let start = (y * width + x) * classes;
        &slice[start..start + classes]
    };
    let [left, right] = [(1.0 - x.weight) as f32, x.weight as f32];
    let [above, below] = [(1.0 - y.weight) as f32, y.weight as f32];
    let upper = voxel(y.lower, x.lower).iter().zip(voxel(y.lower, x.upper));
    let lower = voxel(y.upper, x.lower).iter().zip(voxel(y.upper, x.upper));
    for (value, ((a, b), (c, d))) in into.iter_mut().zip(upper.zip(lower)) {
        *value = (a * left + b * right) * above + (c * left + d * right) * below;
    }
}

/// The four voxels of a slice of width `width` around a place.
pub(super) fn corners(width: usize, [y, x]: [LinearTap; 2]) -> [usize; 4] {
    [(y.lower, x.lower), (y.lower, x.upper), (y.upper, x.lower), (y.upper, x.upper)].map(|(y, x)| y * width + x)
}

/// Values of the cropped scan in file order, with 0 outside the crop; `zoom` is for pipelines that zoom at the end.
pub(super) fn in_file_order<T: Copy + Default>(
    cropped: Vec<T>,
    path: &ReturnPath,
    zoom: impl Fn(&[T], [usize; 3], [usize; 3]) -> Vec<T>,
) -> Vec<T> {
    let read = placed_back(&cropped, path);
    drop(cropped);
    let view = match path.zoomed_dims {
        Some(zoomed) => zoom(&read, zoomed, path.orientation.view_dims(path.file_dims)),
        None => read,
    };
    path.orientation.restore(&view, path.file_dims)
}

/// An array of the cropped scan in its place in the reader's array, with 0 outside the crop.
fn placed_back<T: Copy + Default>(cropped: &[T], path: &ReturnPath) -> Vec<T> {
    let dims = transposed_dims(path.read_dims(), path.transpose_forward);
    let whole = pasted(cropped, &path.crop, dims);
    transposed(&whole, dims, inverse_order(path.transpose_forward))
}
