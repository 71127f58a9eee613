//! What runs a model of whole volumes in a compute worker.

use burn::tensor::Device;
use js_sys::Reflect;

use super::clock::now_ms;
use super::device::AdapterFacts;
use crate::core::error::UserError;
use crate::core::i18n::messages::WebMessage;
use crate::nn::device::NetworkDevice;
use crate::nn::volume::{EngineChoice, VolumeError, VolumeModel, VolumeModelFile, trial_deviation};

/// Further than this from the CPU's results, as a share of the largest value, a device is not trusted. Its rounding alone
/// stays below a tenth of it.
const MOST_DEVIATION: f32 = 1e-3;

const MIB: usize = 1 << 20;

/// The model on this worker's device. If that is not the CPU, a small patch must give what the CPU gives, and a GPU that
/// takes longer for it than the CPU is left to models of slices.
///
/// # Errors
/// A device that cannot hold the model, fails, or computes something else.
pub(super) async fn volume_model(file: VolumeModelFile, device: &Device) -> Result<VolumeModel, UserError> {
    if *device == Device::flex() {
        return Ok(VolumeModel::new(file));
    }
    let wrong = |reason| UserError::new(WebMessage::TheDevice, reason, WebMessage::CpuComputesInstead);
    let adapter = AdapterFacts::ask().await;
    let (needed, most) = (file.largest_buffer_bytes(), adapter.most_buffer_bytes);
    if needed > most {
        return Err(wrong(WebMessage::BufferTooLarge { mib: needed.div_ceil(MIB), most: most / MIB }));
    }
    let on_cpu = VolumeModel::new(file.clone());
    let device = NetworkDevice { device: device.clone(), most_buffer_bytes: most };
    let model = VolumeModel::on(file, &EngineChoice::Device(device));
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
    if adapter.is_software {
        return Ok(model);
    }
    // The first trial compiled the kernels.
    let begun_ms = now_ms();
    model.trial().await.map_err(failed)?;
    Ok(if now_ms() - begun_ms <= cpu_ms { model } else { on_cpu })
}
