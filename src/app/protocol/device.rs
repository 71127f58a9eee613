//! The device and the model that compute, for the page.

use serde::{Deserialize, Serialize};

use crate::core::i18n::messages::Message;
use crate::nn::model::metadata::Training;

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

/// A model, for people.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelInfo {
    /// The training of the model.
    pub training: Training,
    /// Licence and attribution.
    pub license: String,
    /// Height and width of each gate's attention map, deepest gate first.
    pub gates_px: Vec<usize>,
    /// The organs that it distinguishes, if there are several; the page shows the pancreas.
    pub organs: Vec<String>,
}
