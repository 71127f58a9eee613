//! The gradients of pooling, resizing, sums and products of feature maps.

use pulp::Arch;

use super::feature_maps::{FeatureMaps, MapSize};
use super::sampling::{LinearPlace, neighbours, ratio};
use crate::core::parallel::for_each_chunk;

impl<'p> FeatureMaps<'p> {
    /// Maps of zeros.
    pub(super) fn zeros(channels: usize, size: MapSize, like: &FeatureMaps<'p>) -> Self {
        let mut zeros = Self::uninitialized(channels, size, like.pool());
        let slice_stride = zeros.slice_stride();
        for_each_chunk(&mut zeros.data, slice_stride, |_, slice| slice.fill(0.0));
        zeros
    }

    /// Adds maps of the same shape.
    pub(super) fn accumulate(&mut self, other: &FeatureMaps<'_>) {
        let slice_stride = self.slice_stride();
        for_each_chunk(&mut self.data, slice_stride, |z, slice| {
            let others = &other.data[z * slice_stride..][..slice_stride];
            slice.iter_mut().zip(others).for_each(|(to, from)| *to += from);
        });
    }

    /// Some of the channels.
    pub(super) fn part(&self, first: usize, channels: usize) -> Self {
        let mut part = Self::uninitialized(channels, self.size, self.pool());
        let (stride, part_stride) = (self.voxel_stride(), part.voxel_stride());
        for (to, from) in part.data.chunks_exact_mut(part_stride).zip(self.data.chunks_exact(stride)) {
            to[..channels].copy_from_slice(&from[first..first + channels]);
            to[channels..].fill(0.0);
        }
        part
    }

    /// The sum of each `channels` channels: the gradient of maps whose channels were repeated.
    pub(super) fn folded(&self, channels: usize) -> Self {
        if channels == self.channels {
            return self.copied();
        }
        let mut sums = Self::zeros(channels, self.size, self);
        let (stride, sum_stride) = (self.voxel_stride(), sums.voxel_stride());
        for (to, from) in sums.data.chunks_exact_mut(sum_stride).zip(self.data.chunks_exact(stride)) {
            for (i, value) in from[..self.channels].iter().enumerate() {
                to[i % channels] += value;
            }
        }
        sums
    }

    /// Adds the gradient of a pooling of `input` by its largest values to the gradient of `input`. Of
    /// equal values the first has it.
    pub(super) fn add_max_pool_gradient(
        &mut self,
        input: &FeatureMaps<'_>,
        pooled: &FeatureMaps<'_>,
        gradient: &FeatureMaps<'_>,
        size: [usize; 3],
    ) {
        let (stride, slice_stride) = (self.voxel_stride(), self.slice_stride());
        let [block_z, block_y, block_x] = size;
        let in_size = self.size;
        for_each_chunk(&mut self.data, block_z * slice_stride, |z, slices| {
            if z >= pooled.size.depth {
                return;
            }
            let [pooled, gradient] =
                [pooled, gradient].map(|maps| &maps.data[z * maps.slice_stride()..][..maps.slice_stride()]);
            let input = &input.data[z * block_z * slice_stride..][..slices.len()];
            let out_width = in_size.width / block_x;
            let mut found = vec![0.0_f32; stride];
            Arch::new().dispatch(|| {
                for (i, (most, gradient)) in pooled.chunks_exact(stride).zip(gradient.chunks_exact(stride)).enumerate()
                {
                    let (y, x) = (i / out_width * block_y, i % out_width * block_x);
                    found.fill(0.0);
                    for place in 0..block_z * block_y * block_x {
                        let [dz, dy, dx] = [place / (block_y * block_x), place / block_x % block_y, place % block_x];
                        let at = ((dz * in_size.height + y + dy) * in_size.width + x + dx) * stride;
                        let (to, from) = (&mut slices[at..at + stride], &input[at..at + stride]);
                        let values = to.iter_mut().zip(from).zip(most).zip(gradient).zip(&mut found);
                        for ((((to, from), most), gradient), found) in values {
                            let is_first = if *from == *most { 1.0 - *found } else { 0.0 };
                            *to += is_first * gradient;
                            *found += is_first;
                        }
                    }
                }
            });
        });
    }

