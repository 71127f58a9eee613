//! The course of a run of any kind: how it begins, and what it does once everything is read.

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use serde::Serialize;

use super::Args;
use super::checkpoint::{Checkpoint, TrainingProgress};
use super::run::TrainingRun;
use super::score;
use super::settings::RunSettings;
use super::stop::Stop;
use super::task::TrainingTask;
use crate::cli::run_dir::RunDir;
use crate::core::error::UserError;
use crate::nn::train::{TrainState, TrainableNetwork};

/// What `config.toml` keeps.
#[derive(Serialize)]
struct RunConfig<'a> {
    command: String,
    version: &'static str,
    model: String,
    settings: &'a RunSettings,
}

impl<'a> RunConfig<'a> {
    fn new(model: String, settings: &'a RunSettings) -> Self {
        Self {
            command: std::env::args().collect::<Vec<_>>().join(" "),
            version: env!("CARGO_PKG_VERSION"),
            model,
            settings,
        }
    }
}

/// Trains `learner`, whose layers `model` describes as JSON, from the start or from a checkpoint to the end.
pub(super) fn run_task<T: TrainingTask>(
    args: &Args,
    settings: &RunSettings,
    task: &T,
    (model, learner): (String, TrainState<T::Network>),
    stop: &Stop,
) -> Result<()> {
    let (dir, progress, learner) = match begin(args, settings, model, task.labels(), learner)? {
        Beginning::Finished(dir) => {
            println!("the run in {} is finished; its model is {}", args.out.display(), dir.model().display());
            return Ok(());
        }
        Beginning::Underway { dir, progress, learner } => (dir, progress, learner),
    };
    let run = TrainingRun {
        checkpoint_every: args.checkpoint_every(),
        workers: args.workers(),
        settings,
        task,
        dir: &dir,
        stop,
        progress,
    };
    let timing = run.train(learner).map_err(resumable)?;
    stop.at_once()?;
    score::finish(&dir, task, timing).map_err(resumable)
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
enum Beginning<N: TrainableNetwork> {
    /// There is nothing left to do.
    Finished(RunDir),
    /// A new run, or one that continues from its checkpoint.
    Underway { dir: RunDir, progress: TrainingProgress, learner: TrainState<N> },
}

/// Begins a new run in the output folder, or restores the one to resume.
fn begin<N: TrainableNetwork>(
    args: &Args,
    settings: &RunSettings,
    model: String,
    labels: &BTreeMap<u8, String>,
    learner: TrainState<N>,
) -> Result<Beginning<N>> {
    match earlier_run(args, settings)? {
        Some((dir, _)) if dir.model().exists() => Ok(Beginning::Finished(dir)),
        Some((dir, Checkpoint { progress, learner: state, .. })) => {
            println!("resuming in epoch {} after {} of its steps", progress.epoch, progress.step);
            let learner = learner.restored(&state)?;
            dir.cut_logs(progress.logs)?;
            Ok(Beginning::Underway { dir, progress, learner })
        }
        None => {
            let dir = RunDir::create(&args.out, &RunConfig::new(model, settings), labels)?;
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
