//! What the page, the session and the compute workers say to each other. Plain data; how it travels is the shell's business.
//!
//! The page asks the session ([`Request`], [`Response`]); the session gives slices to compute workers ([`Job`], [`JobDone`]).
//! Bulk travels as bytes (`i16` and `f32` little-endian), which a shell can hand over without copying.

use serde::{Deserialize, Serialize};

use crate::edit::Edit;
use crate::model::passport::Training;
use crate::refusal::Refusal;
use crate::tune::{Scores, Tally, TuneConfig};

/// What the page asks for. Files that are dropped reach the session's intake directly.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Request {
    /// Draw and open a synthetic phantom.
    OpenSample {
        /// Which one.
        seed: u64,
    },
    /// Show another series of the last drop.
    Choose {
        /// Index into [`Response::Opened`]'s `series`.
        series: usize,
    },
    /// The person looks at this slice: send its picture, and segment what is nearest to it first.
    Look {
        /// Slice in viewing order.
        slice: usize,
    },
    /// Send the gates' attention on this slice.
    Explain {
        /// Slice in viewing order.
        slice: usize,
    },
    /// Send the mask of the whole series in file order, once all of it is segmented.
    Mask,
    /// Send the mask as a NIfTI file on the series' grid, once all of it is segmented.
    ExportNifti,
    /// Change the mask of a slice. The page has painted it already, in the same way.
    Edit {
        /// Slice in viewing order.
        slice: usize,
        /// The change.
        edit: Edit,
        /// Whether it goes on with the last one, so that both are undone together.
        joins: bool,
    },
    /// Take a slice's mask for right, corrected or not, or no longer.
    Accept {
        /// Slice in viewing order.
        slice: usize,
        /// Whether it is right.
        accepted: bool,
    },
    /// Forget what was corrected on a slice.
    Forget {
        /// Slice in viewing order.
        slice: usize,
    },
    /// Fill the slices between corrected ones.
    Interpolate,
    /// Take back the last change, on whatever slice.
    Undo,
    /// Make it again.
    Redo,
    /// Learn from the accepted slices.
    FineTune(TuneConfig),
    /// Stop learning and offer the best so far.
    Stop,
    /// Keep the tuned model, or go back to the one before.
    Decide {
        /// Whether to keep it.
        keep: bool,
    },
    /// While a tuned model waits for that: show what the model before it said.
    Compare {
        /// Whether to show it.
        before: bool,
    },
    /// Send the model as a file.
    ExportModel,
    /// Send the series with its accepted slices as a data set for training.
    ExportCorrections,
    /// Send the corrections to be kept for later.
    SaveCorrections,
    /// Take corrections that were kept.
    RestoreCorrections {
        /// What [`Response::Corrections`] held.
        #[serde(with = "serde_bytes")]
        bytes: Vec<u8>,
    },
}

/// What a person has made of a slice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Mark {
    /// Nothing.
    #[default]
    None,
    /// A correction in work.
    Corrected,
    /// It is right, and learned from.
    Accepted,
}

