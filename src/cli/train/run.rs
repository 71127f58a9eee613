//! The epochs of a run: steps, validation, checkpoints. Where it begins and how it ends is [`super`]'s business.

use std::collections::BTreeMap;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use burn::tensor::Tensor;

use super::checkpoint::{Checkpoint, TrainingProgress, diverged};
use super::data_loader::{DataLoader, SampleOrder};
use super::score::{mean_dsc, whole_volume_dsc};
use super::settings::RunSettings;
use super::stop::Stop;
use super::task::{CasePlace, Side, TrainingTask};
use super::timing::Timing;
use crate::cli::run_dir::{EpochLog, RunDir};
use crate::cli::{files, progress as bar_of};
use crate::core::statistics::mean;
use crate::nn::model::weights::Precision;
use crate::nn::train::{TrainConfig, TrainState};

/// A run under way: what it was told, and how far it is.
pub(super) struct TrainingRun<'a, T> {
    /// Training time between checkpoints.
    pub(super) checkpoint_every: Duration,
    /// Threads that prepare samples.
    pub(super) workers: usize,
    /// Everything that decides the course, for the checkpoints.
    pub(super) settings: &'a RunSettings,
    /// What is trained, on what.
    pub(super) task: &'a T,
    /// Where it is written.
    pub(super) dir: &'a RunDir,
    /// Ctrl-C and SIGTERM.
    pub(super) stop: &'a Stop,
    /// How far it is.
    pub(super) progress: TrainingProgress,
}

/// The samples of a task.
type SampleOf<'t, T> = <<T as TrainingTask>::Order<'t> as SampleOrder>::Sample;

