//! The samples of a fine-tuning, on the network's grid: for training, for scoring, and against
//! forgetting.

use super::SliceCounts;
use super::sampler::split;
use crate::core::mask::Mask;
use crate::core::volume::Volume;
use crate::imaging::augment::Sample;
use crate::imaging::metrics::Overlap;
use crate::imaging::phantom::{Phantom, PhantomConfig, phantom};
use crate::imaging::preprocess::{Input, PreprocessConfig};
use crate::imaging::propagate::{AcceptedSlice, KnownLabels, PredictedSlices, TRUSTED_DSC, propagate};

/// Samples from corrected scans.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FineTuneData {
    /// For each corrected slice to train on: the slice, then its neighbours with the same mask.
    pub corrected: Vec<Vec<Sample>>,
    /// Slices with the masks that follow from the corrected slices to train on.
    pub completed: Vec<Sample>,
    /// Corrected slices that are held out for scoring.
    pub held_out: Vec<Sample>,
    /// Anchors: slices far outside the corrected ones.
    ///
    /// If the model was mostly right on the corrected slices, the targets are its own prediction,
    /// so that it stays the same there (learning without forgetting, Li and Hoiem 2016). If it was
    /// not, the targets are empty: corrections are usually spread over the whole organ, so that
    /// there is none outside.
    pub anchors: Vec<Sample>,
}

/// Distance of the anchors from the outermost corrected slice, at least, in mm.
const ANCHOR_MARGIN_MM: f64 = 15.0;
/// Distance between two anchors in mm.
const ANCHOR_STEP_MM: f64 = 8.0;

/// The anchor slices of a scan in viewing order: farther from the corrected slices (ascending) than
/// 15 mm and than the largest gap between two of them.
pub fn anchor_slices(volume: &Volume, corrected: &[usize]) -> Vec<usize> {
    let (Some(geometry), Some(first), Some(last)) = (volume.geometry, corrected.first(), corrected.last()) else {
        return Vec::new();
    };
    let step_mm = geometry.spacing_mm()[0];
    let gap = corrected.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap_or(0);
    let margin = gap.max((ANCHOR_MARGIN_MM / step_mm).ceil() as usize);
    let every = (ANCHOR_STEP_MM / step_mm).round().max(1.0) as usize;
    let below = (0..(first + 1).saturating_sub(margin)).rev().step_by(every);
    below.chain((last + margin..volume.depth()).step_by(every)).collect()
}

/// Samples of the kind that the model was trained on before, against forgetting.
#[derive(Clone, Debug, PartialEq)]
pub struct Replay {
    /// Samples to train on.
    pub learn: Vec<Sample>,
    /// Samples of the same kind for scoring, never trained on.
    pub judge: Vec<Sample>,
}

/// The most samples of corrected slices. With many of them, neighbours add little, and a sample
/// takes 0.8 MB.
const MOST_SAMPLES: usize = 120;
/// The most samples of completed slices.
const MOST_COMPLETED: usize = 60;

/// A scan with corrections.
#[derive(Clone, Copy, Debug)]
pub struct CorrectedScan<'a> {
    /// The scan in viewing order.
    pub volume: &'a Volume,
    /// The labels of the corrected slices; empty elsewhere.
    pub truth: &'a Mask,
    /// The corrected slices, ascending.
    pub corrected: &'a [usize],
    /// The model's own mask, of these slices and of the [`anchor_slices`] at least.
    pub prediction: &'a Mask,
    /// See [`complete_from_learned`].
    pub completed: Option<&'a Mask>,
}

