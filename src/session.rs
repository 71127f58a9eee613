//! The engine behind the page: a series, its masks, and which slice to segment next. No JavaScript, no threads, no clock.
//!
//! A shell feeds it requests and finished jobs, and carries its responses and jobs to where they belong. Nothing that fails here
//! touches what is already open.

use serde_bytes::ByteBuf;

use crate::formats::{Contents, Series, nifti};
use crate::infer::mask_of;
use crate::mask::Mask;
use crate::phantom::{PhantomConfig, phantom};
use crate::preprocess::{Placement, PreprocessConfig, place, prepare};
use crate::protocol::{InferJob, JobDone, Request, Response, SeriesInfo, Study, from_bytes, to_bytes};
use crate::refusal::Refusal;
use crate::volume::{Orientation, Volume};

/// State of the page's work.
#[derive(Debug)]
pub struct Session {
    preprocess: PreprocessConfig,
    /// The series of the last drop that held any, largest first; each keeps its mask while another is shown.
    series: Vec<Open>,
    shown: usize,
    openings: u64,
}

/// A series of the drop.
#[derive(Debug)]
struct Open {
    /// Unlike that of any other series of this session.
    id: u64,
    study: Study,
    volume: Volume,
    orientation: Orientation,
    file_dims: [usize; 3],
    mask: Mask,
    slices: Vec<Progress>,
    /// Slices over which a compute worker has died once.
    fatal: Vec<usize>,
    /// A slice whose attention is wanted.
    explain: Option<usize>,
    focus: usize,
    waiting: Vec<Waiting>,
}

/// How far one slice is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Progress {
    Todo,
    Running,
    /// With this many pixels of pancreas.
    Done(usize),
    /// Compute workers died twice over it.
    Failed,
}

/// What is to be sent once every slice is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Waiting {
    Mask,
    Nifti,
}

impl Session {
    /// An empty session for a model with this preprocessing.
    pub fn new(preprocess: PreprocessConfig) -> Self {
        Self { preprocess, series: Vec::new(), shown: 0, openings: 0 }
    }

    /// Opens the largest series of a drop and offers the others; keeps what is open if there is none.
    pub fn open(&mut self, contents: Contents) -> Vec<Response> {
        if contents.series.is_empty() {
            let refusal = contents.refused.into_iter().next().unwrap_or_else(|| {
                Refusal::new(
                    "What was dropped",
                    "it holds no CT series; DICOM slices, a NIfTI volume, a PNG or a JPEG were expected",
                    "Drop the folder with the slices of one series, or a single image",
                )
            });
            return vec![Response::Failed(refusal)];
        }
        self.replace(contents.series, false);
        vec![self.opened(contents.refused)]
    }

    /// Answers one request.
    pub fn handle(&mut self, request: Request) -> Vec<Response> {
        match request {
            Request::OpenSample { seed } => {
                self.replace(vec![sample(seed)], true);
                vec![self.opened(Vec::new())]
            }
            Request::Choose { series } if series < self.series.len() => {
                self.shown = series;
                vec![self.opened(Vec::new())]
            }
            Request::Look { slice } => self.look(slice).into_iter().collect(),
            Request::Explain { slice } => {
                if let Some(open) = self.shown().filter(|open| slice < open.volume.depth()) {
                    // Only the newest wish counts: nobody waits for maps of a slice scrolled past.
                    open.explain = Some(slice);
                }
                Vec::new()
            }
            Request::Mask => self.wait_for(Waiting::Mask),
            Request::ExportNifti => self.wait_for(Waiting::Nifti),
            Request::Choose { .. } => Vec::new(),
        }
    }

    /// The next slice to run the network on, if any: attention that was asked for, then the slice nearest to the one looked at.
    pub fn next_job(&mut self) -> Option<InferJob> {
        let open = self.series.get_mut(self.shown)?;
        let (slice, explain) = match open.explain.take() {
            Some(slice) => (slice, true),
            None => {
                let todo = (0..open.slices.len()).filter(|&z| open.slices[z] == Progress::Todo);
                (todo.min_by_key(|z| z.abs_diff(open.focus))?, false)
            }
        };
        if open.slices[slice] == Progress::Todo {
            open.slices[slice] = Progress::Running;
        }
        let (input, _) = prepare(&open.volume, slice, &self.preprocess);
        Some(InferJob { opening: open.id, slice, explain, size_px: input.size_px, input: to_bytes(&input.channels) })
    }

