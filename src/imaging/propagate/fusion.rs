//! The propagation of one organ: two random walkers, the likelihood of the intensity and the
//! interpolated shape, added as logits.
//!
//! What each is worth depends on how far apart the accepted slices are ([`weights`](super::weights)).

use std::collections::BTreeMap;

use super::agreement::{TRUSTED_DSC, agreement};
use super::beyond::worth_beyond;
use super::grid::WorkingGrid;
use super::likelihood::{Bins, LabelledPixels, LikelihoodRatio};
use super::predicted_shape::{DEPTH_BINS_MM, depth_mm};
use super::shape_field::ShapeField;
use super::walks::Walks;
use super::weights::{LIKELIHOOD_WEIGHT, likelihood_share, prediction_weight, shape_weight, walker_weights};
use super::{KnownLabels, PredictedSlices};

use crate::core::gaussian::smooth;
use crate::core::volume::Volume;

/// Bins of the intensity.
const HU_BINS: Bins = Bins { range: -200.0..300.0, width: 5.0, smoothing: 2.0 };
/// Standard deviation of the smoothing of the image, along a slice's rows and columns, in mm.
const IMAGE_SMOOTHING_MM: f32 = 0.7;
/// The same between slices, in slices.
const IMAGE_SMOOTHING_SLICES: f32 = 0.4;
/// Logits are limited to this.
const MOST_LOGIT: f32 = 8.0;
/// Standard deviations of the smoothing of the logits, in slices, rows and columns.
const LOGIT_SMOOTHING: [f32; 3] = [0.7, 0.5, 0.5];

/// The propagation of one organ.
#[derive(Debug)]
pub(super) struct OrganPropagation {
    organ: u8,
    grid: WorkingGrid,
    shape: ShapeField,
    /// True if a model tells where the organ goes on beyond the outermost accepted slices.
    follows_model: bool,
    /// The logit of each voxel of the grid by its intensity and by what a model says, weighted.
    likelihood: Vec<f32>,
    /// The voxels that were drawn on planes across slices: 1 in the organ, 0 outside.
    drawn: BTreeMap<usize, f32>,
    walks: Walks,
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
        let drawn = drawn_voxels(&grid, labels, organ);
        let walks = Walks::new(&hu, &grid, &shape);
        Some(Self { organ, grid, shape, follows_model: heard.is_some(), likelihood, drawn, walks, logit: None })
    }

    /// True if the logits are there.
    pub(super) fn is_done(&self) -> bool {
        self.logit.is_some()
    }

    /// Does a piece of the work.
    pub(super) fn advance(&mut self) {
        if self.walks.is_done() {
            self.logit = Some(self.fused_logits());
        } else {
            self.walks.advance(&self.grid, &self.shape, &self.drawn);
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
        if !self.grid.slices.contains(&slice) {
            return if self.follows_model { 0.0 } else { worth_beyond(&self.grid, &self.shape, slice) };
        }
        let Some(logit) = &self.logit else { return 0.0 };
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
            let [nearness, edges] = walker_weights(gap_mm);
            let (likelihood, shape) = (likelihood_share(gap_mm), shape_weight(gap_mm));
            let distance_mm = self.shape.distance_mm(slice);
            let on_slice = slice * area..(slice + 1) * area;
            let [near, far] = self.walks.probabilities();
            fused.extend(on_slice.zip(distance_mm).map(|(voxel, distance_mm)| {
                let walked = nearness * logit(near[voxel]) + edges * logit(far[voxel]);
                (walked + likelihood * self.likelihood[voxel] + shape * distance_mm).clamp(-MOST_LOGIT, MOST_LOGIT)
            }));
        }
        for (&voxel, &probability) in &self.drawn {
            fused[voxel] = if probability > 0.5 { MOST_LOGIT } else { -MOST_LOGIT };
        }
        smooth(&fused, self.grid.dims(), LOGIT_SMOOTHING)
    }
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

fn logit(probability: f32) -> f32 {
    let probability = probability.clamp(1e-4, 1.0 - 1e-4);
    (probability / (1.0 - probability)).ln()
}
