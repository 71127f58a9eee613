//! `--device`: the choice of a backend among those compiled in.

use burn::tensor::{Device, ExecutionError};
use clap::ValueEnum;

use crate::nn::volume::VolumeError;

/// The device to compute on.
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

/// Numbers of devices, written as `0,1`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceList(pub Vec<usize>);

impl std::str::FromStr for DeviceList {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("found `{text}`, expected numbers of devices such as 0,1");
        let numbers = text.split(',').map(|part| part.trim().parse().map_err(|_| wrong()));
        let numbers = numbers.collect::<Result<Vec<usize>, _>>()?;
        let twice = (1..numbers.len()).any(|i| numbers[..i].contains(&numbers[i]));
        if twice || numbers.len() > 64 { Err(wrong()) } else { Ok(Self(numbers)) }
    }
}

/// The error for a device that this build does not have. Exit code 4.
#[derive(Debug, thiserror::Error)]
#[error("--device {asked} is not in this build: {hint}")]
pub struct NoDevice {
    asked: &'static str,
    hint: &'static str,
}

/// The error for a computation that the device could not finish.
pub fn failed(error: ExecutionError) -> anyhow::Error {
    anyhow::anyhow!("the device failed: {error:?}")
}

/// The error for a scan that a model of volumes did not segment.
pub fn not_segmented(error: VolumeError) -> anyhow::Error {
    match error {
        VolumeError::Scan(error) => error.into(),
        VolumeError::Device(error) => failed(error),
    }
}

/// The first device of the chosen kind.
///
/// # Errors
/// A backend that was not compiled in.
pub fn open(choice: DeviceChoice) -> Result<Device, NoDevice> {
    open_number(choice, None)
}

/// The devices of a kind with these numbers. The CPU is a single device, so it is repeated once for
/// each number.
///
/// # Errors
/// A backend that was not compiled in.
pub fn open_all(choice: DeviceChoice, numbers: &DeviceList) -> Result<Vec<Device>, NoDevice> {
    numbers.0.iter().map(|&number| open_number(choice, Some(number))).collect()
}

fn open_number(choice: DeviceChoice, number: Option<usize>) -> Result<Device, NoDevice> {
    match choice {
        DeviceChoice::Auto => Ok(cuda(number).or_else(|_| vulkan(number)).unwrap_or_else(|_| Device::flex())),
        DeviceChoice::Cpu => Ok(Device::flex()),
        DeviceChoice::Vulkan => vulkan(number),
        DeviceChoice::Cuda => cuda(number),
    }
}

#[cfg(feature = "cuda")]
fn cuda(number: Option<usize>) -> Result<Device, NoDevice> {
    Ok(Device::cuda(number.unwrap_or(0)))
}

#[cfg(not(feature = "cuda"))]
fn cuda(_: Option<usize>) -> Result<Device, NoDevice> {
    Err(NoDevice { asked: "cuda", hint: "build with `cargo build --release --features cuda`" })
}

#[cfg(feature = "vulkan")]
fn vulkan(number: Option<usize>) -> Result<Device, NoDevice> {
    use burn::tensor::DeviceKind;
    Ok(Device::vulkan(number.map_or(DeviceKind::DefaultDevice, DeviceKind::DiscreteGpu)))
}

#[cfg(not(feature = "vulkan"))]
fn vulkan(_: Option<usize>) -> Result<Device, NoDevice> {
    Err(NoDevice { asked: "vulkan", hint: "build with `cargo build --release --features vulkan`" })
}
