//! `islet import`: makes a model file of weights from another framework, or of models of nnU-Net and
//! TotalSegmentator. Its passport holds what the user states, or what those models say of themselves.
//!
//! Names and shapes are checked in `nn::model::weights`; docs/FRAMEWORKS.md describes how weights
//! leave Keras and PyTorch.

mod nnunet;
mod volumes;

use std::path::PathBuf;

use anyhow::Result;
use clap::Parser;

use super::files;
use super::network_options::NetworkOptions;
use super::train::NetworkPreset;
use crate::core::error::UserError;
use crate::core::i18n::messages::VolumeMessage;
use crate::core::mask::PANCREAS_NAME;
use crate::core::window::Window;
use crate::imaging::preprocess::PreprocessConfig;
use crate::nn::model::metadata::{ModelMetadata, Training};
use crate::nn::model::weights::{ModelFile, Precision};
use crate::nn::model::{ModelConfig, Preset};
use nnunet::NnUnetArgs;

/// Makes a model file of weights from another framework (safetensors with the names of
/// docs/MODEL_FILE.md and no passport), or of a model of nnU-Net or TotalSegmentator.
#[derive(Parser, Debug)]
#[command(name = "import", version)]
pub struct Args {
    /// The weights (.safetensors) of a network.
    #[arg(long, requires = "preset", required_unless_present = "nnunet", conflicts_with = "nnunet")]
    weights: Option<PathBuf>,
    /// Architecture of these weights.
    #[arg(long, value_enum, requires = "weights")]
    preset: Option<NetworkPreset>,
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
    /// Licence of the weights, with the attribution that their data requires; without it, "Not
    /// stated", or of a model of nnU-Net what it states itself.
    #[arg(long)]
    license: Option<String>,
    /// Epsilon of the batch norms, if it is not the preset's; PyTorch's default is 1e-5.
    #[arg(long)]
    epsilon: Option<f64>,
    /// Height and width of the inputs that a network of slices was trained on; without this 224.
    #[arg(long)]
    size_px: Option<usize>,
    #[command(flatten)]
    network: NetworkOptions,
    /// Distance from the slice to those in the first and the third channel, in mm, of a network of slices; without
    /// this 3.
    #[arg(long)]
    slice_distance_mm: Option<f64>,
    /// HU that became 0 for a network of slices, lower values being clipped; without this -100.
    #[arg(long, allow_hyphen_values = true)]
    low_hu: Option<f32>,
    /// HU that became 1 for a network of slices, higher values being clipped; without this 240.
    #[arg(long, allow_hyphen_values = true)]
    high_hu: Option<f32>,
    #[command(flatten)]
    nnunet: NnUnetArgs,
}

/// Runs the command.
///
/// # Errors
/// A file that cannot be read, is no model, or does not fit what was stated.
pub fn run(args: Args) -> Result<()> {
    let bytes = match (&args.weights, args.preset) {
        (Some(weights), Some(NetworkPreset::Volumes(preset))) => {
            volumes::model_file(&args, weights, preset, args.training(preset.name()))?
        }
        (Some(weights), Some(NetworkPreset::Slices(preset))) => {
            if let Some(flag) = args.network.given_for_volumes() {
                let why = VolumeMessage::OptionOfVolumes { preset: preset.name().into() };
                return Err(UserError::new(flag, why, VolumeMessage::LeaveOptionOut).into());
            }
            let file = ModelFile::adopt(&files::read(weights)?, passport(&args, preset))
                .map_err(|refusal| files::refused(weights, refusal))?;
            // Single precision, so that the outputs equal those in the weights' own framework.
            file.write(Precision::F32)?
        }
        _ => nnunet::model_file(&args.nnunet, args.license.as_deref())?,
    };
    files::write(&args.output, &bytes)?;
    println!("wrote {}", args.output.display());
    Ok(())
}

fn passport(args: &Args, preset: Preset) -> ModelMetadata {
    let (labels, default) = (args.organs(), PreprocessConfig::default());
    let config = preset.config().for_organs(labels.len());
    let [low_hu, high_hu] =
        [args.low_hu.unwrap_or(default.window.low_hu()), args.high_hu.unwrap_or(default.window.high_hu())];
    ModelMetadata {
        config: ModelConfig { epsilon: args.epsilon.unwrap_or(config.epsilon), ..config },
        preprocess: PreprocessConfig {
            size_px: args.size_px.unwrap_or(default.size_px),
            spacing_mm: args.network.spacing_mm.unwrap_or(default.spacing_mm),
            slice_distance_mm: args.slice_distance_mm.unwrap_or(default.slice_distance_mm),
            window: Window { level_hu: (low_hu + high_hu) / 2.0, width_hu: high_hu - low_hu },
        },
        labels: (1..).zip(labels).collect(),
        training: args.training(preset.name()),
        license: args.license(),
        version: env!("CARGO_PKG_VERSION").into(),
    }
}

impl Args {
    /// The organs of the output channels after the background.
    fn organs(&self) -> Vec<String> {
        self.labels.clone().unwrap_or_else(|| vec![PANCREAS_NAME.into()])
    }

    fn license(&self) -> String {
        self.license.clone().unwrap_or_else(|| "Not stated".into())
    }

    fn training(&self, preset: &str) -> Training {
        let source = self.name.as_ref().map_or(String::new(), |name| format!(" ({name})"));
        Training {
            preset: preset.into(),
            dataset: format!("data of another framework{source}"),
            remarks: "Imported weights: what they learned from before, and how well they did, is not known here."
                .into(),
            ..Training::default()
        }
    }
}
