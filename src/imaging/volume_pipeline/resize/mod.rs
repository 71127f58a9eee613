//! Resampling of an array to another number of voxels, axis by axis.
//!
//! Equal to `skimage.transform.resize(order, mode="edge", anti_aliasing=False)` and to
//! `scipy.ndimage.zoom(order, mode="nearest")`: those evaluate a product of one-dimensional splines,
//! so filtering and interpolating one axis after the other gives the same numbers. The axes within a
//! slice come first and slices come one by one, so that a large scan never stands in memory in double
//! precision.

mod axis;

use serde::{Deserialize, Serialize};

use crate::core::parallel::map_parallel;

pub use axis::{AxisResampler, LinearTap};

/// The order of the spline that interpolates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum InterpolationOrder {
    /// Order 0: the nearest voxel.
    Nearest,
    /// Order 1.
    Linear,
    /// Order 3.
    Cubic,
}

/// Where the voxels of one grid lie on the other, along one axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coordinates {
    /// The outer faces of both grids coincide: voxel `i` lies at `(i + 0.5) * input / output - 0.5`.
    /// scikit-image's `resize` and `grid_mode=True` of SciPy.
    HalfPixel,
    /// The outer voxel centres coincide: voxel `i` lies at `i * (input - 1) / (output - 1)`. SciPy's
    /// `zoom`.
    EndPoints,
}

/// The range to which results are clipped, because a cubic spline overshoots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clip {
    /// No limits.
    None,
    /// From the smallest to the largest value of the input.
    WholeInput,
    /// From the smallest to the largest value of the input's slice at the same place along this axis.
    SlicesAlong(usize),
}

/// How an array `[z, y, x]` is resampled.
#[derive(Clone, Debug)]
pub struct Resize {
    /// One resampler for each axis.
    pub axes: [AxisResampler; 3],
    /// The limits of the result.
    pub clip: Clip,
}

impl Resize {
    /// Resamples all axes alike.
    pub fn uniform(
        input: [usize; 3],
        output: [usize; 3],
        order: InterpolationOrder,
        coordinates: Coordinates,
        clip: Clip,
    ) -> Self {
        let axes = [0, 1, 2].map(|axis| AxisResampler::new(input[axis], output[axis], order, coordinates));
        Self { axes, clip }
    }

    /// The result, `[z, y, x]`, of an array whose slice `z` is `slice(z)`, `[y, x]`.
    ///
    /// An array of unchanged shape is returned as it is.
    ///
    /// # Panics
    /// If a slice does not have the size that the axes expect.
    pub fn run(&self, slice: impl Fn(usize) -> Vec<f32> + Sync + Send) -> Vec<f32> {
        let slices: Vec<usize> = (0..self.axes[0].input()).collect();
        let in_plane = map_parallel(&slices, |&z| {
            let source = slice(z);
            (self.limits(&source), self.within_slice(source))
        });
        let (limits, in_plane): (Vec<_>, Vec<_>) = in_plane.into_iter().unzip();
        let mut values = self.along_slices(in_plane);
        if self.axes.iter().any(|axis| !axis.is_identity()) {
            self.clip_to(&merged(limits, self.clip), &mut values);
        }
        values
    }

    fn within_slice(&self, source: Vec<f32>) -> Vec<f32> {
        let [_, y, x] = &self.axes;
        assert_eq!(source.len(), y.input() * x.input(), "a slice has the size of the axes");
        if y.is_identity() && x.is_identity() {
            return source;
        }
        let mut values: Vec<f64> = source.into_iter().map(f64::from).collect();
        if !x.is_identity() {
            let columns = x.apply(transposed(&values, y.input()), y.input());
            values = transposed(&columns, x.output());
        }
        y.apply(values, x.output()).into_iter().map(|value| value as f32).collect()
    }

