//! Norms that take their statistics from the maps themselves, and activations that take exponentials.

use pulp::Arch;

use super::feature_maps::FeatureMaps;
use super::parameters::ScaleShift;
use crate::core::parallel::{for_each_chunk, map_parallel};
use crate::nn::network::{Activation, NormKind};

/// Voxels whose sums are taken in single precision before they are added up in double precision.
pub(super) const BLOCK: usize = 512;

/// An instance norm or a group norm of one sample, and the activation after it.
#[derive(Clone, Debug)]
pub(super) struct SampleNorm {
    affine: ScaleShift,
    kind: NormKind,
    activation: Activation,
}

/// Mean and biased variance of the values that are normalised together.
#[derive(Clone, Copy, Debug)]
pub(super) struct GroupStatistics {
    pub(super) mean: f64,
    pub(super) variance: f64,
    /// Values that they are taken from.
    pub(super) count: f64,
}

/// Which values a norm takes its statistics from.
#[derive(Clone, Copy, Debug)]
pub(super) struct NormGroups {
    /// Slices that are normalised together.
    pub(super) slices: usize,
    /// Channels that are normalised together.
    pub(super) channels: usize,
    pub(super) epsilon: f64,
}

/// The statistics of each set of slices, and in it of each group of channels.
pub(super) type NormStatistics = Vec<Vec<GroupStatistics>>;

/// The number of some values, their mean, and the sum of squared distances from it.
#[derive(Clone, Copy, Debug, Default)]
struct Moments {
    count: f64,
    mean: f64,
    squares: f64,
}

impl SampleNorm {
    pub(super) fn new(affine: ScaleShift, kind: NormKind, activation: Activation) -> Self {
        Self { affine, kind, activation }
    }

    /// Normalises `maps` with their own mean and biased variance, and applies the activation.
    pub(super) fn apply(&self, maps: &mut FeatureMaps<'_>) {
        let (stride, slice_stride) = (maps.voxel_stride(), maps.slice_stride());
        let groups = NormGroups::new(self.kind, maps, 1);
        let statistics = groups.statistics(maps);
        let ScaleShift { scale, shift } = groups.scale_and_shift(&statistics[0], &self.affine, stride);
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

impl NormGroups {
    /// The groups of `kind` for maps of `samples` samples.
    pub(super) fn new(kind: NormKind, maps: &FeatureMaps<'_>, samples: usize) -> Self {
        let (all, each) = (maps.size.depth, maps.size.depth / samples);
        match kind {
            NormKind::Batch { epsilon } => Self { slices: all, channels: 1, epsilon },
            NormKind::Instance { epsilon } => Self { slices: each, channels: 1, epsilon },
            NormKind::Group { groups, epsilon } => Self { slices: each, channels: maps.channels / groups, epsilon },
        }
    }

    /// The statistics of `maps`.
    pub(super) fn statistics(&self, maps: &FeatureMaps<'_>) -> NormStatistics {
        let stride = maps.voxel_stride();
        let slices: Vec<&[f32]> = maps.data.chunks_exact(maps.slice_stride()).collect();
        let by_slice = map_parallel(&slices, |slice| Arch::new().dispatch(|| channel_moments(slice, stride)));
        let of_set = |slices: &[Vec<Moments>]| {
            let mut moments = vec![Moments::default(); maps.channels];
            for slice in slices {
                moments.iter_mut().zip(slice).for_each(|(sum, moments)| *sum = sum.merged(*moments));
            }
            let group = |channels: &[Moments]| {
                let all = channels.iter().fold(Moments::default(), |sum, moments| sum.merged(*moments));
                GroupStatistics { mean: all.mean, variance: all.squares / all.count, count: all.count }
            };
            moments.chunks(self.channels).map(group).collect()
        };
        by_slice.chunks(self.slices).map(of_set).collect()
    }

    /// The inverse of the deviation of a group.
    pub(super) fn inverse_deviation(&self, statistics: &GroupStatistics) -> f64 {
        1.0 / (statistics.variance + self.epsilon).sqrt()
    }

    /// For each channel of a set of slices, padded with zeros to `stride`, the factors that normalise and then apply
    /// `affine`.
    pub(super) fn scale_and_shift(
        &self,
        statistics: &[GroupStatistics],
        affine: &ScaleShift,
        stride: usize,
    ) -> ScaleShift {
        let mut factors = ScaleShift { scale: vec![0.0; stride], shift: vec![0.0; stride] };
        for (channel, (scale, shift)) in affine.scale.iter().zip(&affine.shift).enumerate() {
            let group = &statistics[channel / self.channels];
            let factor = f64::from(*scale) * self.inverse_deviation(group);
            factors.scale[channel] = factor as f32;
            factors.shift[channel] = (f64::from(*shift) - group.mean * factor) as f32;
        }
        factors
    }
}

impl Moments {
    /// The moments of both sets of values (Chan, Golub and LeVeque 1983).
    fn merged(self, other: Self) -> Self {
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
fn channel_moments(voxels: &[f32], stride: usize) -> Vec<Moments> {
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
        // Not `max`, whose rule for NaN is not that of WebAssembly's vectors.
        Activation::Relu => values.iter_mut().for_each(|value| *value = if *value > 0.0 { *value } else { 0.0 }),
        Activation::LeakyRelu { slope } => values.iter_mut().for_each(|value| *value = value.max(slope * *value)),
        Activation::Elu => values.iter_mut().filter(|value| **value < 0.0).for_each(|value| *value = value.exp_m1()),
        Activation::Sigmoid => values.iter_mut().for_each(|value| *value = 1.0 / (1.0 + (-*value).exp())),
    }
}