/// What the session answers, and reports of itself.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Response {
    /// A model is loaded and slices can be segmented.
    Ready {
        /// Where.
        device: DeviceInfo,
        /// With what.
        model: ModelInfo,
    },
    /// Files of a drop are being read.
    Reading {
        /// Files read.
        done: usize,
        /// Files of the drop.
        total: usize,
    },
    /// A series is open.
    Opened {
        /// The series.
        study: Study,
        /// Pixels of pancreas on each of its slices that is segmented.
        pixels: Vec<Option<usize>>,
        /// What has been made of each slice.
        marks: Vec<Mark>,
        /// All series of its drop.
        series: Vec<SeriesInfo>,
        /// Which of them it is.
        shown: usize,
        /// What of the drop could not be opened.
        refused: Vec<Refusal>,
    },
    /// One slice, to look at.
    Picture {
        /// Slice in viewing order.
        slice: usize,
        /// HU as i16 little-endian, `[y, x]`.
        #[serde(with = "serde_bytes")]
        hu: Vec<u8>,
        /// One label a pixel, where the slice is segmented already.
        mask: Option<serde_bytes::ByteBuf>,
    },
    /// A slice has been segmented.
    Segmented {
        /// Slice in viewing order.
        slice: usize,
        /// Pixels of pancreas on it.
        pixels: usize,
        /// One label a pixel, `[y, x]`; only for the slice being looked at.
        mask: Option<serde_bytes::ByteBuf>,
    },
    /// Masks have changed: by a person, or because another model's are shown.
    Changed {
        /// Pixels of pancreas on each slice that has a mask.
        pixels: Vec<Option<usize>>,
        /// What has been made of each slice.
        marks: Vec<Mark>,
        /// The slice looked at, or the one that an undone change was on.
        slice: usize,
        /// Its mask, if it has one.
        mask: Option<serde_bytes::ByteBuf>,
        /// Whether there is something to undo.
        undo: bool,
        /// Whether there is something to redo.
        redo: bool,
    },
    /// The slice whose correction would teach the model most.
    CorrectNext {
        /// Slice in viewing order; `None` if there is none left.
        slice: Option<usize>,
    },
    /// A fine-tuning has begun, or gone on.
    Tuning(TuneProgress),
    /// A fine-tuning is over; its model is in use and waits for [`Request::Decide`].
    Tuned(TuneOutcome),
    /// A fine-tuning is over without a model to offer.
    NotTuned,
    /// Another model is in use.
    Model(ModelInfo),
    /// Corrections to be kept for later.
    Corrections {
        /// [`Study::key`] of the series they belong to.
        key: String,
        /// For [`Request::RestoreCorrections`].
        #[serde(with = "serde_bytes")]
        bytes: Vec<u8>,
    },
    /// The gates' attention on a slice.
    Explained {
        /// Slice in viewing order.
        slice: usize,
        /// One map per gate, deepest first, `[y, x]` on the slice's grid: 0 outside the network's input, else 1 + 254 alpha.
        gates: Vec<serde_bytes::ByteBuf>,
    },
    /// The mask of the whole series.
    Mask {
        /// `[depth, height, width]`, in file order.
        dims: [usize; 3],
        /// One label a voxel.
        #[serde(with = "serde_bytes")]
        labels: Vec<u8>,
    },
    /// A file to save.
    File {
        /// Its name.
        name: String,
        /// Its content.
        #[serde(with = "serde_bytes")]
        bytes: Vec<u8>,
    },
    /// Something could not be done. What was open stays open.
    Failed(Refusal),
}

/// How far a fine-tuning is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TuneProgress {
    /// Steps done, over all replicas.
    pub done: usize,
    /// Steps in all, over all replicas.
    pub total: usize,
    /// The loss of each step done, in the order they came.
    pub losses: Vec<f32>,
    /// The scores after each round, the first before any step.
    pub scores: Vec<Scores>,
    /// Slices learned from.
    pub learned: usize,
    /// Slices set aside.
    pub held_out: usize,
}

/// What a fine-tuning came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TuneOutcome {
    /// Scores of the model before.
    pub before: Scores,
    /// Scores of the tuned model.
    pub after: Scores,
    /// Whether the scores speak for it.
    pub better: bool,
}

/// Which device computes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceInfo {
    /// The device.
    pub kind: DeviceKind,
    /// Workers computing at once.
    pub workers: usize,
    /// Why it is not the one that was asked for, if it is not.
    pub note: Option<String>,
}

/// A kind of device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DeviceKind {
    /// The CPU, with wasm SIMD.
    Cpu,
    /// A GPU, through WebGPU.
    WebGpu,
}

/// A model, for people.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelInfo {
    /// What it learned from.
    pub training: Training,
    /// Licence and attribution.
    pub license: String,
    /// Height and width of each gate's attention map, deepest gate first.
    pub gates_px: Vec<usize>,
}

