//! One open series: its image, its predictions, the user's corrections, and the masks that result from both.

use std::borrow::Cow;

use serde_bytes::ByteBuf;

use super::completion_run::CompletionRun;
use super::ground_truth::GroundTruth;
use super::models::LoadedModel;
use super::organ_work::Organs;
use super::prediction::Prediction;
use super::predictions::Predictions;
use super::propagation_state::{PropagatedMasks, PropagationState};
use super::series_image::SeriesImage;
use crate::app::protocol::{
    Export, MapKind, Mark, MaskSettings, MaskSource, Navigation, OpenSeries, ReportRequest, Response, ReviewList,
    ServerObject,
};
use crate::core::mask::Mask;
use crate::formats::Series;
use crate::imaging::edit::{Acceptance, Corrections};

/// An open series.
#[derive(Debug)]
pub(super) struct SeriesState {
    /// The description for the page.
    pub(super) study: OpenSeries,
    /// The image.
    pub(super) image: SeriesImage,
    /// The output of the model in use, and of the one before.
    pub(super) predictions: Predictions,
    /// The user's corrections.
    pub(super) corrections: Corrections,
    /// The masks that follow from the accepted slices.
    pub(super) propagated: PropagationState,
    /// The comparison of the ways to complete the slices, while it runs.
    pub(super) completion: Option<CompletionRun>,
    /// The organs, and the work on those that the tools do not act on.
    pub(super) organs: Organs,
    /// The settings that masks are computed with.
    pub(super) settings: MaskSettings,
    /// The current slice.
    pub(super) focus: usize,
    /// The requests that are still to be answered.
    pub(super) requested: Requested,
    /// The review list that was sent last.
    pub(super) review: Option<ReviewList>,
    /// The ground truth, if one was given.
    pub(super) ground_truth: Option<GroundTruth>,
}

/// The requests about a series that are still to be answered.
#[derive(Debug, Default)]
pub(super) struct Requested {
    /// The slice whose attention maps are requested.
    pub(super) explanation: Option<usize>,
    /// The gate whose ablation is requested.
    pub(super) ablation: Option<AblationRequest>,
    /// The map that is sent whenever it changes.
    pub(super) map: Option<MapRequest>,
    /// True while the network is to run on mirrored inputs too.
    pub(super) mirrored_check: bool,
    /// The exports that wait for the last mask.
    pub(super) exports: Vec<PendingExport>,
}

/// A request to run the network on a slice with a gate held open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct AblationRequest {
    /// The slice in viewing order.
    pub(super) slice: usize,
    /// The gate, counted from the deepest.
    pub(super) gate: usize,
}

/// A request for a map over a slice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct MapRequest {
    /// The slice in viewing order.
    pub(super) slice: usize,
    /// The kind of map.
    pub(super) kind: MapKind,
}

/// An export that is sent once every mask is there.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum PendingExport {
    /// The mask as an array.
    Mask,
    /// A file.
    File {
        /// The kind of file.
        what: Export,
        /// Date and time of the request.
        at: String,
    },
    /// An object for a server.
    ToServer {
        /// The object.
        what: ServerObject,
        /// Date and time of the request.
        at: String,
    },
    /// What a report needs, which waits for surfaces too.
    Report(ReportRequest),
}

impl PendingExport {
    /// True if the organs must have been measured.
    pub(super) fn needs_measures(&self) -> bool {
        matches!(self, Self::Report(_) | Self::File { what: Export::Sr { .. }, .. })
    }
}

impl SeriesState {
    pub(super) fn new(series: Series, id: u64, sample_seed: Option<u64>, model: &LoadedModel) -> Self {
        let (image, study) = SeriesImage::new(series, sample_seed, model);
        Self {
            predictions: Predictions::new(Prediction::new(id, study.dims, model)),
            focus: study.first_slice,
            study,
            image,
            corrections: Corrections::default(),
            propagated: PropagationState::default(),
            completion: None,
            organs: Organs::default(),
            settings: MaskSettings::default(),
            requested: Requested::default(),
            review: None,
            ground_truth: None,
        }
    }

    /// The mask of a slice as it is shown, if it has one.
    pub(super) fn labels(&self, slice: usize) -> Option<Vec<u8>> {
        self.labels_shown(slice).map(Cow::into_owned)
    }

