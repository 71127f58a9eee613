//! What runs a network on one patch: our own kernels on the CPU, or a device of Burn's.

use burn::tensor::{Device, ExecutionError};

use crate::core::error::UserError;
use crate::nn::cpu::{CpuNetwork, FeatureRows};
use crate::nn::device::{DeviceNetwork, NetworkDevice};
use crate::nn::model::state_dict::StateDict;
use crate::nn::network::NetworkGraph;

/// Where the networks of a model of volumes run.
#[derive(Clone, Debug)]
pub enum EngineChoice {
    /// On the CPU.
    Cpu,
    /// On a device of Burn's.
    Device(NetworkDevice),
}

impl EngineChoice {
    /// Our own kernels if `device` is the CPU, else that device. For use outside of a browser.
    pub fn of_desktop(device: &Device) -> Self {
        if *device == Device::flex() { Self::Cpu } else { Self::Device(NetworkDevice::of_desktop(device)) }
    }
}

/// A network, and what runs it on a patch.
#[derive(Clone, Debug)]
#[allow(clippy::large_enum_variant)] // There are a few per model.
pub(super) enum PatchEngine {
    /// Our own kernels, whose results are ready at once.
    Cpu(CpuNetwork),
    /// A device, whose results are waited for.
    Device(DeviceNetwork),
}

/// Why a scan was not segmented.
#[derive(Debug, thiserror::Error)]
pub enum VolumeError {
    /// The scan does not suit the model.
    #[error(transparent)]
    Scan(#[from] UserError),
    /// The device failed. It never does on the CPU.
    #[error("the device failed: {0:?}")]
    Device(ExecutionError),
}

impl PatchEngine {
    pub(super) fn new(graph: &NetworkGraph, state: &StateDict, choice: &EngineChoice) -> Self {
        match choice {
            EngineChoice::Cpu => Self::Cpu(CpuNetwork::new(graph, state)),
            EngineChoice::Device(device) => Self::Device(DeviceNetwork::new(graph, state, device)),
        }
    }

    /// The maps before the head of a patch, `[channels, z, y, x]` with the sides `dims`, and the attention.
    pub(super) async fn features(&self, patch: &[f32], dims: [usize; 3]) -> Result<FeatureRows, VolumeError> {
        match self {
            Self::Cpu(network) => Ok(network.features(patch, dims)),
            Self::Device(network) => network.features(patch, dims).await.map_err(VolumeError::Device),
        }
    }

    /// The logits, `[voxels, classes]`, of such maps, always on the CPU.
    pub(super) fn classify(&self, features: &[f32]) -> Vec<f32> {
        match self {
            Self::Cpu(network) => network.classify(features),
            Self::Device(network) => network.head().classify(features),
        }
    }
}
