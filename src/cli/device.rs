//! `--device`: which of the compiled-in backends computes.

use burn::tensor::{Device, ExecutionError};
use clap::ValueEnum;

/// Where to compute.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum DeviceChoice {
    /// The first of CUDA and Vulkan that was compiled in, else the CPU.
    #[default]
    Auto,
    /// The CPU.
    Cpu,
    /// A GPU through Vulkan (build with `--features vulkan`).
    Vulkan,
    /// An NVIDIA GPU (build with `--features cuda`).
    Cuda,
}

/// A device that was asked for and is not there.
#[derive(Debug, thiserror::Error)]
#[error("--device {asked} is not in this build: {hint}")]
pub struct NoDevice {
    asked: &'static str,
    hint: &'static str,
}

/// A computation that the device could not finish.
pub fn failed(error: ExecutionError) -> anyhow::Error {
    anyhow::anyhow!("the device failed: {error:?}")
}

/// The chosen device.
pub fn open(choice: DeviceChoice) -> Result<Device, NoDevice> {
    match choice {
        DeviceChoice::Auto => Ok(cuda().or_else(|_| vulkan()).unwrap_or_else(|_| Device::flex())),
        DeviceChoice::Cpu => Ok(Device::flex()),
        DeviceChoice::Vulkan => vulkan(),
        DeviceChoice::Cuda => cuda(),
    }
}

#[cfg(feature = "cuda")]
fn cuda() -> Result<Device, NoDevice> {
    Ok(Device::cuda(0))
}

#[cfg(not(feature = "cuda"))]
fn cuda() -> Result<Device, NoDevice> {
    Err(NoDevice { asked: "cuda", hint: "build with `cargo run --release --features cuda --bin ...`" })
}

#[cfg(feature = "vulkan")]
fn vulkan() -> Result<Device, NoDevice> {
    Ok(Device::vulkan(burn::tensor::DeviceKind::DefaultDevice))
}

#[cfg(not(feature = "vulkan"))]
fn vulkan() -> Result<Device, NoDevice> {
    Err(NoDevice { asked: "vulkan", hint: "build with `cargo run --release --features vulkan --bin ...`" })
}
