//! The order in which samples are learned from, and the threads that prepare them ahead of the device.
//!
//! One thread draws the order of each epoch and hands the batches out in turn; the others read and vary
//! their samples. Nothing depends on how many there are. Which slices an epoch has is decided in
//! [`sampler`](crate::cli::datasets::sampler).

use std::ops::Range;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::Scope;

use anyhow::{Context, Result};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::cli::datasets::Case;
use crate::cli::datasets::sampler::{SliceRef, draw_epoch, epoch_length, sample};
use crate::imaging::augment::{Sample, augment};
use crate::nn::train::TrainConfig;

/// What an epoch learns from, in which order, and how it is read. All of it follows from the seed, the epoch
/// and the place in the epoch, so that a run can continue from any step.
pub trait SampleOrder: Copy + Send + Sync {
    /// A sample that is not read yet.
    type Drawn: Clone + Send;
    /// A sample.
    type Sample: Send;

    /// Samples of a step.
    fn batch_size(&self) -> usize;

    /// The samples of an epoch, counted from 1.
    fn of_epoch(&self, epoch: usize) -> Vec<Self::Drawn>;

    /// Steps of every epoch.
    fn steps_per_epoch(&self) -> usize;

    /// Reads a sample and varies it.
    ///
    /// # Errors
    /// A cache that cannot be read.
    fn sample(&self, drawn: &Self::Drawn) -> Result<Self::Sample>;
}

/// A slice of an epoch, with the seed of its variation.
pub type DrawnSlice = (SliceRef, u64);

/// The order of the slices and how each is varied.
#[derive(Clone, Copy)]
pub struct EpochOrder<'a> {
    /// The cases that slices are drawn from.
    pub cases: &'a [Case],
    /// Seed, share of empty slices, batch size, variation.
    pub config: &'a TrainConfig,
}

/// The random numbers of an epoch. They follow from the seed and the epoch alone, so that a resumed run draws the same.
pub(super) fn epoch_rng(config: &TrainConfig, epoch: usize) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(config.seed);
    rng.set_stream(epoch as u64);
    rng
}

impl SampleOrder for EpochOrder<'_> {
    type Drawn = DrawnSlice;
    type Sample = Sample;

    fn batch_size(&self) -> usize {
        self.config.batch_size
    }

    fn of_epoch(&self, epoch: usize) -> Vec<DrawnSlice> {
        let mut rng = epoch_rng(self.config, epoch);
        let places = draw_epoch(self.cases, self.config.empty_share, &mut rng);
        places.into_iter().map(|place| (place, rng.random())).collect()
    }

    fn steps_per_epoch(&self) -> usize {
        epoch_length(self.cases, self.config.empty_share).div_ceil(self.config.batch_size)
    }

    fn sample(&self, &(place, seed): &DrawnSlice) -> Result<Sample> {
        Ok(augment(&sample(self.cases, place)?, &self.config.augment, seed))
    }
}

/// Sends the batches of `steps`, counted from 0 over the whole run, to the workers in turn, until one of
/// them has ended. Each epoch is drawn once.
fn hand_out<O: SampleOrder>(order: O, steps: Range<usize>, workers: &[SyncSender<Vec<O::Drawn>>]) {
    let steps_per_epoch = order.steps_per_epoch();
    let mut drawn = (0, Vec::new());
    for (step, worker) in steps.zip(workers.iter().cycle()) {
        let epoch = step / steps_per_epoch + 1;
        if drawn.0 != epoch {
            drawn = (epoch, order.of_epoch(epoch));
        }
        let batch = drawn.1.chunks(order.batch_size()).nth(step % steps_per_epoch).unwrap_or_default();
        if worker.send(batch.to_vec()).is_err() {
            return;
        }
    }
}

/// Batches that each thread keeps ready. More would only take memory.
const AHEAD: usize = 2;

/// Batches in their order, prepared on threads.
pub struct DataLoader<S> {
    /// One receiver for each thread; the threads take turns.
    batches: Vec<Receiver<Result<Vec<S>>>>,
    next: usize,
}

impl<S: Send> DataLoader<S> {
    /// Starts `workers` threads on the batches of `steps`, counted from 0 over the whole run, and one that
    /// draws the order. They end when the loader is dropped.
    pub fn start<'scope, O>(scope: &'scope Scope<'scope, '_>, order: O, steps: Range<usize>, workers: usize) -> Self
    where
        O: SampleOrder<Sample = S> + 'scope,
        O::Drawn: 'scope,
        S: 'scope,
    {
        let start = |_| {
            let (order_sender, drawn) = sync_channel::<Vec<O::Drawn>>(AHEAD);
            let (sender, receiver) = sync_channel(AHEAD);
            scope.spawn(move || {
                for batch in drawn {
                    let samples: Result<Vec<S>> = batch.iter().map(|drawn| order.sample(drawn)).collect();
                    if sender.send(samples).is_err() {
                        return;
                    }
                }
            });
            (order_sender, receiver)
        };
        let (order_senders, batches): (Vec<_>, Vec<_>) = (0..workers).map(start).unzip();
        scope.spawn(move || hand_out(order, steps, &order_senders));
        Self { batches, next: 0 }
    }

    /// The next batch, waiting for it if it is not ready.
    ///
    /// # Errors
    /// A sample that cannot be read from the cache; a thread that has panicked, which the end of its scope
    /// reports; a step after the last.
    pub fn receive(&mut self) -> Result<Vec<S>> {
        let from = self.next % self.batches.len();
        self.next += 1;
        self.batches[from].recv().context("no samples come any more")?
    }
}
