//! Feature maps of one sample, and the pool of memory that they are laid out in.
//!
//! The channels of a voxel are next to each other, `[depth, height, width, channels]`, so that every
//! kernel reads and writes whole vectors. Channels are filled up with zeros to a multiple of
//! [`PANEL`]. Maps of a two-dimensional network have a depth of one.

use std::ops::{Deref, DerefMut, Range};
use std::sync::{Mutex, PoisonError};

use pulp::Simd;

use crate::core::parallel::for_each_chunk;

/// Channels are stored in groups of this many: one AVX-512 vector, or two or four narrower ones.
pub(super) const PANEL: usize = 16;

/// The number of channels in memory for `channels` channels.
pub(super) fn padded(channels: usize) -> usize {
    channels.next_multiple_of(PANEL)
}

/// A value for each channel, filled up with zeros.
pub(super) fn padded_values(mut values: Vec<f32>) -> Vec<f32> {
    values.resize(padded(values.len()), 0.0);
    values
}

/// Values by their panels. Loops over a panel have a known length, which is what makes vectors of them.
#[inline(always)]
pub(super) fn panels(values: &[f32]) -> &[[f32; PANEL]] {
    values.as_chunks().0
}

/// Values to be written, by their panels.
#[inline(always)]
pub(super) fn panels_mut(values: &mut [f32]) -> &mut [[f32; PANEL]] {
    values.as_chunks_mut().0
}

/// Loads a vector from `values`, starting at `start`.
#[inline(always)]
pub(super) fn load<S: Simd>(values: &[f32], start: usize) -> S::f32s {
    S::as_simd_f32s(&values[start..start + S::F32_LANES]).0[0]
}

/// Stores a vector in `values`, starting at `start`.
#[inline(always)]
pub(super) fn store<S: Simd>(values: &mut [f32], start: usize, vector: S::f32s) {
    S::as_mut_simd_f32s(&mut values[start..start + S::F32_LANES]).0[0] = vector;
}

/// Values from which on a buffer is not kept for reuse: what the maps of no slice take.
const LARGE: usize = 1 << 22;

/// The same for volumes. Amid the free memory, what is kept would leave no place for larger maps; the tiles of a thread are
/// smaller.
const LARGE_OF_VOLUMES: usize = 1 << 19;

/// Buffers that are free for reuse. Asking the system for memory each time took a tenth of a
/// forward pass of a slice.
#[derive(Debug)]
pub(super) struct BufferPool {
    free: Mutex<Vec<Vec<f32>>>,
    /// Longer buffers are not kept.
    largest: usize,
}

impl Default for BufferPool {
    fn default() -> Self {
        Self { free: Mutex::default(), largest: LARGE }
    }
}

/// A buffer that returns to its pool when it is dropped.
pub(super) struct PooledBuffer<'p> {
    /// Often longer than `length`.
    memory: Vec<f32>,
    length: usize,
    pool: &'p BufferPool,
}

impl BufferPool {
    /// A pool that keeps buffers of any length, for steps that all need the same ones.
    pub(super) fn keeping_all() -> Self {
        Self { free: Mutex::default(), largest: usize::MAX }
    }

    /// A pool for the maps of a network of this rank.
    pub(super) fn of_rank(rank: usize) -> Self {
        let largest = if rank == 3 { LARGE_OF_VOLUMES } else { LARGE };
        Self { free: Mutex::default(), largest }
    }

    /// A buffer of `length` unspecified values: the smallest free one that is long enough and not
    /// more than twice as long, or a new one.
    pub(super) fn take(&self, length: usize) -> PooledBuffer<'_> {
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let fits = |&i: &usize| (length..=2 * length).contains(&free[i].len());
        let smallest = (0..free.len()).filter(fits).min_by_key(|&i| free[i].len());
        let memory = smallest.map(|i| free.swap_remove(i));
        drop(free);
        PooledBuffer { memory: memory.unwrap_or_else(|| vec![0.0; length]), length, pool: self }
    }

    /// Gives back all buffers that are free.
    pub(super) fn clear(&self) {
        self.free.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

impl Drop for PooledBuffer<'_> {
    fn drop(&mut self) {
        if (1..self.pool.largest).contains(&self.memory.len()) {
            self.pool.free.lock().unwrap_or_else(PoisonError::into_inner).push(std::mem::take(&mut self.memory));
        }
    }
}

