//! The masks that follow from the accepted slices of a series.
//!
//! They are computed again, piece by piece, whenever the accepted slices change; until they are
//! there, the last ones stay. The method is in [`propagate`](crate::imaging::propagate), and what
//! the page is told in `propagation`.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::ground_truth::GroundTruth;
use crate::app::protocol::{MaskSettings, MaskSource, PropagationInfo, PropagationProgress};
use crate::core::drawn_pixels::DrawnPixels;
use crate::core::mask::Mask;
use crate::core::volume::Volume;
use crate::imaging::edit::{Correction, Corrections, InterpolatedGap, LabelledSlice};
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
    masks: Option<PropagatedMasks>,
    /// The masks interpolated between the same slices, once they are wanted.
    interpolated: Option<PropagatedMasks>,
    /// The masks that the user wants to see.
    pub(super) source: MaskSource,
    /// The masks to show if the tuned model that awaits a decision is kept: those that are better on held-out slices.
    pub(super) after_keeping: MaskSource,
    /// The state that the page was told last.
    reported: PropagationInfo,
}

/// The masks of a model that have a say: they change with any of this.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct HeardPrediction {
    /// The prediction.
    pub(super) id: u64,
    /// The organ that the tools act on, of a model of several.
    pub(super) organ: u8,
    /// How its masks follow from its probabilities.
    pub(super) settings: MaskSettings,
}

/// What masks follow from: what a person has drawn, and what a model says.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Basis {
    /// The accepted slices.
    accepted: BTreeMap<usize, Correction>,
    /// The pixels that were drawn on coronal and sagittal planes, by axial slice.
    partial: BTreeMap<usize, DrawnPixels>,
    /// The model's masks, if they have a say.
    heard: Option<HeardPrediction>,
}

impl Basis {
    fn of(corrections: &Corrections, heard: Option<HeardPrediction>) -> Self {
        let accepted = corrections.accepted();
        Self {
            accepted: accepted.filter_map(|slice| Some((slice, corrections.get(slice)?.clone()))).collect(),
            partial: corrections
                .slices()
                .filter_map(|slice| Some((slice, corrections.drawn(slice)?.clone())))
                .collect(),
            heard,
        }
    }

    /// True if masks follow from it, and other ones would with another model's say.
    pub(super) fn would_change_with(&self, heard: Option<HeardPrediction>) -> bool {
        self.accepted.len() > 1 && self.heard != heard
    }

    /// The labels of an accepted slice, `[y, x]`.
    pub(super) fn labels(&self, slice: usize) -> Option<Vec<u8>> {
        self.accepted.get(&slice).map(Correction::decode)
    }

    /// The same but for one accepted slice.
    pub(super) fn without(&self, slice: usize) -> Self {
        let mut others = self.clone();
        others.accepted.remove(&slice);
        others
    }

    /// The accepted slices next to a slice, if it is between two.
    pub(super) fn around(&self, slice: usize) -> Option<[LabelledSlice; 2]> {
        let lower = self.accepted.range(..slice).next_back()?;
        let upper = self.accepted.range(slice + 1..).next()?;
        Some([labelled(lower), labelled(upper)])
    }

    /// The masks of all slices, interpolated between the accepted ones, under everything that is drawn.
    fn interpolated(&self, dims: [usize; 3]) -> Mask {
        let mut mask = Mask::empty(dims);
        let accepted: Vec<LabelledSlice> = self.accepted.iter().map(labelled).collect();
        for accepted in &accepted {
            mask.slice_mut(accepted.slice).copy_from_slice(&accepted.labels);
        }
        for pair in accepted.windows(2) {
            let gap = InterpolatedGap::new(&pair[0], &pair[1], [dims[1], dims[2]]);
            gap.slices().for_each(|slice| mask.slice_mut(slice).copy_from_slice(&gap.mask(slice)));
        }
        for (&slice, drawn) in &self.partial {
            drawn.write_over(mask.slice_mut(slice));
        }
        mask
    }

    /// Calls `work` with the labels.
    pub(super) fn with_labels<T>(&self, work: impl FnOnce(&KnownLabels<'_>) -> T) -> T {
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

impl PropagatedMasks {
    fn new(mask: Mask, worth: Vec<f32>) -> Self {
        let count = |slice| mask.slice(slice).iter().filter(|&&label| label != 0).count();
        let pixels = (0..mask.dims[0]).map(count).collect();
        let overlaps = vec![None; mask.dims[0]];
        Self { mask, pixels, worth, overlaps }
    }
}

impl PropagationState {
    /// Begins the propagation again if what a person has drawn has changed, or the model that is heard,
    /// whose masks of all slices `predicted` gives. Returns true if it has.
    pub(super) fn update<'a>(
        &mut self,
        volume: &Volume,
        corrections: &Corrections,
        heard: Option<HeardPrediction>,
        predicted: impl FnOnce() -> Option<Vec<Cow<'a, [u8]>>>,
    ) -> bool {
        let basis = Basis::of(corrections, heard);
        if basis == self.basis {
            return false;
        }
        self.basis = basis;
        let predicted = heard.and_then(|_| predicted());
        self.running = self.basis.with_labels(|labels| Propagation::begin(volume, labels, predicted.as_deref()));
        if self.running.is_none() {
            (self.masks, self.interpolated) = (None, None);
        }
        true
    }

    /// Does a piece of the propagation. Returns true if that was the last one, so that masks have changed.
    pub(super) fn advance(&mut self) -> bool {
        let is_done = self.running.as_mut().is_some_and(|running| !running.advance());
        let Some(done) = self.running.take_if(|_| is_done) else { return false };
        let mask = self.basis.with_labels(|labels| done.mask(labels));
        let dims = mask.dims;
        self.masks = Some(PropagatedMasks::new(mask, done.worth()));
        self.interpolated = None;
        self.prepare(self.source, dims);
        true
    }

    /// Makes the masks of a source that are made when they are wanted. Returns true if they are new.
    pub(super) fn prepare(&mut self, source: MaskSource, dims: [usize; 3]) -> bool {
        if source != MaskSource::Interpolation || self.interpolated.is_some() {
            return false;
        }
        // Which slice is worth most is known from the propagation alone.
        let worth = self.masks.as_ref().map(|masks| masks.worth.clone());
        self.interpolated = worth.map(|worth| PropagatedMasks::new(self.basis.interpolated(dims), worth));
        self.interpolated.is_some()
    }

    /// The masks of a source, if they follow from accepted slices and are there.
    pub(super) fn masks_of(&self, source: MaskSource) -> Option<&PropagatedMasks> {
        match source {
            MaskSource::AcceptedSlices => self.masks.as_ref(),
            MaskSource::Interpolation => self.interpolated.as_ref(),
            MaskSource::Model => None,
        }
    }

    /// What the masks follow from.
    pub(super) fn basis(&self) -> &Basis {
        &self.basis
    }

    /// Compares every slice with the ground truth.
    pub(super) fn compare(&mut self, truth: &GroundTruth) {
        for masks in self.masks.iter_mut().chain(&mut self.interpolated) {
            for (slice, overlap) in masks.overlaps.iter_mut().enumerate() {
                *overlap = Some(truth.overlap(slice, Some(masks.mask.slice(slice))));
            }
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
        PropagationInfo {
            progress,
            accepted: self.basis.accepted.len(),
            hears_model: self.basis.heard.is_some(),
            shown,
        }
    }
}

fn labelled((&slice, correction): (&usize, &Correction)) -> LabelledSlice {
    LabelledSlice { slice, labels: correction.decode() }
}
