//! The engine behind the page: series, their masks and corrections, which slice to segment next, and fine-tuning. No JavaScript, no
//! threads, no clock.
//!
//! A shell feeds it requests and finished jobs, and carries its responses and jobs to where they belong. Nothing that fails here
//! touches what is already open.

mod correct;
mod explain;
mod export;
mod learn;
mod models;
mod planes;
mod prediction;
mod result;
mod review;
mod series;
mod truth;
mod tuning;

use crate::app::protocol::{
    InferJob, InferMode, JobDone, MaskSettings, ModelInfo, Request, Response, SeriesInfo, from_bytes, to_bytes,
};
use crate::core::error::UserError;
use crate::core::i18n::messages::AppMessage;
use crate::formats::{Contents, Listed, Series};
use crate::imaging::phantom::{PhantomConfig, phantom};
use crate::imaging::preprocess::{PreprocessConfig, crop_geometry, flip_left_right, prepare};
use crate::nn::model::weights::ModelFile;
use explain::{ablated, explained};
use models::Models;
use prediction::{Mirrored, Prediction, SliceProgress};
use series::{PendingExport, SeriesState};
use tuning::FineTuneRun;

/// State of the page's work.
#[derive(Debug)]
pub struct Session {
    models: Models,
    /// The series of the last drop that held any, largest first; each keeps its mask while another is shown.
    series: Vec<SeriesState>,
    shown: usize,
    /// What else the drop held: named, and not opened.
    listed: Vec<Listed>,
    predictions: u64,
    tuning: Option<FineTuneRun>,
    /// Compute workers that can learn side by side.
    workers: usize,
    /// Compute workers to be started anew: what they are at is not wanted any more.
    restarts: Vec<usize>,
}

/// What happens to the masks of the model that was in use before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PreviousMasks {
    /// They are kept for a comparison.
    Keep,
    /// They are dropped.
    Drop,
}

impl Session {
    /// An empty session for a model; `bytes` is its file.
    pub fn new(file: ModelFile, bytes: Vec<u8>) -> Self {
        Self {
            models: Models::new(file, bytes),
            series: Vec::new(),
            shown: 0,
            listed: Vec::new(),
            predictions: 0,
            tuning: None,
            workers: 1,
            restarts: Vec::new(),
        }
    }

    /// The file of the model in use, for compute workers; and its version, by which they know whether theirs is another.
    pub fn model(&self) -> (&[u8], u64) {
        (&self.models.now.bytes, self.models.now.version)
    }

    /// The model in use, for people.
    pub fn model_info(&self) -> ModelInfo {
        self.models.info()
    }

    /// Opens the largest series of a drop and offers the others; keeps what is open if there is none. Labels go to the series that
    /// they lie on, of the drop or open already.
    pub fn open(&mut self, contents: Contents) -> Vec<Response> {
        let nothing = contents.refusal();
        let Contents { series, labels, listed, mut refused } = contents;
        if series.is_empty() && (labels.is_empty() || self.series.is_empty()) {
            let refusal = nothing.unwrap_or_else(|| {
                UserError::new(
                    "What was dropped",
                    "it holds no CT series; DICOM slices, a NIfTI or NRRD volume, a PNG or a JPEG were expected",
                    "Drop the folder with the slices of one series, or a single image",
                )
            });
            return vec![Response::Failed(refusal)];
        }
        let mut responses = Vec::new();
        if series.is_empty() {
            let (changed, homeless) = self.take_labels_alone(labels);
            responses.extend(changed);
            refused.extend(homeless);
            responses.extend(refused.into_iter().next().map(Response::Failed));
        } else {
            responses.extend(self.abandon_tuning());
            self.replace(series, None);
            self.listed = listed;
            refused.extend(self.take_labels(labels).1);
            responses.push(self.opened(refused));
        }
        self.with_truth(responses)
    }

    /// Answers one request.
    pub fn handle(&mut self, request: Request) -> Vec<Response> {
        let responses = self.answer(request);
        self.with_truth(responses)
    }

