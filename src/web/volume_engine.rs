//! What runs a model of whole volumes in a compute worker.

use std::ops::Range;
use std::sync::Arc;

use burn::tensor::Device;
use js_sys::Reflect;

use super::clock::now_ms;
use super::device::AdapterFacts;
use crate::core::error::UserError;
use crate::core::i18n::messages::WebMessage;
use crate::core::volume::Volume;
use crate::nn::device::NetworkDevice;
use crate::nn::volume::{
    EngineChoice, PatchProgress, SegmentedVolume, StoredVolumeModel, VolumeError, VolumeModel, VolumeModelFile,
    trial_deviation,
};

/// Further than this from the CPU's results, as a share of the largest value, a device is not trusted. Its rounding alone
/// stays below a tenth of it.
const MOST_DEVIATION: f32 = 1e-3;

const MIB: usize = 1 << 20;

/// What a job for a series has found.
pub(super) enum VolumeFinding {
    /// The region in which the second network segments, `[z, y, x]` in file order.
    Region([Range<usize>; 3]),
    /// Organs.
    Segmented(SegmentedVolume),
}

/// A model of whole volumes, and where it runs.
pub(super) enum VolumeEngine {
    /// On the CPU, network by network. It is used up by a segmentation, as the worker is.
    OnCpu(StoredVolumeModel),
    /// On a GPU.
    OnDevice {
        /// The model.
        model: VolumeModel,
        /// The GPU.
        device: NetworkDevice,
        /// The model's file, if it has gates: one that is held open makes another network.
        gated_file: Option<Arc<Vec<u8>>>,
    },
}

impl VolumeEngine {
    /// Refuses a scan, or with `is_region` its region, whose segmentation takes more than `most_bytes`.
    ///
    /// # Errors
    /// Such a scan, with the figures.
    pub(super) fn check_memory(&self, volume: &Volume, is_region: bool, most_bytes: usize) -> Result<(), UserError> {
        match self {
            Self::OnCpu(model) => model.check_memory(volume, is_region, most_bytes),
            Self::OnDevice { model, .. } => model.check_memory(volume, most_bytes),
        }
    }

    /// Does a job for a series: segments it, with the probability of the job's organ, and attention; or, on the CPU, finds the
    /// region in which the model's second network segments. With `open_gate` that gate of the last network is held open.
    ///
    /// # Errors
    /// Those of [`VolumeModel::segment`].
    pub(super) async fn run(
        self,
        volume: Volume,
        organ: u8,
        is_region: bool,
        open_gate: Option<usize>,
        progress: impl FnMut(PatchProgress),
    ) -> Result<VolumeFinding, VolumeError> {
        let engine = match open_gate {
            Some(gate) => self.with_open_gate(gate)?,
            None => self,
        };
        let segmented = match engine {
            Self::OnCpu(model) if is_region => model.segment_region(volume, organ, progress).await,
            Self::OnCpu(model) if model.finds_region() => {
                return model.find_region(volume, progress).await.map(VolumeFinding::Region);
            }
            Self::OnCpu(model) => model.segment_explained(volume, organ, progress).await,
            Self::OnDevice { model, .. } => model.segment_explained(volume, organ, progress).await,
        };
        segmented.map(VolumeFinding::Segmented)
    }

    fn with_open_gate(self, gate: usize) -> Result<Self, UserError> {
        let (device, gated_file) = match self {
            Self::OnCpu(model) => return model.with_open_gate(gate).map(Self::OnCpu),
            Self::OnDevice { device, gated_file, .. } => (device, gated_file),
        };
        let file = VolumeModelFile::read(&gated_file.unwrap_or_default())?;
        let model = VolumeModel::with_open_gate(file, &EngineChoice::Device(device.clone()), gate)?;
        Ok(Self::OnDevice { model, device, gated_file: None })
    }
}

/// The model of a file on this worker's device. If that is not the CPU, a small patch must give what the CPU gives, and a GPU
/// that takes longer for it than the CPU is left to models of slices.
///
/// # Errors
/// What is no model of volumes; a device that cannot hold the model, fails, or computes something else.
pub(super) async fn volume_engine(bytes: Arc<Vec<u8>>, device: &Device) -> Result<VolumeEngine, UserError> {
    if *device == Device::flex() {
        return StoredVolumeModel::new(bytes).map(VolumeEngine::OnCpu);
    }
    let file = VolumeModelFile::read(&bytes)?;
    let wrong = |reason| UserError::new(WebMessage::TheDevice, reason, WebMessage::CpuComputesInstead);
    let adapter = AdapterFacts::ask().await;
    let (needed, most) = (file.largest_buffer_bytes(), adapter.most_buffer_bytes);
    if needed > most {
        return Err(wrong(WebMessage::BufferTooLarge { mib: needed.div_ceil(MIB), most: most / MIB }));
    }
    let on_cpu = VolumeModel::new(file.clone());
    let device = NetworkDevice { device: device.clone(), most_buffer_bytes: most };
    let has_gates = !file.gates_px().is_empty();
    let model = VolumeModel::on(file, &EngineChoice::Device(device.clone()));
    let failed = |error| match error {
        VolumeError::Scan(error) => error,
        VolumeError::Device(error) => wrong(WebMessage::NetworkFailedOnDevice { why: format!("{error:?}") }),
    };
    let begun_ms = now_ms();
    let expected = on_cpu.trial().await.map_err(failed)?;
    let cpu_ms = now_ms() - begun_ms;
    let deviation = trial_deviation(&model.trial().await.map_err(failed)?, &expected);
    // For the browser's tests and tools: what was found, in the worker's own scope.
    Reflect::set(&js_sys::global(), &"isletDeviationFromCpu".into(), &deviation.into()).ok();
    if deviation > MOST_DEVIATION {
        return Err(wrong(WebMessage::ResultsDiffer));
    }
    let gated_file = has_gates.then(|| bytes.clone());
    if adapter.is_software {
        return Ok(VolumeEngine::OnDevice { model, device, gated_file });
    }
    // The first trial compiled the kernels.
    let begun_ms = now_ms();
    model.trial().await.map_err(failed)?;
    drop(on_cpu);
    if now_ms() - begun_ms <= cpu_ms {
        Ok(VolumeEngine::OnDevice { model, device, gated_file })
    } else {
        StoredVolumeModel::new(bytes).map(VolumeEngine::OnCpu)
    }
}
