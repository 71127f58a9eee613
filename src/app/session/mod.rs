//! The engine behind the page: series, masks, corrections, the order of the slices to segment, and fine-tuning.
//!
//! A shell passes it requests and finished jobs, and carries its responses and jobs to the page and to the workers. It
//! needs no JavaScript, no threads and no clock, so that it is tested natively. A failure changes nothing that is open.

mod beside;
mod comparison;
mod completion;
mod completion_run;
mod correct;
mod explain;
mod export;
mod export_dicom;
mod export_measurements;
mod export_surface;
mod ground_truth;
mod inference;
mod kept;
mod label_places;
mod labels;
mod learn;
mod model_loading;
mod models;
mod open_gate;
mod open_gate_run;
mod opening;
mod organ_work;
mod organs;
mod planes;
mod prediction;
mod predictions;
mod propagation;
mod propagation_state;
mod report;
mod result;
mod review;
mod series;
mod series_image;
mod slice_state;
mod surface_state;
mod surfaces;
mod tuning;
mod volume;
mod volume_output;

use std::collections::BTreeSet;

use crate::app::protocol::{Job, ModelInfo, Request, Response};
use crate::core::error::UserError;
use crate::core::slab::Slab;
use crate::formats::Listed;
use crate::nn::segmentation_model::SegmentationModel;
use kept::KeptCorrections;
use models::{ModelDetails, Models};
use series::{PendingExport, SeriesState};
use tuning::FineTuneRun;

/// The state behind the page.
#[derive(Debug)]
pub struct Session {
    models: Models,
    /// The series of the last drop that held any, largest first; each keeps its mask while another is shown.
    series: Vec<SeriesState>,
    /// The index of the series shown.
    shown: usize,
    /// The series of the drop that could not be opened, by name.
    listed: Vec<Listed>,
    /// Corrections of series that are no longer open.
    kept: KeptCorrections,
    /// The slab that pictures of planes are made from.
    slab: Option<Slab>,
    /// The number of predictions so far, for their identifiers.
    predictions: u64,
    tuning: Option<FineTuneRun>,
    /// The prediction that a compute worker runs with a model of whole volumes.
    volume_job: Option<u64>,
    /// The number of compute workers that can train side by side.
    workers: usize,
    /// Compute workers to be restarted, because their work is no longer needed.
    restarts: Vec<usize>,
}

/// The fate of the masks of the model that was in use before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PreviousMasks {
    /// They are kept for a comparison.
    Keep,
    /// They are dropped.
    Drop,
}

impl Session {
    /// An empty session for a model; `bytes` is its file.
    pub fn new(model: impl Into<SegmentationModel>, bytes: Vec<u8>) -> Self {
        Self::with_models(Models::new(ModelDetails::of(model.into()), bytes))
    }

    /// An empty session for the model of a file. The weights of a model of whole volumes are checked and not kept.
    ///
    /// # Errors
    ///
    /// Returns an error if the file is not a model file.
    pub fn from_model_file(bytes: Vec<u8>) -> Result<Self, UserError> {
        Ok(Self::with_models(Models::new(ModelDetails::read(&bytes)?, bytes)))
    }

    fn with_models(models: Models) -> Self {
        Self {
            models,
            series: Vec::new(),
            shown: 0,
            listed: Vec::new(),
            kept: KeptCorrections::default(),
            slab: None,
            predictions: 0,
            tuning: None,
            volume_job: None,
            workers: 1,
            restarts: Vec::new(),
        }
    }

    /// The file of the model in use, for compute workers, and its version, which tells whether a worker has another.
    pub fn model(&self) -> (&[u8], u64) {
        (&self.models.current.bytes, self.models.current.version)
    }

    /// The model in use as the first job of a compute worker.
    pub fn model_job(&self) -> Job {
        Job::Load { model: self.models.current.bytes.clone() }
    }

    /// The model in use, for people.
    pub fn model_info(&self) -> ModelInfo {
        self.models.info()
    }

    /// Answers one request.
    pub fn handle(&mut self, request: Request) -> Vec<Response> {
        let responses = self.answer(request);
        self.with_comparison(responses)
    }

