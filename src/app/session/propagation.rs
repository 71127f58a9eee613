//! Completing the slices of a series from the accepted ones, as the page sees it.

use std::borrow::Cow;

use super::propagation_state::{HeardPrediction, PageKnowledge};
use super::series::SeriesState;
use super::slice_state::{SliceProgress, SliceState};
use super::volume_output::VolumeOutput;
use crate::app::protocol::{MaskSource, Navigation, Response};
use crate::core::mask::PANCREAS;

impl SeriesState {
    /// Returns the state of the propagation if it differs from what the page knows.
    pub(super) fn propagation_changes(&mut self, page: PageKnowledge) -> Option<Response> {
        let shown = self.mask_source();
        self.propagated.changes(page, shown).map(Response::Propagation)
    }

    /// Begins the propagation again if the accepted slices have changed, or the model that is heard. It
    /// has to be called whenever they may have.
    pub(super) fn update_propagation(&mut self) {
        let heard = self.heard_prediction();
        let predicted = || self.predictions.current.all_labels();
        if self.propagated.update(&self.image.volume, &self.corrections, heard, predicted) {
            self.completion = None;
        }
    }

    /// True if the model in use has said all it will, and the propagation has not heard it.
    pub(super) fn has_unheard_prediction(&self) -> bool {
        self.predictions.current.is_complete() && self.propagated.basis().would_change_with(self.heard_prediction())
    }

    /// The masks of the model in use, if they are all there, and it has not learned from the slices by
    /// which it is judged.
    fn heard_prediction(&self) -> Option<HeardPrediction> {
        let prediction = &self.predictions.current;
        let is_done = |slice: &SliceState| matches!(slice.progress, SliceProgress::Done(_));
        let is_heard = !prediction.has_learned
            && prediction.slices.iter().all(is_done)
            && !prediction.has_outdated_masks(&self.settings);
        let organ = prediction.volume.as_ref().map_or(PANCREAS, VolumeOutput::active);
        is_heard.then_some(HeardPrediction { id: prediction.id, organ, settings: self.settings })
    }

    /// The masks of all slices of the model, if it is heard.
    pub(super) fn heard_slices(&self) -> Option<Vec<Cow<'_, [u8]>>> {
        self.heard_prediction().and_then(|_| self.predictions.current.all_labels())
    }

    /// Does a piece of the propagation, or of the comparison with other ways, and returns the responses when it is done.
    pub(super) fn advance_propagation(&mut self) -> Vec<Response> {
        if !self.propagated.is_running() {
            return self.advance_completion();
        }
        if !self.propagated.advance() {
            return Vec::new();
        }
        self.compare_propagated();
        let mut responses = vec![self.changed(self.focus, Navigation::Stay)];
        responses.extend(self.finish_pending());
        responses
    }

    /// Shows the masks of one source from now on.
    pub(super) fn show_masks(&mut self, source: MaskSource) -> Vec<Response> {
        self.propagated.source = source;
        self.prepare_masks(source);
        let mut responses = vec![self.changed(self.focus, Navigation::Stay)];
        responses.extend(self.review_changes());
        responses
    }

    /// Makes the masks of a source that are made when they are wanted, and compares them with the ground truth.
    pub(super) fn prepare_masks(&mut self, source: MaskSource) {
        if self.propagated.prepare(source, self.image.volume.dims) {
            self.compare_propagated();
        }
    }

    /// Compares the propagated masks with the ground truth. It has to be called whenever one has
    /// changed.
    pub(super) fn compare_propagated(&mut self) {
        if let Some(truth) = &self.ground_truth {
            self.propagated.compare(truth);
        }
    }
}
