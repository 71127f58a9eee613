//! The device that computes and the model in use, for people.

use serde::{Deserialize, Serialize};

use crate::nn::model::metadata::Training;

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
    /// The organs it tells apart, where there are several: the page shows the pancreas.
    pub organs: Vec<String>,
}
