//! The order in which slices are learned from, and the threads that prepare them ahead of the device.

use std::ops::Range;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::Scope;

use anyhow::{Context, Result};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::cli::datasets::Case;
use crate::cli::datasets::sampler::{SliceRef, draw_epoch, sample};
use crate::imaging::augment::{Sample, augment};
use crate::nn::train::TrainConfig;

/// Which slice is learned from when, and how it is varied. All of it follows from the seed, the epoch and the place in the epoch, so that
/// a run can go on anywhere.
#[derive(Clone, Copy)]
pub struct EpochOrder<'a> {
    /// What is drawn from.
    pub cases: &'a [Case],
    /// Seed, share of empty slices, batch size, variation.
    pub config: &'a TrainConfig,
}

impl EpochOrder<'_> {
    /// The slices of an epoch, counted from 1, each with the seed of its variation.
    pub fn of_epoch(&self, epoch: usize) -> Vec<(SliceRef, u64)> {
        let mut rng = ChaCha8Rng::seed_from_u64(self.config.seed);
        rng.set_stream(epoch as u64);
        let places = draw_epoch(self.cases, self.config.empty_share, &mut rng);
        places.into_iter().map(|place| (place, rng.random())).collect()
    }

    /// Steps of every epoch.
    pub fn steps_per_epoch(&self) -> usize {
        self.of_epoch(1).len().div_ceil(self.config.batch_size)
    }

    fn prepare(&self, &(place, seed): &(SliceRef, u64)) -> Result<Sample> {
        Ok(augment(&sample(self.cases, place)?, &self.config.augment, seed))
    }
}

/// Batches ready ahead of time from each thread; memory is all that more would cost.
const AHEAD: usize = 2;

/// Batches in their order, prepared on threads.
pub struct DataLoader {
    /// One per thread; they take turns.
    batches: Vec<Receiver<Result<Vec<Sample>>>>,
    next: usize,
}

impl DataLoader {
    /// Starts `workers` threads on the batches of `steps`, counted from 0 over the whole run. They end when this is dropped.
    pub fn start<'scope>(
        scope: &'scope Scope<'scope, '_>,
        order: EpochOrder<'scope>,
        steps: Range<usize>,
        workers: usize,
    ) -> Self {
        let per_epoch = order.steps_per_epoch();
        let start = |worker: usize| {
            let (sender, receiver) = sync_channel(AHEAD);
            let steps = steps.clone().skip(worker).step_by(workers);
            scope.spawn(move || {
                let mut drawn = (0, Vec::new());
                for step in steps {
                    let epoch = step / per_epoch + 1;
                    if drawn.0 != epoch {
                        drawn = (epoch, order.of_epoch(epoch));
                    }
                    let batch = drawn.1.chunks(order.config.batch_size).nth(step % per_epoch).unwrap_or_default();
                    if sender.send(batch.iter().map(|drawn| order.prepare(drawn)).collect()).is_err() {
                        return;
                    }
                }
            });
            receiver
        };
        Self { batches: (0..workers).map(start).collect(), next: 0 }
    }

    /// The next batch, waiting for it if it is not ready.
    ///
    /// # Errors
    /// A slice that cannot be read from the cache; a thread that has died, which the end of its scope reports; a step after the last.
    pub fn receive(&mut self) -> Result<Vec<Sample>> {
        let from = self.next % self.batches.len();
        self.next += 1;
        self.batches[from].recv().context("no slices come any more")?
    }
}
