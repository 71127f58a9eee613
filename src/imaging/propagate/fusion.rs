//! The propagation of one organ: two random walkers, the likelihood of the intensity and the
//! interpolated shape, added as logits.
//!
//! What each is worth depends on how far apart the accepted slices are. The constants were chosen
//! on two patients, where a wide range of them does as well (docs/PROPAGATION.md).

use std::collections::BTreeMap;

use super::agreement::{TRUSTED_DSC, agreement};
use super::grid::WorkingGrid;
use super::likelihood::{Bins, LabelledPixels, LikelihoodRatio};
use super::predicted_shape::{DEPTH_BINS_MM, depth_mm};
use super::random_walker::{RandomWalker, WalkerImage};
use super::shape_field::ShapeField;
use super::{KnownLabels, PredictedSlices};

use crate::core::gaussian::smooth;
use crate::core::volume::Volume;

/// Bins of the intensity.
const HU_BINS: Bins = Bins { range: -200.0..300.0, width: 5.0, smoothing: 2.0 };
/// The image that the walkers see: smoothed, clipped to this and divided by its width.
const WALKER_RANGE_HU: std::ops::Range<f32> = -150.0..250.0;
/// Standard deviation of the smoothing before it, along a slice's rows and columns, in mm.
const IMAGE_SMOOTHING_MM: f32 = 0.7;
/// Standard deviation of the smoothing between slices, in slices.
const IMAGE_SMOOTHING_SLICES: f32 = 0.4;
/// `beta` of the two walkers: the first trusts nearness, the second the image's edges.
const BETAS: [f32; 2] = [1500.0, 20_000.0];
/// The walkers' step of intensity is divided by ten standard deviations of the image, as in
/// scikit-image.
const DEVIATIONS: f32 = 10.0;
/// From the first gap on the second walker counts, from the second gap on it alone, in mm.
const EDGES_COUNT_MM: [f32; 2] = [5.0, 20.0];
/// The same for the likelihood of the intensity, and its greatest weight.
const LIKELIHOOD_COUNTS_MM: [f32; 2] = [2.0, 6.0];
const LIKELIHOOD_WEIGHT: f32 = 0.5;
/// What the mask of a trusted model says counts from the same gaps on; its greatest weight, by how well (DSC) the model agrees with
/// the accepted slices.
const PREDICTION_WEIGHTS: [f32; 2] = [0.3, 1.2];
const PREDICTION_AGREES: [f32; 2] = [0.75, 0.9];
/// Up to the first gap the interpolated shape counts in full, from the second on not at all.
const SHAPE_COUNTS_MM: [f32; 2] = [5.0, 10.0];
/// Logit of the shape for each mm that a voxel is inside.
const SHAPE_WEIGHT: f32 = 0.1;
/// Logits are limited to this.
const MOST_LOGIT: f32 = 8.0;
/// Standard deviations of the smoothing of the logits, in slices, rows and columns.
const LOGIT_SMOOTHING: [f32; 3] = [0.7, 0.5, 0.5];
/// Iterations of a walker in one piece of work.
const ITERATIONS: usize = 5;

/// The propagation of one organ.
#[derive(Debug)]
pub(super) struct OrganPropagation {
    organ: u8,
    grid: WorkingGrid,
    shape: ShapeField,
    /// The logit of each voxel of the grid by its intensity and by what a model says, weighted.
    likelihood: Vec<f32>,
    /// The voxels that were drawn on planes across slices: 1 in the organ, 0 outside.
    drawn: BTreeMap<usize, f32>,
    walkers: [RandomWalker; 2],
    /// The fused logit of each voxel of the grid, once the walkers are done.
    logit: Option<Vec<f32>>,
}