impl Deref for PooledBuffer<'_> {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        &self.memory[..self.length]
    }
}

impl DerefMut for PooledBuffer<'_> {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut self.memory[..self.length]
    }
}

/// Depth, height and width of a feature map in voxels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct MapSize {
    pub(super) depth: usize,
    pub(super) height: usize,
    pub(super) width: usize,
}

impl MapSize {
    /// The size whose axes are `[z, y, x]`.
    pub(super) fn of_dims([depth, height, width]: [usize; 3]) -> Self {
        Self { depth, height, width }
    }

    /// `[z, y, x]`.
    pub(super) fn dims(self) -> [usize; 3] {
        [self.depth, self.height, self.width]
    }

    /// Number of voxels.
    pub(super) fn voxels(self) -> usize {
        self.depth * self.slice_area()
    }

    /// Number of voxels of one slice.
    pub(super) fn slice_area(self) -> usize {
        self.height * self.width
    }
}

/// One sample as a network is given it.
#[derive(Clone, Copy)]
pub(super) struct InputSample<'a> {
    /// `[channels, depth, height, width]`.
    pub(super) values: &'a [f32],
    pub(super) channels: usize,
    pub(super) size: MapSize,
}

/// Lays out the first voxels of `values`, in which the channels of a voxel are `distance` apart, as maps with `stride` values
/// for each voxel.
fn lay_out(values: &[f32], distance: usize, stride: usize, maps: &mut [f32]) {
    for (i, voxel) in maps.chunks_exact_mut(stride).enumerate() {
        let values = values[i..].iter().step_by(distance).copied();
        voxel.iter_mut().zip(values.chain(std::iter::repeat(0.0))).for_each(|(to, value)| *to = value);
    }
}

/// All channels of one sample at one resolution.
pub(super) struct FeatureMaps<'p> {
    /// `[depth, height, width, padded(channels)]`.
    pub(super) data: PooledBuffer<'p>,
    pub(super) channels: usize,
    pub(super) size: MapSize,
}

impl<'p> FeatureMaps<'p> {
    /// Maps of unspecified values. The caller writes every one of them.
    pub(super) fn uninitialized(channels: usize, size: MapSize, pool: &'p BufferPool) -> Self {
        Self { data: pool.take(size.voxels() * padded(channels)), channels, size }
    }

    /// Maps from `[samples, channels, voxels]`; the samples are stacked along z.
    pub(super) fn from_samples(
        values: &[f32],
        channels: usize,
        size: MapSize,
        samples: usize,
        pool: &'p BufferPool,
    ) -> Self {
        let mut maps = Self::uninitialized(channels, size, pool);
        let (stride, voxels) = (maps.voxel_stride(), size.voxels() / samples);
        for_each_chunk(&mut maps.data, voxels * stride, |sample, maps| {
            lay_out(&values[sample * channels * voxels..][..channels * voxels], voxels, stride, maps);
        });
        maps
    }

    /// Some slices of a sample.
    pub(super) fn of_slices(sample: InputSample<'_>, slices: Range<usize>, pool: &'p BufferPool) -> Self {
        let InputSample { values, channels, size } = sample;
        let mut maps = Self::uninitialized(channels, MapSize { depth: slices.len(), ..size }, pool);
        let (stride, area) = (maps.voxel_stride(), size.slice_area());
        for_each_chunk(&mut maps.data, area * stride, |z, slice| {
            lay_out(&values[(slices.start + z) * area..], size.voxels(), stride, slice);
        });
        maps
    }