impl<'a, T: TrainingTask> TrainingRun<'a, T> {
    fn config(&self) -> &'a TrainConfig {
        &self.settings.train
    }

    /// Trains to the last epoch, or until validation no longer gets better. Returns the times spent.
    ///
    /// # Errors
    /// A disk that is full, a loss that is not finite, [`Stopped`](super::stop::Stopped). The last checkpoint is intact.
    pub(super) fn train(mut self, mut learner: TrainState<T::Network>) -> Result<Timing> {
        let order = self.task.order();
        let steps = order.steps_per_epoch();
        let first = (self.progress.epoch - 1) * steps + self.progress.step;
        thread::scope(|scope| {
            let mut feed = DataLoader::start(scope, order, first..self.config().epochs * steps, self.workers);
            while !self.is_over() {
                learner = self.steps(learner, &mut feed, steps)?;
                self.close_epoch(&learner, steps)?;
            }
            Ok(self.progress.timing)
        })
    }

    fn is_over(&self) -> bool {
        let worn_out = self.config().patience > 0 && self.progress.stale >= self.config().patience;
        self.progress.epoch > self.config().epochs || worn_out
    }

    /// Takes the remaining steps of the epoch under way.
    fn steps(
        &mut self,
        mut learner: TrainState<T::Network>,
        feed: &mut DataLoader<SampleOf<'a, T>>,
        steps: usize,
    ) -> Result<TrainState<T::Network>> {
        self.stop.gently();
        let device = learner.device();
        let (epoch, epochs) = (self.progress.epoch, self.config().epochs);
        let bar = bar_of(steps, format!("epoch {epoch}/{epochs}"));
        // The losses stay on the device until they are needed: reading one back each step would keep a GPU waiting.
        let mut losses = Vec::new();
        let mut saved = Instant::now();
        while self.progress.step < steps {
            bar.set_position(self.progress.step as u64);
            let waiting = Instant::now();
            let samples = feed.receive()?;
            self.progress.epoch_timing.data_s += waiting.elapsed().as_secs_f64();
            let rate = self.learning_rate(steps);
            let loss;
            let task = self.task;
            (learner, loss) = self
                .progress
                .epoch_timing
                .step(&device, samples.len(), |ended| learner.step_timed(task.batch(samples, &device), rate, ended));
            losses.push(loss);
            self.progress.step += 1;
            // Checked once: a signal between two checks would end the run without its checkpoint.
            let stopped = self.stop.check();
            if stopped.is_err() || saved.elapsed() >= self.checkpoint_every {
                self.settle(&mut losses)?;
                self.save(&learner)?;
                saved = Instant::now();
            }
            stopped?;
        }
        self.settle(&mut losses)?;
        bar.finish_and_clear();
        Ok(learner)
    }

    /// The learning rate of the step that comes next.
    fn learning_rate(&self, steps: usize) -> f64 {
        let TrainingProgress { epoch, step, .. } = self.progress;
        self.config().learning_rate_at((epoch - 1) * steps + step, self.config().epochs * steps)
    }

    /// Reads the losses back in one transfer, and adds them one by one, so that the sum does not depend on when
    /// this is called.
    fn settle(&mut self, losses: &mut Vec<Tensor<1>>) -> Result<()> {
        if losses.is_empty() {
            return Ok(());
        }
        let waiting = Instant::now();
        for loss in Tensor::cat(std::mem::take(losses), 0).into_data().iter::<f32>() {
            self.progress.loss_sum += f64::from(loss);
        }
        self.progress.epoch_timing.steps_s += waiting.elapsed().as_secs_f64();
        if !self.progress.loss_sum.is_finite() {
            bail!(diverged(format!("the loss became {} in epoch {}", self.progress.loss_sum, self.progress.epoch)));
        }
        Ok(())
    }

    /// Writes the checkpoint.
    fn save(&mut self, learner: &TrainState<T::Network>) -> Result<()> {
        let writing = Instant::now();
        let checkpoint = Checkpoint {
            settings: self.settings.clone(),
            progress: self.progress.clone(),
            learner: pollster::block_on(learner.state())?,
        };
        checkpoint.write(&self.dir.checkpoint("resume"))?;
        self.progress.epoch_timing.writing_s += writing.elapsed().as_secs_f64();
        Ok(())
    }

    /// Validates if that is due, and writes the logs and the checkpoints.
    fn close_epoch(&mut self, learner: &TrainState<T::Network>, steps: usize) -> Result<()> {
        let (epoch, epochs) = (self.progress.epoch, self.config().epochs);
        let snapshot = self.task.snapshot(learner);
        let (mut validation_dsc, mut by_organ) = (BTreeMap::new(), BTreeMap::<String, Vec<f64>>::new());
        if epoch.is_multiple_of(self.settings.validate_every) || epoch == epochs {
            self.save(learner)?;
            self.stop.at_once()?;
            let began = Instant::now();
            let model = self.task.for_inference(&snapshot);
            for (index, case) in self.task.cases(Side::Validation).into_iter().enumerate() {
                let place = CasePlace { side: Side::Validation, index };
                let organs = whole_volume_dsc(case, &self.task.segment(&model, place)?)?;
                validation_dsc.insert(case.id.to_string(), mean_dsc(&organs));
                organs.into_iter().for_each(|(organ, dsc)| by_organ.entry(organ).or_default().push(dsc));
            }
            self.progress.epoch_timing.validation_s += began.elapsed().as_secs_f64();
            self.stop.gently();
        }
        let writing = Instant::now();
        let timing = self.progress.epoch_timing;
        let log = EpochLog {
            epoch,
            loss: self.progress.loss_sum / steps as f64,
            learning_rate: self.config().learning_rate_at(epoch * steps - 1, epochs * steps),
            validation_dsc,
            organ_dsc: mean_of_each(by_organ),
            slices_per_second: timing.slices_per_second(),
            data_share: timing.data_share(),
            validation_seconds: timing.validation_s,
            seconds: timing.report().seconds,
        };
        self.dir.log(&log, self.task.labels())?;
        let mut training = self.task.training().clone();
        training.epochs += epoch;
        let weights = self.task.file(&snapshot, &training, Precision::F32)?;
        files::write(&self.dir.checkpoint("last"), &weights)?;
        if let Some(dsc) = log.mean_validation_dsc() {
            self.progress.stale += 1;
            if dsc > self.progress.best_dsc {
                (self.progress.best_dsc, self.progress.stale) = (dsc, 0);
                files::write(&self.dir.checkpoint("best"), &weights)?;
            }
        }
        println!("{}", log.line(epochs, T::SAMPLES));
        self.progress.epoch_timing.writing_s += writing.elapsed().as_secs_f64();
        self.next_epoch(learner)
    }

    fn next_epoch(&mut self, learner: &TrainState<T::Network>) -> Result<()> {
        let spent = std::mem::take(&mut self.progress.epoch_timing);
        self.progress.timing += spent;
        self.progress.epoch += 1;
        (self.progress.step, self.progress.loss_sum) = (0, 0.0);
        self.progress.logs = self.dir.log_lengths()?;
        self.save(learner)?;
        if self.is_over() && self.progress.epoch <= self.config().epochs {
            println!("stopped early: {} validations in a row were no better", self.progress.stale);
        }
        Ok(())
    }
}

/// The mean over the cases of each organ, where there are several.
fn mean_of_each(by_organ: BTreeMap<String, Vec<f64>>) -> BTreeMap<String, f64> {
    if by_organ.len() < 2 {
        return BTreeMap::new();
    }
    by_organ.into_iter().filter_map(|(organ, dsc)| Some((organ, mean(&dsc)?))).collect()
}
