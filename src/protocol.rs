//! What the page, the session and the compute workers say to each other. Plain data; how it travels is the shell's business.
//!
//! The page asks the session ([`Request`], [`Response`]); the session gives slices to compute workers ([`Job`], [`JobDone`]).
//! Bulk travels as bytes (`i16` and `f32` little-endian), which a shell can hand over without copying.

use serde::{Deserialize, Serialize};

use crate::model::passport::Training;
use crate::refusal::Refusal;

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
    /// It could not be done.
    Failed(Refusal),
}

/// Numbers as little-endian bytes.
pub fn to_bytes<T: bytemuck::NoUninit>(values: &[T]) -> Vec<u8> {
    bytemuck::cast_slice(values).to_vec()
}

/// Little-endian bytes as numbers; whatever does not fill a number at the end is left out.
pub fn from_bytes<T: bytemuck::AnyBitPattern>(bytes: &[u8]) -> Vec<T> {
    bytes.chunks_exact(size_of::<T>()).map(bytemuck::pod_read_unaligned).collect()
}
