//! Feature maps of one sample with zeros around each, so that a convolution reads beyond an edge without asking where it is.

use super::conv::LARGEST_STRIP;

/// Maps of one size. A row is followed by one zero, which is the next row's left margin too; a row of zeros lies above and below.
#[derive(Clone, Debug)]
pub(super) struct Planes {
    pub(super) data: Vec<f32>,
    pub(super) size: Size,
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
}

impl Planes {
    /// Nothing but zeros.
    pub(super) fn zeros(channels: usize, size: Size) -> Self {
        Self { data: vec![0.0; channels * size.plane()], size }
    }

    /// From `[channels, height, width]` without margins.
    pub(super) fn of(dense: &[f32], size: Size) -> Self {
        let mut planes = Self::zeros(dense.len() / (size.height * size.width), size);
        let maps = planes.data.chunks_exact_mut(size.plane());
        for (map, dense) in maps.zip(dense.chunks_exact(size.height * size.width)) {
            dense.chunks_exact(size.width).enumerate().for_each(|(y, row)| map[size.row(y)].copy_from_slice(row));
        }
        planes
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
        let mut half = Self::zeros(self.channels(), self.size.halved());
        let (size, plane) = (half.size, half.size.plane());
        for (map, from) in half.data.chunks_exact_mut(plane).zip(self.maps()) {
            for y in 0..size.height {
                let [upper, lower] = [2 * y, 2 * y + 1].map(|y| from[self.size.row(y)].as_chunks::<2>().0);
                for ((to, upper), lower) in map[size.row(y)].iter_mut().zip(upper).zip(lower) {
                    *to = of(*upper, *lower);
                }
            }
        }
        half
    }

    /// Twice the size, each pixel four times.
    pub(super) fn doubled(&self) -> Self {
        let size = Size { height: 2 * self.size.height, width: 2 * self.size.width };
        let mut planes = Self::zeros(self.channels(), size);
        for (map, from) in planes.data.chunks_exact_mut(size.plane()).zip(self.maps()) {
            for y in 0..size.height {
                let to = map[size.row(y)].as_chunks_mut::<2>().0;
                to.iter_mut().zip(&from[self.size.row(y / 2)]).for_each(|(to, from)| *to = [*from; 2]);
            }
        }
        planes
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
