//! Segments a scan and prints the volume of the pancreas.
//!
//! ```sh
//! cargo run --release --example predict_volume -- www/models/pancreas.safetensors SCAN
//! ```
//!
//! SCAN is a DICOM file, a folder or .zip with one series, or a NIfTI or NRRD volume.

use std::path::Path;

use anyhow::{Context, Result};
use burn::tensor::Device;
use islet::cli::files::{read_model, read_series};
use islet::core::volume::Orientation;
use islet::nn::infer::segment_volume;

fn main() -> Result<()> {
    let mut args = std::env::args().skip(1);
    let usage = "usage: predict_volume MODEL SCAN";
    let (model_path, scan_path) = (args.next().context(usage)?, args.next().context(usage)?);

    let model_file = read_model(Path::new(&model_path))?;
    let model = model_file.load(&Device::flex()).for_inference();

    let series = read_series(Path::new(&scan_path))?;
    let geometry = series.volume.geometry.context("the scan does not state its spacing")?;
    // The network looks at axial slices, whatever the plane of the file's own slices.
    let volume = Orientation::axial(&geometry).view_volume(series.volume);

    let preprocess = &model_file.passport.preprocess;
    let mask = pollster::block_on(segment_volume(&model, &volume, preprocess, |_slices_done| ()))
        .map_err(|error| anyhow::anyhow!("the device failed: {error:?}"))?;
    let pancreas = mask.only(model_file.passport.pancreas() as u8 + 1);
    println!("{}: pancreas {:.1} mL", series.name, pancreas.volume_ml(&geometry));
    Ok(())
}