    fn answer(&mut self, request: Request) -> Vec<Response> {
        match request {
            Request::OpenSample { seed } => self.open_sample(seed),
            Request::Choose { series } => self.choose(series),
            Request::Close => {
                let mut responses = self.abandon_tuning();
                self.replace(Vec::new(), None);
                responses.push(Response::Closed);
                responses
            }
            Request::View { plane, index, model } => {
                let view = self.shown().and_then(|open| open.look_at(plane, index, model));
                view.map(Response::View).into_iter().collect()
            }
            Request::Explain { slice } => self.request_explanation(slice),
            Request::Ablate { slice, gate } => self.request_ablation(slice, gate),
            Request::Map { slice, kind } => self.request_map(slice, kind),
            Request::CheckMirrored { on } => self.check_mirrored(on),
            Request::Set(settings) => self.shown().map(|open| open.set(settings)).unwrap_or_default(),
            Request::Mask => self.wait_for(PendingExport::Mask),
            Request::Export { what, at } => self.wait_for(PendingExport::File { what, at }),
            Request::FineTune(config) => self.fine_tune(config),
            Request::Stop => self.stop_tuning(),
            Request::Decide { keep } => self.decide(keep),
            Request::ExportModel => vec![self.export_model()],
            correction => self.correct(correction),
        }
    }

    fn open_sample(&mut self, seed: u64) -> Vec<Response> {
        let mut responses = self.abandon_tuning();
        self.replace(vec![sample(seed)], Some(seed));
        responses.push(self.opened(Vec::new()));
        responses
    }

    fn choose(&mut self, series: usize) -> Vec<Response> {
        if series >= self.series.len() {
            return Vec::new();
        }
        self.shown = series;
        self.series[series].review = None;
        let mut responses = vec![self.opened(Vec::new())];
        let open = &mut self.series[series];
        let is_default = open.settings == MaskSettings::default();
        responses.extend((!is_default).then(|| Response::MasksUpdated(open.masks_updated())));
        responses.extend(open.finish_pending());
        responses
    }

    /// True if masks of the series shown are still to be recomputed: the shell calls
    /// [`recompute_masks`](Self::recompute_masks) until none is, and hears requests in between.
    pub fn has_outdated_masks(&self) -> bool {
        self.series.get(self.shown).is_some_and(SeriesState::has_outdated_masks)
    }

    /// Recomputes the masks of up to a dozen slices, those nearest to the current slice first.
    pub fn recompute_masks(&mut self) -> Vec<Response> {
        let responses = self.shown().map(SeriesState::recompute_masks).unwrap_or_default();
        self.with_truth(responses)
    }

    /// The next slice to run the network on, if any: what was asked for of one, then the slice nearest to the one looked at, then those to
    /// be checked with mirrored input.
    pub fn next_job(&mut self) -> Option<InferJob> {
        let open = self.series.get_mut(self.shown)?;
        let (slice, ask) = open.next_ask()?;
        if open.now.slices[slice] == SliceProgress::Todo {
            open.now.slices[slice] = SliceProgress::Running;
        }
        if ask == InferMode::Mirrored {
            open.now.mirrored[slice] = Mirrored::Running;
        }
        let (input, placement) = prepare(&open.volume, slice, &self.models.now.file.passport.preprocess);
        open.now.placements[slice] = Some(placement);
        let channels =
            if ask == InferMode::Mirrored { flip_left_right(&input.channels, input.size_px) } else { input.channels };
        Some(InferJob { opening: open.now.id, slice, ask, size_px: input.size_px, input: to_bytes(&channels) })
    }

    /// Takes in what a compute worker found on a slice; drops what belongs to a series of an earlier drop or to an earlier model.
    pub fn finish(&mut self, done: JobDone) -> Vec<Response> {
        let JobDone::Inferred { opening, slice, ask, probability, opened, attention } = done else { return Vec::new() };
        let preprocess = self.preprocess().clone();
        let Some(open) = slice_of(&mut self.series, opening, slice) else {
            return Vec::new();
        };
        let placement =
            open.now.placements[slice].unwrap_or_else(|| crop_geometry(&open.volume.slice(slice), &preprocess));
        let probability = from_bytes::<f32>(&probability);
        let mut responses = match ask {
            InferMode::Mirrored => {
                let responses = open.take_mirrored(slice, &probability, placement.size_px);
                return self.if_shown(opening, responses);
            }
            InferMode::Explain => vec![explained(slice, &attention, &placement)],
            InferMode::Ablate { gate } => {
                let opened = from_bytes::<f32>(&opened);
                vec![ablated([slice, gate], &probability, &opened, &placement, open.settings.threshold)]
            }
            InferMode::Segment => Vec::new(),
        };
        if !matches!(open.now.slices[slice], SliceProgress::Done(_)) {
            open.now.take(slice, &probability, &placement, &open.settings);
            open.score(slice);
            responses.push(open.segmented(slice));
            responses.extend(open.map().filter(|_| open.map_wish.is_some_and(|(wished, _)| wished == slice)));
        }
        responses.extend(open.finish_pending());
        self.if_shown(opening, responses)
    }

