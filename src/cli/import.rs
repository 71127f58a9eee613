//! `islet import`: makes a model file of weights from another framework. Its passport holds what the
//! user states.
//!
//! Names and shapes are checked in `nn::model::weights`; docs/FRAMEWORKS.md describes how weights
//! leave Keras and PyTorch.

use std::path::PathBuf;

use anyhow::Result;
use clap::Parser;

use super::files;
use crate::core::mask::PANCREAS_NAME;
use crate::core::window::Window;
use crate::imaging::preprocess::PreprocessConfig;
use crate::nn::model::metadata::{ModelMetadata, Training};
use crate::nn::model::weights::{ModelFile, Precision};
use crate::nn::model::{ModelConfig, Preset};

/// Makes a model file of weights from another framework: safetensors with the names of
/// docs/MODEL_FILE.md and no passport.
#[derive(Parser, Debug)]
#[command(name = "import", version)]
pub struct Args {
    /// The weights (.safetensors).
    #[arg(long)]
    weights: PathBuf,
    /// Architecture.
    #[arg(long, value_enum)]
    preset: Preset,
    /// Organs in the order of the output channels after the background; without it, the pancreas
    /// alone.
    #[arg(long, value_delimiter = ',', value_name = "NAMES", num_args = 1..)]
    labels: Option<Vec<String>>,
    /// Model file to write.
    #[arg(long, alias = "out")]
    output: PathBuf,
    /// Description of the weights in a few words, shown with the model.
    #[arg(long)]
    name: Option<String>,
    /// Licence of the weights, with the attribution that their data requires.
    #[arg(long, default_value = "Not stated")]
    license: String,
    /// Epsilon of the batch norms, if it is not the preset's; PyTorch's default is 1e-5.
    #[arg(long)]
    epsilon: Option<f64>,
    /// Height and width of the inputs that the network was trained on.
    #[arg(long, default_value_t = PreprocessConfig::default().size_px)]
    size_px: usize,
    /// Pixel spacing of these inputs, in mm.
    #[arg(long, default_value_t = PreprocessConfig::default().spacing_mm)]
    spacing_mm: f64,
    /// Distance from the slice to those in the first and the third channel, in mm.
    #[arg(long, default_value_t = PreprocessConfig::default().slice_distance_mm)]
    slice_distance_mm: f64,
    /// HU that became 0; lower values were clipped.
    #[arg(long, default_value_t = PreprocessConfig::default().window.low_hu(), allow_hyphen_values = true)]
    low_hu: f32,
    /// HU that became 1; higher values were clipped.
    #[arg(long, default_value_t = PreprocessConfig::default().window.high_hu(), allow_hyphen_values = true)]
    high_hu: f32,
}

/// Runs the command.
pub fn run(args: Args) -> Result<()> {
    let passport = passport(&args);
    let file = ModelFile::adopt(&files::read(&args.weights)?, passport)
        .map_err(|refusal| files::refused(&args.weights, refusal))?;
    // Single precision, so that the outputs equal those in the weights' own framework.
    files::write(&args.output, &file.write(Precision::F32)?)?;
    println!("wrote {}", args.output.display());
    Ok(())
}

fn passport(args: &Args) -> ModelMetadata {
    let labels = args.labels.clone().unwrap_or_else(|| vec![PANCREAS_NAME.into()]);
    let config = args.preset.config().for_organs(labels.len());
    let source = args.name.as_ref().map_or(String::new(), |name| format!(" ({name})"));
    ModelMetadata {
        config: ModelConfig { epsilon: args.epsilon.unwrap_or(config.epsilon), ..config },
        preprocess: PreprocessConfig {
            size_px: args.size_px,
            spacing_mm: args.spacing_mm,
            slice_distance_mm: args.slice_distance_mm,
            window: Window { level_hu: (args.low_hu + args.high_hu) / 2.0, width_hu: args.high_hu - args.low_hu },
        },
        labels: (1..).zip(labels).collect(),
        training: Training {
            preset: args.preset.name().into(),
            dataset: format!("data of another framework{source}"),
            remarks: "Imported weights: what they learned from before, and how well they did, is not known here."
                .into(),
            ..Training::default()
        },
        license: args.license.clone(),
        version: env!("CARGO_PKG_VERSION").into(),
    }
}
