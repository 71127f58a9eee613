//! Pooling, interpolation and sums of feature maps.

use std::ops::Range;

use super::feature_maps::{FeatureMaps, MapSize};
use super::norm::activate;
use crate::core::parallel::for_each_chunk;
use crate::nn::network::Activation;

impl<'p> FeatureMaps<'p> {
    /// The largest value of each block of `size` voxels, `[z, y, x]`.
    pub(super) fn max_pooled(&self, size: [usize; 3]) -> Self {
        self.pooled(size, |to, from| to.iter_mut().zip(from).for_each(|(to, from)| *to = to.max(*from)))
    }

    /// The mean of each block of `size` voxels, `[z, y, x]`.
    pub(super) fn average_pooled(&self, size: [usize; 3]) -> Self {
        let mut sums = self.pooled(size, |to, from| to.iter_mut().zip(from).for_each(|(to, from)| *to += from));
        let factor = 1.0 / size.iter().product::<usize>() as f32;
        sums.data.iter_mut().for_each(|sum| *sum *= factor);
        sums
    }

    /// Each block of `size` voxels reduced to one: the first, combined with all others in turn.
    fn pooled(&self, size: [usize; 3], combine: impl Fn(&mut [f32], &[f32]) + Sync + Send) -> Self {
        let dims = self.size.dims();
        let out_size = MapSize::of_dims([0, 1, 2].map(|axis| dims[axis] / size[axis]));
        let mut out = Self::uninitialized(self.channels, out_size, self.pool());
        let (stride, slice_stride, [block_z, block_y, block_x]) = (self.voxel_stride(), out.slice_stride(), size);
        for_each_chunk(&mut out.data, slice_stride, |z, slice| {
            for (i, to) in slice.chunks_exact_mut(stride).enumerate() {
                let (y, x) = (i / out_size.width, i % out_size.width);
                for place in 0..block_z * block_y * block_x {
                    let [dz, dy, dx] = [place / (block_y * block_x), place / block_x % block_y, place % block_x];
                    let row = (z * block_z + dz) * self.size.height + y * block_y + dy;
                    let from = &self.data[(row * self.size.width + x * block_x + dx) * stride..][..stride];
                    if place == 0 { to.copy_from_slice(from) } else { combine(to, from) }
                }
            }
        });
        out
    }

    /// The maps with each voxel repeated to the given size, a multiple of theirs.
    pub(super) fn resized_nearest(&self, size: MapSize) -> Self {
        let mut out = Self::uninitialized(self.channels, size, self.pool());
        let (stride, slice_stride) = (self.voxel_stride(), out.slice_stride());
        let [factor_z, factor_y, factor_x] = ratio(size, self.size);
        for_each_chunk(&mut out.data, slice_stride, |z, slice| {
            for (i, to) in slice.chunks_exact_mut(stride).enumerate() {
                let row = z / factor_z * self.size.height + i / size.width / factor_y;
                let from = (row * self.size.width + i % size.width / factor_x) * stride;
                to.copy_from_slice(&self.data[from..from + stride]);
            }
        });
        out
    }

    /// The maps interpolated linearly to the given size. Voxels are areas whose outer borders fall
    /// together (PyTorch's `align_corners=False`); values continue beyond the outermost centres.
    pub(super) fn resized_linear(&self, size: MapSize) -> Self {
        self.resized_linear_slices(size, 0..size.depth)
    }

    /// Some slices of the maps interpolated to `size`, as [`resized_linear`](Self::resized_linear) does.
    pub(super) fn resized_linear_slices(&self, size: MapSize, slices: Range<usize>) -> Self {
        let mut out = Self::uninitialized(self.channels, MapSize { depth: slices.len(), ..size }, self.pool());
        let (stride, row_stride, out_row_stride) = (self.voxel_stride(), self.row_stride(), out.row_stride());
        let slice_stride = out.slice_stride();
        let [along_z, along_y, along_x] = [0, 1, 2].map(|axis| neighbours(self.size.dims()[axis], size.dims()[axis]));
        let along_z = &along_z[slices];
        for_each_chunk(&mut out.data, slice_stride, |z, slice| {
            let slices = along_z[z].from.map(|z| &self.data[z * self.slice_stride()..][..self.slice_stride()]);
            let mut between = self.pool().take(self.slice_stride());
            blend(&mut between, slices, along_z[z].weight);
            let mut row = self.pool().take(row_stride);
            for (y, out) in slice.chunks_exact_mut(out_row_stride).enumerate() {
                let rows = along_y[y].from.map(|y| &between[y * row_stride..][..row_stride]);
                blend(&mut row, rows, along_y[y].weight);
                for (to, place) in out.chunks_exact_mut(stride).zip(&along_x) {
                    blend(to, place.from.map(|x| &row[x * stride..][..stride]), place.weight);
                }
            }
        });
        out
    }

    /// Adds `other`, whose channels are repeated if it has fewer, and applies the activation.
    pub(super) fn add(&mut self, other: &FeatureMaps<'_>, activation: Activation) {
        let (stride, other_stride) = (self.voxel_stride(), other.voxel_stride());
        let slice_stride = self.slice_stride();
        let channels = self.channels;
        for_each_chunk(&mut self.data, slice_stride, |z, slice| {
            let others = &other.data[z * other.slice_stride()..][..other.slice_stride()];
            for (to, from) in slice.chunks_exact_mut(stride).zip(others.chunks_exact(other_stride)) {
                if other.channels == channels {
                    to.iter_mut().zip(from).for_each(|(to, from)| *to += from);
                } else {
                    let repeated = from[..other.channels].iter().cycle();
                    to[..channels].iter_mut().zip(repeated).for_each(|(to, from)| *to += from);
                }
            }
            activate(slice, activation);
        });
    }
}

/// How many times larger `size` is than `than`, `[z, y, x]`.
pub(super) fn ratio(size: MapSize, than: MapSize) -> [usize; 3] {
    [0, 1, 2].map(|axis| size.dims()[axis] / than.dims()[axis])
}

/// The two places that a place of the output lies between, and the weight of the second.
pub(in crate::nn) struct LinearPlace {
    pub(in crate::nn) from: [usize; 2],
    pub(in crate::nn) weight: f32,
}

/// For each of `to` places, its neighbours among `from` places.
pub(in crate::nn) fn neighbours(from: usize, to: usize) -> Vec<LinearPlace> {
    let scale = from as f32 / to as f32;
    let place = |i: usize| {
        let position = ((i as f32 + 0.5) * scale - 0.5).max(0.0);
        let first = (position as usize).min(from - 1);
        LinearPlace { from: [first, (first + 1).min(from - 1)], weight: position - first as f32 }
    };
    (0..to).map(place).collect()
}

fn blend(to: &mut [f32], [first, second]: [&[f32]; 2], weight: f32) {
    let rest = 1.0 - weight;
    for ((to, first), second) in to.iter_mut().zip(first).zip(second) {
        *to = rest * first + weight * second;
    }
}
