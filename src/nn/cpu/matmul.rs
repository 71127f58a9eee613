//! The matrix product that nearly all arithmetic of the network goes through.
//!
//! Each sum is taken in the same order on every machine. Results therefore differ between machines
//! only by whether a multiplication and an addition are rounded once or twice.

use pulp::{Arch, Simd, WithSimd};

use super::feature_maps::{PANEL, load, padded, store};

/// A computation whose inner loop holds the sums of `ROWS` rows and `PANELS` panels, each of
/// `VECTORS` vectors, in registers.
pub(super) trait Kernel {
    fn run<S: Simd, const ROWS: usize, const PANELS: usize, const VECTORS: usize>(self, simd: S);
}

/// Runs `kernel` with the widest vectors of this machine, and as many sums at once as it has
/// registers.
pub(super) fn dispatch(kernel: impl Kernel) {
    Arch::new().dispatch(RegisterBlocking(kernel));
}

struct RegisterBlocking<K>(K);

impl<K: Kernel> WithSimd for RegisterBlocking<K> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        match S::F32_LANES {
            16 => self.0.run::<S, 8, 2, 1>(simd),
            8 => self.0.run::<S, 6, 1, 2>(simd),
            // In the page, products need a register of their own before they are added, and V8 has 15 on x86.
            4 if cfg!(feature = "workers") => self.0.run::<S, 2, 1, 4>(simd),
            4 => self.0.run::<S, 3, 1, 4>(simd),
            // Without vectors: slow, but right.
            _ => self.0.run::<S, 1, 1, PANEL>(simd),
        }
    }
}

/// The position of the weight from channel `input` to channel `output` in a packed matrix,
/// `[padded(out) / PANEL, in, PANEL]`.
pub(super) fn weight_index(output: usize, input: usize, in_channels: usize) -> usize {
    (output / PANEL * in_channels + input) * PANEL + output % PANEL
}

/// A matrix from `in_channels` to `out_channels`, packed as [`weight_index`] says and padded with
/// zeros. `weight` gives the factor from an input channel to an output channel.
pub(super) fn pack(in_channels: usize, out_channels: usize, weight: impl Fn(usize, usize) -> f32) -> Vec<f32> {
    let mut packed = vec![0.0; padded(out_channels) * in_channels];
    for output in 0..out_channels {
        for input in 0..in_channels {
            packed[weight_index(output, input, in_channels)] = weight(input, output);
        }
    }
    packed
}

/// The way a product is written to its destination: replacing the values there, or added to them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WriteMode {
    Overwrite,
    Accumulate,
}

/// A product of `count` rows of `in_channels` values, each `stride` values after the one before,
/// and `weights`, packed as [`weight_index`] says.
#[derive(Clone, Copy)]
pub(super) struct MatMul<'a> {
    pub(super) rows: &'a [f32],
    pub(super) count: usize,
    pub(super) stride: usize,
    pub(super) in_channels: usize,
    pub(super) weights: &'a [f32],
}

impl MatMul<'_> {
    /// Writes the product, `[count, padded(out channels)]`, to `out`.
    #[inline(always)]
    pub(super) fn write<S: Simd, const ROWS: usize, const PANELS: usize, const VECTORS: usize>(
        self,
        simd: S,
        out: &mut [f32],
        mode: WriteMode,
    ) {
        let panels = self.weights.len() / (self.in_channels * PANEL);
        let in_full_blocks = panels / PANELS * PANELS;
        for panel in (0..in_full_blocks).step_by(PANELS) {
            self.write_panels::<S, ROWS, PANELS, VECTORS>(simd, panel, out, mode);
        }
        for panel in in_full_blocks..panels {
            self.write_panels::<S, ROWS, 1, VECTORS>(simd, panel, out, mode);
        }
    }

    // A function of its own in the page: V8 compiles it better than as a part of a long one.
    #[cfg_attr(feature = "workers", inline(never))]
    #[cfg_attr(not(feature = "workers"), inline(always))]
    fn write_panels<S: Simd, const ROWS: usize, const PANELS: usize, const VECTORS: usize>(
        self,
        simd: S,
        panel: usize,
        out: &mut [f32],
        mode: WriteMode,
    ) {
        let in_full_blocks = self.count / ROWS * ROWS;
        for row in (0..in_full_blocks).step_by(ROWS) {
            self.write_block::<S, ROWS, PANELS, VECTORS>(simd, [row, panel], out, mode);
        }
        for row in in_full_blocks..self.count {
            self.write_block::<S, 1, PANELS, VECTORS>(simd, [row, panel], out, mode);
        }
    }

    /// Writes the sums of `ROWS` rows and `PANELS` panels, which stay in registers over all input
    /// channels.
    #[inline(always)]
    fn write_block<S: Simd, const ROWS: usize, const PANELS: usize, const VECTORS: usize>(
        self,
        simd: S,
        [row, panel]: [usize; 2],
        out: &mut [f32],
        mode: WriteMode,
    ) {
        let per_panel = self.in_channels * PANEL;
        let width = self.weights.len() / self.in_channels;
        let index = |r: usize, p: usize, v: usize| (row + r) * width + (panel + p) * PANEL + v * S::F32_LANES;
        let mut rows = [&self.rows[..0]; ROWS];
        for (r, values) in rows.iter_mut().enumerate() {
            *values = &self.rows[(row + r) * self.stride..][..self.in_channels];
        }
        let mut panels = [&[][..]; PANELS];
        for (p, weights) in panels.iter_mut().enumerate() {
            let vectors = S::as_simd_f32s(&self.weights[(panel + p) * per_panel..][..per_panel]).0;
            // As long as the rows, so that no index is checked in the loop.
            *weights = &vectors.as_chunks::<VECTORS>().0[..self.in_channels];
        }

        let mut sums = [[[simd.splat_f32s(0.0); VECTORS]; PANELS]; ROWS];
        if mode == WriteMode::Accumulate {
            for (r, sums) in sums.iter_mut().enumerate() {
                for (p, sums) in sums.iter_mut().enumerate() {
                    sums.iter_mut().enumerate().for_each(|(v, sum)| *sum = load::<S>(out, index(r, p, v)));
                }
            }
        }
        for channel in 0..self.in_channels {
            let mut weights = [[simd.splat_f32s(0.0); VECTORS]; PANELS];
            for (weights, panel) in weights.iter_mut().zip(panels) {
                *weights = panel[channel];
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
                    store::<S>(out, index(r, p, v), sum);
                }
            }
        }
    }
}
