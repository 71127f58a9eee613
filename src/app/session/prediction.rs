//! The output of one model for one series, and the masks that follow from it: probabilities of each slice, or the
//! labels of the whole volume.
//!
//! Everything that belongs to one slice is in its [`SliceState`], so that no two lists have to be kept in step.
//! Corrections are not here: they belong to the series, not to a model.

use std::borrow::Cow;
use std::sync::Arc;

use super::models::LoadedModel;
use super::open_gate_run::OpenGateRun;
use super::organ_work::OrganMap;
use super::slice_state::{MirroredProgress, SliceOutput, SliceProgress, SliceState};
use super::volume_output::VolumeOutput;
use crate::app::protocol::MaskSettings;
use crate::core::connected_components::{VoxelRun, outside_largest};
use crate::core::mask::{Mask, PANCREAS, pancreas_label};
use crate::formats::report;
use crate::imaging::edit::Corrections;
use crate::imaging::preprocess::CropGeometry;
use crate::imaging::probability_map::ProbabilityMap;

/// The output of one model for one series.
#[derive(Debug)]
pub(super) struct Prediction {
    /// Differs from that of any other prediction of this session; results for another one are dropped.
    pub(super) id: u64,
    /// The model, as reports describe it.
    pub(super) model: Arc<report::ReportedModel>,
    /// What a model of whole volumes gives. A model of slices gives probabilities, which are in `slices`.
    pub(super) volume: Option<VolumeOutput>,
    /// Another run of that model, with a gate held open.
    pub(super) open_gate: Option<OpenGateRun>,
    /// See [`LoadedModel::has_learned`].
    pub(super) has_learned: bool,
    /// The mask that follows from the output, before the clean-up.
    pub(super) mask: Mask,
    /// The state of each slice, in viewing order.
    pub(super) slices: Vec<SliceState>,
    /// The voxels that the clean-up removes.
    pub(super) strays: Vec<VoxelRun>,
    /// True if the strays have to be searched again.
    pub(super) strays_outdated: bool,
}

impl Prediction {
    pub(super) fn new(id: u64, dims: [usize; 3], model: &LoadedModel) -> Self {
        Self {
            id,
            model: model.card.clone(),
            volume: model.of_volumes().map(|passport| VolumeOutput::new(pancreas_label(&passport.labels))),
            open_gate: None,
            has_learned: model.has_learned(),
            mask: Mask::empty(dims),
            slices: (0..dims[0]).map(|_| SliceState::default()).collect(),
            strays: Vec::new(),
            strays_outdated: true,
        }
    }

    /// True if the network has run on every slice, or failed there for good.
    pub(super) fn is_complete(&self) -> bool {
        !self.slices.iter().any(|s| matches!(s.progress, SliceProgress::Todo | SliceProgress::Running))
    }

    /// Gives up the slices that are running, because their results will be dropped.
    pub(super) fn retire(mut self) -> Self {
        for slice in &mut self.slices {
            if slice.progress == SliceProgress::Running {
                slice.progress = SliceProgress::Todo;
            }
        }
        self.stop_mirrored_check();
        self.volume.iter_mut().for_each(VolumeOutput::retire);
        self
    }

    /// Stores the network's output for a slice, `[size, size]` on the grid of `crop`, and computes its mask.
    pub(super) fn set_probability(
        &mut self,
        slice: usize,
        probability: &[f32],
        crop: CropGeometry,
        settings: &MaskSettings,
    ) {
        let state = &mut self.slices[slice];
        state.uncertainty = probability.iter().map(|p| p.min(1.0 - p)).sum();
        let probability = ProbabilityMap::from_dense(probability, crop.size_px);
        state.crop = Some(crop);
        state.output = Some(SliceOutput { probability, mirrored: None, mask_settings: *settings });
        self.recompute_mask(slice, settings);
    }

    /// Takes the label map of a model, with the probability of the pancreas on each slice if it gives that, and makes its
    /// active organ the mask of every slice.
    pub(super) fn set_organs(&mut self, organs: OrganMap, probability: Vec<ProbabilityMap>) {
        let Some(output) = &mut self.volume else { return };
        let active = output.active();
        output.set_organs(organs, probability);
        self.set_active_organ(active);
    }

