//! Patches that cover a volume, and how much each voxel of a patch counts.
//!
//! `compute_steps_for_sliding_window` and `compute_gaussian` of nnU-Net's
//! `inference/sliding_window_prediction.py`, `pad_nd_image` of acvl_utils.

use std::ops::Range;

use half::f16;

use super::array::ChannelVolume;
use super::settings::VolumeSettings;

/// Standard deviation of the importance map, as a part of the patch.
const SIGMA: f64 = 1.0 / 8.0;
/// Standard deviations after which SciPy's Gaussian ends.
const TRUNCATE: f64 = 4.0;
/// The importance of the centre of a patch.
const CENTRE_IMPORTANCE: f64 = 10.0;

/// The patches that cover a volume. A volume smaller than a patch is padded with zeros, half of them
/// (rounded down) below.
#[derive(Clone, Debug, PartialEq)]
pub struct SlidingWindow {
    /// Shape of the volume before padding.
    pub dims: [usize; 3],
    /// Shape after padding.
    pub padded_dims: [usize; 3],
    /// Zeros before the first voxel of each axis.
    pub padding_below: [usize; 3],
    /// Shape of a patch; the first number is 1 for a network on slices.
    pub patch: [usize; 3],
    /// Number of axes of a patch: 2 or 3.
    pub rank: usize,
    /// First voxel of each patch in the padded volume, in nnU-Net's sequence.
    pub positions: Vec<[usize; 3]>,
}

/// The part of a line of a patch that lies in the volume before padding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineInVolume {
    /// The voxel of the volume where it begins, counted along rows.
    pub voxel: usize,
    /// The columns of the patch.
    pub columns: Range<usize>,
}

impl SlidingWindow {
    /// The patches of a volume of shape `dims`.
    pub fn new(dims: [usize; 3], settings: &VolumeSettings) -> Self {
        let patch = settings.patch_dims();
        let rank = settings.patch_size.len();
        let padded_dims = [0, 1, 2].map(|axis| dims[axis].max(patch[axis]));
        let padding_below = [0, 1, 2].map(|axis| (padded_dims[axis] - dims[axis]) / 2);
        let [deep, high, wide] = [0, 1, 2].map(|axis| match (rank, axis) {
            (2, 0) => (0..padded_dims[0]).collect(),
            _ => steps(padded_dims[axis], patch[axis], settings.tile_step),
        });
        let positions = deep
            .iter()
            .flat_map(|&z| high.iter().map(move |&y| [z, y]))
            .flat_map(|[z, y]| wide.iter().map(move |&x| [z, y, x]))
            .collect();
        Self { dims, padded_dims, padding_below, patch, rank, positions }
    }

    /// The input of the patch at a position of the padded volume, `[c, z, y, x]`.
    pub fn patch_input(&self, input: &ChannelVolume, position: [usize; 3]) -> Vec<f32> {
        let [depth, height, width] = self.patch;
        let mut patch = vec![0.0; input.channels * depth * height * width];
        let rows = patch.chunks_exact_mut(width).enumerate();
        for (row, line) in rows {
            let [c, z, y] = [row / (depth * height), row / height % depth, row % height];
            let Some(LineInVolume { voxel, columns }) = self.line_in_volume(position, [z, y]) else { continue };
            let start = c * self.dims.iter().product::<usize>() + voxel;
            line[columns.clone()].copy_from_slice(&input.values[start..start + columns.len()]);
        }
        patch
    }

    /// The part of line `[z, y]` of the patch at a position of the padded volume that lies in the volume before padding.
    pub fn line_in_volume(&self, position: [usize; 3], [z, y]: [usize; 2]) -> Option<LineInVolume> {
        let inside = |axis: usize, offset: usize| {
            (position[axis] + offset).checked_sub(self.padding_below[axis]).filter(|&i| i < self.dims[axis])
        };
        let (z, y) = (inside(0, z)?, inside(1, y)?);
        let below = self.padding_below[2];
        let first = position[2].max(below);
        let last = (position[2] + self.patch[2]).min(below + self.dims[2]);
        let voxel = (z * self.dims[1] + y) * self.dims[2] + first - below;
        (first < last).then(|| LineInVolume { voxel, columns: first - position[2]..last - position[2] })
    }

    /// How much each voxel of a patch counts, `[z, y, x]`: a Gaussian in half precision.
    pub fn importance(&self) -> Vec<f16> {
        importance_map(&self.patch[3 - self.rank..])
    }
}

/// First voxels of the patches along an axis of `length` voxels.
pub fn steps(length: usize, patch: usize, tile_step: f64) -> Vec<usize> {
    let most = length.saturating_sub(patch) as f64;
    let count = (most / (patch as f64 * tile_step)).ceil() as usize + 1;
    let step = if count > 1 { most / (count - 1) as f64 } else { 0.0 };
    (0..count).map(|i| (step * i as f64).round_ties_even() as usize).collect()
}

/// nnU-Net's importance map of a patch of shape `patch`: a point at the centre, blurred as
/// `scipy.ndimage.gaussian_filter` does, scaled to a largest value of 10, and rounded to half
/// precision, with zeros replaced by the smallest other value.
pub fn importance_map(patch: &[usize]) -> Vec<f16> {
    let lines: Vec<Vec<f64>> = patch.iter().map(|&length| blurred_point(length)).collect();
    let mut map = vec![1.0];
    for line in &lines {
        map = map.iter().flat_map(|value| line.iter().map(move |weight| value * weight)).collect();
    }
    let scale = map.iter().copied().fold(0.0, f64::max) / CENTRE_IMPORTANCE;
    // PyTorch converts double to half by way of single precision.
    let mut rounded: Vec<f16> = map.into_iter().map(|value| f16::from_f32((value / scale) as f32)).collect();
    let smallest = rounded.iter().copied().filter(|value| *value > f16::ZERO).min_by(f16::total_cmp);
    let smallest = smallest.unwrap_or(f16::ONE);
    rounded.iter_mut().filter(|value| **value == f16::ZERO).for_each(|value| *value = smallest);
    rounded
}

/// A point at the middle of an axis, blurred.
fn blurred_point(length: usize) -> Vec<f64> {
    let sigma = length as f64 * SIGMA;
    let radius = (TRUNCATE * sigma + 0.5) as usize;
    let scale = -0.5 / (sigma * sigma);
    let gaussian = |distance: usize| (scale * (distance * distance) as f64).exp();
    let sum: f64 = gaussian(0) + 2.0 * (1..=radius).map(gaussian).sum::<f64>();
    let centre = length / 2;
    let weight = |distance: usize| if distance > radius { 0.0 } else { gaussian(distance) / sum };
    (0..length).map(|i| weight(i.abs_diff(centre))).collect()
}
