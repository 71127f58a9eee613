//! Transposed convolutions whose kernel is their stride: every voxel becomes a block of voxels.
//!
//! With the channels of a voxel side by side, the voxels of a block along x are side by side too. So a
//! row of the output is one product of a row of the input, and nothing has to be scattered.

use std::ops::Range;

use pulp::Simd;

use super::feature_maps::{FeatureMaps, MapSize, padded};
use super::matmul::{Kernel, MatMul, WriteMode, dispatch, pack};
use super::parameters::{ConvParameters, Epilogue};
use crate::core::parallel::for_each_chunk;

/// A transposed convolution whose kernel is its stride.
#[derive(Clone, Debug)]
pub(super) struct TransposedConv {
    /// `[z, y, x]`.
    stride: [usize; 3],
    /// For each place along z and y in a block, a packed matrix to the channels of all places along x.
    weights: Vec<Vec<f32>>,
    out_channels: usize,
    epilogue: Epilogue,
}

impl TransposedConv {
    /// Packs the weights of `conv`, `[in, out, z, y, x]`.
    pub(super) fn new(conv: &ConvParameters, in_channels: usize, stride: [usize; 3], epilogue: Epilogue) -> Self {
        let (out_channels, [_, _, along_x]) = (conv.out_channels(), stride);
        let (block, width) = (stride.iter().product::<usize>(), padded(out_channels));
        let matrix = |place: usize| {
            pack(in_channels, along_x * width, |input, output| {
                let (x, output) = (output / width, output % width);
                if output < out_channels {
                    conv.weights[(input * out_channels + output) * block + place * along_x + x]
                } else {
                    0.0
                }
            })
        };
        Self { stride, weights: (0..stride[0] * stride[1]).map(matrix).collect(), out_channels, epilogue }
    }

    /// The transposed convolution of `x`.
    pub(super) fn forward<'p>(&self, x: &FeatureMaps<'p>) -> FeatureMaps<'p> {
        self.forward_slices(x, 0..x.size.depth * self.stride[0])
    }

    /// Some slices of the transposed convolution of `x`.
    pub(super) fn forward_slices<'p>(&self, x: &FeatureMaps<'p>, slices: Range<usize>) -> FeatureMaps<'p> {
        let [_, height, width] = [0, 1, 2].map(|axis| x.size.dims()[axis] * self.stride[axis]);
        let size = MapSize { depth: slices.len(), height, width };
        let mut out = FeatureMaps::uninitialized(self.out_channels, size, x.pool());
        let slice_stride = out.slice_stride();
        for_each_chunk(&mut out.data, slice_stride, |i, slice| {
            dispatch(TransposedKernel { conv: self, x, z: slices.start + i, out: slice })
        });
        out
    }
}

/// One slice of the output.
struct TransposedKernel<'a, 'p> {
    conv: &'a TransposedConv,
    x: &'a FeatureMaps<'p>,
    z: usize,
    out: &'a mut [f32],
}

impl Kernel for TransposedKernel<'_, '_> {
    #[inline(always)]
    fn run<S: Simd, const ROWS: usize, const PANELS: usize, const VECTORS: usize>(self, simd: S) {
        let Self { conv, x, z, out } = self;
        let [along_z, along_y, along_x] = conv.stride;
        let row = x.size.width * along_x * padded(conv.out_channels);
        for (y, out) in out.chunks_exact_mut(row).enumerate() {
            let from = (z / along_z) * x.slice_stride() + (y / along_y) * x.row_stride();
            let product = MatMul {
                rows: &x.data[from..],
                count: x.size.width,
                stride: x.voxel_stride(),
                in_channels: x.channels,
                weights: &conv.weights[z % along_z * along_y + y % along_y],
            };
            product.write::<S, ROWS, PANELS, VECTORS>(simd, out, WriteMode::Overwrite);
        }
        conv.epilogue.apply_to(simd, out);
    }
}