    fn answer(&mut self, request: Request) -> Vec<Response> {
        match request {
            Request::OpenSample { seed } => self.open_sample(seed),
            Request::Choose { series } => self.choose(series),
            Request::Close => self.close(),
            Request::View { plane, index, model } => {
                let slab = self.slab;
                let view = self.shown().and_then(|open| open.look_at(plane, index, model, slab));
                view.map(Response::View).into_iter().collect()
            }
            Request::ViewBeside { beside, plane, index } => {
                self.view_beside(beside, plane, index).into_iter().collect()
            }
            Request::Explain { slice } => self.request_explanation(slice),
            Request::Ablate { slice, gate } => self.request_ablation(slice, gate),
            Request::CloseGate => self.close_gate(),
            Request::Map { slice, kind } => self.request_map(slice, kind),
            Request::CheckMirrored { on } => self.check_mirrored(on),
            Request::ShowMasks { source } => self.shown().map(|open| open.show_masks(source)).unwrap_or_default(),
            Request::Complete => self.complete(),
            Request::Set(settings) => self.shown().map(|open| open.set(settings)).unwrap_or_default(),
            Request::ShowSlab { slab } => {
                self.slab = slab;
                Vec::new()
            }
            Request::ShowSurfaces { hidden } => self.want_surfaces(Some(hidden.into_iter().collect())),
            Request::HideSurfaces => self.want_surfaces(None),
            Request::ChooseOrgan { label } => self.shown().map(|open| open.choose_organ(label)).unwrap_or_default(),
            Request::MeasureEllipse { key, ellipse } => {
                self.shown().and_then(|open| open.measure_ellipse(key, ellipse)).into_iter().collect()
            }
            Request::Attributes { slice } => self.shown().map(|open| open.attributes(slice)).into_iter().collect(),
            Request::StopSegmenting => self.stop_segmenting(),
            Request::SegmentAgain => self.segment_volume_again(),
            Request::Mask => self.request_export(PendingExport::Mask),
            Request::Export { what, at } => self.request_export(PendingExport::File { what, at }),
            Request::ExportToServer { what, at } => self.request_export(PendingExport::ToServer { what, at }),
            Request::Report(request) => self.request_export(PendingExport::Report(request)),
            Request::FineTune(config) => self.fine_tune(config),
            Request::Stop => self.stop_tuning(),
            Request::Decide(decision) => self.decide(decision),
            Request::ExportModel => vec![self.export_model()],
            Request::BackUpCorrections => {
                let copy = self.shown().map(|open| open.back_up_corrections());
                copy.map(|copy| Response::CorrectionsBackUp(Box::new(copy))).into_iter().collect()
            }
            Request::BackUpModel => vec![self.back_up_model()],
            Request::KeepCorrections(copies) => self.keep_corrections(copies),
            Request::ExportKept => self.export_kept(),
            correction => self.correct(correction),
        }
    }

    /// True if masks of the series shown are still to be recomputed, or organs to be measured: the shell calls
    /// [`recompute_masks`](Self::recompute_masks) until none is, and hears requests in between.
    pub fn has_outdated_masks(&self) -> bool {
        let shown = self.series.get(self.shown);
        shown.is_some_and(|open| open.has_outdated_masks() || open.organs.is_outdated())
    }

    /// Recomputes the masks of up to a dozen slices, those nearest to the current slice first, or does a piece of the
    /// propagation from the accepted slices. When all that is done, it measures the organs.
    pub fn recompute_masks(&mut self) -> Vec<Response> {
        let Some(open) = self.shown() else { return Vec::new() };
        if !open.has_outdated_masks() {
            return open.measure_organs().into_iter().collect();
        }
        let responses = open.recompute_masks();
        self.with_comparison(responses)
    }

    fn want_surfaces(&mut self, hidden: Option<BTreeSet<u8>>) -> Vec<Response> {
        let Some(open) = self.shown() else { return Vec::new() };
        open.organs.surfaces.want(hidden);
        // What waits for surfaces that nobody wants any more.
        if open.requested.exports.is_empty() { Vec::new() } else { open.finish_pending() }
    }

    /// True if the page waits for surfaces of organs: while nothing is requested the shell calls
    /// [`advance_surfaces`](Self::advance_surfaces) until it does not.
    pub fn has_outdated_surfaces(&self) -> bool {
        self.series.get(self.shown).is_some_and(SeriesState::has_outdated_surfaces)
    }

    /// Does a piece of the surfaces of organs, some milliseconds long. Returns a surface when it is done, and what has waited
    /// for the last. Masks come first: nothing is done while [some](Self::has_outdated_masks) are outdated.
    pub fn advance_surfaces(&mut self) -> Vec<Response> {
        if self.has_outdated_masks() {
            return Vec::new();
        }
        let Some(open) = self.shown().filter(|open| open.has_outdated_surfaces()) else { return Vec::new() };
        let mut responses: Vec<Response> = open.advance_surfaces().into_iter().collect();
        if !open.has_outdated_surfaces() && !open.requested.exports.is_empty() {
            responses.extend(open.finish_pending());
        }
        responses
    }

    fn shown(&mut self) -> Option<&mut SeriesState> {
        self.series.get_mut(self.shown)
    }
}
