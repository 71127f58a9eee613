//! The masks that follow from the probabilities: the threshold, the clean-up, and recomputing them piece by piece.

use serde_bytes::ByteBuf;

use super::propagation_state::PageKnowledge;
use super::series::SeriesState;
use crate::app::protocol::{MaskSettings, MasksUpdated, Response};
use crate::imaging::probability_map::MIN_STORED;

/// The number of slices whose masks are recomputed before other requests are heard.
const SLICES_PER_PIECE: usize = 12;

impl SeriesState {
    /// Changes the settings of the masks, and recomputes the mask of the current slice. The others are left to
    /// [`recompute_masks`](Self::recompute_masks).
    pub(super) fn set(&mut self, settings: MaskSettings) -> Vec<Response> {
        if settings.threshold.is_nan() {
            return Vec::new();
        }
        let settings = MaskSettings { threshold: settings.threshold.clamp(2.0 * MIN_STORED, 1.0), ..settings };
        if settings.clean_up != self.settings.clean_up {
            self.outdate_strays();
        }
        self.settings = settings;
        self.recompute(1);
        self.update_strays();
        let mut responses = vec![Response::MasksUpdated(self.masks_updated())];
        responses.extend(self.map());
        responses.extend(self.finish_pending());
        responses
    }

    /// Recomputes some of the outdated masks.
    pub(super) fn recompute_masks(&mut self) -> Vec<Response> {
        if !self.has_outdated_predictions() {
            if !self.has_unheard_prediction() {
                return self.advance_propagation();
            }
            self.update_propagation();
            return self.propagation_changes(PageKnowledge::LastState).into_iter().collect();
        }
        self.recompute(SLICES_PER_PIECE);
        if self.has_outdated_predictions() {
            return vec![Response::MasksUpdated(MasksUpdated { mask: None, ..self.masks_updated() })];
        }
        self.update_strays();
        let mut responses = vec![Response::MasksUpdated(self.masks_updated())];
        responses.extend(self.finish_pending());
        responses
    }

    /// Returns the state of the masks, with the mask of the current slice.
    pub(super) fn masks_updated(&self) -> MasksUpdated {
        MasksUpdated {
            settings: self.settings,
            pixels: self.pixels(),
            slice: self.focus,
            mask: self.labels(self.focus).map(ByteBuf::from),
            removed: self.removed_voxels(),
            more: self.has_outdated_predictions(),
        }
    }

    /// The number of voxels that the clean-up removes; it leaves alone what follows from accepted slices.
    fn removed_voxels(&self) -> usize {
        match self.propagated_if_shown() {
            Some(_) => 0,
            None => self.predictions.shown().removed_voxels(),
        }
    }

    /// Finds again what the clean-up removes, if that may have changed. Returns true if it has.
    pub(super) fn update_strays(&mut self) -> bool {
        let predictions = self.predictions.iter_mut();
        let changed: Vec<usize> =
            predictions.flat_map(|p| p.update_strays(&self.settings, &self.corrections)).collect();
        changed.iter().for_each(|&slice| self.update_overlap(slice));
        !changed.is_empty()
    }

    /// Notes that the clean-up may remove something else from now on.
    pub(super) fn outdate_strays(&mut self) {
        self.predictions.iter_mut().for_each(|prediction| prediction.strays_outdated = true);
    }

    /// True if masks that are shown or exported are outdated.
    pub(super) fn has_outdated_masks(&self) -> bool {
        self.propagated.is_running()
            || self.completion.is_some()
            || self.has_outdated_predictions()
            || self.has_unheard_prediction()
    }

    fn has_outdated_predictions(&self) -> bool {
        self.predictions.current.has_outdated_masks(&self.settings)
            || self.predictions.shown().has_outdated_masks(&self.settings)
    }

    fn recompute(&mut self, count: usize) {
        let predictions = self.predictions.in_use_mut();
        let recomputed: Vec<usize> =
            predictions.flat_map(|p| p.recompute_masks(&self.settings, self.focus, count)).collect();
        recomputed.iter().for_each(|&slice| self.update_overlap(slice));
    }
}
