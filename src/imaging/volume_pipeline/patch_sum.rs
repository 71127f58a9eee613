//! The weighted sum of what a network says about overlapping patches.
//!
//! The weighting and a network's last 1 x 1 x 1 convolution (its head) are both linear. So the map
//! *before* the head can be added up, which for many classes is far smaller than the logits, and the
//! head applied to the mean, slice by slice. [`SumPrecision::Half`] does what nnU-Net does on a CPU,
//! to the last bit: it needs the logits themselves.

use half::f16;

use super::sliding_window::{LineInVolume, SlidingWindow};

/// The precision of sums.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SumPrecision {
    /// Single precision.
    Single,
    /// Rounded to half precision after every addition, and after the division, as nnU-Net does.
    Half,
}

/// The weighted mean of maps `[z, y, x, c]` of patches, in the volume before padding.
#[derive(Clone, Debug)]
pub struct PatchSum {
    window: SlidingWindow,
    channels: usize,
    importance: Vec<f16>,
    sums: Sums,
    /// Sum of the importance of each voxel.
    weights: Sums,
}

/// Numbers in either precision.
#[derive(Clone, Debug)]
enum Sums {
    Single(Vec<f32>),
    Half(Vec<f16>),
}

impl Sums {
    fn zeros(length: usize, precision: SumPrecision) -> Self {
        match precision {
            SumPrecision::Single => Self::Single(vec![0.0; length]),
            SumPrecision::Half => Self::Half(vec![f16::ZERO; length]),
        }
    }

    fn add(&mut self, place: usize, values: impl Iterator<Item = f32>) {
        match self {
            Self::Single(sums) => sums[place..].iter_mut().zip(values).for_each(|(sum, value)| *sum += value),
            Self::Half(sums) => {
                for (sum, value) in sums[place..].iter_mut().zip(values) {
                    *sum = f16::from_f32(sum.to_f32() + value);
                }
            }
        }
    }

    fn at(&self, place: usize) -> f32 {
        match self {
            Self::Single(sums) => sums[place],
            Self::Half(sums) => sums[place].to_f32(),
        }
    }
}

impl PatchSum {
    /// A sum to which nothing is added yet, of maps with `channels` values for each voxel.
    pub fn new(window: &SlidingWindow, channels: usize, precision: SumPrecision) -> Self {
        let voxels: usize = window.dims.iter().product();
        Self {
            window: window.clone(),
            channels,
            importance: window.importance(),
            sums: Sums::zeros(voxels * channels, precision),
            weights: Sums::zeros(voxels, precision),
        }
    }

    /// Adds the map `[z, y, x, c]` of the patch at a position of the padded volume.
    ///
    /// # Panics
    /// If the map does not have the size of a patch.
    pub fn add(&mut self, position: [usize; 3], map: &[f32]) {
        let [_, height, width] = self.window.patch;
        assert_eq!(map.len(), self.importance.len() * self.channels, "a map has the size of a patch");
        let channels = self.channels;
        let lines = map.chunks_exact(width * channels).zip(self.importance.chunks_exact(width));
        for (row, (values, importance)) in lines.enumerate() {
            let line = self.window.line_in_volume(position, [row / height, row % height]);
            let Some(LineInVolume { voxel, columns }) = line else { continue };
            let importance = &importance[columns.clone()];
            let voxels =
                values[columns.start * channels..columns.end * channels].chunks_exact(channels).zip(importance);
            let weighted = voxels.flat_map(|(voxel, weight)| {
                let weight = weight.to_f32();
                voxel.iter().map(move |value| value * weight)
            });
            self.sums.add(voxel * channels, weighted);
            self.weights.add(voxel, importance.iter().map(|weight| weight.to_f32()));
        }
    }

    /// The mean map of slice `z` of the volume without padding, `[y, x, c]`.
    ///
    /// # Panics
    /// If `z` is not below the depth.
    pub fn slice(&self, z: usize) -> Vec<f32> {
        let [depth, height, width] = self.window.dims;
        assert!(z < depth, "a slice of the volume");
        let area = height * width;
        let mut slice = Vec::with_capacity(area * self.channels);
        for voxel in z * area..(z + 1) * area {
            let weight = self.weights.at(voxel);
            let places = voxel * self.channels..(voxel + 1) * self.channels;
            match &self.sums {
                Sums::Single(sums) => slice.extend(sums[places].iter().map(|sum| sum / weight)),
                Sums::Half(sums) => {
                    slice.extend(sums[places].iter().map(|sum| rounded_to_half(sum.to_f32() / weight)));
                }
            }
        }
        slice
    }
}

/// The mean of the logits of several folds, as nnU-Net takes it.
///
/// # Panics
/// If there is no fold.
pub fn mean_of_folds(folds: &[Vec<f32>], precision: SumPrecision) -> Vec<f32> {
    let rounded = |value: f32| match precision {
        SumPrecision::Single => value,
        SumPrecision::Half => rounded_to_half(value),
    };
    let (first, others) = folds.split_first().expect("a model has a fold");
    let mut mean = first.clone();
    for fold in others {
        mean.iter_mut().zip(fold).for_each(|(sum, value)| *sum = rounded(*sum + value));
    }
    if !others.is_empty() {
        let count = folds.len() as f32;
        mean.iter_mut().for_each(|sum| *sum = rounded(*sum / count));
    }
    mean
}

fn rounded_to_half(value: f32) -> f32 {
    f16::from_f32(value).to_f32()
}
