//! Feature maps of one sample, and the pool of memory that they are laid out in.
//!
//! The channels of a pixel are next to each other, `[height, width, channels]`, so that every
//! kernel reads and writes whole vectors. Channels are filled up with zeros to a multiple of
//! [`PANEL`].

use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, PoisonError};

use pulp::Simd;

/// Channels are stored in groups of this many: one AVX-512 vector, or two or four narrower ones.
pub(super) const PANEL: usize = 16;

/// The number of channels in memory for `channels` channels.
pub(super) fn padded(channels: usize) -> usize {
    channels.next_multiple_of(PANEL)
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

/// Buffers that are free for reuse. Asking the system for memory each time took a tenth of a
/// forward pass.
#[derive(Debug, Default)]
pub(super) struct BufferPool(Mutex<Vec<Vec<f32>>>);

/// A buffer that returns to its pool when it is dropped.
pub(super) struct PooledBuffer<'p> {
    /// Often longer than `length`.
    memory: Vec<f32>,
    length: usize,
    pool: &'p BufferPool,
}

impl BufferPool {
    /// A buffer of `length` unspecified values: the smallest free one that is long enough, or a new
    /// one.
    pub(super) fn take(&self, length: usize) -> PooledBuffer<'_> {
        let mut free = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let smallest = (0..free.len()).filter(|&i| free[i].len() >= length).min_by_key(|&i| free[i].len());
        let memory = smallest.map(|i| free.swap_remove(i));
        drop(free);
        PooledBuffer { memory: memory.unwrap_or_else(|| vec![0.0; length]), length, pool: self }
    }
}

impl Drop for PooledBuffer<'_> {
    fn drop(&mut self) {
        self.pool.0.lock().unwrap_or_else(PoisonError::into_inner).push(std::mem::take(&mut self.memory));
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

/// Height and width of a feature map in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct MapSize {
    pub(super) height: usize,
    pub(super) width: usize,
}

impl MapSize {
    /// Number of pixels.
    pub(super) fn area(self) -> usize {
        self.height * self.width
    }
}

/// All channels of one sample at one resolution.
pub(super) struct FeatureMaps<'p> {
    /// `[height, width, padded(channels)]`.
    pub(super) data: PooledBuffer<'p>,
    pub(super) channels: usize,
    pub(super) size: MapSize,
}

impl<'p> FeatureMaps<'p> {
    /// Maps of unspecified values. The caller writes every one of them.
    pub(super) fn uninitialized(channels: usize, size: MapSize, pool: &'p BufferPool) -> Self {
        Self { data: pool.take(size.area() * padded(channels)), channels, size }
    }

    /// Maps from `[channels, height, width]`.
    pub(super) fn from_planar(planar: &[f32], size: MapSize, pool: &'p BufferPool) -> Self {
        let area = size.area();
        let mut maps = Self::uninitialized(planar.len() / area, size, pool);
        let stride = maps.pixel_stride();
        for (i, pixel) in maps.data.chunks_exact_mut(stride).enumerate() {
            let values = planar.iter().skip(i).step_by(area).copied();
            pixel.iter_mut().zip(values.chain(std::iter::repeat(0.0))).for_each(|(to, value)| *to = value);
        }
        maps
    }

    /// The maps as `[channels, height, width]`, without the padding.
    pub(super) fn to_planar(&self) -> Vec<f32> {
        let stride = self.pixel_stride();
        (0..self.channels).flat_map(|channel| self.data.iter().skip(channel).step_by(stride).copied()).collect()
    }

    /// Values from one pixel to the next.
    pub(super) fn pixel_stride(&self) -> usize {
        padded(self.channels)
    }

    /// The pool that the memory came from.
    pub(super) fn pool(&self) -> &'p BufferPool {
        self.data.pool
    }

    /// Max pooling: half the size, the largest of each two by two pixels.
    pub(super) fn max_pooled(&self) -> Self {
        self.halved(|to, [[a, b], [c, d]]| {
            for ((to, (a, b)), (c, d)) in to.iter_mut().zip(a.iter().zip(b)).zip(c.iter().zip(d)) {
                *to = a.max(*b).max(c.max(*d));
            }
        })
    }

    /// Half the size, the upper left of each two by two pixels: the input of a 1 x 1 convolution of
    /// stride 2.
    pub(super) fn subsampled(&self) -> Self {
        self.halved(|to, [[first, _], _]| to.copy_from_slice(first))
    }

    fn halved(&self, reduce: impl Fn(&mut [f32], [[&[f32]; 2]; 2])) -> Self {
        let size = MapSize { height: self.size.height / 2, width: self.size.width / 2 };
        let mut half = Self::uninitialized(self.channels, size, self.pool());
        let stride = self.pixel_stride();
        let pairs_of_rows = self.data.chunks_exact(2 * self.size.width * stride);
        for (to, rows) in half.data.chunks_exact_mut(size.width * stride).zip(pairs_of_rows) {
            let (upper, lower) = rows.split_at(self.size.width * stride);
            let pairs = upper.chunks_exact(2 * stride).zip(lower.chunks_exact(2 * stride));
            for (to, (upper, lower)) in to.chunks_exact_mut(stride).zip(pairs) {
                reduce(to, [upper, lower].map(|pair| [&pair[..stride], &pair[stride..]]));
            }
        }
        half
    }

    /// Multiplies every channel by `weights`, `[height, width]`.
    pub(super) fn multiply_by(&mut self, weights: &[f32]) {
        let stride = self.pixel_stride();
        for (pixel, weight) in self.data.chunks_exact_mut(stride).zip(weights) {
            pixel.iter_mut().for_each(|value| *value *= weight);
        }
    }
}
