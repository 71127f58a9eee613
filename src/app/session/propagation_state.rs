//! The masks that follow from the accepted slices of a series.
//!
//! They are computed again, piece by piece, whenever the accepted slices change; until they are
//! there, the last ones stay. The method is in [`propagate`](crate::imaging::propagate), and what
//! the page is told in `propagation`.

use std::collections::BTreeMap;

use super::ground_truth::GroundTruth;
use crate::app::protocol::{MaskSource, PropagationInfo, PropagationProgress};
use crate::core::mask::Mask;
use crate::core::volume::Volume;
use crate::imaging::edit::{Correction, Corrections, DrawnPixels};
use crate::imaging::metrics::Overlap;
use crate::imaging::propagate::{AcceptedSlice, KnownLabels, PartialSlice, Propagation};

/// The masks from the accepted slices, and the choice whether they are shown.
#[derive(Debug, Default)]
pub(super) struct PropagationState {
    /// What the masks follow from, or will.
    basis: Basis,
    /// The propagation under way.
    running: Option<Propagation>,
    /// The masks of the last propagation.
    pub(super) masks: Option<PropagatedMasks>,
    /// The masks that the user wants to see.
    pub(super) source: MaskSource,
    /// The masks to show if the tuned model that awaits a decision is kept: those that are better on held-out slices.
    pub(super) after_keeping: MaskSource,
    /// The state that the page was told last.
    reported: PropagationInfo,
}

/// What a person has drawn and masks follow from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Basis {
    /// The accepted slices.
    accepted: BTreeMap<usize, Correction>,
    /// The pixels that were drawn on coronal and sagittal planes, by axial slice.
    partial: BTreeMap<usize, DrawnPixels>,
}

impl Basis {
    fn of(corrections: &Corrections) -> Self {
        let accepted = corrections.accepted();
        Self {
            accepted: accepted.filter_map(|slice| Some((slice, corrections.get(slice)?.clone()))).collect(),
            partial: corrections.slices().filter_map(|slice| Some((slice, corrections.drawn(slice)?.clone()))).collect(),
        }
    }

    /// Calls `work` with the labels.
    fn with_labels<T>(&self, work: impl FnOnce(&KnownLabels<'_>) -> T) -> T {
        let decoded: Vec<(usize, Vec<u8>)> =
            self.accepted.iter().map(|(&slice, correction)| (slice, correction.decode())).collect();
        let accepted: Vec<AcceptedSlice<'_>> =
            decoded.iter().map(|(slice, labels)| AcceptedSlice { slice: *slice, labels }).collect();
        let partial: Vec<PartialSlice<'_>> =
            self.partial.iter().map(|(&slice, drawn)| PartialSlice { slice, drawn }).collect();
        work(&KnownLabels { accepted: &accepted, partial: &partial })
    }
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
pub(super) struct PropagatedMasks {
    /// The labels of all slices.
    pub(super) mask: Mask,
    /// Pancreas pixels of each slice.
    pub(super) pixels: Vec<usize>,
    /// How much the acceptance of each slice is expected to help.
    pub(super) worth: Vec<f32>,
    /// The comparison of each slice with the ground truth, if there is one.
    pub(super) overlaps: Vec<Option<Overlap>>,
}

impl PropagationState {
    /// Begins the propagation again if the accepted slices have changed.
    pub(super) fn update(&mut self, volume: &Volume, corrections: &Corrections) {
        let basis = Basis::of(corrections);
        if basis == self.basis {
            return;
        }
        self.basis = basis;
        self.running = self.basis.with_labels(|labels| Propagation::begin(volume, labels));
        if self.running.is_none() {
            self.masks = None;
        }
    }

    /// Does a piece of the propagation. Returns true if that was the last one, so that masks have changed.
    pub(super) fn advance(&mut self) -> bool {
        let is_done = self.running.as_mut().is_some_and(|running| !running.advance());
        let Some(done) = self.running.take_if(|_| is_done) else { return false };
        let mask = self.basis.with_labels(|labels| done.mask(labels));
        let count = |slice| mask.slice(slice).iter().filter(|&&label| label != 0).count();
        let pixels = (0..mask.dims[0]).map(count).collect();
        let overlaps = vec![None; mask.dims[0]];
        self.masks = Some(PropagatedMasks { mask, pixels, worth: done.worth(), overlaps });
        true
    }

    /// Compares every slice with the ground truth.
    pub(super) fn compare(&mut self, truth: &GroundTruth) {
        let Some(masks) = &mut self.masks else { return };
        for (slice, overlap) in masks.overlaps.iter_mut().enumerate() {
            *overlap = Some(truth.overlap(slice, Some(masks.mask.slice(slice))));
        }
    }

    /// Returns the state for the page, which shows masks of the source `shown`, if it differs from what the page knows.
    pub(super) fn changes(&mut self, page: PageKnowledge, shown: MaskSource) -> Option<PropagationInfo> {
        if page == PageKnowledge::Nothing {
            self.reported = PropagationInfo::default();
        }
        let info = self.info(shown);
        (std::mem::replace(&mut self.reported, info) != info).then_some(info)
    }

    /// True while the masks do not follow from the accepted slices yet.
    pub(super) fn is_running(&self) -> bool {
        self.running.is_some()
    }

    fn info(&self, shown: MaskSource) -> PropagationInfo {
        let progress = match (&self.running, &self.masks) {
            (Some(_), _) => PropagationProgress::Running,
            (None, Some(_)) => PropagationProgress::Done,
            (None, None) => return PropagationInfo { shown, ..PropagationInfo::default() },
        };
        PropagationInfo { progress, accepted: self.basis.accepted.len(), shown }
    }
}
