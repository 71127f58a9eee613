//! Times a 3-D network with arbitrary weights on one patch: `benches/networks.py` calls it.
//!
//! ```sh
//! cargo run --release --example time_network -- paper 96 160 160
//! ```
//!
//! Prints the seconds of each of three passes after a first one, and the memory at its peak.

use std::time::Instant;

use anyhow::{Context, Result, bail};
use islet::nn::cpu::CpuNetwork;
use islet::nn::model::state_dict::{StateDict, TensorValues};
use islet::nn::network::{BlockKind, NetworkDescription, NetworkGraph, StageDescription};

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [name, depth, height, width] = &args[..] else { bail!("usage: time_network NAME DEPTH HEIGHT WIDTH") };
    let size = [depth.parse()?, height.parse()?, width.parse()?];
    let graph = description(name)
        .with_context(|| format!("{name} is none of paper, paper-unet, vnet, plan-297, plan-291"))?
        .graph();
    let network = CpuNetwork::new(&graph, &arbitrary_weights(&graph));
    let input = arbitrary(size.iter().product(), 1.0);
    network.features(&input, size);
    for _ in 0..3 {
        let started = Instant::now();
        network.features(&input, size);
        println!("{:.3}", started.elapsed().as_secs_f64());
    }
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    println!("{}", status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or_default());
    Ok(())
}

fn description(name: &str) -> Option<NetworkDescription> {
    Some(match name {
        "paper" => NetworkDescription::paper(16, 2, true),
        "paper-unet" => NetworkDescription::paper(16, 2, false),
        "vnet" => NetworkDescription::vnet(2),
        "plan-297" => total_segmentator(&[32, 64, 128, 256, 320], 118),
        "plan-291" => total_segmentator(&[32, 64, 128, 256, 320, 320], 25),
        _ => return None,
    })
}

/// The network of TotalSegmentator's plans: nnU-Net's PlainConvUNet.
fn total_segmentator(features: &[usize], classes: usize) -> NetworkDescription {
    let stage = |(level, &features): (usize, &usize)| StageDescription {
        features,
        kernel: [3; 3],
        stride: if level == 0 { [1; 3] } else { [2; 3] },
        encoder_convs: 2,
        decoder_convs: 2,
    };
    let stages = features.iter().enumerate().map(stage).collect();
    NetworkDescription::nnunet(3, [1, classes], BlockKind::Plain, stages)
}

fn arbitrary_weights(graph: &NetworkGraph) -> StateDict {
    let tensor = |(name, shape): (String, Vec<usize>)| {
        let fan_in: usize = shape[1..].iter().product();
        let mut values = arbitrary(shape.iter().product(), (3.0 / fan_in as f32).sqrt());
        if shape.len() == 1 {
            values.iter_mut().for_each(|value| *value = 1.0 + 0.1 * *value);
        }
        (name, TensorValues { shape, values })
    };
    StateDict(graph.parameter_shapes().into_iter().map(tensor).collect())
}

/// Numbers between `-most` and `most`.
fn arbitrary(count: usize, most: f32) -> Vec<f32> {
    let mut state = 1_u32;
    let next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state as f32 / u32::MAX as f32 * 2.0 - 1.0) * most
    };
    std::iter::repeat_with(next).take(count).collect()
}