/// The masks of all slices that follow from the corrected slices to train on ([`propagate`]). Nothing in them comes from those
/// that are held out, so that the score on these stays fair. `None` with fewer than two slices to train on, or without a label.
///
/// `corrected` are the corrected slices, ascending, and `truth` has their labels. `predicted` is what a model that has not
/// learned from them says.
///
/// What a network learns from completed slices as well is in docs/TUNING.md.
pub fn complete_from_learned(
    volume: &Volume,
    truth: &Mask,
    corrected: &[usize],
    predicted: Option<&PredictedSlices<'_>>,
) -> Option<Mask> {
    let (learned, _) = split(corrected)?;
    let learned: Vec<AcceptedSlice<'_>> =
        learned.into_iter().map(|slice| AcceptedSlice { slice, labels: truth.slice(slice) }).collect();
    let known = KnownLabels { accepted: &learned, partial: &[] };
    Some(propagate(volume, &known, predicted)?.mask)
}

/// The completed slices to train on: spread evenly from the first to the last that holds a label, without the corrected ones.
fn completed_slices(completed: &Mask, corrected: &[usize]) -> Vec<usize> {
    let filled: Vec<usize> = (0..completed.dims[0]).filter(|&z| completed.has_labels(z)).collect();
    let (Some(first), Some(last)) = (filled.first(), filled.last()) else { return Vec::new() };
    let between: Vec<usize> = (*first..=*last).filter(|z| !corrected.contains(z)).collect();
    let count = between.len().min(MOST_COMPLETED);
    (0..count).map(|i| between[i * between.len() / count]).collect()
}

impl FineTuneData {
    /// The samples of a scan. Neighbours of a corrected slice up to `neighbour_mm` away are used
    /// with the same mask, because anatomy hardly changes over that distance while noise does.
    /// `None` with fewer than two corrected slices: one to train on, one to score.
    pub fn from_scan(scan: &CorrectedScan<'_>, neighbour_mm: f64, preprocess: &PreprocessConfig) -> Option<Self> {
        let CorrectedScan { volume, truth, corrected, prediction, completed } = *scan;
        let (learned, held_out) = split(corrected)?;
        let reach = volume.geometry.map_or(0, |g| (neighbour_mm / g.spacing_mm()[0]).floor() as usize);
        let reach = reach.min(MOST_SAMPLES.div_ceil(learned.len()).saturating_sub(1) / 2);
        let variants = |z: usize| {
            let neighbours = (1..=reach).flat_map(|d| [z.checked_sub(d), Some(z + d)]).flatten();
            let slices = std::iter::once(z).chain(neighbours.filter(|&n| n < volume.depth()));
            slices.map(|n| Sample::of(volume, n, truth.slice(z), preprocess)).collect()
        };
        let overlaps = corrected.iter().map(|&z| Overlap::of(prediction.slice(z), truth.slice(z)));
        let is_trusted = overlaps.fold(Overlap::default(), Overlap::plus).dsc() >= TRUSTED_DSC;
        let anchor = |z: usize| {
            // Anchors are not corrected, so that the truth is empty there.
            Sample::of(volume, z, if is_trusted { prediction.slice(z) } else { truth.slice(z) }, preprocess)
        };
        let completed = completed.map_or(Vec::new(), |mask| {
            let slices = completed_slices(mask, corrected);
            slices.into_iter().map(|z| Sample::of(volume, z, mask.slice(z), preprocess)).collect()
        });
        Some(Self {
            completed,
            corrected: learned.iter().map(|&z| variants(z)).collect(),
            held_out: held_out.iter().map(|&z| Sample::of(volume, z, truth.slice(z), preprocess)).collect(),
            anchors: anchor_slices(volume, corrected).into_iter().map(anchor).collect(),
        })
    }

    /// The numbers of slices.
    pub fn counts(&self) -> SliceCounts {
        SliceCounts { learned: self.corrected.len(), completed: self.completed.len(), held_out: self.held_out.len() }
    }

    /// The samples of several scans together.
    pub fn join(parts: Vec<Self>) -> Self {
        let mut all = Self::default();
        for part in parts {
            all.corrected.extend(part.corrected);
            all.completed.extend(part.completed);
            all.held_out.extend(part.held_out);
            all.anchors.extend(part.anchors);
        }
        all
    }

