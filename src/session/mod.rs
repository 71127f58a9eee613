//! The engine behind the page: series, their masks and corrections, which slice to segment next, and fine-tuning. No JavaScript, no
//! threads, no clock.
//!
//! A shell feeds it requests and finished jobs, and carries its responses and jobs to where they belong. Nothing that fails here
//! touches what is already open.

mod correct;
mod learn;
mod models;
mod planes;
mod series;
mod truth;
mod tuning;

use serde_bytes::ByteBuf;

use crate::formats::{Contents, Listed, Series};
use crate::infer::mask_of;
use crate::model::weights::ModelFile;
use crate::phantom::{PhantomConfig, phantom};
use crate::preprocess::{Placement, PreprocessConfig, place, prepare};
use crate::protocol::{InferJob, JobDone, ModelInfo, Request, Response, SeriesInfo, from_bytes, to_bytes};
use crate::refusal::Refusal;
use models::Models;
use series::{Open, Prediction, Progress, Waiting};
use tuning::Tuning;

/// State of the page's work.
#[derive(Debug)]
pub struct Session {
    models: Models,
    /// The series of the last drop that held any, largest first; each keeps its mask while another is shown.
    series: Vec<Open>,
    shown: usize,
    /// What else the drop held: named, and not opened.
    listed: Vec<Listed>,
    predictions: u64,
    tuning: Option<Tuning>,
    /// Compute workers that can learn side by side.
    workers: usize,
    /// Compute workers to be started anew: what they are at is not wanted any more.
    restarts: Vec<usize>,
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
                Refusal::new(
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
            self.replace(series, false);
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
            Request::OpenSample { seed } => {
                let mut responses = self.abandon_tuning();
                self.replace(vec![sample(seed)], true);
                responses.push(self.opened(Vec::new()));
                responses
            }
            Request::Choose { series } if series < self.series.len() => {
                self.shown = series;
                vec![self.opened(Vec::new())]
            }
            Request::Choose { .. } => Vec::new(),
            Request::Look { slice } => self.look(slice).into_iter().collect(),
            Request::Cut { plane, index, before } => {
                self.shown().and_then(|open| open.cut(plane, index, before)).into_iter().collect()
            }
            Request::Explain { slice } => {
                if let Some(open) = self.shown().filter(|open| slice < open.volume.depth()) {
                    // Only the newest wish counts: nobody waits for maps of a slice scrolled past.
                    open.explain = Some(slice);
                }
                Vec::new()
            }
            Request::Mask => self.wait_for(Waiting::Mask),
            Request::ExportNifti => self.wait_for(Waiting::Nifti),
            Request::FineTune(config) => self.fine_tune(config),
            Request::Stop => self.stop_tuning(),
            Request::Decide { keep } => self.decide(keep),
            Request::ExportModel => vec![self.export_model()],
            correction => self.correct(correction),
        }
    }

    /// The next slice to run the network on, if any: attention that was asked for, then the slice nearest to the one looked at.
    pub fn next_job(&mut self) -> Option<InferJob> {
        let open = self.series.get_mut(self.shown)?;
        let slices = &mut open.now.slices;
        let (slice, explain) = match open.explain.take() {
            Some(slice) => (slice, true),
            None => {
                let todo = (0..slices.len()).filter(|&z| slices[z] == Progress::Todo);
                (todo.min_by_key(|z| z.abs_diff(open.focus))?, false)
            }
        };
        if slices[slice] == Progress::Todo {
            slices[slice] = Progress::Running;
        }
        let (input, _) = prepare(&open.volume, slice, &self.models.now.file.passport.preprocess);
        Some(InferJob {
            opening: open.now.id,
            slice,
            explain,
            size_px: input.size_px,
            input: to_bytes(&input.channels),
        })
    }

    /// Takes in what a compute worker found on a slice; drops what belongs to a series of an earlier drop or to an earlier model.
    pub fn finish(&mut self, done: JobDone) -> Vec<Response> {
        let JobDone::Inferred { opening, slice, probability, attention } = done else { return Vec::new() };
        let preprocess = self.preprocess().clone();
        let Some(open) = slice_of(&mut self.series, opening, slice) else {
            return Vec::new();
        };
        let placement = place(&open.volume.slice(slice), &preprocess);
        let mut responses = Vec::new();
        if !attention.is_empty() {
            responses.push(explained(slice, &attention, &placement));
        }
        if !matches!(open.now.slices[slice], Progress::Done(_)) {
            let probability = from_bytes::<f32>(&probability);
            let labels = mask_of(&probability, &placement);
            open.now.mask.slice_mut(slice).copy_from_slice(&labels);
            open.now.doubt[slice] = probability.iter().map(|p| p.min(1.0 - p)).sum();
            open.now.slices[slice] = Progress::Done(labels.iter().filter(|&&label| label != 0).count());
            open.score(slice);
            responses.push(open.segmented(slice));
        }
        responses.extend(open.settle());
        self.if_shown(opening, responses)
    }

    /// Gives a job back whose worker died, to be tried once more; the second death over a slice is reported, and the slice left
    /// empty.
    pub fn give_back(&mut self, opening: u64, slice: usize) -> Vec<Response> {
        let Some(open) = slice_of(&mut self.series, opening, slice) else {
            return Vec::new();
        };
        let again = !open.now.fatal.contains(&slice);
        open.now.fatal.push(slice);
        match open.now.slices[slice] {
            // Only attention was wanted.
            Progress::Done(_) if again => open.explain = Some(slice),
            Progress::Running if again => open.now.slices[slice] = Progress::Todo,
            _ => {
                let empty = open.now.slices[slice] == Progress::Running;
                if empty {
                    open.now.slices[slice] = Progress::Failed;
                    open.score(slice);
                }
                let refusal = Refusal::new(
                    format!("Slice {}", slice + 1),
                    "the worker that computes it stopped twice, so it is left as it is",
                    "Close other tabs to free memory, then open the series again",
                );
                let mut responses = vec![Response::Failed(refusal)];
                if empty {
                    responses.push(open.segmented(slice));
                }
                responses.extend(open.settle());
                return self.if_shown(opening, responses);
            }
        }
        Vec::new()
    }

    fn preprocess(&self) -> &PreprocessConfig {
        &self.models.now.file.passport.preprocess
    }

    /// The page knows only the series it shows: what is said of another is dropped, its mask is kept.
    fn if_shown(&self, opening: u64, responses: Vec<Response>) -> Vec<Response> {
        let shown = self.series.get(self.shown).is_some_and(|open| open.now.id == opening);
        if shown { self.with_truth(responses) } else { Vec::new() }
    }

    fn shown(&mut self) -> Option<&mut Open> {
        self.series.get_mut(self.shown)
    }

    fn replace(&mut self, series: Vec<Series>, synthetic: bool) {
        self.shown = 0;
        self.listed = Vec::new();
        self.models.decide(true);
        self.series = series
            .into_iter()
            .map(|series| {
                self.predictions += 1;
                Open::new(series, self.predictions, synthetic)
            })
            .collect();
    }

    /// Every series is segmented anew, by the model that is now in use; what was found before is kept aside if `keep_old`.
    fn segment_anew(&mut self, keep_old: bool) {
        for open in &mut self.series {
            self.predictions += 1;
            let fresh = Prediction::new(self.predictions, open.volume.dims);
            let old = std::mem::replace(&mut open.now, fresh);
            open.before = keep_old.then(|| old.retire());
            open.comparing = false;
            open.proposed = None;
        }
    }

    fn opened(&self, refused: Vec<Refusal>) -> Response {
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
            why_not: Some(listed.why.clone()),
        });
        Response::Opened {
            study: open.study.clone(),
            pixels: open.pixels(),
            marks: open.marks(),
            series: series.chain(listed).collect(),
            shown: self.shown,
            refused,
        }
    }

    fn look(&mut self, slice: usize) -> Option<Response> {
        let open = self.shown().filter(|open| slice < open.volume.depth())?;
        open.focus = slice;
        Some(open.picture(slice))
    }

    fn wait_for(&mut self, what: Waiting) -> Vec<Response> {
        let Some(open) = self.shown() else {
            let hint = "Drop a slice or a series first";
            return vec![Response::Failed(Refusal::new("The mask", "no series is open", hint))];
        };
        open.waiting.push(what);
        open.settle()
    }
}

/// The series that a job belonged to, if it is still there and has that slice.
fn slice_of(series: &mut [Open], opening: u64, slice: usize) -> Option<&mut Open> {
    series.iter_mut().find(|open| open.now.id == opening && slice < open.volume.depth())
}

fn sample(seed: u64) -> Series {
    let volume = phantom(&PhantomConfig::SMALL, seed).volume;
    let note = "Synthetic: drawn by a program to try Islet out, not a scan of anybody";
    Series { name: format!("Sample {seed} (synthetic)"), volume, files: Vec::new(), notes: vec![note.into()] }
}

fn explained(slice: usize, attention: &[(usize, ByteBuf)], placement: &Placement) -> Response {
    let gates = attention.iter().map(|(size, alpha)| {
        // Raised by one before it goes onto the slice, where 0 then means "outside the input".
        let raised: Vec<f32> = from_bytes::<f32>(alpha).iter().map(|a| 1.0 + 254.0 * a.clamp(0.0, 1.0)).collect();
        ByteBuf::from(placement.restore(&raised, *size).iter().map(|a| a.round() as u8).collect::<Vec<_>>())
    });
    Response::Explained { slice, gates: gates.collect() }
}
