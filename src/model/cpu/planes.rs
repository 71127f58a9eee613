//! Feature maps of one sample with zeros around each, so that a convolution reads beyond an edge without asking where it is.

use std::sync::{Mutex, PoisonError};

use super::conv::LARGEST_STRIP;

/// Maps of one size. A row is followed by one zero, which is the next row's left margin too; a row of zeros lies above and below.
pub(super) struct Planes<'p> {
    pub(super) data: Vec<f32>,
    pub(super) size: Size,
    pool: &'p Pool,
}

/// Memory of maps that are no longer needed: asking the system for it anew took a tenth of the time.
#[derive(Debug, Default)]
pub(super) struct Pool(Mutex<Vec<Vec<f32>>>);

impl Pool {
    /// Numbers of any value.
    fn take(&self, length: usize) -> Vec<f32> {
        let mut free = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fitting = (0..free.len()).filter(|&i| free[i].capacity() >= length).min_by_key(|&i| free[i].capacity());
        let mut data = fitting.map_or_else(Vec::new, |i| free.swap_remove(i));
        drop(free);
        data.resize(length, 0.0);
        data
    }
}

impl Drop for Planes<'_> {
    fn drop(&mut self) {
        self.pool.0.lock().unwrap_or_else(PoisonError::into_inner).push(std::mem::take(&mut self.data));
    }
}

/// Height and width of a map, and where its pixels lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Size {
    pub(super) height: usize,
    pub(super) width: usize,
}

impl Size {
    /// From one pixel to the one below.
    pub(super) fn stride(self) -> usize {
        self.width + 1
    }

    /// The first pixel, after the row above it and its own margin.
    pub(super) fn first(self) -> usize {
        self.stride() + 1
    }

    /// All rows with their zeros.
    pub(super) fn span(self) -> usize {
        self.height * self.stride()
    }

    /// From one map to the next; the last strip of a map may reach beyond its rows.
    pub(super) fn plane(self) -> usize {
        self.first() + self.span() + LARGEST_STRIP + self.first()
    }

    fn row(self, y: usize) -> std::ops::Range<usize> {
        let start = self.first() + y * self.stride();
        start..start + self.width
    }

    fn halved(self) -> Self {
        Self { height: self.height / 2, width: self.width / 2 }
    }

    fn doubled(self) -> Self {
        Self { height: 2 * self.height, width: 2 * self.width }
    }
}

impl<'p> Planes<'p> {
    /// Numbers of any value, margins too: whoever takes these writes the pixels, and then [clears](Self::clear_margins) the margins.
    pub(super) fn unset(channels: usize, size: Size, pool: &'p Pool) -> Self {
        Self { data: pool.take(channels * size.plane()), size, pool }
    }

    /// Maps of `size`, each row filled by `row(channel, y, pixels)`.
    fn filled(channels: usize, size: Size, pool: &'p Pool, row: impl Fn(usize, usize, &mut [f32])) -> Self {
        let mut planes = Self::unset(channels, size, pool);
        for (channel, map) in planes.data.chunks_exact_mut(size.plane()).enumerate() {
            (0..size.height).for_each(|y| row(channel, y, &mut map[size.row(y)]));
        }
        planes.clear_margins();
        planes
    }

    /// From `[channels, height, width]` without margins.
    pub(super) fn of(dense: &[f32], size: Size, pool: &'p Pool) -> Self {
        let area = size.height * size.width;
        Self::filled(dense.len() / area, size, pool, |channel, y, pixels| {
            pixels.copy_from_slice(&dense[channel * area + y * size.width..][..size.width]);
        })
    }

    pub(super) fn pool(&self) -> &'p Pool {
        self.pool
    }

    fn pixels(&self, channel: usize, y: usize) -> &[f32] {
        &self.data[channel * self.size.plane()..][self.size.row(y)]
    }

    /// `[channels, height, width]` without margins.
    pub(super) fn dense(&self) -> Vec<f32> {
        let mut dense = Vec::with_capacity(self.channels() * self.size.height * self.size.width);
        for map in self.maps() {
            (0..self.size.height).for_each(|y| dense.extend_from_slice(&map[self.size.row(y)]));
        }
        dense
    }

    pub(super) fn channels(&self) -> usize {
        self.data.len() / self.size.plane()
    }

    pub(super) fn maps(&self) -> std::slice::ChunksExact<'_, f32> {
        self.data.chunks_exact(self.size.plane())
    }

    /// Puts the zeros back that strips have run over.
    pub(super) fn clear_margins(&mut self) {
        let size = self.size;
        for map in self.data.chunks_exact_mut(size.plane()) {
            map[..size.first()].fill(0.0);
            (1..size.height).for_each(|y| map[size.row(y).start - 1] = 0.0);
            map[size.first() + size.span() - 1..].fill(0.0);
        }
    }

    /// Half the size: the largest of each two by two pixels.
    pub(super) fn pooled(&self) -> Self {
        self.reduced(|upper, lower| upper[0].max(upper[1]).max(lower[0].max(lower[1])))
    }

    /// Half the size: the first of each two by two pixels, which is what a convolution of stride 2 looks at.
    pub(super) fn thinned(&self) -> Self {
        self.reduced(|upper, _| upper[0])
    }

    fn reduced(&self, of: impl Fn([f32; 2], [f32; 2]) -> f32) -> Self {
        Self::filled(self.channels(), self.size.halved(), self.pool, |channel, y, pixels| {
            let [upper, lower] = [2 * y, 2 * y + 1].map(|y| self.pixels(channel, y).as_chunks::<2>().0);
            for ((to, upper), lower) in pixels.iter_mut().zip(upper).zip(lower) {
                *to = of(*upper, *lower);
            }
        })
    }

    /// Twice the size: `quarters` has the even rows' even and odd columns, then the odd rows'.
    pub(super) fn interleaved(quarters: &[Self; 4]) -> Self {
        let [first, ..] = quarters;
        Self::filled(first.channels(), first.size.doubled(), first.pool, |channel, y, pixels| {
            let [even, odd] = [0, 1].map(|column| quarters[y % 2 * 2 + column].pixels(channel, y / 2));
            for ((to, even), odd) in pixels.as_chunks_mut::<2>().0.iter_mut().zip(even).zip(odd) {
                *to = [*even, *odd];
            }
        })
    }

    /// Multiplies every map by `weights`, `[height, width]` without margins.
    pub(super) fn weigh(&mut self, weights: &[f32]) {
        let size = self.size;
        for map in self.data.chunks_exact_mut(size.plane()) {
            for (y, weights) in weights.chunks_exact(size.width).enumerate() {
                map[size.row(y)].iter_mut().zip(weights).for_each(|(value, weight)| *value *= weight);
            }
        }
    }
}