    /// Makes an organ of the label map the active one and the mask of every slice, at the usual threshold.
    pub(super) fn set_active_organ(&mut self, label: u8) {
        let Some(output) = &mut self.volume else { return };
        output.set_active(label);
        let Some(organs) = output.organs() else { return };
        self.mask.labels = organ_mask(&organs.labels.labels, label);
        let [_, height, width] = self.mask.dims;
        for (z, state) in self.slices.iter_mut().enumerate() {
            state.progress = SliceProgress::Done(self.mask.slice(z).iter().filter(|&&label| label != 0).count());
            let probability = output.probability(z).cloned();
            state.crop = Some(ProbabilityMap::own_grid([height, width]));
            state.uncertainty = probability.as_ref().map_or(0.0, ProbabilityMap::uncertainty);
            state.output = probability.map(|probability| SliceOutput {
                probability,
                mirrored: None,
                mask_settings: MaskSettings::default(),
            });
        }
        self.strays_outdated = true;
    }

    /// The threshold that masks follow; `None` where they are the largest class of a model of whole volumes.
    pub(super) fn threshold_in_use(&self, settings: &MaskSettings) -> Option<f32> {
        let is_usual = settings.threshold == MaskSettings::default().threshold;
        let follows = self.volume.as_ref().is_none_or(|output| !is_usual && output.probability(0).is_some());
        follows.then_some(settings.threshold)
    }

    /// The mask of a slice that a model of whole volumes gives at the usual threshold: its largest class, which may have a
    /// probability below a half where three organs meet.
    fn largest_class(&self, slice: usize, settings: &MaskSettings) -> Option<Vec<u8>> {
        let output = self.volume.as_ref().filter(|_| self.threshold_in_use(settings).is_none())?;
        Some(organ_mask(output.organs()?.labels.slice(slice), output.active()))
    }

    /// Stores the network's output for the mirrored input of a slice, mirrored back.
    pub(super) fn set_mirrored(&mut self, slice: usize, probability: &[f32], size_px: usize) {
        let state = &mut self.slices[slice];
        let Some(output) = &mut state.output else { return };
        let mirrored = ProbabilityMap::from_dense(probability, size_px);
        state.mirrored = MirroredProgress::Done(output.probability.difference(&mirrored).iter().sum());
        output.mirrored = Some(mirrored);
    }

    /// Gives up the mirrored inputs that are running.
    pub(super) fn stop_mirrored_check(&mut self) {
        for slice in &mut self.slices {
            if slice.mirrored == MirroredProgress::Running {
                slice.mirrored = MirroredProgress::Todo;
            }
        }
    }

    /// The number of slices whose mirrored input has been run, or failed for good.
    pub(super) fn mirrored_count(&self) -> usize {
        let is_done = |s: &&SliceState| matches!(s.mirrored, MirroredProgress::Done(_) | MirroredProgress::Failed);
        self.slices.iter().filter(is_done).count()
    }

    /// True if some masks were computed with other settings.
    pub(super) fn has_outdated_masks(&self, settings: &MaskSettings) -> bool {
        self.slices.iter().any(|slice| slice.is_outdated(settings))
    }

    /// Recomputes up to `count` outdated masks, nearest to `focus` first. Returns their slices.
    pub(super) fn recompute_masks(&mut self, settings: &MaskSettings, focus: usize, count: usize) -> Vec<usize> {
        let mut outdated: Vec<usize> =
            (0..self.slices.len()).filter(|&z| self.slices[z].is_outdated(settings)).collect();
        outdated.sort_by_key(|z| z.abs_diff(focus));
        outdated.truncate(count);
        outdated.iter().for_each(|&z| self.recompute_mask(z, settings));
        outdated
    }

