//! The gradient of a convolution's weights: the adjoint of the transforms, in reverse order.
//!
//! The output is `A^T [(G g G^T) * (B^T d B)] A` for a kernel `g` and a tile `d`, summed over channels
//! (Lavin and Gray, arXiv 1509.09308, equation 12). So the gradient of the kernel is
//! `G^T [(B^T d B) * (A y A^T)] G` for the gradient `y` of a tile of the output, summed over tiles:
//! products of the transformed tiles for each point, and one transform of their sums.

use std::ops::Range;

use pulp::{Arch, Simd};

use super::output_sampling::OutputSampling;
use super::tiles::{BLOCK_VALUES, Block, transform_block, transform_gradient_block};
use super::transforms::{IN, OUT};
use super::weights::PointProducts;
use crate::core::parallel::for_each_chunk;
use crate::nn::cpu::feature_maps::{FeatureMaps, PANEL, padded};
use crate::nn::cpu::matmul::{Kernel, dispatch};
use crate::nn::cpu::outer_products::{OuterProducts, sums_of_slices};
use crate::nn::cpu::slabs::MapSlices;
use crate::nn::network::Sampling;

/// Rows of a block: enough for sums that stay in registers to pay.
const FEWEST_ROWS: usize = 96;

/// One of a convolution's inputs.
struct GradientSource<'a, 'p> {
    maps: &'a FeatureMaps<'p>,
    sampling: Sampling,
    products: PointProducts,
    /// Where its sums begin, `[taps, products, in, padded(out)]`.
    start: usize,
}

