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
    /// and the state of the propagation if that has changed.
    pub(super) fn with_comparison(&mut self, mut responses: Vec<Response>) -> Vec<Response> {
        let is_new = |response: &Response| matches!(response, Response::Opened { .. } | Response::Model(_));
        let volume = self.series.get(self.shown).filter(|_| responses.iter().any(is_new));
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
        let open = self.series.get(self.shown).filter(|_| responses.iter().any(concerns_masks));
        responses.extend(open.and_then(SeriesState::comparison).map(Response::Truth));
        let opens = responses.iter().any(|response| matches!(response, Response::Opened { .. }));
        let known = if opens { PageKnowledge::Nothing } else { PageKnowledge::LastState };
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
            let corrected = self.corrections.labels(z).map(|labels| truth.overlap(z, Some(&labels)));
            let propagated = || self.propagated_if_shown()?.overlaps[z];
            corrected.or_else(propagated).or(slice.overlap)
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