    /// Gives a job back whose worker died, to be tried once more; the second death over a slice is reported, and the slice left
    /// empty.
    pub fn give_back(&mut self, opening: u64, slice: usize, ask: InferMode) -> Vec<Response> {
        let Some(open) = slice_of(&mut self.series, opening, slice) else {
            return Vec::new();
        };
        let again = !open.now.fatal.contains(&slice);
        open.now.fatal.push(slice);
        if again {
            open.ask_again(slice, ask);
            return Vec::new();
        }
        let refusal = UserError::new(
            format!("Slice {}", slice + 1),
            "the worker that computes it stopped twice, so it is left as it is",
            "Close other tabs to free memory, then open the series again",
        );
        let mut responses = vec![Response::Failed(refusal)];
        if ask == InferMode::Mirrored {
            open.now.mirrored[slice] = Mirrored::Failed;
            responses.extend(open.after_check());
        }
        if open.now.slices[slice] == SliceProgress::Running {
            open.now.slices[slice] = SliceProgress::Failed;
            open.score(slice);
            responses.push(open.segmented(slice));
        }
        responses.extend(open.finish_pending());
        self.if_shown(opening, responses)
    }

    fn preprocess(&self) -> &PreprocessConfig {
        &self.models.now.file.passport.preprocess
    }

    /// The page knows only the series it shows: what is said of another is dropped, its mask is kept.
    fn if_shown(&self, opening: u64, responses: Vec<Response>) -> Vec<Response> {
        let shown = self.series.get(self.shown).is_some_and(|open| open.now.id == opening);
        if shown { self.with_truth(responses) } else { Vec::new() }
    }

    fn shown(&mut self) -> Option<&mut SeriesState> {
        self.series.get_mut(self.shown)
    }

    fn replace(&mut self, series: Vec<Series>, sample_seed: Option<u64>) {
        self.shown = 0;
        self.listed = Vec::new();
        self.models.decide(true);
        let preprocess = self.preprocess().clone();
        let model = self.models.now.card.clone();
        self.series = series
            .into_iter()
            .map(|series| {
                self.predictions += 1;
                SeriesState::new(series, self.predictions, sample_seed, &preprocess, model.clone())
            })
            .collect();
    }

    /// Segments every series again with the model that is now in use.
    fn segment_again(&mut self, previous: PreviousMasks) {
        for open in &mut self.series {
            self.predictions += 1;
            let fresh = Prediction::new(self.predictions, open.volume.dims, self.models.now.card.clone());
            let old = std::mem::replace(&mut open.now, fresh);
            open.before = (previous == PreviousMasks::Keep).then(|| old.retire());
            open.comparing = false;
            open.checking = false;
            open.review = None;
        }
    }

    fn opened(&mut self, refused: Vec<UserError>) -> Response {
        let open = &mut self.series[self.shown];
        let view = open.first_view();
        let open = &self.series[self.shown];
        let series = self.series.iter().map(|open| SeriesInfo {
            name: open.study.name.clone(),
            source: open.study.source.clone(),
            slices: open.volume.depth(),
            thumbnail: Some(open.thumbnail.clone()),
            why_not: None,
        });
        let listed = self.listed.iter().map(|listed| SeriesInfo {
            name: listed.name.clone(),
            source: series::source(&listed.files),
            slices: listed.files.len(),
            thumbnail: None,
            why_not: Some(listed.reason.clone()),
        });
        Response::Opened {
            study: Box::new(open.study.clone()),
            view: Box::new(view),
            pixels: open.pixels(),
            marks: open.marks(),
            series: series.chain(listed).collect(),
            shown: self.shown,
            refused,
            settings: open.settings,
            checked: open.checked(),
        }
    }

    fn wait_for(&mut self, what: PendingExport) -> Vec<Response> {
        let Some(open) = self.shown() else {
            let error = UserError::new(AppMessage::TheMask, AppMessage::NoSeriesOpen, AppMessage::DropFirst);
            return vec![Response::Failed(error)];
        };
        open.waiting.push(what);
        open.finish_pending()
    }
}

/// The series that a job belonged to, if it is still there and has that slice.
fn slice_of(series: &mut [SeriesState], opening: u64, slice: usize) -> Option<&mut SeriesState> {
    series.iter_mut().find(|open| open.now.id == opening && slice < open.volume.depth())
}

fn sample(seed: u64) -> Series {
    let volume = phantom(&PhantomConfig::SMALL, seed).volume;
    let note = "Synthetic: drawn by a program to try Islet out, not a scan of anybody";
    Series {
        name: format!("Sample {seed} (synthetic)"),
        volume,
        files: Vec::new(),
        notes: vec![note.into()],
        identity: None,
    }
}