    /// The gradient of maps of `size` whose voxels were repeated: sums of blocks.
    pub(super) fn resize_nearest_gradient(gradient: &FeatureMaps<'p>, size: MapSize) -> Self {
        let [block_z, block_y, block_x] = ratio(gradient.size, size);
        let mut out = Self::zeros(gradient.channels, size, gradient);
        let (stride, slice_stride) = (out.voxel_stride(), out.slice_stride());
        for_each_chunk(&mut out.data, slice_stride, |z, slice| {
            for from_z in z * block_z..(z + 1) * block_z {
                let rows = gradient.data[from_z * gradient.slice_stride()..][..gradient.slice_stride()]
                    .chunks_exact(gradient.row_stride());
                for (from_y, row) in rows.enumerate() {
                    let to = &mut slice[from_y / block_y * size.width * stride..][..size.width * stride];
                    for (x, from) in row.chunks_exact(stride).enumerate() {
                        let to = &mut to[x / block_x * stride..][..stride];
                        to.iter_mut().zip(from).for_each(|(to, from)| *to += from);
                    }
                }
            }
        });
        out
    }

    /// The gradient of maps of `size` that were pooled by their mean over blocks.
    pub(super) fn average_pool_gradient(gradient: &FeatureMaps<'p>, size: MapSize, block: [usize; 3]) -> Self {
        let mut out = gradient.resized_nearest(size);
        let factor = 1.0 / block.iter().product::<usize>() as f32;
        out.data.iter_mut().for_each(|value| *value *= factor);
        out
    }

    /// The gradient of maps of `size` that were interpolated linearly.
    pub(super) fn resize_linear_gradient(gradient: &FeatureMaps<'p>, size: MapSize) -> Self {
        let (from, to) = (gradient.size.dims(), size.dims());
        let along = [0, 1, 2].map(|axis| adjoint(&neighbours(to[axis], from[axis]), to[axis]));
        let [stride, row_stride] = [gradient.voxel_stride(), gradient.row_stride()];
        let mut out = Self::zeros(gradient.channels, size, gradient);
        let slice_stride = out.slice_stride();
        for_each_chunk(&mut out.data, slice_stride, |z, slice| {
            for (y, to_row) in slice.chunks_exact_mut(size.width * stride).enumerate() {
                for &(from_z, weight_z) in &along[0][z] {
                    for &(from_y, weight_y) in &along[1][y] {
                        let at = from_z * gradient.slice_stride() + from_y * row_stride;
                        let row = &gradient.data[at..at + row_stride];
                        for (to, places) in to_row.chunks_exact_mut(stride).zip(&along[2]) {
                            for &(from_x, weight_x) in places {
                                let weight = weight_z * weight_y * weight_x;
                                let from = &row[from_x * stride..][..stride];
                                to.iter_mut().zip(from).for_each(|(to, from)| *to += weight * from);
                            }
                        }
                    }
                }
            }
        });
        out
    }

    /// The gradient of the one channel of weights that these maps were multiplied by.
    pub(super) fn weights_gradient(&self, gradient: &FeatureMaps<'p>) -> Self {
        let mut out = Self::uninitialized(1, self.size, self.pool());
        let (stride, slice_stride, out_stride) = (self.voxel_stride(), self.slice_stride(), out.voxel_stride());
        let out_slice = out.slice_stride();
        for_each_chunk(&mut out.data, out_slice, |z, slice| {
            let [values, gradient] = [self, gradient].map(|maps| &maps.data[z * slice_stride..][..slice_stride]);
            Arch::new().dispatch(|| {
                let voxels = values.chunks_exact(stride).zip(gradient.chunks_exact(stride));
                for (to, (values, gradient)) in slice.chunks_exact_mut(out_stride).zip(voxels) {
                    to.fill(0.0);
                    to[0] = dot(values, gradient);
                }
            });
        });
        out
    }
}

/// The sum of products of two slices of whole panels.
#[inline(always)]
fn dot(a: &[f32], b: &[f32]) -> f32 {
    const LANES: usize = super::feature_maps::PANEL;
    let mut sums = [0.0_f32; LANES];
    for (a, b) in a.chunks_exact(LANES).zip(b.chunks_exact(LANES)) {
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            *sum += a * b;
        }
    }
    sums.iter().sum()
}

/// For each of `count` places, the places that were interpolated from it, with their weights.
fn adjoint(places: &[LinearPlace], count: usize) -> Vec<Vec<(usize, f32)>> {
    let mut readers = vec![Vec::new(); count];
    for (i, place) in places.iter().enumerate() {
        readers[place.from[0]].push((i, 1.0 - place.weight));
        readers[place.from[1]].push((i, place.weight));
    }
    readers
}
