//! Times training steps of a preset on arbitrary slices: `benches/training_step.py` calls it.
//!
//! ```sh
//! cargo run --release --example time_training -- islet kernels
//! ```
//!
//! Steps on six slices of 160 x 160 pixels, by our own kernels or by Burn's automatic differentiation.
//! Prints the seconds of forward pass, backward pass and optimizer for each of six steps after two others,
//! the losses of the first steps, and the memory at its peak.

use std::time::Instant;

use anyhow::{Result, bail};
use burn::tensor::{Device, Tensor, TensorData};
use islet::nn::batch::Batch;
use islet::nn::model::Preset;
use islet::nn::train::TrainState;

const SLICES: usize = 6;
const SIDE: usize = 160;

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [name, engine] = &args[..] else { bail!("usage: time_training PRESET kernels|autodiff") };
    let Some(preset) =
        [Preset::Islet, Preset::Article, Preset::Unet, Preset::Tiny].into_iter().find(|p| p.name() == name)
    else {
        bail!("{name} is none of islet, article, unet and tiny")
    };
    let device = Device::flex().autodiff();
    let mut training = TrainState::new(preset.config().init(&device));
    if engine == "autodiff" {
        training = training.with_autodiff();
    }
    for step in 0..8 {
        let mut last = Instant::now();
        let mut seconds = Vec::new();
        let (next, loss) = training.step_timed(batch(&device), 1e-3, |_| {
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
fn batch(device: &Device) -> Batch {
    let is_inside = |i: usize| (40..80).contains(&(i % SIDE)) && (60..100).contains(&(i / SIDE % SIDE));
    let noise = |i: usize| (i.wrapping_mul(2_654_435_761) >> 8 & 1023) as f32 / 1024.0;
    let inputs = (0..SLICES * 3 * SIDE * SIDE).map(|i| noise(i) + f32::from(is_inside(i))).collect::<Vec<f32>>();
    let targets = (0..SLICES * SIDE * SIDE).map(|i| f32::from(is_inside(i))).collect::<Vec<f32>>();
    Batch {
        inputs: Tensor::from_data(TensorData::new(inputs, [SLICES, 3, SIDE, SIDE]), device),
        targets: Tensor::from_data(TensorData::new(targets, [SLICES, 1, SIDE, SIDE]), device),
    }
}
