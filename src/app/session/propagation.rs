//! Completing the slices of a series from the accepted ones, as the page sees it.

use super::propagation_state::PageKnowledge;
use super::series::SeriesState;
use crate::app::protocol::{MaskSource, Navigation, Response};

impl SeriesState {
    /// Returns the state of the propagation if it differs from what the page knows.
    pub(super) fn propagation_changes(&mut self, page: PageKnowledge) -> Option<Response> {
        let shown = self.mask_source();
        self.propagated.changes(page, shown).map(Response::Propagation)
    }

    /// Begins the propagation again if the accepted slices have changed. It has to be called
    /// whenever they may have.
    pub(super) fn update_propagation(&mut self) {
        if self.propagated.update(&self.image.volume, &self.corrections) {
            self.completion = None;
        }
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