    /// Takes in what a compute worker found; drops what belongs to a series of an earlier drop.
    pub fn finish(&mut self, done: JobDone) -> Vec<Response> {
        let JobDone::Inferred { opening, slice, probability, attention } = done else { return Vec::new() };
        let Some(open) = slice_of(&mut self.series, opening, slice) else {
            return Vec::new();
        };
        let placement = place(&open.volume.slice(slice), &self.preprocess);
        let mut responses = Vec::new();
        if !attention.is_empty() {
            responses.push(explained(slice, &attention, &placement));
        }
        if !matches!(open.slices[slice], Progress::Done(_)) {
            let labels = mask_of(&from_bytes::<f32>(&probability), &placement);
            open.mask.slice_mut(slice).copy_from_slice(&labels);
            let pixels = labels.iter().filter(|&&label| label != 0).count();
            open.slices[slice] = Progress::Done(pixels);
            let mask = (slice == open.focus).then(|| ByteBuf::from(labels));
            responses.push(Response::Segmented { slice, pixels, mask });
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
        let again = !open.fatal.contains(&slice);
        open.fatal.push(slice);
        match open.slices[slice] {
            // Only attention was wanted.
            Progress::Done(_) if again => open.explain = Some(slice),
            Progress::Running if again => open.slices[slice] = Progress::Todo,
            _ => {
                let empty = open.slices[slice] == Progress::Running;
                if empty {
                    open.slices[slice] = Progress::Failed;
                }
                let refusal = Refusal::new(
                    format!("Slice {}", slice + 1),
                    "the worker that computes it stopped twice, so it is left as it is",
                    "Close other tabs to free memory, then open the series again",
                );
                let mut responses = vec![Response::Failed(refusal)];
                if empty {
                    responses.push(Response::Segmented { slice, pixels: 0, mask: None });
                }
                responses.extend(open.settle());
                return self.if_shown(opening, responses);
            }
        }
        Vec::new()
    }

    /// The page knows only the series it shows: what is said of another is dropped, its mask is kept.
    fn if_shown(&self, opening: u64, responses: Vec<Response>) -> Vec<Response> {
        let shown = self.series.get(self.shown).is_some_and(|open| open.id == opening);
        if shown { responses } else { Vec::new() }
    }

    fn shown(&mut self) -> Option<&mut Open> {
        self.series.get_mut(self.shown)
    }

    fn replace(&mut self, series: Vec<Series>, synthetic: bool) {
        self.shown = 0;
        self.series = series
            .into_iter()
            .map(|series| {
                self.openings += 1;
                Open::new(series, self.openings, synthetic)
            })
            .collect();
    }

    fn opened(&self, refused: Vec<Refusal>) -> Response {
        let open = &self.series[self.shown];
        let pixels = open.slices.iter().map(|progress| match progress {
            Progress::Done(pixels) => Some(*pixels),
            Progress::Failed => Some(0),
            Progress::Todo | Progress::Running => None,
        });
        let series = self.series.iter().map(|open| SeriesInfo {
            name: open.study.name.clone(),
            source: open.study.source.clone(),
            slices: open.volume.depth(),
        });
        Response::Opened {
            study: open.study.clone(),
            pixels: pixels.collect(),
            series: series.collect(),
            shown: self.shown,
            refused,
        }
    }

    fn look(&mut self, slice: usize) -> Option<Response> {
        let open = self.shown().filter(|open| slice < open.volume.depth())?;
        open.focus = slice;
        let done = matches!(open.slices[slice], Progress::Done(_));
        let mask = done.then(|| ByteBuf::from(open.mask.slice(slice).to_vec()));
        Some(Response::Picture { slice, hu: to_bytes(open.volume.slice(slice).hu), mask })
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
    series.iter_mut().find(|open| open.id == opening && slice < open.volume.depth())
}

impl Open {
    fn new(series: Series, id: u64, synthetic: bool) -> Self {
        let file_dims = series.volume.dims;
        let orientation = series.volume.geometry.as_ref().map_or(Orientation::IDENTITY, Orientation::axial);
        let volume = orientation.view_volume(series.volume);
        let depth = volume.depth();
        let study = Study {
            source: source(&series.files),
            name: series.name,
            dims: volume.dims,
            spacing_mm: volume.geometry.map(|g| g.spacing_mm()),
            voxel_mm3: volume.geometry.map(|g| g.voxel_mm3()),
            calibrated: volume.calibrated,
            synthetic,
            first_slice: depth / 2,
            notes: series.notes,
        };
        Self {
            id,
            study,
            mask: Mask::empty(volume.dims),
            volume,
            orientation,
            file_dims,
            slices: vec![Progress::Todo; depth],
            fatal: Vec::new(),
            explain: None,
            focus: depth / 2,
            waiting: Vec::new(),
        }
    }

    /// What can be sent now that was waiting for the last slice.
    fn settle(&mut self) -> Vec<Response> {
        if self.slices.iter().any(|p| matches!(p, Progress::Todo | Progress::Running)) {
            return Vec::new();
        }
        let waiting = std::mem::take(&mut self.waiting);
        waiting.into_iter().map(|what| self.deliver(what)).collect()
    }

    fn deliver(&self, what: Waiting) -> Response {
        let file_mask = self.mask.restore(&self.orientation, self.file_dims);
        match what {
            Waiting::Mask => Response::Mask { dims: file_mask.dims, labels: file_mask.labels },
            Waiting::Nifti => {
                // The mask lies on the file's grid, so the file's geometry goes with it.
                let geometry = self.volume.geometry.map(|g| self.orientation.file_geometry(&g, self.file_dims));
                let name: String = self.study.name.chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).collect();
                let bytes = nifti::write_mask(&file_mask, geometry.as_ref());
                Response::File { name: format!("{name}_pancreas.nii.gz"), bytes }
            }
        }
    }
}

/// Where a series came from, for people: its file, or the folder of its files.
fn source(files: &[String]) -> String {
    let parts = |file: &str| file.split('/').map(str::to_owned).collect::<Vec<_>>();
    match files {
        [] => String::new(),
        [file] => parts(file).pop().unwrap_or_default(),
        [first, ..] => parts(first).iter().rev().nth(1).cloned().unwrap_or_else(|| format!("{} files", files.len())),
    }
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