    /// The maps as `[samples, channels, voxels]`, the reverse of [`from_samples`](Self::from_samples).
    pub(super) fn to_samples(&self, samples: usize) -> Vec<f32> {
        let (stride, voxels) = (self.voxel_stride(), self.size.voxels() / samples);
        let mut planar = vec![0.0; self.size.voxels() * self.channels];
        for_each_chunk(&mut planar, voxels, |i, to| {
            let (sample, channel) = (i / self.channels, i % self.channels);
            let from = &self.data[sample * voxels * stride..][..voxels * stride];
            to.iter_mut().zip(from.iter().skip(channel).step_by(stride)).for_each(|(to, value)| *to = *value);
        });
        planar
    }

    /// Maps of one slice and one row from `[voxels, channels]`.
    pub(super) fn from_rows(rows: &[f32], channels: usize, pool: &'p BufferPool) -> Self {
        let size = MapSize { depth: 1, height: 1, width: rows.len() / channels };
        let mut maps = Self::uninitialized(channels, size, pool);
        let stride = maps.voxel_stride();
        for (to, from) in maps.data.chunks_exact_mut(stride).zip(rows.chunks_exact(channels)) {
            to[..channels].copy_from_slice(from);
            to[channels..].fill(0.0);
        }
        maps
    }

    /// The maps as `[depth, height, width, channels]`, without the padding.
    pub(super) fn into_interleaved(mut self) -> Vec<f32> {
        if self.voxel_stride() == self.channels {
            let mut values = std::mem::take(&mut self.data.memory);
            values.truncate(self.data.length);
            return values;
        }
        self.data.chunks_exact(self.voxel_stride()).flat_map(|voxel| &voxel[..self.channels]).copied().collect()
    }

    /// Values from one voxel to the next.
    pub(super) fn voxel_stride(&self) -> usize {
        padded(self.channels)
    }

    /// Values from one row to the next.
    pub(super) fn row_stride(&self) -> usize {
        self.size.width * self.voxel_stride()
    }

    /// Values from one slice to the next.
    pub(super) fn slice_stride(&self) -> usize {
        self.size.slice_area() * self.voxel_stride()
    }

    /// The pool that the memory came from.
    pub(super) fn pool(&self) -> &'p BufferPool {
        self.data.pool
    }

    /// A copy in memory of the same pool.
    pub(super) fn copied(&self) -> Self {
        self.copied_slices(0..self.size.depth)
    }

    /// A copy of some slices.
    pub(super) fn copied_slices(&self, slices: Range<usize>) -> Self {
        let mut copy = Self::uninitialized(self.channels, MapSize { depth: slices.len(), ..self.size }, self.pool());
        let stride = self.slice_stride();
        copy.data.copy_from_slice(&self.data[slices.start * stride..slices.end * stride]);
        copy
    }

    /// The channels of these maps and of `other`, one after the other.
    pub(super) fn concatenated(&self, other: &FeatureMaps<'_>) -> Self {
        let mut both = Self::uninitialized(self.channels + other.channels, self.size, self.pool());
        let (first, second, stride) = (self.voxel_stride(), other.voxel_stride(), both.voxel_stride());
        let voxels = self.data.chunks_exact(first).zip(other.data.chunks_exact(second));
        for (to, (a, b)) in both.data.chunks_exact_mut(stride).zip(voxels) {
            to[..self.channels].copy_from_slice(&a[..self.channels]);
            to[self.channels..][..other.channels].copy_from_slice(&b[..other.channels]);
            to[self.channels + other.channels..].fill(0.0);
        }
        both
    }

    /// Multiplies every channel by the first channel of `weights`, maps of the same size.
    pub(super) fn multiply_by(&mut self, weights: &FeatureMaps<'_>) {
        let (stride, weight_stride) = (self.voxel_stride(), weights.voxel_stride());
        let weights = weights.data.iter().step_by(weight_stride);
        for (voxel, weight) in self.data.chunks_exact_mut(stride).zip(weights) {
            voxel.iter_mut().for_each(|value| *value *= weight);
        }
    }
}