    /// The samples as bytes for a worker: sizes as u32, then every sample's input and target as
    /// f32, little-endian.
    pub fn to_bytes(&self) -> Vec<u8> {
        let size_px = self.held_out.first().map_or(0, |sample| sample.input.size_px);
        let counts = [size_px, self.held_out.len(), self.anchors.len(), self.completed.len(), self.corrected.len()];
        let mut sizes = counts.map(|count| count as u32).to_vec();
        sizes.extend(self.corrected.iter().map(|variants| variants.len() as u32));
        let mut bytes: Vec<u8> = bytemuck::cast_slice(&sizes).to_vec();
        let samples = self.held_out.iter().chain(&self.anchors).chain(&self.completed);
        for sample in samples.chain(self.corrected.iter().flatten()) {
            bytes.extend_from_slice(bytemuck::cast_slice(&sample.input.channels));
            bytes.extend_from_slice(bytemuck::cast_slice(&sample.target));
        }
        bytes
    }

    /// The inverse of [`to_bytes`](Self::to_bytes); `None` for other bytes.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut words = bytes.chunks_exact(4).map(|word| [word[0], word[1], word[2], word[3]]);
        let mut number = || words.next().map(|word| u32::from_le_bytes(word) as usize);
        let (size_px, held_out, anchors) = (number()?, number()?, number()?);
        let (completed, corrected) = (number()?, number()?);
        let counts = (0..corrected).map(|_| number()).collect::<Option<Vec<_>>>()?;
        let area = size_px * size_px;
        let mut values = |count: usize| {
            let values: Vec<f32> = words.by_ref().take(count).map(f32::from_le_bytes).collect();
            (values.len() == count).then_some(values)
        };
        let mut samples = |count: usize| {
            (0..count)
                .map(|_| Some(Sample { input: Input { channels: values(3 * area)?, size_px }, target: values(area)? }))
                .collect::<Option<Vec<_>>>()
        };
        let (held_out, anchors, completed) = (samples(held_out)?, samples(anchors)?, samples(completed)?);
        let corrected = counts.into_iter().map(&mut samples).collect::<Option<Vec<_>>>()?;
        Some(Self { corrected, completed, held_out, anchors })
    }
}

/// Seed of the first replayed phantom. No sample of the page and no training in the documents uses
/// it.
const FIRST_REPLAY_SEED: u64 = 77_000;
/// Phantoms to train on; one more is for scoring.
const REPLAYED_PHANTOMS: u64 = 6;
/// One in this many slices of a phantom is trained on, with and without pancreas.
const LEARN_ONE_IN: usize = 4;
/// One in this many slices is scored.
const SCORE_ONE_IN: usize = 6;

impl Replay {
    /// Slices of synthetic phantoms.
    pub fn phantoms(preprocess: &PreprocessConfig) -> Self {
        let slices = |seed: u64, every: usize| {
            let Phantom { volume, pancreas, .. } = phantom(&PhantomConfig::SMALL, seed);
            let filled: Vec<usize> = (0..volume.depth()).filter(|&z| pancreas.has_labels(z)).collect();
            // From a little below the organ to a little above it; slices further out add little.
            let (first, last) = (filled.first().copied().unwrap_or(0), filled.last().copied().unwrap_or(0));
            let until = (last + every).min(volume.depth() - 1);
            let chosen = (first.saturating_sub(every)..=until).step_by(every);
            chosen.map(|z| Sample::of(&volume, z, pancreas.slice(z), preprocess)).collect::<Vec<_>>()
        };
        Self {
            learn: (0..REPLAYED_PHANTOMS).flat_map(|i| slices(FIRST_REPLAY_SEED + i, LEARN_ONE_IN)).collect(),
            judge: slices(FIRST_REPLAY_SEED + REPLAYED_PHANTOMS, SCORE_ONE_IN),
        }
    }
}
