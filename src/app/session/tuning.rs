//! A running fine-tuning: the compute worker of each replica, and the next job of each.

use std::sync::Arc;

use crate::app::protocol::{
    FineTuneJob, FineTuneOutcome, FineTuneProgress, Job, JobDone, RoundJob, from_bytes, to_bytes,
};
use crate::nn::finetune::data::FineTuneData;
use crate::nn::finetune::{FineTuneConfig, HoldoutCounts, HoldoutScores, LocalSgd, SliceCounts, finetuned_model};
use crate::nn::model::weights::ModelFile;

/// A running fine-tuning.
#[derive(Debug)]
pub(super) struct FineTuneRun {
    config: FineTuneConfig,
    /// The training data as bytes, shared by the jobs of all replicas.
    data: Arc<Vec<u8>>,
    slices: SliceCounts,
    /// See [`FineTuneOutcome::propagated`].
    propagated: Option<f64>,
    rounds: LocalSgd,
    replicas: Vec<ReplicaSlot>,
    counts: Vec<HoldoutCounts>,
    losses: Vec<f32>,
}

/// One replica.
#[derive(Debug, Default)]
struct ReplicaSlot {
    /// The compute worker that holds it.
    slot: Option<usize>,
    state: ReplicaState,
}

#[derive(Debug, Default, PartialEq)]
enum ReplicaState {
    /// Not prepared yet.
    #[default]
    Starting,
    /// Waiting for a round.
    Ready,
    /// In a round.
    Working,
    /// After a round, with these weights; empty if it took no step.
    Trained(Vec<f32>),
}

impl FineTuneRun {
    /// Starts with `weights`. There must be at least `config.replicas` workers.
    pub(super) fn new(config: FineTuneConfig, data: &FineTuneData, propagated: Option<f64>, weights: Vec<f32>) -> Self {
        Self {
            rounds: LocalSgd::new(&config, weights),
            replicas: (0..config.replicas).map(|_| ReplicaSlot::default()).collect(),
            config,
            data: Arc::new(data.to_bytes()),
            slices: data.counts(),
            propagated,
            counts: Vec::new(),
            losses: Vec::new(),
        }
    }

    /// True if the worker in `slot` holds a replica or is needed for one.
    pub(super) fn claims(&self, slot: usize) -> bool {
        self.replica_on(slot).is_some() || self.replicas.iter().any(|replica| replica.slot.is_none())
    }

    /// The workers that hold replicas.
    pub(super) fn slots(&self) -> Vec<usize> {
        self.replicas.iter().filter_map(|replica| replica.slot).collect()
    }

    /// The next job of the idle worker in `slot`.
    pub(super) fn next_job(&mut self, slot: usize) -> Option<Job> {
        let Some(index) = self.replica_on(slot) else {
            let replica = self.replicas.iter().position(|replica| replica.slot.is_none())?;
            self.replicas[replica].slot = Some(slot);
            let (config, data) = (self.config.clone(), self.data.clone());
            return Some(Job::Tune(FineTuneJob { config, replica, data }));
        };
        if self.replicas[index].state != ReplicaState::Ready {
            return None;
        }
        let steps = self.rounds.next()?;
        self.replicas[index].state = ReplicaState::Working;
        // Before any step every replica has the model's own weights.
        let weights = if steps.start == 0 { Vec::new() } else { to_bytes(self.rounds.average()) };
        Some(Job::Round(RoundJob { weights, from: steps.start, until: steps.end }))
    }

    /// Takes in a result of the worker in `slot`. Returns true if the fine-tuning has ended.
    pub(super) fn receive(&mut self, slot: usize, done: JobDone) -> bool {
        let Some(index) = self.replica_on(slot) else { return false };
        match done {
            JobDone::Prepared => self.replicas[index].state = ReplicaState::Ready,
            JobDone::Scored(counts) => {
                self.counts.push(counts);
                if self.counts.len() == self.replicas.len() {
                    self.rounds.scored(HoldoutScores::of(&std::mem::take(&mut self.counts)));
                }
            }
            JobDone::Stepped { loss } => self.losses.push(loss),
            JobDone::Trained { weights } => {
                self.replicas[index].state = ReplicaState::Trained(from_bytes(&weights));
                return self.end_round();
            }
            JobDone::Loaded
            | JobDone::Inferred { .. }
            | JobDone::VolumeAdvanced { .. }
            | JobDone::RegionFound { .. }
            | JobDone::VolumeSegmented { .. }
            | JobDone::VolumeRefused { .. }
            | JobDone::Failed(_) => {}
        }
        false
    }

    /// Averages the replicas once all of them have ended the round. Returns true if the fine-tuning has ended.
    fn end_round(&mut self) -> bool {
        if !self.replicas.iter().all(|replica| matches!(replica.state, ReplicaState::Trained(_))) {
            return false;
        }
        let weights = self.replicas.iter_mut().filter_map(|replica| {
            match std::mem::replace(&mut replica.state, ReplicaState::Ready) {
                ReplicaState::Trained(weights) if !weights.is_empty() => Some(weights),
                _ => None,
            }
        });
        let weights: Vec<Vec<f32>> = weights.collect();
        if !weights.is_empty() {
            self.rounds.trained(&weights);
        }
        self.rounds.next().is_none()
    }

    pub(super) fn progress(&self) -> FineTuneProgress {
        FineTuneProgress {
            done: self.losses.len(),
            total: self.config.steps * self.config.replicas,
            losses: self.losses.clone(),
            scores: self.rounds.scores().to_vec(),
            slices: self.slices,
        }
    }

    /// The outcome so far, and its model; `None` until a round has been trained and scored.
    pub(super) fn outcome(&self, base: &ModelFile) -> Option<(FineTuneOutcome, ModelFile)> {
        let (before, after, _) = self.rounds.outcome()?;
        let file = finetuned_model(base, &self.config, self.slices, &self.rounds)?;
        Some((FineTuneOutcome { before, after, better: after.better_than(&before), propagated: self.propagated }, file))
    }

    fn replica_on(&self, slot: usize) -> Option<usize> {
        self.replicas.iter().position(|replica| replica.slot == Some(slot))
    }
}