    /// The mask of a slice as it is shown, if it has one: the correction, else what follows from the accepted slices if
    /// that is shown, else the prediction.
    pub(super) fn labels_shown(&self, slice: usize) -> Option<Cow<'_, [u8]>> {
        self.labels_by(self.mask_source(), slice)
    }

    /// The mask of a slice if masks of a source were shown, if it has one.
    fn labels_by(&self, source: MaskSource, slice: usize) -> Option<Cow<'_, [u8]>> {
        let propagated = || Some(Cow::Borrowed(self.propagated.masks_of(source)?.mask.slice(slice)));
        self.under_drawn(slice, || propagated().or_else(|| self.predictions.shown().labels(slice)))
    }

    /// The mask of a slice: everything drawn by hand over what is computed.
    fn under_drawn<'a>(&self, slice: usize, computed: impl FnOnce() -> Option<Cow<'a, [u8]>>) -> Option<Cow<'a, [u8]>> {
        let [_, height, width] = self.image.volume.dims;
        self.corrections.over(slice, height * width, computed)
    }

    /// The masks that are shown where nothing is corrected: those of the models while two are being compared, else those
    /// that the user wants to see.
    pub(super) fn mask_source(&self) -> MaskSource {
        match self.predictions.before {
            Some(_) => MaskSource::Model,
            None => self.propagated.source,
        }
    }

    /// The masks from the accepted slices, if they are there and shown.
    pub(super) fn propagated_if_shown(&self) -> Option<&PropagatedMasks> {
        self.propagated.masks_of(self.mask_source())
    }

    /// The mask of a slice with the corrections over a given prediction.
    pub(super) fn labels_over<'a>(&'a self, prediction: &'a Prediction, slice: usize) -> Option<Cow<'a, [u8]>> {
        self.under_drawn(slice, || prediction.labels(slice))
    }

    /// Pancreas pixels of each slice that has a mask.
    pub(super) fn pixels(&self) -> Vec<Option<usize>> {
        self.pixels_by(self.mask_source())
    }

    /// Pancreas pixels of each slice that has a mask, if masks of a source were shown.
    pub(super) fn pixels_by(&self, source: MaskSource) -> Vec<Option<usize>> {
        let predicted = self.predictions.shown().pixels().into_iter().enumerate();
        predicted.map(|(slice, predicted)| self.drawn_pixels(slice, source).or(predicted)).collect()
    }

    /// Pancreas pixels of a slice on which something is drawn, or whose mask follows from the accepted slices.
    fn drawn_pixels(&self, slice: usize, source: MaskSource) -> Option<usize> {
        if self.corrections.drawn(slice).is_some() {
            let labels = self.labels_by(source, slice);
            return labels.map(|labels| labels.iter().filter(|&&label| label != 0).count());
        }
        let corrected = self.corrections.get(slice).map(|correction| correction.pixels());
        corrected.or_else(|| Some(self.propagated.masks_of(source)?.pixels[slice]))
    }

    /// The state of each slice's corrections.
    pub(super) fn marks(&self) -> Vec<Mark> {
        let mark = |slice| match self.corrections.get(slice) {
            Some(correction) if correction.acceptance == Acceptance::Accepted => Mark::Accepted,
            None if self.corrections.drawn(slice).is_none() => Mark::None,
            _ => Mark::Corrected,
        };
        (0..self.image.volume.depth()).map(mark).collect()
    }

    /// The whole mask in viewing order: the corrections over what follows from the accepted slices if that is shown,
    /// else over the current prediction after the clean-up.
    pub(super) fn mask(&self) -> Mask {
        let prediction = &self.predictions.current;
        let mut mask = match self.propagated_if_shown() {
            Some(propagated) => propagated.mask.clone(),
            None => {
                let mut mask = prediction.mask.clone();
                for stray in &prediction.strays {
                    mask.slice_mut(stray.z)[stray.pixels.clone()].fill(0);
                }
                mask
            }
        };
        for slice in self.corrections.slices() {
            let under = || Some(Cow::Owned(mask.slice(slice).to_vec()));
            if let Some(labels) = self.under_drawn(slice, under) {
                mask.slice_mut(slice).copy_from_slice(&labels);
            }
        }
        mask
    }

    /// Returns the response for a slice that the network has run on. A correction stays as it is shown.
    pub(super) fn segmented(&self, slice: usize) -> Response {
        let drawn = self.drawn_pixels(slice, self.mask_source());
        let pixels = drawn.or_else(|| self.predictions.shown().pixels_on(slice)).unwrap_or(0);
        let mask = (slice == self.focus).then(|| self.labels(slice).map(ByteBuf::from)).flatten();
        Response::Segmented { slice, pixels, mask }
    }

    /// Returns the response for masks that have changed, with the mask of `slice`.
    pub(super) fn changed(&self, slice: usize, navigation: Navigation) -> Response {
        Response::Changed {
            pixels: self.pixels(),
            marks: self.marks(),
            slice,
            mask: self.labels(slice).map(ByteBuf::from),
            navigation,
            undo: self.corrections.can_undo(),
            redo: self.corrections.can_redo(),
        }
    }
}
