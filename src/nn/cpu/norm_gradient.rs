//! Norms in training, which keep their input, and the gradients of norms and activations.

use std::ops::Range;

use pulp::Arch;

use super::feature_maps::{FeatureMaps, panels, panels_mut};
use super::norm::{BLOCK, GroupStatistics, NormGroups, NormStatistics, activate};
use super::parameters::ScaleShift;
use crate::core::parallel::{for_each_chunk, map_parallel};
use crate::nn::network::Activation;

impl NormGroups {
    /// Normalised maps with scale and shift, and the activation.
    pub(super) fn normalized<'p>(
        &self,
        maps: &FeatureMaps<'p>,
        statistics: &NormStatistics,
        affine: &ScaleShift,
        activation: Activation,
    ) -> FeatureMaps<'p> {
        let mut out = FeatureMaps::uninitialized(maps.channels, maps.size, maps.pool());
        let (stride, slice_stride) = (maps.voxel_stride(), maps.slice_stride());
        for_each_chunk(&mut out.data, slice_stride, |z, slice| {
            let ScaleShift { scale, shift } = self.scale_and_shift(&statistics[z / self.slices], affine, stride);
            let from = &maps.data[z * slice_stride..][..slice_stride];
            Arch::new().dispatch(|| {
                for (to, from) in slice.chunks_exact_mut(stride).zip(from.chunks_exact(stride)) {
                    let affine = panels(&scale).iter().zip(panels(&shift));
                    for ((to, values), (scale, shift)) in panels_mut(to).iter_mut().zip(panels(from)).zip(affine) {
                        *to = std::array::from_fn(|lane| values[lane] * scale[lane] + shift[lane]);
                    }
                }
                activate(slice, activation);
            });
        });
        out
    }

    /// Replaces the gradient of a norm's output by that of its input, and returns the gradients of scale
    /// and shift. `maps` are the input of the norm.
    pub(super) fn backward(
        &self,
        gradient: &mut FeatureMaps<'_>,
        maps: &FeatureMaps<'_>,
        statistics: &NormStatistics,
        scale: &[f32],
    ) -> ScaleShift {
        let sums = self.gradient_sums(gradient, maps, statistics);
        let mut affine = ScaleShift { scale: vec![0.0; maps.channels], shift: vec![0.0; maps.channels] };
        let mut factors = Vec::with_capacity(sums.len());
        for (sums, statistics) in sums.iter().zip(statistics) {
            for (channel, sums) in sums.iter().enumerate() {
                affine.scale[channel] += sums.times_normalized as f32;
                affine.shift[channel] += sums.plain as f32;
            }
            factors.push(self.input_factors(sums, statistics, scale, maps.voxel_stride()));
        }
        let (stride, slice_stride) = (maps.voxel_stride(), maps.slice_stride());
        for_each_chunk(&mut gradient.data, slice_stride, |z, slice| {
            let [by_gradient, by_value, constant] = &factors[z / self.slices];
            let values = &maps.data[z * slice_stride..][..slice_stride];
            Arch::new().dispatch(|| {
                for (to, values) in slice.chunks_exact_mut(stride).zip(values.chunks_exact(stride)) {
                    let factors = by_gradient.iter().zip(by_value).zip(constant);
                    for ((to, value), ((by_gradient, by_value), constant)) in to.iter_mut().zip(values).zip(factors) {
                        *to = *to * by_gradient + (value * by_value + constant);
                    }
                }
            });
        });
        affine
    }

    /// For each set of slices and each channel, the sums that the gradient of a norm needs.
    fn gradient_sums(
        &self,
        gradient: &FeatureMaps<'_>,
        maps: &FeatureMaps<'_>,
        statistics: &NormStatistics,
    ) -> Vec<Vec<GradientSums>> {
        let (stride, slice_stride) = (maps.voxel_stride(), maps.slice_stride());
        let slices: Vec<usize> = (0..maps.size.depth).collect();
        let by_slice = map_parallel(&slices, |&z| {
            let (mut mean, mut inverse) = (vec![0.0; stride], vec![0.0; stride]);
            for channel in 0..maps.channels {
                let group = &statistics[z / self.slices][channel / self.channels];
                mean[channel] = group.mean as f32;
                inverse[channel] = self.inverse_deviation(group) as f32;
            }
            let slice: Range<usize> = z * slice_stride..(z + 1) * slice_stride;
            let (gradient, values) = (&gradient.data[slice.clone()], &maps.data[slice]);
            Arch::new().dispatch(|| slice_sums(gradient, values, &mean, &inverse))
        });
        let of_set = |slices: &[Vec<GradientSums>]| {
            let channel = |c: usize| slices.iter().fold(GradientSums::default(), |sum, slice| sum.plus(slice[c]));
            (0..maps.channels).map(channel).collect()
        };
        by_slice.chunks(self.slices).map(of_set).collect()
    }

    /// The factors of the input's gradient, `a * gradient + b * value + c` per channel.
    fn input_factors(
        &self,
        sums: &[GradientSums],
        statistics: &[GroupStatistics],
        scale: &[f32],
        stride: usize,
    ) -> [Vec<f32>; 3] {
        let mut factors = [vec![0.0; stride], vec![0.0; stride], vec![0.0; stride]];
        for (first, group) in (0..sums.len()).step_by(self.channels).zip(statistics) {
            let channels = first..first + self.channels;
            let inverse = self.inverse_deviation(group);
            let scaled = channels.clone().map(|c| sums[c].times(f64::from(scale[c])));
            let total = scaled.fold(GradientSums::default(), GradientSums::plus);
            let by_value = -inverse * inverse * total.times_normalized / group.count;
            let constant = -inverse * total.plain / group.count - by_value * group.mean;
            for channel in channels {
                factors[0][channel] = (inverse * f64::from(scale[channel])) as f32;
                factors[1][channel] = by_value as f32;
                factors[2][channel] = constant as f32;
            }
        }
        factors
    }
}

