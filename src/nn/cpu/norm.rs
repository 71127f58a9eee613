//! Norms that depend on the sample, and activations that take exponentials.

use super::feature_maps::{FeatureMaps, padded_values};
use super::parameters::ScaleShift;
use crate::core::parallel::{for_each_chunk, map_parallel};
use crate::nn::network::Activation;

/// Voxels whose sums are taken in single precision before they are added up in double precision.
const BLOCK: usize = 512;

/// An instance norm or a group norm, and the activation after it.
#[derive(Clone, Debug)]
pub(super) struct SampleNorm {
    /// Per channel, padded with zeros.
    scale: Vec<f32>,
    shift: Vec<f32>,
    /// Channels that share mean and variance.
    channels_per_group: usize,
    epsilon: f64,
    activation: Activation,
}

/// The number of some values, their mean, and the sum of squared distances from it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Moments {
    pub(super) count: f64,
    pub(super) mean: f64,
    pub(super) squares: f64,
}

impl SampleNorm {
    pub(super) fn new(affine: ScaleShift, channels_per_group: usize, epsilon: f64, activation: Activation) -> Self {
        let [scale, shift] = [affine.scale, affine.shift].map(padded_values);
        Self { scale, shift, channels_per_group, epsilon, activation }
    }

    /// Normalises `maps` with their own mean and biased variance, and applies the activation.
    pub(super) fn apply(&self, maps: &mut FeatureMaps<'_>) {
        let (stride, slice_stride) = (maps.voxel_stride(), maps.slice_stride());
        let slices: Vec<&[f32]> = maps.data.chunks_exact(slice_stride).collect();
        let by_slice = map_parallel(&slices, |slice| channel_moments(slice, stride));
        let mut moments = vec![Moments::default(); stride];
        for slice in &by_slice {
            moments.iter_mut().zip(slice).for_each(|(sum, moments)| *sum = sum.merged(*moments));
        }
        let (mut scale, mut shift) = (vec![0.0; stride], vec![0.0; stride]);
        for group in (0..maps.channels).step_by(self.channels_per_group) {
            let channels = group..group + self.channels_per_group;
            let Moments { count, mean, squares } =
                moments[channels.clone()].iter().fold(Moments::default(), |sum, moments| sum.merged(*moments));
            let inverse_deviation = 1.0 / (squares / count + self.epsilon).sqrt();
            for channel in channels {
                let factor = f64::from(self.scale[channel]) * inverse_deviation;
                scale[channel] = factor as f32;
                shift[channel] = (f64::from(self.shift[channel]) - mean * factor) as f32;
            }
        }
        for_each_chunk(&mut maps.data, slice_stride, |_, slice| {
            for voxel in slice.chunks_exact_mut(stride) {
                for ((value, scale), shift) in voxel.iter_mut().zip(&scale).zip(&shift) {
                    *value = *value * scale + shift;
                }
            }
            activate(slice, self.activation);
        });
    }
}

impl Moments {
    /// The moments of both sets of values (Chan, Golub and LeVeque 1983).
    pub(super) fn merged(self, other: Self) -> Self {
        let count = self.count + other.count;
        if count == 0.0 {
            return self;
        }
        let difference = other.mean - self.mean;
        Self {
            count,
            mean: self.mean + difference * other.count / count,
            squares: self.squares + other.squares + difference * difference * self.count * other.count / count,
        }
    }
}

/// The moments of each channel of some voxels of `stride` channels.
#[inline(always)]
pub(super) fn channel_moments(voxels: &[f32], stride: usize) -> Vec<Moments> {
    let mut moments = vec![Moments::default(); stride];
    let (mut mean, mut squares) = (vec![0.0_f32; stride], vec![0.0_f32; stride]);
    for block in voxels.chunks(BLOCK * stride) {
        let count = (block.len() / stride) as f32;
        mean.fill(0.0);
        squares.fill(0.0);
        for voxel in block.chunks_exact(stride) {
            mean.iter_mut().zip(voxel).for_each(|(sum, value)| *sum += value);
        }
        mean.iter_mut().for_each(|sum| *sum /= count);
        for voxel in block.chunks_exact(stride) {
            for ((sum, value), mean) in squares.iter_mut().zip(voxel).zip(&mean) {
                let distance = value - mean;
                *sum += distance * distance;
            }
        }
        for ((sum, mean), squares) in moments.iter_mut().zip(&mean).zip(&squares) {
            let of_block = Moments { count: f64::from(count), mean: f64::from(*mean), squares: f64::from(*squares) };
            *sum = sum.merged(of_block);
        }
    }
    moments
}

/// Applies an activation in place.
#[inline(always)]
pub(super) fn activate(values: &mut [f32], activation: Activation) {
    match activation {
        Activation::None => (),
        Activation::Relu => values.iter_mut().for_each(|value| *value = value.max(0.0)),
        Activation::LeakyRelu { slope } => values.iter_mut().for_each(|value| *value = value.max(slope * *value)),
        Activation::Elu => values.iter_mut().filter(|value| **value < 0.0).for_each(|value| *value = value.exp_m1()),
        Activation::Sigmoid => values.iter_mut().for_each(|value| *value = 1.0 / (1.0 + (-*value).exp())),
    }
}
