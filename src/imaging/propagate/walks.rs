//! The two random walkers on the gaps between accepted slices.
//!
//! An accepted slice is known throughout, so what lies below it and above it do not depend on each other: every gap is
//! an equation of its own, small enough for a processor's cache. A walker whose answer counts for nothing in a gap is
//! not asked there.

use std::collections::BTreeMap;
use std::ops::{Range, RangeInclusive};

use super::grid::WorkingGrid;
use super::random_walker::{RandomWalker, WalkerImage};
use super::shape_field::ShapeField;
use super::weights::walker_weights;

/// The image that the walkers see: Hounsfield units clipped to this and divided by its width.
const RANGE_HU: Range<f32> = -150.0..250.0;
/// `beta` of the two walkers: the first trusts nearness, the second the image's edges.
const BETAS: [f32; 2] = [1500.0, 20_000.0];
/// The walkers' step of intensity is divided by ten standard deviations of the image, as in
/// scikit-image.
const DEVIATIONS: f32 = 10.0;
/// Voxels times iterations of a walker in one piece of work.
const WORK_AT_ONCE: usize = 4_000_000;

/// The walks on a grid.
#[derive(Debug)]
pub(super) struct Walks {
    /// The image that the walkers see, `[slice, row, column]`, and what their `beta` is multiplied by on it.
    intensity: Vec<f32>,
    beta_scale: f32,
    pending: Vec<GapWalk>,
    current: Option<(GapWalk, RandomWalker)>,
    /// What each walker has found, where it was asked.
    probabilities: [Vec<f32>; 2],
}

/// A part of the grid and a walker.
#[derive(Debug)]
struct GapWalk {
    /// Slices of the grid: a gap with the known slices around it.
    slices: Range<usize>,
    /// Which of the two walkers.
    walker: usize,
}

impl Walks {
    /// The walks through an image in Hounsfield units, none of which is begun.
    pub(super) fn new(hu: &[f32], grid: &WorkingGrid, shape: &ShapeField) -> Self {
        let intensity: Vec<f32> = hu.iter().map(|&hu| intensity(hu)).collect();
        let beta_scale = match DEVIATIONS * standard_deviation(&intensity) {
            // A flat image has no edges.
            0.0 => 0.0,
            deviations => 1.0 / deviations,
        };
        let probabilities = [0, 1].map(|_| vec![0.0; intensity.len()]);
        Self { intensity, beta_scale, pending: walks(grid, shape), current: None, probabilities }
    }

    /// True if all walks are done.
    pub(super) fn is_done(&self) -> bool {
        self.pending.is_empty() && self.current.is_none()
    }

    /// Does a piece of the work, with the voxels of the grid that are known because they were `drawn`.
    pub(super) fn advance(&mut self, grid: &WorkingGrid, shape: &ShapeField, drawn: &BTreeMap<usize, f32>) {
        let next = self.current.take().or_else(|| self.begin_next(grid, shape, drawn));
        let Some((walk, mut walker)) = next else { return };
        walker.advance((WORK_AT_ONCE / walker.probability().len()).max(1));
        if walker.is_done() {
            self.probabilities[walk.walker][voxels(grid, &walk.slices)].copy_from_slice(walker.probability());
        } else {
            self.current = Some((walk, walker));
        }
    }

    /// The probability of each voxel of the grid that each walker found. Where it was not asked, its answer counts for
    /// nothing.
    pub(super) fn probabilities(&self) -> &[Vec<f32>; 2] {
        &self.probabilities
    }

    fn begin_next(
        &mut self,
        grid: &WorkingGrid,
        shape: &ShapeField,
        drawn: &BTreeMap<usize, f32>,
    ) -> Option<(GapWalk, RandomWalker)> {
        let walk = self.pending.pop()?;
        let slices = &walk.slices;
        let image = WalkerImage {
            intensity: &self.intensity[voxels(grid, slices)],
            dims: [slices.len(), grid.shape[0], grid.shape[1]],
            spacing_mm: grid.spacing_mm,
            beta: BETAS[walk.walker] * self.beta_scale,
        };
        let distances_mm = slices.clone().flat_map(|slice| shape.distance_mm(slice));
        let guess = distances_mm.map(|distance_mm| (0.5 + distance_mm / 20.0).clamp(0.0, 1.0)).collect();
        let walker = RandomWalker::new(&image, &known_probabilities(grid, shape, drawn, slices), guess);
        Some((walk, walker))
    }
}

/// Every gap, with each walker that counts in it.
fn walks(grid: &WorkingGrid, shape: &ShapeField) -> Vec<GapWalk> {
    let depth = grid.slices.len();
    let mut walks = Vec::new();
    for gap in gaps(depth, |slice| shape.known(slice).is_some() || has_ended(grid, slice)) {
        let slices = gap.start().saturating_sub(1)..(gap.end() + 2).min(depth);
        let counts = |walker: usize| gap.clone().any(|slice| walker_weights(shape.gap_mm(slice))[walker] > 0.0);
        let asked = (0..BETAS.len()).filter(|&walker| counts(walker));
        walks.extend(asked.map(|walker| GapWalk { slices: slices.clone(), walker }));
    }
    walks
}

/// The runs of slices that are not known.
fn gaps(depth: usize, is_known: impl Fn(usize) -> bool) -> Vec<RangeInclusive<usize>> {
    let mut gaps: Vec<RangeInclusive<usize>> = Vec::new();
    for slice in (0..depth).filter(|&slice| !is_known(slice)) {
        match gaps.last_mut().filter(|gap| gap.end() + 1 == slice) {
            Some(gap) => *gap = *gap.start()..=slice,
            None => gaps.push(slice..=slice),
        }
    }
    gaps
}

/// True for a first and a last slice of the grid beyond which the volume goes on: there the organ has ended, unless
/// the slice is accepted. Where the volume ends, it may cut the organ off.
fn has_ended(grid: &WorkingGrid, slice: usize) -> bool {
    slice == 0 && grid.is_cut[0] || slice + 1 == grid.slices.len() && grid.is_cut[1]
}

/// The probability of each voxel of some slices that is known: on accepted slices, where something was drawn, and
/// where the organ has ended.
fn known_probabilities(
    grid: &WorkingGrid,
    shape: &ShapeField,
    drawn: &BTreeMap<usize, f32>,
    slices: &Range<usize>,
) -> Vec<Option<f32>> {
    let mut known = Vec::with_capacity(slices.len() * grid.area());
    for slice in slices.clone() {
        match shape.known(slice) {
            Some(distance_mm) => known.extend(distance_mm.iter().map(|mm| Some(f32::from(u8::from(*mm > 0.0))))),
            None => known.resize(known.len() + grid.area(), has_ended(grid, slice).then_some(0.0)),
        }
    }
    let voxels = voxels(grid, slices);
    for (voxel, &probability) in drawn.range(voxels.clone()) {
        known[voxel - voxels.start] = Some(probability);
    }
    known
}

/// The voxels of some slices.
fn voxels(grid: &WorkingGrid, slices: &Range<usize>) -> Range<usize> {
    slices.start * grid.area()..slices.end * grid.area()
}

fn intensity(hu: f32) -> f32 {
    hu.clamp(RANGE_HU.start, RANGE_HU.end) / (RANGE_HU.end - RANGE_HU.start)
}

fn standard_deviation(values: &[f32]) -> f32 {
    let count = values.len() as f64;
    let mean = values.iter().map(|&value| f64::from(value)).sum::<f64>() / count;
    (values.iter().map(|&value| (f64::from(value) - mean).powi(2)).sum::<f64>() / count).sqrt() as f32
}