/// The series that is open.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Study {
    /// Names it by its content; the same for the same images.
    pub key: String,
    /// Name, for people.
    pub name: String,
    /// Its file, or the folder of its files.
    pub source: String,
    /// `[depth, height, width]`, in viewing order.
    pub dims: [usize; 3],
    /// `[z, y, x]` in viewing order; unknown for a picture.
    pub spacing_mm: Option<[f64; 3]>,
    /// Volume of a voxel; unknown for a picture.
    pub voxel_mm3: Option<f64>,
    /// Whether pixels are Hounsfield units.
    pub calibrated: bool,
    /// Whether it was drawn and not scanned.
    pub synthetic: bool,
    /// Slice to show first.
    pub first_slice: usize,
    /// Sentences about the series that a reader should know.
    pub notes: Vec<String>,
}

/// A series of a drop.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeriesInfo {
    /// Name, for people.
    pub name: String,
    /// Its file, or the folder of its files.
    pub source: String,
    /// Number of slices.
    pub slices: usize,
}

/// What a compute worker hears.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Job {
    /// Put this model on your device; the first message.
    Load {
        /// The model file.
        #[serde(with = "serde_bytes")]
        model: Vec<u8>,
    },
    /// Run the network on one input.
    Infer(InferJob),
    /// Make a replica of the model and learn with it.
    Tune(TuneJob),
    /// Score, and learn for a round.
    Round(RoundJob),
}

/// What a replica learns from.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TuneJob {
    /// What it is told.
    pub config: TuneConfig,
    /// Which replica it is.
    pub replica: usize,
    /// [`Material`](crate::tune::material::Material) as bytes.
    #[serde(with = "serde_bytes")]
    pub material: Vec<u8>,
}

/// One round of one replica: score with the weights given, then take some steps.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RoundJob {
    /// Weights to go on from, f32 little-endian in the order of their names; empty for those it has.
    #[serde(with = "serde_bytes")]
    pub weights: Vec<u8>,
    /// The first step.
    pub from: usize,
    /// The step after the last.
    pub until: usize,
}

/// One slice to run the network on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct InferJob {
    /// Which opening of a series this belongs to; answers to an older one are dropped.
    pub opening: u64,
    /// Slice in viewing order.
    pub slice: usize,
    /// Whether attention maps are wanted.
    pub explain: bool,
    /// Height and width of the input.
    pub size_px: usize,
    /// `[3, size, size]`, f32 little-endian.
    #[serde(with = "serde_bytes")]
    pub input: Vec<u8>,
}

/// What a compute worker answers.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum JobDone {
    /// The model is on the device.
    Loaded,
    /// One slice is done.
    Inferred {
        /// As in the job.
        opening: u64,
        /// As in the job.
        slice: usize,
        /// `[size, size]`, f32 little-endian.
        #[serde(with = "serde_bytes")]
        probability: Vec<u8>,
        /// One per gate if asked for, deepest first: its size, and `[size, size]` f32 little-endian.
        attention: Vec<(usize, serde_bytes::ByteBuf)>,
    },
    /// The replica is ready.
    Prepared,
    /// A replica has scored; more follows.
    Scored(Tally),
    /// A replica has taken a step; more follows.
    Stepped {
        /// The loss before the step.
        loss: f32,
    },
    /// A replica's round is over.
    Trained {
        /// Its weights, f32 little-endian in the order of their names; empty if it took no step.
        #[serde(with = "serde_bytes")]
        weights: Vec<u8>,
    },
    /// It could not be done.
    Failed(Refusal),
}

impl JobDone {
    /// Whether the worker is still at work on the same job.
    pub fn more_follows(&self) -> bool {
        matches!(self, Self::Scored(_) | Self::Stepped { .. })
    }
}

/// Numbers as little-endian bytes.
pub fn to_bytes<T: bytemuck::NoUninit>(values: &[T]) -> Vec<u8> {
    bytemuck::cast_slice(values).to_vec()
}

/// Little-endian bytes as numbers; whatever does not fill a number at the end is left out.
pub fn from_bytes<T: bytemuck::AnyBitPattern>(bytes: &[u8]) -> Vec<T> {
    bytes.chunks_exact(size_of::<T>()).map(bytemuck::pod_read_unaligned).collect()
}