impl OrganPropagation {
    /// Prepares everything but the walkers' solutions. `None` if nothing is drawn of the organ.
    pub(super) fn begin(
        volume: &Volume,
        labels: &KnownLabels<'_>,
        predicted: Option<&PredictedSlices<'_>>,
        organ: u8,
    ) -> Option<Self> {
        let heard = predicted.map(|slices| (slices, agreement(labels, slices, organ)));
        let heard = heard.filter(|(_, dsc)| *dsc >= TRUSTED_DSC);
        let grid = WorkingGrid::around(volume, labels, heard.map(|(slices, _)| slices), organ)?;
        let dims = grid.dims();
        let shape = ShapeField::new(&grid, labels.accepted, organ);
        let in_plane = IMAGE_SMOOTHING_MM / grid.spacing_mm[1] as f32;
        let hu = smooth(&grid.hounsfield(volume, HU_BINS.range), dims, [IMAGE_SMOOTHING_SLICES, in_plane, in_plane]);
        let mut likelihood = vec![0.0; hu.len()];
        add_likelihood(&mut likelihood, LIKELIHOOD_WEIGHT, (&HU_BINS, &hu), &grid, &shape);
        if let Some((slices, dsc)) = heard {
            let depth_mm = depth_mm(&grid, slices, organ);
            let weight = prediction_weight(dsc as f32);
            add_likelihood(&mut likelihood, weight, (&DEPTH_BINS_MM, &depth_mm), &grid, &shape);
        }
        let intensity: Vec<f32> = hu.iter().map(|&hu| walker_intensity(hu)).collect();
        let scale = match DEVIATIONS * standard_deviation(&intensity) {
            // A flat image has no edges.
            0.0 => 0.0,
            deviations => 1.0 / deviations,
        };
        let drawn = drawn_voxels(&grid, labels, organ);
        let known = known_probabilities(&grid, &shape, &drawn);
        let guess: Vec<f32> = (0..dims[0])
            .flat_map(|slice| shape.distance_mm(slice))
            .map(|distance_mm| (0.5 + distance_mm / 20.0).clamp(0.0, 1.0))
            .collect();
        let walkers = BETAS.map(|beta| {
            let image = WalkerImage { intensity: &intensity, dims, spacing_mm: grid.spacing_mm, beta: beta * scale };
            RandomWalker::new(&image, &known, guess.clone())
        });
        Some(Self { organ, grid, shape, likelihood, drawn, walkers, logit: None })
    }

    /// True if the logits are there.
    pub(super) fn is_done(&self) -> bool {
        self.logit.is_some()
    }

    /// Does a piece of the work.
    pub(super) fn advance(&mut self) {
        match self.walkers.iter_mut().find(|walker| !walker.is_done()) {
            Some(walker) => walker.advance(ITERATIONS),
            None => self.logit = Some(self.fused_logits()),
        }
    }

    /// Labels the pixels of a slice where this organ's logit is above zero and above `best`, the
    /// highest logit so far, which it raises.
    pub(super) fn claim(&self, slice: usize, best: &mut [f32], labels: &mut [u8]) {
        let (Some(logit), true) = (&self.logit, self.grid.slices.contains(&slice)) else { return };
        let area = self.grid.area();
        let on_slice = &logit[(slice - self.grid.slices.start) * area..][..area];
        let ([rows, columns], logits) = self.grid.restore(on_slice);
        let width = self.grid.slice_width();
        for (row, logits) in rows.zip(logits.chunks_exact(columns.len().max(1))) {
            let pixels = row * width + columns.start..row * width + columns.end;
            for ((logit, best), label) in logits.iter().zip(&mut best[pixels.clone()]).zip(&mut labels[pixels]) {
                if logit > best {
                    (*best, *label) = (*logit, self.organ);
                }
            }
        }
    }

    /// See [`Propagation::worth`](super::Propagation::worth).
    pub(super) fn worth(&self, slice: usize) -> f32 {
        let (Some(logit), true) = (&self.logit, self.grid.slices.contains(&slice)) else { return 0.0 };
        let slice = slice - self.grid.slices.start;
        if self.shape.known(slice).is_some() {
            return 0.0;
        }
        let area = self.grid.area();
        let wrong_pixels: f32 = logit[slice * area..][..area].iter().map(|logit| 1.0 / (1.0 + logit.abs().exp())).sum();
        wrong_pixels.sqrt() * self.shape.nearest_mm(slice)
    }

