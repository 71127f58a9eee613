//! The one loop that the network's arithmetic goes through: rows of numbers times a matrix of weights.
//!
//! Each sum is taken in the same order on every machine, so results differ only by whether it multiplies and adds in one rounding.

use pulp::{Arch, Simd, WithSimd};

use super::fold::{Finish, Plain};
use super::maps::{Maps, PANEL, filled, set_vector, vector};

/// Work whose inner loop holds the sums of `ROWS` rows and `PANELS` panels of `VECTORS` vectors in registers.
pub(super) trait Work {
    fn run<S: Simd, const ROWS: usize, const PANELS: usize, const VECTORS: usize>(self, simd: S);
}

/// Does `work` with the widest vectors there are, and as many sums at once as there are registers for.
pub(super) fn dispatch(work: impl Work) {
    Arch::new().dispatch(Registers(work));
}

struct Registers<W>(W);

impl<W: Work> WithSimd for Registers<W> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        match S::F32_LANES {
            16 => self.0.run::<S, 8, 2, 1>(simd),
            8 => self.0.run::<S, 6, 1, 2>(simd),
            4 => self.0.run::<S, 3, 1, 4>(simd),
            lanes => unreachable!("vectors of {lanes} numbers"),
        }
    }
}

/// Where the weight of a pair of channels lies in `[filled(out) / PANEL, in, PANEL]`.
pub(super) fn place(out: usize, input: usize, in_channels: usize) -> usize {
    (out / PANEL * in_channels + input) * PANEL + out % PANEL
}

/// Rows of `in_channels` numbers, each `step` after the one before, times `weights`, which lie as [`place`] says.
#[derive(Clone, Copy)]
pub(super) struct Product<'a> {
    pub(super) rows: &'a [f32],
    pub(super) count: usize,
    pub(super) step: usize,
    pub(super) in_channels: usize,
    pub(super) weights: &'a [f32],
}

impl Product<'_> {
    /// Writes `[count, out channels]` to `out`, or adds to what is there.
    #[inline(always)]
    pub(super) fn write<S: Simd, const ROWS: usize, const PANELS: usize, const VECTORS: usize>(
        self,
        simd: S,
        out: &mut [f32],
        adding: bool,
    ) {
        let panels = self.weights.len() / (self.in_channels * PANEL);
        let together = panels / PANELS * PANELS;
        for panel in (0..together).step_by(PANELS) {
            self.write_panels::<S, ROWS, PANELS, VECTORS>(simd, panel, out, adding);
        }
        for panel in together..panels {
            self.write_panels::<S, ROWS, 1, VECTORS>(simd, panel, out, adding);
        }
    }

    #[inline(always)]
    fn write_panels<S: Simd, const ROWS: usize, const PANELS: usize, const VECTORS: usize>(
        self,
        simd: S,
        panel: usize,
        out: &mut [f32],
        adding: bool,
    ) {
        let together = self.count / ROWS * ROWS;
        for row in (0..together).step_by(ROWS) {
            self.write_block::<S, ROWS, PANELS, VECTORS>(simd, [row, panel], out, adding);
        }
        for row in together..self.count {
            self.write_block::<S, 1, PANELS, VECTORS>(simd, [row, panel], out, adding);
        }
    }

    /// The sums of `ROWS` rows and `PANELS` panels, which stay in registers while all input channels go by.
    #[inline(always)]
    fn write_block<S: Simd, const ROWS: usize, const PANELS: usize, const VECTORS: usize>(
        self,
        simd: S,
        [row, panel]: [usize; 2],
        out: &mut [f32],
        adding: bool,
    ) {
        let per_panel = self.in_channels * PANEL;
        let width = self.weights.len() / self.in_channels;
        let at = |r: usize, p: usize, v: usize| (row + r) * width + (panel + p) * PANEL + v * S::F32_LANES;
        let mut rows = [&self.rows[..0]; ROWS];
        for (r, values) in rows.iter_mut().enumerate() {
            *values = &self.rows[(row + r) * self.step..][..self.in_channels];
        }
        let mut panels = [S::as_simd_f32s(&[]).0; PANELS];
        for (p, weights) in panels.iter_mut().enumerate() {
            *weights = S::as_simd_f32s(&self.weights[(panel + p) * per_panel..][..per_panel]).0;
        }

        let mut sums = [[[simd.splat_f32s(0.0); VECTORS]; PANELS]; ROWS];
        if adding {
            for (r, sums) in sums.iter_mut().enumerate() {
                for (p, sums) in sums.iter_mut().enumerate() {
                    sums.iter_mut().enumerate().for_each(|(v, sum)| *sum = vector::<S>(out, at(r, p, v)));
                }
            }
        }
        for channel in 0..self.in_channels {
            let mut weights = [[simd.splat_f32s(0.0); VECTORS]; PANELS];
            for (weights, panel) in weights.iter_mut().zip(panels) {
                weights.copy_from_slice(&panel[channel * VECTORS..][..VECTORS]);
            }
            for (sums, row) in sums.iter_mut().zip(rows) {
                let value = simd.splat_f32s(row[channel]);
                for (sums, weights) in sums.iter_mut().zip(weights) {
                    for (sum, weight) in sums.iter_mut().zip(weights) {
                        *sum = simd.mul_add_e_f32s(value, weight, *sum);
                    }
                }
            }
        }
        for (r, sums) in sums.into_iter().enumerate() {
            for (p, sums) in sums.into_iter().enumerate() {
                for (v, sum) in sums.into_iter().enumerate() {
                    set_vector::<S>(out, at(r, p, v), sum);
                }
            }
        }
    }
}

/// A convolution of one pixel.
#[derive(Clone, Debug)]
pub(super) struct Pointwise {
    /// As [`place`] says.
    weights: Vec<f32>,
    out_channels: usize,
    finish: Finish,
}

impl Pointwise {
    /// With a ReLU after it if `relu`.
    pub(super) fn new(conv: Plain, relu: bool) -> Self {
        let (out_channels, in_channels) = (conv.out_channels(), conv.per_output());
        let mut weights = vec![0.0; filled(out_channels) * in_channels];
        for (out, from) in conv.weights.chunks_exact(in_channels).enumerate() {
            for (input, weight) in from.iter().enumerate() {
                weights[place(out, input, in_channels)] = *weight;
            }
        }
        Self { weights, out_channels, finish: Finish::of(conv.bias, relu, None) }
    }

    pub(super) fn of<'p>(&self, x: &Maps<'p>) -> Maps<'p> {
        let mut out = Maps::unset(self.out_channels, x.size, x.pool());
        dispatch(Pixels { conv: self, x, out: &mut out.data });
        out
    }
}

struct Pixels<'a, 'p> {
    conv: &'a Pointwise,
    x: &'a Maps<'p>,
    out: &'a mut [f32],
}

impl Work for Pixels<'_, '_> {
    #[inline(always)]
    fn run<S: Simd, const ROWS: usize, const PANELS: usize, const VECTORS: usize>(self, simd: S) {
        let Self { conv, x, out } = self;
        let (count, step, in_channels) = (x.size.area(), x.step(), x.channels);
        let product = Product { rows: &x.data, count, step, in_channels, weights: &conv.weights };
        product.write::<S, ROWS, PANELS, VECTORS>(simd, out, false);
        for pixel in out.chunks_exact_mut(filled(conv.out_channels)) {
            for channel in (0..pixel.len()).step_by(S::F32_LANES) {
                let sums = vector::<S>(pixel, channel);
                set_vector::<S>(pixel, channel, conv.finish.apply(simd, sums, channel));
            }
        }
    }
}
