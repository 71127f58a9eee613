//! Sums of outer products: the gradient by a matrix of the rows that it was multiplied with.

use std::ops::Range;

use pulp::Simd;

use super::feature_maps::{FeatureMaps, PANEL, PooledBuffer, load, panels, store};
use crate::core::parallel::{self, for_each_chunk};

/// The sum of the outer products of `count` pairs of rows: the transposed left rows times the right
/// rows.
#[derive(Clone, Copy)]
pub(super) struct OuterProducts<'a> {
    /// Rows of `left_channels` values, each `left_stride` values after the one before.
    pub(super) left: &'a [f32],
    pub(super) left_stride: usize,
    pub(super) left_channels: usize,
    /// Rows of `right_width` values, a multiple of [`PANEL`], one after the other.
    pub(super) right: &'a [f32],
    pub(super) right_width: usize,
    pub(super) count: usize,
}

/// Sums of `length` values for each thread's share of the slices of `gradient`, one after the other. `add` gets the slices,
/// and adds to sums that are zero.
pub(super) fn sums_of_slices<'p>(
    gradient: &FeatureMaps<'p>,
    length: usize,
    add: impl Fn(Range<usize>, &mut [f32]) + Sync + Send,
) -> PooledBuffer<'p> {
    let depth = gradient.size.depth;
    let slices = depth.div_ceil(parallel::count());
    let mut sums = gradient.pool().take(depth.div_ceil(slices) * length);
    for_each_chunk(&mut sums, length, |share, sums| {
        sums.fill(0.0);
        add(share * slices..depth.min((share + 1) * slices), sums);
    });
    sums
}

impl OuterProducts<'_> {
    /// Adds the sum to `sums`, `[left_channels, right_width]`.
    #[inline(always)]
    pub(super) fn add_to<S: Simd, const ROWS: usize, const PANELS: usize, const VECTORS: usize>(
        self,
        simd: S,
        sums: &mut [f32],
    ) {
        if self.count == 0 {
            return;
        }
        let panels = self.right_width / PANEL;
        let in_full_blocks = panels / PANELS * PANELS;
        for panel in (0..in_full_blocks).step_by(PANELS) {
            self.add_panels::<S, ROWS, PANELS, VECTORS>(simd, panel, sums);
        }
        for panel in in_full_blocks..panels {
            self.add_panels::<S, ROWS, 1, VECTORS>(simd, panel, sums);
        }
    }

    // See the panels of a product of matrices.
    #[cfg_attr(feature = "workers", inline(never))]
    #[cfg_attr(not(feature = "workers"), inline(always))]
    fn add_panels<S: Simd, const ROWS: usize, const PANELS: usize, const VECTORS: usize>(
        self,
        simd: S,
        panel: usize,
        sums: &mut [f32],
    ) {
        let in_full_blocks = self.left_channels / ROWS * ROWS;
        for channel in (0..in_full_blocks).step_by(ROWS) {
            self.add_block::<S, ROWS, PANELS, VECTORS>(simd, [channel, panel], sums);
        }
        for channel in in_full_blocks..self.left_channels {
            self.add_block::<S, 1, PANELS, VECTORS>(simd, [channel, panel], sums);
        }
    }

    /// Adds the sums of `ROWS` left channels and `PANELS` right panels, which stay in registers over
    /// all rows.
    #[inline(always)]
    fn add_block<S: Simd, const ROWS: usize, const PANELS: usize, const VECTORS: usize>(
        self,
        simd: S,
        [channel, panel]: [usize; 2],
        sums: &mut [f32],
    ) {
        let index =
            |r: usize, p: usize, v: usize| (channel + r) * self.right_width + (panel + p) * PANEL + v * S::F32_LANES;
        let mut totals = [[[simd.splat_f32s(0.0); VECTORS]; PANELS]; ROWS];
        for (r, totals) in totals.iter_mut().enumerate() {
            for (p, totals) in totals.iter_mut().enumerate() {
                totals.iter_mut().enumerate().for_each(|(v, total)| *total = load::<S>(sums, index(r, p, v)));
            }
        }
        // The last left row may end with its channels.
        let before_last = self.count - 1;
        let left = self.left[..before_last * self.left_stride].chunks_exact(self.left_stride);
        let right = self.right[..before_last * self.right_width].chunks_exact(self.right_width);
        for (left, right) in left.zip(right) {
            add_product(simd, &mut totals, &left[channel..], &right[panel * PANEL..]);
        }
        let (left, right) = (before_last * self.left_stride + channel, before_last * self.right_width + panel * PANEL);
        add_product(simd, &mut totals, &self.left[left..], &self.right[right..]);
        for (r, totals) in totals.into_iter().enumerate() {
            for (p, totals) in totals.into_iter().enumerate() {
                for (v, total) in totals.into_iter().enumerate() {
                    store::<S>(sums, index(r, p, v), total);
                }
            }
        }
    }
}

/// Adds the outer product of the first `ROWS` values of `left` and the first `PANELS` panels of `right`.
#[inline(always)]
fn add_product<S: Simd, const ROWS: usize, const PANELS: usize, const VECTORS: usize>(
    simd: S,
    totals: &mut [[[S::f32s; VECTORS]; PANELS]; ROWS],
    left: &[f32],
    right: &[f32],
) {
    let (left, right) = (&left[..ROWS], &panels(right)[..PANELS]);
    let mut vectors = [[simd.splat_f32s(0.0); VECTORS]; PANELS];
    for (vectors, right) in vectors.iter_mut().zip(right) {
        for (v, vector) in vectors.iter_mut().enumerate() {
            *vector = load::<S>(right, v * S::F32_LANES);
        }
    }
    for (totals, value) in totals.iter_mut().zip(left) {
        let value = simd.splat_f32s(*value);
        for (totals, vectors) in totals.iter_mut().zip(vectors) {
            for (total, vector) in totals.iter_mut().zip(vectors) {
                *total = simd.mul_add_e_f32s(value, vector, *total);
            }
        }
    }
}
