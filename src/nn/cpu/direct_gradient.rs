//! The gradients of convolutions of any kernel and stride, as matrix products for each voxel of the
//! kernel.

use std::ops::Range;

use pulp::Simd;

use super::conv_window::ConvWindow;
use super::feature_maps::{FeatureMaps, MapSize, padded};
use super::matmul::{Kernel, MatMul, WriteMode, dispatch, pack};
use super::outer_products::{OuterProducts, sums_of_slices};
use crate::core::parallel::{for_each_chunk, map_parallel};

/// The gradient of one input of a convolution, of `in_channels` channels and the given size, from the
/// gradient of its output. `weights` are the part that multiplies the input, `[out, in, taps]`.
pub(super) fn input_gradient<'p>(
    window: ConvWindow,
    weights: &[f32],
    in_channels: usize,
    in_size: MapSize,
    gradient: &FeatureMaps<'p>,
) -> FeatureMaps<'p> {
    let taps = window.taps();
    let matrix = |tap: usize| pack(gradient.channels, in_channels, |o, i| weights[(o * in_channels + i) * taps + tap]);
    let matrices: Vec<Vec<f32>> = (0..taps).map(matrix).collect();
    let mut out = FeatureMaps::uninitialized(in_channels, in_size, gradient.pool());
    let slice_stride = out.slice_stride();
    for_each_chunk(&mut out.data, slice_stride, |z, slice| {
        dispatch(InputGradientKernel { window, matrices: &matrices, gradient, z, in_size, out: slice });
    });
    out
}

/// One slice of an input's gradient.
struct InputGradientKernel<'a, 'p> {
    window: ConvWindow,
    matrices: &'a [Vec<f32>],
    gradient: &'a FeatureMaps<'p>,
    z: usize,
    in_size: MapSize,
    out: &'a mut [f32],
}

impl Kernel for InputGradientKernel<'_, '_> {
    #[inline(always)]
    fn run<S: Simd, const ROWS: usize, const PANELS: usize, const VECTORS: usize>(self, simd: S) {
        let Self { window, matrices, gradient, z, in_size, out } = self;
        let stride = gradient.voxel_stride();
        if window.is_pointwise() {
            let rows = &gradient.data[z * gradient.slice_stride()..][..gradient.slice_stride()];
            let (count, in_channels) = (in_size.slice_area(), gradient.channels);
            let product = MatMul { rows, count, stride, in_channels, weights: &matrices[0] };
            return product.write::<S, ROWS, PANELS, VECTORS>(simd, out, WriteMode::Overwrite);
        }
        let (size, width) = (gradient.size, out.len() / in_size.slice_area());
        let [taps_z, taps_y, taps_x] = window.kernel;
        let mut products = gradient.pool().take(size.width * width);
        for (y, row) in out.chunks_exact_mut(in_size.width * width).enumerate() {
            row.fill(0.0);
            for (tap_z, tap_y) in (0..taps_z).flat_map(|z| (0..taps_y).map(move |y| (z, y))) {
                let (Some(from_z), Some(from_y)) =
                    (window.output_position(0, z, tap_z, size.depth), window.output_position(1, y, tap_y, size.height))
                else {
                    continue;
                };
                for tap_x in 0..taps_x {
                    let columns = window.columns_inside(tap_x, size.width, in_size.width);
                    if columns.is_empty() {
                        continue;
                    }
                    let from = (from_z * size.height + from_y) * size.width + columns.start;
                    let product = MatMul {
                        rows: &gradient.data[from * stride..],
                        count: columns.len(),
                        stride,
                        in_channels: gradient.channels,
                        weights: &matrices[(tap_z * taps_y + tap_y) * taps_x + tap_x],
                    };
                    product.write::<S, ROWS, PANELS, VECTORS>(simd, &mut products, WriteMode::Overwrite);
                    let first = columns.start * window.stride[2] + tap_x - window.padding(2);
                    let voxels = row.chunks_exact_mut(width).skip(first).step_by(window.stride[2]);
                    for (to, from) in voxels.zip(products.chunks_exact(width)).take(columns.len()) {
                        to.iter_mut().zip(from).for_each(|(to, from)| *to += from);
                    }
                }
            }
        }
    }
}

