//! What one model says of one series: probabilities, and the masks made of them.

use std::borrow::Cow;
use std::sync::Arc;

use crate::app::protocol::MaskSettings;
use crate::core::connected_components::{VoxelRun, outside_largest};
use crate::core::mask::Mask;
use crate::formats::report;
use crate::imaging::edit::Corrections;
use crate::imaging::metrics::Overlap;
use crate::imaging::preprocess::CropGeometry;
use crate::imaging::probability_map::ProbabilityMap;

/// What one model says of a series.
#[derive(Debug)]
pub(super) struct Prediction {
    /// Unlike that of any other prediction of this session; answers to another are dropped.
    pub(super) id: u64,
    /// The model.
    pub(super) model: Arc<report::ReportedModel>,
    /// As it follows from the probabilities; nothing is cleaned up.
    pub(super) mask: Mask,
    pub(super) slices: Vec<SliceProgress>,
    pub(super) said: Vec<Option<SliceOutput>>,
    /// Where each slice's input lies; known since it was prepared.
    pub(super) placements: Vec<Option<CropGeometry>>,
    /// What the mirrored inputs are at.
    pub(super) mirrored: Vec<Mirrored>,
    /// Slices over which a compute worker has died once.
    pub(super) fatal: Vec<usize>,
    /// For each slice, the expected number of wrong pixels on the network's grid, were its probabilities right.
    pub(super) doubt: Vec<f32>,
    /// How each slice that has a mask compares with the truth, where there is one.
    pub(super) overlaps: Vec<Option<Overlap>>,
    /// What the clean-up removes.
    pub(super) strays: Vec<VoxelRun>,
    /// Whether that has to be found anew.
    pub(super) strays_outdated: bool,
}

/// What the network says of one slice.
#[derive(Debug)]
pub(super) struct SliceOutput {
    pub(super) probability: ProbabilityMap,
    /// What it says of the mirrored input, mirrored back.
    pub(super) mirrored: Option<ProbabilityMap>,
    /// How the mask was made.
    made: MaskSettings,
}

/// How far one slice is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SliceProgress {
    Todo,
    Running,
    /// With this many pixels of pancreas.
    Done(usize),
    /// Compute workers died twice over it.
    Failed,
}

/// How far the check of one slice with mirrored input is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Mirrored {
    Todo,
    Running,
    /// With this much disagreement, summed over the network's grid.
    Done(f32),
    /// Compute workers died over it.
    Failed,
}

impl SliceOutput {
    /// The probability that the mask is made of.
    pub(super) fn in_use(&self, settings: &MaskSettings) -> Cow<'_, ProbabilityMap> {
        match self.mirrored.as_ref().filter(|_| settings.mean) {
            Some(mirrored) => Cow::Owned(self.probability.mean(mirrored)),
            None => Cow::Borrowed(&self.probability),
        }
    }

    fn mask(&self, placement: &CropGeometry, settings: &MaskSettings) -> Vec<u8> {
        self.in_use(settings).mask(placement, settings.threshold)
    }

    /// Whether its mask would be another.
    fn is_stale(&self, settings: &MaskSettings) -> bool {
        let mean = |settings: &MaskSettings| settings.mean && self.mirrored.is_some();
        self.made.threshold != settings.threshold || mean(&self.made) != mean(settings)
    }
}

impl Prediction {
    pub(super) fn new(id: u64, dims: [usize; 3], model: Arc<report::ReportedModel>) -> Self {
        let depth = dims[0];
        Self {
            id,
            model,
            mask: Mask::empty(dims),
            slices: vec![SliceProgress::Todo; depth],
            said: (0..depth).map(|_| None).collect(),
            placements: vec![None; depth],
            mirrored: vec![Mirrored::Todo; depth],
            fatal: Vec::new(),
            doubt: vec![0.0; depth],
            overlaps: vec![None; depth],
            strays: Vec::new(),
            strays_outdated: true,
        }
    }

    /// Whether the network is through with every slice.
    pub(super) fn is_complete(&self) -> bool {
        !self.slices.iter().any(|p| matches!(p, SliceProgress::Todo | SliceProgress::Running))
    }

    /// Slices at work are given up: their answers will come too late.
    pub(super) fn retire(mut self) -> Self {
        for slice in &mut self.slices {
            if *slice == SliceProgress::Running {
                *slice = SliceProgress::Todo;
            }
        }
        self.stop_check();
        self
    }

    /// Takes in what the network says of a slice, `[size, size]`.
    pub(super) fn take(
        &mut self,
        slice: usize,
        probability: &[f32],
        placement: &CropGeometry,
        settings: &MaskSettings,
    ) {
        self.doubt[slice] = probability.iter().map(|p| p.min(1.0 - p)).sum();
        let probability = ProbabilityMap::from_dense(probability, placement.size_px);
        self.placements[slice] = Some(*placement);
        self.said[slice] = Some(SliceOutput { probability, mirrored: None, made: *settings });
        self.make(slice, settings);
    }