    fn fused_logits(&self) -> Vec<f32> {
        let area = self.grid.area();
        let mut fused = Vec::with_capacity(self.likelihood.len());
        for slice in 0..self.grid.slices.len() {
            if let Some(distance_mm) = self.shape.known(slice) {
                fused.extend(distance_mm.iter().map(|mm| (3.0 * mm).clamp(-MOST_LOGIT, MOST_LOGIT)));
                continue;
            }
            let gap_mm = self.shape.gap_mm(slice);
            let edges = fraction(gap_mm, EDGES_COUNT_MM);
            let likelihood = fraction(gap_mm, LIKELIHOOD_COUNTS_MM);
            let shape = SHAPE_WEIGHT * (1.0 - fraction(gap_mm, SHAPE_COUNTS_MM));
            let distance_mm = self.shape.distance_mm(slice);
            let on_slice = slice * area..(slice + 1) * area;
            let [near, far] = self.walkers.each_ref().map(|walker| walker.probability());
            fused.extend(on_slice.zip(distance_mm).map(|(voxel, distance_mm)| {
                let walked = (1.0 - edges) * logit(near[voxel]) + edges * logit(far[voxel]);
                (walked + likelihood * self.likelihood[voxel] + shape * distance_mm).clamp(-MOST_LOGIT, MOST_LOGIT)
            }));
        }
        for (&voxel, &probability) in &self.drawn {
            fused[voxel] = if probability > 0.5 { MOST_LOGIT } else { -MOST_LOGIT };
        }
        smooth(&fused, self.grid.dims(), LOGIT_SMOOTHING)
    }
}

/// The greatest weight of what a model says that agrees with the accepted slices this well (DSC).
fn prediction_weight(agreement: f32) -> f32 {
    let [least, most] = PREDICTION_WEIGHTS;
    least + (most - least) * fraction(agreement, PREDICTION_AGREES)
}

/// Adds the logit of the likelihood of each voxel's value, learned on the accepted slices, to `logits`.
fn add_likelihood(
    logits: &mut [f32],
    weight: f32,
    (bins, values): (&Bins, &[f32]),
    grid: &WorkingGrid,
    shape: &ShapeField,
) {
    let labelled = values.chunks_exact(grid.area()).enumerate().filter_map(|(slice, values)| {
        let distance_mm = shape.known(slice)?;
        Some(LabelledPixels { values, distance_mm })
    });
    let ratio = LikelihoodRatio::learn(bins, labelled);
    logits.iter_mut().zip(values).for_each(|(logit, &value)| *logit += weight * ratio.log_ratio(value));
}

/// The voxels of the grid that were drawn on planes across slices, with the organ's probability.
fn drawn_voxels(grid: &WorkingGrid, labels: &KnownLabels<'_>, organ: u8) -> BTreeMap<usize, f32> {
    let pixels = labels.partial.iter().flat_map(|partial| {
        partial.drawn.iter().map(|(pixel, label)| (partial.slice, pixel, f32::from(u8::from(label == organ))))
    });
    pixels.filter_map(|(slice, pixel, probability)| Some((grid.nearest(slice, pixel)?, probability))).collect()
}

/// The probability of each voxel that is known: on accepted slices, where something was drawn, and
/// on a first and last slice that are not accepted, where the organ has ended unless the volume
/// ends there, which may cut it off.
fn known_probabilities(grid: &WorkingGrid, shape: &ShapeField, drawn: &BTreeMap<usize, f32>) -> Vec<Option<f32>> {
    let last = grid.slices.len() - 1;
    let mut known = Vec::with_capacity(grid.slices.len() * grid.area());
    for slice in 0..=last {
        match shape.known(slice) {
            Some(distance_mm) => known.extend(distance_mm.iter().map(|mm| Some(f32::from(u8::from(*mm > 0.0))))),
            None if slice == 0 && grid.is_cut[0] || slice == last && grid.is_cut[1] => {
                known.resize(known.len() + grid.area(), Some(0.0))
            }
            None => known.resize(known.len() + grid.area(), None),
        }
    }
    for (&voxel, &probability) in drawn {
        known[voxel] = Some(probability);
    }
    known
}

fn walker_intensity(hu: f32) -> f32 {
    hu.clamp(WALKER_RANGE_HU.start, WALKER_RANGE_HU.end) / (WALKER_RANGE_HU.end - WALKER_RANGE_HU.start)
}

fn standard_deviation(values: &[f32]) -> f32 {
    let count = values.len() as f64;
    let mean = values.iter().map(|&value| f64::from(value)).sum::<f64>() / count;
    (values.iter().map(|&value| (f64::from(value) - mean).powi(2)).sum::<f64>() / count).sqrt() as f32
}

/// How far `value` is from the first to the second of `ends`, in [0, 1].
fn fraction(value: f32, [from, to]: [f32; 2]) -> f32 {
    ((value - from) / (to - from)).clamp(0.0, 1.0)
}

fn logit(probability: f32) -> f32 {
    let probability = probability.clamp(1e-4, 1.0 - 1e-4);
    (probability / (1.0 - probability)).ln()
}
