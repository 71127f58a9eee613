//! A fine-tuning at work: which compute worker holds which replica, and what each is to do next.

use crate::app::protocol::{
    FineTuneJob, FineTuneOutcome, FineTuneProgress, Job, JobDone, RoundJob, from_bytes, to_bytes,
};
use crate::nn::finetune::data::FineTuneData;
use crate::nn::finetune::{CorrectedCounts, FineTuneConfig, HoldoutCounts, HoldoutScores, LocalSgd, finetuned_model};
use crate::nn::model::weights::ModelFile;

/// A fine-tuning at work.
#[derive(Debug)]
pub(super) struct FineTuneRun {
    config: FineTuneConfig,
    material: Vec<u8>,
    learned: usize,
    held_out: usize,
    rounds: LocalSgd,
    seats: Vec<ReplicaSlot>,
    tallies: Vec<HoldoutCounts>,
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
    /// Told what to learn from, or not even that.
    #[default]
    Starting,
    /// Waits for a round.
    Ready,
    /// In a round.
    Working,
    /// Through with it, with these weights; none if it took no step.
    Trained(Vec<f32>),
}

impl FineTuneRun {
    /// Starts from `weights`. `config.replicas` must not be more than there are workers.
    pub(super) fn new(config: FineTuneConfig, material: &FineTuneData, weights: Vec<f32>) -> Self {
        Self {
            rounds: LocalSgd::new(&config, weights),
            seats: (0..config.replicas).map(|_| ReplicaSlot::default()).collect(),
            config,
            material: material.to_bytes(),
            learned: material.corrected.len(),
            held_out: material.held_out.len(),
            tallies: Vec::new(),
            losses: Vec::new(),
        }
    }

    /// Whether the worker in `slot` holds a replica, or is wanted for one.
    pub(super) fn claims(&self, slot: usize) -> bool {
        self.seat(slot).is_some() || self.seats.iter().any(|seat| seat.slot.is_none())
    }

    /// The workers that hold replicas.
    pub(super) fn slots(&self) -> Vec<usize> {
        self.seats.iter().filter_map(|seat| seat.slot).collect()
    }

    /// What the idle worker in `slot` is to do.
    pub(super) fn next_job(&mut self, slot: usize) -> Option<Job> {
        let Some(at) = self.seat(slot) else {
            let replica = self.seats.iter().position(|seat| seat.slot.is_none())?;
            self.seats[replica].slot = Some(slot);
            let (config, material) = (self.config.clone(), self.material.clone());
            return Some(Job::Tune(FineTuneJob { config, replica, material }));
        };
        if self.seats[at].state != ReplicaState::Ready {
            return None;
        }
        let steps = self.rounds.next()?;
        self.seats[at].state = ReplicaState::Working;
        // Before any step every replica has the model's own weights.
        let weights = if steps.start == 0 { Vec::new() } else { to_bytes(self.rounds.average()) };
        Some(Job::Round(RoundJob { weights, from: steps.start, until: steps.end }))
    }

    /// Takes in what the worker in `slot` says; whether it is all over.
    pub(super) fn heard(&mut self, slot: usize, done: JobDone) -> bool {
        let Some(at) = self.seat(slot) else { return false };
        match done {
            JobDone::Prepared => self.seats[at].state = ReplicaState::Ready,
            JobDone::Scored(tally) => {
                self.tallies.push(tally);
                if self.tallies.len() == self.seats.len() {
                    self.rounds.scored(HoldoutScores::of(&std::mem::take(&mut self.tallies)));
                }
            }
            JobDone::Stepped { loss } => self.losses.push(loss),
            JobDone::Trained { weights } => {
                self.seats[at].state = ReplicaState::Trained(from_bytes(&weights));
                return self.end_round();
            }
            JobDone::Loaded | JobDone::Inferred { .. } | JobDone::Failed(_) => {}
        }
        false
    }

    /// Once every replica is through: averages them and goes on; whether it is all over.
    fn end_round(&mut self) -> bool {
        if !self.seats.iter().all(|seat| matches!(seat.state, ReplicaState::Trained(_))) {
            return false;
        }
        let weights =
            self.seats.iter_mut().filter_map(|seat| match std::mem::replace(&mut seat.state, ReplicaState::Ready) {
                ReplicaState::Trained(weights) if !weights.is_empty() => Some(weights),
                _ => None,
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
            learned: self.learned,
            held_out: self.held_out,
        }
    }

    /// What has come of it so far, and the model that is; `None` until a round has been taken and scored.
    pub(super) fn outcome(&self, base: &ModelFile) -> Option<(FineTuneOutcome, ModelFile)> {
        let (before, after, _) = self.rounds.outcome()?;
        let slices = CorrectedCounts { learned: self.learned, held_out: self.held_out };
        let file = finetuned_model(base, &self.config, slices, &self.rounds)?;
        Some((FineTuneOutcome { before, after, better: after.better_than(&before) }, file))
    }

    fn seat(&self, slot: usize) -> Option<usize> {
        self.seats.iter().position(|seat| seat.slot == Some(slot))
    }
}
