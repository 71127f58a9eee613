//! Times training steps of a preset on arbitrary slices: `benches/training_step.py` calls it.
//!
//! ```sh
//! cargo run --release --example time_training -- islet kernels
//! ```
//!
//! Steps on six slices of 160 x 160 pixels, by our own kernels or by Burn's automatic differentiation, or, in a
//! build with `--features vulkan` or `cuda`, on a GPU: `vulkan`, `cuda`. `2 96` after it asks for two slices of
//! 96 x 96 pixels.
//! Prints the seconds of forward pass, backward pass and optimizer for each of six steps after two others,
//! the losses of the first steps, and the memory at its peak.

use std::time::Instant;

use anyhow::{Result, bail};
use burn::tensor::{Device, Tensor, TensorData};
use islet::cli::device::{DeviceChoice, open};
use islet::nn::batch::Batch;
use islet::nn::model::Preset;
use islet::nn::train::TrainState;

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [name, engine, size @ ..] = &args[..] else {
        bail!("usage: time_training PRESET kernels|autodiff|vulkan|cuda [SLICES SIDE]")
    };
    let [slices, side] = match size {
        [slices, side] => [slices.parse()?, side.parse()?],
        _ => [6, 160],
    };
    let Some(preset) =
        [Preset::Islet, Preset::Article, Preset::Unet, Preset::Tiny].into_iter().find(|p| p.name() == name)
    else {
        bail!("{name} is none of islet, article, unet and tiny")
    };
    let choice = match engine.as_str() {
        "vulkan" => DeviceChoice::Vulkan,
        "cuda" => DeviceChoice::Cuda,
        _ => DeviceChoice::Cpu,
    };
    let device = open(choice)?.autodiff();
    let mut training = TrainState::new(preset.config().init(&device));
    if engine == "autodiff" {
        training = training.with_autodiff();
    }
    for step in 0..8 {
        let mut last = Instant::now();
        let mut seconds = Vec::new();
        let (next, loss) = training.step_timed(batch([slices, side], &device), 1e-3, |_| {
            device.sync().expect("the device works");
            seconds.push(format!("{:.3}", last.elapsed().as_secs_f64()));
            last = Instant::now();
        });
        training = next;
        let loss = loss.into_scalar::<f32>();
        if step >= 2 {
            println!("{} {loss:.4}", seconds.join(" "));
        }
    }
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    println!("{}", status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or_default());
    Ok(())
}

/// Noise with a bright square, which is the target.
fn batch([slices, side]: [usize; 2], device: &Device) -> Batch {
    let square = |i: usize| (side / 4..side / 2).contains(&i);
    let is_inside = |i: usize| square(i % side) && square(i / side % side);
    let noise = |i: usize| (i.wrapping_mul(2_654_435_761) >> 8 & 1023) as f32 / 1024.0;
    let inputs = (0..slices * 3 * side * side).map(|i| noise(i) + f32::from(is_inside(i))).collect::<Vec<f32>>();
    let targets = (0..slices * side * side).map(|i| f32::from(is_inside(i))).collect::<Vec<f32>>();
    Batch {
        inputs: Tensor::from_data(TensorData::new(inputs, [slices, 3, side, side]), device),
        targets: Tensor::from_data(TensorData::new(targets, [slices, 1, side, side]), device),
    }
}