    /// Takes in what the network says of a slice's mirrored input, mirrored back.
    pub(super) fn take_mirrored(&mut self, slice: usize, probability: &[f32], size_px: usize) {
        let Some(said) = &mut self.said[slice] else { return };
        let mirrored = ProbabilityMap::from_dense(probability, size_px);
        self.mirrored[slice] = Mirrored::Done(said.probability.difference(&mirrored).iter().sum());
        said.mirrored = Some(mirrored);
    }

    pub(super) fn stop_check(&mut self) {
        for state in &mut self.mirrored {
            if *state == Mirrored::Running {
                *state = Mirrored::Todo;
            }
        }
    }

    /// Slices through with the mirrored input.
    pub(super) fn checked(&self) -> usize {
        self.mirrored.iter().filter(|state| matches!(state, Mirrored::Done(_) | Mirrored::Failed)).count()
    }

    /// Whether masks are left to make anew.
    pub(super) fn has_outdated_masks(&self, settings: &MaskSettings) -> bool {
        self.said.iter().flatten().any(|said| said.is_stale(settings))
    }

    /// Makes masks anew that were made in another way: those of up to `count` slices, nearest to `focus` first; which.
    pub(super) fn recompute_masks(&mut self, settings: &MaskSettings, focus: usize, count: usize) -> Vec<usize> {
        let is_stale = |z: &usize| self.said[*z].as_ref().is_some_and(|said| said.is_stale(settings));
        let mut stale: Vec<usize> = (0..self.said.len()).filter(is_stale).collect();
        stale.sort_by_key(|z| z.abs_diff(focus));
        stale.truncate(count);
        stale.iter().for_each(|&z| self.make(z, settings));
        stale
    }

    /// The mask of a slice without its strays, if the network is through with it.
    pub(super) fn labels(&self, slice: usize) -> Option<Cow<'_, [u8]>> {
        matches!(self.slices[slice], SliceProgress::Done(_)).then(|| {
            let mut labels = Cow::Borrowed(self.mask.slice(slice));
            self.strays_on(slice).for_each(|stray| labels.to_mut()[stray.pixels.clone()].fill(0));
            labels
        })
    }

    /// Pixels of that, for each slice; none where the network failed.
    pub(super) fn pixels(&self) -> Vec<Option<usize>> {
        let mut pixels: Vec<Option<usize>> = self.slices.iter().map(SliceProgress::pixels).collect();
        for stray in &self.strays {
            if let Some(pixels) = &mut pixels[stray.z] {
                *pixels -= self.left_of(stray);
            }
        }
        pixels
    }

    /// Pancreas pixels of one slice after the clean-up; `None` if it has no mask yet, zero if the network failed.
    pub(super) fn pixels_on(&self, slice: usize) -> Option<usize> {
        let removed: usize = self.strays_on(slice).map(|stray| self.left_of(stray)).sum();
        self.slices[slice].pixels().map(|pixels| pixels - removed)
    }

    /// Voxels that the clean-up removes.
    pub(super) fn removed(&self) -> usize {
        self.strays.iter().map(|stray| self.left_of(stray)).sum()
    }

    /// The strays on one slice.
    pub(super) fn strays_on(&self, slice: usize) -> impl Iterator<Item = &VoxelRun> {
        self.strays.iter().filter(move |stray| stray.z == slice)
    }

    /// Finds the strays anew once every slice is done: of the mask with its corrections, on slices nobody has corrected. Which slices have
    /// others now than before.
    pub(super) fn update_strays(&mut self, settings: &MaskSettings, corrections: &Corrections) -> Vec<usize> {
        if !self.strays_outdated || self.has_outdated_masks(settings) {
            return Vec::new();
        }
        self.strays_outdated = false;
        let mut found = Vec::new();
        if settings.clean_up && self.is_complete() {
            let labels = |z: usize| match corrections.labels(z) {
                Some(labels) => Some(labels),
                None => self.slices[z].pixels().filter(|pixels| *pixels > 0).map(|_| self.mask.slice(z).to_vec()),
            };
            found = outside_largest(self.mask.dims, labels);
            found.retain(|stray| corrections.get(stray.z).is_none());
        }
        let before = std::mem::replace(&mut self.strays, found);
        let changed = |z: &usize| !before.iter().filter(|stray| stray.z == *z).eq(self.strays_on(*z));
        if before == self.strays { Vec::new() } else { (0..self.slices.len()).filter(changed).collect() }
    }

    fn make(&mut self, slice: usize, settings: &MaskSettings) {
        let (Some(said), Some(placement)) = (&mut self.said[slice], &self.placements[slice]) else { return };
        let labels = said.mask(placement, settings);
        said.made = *settings;
        self.slices[slice] = SliceProgress::Done(labels.iter().filter(|&&label| label != 0).count());
        self.mask.slice_mut(slice).copy_from_slice(&labels);
        self.strays_outdated = true;
    }

    /// Voxels of a stray that are still in the mask: it may have been made anew since.
    fn left_of(&self, stray: &VoxelRun) -> usize {
        self.mask.slice(stray.z)[stray.pixels.clone()].iter().filter(|&&label| label != 0).count()
    }
}

impl SliceProgress {
    fn pixels(&self) -> Option<usize> {
        match self {
            Self::Done(pixels) => Some(*pixels),
            Self::Failed => Some(0),
            Self::Todo | Self::Running => None,
        }
    }
}
