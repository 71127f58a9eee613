//! The device and the model that compute, for the page.

use serde::{Deserialize, Serialize};

use crate::core::i18n::messages::Message;
use crate::nn::model::metadata::Training;
use crate::nn::volume::ModelSource;

/// The device that computes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceInfo {
    /// The kind of device.
    pub kind: DeviceKind,
    /// The number of compute workers.
    pub workers: usize,
    /// The reason why it is not the requested one.
    pub note: Option<Message>,
}

/// A kind of device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DeviceKind {
    /// The CPU, with wasm SIMD.
    Cpu,
    /// A GPU, through WebGPU.
    WebGpu,
}

/// What a model segments at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ModelKind {
    /// A slice, with a probability for each pixel.
    Slices,
    /// The whole series, with a label for each voxel.
    Volumes,
}

/// A model, for people.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelInfo {
    /// SHA-256 of its file, in hexadecimal digits.
    pub sha256: String,
    /// What it segments at a time.
    pub kind: ModelKind,
    /// The training of the model.
    pub training: Training,
    /// Licence and attribution.
    pub license: String,
    /// Height and width of each gate's attention map, deepest gate first.
    pub gates_px: Vec<usize>,
    /// The organs that it distinguishes, if there are several; the page shows the pancreas.
    pub organs: Vec<String>,
    /// The models of other programs that it was imported from.
    pub sources: Vec<ModelSource>,
    /// Remarks on the import for the reader, without final stops.
    pub notes: Vec<Message>,
}

impl ModelInfo {
    /// The data sets of the models that it was imported from; `None` for a model that was trained by Islet.
    pub fn imported_name(&self) -> Option<String> {
        let names: Vec<&str> = self.sources.iter().map(|source| source.dataset.as_str()).collect();
        (!names.is_empty()).then(|| names.join(" + "))
    }

    /// True if the licence says that the model is not for commercial use, as "CC BY-NC 4.0" does.
    pub fn is_not_commercial(&self) -> bool {
        let mut words = self.license.split(|c: char| !c.is_ascii_alphanumeric());
        let lower = self.license.to_lowercase();
        words.any(|word| word == "NC") || lower.contains("non-commercial") || lower.contains("noncommercial")
    }
}
