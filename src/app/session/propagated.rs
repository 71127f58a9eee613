//! The masks that follow from the accepted slices of a series.
//!
//! They are computed anew, piece by piece, whenever the accepted slices change; until they are
//! there, the last ones stay. The method is in [`propagate`](crate::imaging::propagate).

use std::collections::BTreeMap;

use super::series::SeriesState;
use crate::app::protocol::{MaskSource, Navigation, PropagationInfo, PropagationProgress, Response};
use crate::core::mask::Mask;
use crate::imaging::edit::Correction;
use crate::imaging::metrics::Overlap;
use crate::imaging::propagate::{AcceptedSlice, Propagation};

/// The masks from the accepted slices, and the choice whether they are shown.
#[derive(Debug, Default)]
pub(super) struct Propagated {
    /// The accepted slices that the masks follow from, or will.
    basis: BTreeMap<usize, Correction>,
    /// The propagation under way.
    running: Option<Propagation>,
    /// The masks of the last propagation.
    masks: Option<PropagatedMasks>,
    /// The masks that the user wants to see.
    pub(super) source: MaskSource,
    /// The state that the page was told last.
    reported: PropagationInfo,
}

/// What the page knows of the propagation of a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PageKnowledge {
    /// The state that it was told last.
    LastState,
    /// Nothing, because it has just opened the series.
    Nothing,
}

/// The result of a propagation.
#[derive(Debug)]
struct PropagatedMasks {
    mask: Mask,
    /// Pancreas pixels of each slice.
    pixels: Vec<usize>,
    /// The expected number of wrong pixels of each slice.
    uncertainty: Vec<f32>,
    /// The comparison of each slice with the ground truth, if there is one.
    overlaps: Vec<Option<Overlap>>,
}

impl Propagated {
    /// True while the masks do not follow from the accepted slices yet.
    pub(super) fn is_running(&self) -> bool {
        self.running.is_some()
    }

    /// The mask of a slice, if such masks are there and shown.
    pub(super) fn labels(&self, slice: usize) -> Option<&[u8]> {
        Some(self.shown()?.mask.slice(slice))
    }

    /// Pancreas pixels of a slice, if such masks are there and shown.
    pub(super) fn pixels_on(&self, slice: usize) -> Option<usize> {
        Some(self.shown()?.pixels[slice])
    }

    /// The comparison of a slice with the ground truth, if such masks are there and shown.
    pub(super) fn overlap(&self, slice: usize) -> Option<Overlap> {
        self.shown()?.overlaps[slice]
    }

    /// The expected number of wrong pixels of each slice, if such masks are there and shown.
    pub(super) fn uncertainty(&self) -> Option<&[f32]> {
        Some(&self.shown()?.uncertainty)
    }

    /// The whole mask, if it is there and shown.
    pub(super) fn mask(&self) -> Option<&Mask> {
        Some(&self.shown()?.mask)
    }

    fn shown(&self) -> Option<&PropagatedMasks> {
        self.masks.as_ref().filter(|_| self.source == MaskSource::AcceptedSlices)
    }
}

impl SeriesState {
    /// Returns the state of the propagation if it has changed. See [`PageKnowledge`].
    pub(super) fn propagation_changes(&mut self, page: PageKnowledge) -> Option<Response> {
        if page == PageKnowledge::Nothing {
            self.propagated.reported = PropagationInfo::default();
        }
        let info = self.propagation_info();
        let is_new = std::mem::replace(&mut self.propagated.reported, info) != info;
        is_new.then_some(Response::Propagation(info))
    }

    fn propagation_info(&self) -> PropagationInfo {
        let Propagated { basis, running, masks, source, .. } = &self.propagated;
        let progress = match (running, masks) {
            (Some(_), _) => PropagationProgress::Running,
            (None, Some(_)) => PropagationProgress::Done,
            (None, None) => return PropagationInfo { shown: *source, ..PropagationInfo::default() },
        };
        PropagationInfo { progress, accepted: basis.len(), shown: *source }
    }

    /// Begins the propagation again if the accepted slices have changed. It has to be called
    /// whenever they may have.
    pub(super) fn update_propagation(&mut self) {
        let accepted = self.corrections.accepted();
        let basis: BTreeMap<usize, Correction> =
            accepted.filter_map(|slice| Some((slice, self.corrections.get(slice)?.clone()))).collect();
        if basis == self.propagated.basis {
            return;
        }
        self.propagated.basis = basis;
        let labels = self.accepted_slice_labels();
        self.propagated.running = Propagation::begin(&self.image.volume, &as_accepted(&labels));
        if self.propagated.running.is_none() {
            self.propagated.masks = None;
        }
    }

    /// Does a piece of the propagation, and returns the responses when it is done.
    pub(super) fn advance_propagation(&mut self) -> Vec<Response> {
        let Some(running) = &mut self.propagated.running else { return Vec::new() };
        if running.advance() {
            return Vec::new();
        }
        let labels = self.accepted_slice_labels();
        let Some(done) = self.propagated.running.take() else { return Vec::new() };
        let mask = done.mask(&as_accepted(&labels));
        let count = |slice| mask.slice(slice).iter().filter(|&&label| label != 0).count();
        let pixels = (0..mask.dims[0]).map(count).collect();
        let overlaps = vec![None; mask.dims[0]];
        self.propagated.masks = Some(PropagatedMasks { mask, pixels, uncertainty: done.uncertainty(), overlaps });
        self.compare_propagated();
        let mut responses = vec![self.changed(self.focus, Navigation::Stay)];
        responses.extend(self.finish_pending());
        responses
    }

    /// Shows the masks of one source from now on.
    pub(super) fn show_masks(&mut self, source: MaskSource) -> Vec<Response> {
        self.propagated.source = source;
        vec![self.changed(self.focus, Navigation::Stay)]
    }

    /// Compares the propagated masks with the ground truth. It has to be called whenever one has
    /// changed.
    pub(super) fn compare_propagated(&mut self) {
        let (Some(truth), Some(masks)) = (&self.ground_truth, &mut self.propagated.masks) else { return };
        for (slice, overlap) in masks.overlaps.iter_mut().enumerate() {
            *overlap = Some(truth.overlap(slice, Some(masks.mask.slice(slice))));
        }
    }

    fn accepted_slice_labels(&self) -> Vec<(usize, Vec<u8>)> {
        let accepted = self.propagated.basis.iter();
        accepted.map(|(&slice, correction)| (slice, correction.decode())).collect()
    }
}

fn as_accepted(labels: &[(usize, Vec<u8>)]) -> Vec<AcceptedSlice<'_>> {
    labels.iter().map(|(slice, labels)| AcceptedSlice { slice: *slice, labels }).collect()
}
