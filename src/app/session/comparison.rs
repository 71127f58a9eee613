//! The masks of a series compared with its ground truth.

use super::Session;
use super::propagation_state::PageKnowledge;
use super::series::SeriesState;
use super::slice_state::SliceProgress;
use crate::app::protocol::{Response, TruthInfo};
use crate::core::mask::Mask;

impl Session {
    /// Adds the state of the segmentation by a model of whole volumes if the series or the model is another, the
    /// comparison with the ground truth, if there is one and a response tells of masks that may have changed,
    /// the organs if another one is active, and the state of the propagation if that has changed.
    pub(super) fn with_comparison(&mut self, mut responses: Vec<Response>) -> Vec<Response> {
        let is_new = |response: &Response| matches!(response, Response::Opened { .. } | Response::Model(_));
        let is_new = responses.iter().any(is_new);
        let volume = self.series.get(self.shown).filter(|_| is_new);
        responses.extend(volume.and_then(SeriesState::volume_info));
        let concerns_masks = |response: &Response| {
            matches!(
                response,
                Response::Opened { .. }
                    | Response::Segmented { .. }
                    | Response::Changed { .. }
                    | Response::MasksUpdated(_)
            )
        };
        let concerns_masks = responses.iter().any(concerns_masks);
        if let Some(open) = self.shown() {
            if is_new {
                open.organs.forget_reported();
            }
            if concerns_masks {
                open.organs.outdate();
            }
        }
        let chosen = self.shown().and_then(SeriesState::organ_change);
        let knows_nothing =
            chosen.is_some() || responses.iter().any(|response| matches!(response, Response::Opened { .. }));
        let open = self.series.get(self.shown).filter(|_| concerns_masks);
        responses.extend(open.and_then(SeriesState::comparison).map(Response::Truth));
        // Another organ comes before its masks.
        responses.splice(0..0, chosen);
        let known = if knows_nothing { PageKnowledge::Nothing } else { PageKnowledge::LastState };
        responses.extend(self.shown().and_then(|open| open.propagation_changes(known)));
        responses
    }
}

impl SeriesState {
    /// The mask of the ground truth in viewing order.
    pub(super) fn true_mask(&self) -> Option<&Mask> {
        self.ground_truth.as_ref().map(|truth| truth.mask())
    }

    /// The comparison of the masks shown with the ground truth, over the slices that have a mask.
    fn comparison(&self) -> Option<TruthInfo> {
        let truth = self.ground_truth.as_ref()?;
        let predicted = self.predictions.shown().slices.iter().enumerate();
        let overlaps = predicted.filter_map(|(z, slice)| {
            let is_drawn = self.corrections.get(z).is_some() || self.corrections.drawn(z).is_some();
            let drawn = is_drawn.then(|| truth.overlap(z, self.labels_shown(z).as_deref()));
            let propagated = || self.propagated_if_shown()?.overlaps[z];
            drawn.or_else(propagated).or(slice.overlap)
        });
        Some(truth.summary(overlaps))
    }

    /// Compares the predicted masks of a slice with the ground truth. It has to be called whenever one has changed.
    pub(super) fn update_overlap(&mut self, slice: usize) {
        let Some(truth) = &self.ground_truth else { return };
        for prediction in self.predictions.iter_mut() {
            // A slice on which the network failed counts as empty.
            let progress = prediction.slices[slice].progress;
            let has_mask = matches!(progress, SliceProgress::Done(_) | SliceProgress::Failed);
            let overlap = has_mask.then(|| truth.overlap(slice, prediction.labels(slice).as_deref()));
            prediction.slices[slice].overlap = overlap;
        }
    }

    /// Compares every slice with the ground truth.
    pub(super) fn update_overlaps(&mut self) {
        (0..self.image.volume.depth()).for_each(|slice| self.update_overlap(slice));
        self.compare_propagated();
    }
}
