//! Times the inference of a model file on slices: `benches/peers/peers.py` calls it.
//!
//! ```sh
//! cargo run --release --example time_inference -- MODEL INPUTS PROBABILITIES
//! ```
//!
//! INPUTS has the slices as little-endian f32, `[N, 3, 224, 224]`. The probabilities of the first organ are
//! written the same way, `[N, 1, 224, 224]`. Prints the seconds of each of nine passes after a first one.

use std::time::Instant;

use anyhow::{Context, Result, bail};
use burn::tensor::Device;
use islet::cli::files::read_model;
use islet::imaging::preprocess::Input;
use islet::nn::infer::{AttentionOutput, infer};

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [model, inputs, output] = &args[..] else { bail!("usage: time_inference MODEL INPUTS PROBABILITIES") };
    let file = read_model(model.as_ref())?;
    let size_px = file.passport.preprocess.size_px;
    let network = file.load(&Device::flex()).for_inference();
    let bytes = std::fs::read(inputs).with_context(|| inputs.clone())?;
    let values: Vec<f32> = bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
    let slices: Vec<Input> =
        values.chunks_exact(3 * size_px * size_px).map(|slice| Input { channels: slice.to_vec(), size_px }).collect();
    let mut probability = Vec::new();
    for pass in 0..10 {
        let started = Instant::now();
        let found = pollster::block_on(infer(&network, &slices, AttentionOutput::Omit));
        let found = found.map_err(|error| anyhow::anyhow!("the device failed: {error:?}"))?;
        if pass > 0 {
            println!("{:.4}", started.elapsed().as_secs_f64());
        }
        let organ = |inference: &islet::nn::infer::Inference| inference.probability[..size_px * size_px].to_vec();
        probability = found.iter().flat_map(organ).collect();
    }
    std::fs::write(output, probability.iter().flat_map(|p| p.to_le_bytes()).collect::<Vec<u8>>())?;
    Ok(())
}