    fn along_slices(&self, slices: Vec<Vec<f32>>) -> Vec<f32> {
        let [z, y, x] = &self.axes;
        if z.is_identity() {
            return slices.concat();
        }
        let (height, width) = (y.output(), x.output());
        let rows: Vec<usize> = (0..height).collect();
        let resampled = map_parallel(&rows, |&row| {
            let place = row * width..(row + 1) * width;
            let column: Vec<f64> =
                slices.iter().flat_map(|slice| &slice[place.clone()]).map(|&value| f64::from(value)).collect();
            z.apply(column, width).into_iter().map(|value| value as f32).collect::<Vec<f32>>()
        });
        drop(slices);
        let mut values = vec![0.0; z.output() * height * width];
        for (row, resampled) in resampled.into_iter().enumerate() {
            for (slice, line) in values.chunks_exact_mut(height * width).zip(resampled.chunks_exact(width)) {
                slice[row * width..(row + 1) * width].copy_from_slice(line);
            }
        }
        values
    }

    /// The limits that one slice of the input contributes.
    fn limits(&self, source: &[f32]) -> Vec<Limits> {
        let x = &self.axes[2];
        match self.clip {
            Clip::None => Vec::new(),
            Clip::WholeInput | Clip::SlicesAlong(0) => vec![Limits::of(source)],
            Clip::SlicesAlong(1) => source.chunks_exact(x.input()).map(Limits::of).collect(),
            Clip::SlicesAlong(_) => {
                let mut columns = vec![Limits::EMPTY; x.input()];
                for row in source.chunks_exact(x.input()) {
                    columns.iter_mut().zip(row).for_each(|(limits, &value)| limits.include(value));
                }
                columns
            }
        }
    }

    fn clip_to(&self, limits: &[Limits], values: &mut [f32]) {
        let [_, y, x] = &self.axes;
        let (height, width) = (y.output(), x.output());
        for (z, slice) in values.chunks_exact_mut(height * width).enumerate() {
            for (row, line) in slice.chunks_exact_mut(width).enumerate() {
                match self.clip {
                    Clip::None => return,
                    Clip::WholeInput => limits[0].apply(line),
                    Clip::SlicesAlong(0) => limits[self.axes[0].nearest(z)].apply(line),
                    Clip::SlicesAlong(1) => limits[y.nearest(row)].apply(line),
                    Clip::SlicesAlong(_) => {
                        for (column, value) in line.iter_mut().enumerate() {
                            limits[x.nearest(column)].apply(std::slice::from_mut(value));
                        }
                    }
                }
            }
        }
    }
}

/// The smallest and the largest value.
#[derive(Clone, Copy, Debug)]
struct Limits {
    lower: f32,
    upper: f32,
}

impl Limits {
    const EMPTY: Self = Self { lower: f32::INFINITY, upper: f32::NEG_INFINITY };

    fn of(values: &[f32]) -> Self {
        let mut limits = Self::EMPTY;
        values.iter().for_each(|&value| limits.include(value));
        limits
    }

    fn include(&mut self, value: f32) {
        self.lower = if value < self.lower { value } else { self.lower };
        self.upper = if value > self.upper { value } else { self.upper };
    }

    fn apply(self, values: &mut [f32]) {
        for value in values {
            *value = value.max(self.lower).min(self.upper);
        }
    }
}

/// The limits of all slices: one for each slice if they are taken along slices, else those that lie
/// at the same place put together.
fn merged(limits: Vec<Vec<Limits>>, clip: Clip) -> Vec<Limits> {
    if clip == Clip::SlicesAlong(0) {
        return limits.concat();
    }
    let mut all = limits.into_iter();
    let mut merged = all.next().unwrap_or_default();
    for slice in all {
        for (limits, other) in merged.iter_mut().zip(slice) {
            limits.include(other.lower);
            limits.include(other.upper);
        }
    }
    merged
}

/// An array of `rows` rows with rows and columns swapped.
fn transposed(values: &[f64], rows: usize) -> Vec<f64> {
    const TILE: usize = 16;
    let columns = values.len() / rows;
    let mut swapped = vec![0.0; values.len()];
    for first_row in (0..rows).step_by(TILE) {
        for first_column in (0..columns).step_by(TILE) {
            for row in first_row..(first_row + TILE).min(rows) {
                for column in first_column..(first_column + TILE).min(columns) {
                    swapped[column * rows + row] = values[row * columns + column];
                }
            }
        }
    }
    swapped
}