/// Sums over the voxels of a channel: of the gradient of a norm's output, as it is and times the
/// normalised values.
#[derive(Clone, Copy, Debug, Default)]
struct GradientSums {
    plain: f64,
    times_normalized: f64,
}

impl GradientSums {
    fn plus(self, other: Self) -> Self {
        Self { plain: self.plain + other.plain, times_normalized: self.times_normalized + other.times_normalized }
    }

    fn times(self, factor: f64) -> Self {
        Self { plain: self.plain * factor, times_normalized: self.times_normalized * factor }
    }
}

/// The sums of each channel of one slice.
#[inline(always)]
fn slice_sums(gradient: &[f32], values: &[f32], mean: &[f32], inverse: &[f32]) -> Vec<GradientSums> {
    let stride = mean.len();
    let mut sums = vec![GradientSums::default(); stride];
    let (mut plain, mut times_normalized) = (vec![0.0_f32; stride], vec![0.0_f32; stride]);
    for (gradient, values) in gradient.chunks(BLOCK * stride).zip(values.chunks(BLOCK * stride)) {
        plain.fill(0.0);
        times_normalized.fill(0.0);
        for (gradient, values) in gradient.chunks_exact(stride).zip(values.chunks_exact(stride)) {
            let statistics = mean.iter().zip(inverse);
            let totals = plain.iter_mut().zip(&mut times_normalized);
            for (((gradient, value), (mean, inverse)), (plain, normalized)) in
                gradient.iter().zip(values).zip(statistics).zip(totals)
            {
                *plain += gradient;
                *normalized += gradient * ((value - mean) * inverse);
            }
        }
        for ((sums, plain), normalized) in sums.iter_mut().zip(&plain).zip(&times_normalized) {
            let block = GradientSums { plain: f64::from(*plain), times_normalized: f64::from(*normalized) };
            *sums = sums.plus(block);
        }
    }
    sums
}

/// Multiplies a gradient by the derivative of an activation, in terms of the activation's output.
pub(super) fn activation_backward(gradient: &mut FeatureMaps<'_>, output: &FeatureMaps<'_>, activation: Activation) {
    let slice_stride = gradient.slice_stride();
    for_each_chunk(&mut gradient.data, slice_stride, |z, slice| {
        let output = &output.data[z * slice_stride..][..slice_stride];
        let values = slice.iter_mut().zip(output);
        Arch::new().dispatch(|| match activation {
            Activation::None => (),
            Activation::Relu => values.for_each(|(to, y)| *to = if *y > 0.0 { *to } else { 0.0 }),
            Activation::LeakyRelu { slope } => {
                values.for_each(|(to, y)| *to = if *y > 0.0 { *to } else { slope * *to })
            }
            Activation::Elu => values.for_each(|(to, y)| *to *= if *y > 0.0 { 1.0 } else { y + 1.0 }),
            Activation::Sigmoid => values.for_each(|(to, y)| *to *= y * (1.0 - y)),
        });
    });
}
