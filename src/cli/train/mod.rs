//! `train`: trains a network on labelled cases. `slices` and `volumes` have the two kinds of network, `run` the
//! epochs of either, `score` what follows them.

mod args;
pub mod checkpoint;
mod course;
pub mod data_loader;
mod outcome;
mod run;
mod score;
pub mod settings;
mod slices;
mod start;
mod stop;
mod task;
pub mod timing;
mod volume_options;
mod volume_start;
mod volumes;
mod worst_slices;

use std::path::Path;

use anyhow::Result;
use burn::tensor::Device;

use self::stop::Stop;
use super::datasets::training_cases;
use super::device::{open, open_all};
use super::files;
use crate::nn::finetune::{FineTuneConfig, TrainableParts, steps_for};
pub use args::{Args, NetworkPreset};
pub use stop::Stopped;

/// Runs the command.
pub fn run(args: Args) -> Result<()> {
    args.check_preset()?;
    let devices = match &args.devices {
        Some(numbers) => open_all(args.device, numbers)?,
        None => vec![open(args.device)?],
    };
    if let (Some(moves), Some(init)) = (args.tune, &args.init) {
        return fine_tune(&args, moves, init, &devices[0]);
    }
    let stop = Stop::listen()?;
    match args.preset {
        NetworkPreset::Slices(preset) => slices::run(&args, preset, &devices, &stop),
        NetworkPreset::Volumes(preset) => volumes::run(&args, preset, &devices, &stop),
    }
}

fn fine_tune(args: &Args, moves: TrainableParts, init: &Path, device: &Device) -> Result<()> {
    let cases = training_cases::all(&args.data, args.layout)?;
    let labelled = cases.iter().map(|case| case.labelled_slices().count()).sum();
    let default = FineTuneConfig::default();
    let config = FineTuneConfig {
        moves,
        steps: args.steps.unwrap_or_else(|| steps_for(labelled)),
        learning_rate: args.learning_rate.unwrap_or(default.learning_rate),
        seed: args.seed,
        ..default
    };
    super::finetune::run(&files::read_model(init)?, &cases, &config, device, &args.out)
}
