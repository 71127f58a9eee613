//! `train`: trains a network on labelled cases. `run` has the epochs, `score` what follows them.

mod args;
pub mod checkpoint;
pub mod data_loader;
mod outcome;
mod run;
mod score;
pub mod settings;
mod start;
mod stop;
pub mod timing;

use std::path::Path;

use anyhow::{Result, bail};
use burn::tensor::Device;
use serde::Serialize;

use self::checkpoint::{Checkpoint, TrainingProgress};
use self::run::TrainingRun;
use self::settings::{CaseContent, RunSettings};
use self::start::{StartPoint, WEIGHTS_LICENSE, learned, start, wanted};
use self::stop::Stop;
use super::datasets::training_cases::{self, TrainingCases};
use super::device::{open, open_all};
use super::files;
use super::run_dir::RunDir;
use crate::core::error::UserError;
use crate::imaging::preprocess::PreprocessConfig;
use crate::nn::finetune::{FineTuneConfig, TrainableParts, steps_for};
use crate::nn::model::ModelConfig;
use crate::nn::model::metadata::{ModelMetadata, Training};
use crate::nn::train::TrainState;
pub use args::Args;
pub use stop::Stopped;

/// What `config.toml` keeps.
#[derive(Serialize)]
struct RunConfig<'a> {
    command: String,
    version: &'static str,
    model: String,
    settings: &'a RunSettings,
}

impl<'a> RunConfig<'a> {
    fn new(model: &ModelConfig, settings: &'a RunSettings) -> Result<Self, serde_json::Error> {
        Ok(Self {
            command: std::env::args().collect::<Vec<_>>().join(" "),
            version: env!("CARGO_PKG_VERSION"),
            model: serde_json::to_string(model)?,
            settings,
        })
    }
}

/// Runs the command.
pub fn run(args: Args) -> Result<()> {
    let devices = match &args.devices {
        Some(numbers) => open_all(args.device, numbers)?,
        None => vec![open(args.device)?],
    };
    let device = devices[0].clone();
    if let (Some(moves), Some(init)) = (args.tune, &args.init) {
        return fine_tune(&args, moves, init, &device);
    }
    let stop = Stop::listen()?;
    let init = args.init.as_deref().map(files::read_model).transpose()?;
    let preprocess = init.as_ref().map_or_else(PreprocessConfig::default, |file| file.passport.preprocess.clone());
    let wanted = wanted(&args, init.as_ref())?;
    let cache = args.cache.as_deref();
    let cases = training_cases::load(&args.data, args.layout, wanted.as_deref(), &args.sides(), &preprocess, cache)?;
    let StartPoint { model_config, model, earlier, init } = start(&args, init, cases.labels.len(), &device);
    let settings = RunSettings {
        preset: earlier.preset.clone(),
        init_sha256: init,
        labels: cases.labels.values().cloned().collect(),
        preprocess: preprocess.clone(),
        train: args.config(),
        validate_every: args.validate_every,
        devices: devices.len(),
        train_cases: CaseContent::of_each(&cases.train),
        val_cases: CaseContent::of_each(&cases.val),
    };
    let learner = TrainState::with_method(model, settings.train.method.clone()).on(&devices);
    let (dir, progress, learner) = match begin(&args, &settings, &model_config, &cases, learner)? {
        Beginning::Finished(dir) => {
            println!("the run in {} is finished; its model is {}", args.out.display(), dir.model().display());
            return Ok(());
        }
        Beginning::Underway { dir, progress, learner } => (dir, progress, learner),
    };
    let passport = ModelMetadata {
        config: model_config,
        preprocess,
        labels: cases.labels.clone(),
        training: Training { scores: Vec::new(), seed: args.seed, ..learned(earlier, &cases.train) },
        license: WEIGHTS_LICENSE.into(),
        version: env!("CARGO_PKG_VERSION").into(),
    };
    let run = TrainingRun {
        checkpoint_every: args.checkpoint_every(),
        workers: args.workers(),
        settings: &settings,
        cases: &cases,
        passport: &passport,
        dir: &dir,
        stop: &stop,
        progress,
    };
    let timing = run.train(learner).map_err(resumable)?;
    stop.at_once()?;
    score::finish(&dir, passport, &cases, &device, timing).map_err(resumable)
}

/// The error, with what to do about it if it is the disk's.
fn resumable(error: anyhow::Error) -> anyhow::Error {
    if error.is::<std::io::Error>() {
        return error.context("the run has stopped, and --resume goes on from its last checkpoint once this is mended");
    }
    error
}

/// A run before its next step.
#[allow(clippy::large_enum_variant)] // One for each process.
enum Beginning {
    /// There is nothing left to do.
    Finished(RunDir),
    /// A new run, or one that continues from its checkpoint.
    Underway { dir: RunDir, progress: TrainingProgress, learner: TrainState },
}

/// Begins a new run in the output folder, or restores the one to resume.
fn begin(
    args: &Args,
    settings: &RunSettings,
    model: &ModelConfig,
    cases: &TrainingCases,
    learner: TrainState,
) -> Result<Beginning> {
    match earlier_run(args, settings)? {
        Some((dir, _)) if dir.model().exists() => Ok(Beginning::Finished(dir)),
        Some((dir, Checkpoint { progress, learner: state, .. })) => {
            println!("resuming in epoch {} after {} of its steps", progress.epoch, progress.step);
            let learner = learner.restored(&state)?;
            dir.cut_logs(progress.logs)?;
            Ok(Beginning::Underway { dir, progress, learner })
        }
        None => {
            let dir = RunDir::create(&args.out, &RunConfig::new(model, settings)?, &cases.labels)?;
            let progress = TrainingProgress::start(dir.log_lengths()?);
            Ok(Beginning::Underway { dir, progress, learner })
        }
    }
}

/// Returns the run to resume, if that was asked for and there is one.
fn earlier_run(args: &Args, settings: &RunSettings) -> Result<Option<(RunDir, Checkpoint)>> {
    let dir = RunDir::at(&args.out);
    if !args.resume {
        return Ok(None);
    }
    let path = dir.checkpoint("resume");
    if path.exists() {
        let checkpoint = Checkpoint::read(&path)?;
        checkpoint.check_settings(settings)?;
        return Ok(Some((dir, checkpoint)));
    }
    if dir.holds_results() {
        let why = "it holds a run without a checkpoint to resume from";
        bail!(UserError::new(
            args.out.display().to_string(),
            why,
            "Name another folder, or start over without --resume"
        ));
    }
    Ok(None)
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