/// The gradient of the weights, `[out, in, taps]`, of a convolution of the concatenated `inputs`, from the
/// gradient of its output.
pub(super) fn weight_gradient(window: ConvWindow, inputs: &[&FeatureMaps<'_>], gradient: &FeatureMaps<'_>) -> Vec<f32> {
    let (width, taps) = (gradient.voxel_stride(), window.taps());
    let in_channels: usize = inputs.iter().map(|maps| maps.channels).sum();
    let length = taps * in_channels * width;
    let sums = sums_of_slices(gradient, length, |slices, sums| {
        dispatch(WeightGradientSums { window, inputs, gradient, slices, sums });
    });
    let mut weights = vec![0.0; gradient.channels * in_channels * taps];
    for group in sums.chunks_exact(length) {
        // The sums are [tap, in, padded(out)] for each input.
        let mut first = 0;
        for maps in inputs {
            let group = &group[first * taps * width..][..maps.channels * taps * width];
            for (i, outputs) in group.chunks_exact(width).enumerate() {
                let (tap, input) = (i / maps.channels, first + i % maps.channels);
                let to = weights.iter_mut().skip(input * taps + tap).step_by(in_channels * taps);
                to.zip(outputs).for_each(|(to, sum)| *to += sum);
            }
            first += maps.channels;
        }
    }
    weights
}

/// The sums of some slices of the output.
struct WeightGradientSums<'a, 'p> {
    window: ConvWindow,
    inputs: &'a [&'a FeatureMaps<'p>],
    gradient: &'a FeatureMaps<'p>,
    slices: Range<usize>,
    sums: &'a mut [f32],
}

impl Kernel for WeightGradientSums<'_, '_> {
    #[inline(always)]
    fn run<S: Simd, const ROWS: usize, const PANELS: usize, const VECTORS: usize>(self, simd: S) {
        let Self { window, inputs, gradient, slices, sums } = self;
        let (size, width, taps) = (gradient.size, gradient.voxel_stride(), window.taps());
        let mut rest = sums;
        for maps in inputs {
            let (sums, after) = rest.split_at_mut(taps * maps.channels * width);
            rest = after;
            for z in slices.clone() {
                if window.is_pointwise() {
                    let [left, right] = [maps, gradient].map(|maps| &maps.data[z * maps.slice_stride()..]);
                    let (left_stride, left_channels) = (maps.voxel_stride(), maps.channels);
                    let count = size.slice_area();
                    let product = OuterProducts { left, left_stride, left_channels, right, right_width: width, count };
                    product.add_to::<S, ROWS, PANELS, VECTORS>(simd, sums);
                    continue;
                }
                for y in 0..size.height {
                    add_row::<S, ROWS, PANELS, VECTORS>(simd, window, maps, gradient, [z, y], sums);
                }
            }
        }
    }
}

/// Adds the products of row `[z, y]` of the output's gradient and of the rows of an input that it reads.
#[inline(always)]
fn add_row<S: Simd, const ROWS: usize, const PANELS: usize, const VECTORS: usize>(
    simd: S,
    window: ConvWindow,
    maps: &FeatureMaps<'_>,
    gradient: &FeatureMaps<'_>,
    [z, y]: [usize; 2],
    sums: &mut [f32],
) {
    let (stride, size, width) = (maps.voxel_stride(), gradient.size, gradient.voxel_stride());
    let [depth, height, in_width] = maps.size.dims();
    let [_, taps_y, taps_x] = window.kernel;
    for (tap, sums) in sums.chunks_exact_mut(maps.channels * width).enumerate() {
        let [tap_z, tap_y, tap_x] = [tap / (taps_y * taps_x), tap / taps_x % taps_y, tap % taps_x];
        let (Some(from_z), Some(from_y)) =
            (window.input_position(0, z, tap_z, depth), window.input_position(1, y, tap_y, height))
        else {
            continue;
        };
        let columns = window.columns_inside(tap_x, size.width, in_width);
        if columns.is_empty() {
            continue;
        }
        let from_x = columns.start * window.stride[2] + tap_x - window.padding(2);
        let product = OuterProducts {
            left: &maps.data[((from_z * height + from_y) * in_width + from_x) * stride..],
            left_stride: window.stride[2] * stride,
            left_channels: maps.channels,
            right: &gradient.data[((z * size.height + y) * size.width + columns.start) * width..],
            right_width: width,
            count: columns.len(),
        };
        product.add_to::<S, ROWS, PANELS, VECTORS>(simd, sums);
    }
}

/// The sum of a gradient over all voxels, for each channel: the gradient of a convolution's bias.
pub(super) fn bias_gradient(gradient: &FeatureMaps<'_>) -> Vec<f32> {
    let stride = gradient.voxel_stride();
    let slices: Vec<&[f32]> = gradient.data.chunks_exact(gradient.slice_stride()).collect();
    let sums = map_parallel(&slices, |slice| {
        let mut total = vec![0.0_f64; padded(gradient.channels)];
        for row in slice.chunks(stride * gradient.size.width) {
            let mut sum = vec![0.0_f32; stride];
            for voxel in row.chunks_exact(stride) {
                sum.iter_mut().zip(voxel).for_each(|(sum, value)| *sum += value);
            }
            total.iter_mut().zip(&sum).for_each(|(total, sum)| *total += f64::from(*sum));
        }
        total
    });
    let channel = |c: usize| sums.iter().map(|slice| slice[c]).sum::<f64>() as f32;
    (0..gradient.channels).map(channel).collect()
}
