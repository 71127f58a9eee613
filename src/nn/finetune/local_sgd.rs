//! Local SGD (Stich 2019): rounds of steps, the average of the replicas after each, and the best
//! average.
//!
//! Weights are plain numbers here. The replicas, and the transport of weights between them, are the
//! business of the shells.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::FineTuneConfig;
use crate::imaging::metrics::Overlap;

/// Prediction against truth over all scored slices together, on the network's grid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldoutCounts {
    /// The held-out corrected slices.
    pub held_out: Overlap,
    /// The replayed slices.
    pub replay: Overlap,
}

/// The Dice scores of [`HoldoutCounts`]; 1 if truth and prediction are both empty.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct HoldoutScores {
    /// On the held-out corrected slices.
    pub held_out: f64,
    /// On the replayed slices.
    pub replay: f64,
}

impl HoldoutScores {
    /// The scores of all slices together, from the shares that the replicas counted.
    pub fn of(shares: &[HoldoutCounts]) -> Self {
        let total =
            |part: fn(&HoldoutCounts) -> Overlap| shares.iter().map(part).fold(Overlap::default(), Overlap::plus).dsc();
        Self { held_out: total(|t| t.held_out), replay: total(|t| t.replay) }
    }

    /// True if these scores are preferable to those `before`: the gain on the held-out slices is
    /// larger than the loss on the replayed ones above the tolerance.
    pub fn better_than(&self, before: &Self) -> bool {
        self.merit(before) > before.held_out
    }

    /// True if the loss on the replayed slices is above the tolerance.
    pub fn forgets(&self, before: &Self) -> bool {
        before.replay - self.replay > TOLERATED_LOSS
    }

    /// The criterion for the best average: the score of the held-out slices, less the loss on the
    /// replayed ones above the tolerance.
    fn merit(&self, before: &Self) -> f64 {
        self.held_out - (before.replay - self.replay - TOLERATED_LOSS).max(0.0)
    }
}

/// A later average is preferred unless its score is lower by more than this. It was trained longer,
/// at a smaller learning rate, and the score of a few slices is not more precise than that.
const TOLERATED_DROP: f64 = 0.03;

/// The loss of DSC on the replayed slices that is tolerated.
const TOLERATED_LOSS: f64 = 0.02;

/// The state of a fine-tuning, apart from the replicas.
#[derive(Clone, Debug)]
pub struct LocalSgd {
    steps: usize,
    steps_per_round: usize,
    done: usize,
    /// The current weights, from which every replica continues.
    average: Vec<f32>,
    /// The scores of each average so far. The first are those of the original model.
    scores: Vec<HoldoutScores>,
    best: Option<(usize, Vec<f32>)>,
}

impl LocalSgd {
    /// Starts from the model's own weights.
    pub fn new(config: &FineTuneConfig, weights: Vec<f32>) -> Self {
        Self {
            steps: config.steps,
            steps_per_round: config.steps_per_round.max(1),
            done: 0,
            average: weights,
            scores: Vec::new(),
            best: None,
        }
    }

    /// The next round: every replica scores its share of the slices with the current weights and
    /// then takes these steps, which are empty in the last round. `None` when the fine-tuning is
    /// finished.
    pub fn next(&self) -> Option<Range<usize>> {
        let is_finished = self.done == self.steps && self.scores.len() > self.done.div_ceil(self.steps_per_round);
        (!is_finished).then(|| self.done..(self.done + self.steps_per_round).min(self.steps))
    }

    /// Adds the scores of the current weights.
    pub fn scored(&mut self, scores: HoldoutScores) {
        self.scores.push(scores);
        let before = self.scores[0];
        if self.scores.len() == 1 {
            return;
        }
        let merits = self.scores[1..].iter().map(|scores| scores.merit(&before));
        let most = merits.fold(f64::NEG_INFINITY, f64::max);
        if scores.merit(&before) >= most - TOLERATED_DROP {
            self.best = Some((self.scores.len() - 1, self.average.clone()));
        }
    }

    /// Averages the replicas' weights after the steps of a round.
    pub fn trained(&mut self, replicas: &[Vec<f32>]) {
        self.done = (self.done + self.steps_per_round).min(self.steps);
        let share = 1.0 / replicas.len() as f32;
        self.average = (0..self.average.len()).map(|i| replicas.iter().map(|w| w[i]).sum::<f32>() * share).collect();
    }

    /// The current weights.
    pub fn average(&self) -> &[f32] {
        &self.average
    }

    /// The original scores, and the best scores with their weights. `None` until a round has been
    /// trained and scored.
    pub fn outcome(&self) -> Option<(HoldoutScores, HoldoutScores, &[f32])> {
        let (at, weights) = self.best.as_ref()?;
        Some((*self.scores.first()?, self.scores[*at], weights))
    }

    /// The scores of each average so far. The first are those of the original model.
    pub fn scores(&self) -> &[HoldoutScores] {
        &self.scores
    }
}
