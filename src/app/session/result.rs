//! How masks are made of probabilities: the threshold, the clean-up, and making them anew piece by piece.

use serde_bytes::ByteBuf;

use super::SeriesState;
use crate::app::protocol::{MaskSettings, MasksUpdated, Response};
use crate::imaging::probability_map::MIN_STORED;

/// Slices whose masks are made anew before anything else is heard.
const PIECE: usize = 12;

impl SeriesState {
    /// Makes masks in another way from now on. The slice looked at comes first; [`go_on`](Self::go_on) makes the others.
    pub(super) fn set(&mut self, settings: MaskSettings) -> Vec<Response> {
        if settings.threshold.is_nan() {
            return Vec::new();
        }
        let settings = MaskSettings { threshold: settings.threshold.clamp(2.0 * MIN_STORED, 1.0), ..settings };
        if settings.clean_up != self.settings.clean_up {
            self.now.stale = true;
            self.before.iter_mut().for_each(|before| before.stale = true);
        }
        self.settings = settings;
        self.remake(1);
        self.tidy();
        let mut responses = vec![Response::MasksUpdated(self.remade())];
        responses.extend(self.map());
        responses.extend(self.settle());
        responses
    }

    /// Makes some of the masks that are left to be made anew.
    pub(super) fn go_on(&mut self) -> Vec<Response> {
        if !self.has_stale() {
            return Vec::new();
        }
        self.remake(PIECE);
        if self.has_stale() {
            return vec![Response::MasksUpdated(MasksUpdated { mask: None, ..self.remade() })];
        }
        self.tidy();
        let mut responses = vec![Response::MasksUpdated(self.remade())];
        responses.extend(self.settle());
        responses
    }

    /// What has become of the masks.
    pub(super) fn remade(&self) -> MasksUpdated {
        MasksUpdated {
            settings: self.settings,
            pixels: self.pixels(),
            slice: self.focus,
            mask: self.labels(self.focus).map(ByteBuf::from),
            removed: self.prediction().removed(),
            more: self.has_stale(),
        }
    }

    /// Finds anew what the clean-up removes, if it may have changed; whether it has.
    pub(super) fn tidy(&mut self) -> bool {
        let predictions = self.before.iter_mut().chain([&mut self.now]);
        let changed: Vec<usize> = predictions.flat_map(|p| p.tidy(&self.settings, &self.corrections)).collect();
        changed.iter().for_each(|&slice| self.score(slice));
        !changed.is_empty()
    }

    fn remake(&mut self, count: usize) {
        let shown = self.before.iter_mut().filter(|_| self.comparing).chain([&mut self.now]);
        let made: Vec<usize> = shown.flat_map(|p| p.remake(&self.settings, self.focus, count)).collect();
        made.iter().for_each(|&slice| self.score(slice));
    }

    /// Whether masks that are shown or taken away are left to be made anew.
    pub(super) fn has_stale(&self) -> bool {
        self.now.has_stale(&self.settings) || self.prediction().has_stale(&self.settings)
    }
}