/// The gradient of the weights, `[out, in, taps, 3, 3]`, of a convolution of the concatenated `inputs`
/// whose kernel has `taps` slices, from the gradient of its output.
pub(in crate::nn::cpu) fn weight_gradient(
    inputs: &[(&FeatureMaps<'_>, Sampling)],
    taps: usize,
    gradient: &FeatureMaps<'_>,
) -> Vec<f32> {
    let width = gradient.voxel_stride();
    let mut length = 0;
    let mut source = |(maps, sampling)| {
        let maps: &FeatureMaps<'_> = maps;
        let products = PointProducts::new(sampling, OutputSampling::AsIs);
        let start = length;
        length += taps * products.count() * maps.channels * width;
        GradientSource { maps, sampling, products, start }
    };
    let sources: Vec<_> = inputs.iter().map(|&(maps, sampling)| source((maps, sampling))).collect();
    let sums = sums_of_slices(gradient, length, |slices, sums| {
        dispatch(WeightGradientKernel { sources: &sources, taps, gradient, slices, sums });
    });
    transform_sums(&sums, length, &sources, taps, gradient.channels)
}

/// The sums of some slices.
struct WeightGradientKernel<'a, 'p> {
    sources: &'a [GradientSource<'a, 'p>],
    taps: usize,
    gradient: &'a FeatureMaps<'p>,
    slices: Range<usize>,
    sums: &'a mut [f32],
}

impl Kernel for WeightGradientKernel<'_, '_> {
    #[inline(always)]
    fn run<S: Simd, const ROWS: usize, const PANELS: usize, const VECTORS: usize>(self, simd: S) {
        let Self { sources, taps, gradient, slices, sums } = self;
        let (width, pool) = (gradient.voxel_stride(), gradient.pool());
        let tiles = gradient.size.height.div_ceil(OUT) * gradient.size.width.div_ceil(OUT);
        let widest = sources.iter().map(|source| source.maps.voxel_stride()).max().unwrap_or(0);
        let rows = (BLOCK_VALUES / (IN * IN * (widest + width))).max(FEWEST_ROWS);
        let block_tiles = tiles.min(rows);
        let block_slices = (rows / block_tiles).min(slices.len());
        let mut transformed = pool.take(IN * IN * (block_slices + taps - 1) * block_tiles * widest);
        let mut gradients = pool.take(IN * IN * block_slices * block_tiles * width);
        for first_tile in (0..tiles).step_by(block_tiles) {
            for first_slice in slices.clone().step_by(block_slices) {
                let block = Block {
                    slices: first_slice..slices.end.min(first_slice + block_slices),
                    tiles: first_tile..tiles.min(first_tile + block_tiles),
                };
                transform_gradient_block(simd, gradient, &block, &mut gradients);
                for source in sources {
                    let maps = source.maps;
                    let tiles =
                        transform_block(simd, source.sampling, MapSlices::all(maps), &block, taps, &mut transformed);
                    let (count, matrix) = (block.rows(), maps.channels * width);
                    let mut sums = sums[source.start..].chunks_exact_mut(matrix);
                    for tap in 0..taps {
                        for [sum_point, input_point] in source.products.points() {
                            let first = input_point * tiles.rows_per_point + tap * block.tiles.len();
                            let product = OuterProducts {
                                left: &tiles.values[first * maps.voxel_stride()..],
                                left_stride: maps.voxel_stride(),
                                left_channels: maps.channels,
                                right: &gradients[sum_point * count * width..],
                                right_width: width,
                                count,
                            };
                            let sums = sums.next().expect("sums for every product");
                            product.add_to::<S, ROWS, PANELS, VECTORS>(simd, sums);
                        }
                    }
                }
            }
        }
    }
}

/// The gradient of the weights from the sums of all groups of slices, `length` values each.
fn transform_sums(
    sums: &[f32],
    length: usize,
    sources: &[GradientSource<'_, '_>],
    taps: usize,
    out_channels: usize,
) -> Vec<f32> {
    let in_channels: usize = sources.iter().map(|source| source.maps.channels).sum();
    let (kernel, width) = (taps * 9, padded(out_channels));
    let mut gradient = vec![0.0; out_channels * in_channels * kernel];
    for_each_chunk(&mut gradient, PANEL * in_channels * kernel, |panel, gradient| {
        let transform = || {
            let mut input = 0;
            for source in sources {
                let factors = source.products.kernel_factors();
                let factors: Vec<[f32; 3]> = factors.iter().map(|three| three.map(|factor| factor as f32)).collect();
                for channel in 0..source.maps.channels {
                    for tap in 0..taps {
                        let first = source.start + tap * source.products.count() * source.maps.channels * width;
                        let at = first + channel * width + panel * PANEL;
                        let nine = transform_point_sums(sums, length, at, source.maps.channels * width, &factors);
                        let kernels = gradient.chunks_exact_mut(in_channels * kernel);
                        for (output, kernels) in kernels.enumerate() {
                            let to = &mut kernels[input * kernel + tap * 9..][..9];
                            to.iter_mut().zip(&nine).for_each(|(to, lanes)| *to = lanes[output]);
                        }
                    }
                    input += 1;
                }
            }
        };
        Arch::new().dispatch(transform);
    });
    gradient
}

/// `G^T M G` for one panel of the sums `M`, whose points are `matrix` values apart, from `at` on.
#[inline(always)]
fn transform_point_sums(
    sums: &[f32],
    length: usize,
    at: usize,
    matrix: usize,
    factors: &[[f32; 3]],
) -> [[f32; PANEL]; 9] {
    let mut nine = [[0.0; PANEL]; 9];
    for (row, down) in factors.iter().enumerate() {
        let mut three = [[0.0; PANEL]; 3];
        for (column, across) in factors.iter().enumerate() {
            let point = at + (row * factors.len() + column) * matrix;
            let mut total = [0.0; PANEL];
            for group in sums.chunks_exact(length) {
                let values = &group[point..point + PANEL];
                total.iter_mut().zip(values).for_each(|(total, value)| *total += value);
            }
            for (to, factor) in three.iter_mut().zip(across) {
                to.iter_mut().zip(&total).for_each(|(to, value)| *to += factor * value);
            }
        }
        for (i, to) in nine.iter_mut().enumerate() {
            to.iter_mut().zip(&three[i % 3]).for_each(|(to, value)| *to += down[i / 3] * value);
        }
    }
    nine
}