    /// The mask of a slice after the clean-up, if the network has run on it.
    pub(super) fn labels(&self, slice: usize) -> Option<Cow<'_, [u8]>> {
        matches!(self.slices[slice].progress, SliceProgress::Done(_)).then(|| {
            let mut labels = Cow::Borrowed(self.mask.slice(slice));
            self.strays_on(slice).for_each(|stray| labels.to_mut()[stray.pixels.clone()].fill(0));
            labels
        })
    }

    /// The masks of all slices after the clean-up, if the network has run on every one.
    pub(super) fn all_labels(&self) -> Option<Vec<Cow<'_, [u8]>>> {
        (0..self.slices.len()).map(|slice| self.labels(slice)).collect()
    }

    /// Pancreas pixels of each slice after the clean-up; zero where the network failed.
    pub(super) fn pixels(&self) -> Vec<Option<usize>> {
        let mut pixels: Vec<Option<usize>> = self.slices.iter().map(|slice| slice.progress.pixels()).collect();
        for stray in &self.strays {
            if let Some(pixels) = &mut pixels[stray.z] {
                *pixels -= self.remaining_voxels(stray);
            }
        }
        pixels
    }

    /// Pancreas pixels of one slice after the clean-up; `None` if it has no mask yet, zero if the network failed.
    pub(super) fn pixels_on(&self, slice: usize) -> Option<usize> {
        let removed: usize = self.strays_on(slice).map(|stray| self.remaining_voxels(stray)).sum();
        self.slices[slice].progress.pixels().map(|pixels| pixels - removed)
    }

    /// The number of voxels that the clean-up removes.
    pub(super) fn removed_voxels(&self) -> usize {
        self.strays.iter().map(|stray| self.remaining_voxels(stray)).sum()
    }

    /// The strays on one slice.
    fn strays_on(&self, slice: usize) -> impl Iterator<Item = &VoxelRun> {
        self.strays.iter().filter(move |stray| stray.z == slice)
    }

    /// Searches the strays again if they are outdated and every mask is there. The search is in the mask with its
    /// corrections, but corrected slices have no strays. Returns the slices whose strays have changed.
    pub(super) fn update_strays(&mut self, settings: &MaskSettings, corrections: &Corrections) -> Vec<usize> {
        if !self.strays_outdated || self.has_outdated_masks(settings) {
            return Vec::new();
        }
        self.strays_outdated = false;
        let mut strays = Vec::new();
        if settings.clean_up && self.is_complete() {
            let has_pixels = |z: usize| self.slices[z].progress.pixels().is_some_and(|pixels| pixels > 0);
            let predicted = |z: usize| has_pixels(z).then(|| Cow::Borrowed(self.mask.slice(z)));
            let [_, height, width] = self.mask.dims;
            let labels = |z: usize| corrections.over(z, height * width, || predicted(z)).map(Cow::into_owned);
            strays = outside_largest(self.mask.dims, labels);
            strays.retain(|stray| corrections.get(stray.z).is_none() && corrections.drawn(stray.z).is_none());
        }
        let before = std::mem::replace(&mut self.strays, strays);
        let has_changed = |z: &usize| !before.iter().filter(|stray| stray.z == *z).eq(self.strays_on(*z));
        if before == self.strays { Vec::new() } else { (0..self.slices.len()).filter(has_changed).collect() }
    }

    fn recompute_mask(&mut self, slice: usize, settings: &MaskSettings) {
        let usual = self.largest_class(slice, settings);
        let state = &mut self.slices[slice];
        let (Some(output), Some(crop)) = (&mut state.output, &state.crop) else { return };
        let labels = usual.unwrap_or_else(|| output.mask(crop, settings));
        output.mask_settings = *settings;
        state.progress = SliceProgress::Done(labels.iter().filter(|&&label| label != 0).count());
        self.mask.slice_mut(slice).copy_from_slice(&labels);
        self.strays_outdated = true;
    }

    /// Voxels of a stray that are still in the mask, which may have been recomputed since.
    fn remaining_voxels(&self, stray: &VoxelRun) -> usize {
        self.mask.slice(stray.z)[stray.pixels.clone()].iter().filter(|&&label| label != 0).count()
    }
}

/// The mask of an organ in a label map.
pub(super) fn organ_mask(labels: &[u8], organ: u8) -> Vec<u8> {
    labels.iter().map(|&found| if found == organ { PANCREAS } else { 0 }).collect()
}
