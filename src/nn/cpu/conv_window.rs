//! Which voxels of its input a convolution reads.

use std::ops::Range;

use super::feature_maps::MapSize;
use crate::nn::network::ConvLayer;

/// Kernel and stride of a convolution, `[z, y, x]`. Its input is padded with `(kernel - 1) / 2` zeros on
/// both sides of each axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ConvWindow {
    pub(super) kernel: [usize; 3],
    pub(super) stride: [usize; 3],
}

impl ConvLayer {
    /// Which voxels it reads.
    pub(super) fn window(&self) -> ConvWindow {
        ConvWindow { kernel: self.kernel, stride: self.stride }
    }
}

impl ConvWindow {
    /// Voxels of the kernel.
    pub(super) fn taps(&self) -> usize {
        self.kernel.iter().product()
    }

    /// True if each voxel of the output depends on one voxel of the input, the one in the same place.
    pub(super) fn is_pointwise(&self) -> bool {
        self.kernel == [1; 3] && self.stride == [1; 3]
    }

    /// True if the kernel is 3 x 3 within each of an odd number of slices, without a stride.
    pub(super) fn suits_winograd(&self) -> bool {
        let [taps, y, x] = self.kernel;
        [y, x] == [3, 3] && taps % 2 == 1 && self.stride == [1; 3]
    }

    /// The size of the output for an input of `size`.
    pub(super) fn output_size(&self, size: MapSize) -> MapSize {
        let dims = size.dims();
        let side = |axis: usize| (dims[axis] + 2 * self.padding(axis) - self.kernel[axis]) / self.stride[axis] + 1;
        MapSize::of_dims([0, 1, 2].map(side))
    }

    pub(super) fn padding(&self, axis: usize) -> usize {
        (self.kernel[axis] - 1) / 2
    }

    /// The position in an input of `length` that a voxel of the kernel reads for a position of the output
    /// along an axis, or `None` in the padding.
    pub(super) fn input_position(&self, axis: usize, position: usize, tap: usize, length: usize) -> Option<usize> {
        (position * self.stride[axis] + tap).checked_sub(self.padding(axis)).filter(|at| *at < length)
    }

    /// The position of an output of `length` for which a voxel of the kernel reads a position of the input
    /// along an axis, or `None` if there is none.
    pub(super) fn output_position(&self, axis: usize, position: usize, tap: usize, length: usize) -> Option<usize> {
        let shifted = (position + self.padding(axis)).checked_sub(tap)?;
        (shifted.is_multiple_of(self.stride[axis])).then(|| shifted / self.stride[axis]).filter(|at| *at < length)
    }

    /// The columns of the output, of `width`, for which a voxel of the kernel lies inside an input of
    /// `in_width` columns.
    pub(super) fn columns_inside(&self, tap: usize, width: usize, in_width: usize) -> Range<usize> {
        let (stride, padding) = (self.stride[2], self.padding(2));
        let first = padding.saturating_sub(tap).div_ceil(stride);
        let after = (in_width + padding).saturating_sub(tap).div_ceil(stride).min(width);
        first.min(after)..after
    }
}
