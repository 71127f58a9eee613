//! Convolutions of any kernel and stride, as one matrix product for each voxel of the kernel.
//!
//! A row of the output is the sum of rows of the input, each shifted and multiplied by one matrix.
//! Nothing is rearranged. 1 x 1 x 1 convolutions are the case of one product.

use pulp::Simd;

use super::conv_window::ConvWindow;
use super::feature_maps::{FeatureMaps, MapSize, padded};
use super::matmul::{Kernel, MatMul, WriteMode, dispatch, pack};
use super::parameters::{ConvParameters, Epilogue};
use super::slabs::SlabInput;
use crate::core::parallel::for_each_chunk;

/// A convolution whose input is padded with `(kernel - 1) / 2` zeros on both sides of each axis.
#[derive(Clone, Debug)]
pub(super) struct DirectConv {
    window: ConvWindow,
    /// For each input, for each voxel of the kernel, a packed matrix.
    weights: Vec<Vec<Vec<f32>>>,
    out_channels: usize,
    epilogue: Epilogue,
}

impl DirectConv {
    /// Packs the weights of `conv`, whose inputs have `in_channels` each.
    pub(super) fn new(conv: &ConvParameters, in_channels: &[usize], window: ConvWindow, epilogue: Epilogue) -> Self {
        let taps = window.taps();
        let (per_output, out_channels) = (conv.weights_per_output(), conv.out_channels());
        let mut first = 0;
        let mut matrices_of = |channels: usize| {
            let from = first;
            first += channels;
            let matrix = |tap: usize| {
                pack(channels, out_channels, |i, o| conv.weights[o * per_output + (from + i) * taps + tap])
            };
            (0..taps).map(matrix).collect()
        };
        let weights = in_channels.iter().map(|&channels| matrices_of(channels)).collect();
        Self { window, weights, out_channels, epilogue }
    }

    /// The convolution of the concatenated `inputs`, which have one size.
    pub(super) fn forward<'p>(&self, inputs: &[&FeatureMaps<'p>]) -> FeatureMaps<'p> {
        let out_size = self.window.output_size(inputs[0].size);
        let mut out = FeatureMaps::uninitialized(self.out_channels, out_size, inputs[0].pool());
        let (size, slice_stride) = (out.size, out.slice_stride());
        for_each_chunk(&mut out.data, slice_stride, |z, slice| {
            dispatch(DirectKernel { conv: self, inputs, z, size, out: slice });
        });
        out
    }

    /// The convolution of the concatenated `inputs` voxel by voxel, written over `over`, slice by slice: maps with as many
    /// channels in memory as the output.
    pub(super) fn forward_over<'p>(&self, mut over: FeatureMaps<'p>, inputs: &[SlabInput<'_, 'p>]) -> FeatureMaps<'p> {
        let (size, stride) = (MapSize { depth: 1, ..over.size }, over.slice_stride());
        let (channels, pool) = (over.channels, over.pool());
        for_each_chunk(&mut over.data, stride, |z, slice| {
            let part = |input: &SlabInput<'_, 'p>| match input {
                SlabInput::Overwritten => {
                    let mut own = FeatureMaps::uninitialized(channels, size, pool);
                    own.data.copy_from_slice(slice);
                    own
                }
                SlabInput::Standing(maps) => maps.copied_slices(z..z + 1),
                SlabInput::Made { by, from } => by.slices(from, z..z + 1),
            };
            let parts: Vec<FeatureMaps<'p>> = inputs.iter().map(part).collect();
            let inputs = &parts.iter().collect::<Vec<_>>();
            dispatch(DirectKernel { conv: self, inputs, z: 0, size, out: slice });
        });
        over.channels = self.out_channels;
        over
    }
}

/// One slice of the output.
struct DirectKernel<'a, 'p> {
    conv: &'a DirectConv,
    inputs: &'a [&'a FeatureMaps<'p>],
    z: usize,
    /// Of the output.
    size: MapSize,
    out: &'a mut [f32],
}

impl Kernel for DirectKernel<'_, '_> {
    #[inline(always)]
    fn run<S: Simd, const ROWS: usize, const PANELS: usize, const VECTORS: usize>(self, simd: S) {
        let Self { conv, inputs, z, size, out } = self;
        if conv.window.is_pointwise() {
            for (i, (maps, weights)) in inputs.iter().zip(&conv.weights).enumerate() {
                let mode = if i == 0 { WriteMode::Overwrite } else { WriteMode::Accumulate };
                let rows = &maps.data[z * maps.slice_stride()..][..maps.slice_stride()];
                let (count, stride, in_channels) = (size.slice_area(), maps.voxel_stride(), maps.channels);
                let product = MatMul { rows, count, stride, in_channels, weights: &weights[0] };
                product.write::<S, ROWS, PANELS, VECTORS>(simd, out, mode);
            }
        } else {
            for (y, row) in out.chunks_exact_mut(size.width * padded(conv.out_channels)).enumerate() {
                row.fill(0.0);
                for (maps, weights) in inputs.iter().zip(&conv.weights) {
                    add_row::<S, ROWS, PANELS, VECTORS>(simd, conv, maps, weights, [z, y], row);
                }
            }
        }
        conv.epilogue.apply_to(simd, out);
    }
}

/// Adds the products of one input to row `[z, y]` of the output.
#[inline(always)]
fn add_row<S: Simd, const ROWS: usize, const PANELS: usize, const VECTORS: usize>(
    simd: S,
    conv: &DirectConv,
    maps: &FeatureMaps<'_>,
    weights: &[Vec<f32>],
    [z, y]: [usize; 2],
    row: &mut [f32],
) {
    let (stride, width) = (maps.voxel_stride(), row.len() / padded(conv.out_channels));
    let [depth, height, in_width] = maps.size.dims();
    let window = &conv.window;
    let [taps_z, taps_y, taps_x] = window.kernel;
    for tap_z in 0..taps_z {
        let Some(from_z) = window.input_position(0, z, tap_z, depth) else { continue };
        for tap_y in 0..taps_y {
            let Some(from_y) = window.input_position(1, y, tap_y, height) else { continue };
            for tap_x in 0..taps_x {
                let columns = window.columns_inside(tap_x, width, in_width);
                if columns.is_empty() {
                    continue;
                }
                let from_x = columns.start * window.stride[2] + tap_x - window.padding(2);
                let product = MatMul {
                    rows: &maps.data[((from_z * height + from_y) * in_width + from_x) * stride..],
                    count: columns.len(),
                    stride: window.stride[2] * stride,
                    in_channels: maps.channels,
                    weights: &weights[(tap_z * taps_y + tap_y) * taps_x + tap_x],
                };
                let out = &mut row[columns.start * padded(conv.out_channels)..];
                product.write::<S, ROWS, PANELS, VECTORS>(simd, out, WriteMode::Accumulate);
            }
        }
    }
}
