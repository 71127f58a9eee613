//! Feature maps of one sample, and the memory they are laid out in.

use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, PoisonError};

use pulp::Simd;

/// Channels of a pixel lie side by side in vectors of the widest kind, AVX-512's; what is over is zero.
pub(super) const PANEL: usize = 16;

/// As many channels as are held for `channels`.
pub(super) fn filled(channels: usize) -> usize {
    channels.next_multiple_of(PANEL)
}

/// The numbers from `at` on.
#[inline(always)]
pub(super) fn vector<S: Simd>(values: &[f32], at: usize) -> S::f32s {
    S::as_simd_f32s(&values[at..at + S::F32_LANES]).0[0]
}

/// Puts `vector` where the numbers from `at` on were.
#[inline(always)]
pub(super) fn set_vector<S: Simd>(values: &mut [f32], at: usize, vector: S::f32s) {
    S::as_mut_simd_f32s(&mut values[at..at + S::F32_LANES]).0[0] = vector;
}

/// Memory that is no longer needed: asking the system for it anew took a tenth of the time.
#[derive(Debug, Default)]
pub(super) struct Pool(Mutex<Vec<Vec<f32>>>);

/// Numbers lent by a pool.
pub(super) struct Lent<'p> {
    /// Often more than were asked for.
    numbers: Vec<f32>,
    length: usize,
    pool: &'p Pool,
}

impl Pool {
    /// Numbers of any value.
    pub(super) fn lend(&self, length: usize) -> Lent<'_> {
        let mut free = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fitting = (0..free.len()).filter(|&i| free[i].len() >= length).min_by_key(|&i| free[i].len());
        let numbers = fitting.map(|i| free.swap_remove(i));
        drop(free);
        Lent { numbers: numbers.unwrap_or_else(|| vec![0.0; length]), length, pool: self }
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        self.pool.0.lock().unwrap_or_else(PoisonError::into_inner).push(std::mem::take(&mut self.numbers));
    }
}

impl Deref for Lent<'_> {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        &self.numbers[..self.length]
    }
}

impl DerefMut for Lent<'_> {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut self.numbers[..self.length]
    }
}

/// Height and width of a map, pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct MapSize {
    pub(super) height: usize,
    pub(super) width: usize,
}

impl MapSize {
    pub(super) fn area(self) -> usize {
        self.height * self.width
    }
}

/// Maps of one size.
pub(super) struct Maps<'p> {
    /// `[height, width, filled(channels)]`.
    pub(super) data: Lent<'p>,
    pub(super) channels: usize,
    pub(super) size: MapSize,
}

impl<'p> Maps<'p> {
    /// Numbers of any value, for whoever writes all of them.
    pub(super) fn unset(channels: usize, size: MapSize, pool: &'p Pool) -> Self {
        Self { data: pool.lend(size.area() * filled(channels)), channels, size }
    }

    /// From `[channels, height, width]`.
    pub(super) fn of(dense: &[f32], size: MapSize, pool: &'p Pool) -> Self {
        let area = size.area();
        let mut maps = Self::unset(dense.len() / area, size, pool);
        let step = maps.step();
        for (at, pixel) in maps.data.chunks_exact_mut(step).enumerate() {
            let values = dense.iter().skip(at).step_by(area).copied();
            pixel.iter_mut().zip(values.chain(std::iter::repeat(0.0))).for_each(|(to, value)| *to = value);
        }
        maps
    }

    /// `[channels, height, width]`.
    pub(super) fn dense(&self) -> Vec<f32> {
        (0..self.channels).flat_map(|channel| self.data.iter().skip(channel).step_by(self.step()).copied()).collect()
    }

    /// From one pixel to the next.
    pub(super) fn step(&self) -> usize {
        filled(self.channels)
    }

    pub(super) fn pool(&self) -> &'p Pool {
        self.data.pool
    }

    /// Half the size: the largest of each two by two pixels.
    pub(super) fn pooled(&self) -> Self {
        self.reduced(|to, [[a, b], [c, d]]| {
            for ((to, (a, b)), (c, d)) in to.iter_mut().zip(a.iter().zip(b)).zip(c.iter().zip(d)) {
                *to = a.max(*b).max(c.max(*d));
            }
        })
    }

    /// Half the size: the first of each two by two pixels, which is what a convolution of stride 2 looks at.
    pub(super) fn thinned(&self) -> Self {
        self.reduced(|to, [[first, _], _]| to.copy_from_slice(first))
    }

    fn reduced(&self, of: impl Fn(&mut [f32], [[&[f32]; 2]; 2])) -> Self {
        let size = MapSize { height: self.size.height / 2, width: self.size.width / 2 };
        let mut half = Self::unset(self.channels, size, self.pool());
        let step = self.step();
        let pairs_of_rows = self.data.chunks_exact(2 * self.size.width * step);
        for (to, rows) in half.data.chunks_exact_mut(size.width * step).zip(pairs_of_rows) {
            let (upper, lower) = rows.split_at(self.size.width * step);
            let pairs = upper.chunks_exact(2 * step).zip(lower.chunks_exact(2 * step));
            for (to, (upper, lower)) in to.chunks_exact_mut(step).zip(pairs) {
                of(to, [upper, lower].map(|pair| [&pair[..step], &pair[step..]]));
            }
        }
        half
    }

    /// Multiplies every map by `weights`, `[height, width]`.
    pub(super) fn weigh(&mut self, weights: &[f32]) {
        let step = self.step();
        for (pixel, weight) in self.data.chunks_exact_mut(step).zip(weights) {
            pixel.iter_mut().for_each(|value| *value *= weight);
        }
    }
}
