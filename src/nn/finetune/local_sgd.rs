//! The course of a fine-tuning: rounds of steps, the replicas' average after each, and the best of the averages.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::FineTuneConfig;
use crate::imaging::metrics::Overlap;

/// What judging slices give: prediction against truth over all of them together, on the network's grid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldoutCounts {
    /// The corrected slices that were set aside.
    pub held_out: Overlap,
    /// Those of the replayed kind.
    pub replay: Overlap,
}

/// Dice of a [`HoldoutCounts`]; nothing predicted where nothing is counts 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct HoldoutScores {
    /// Of the corrected slices that were set aside.
    pub held_out: f64,
    /// Of the replayed kind.
    pub replay: f64,
}

impl HoldoutScores {
    /// Of the shares that the replicas scored.
    pub fn of(shares: &[HoldoutCounts]) -> Self {
        let total =
            |part: fn(&HoldoutCounts) -> Overlap| shares.iter().map(part).fold(Overlap::default(), Overlap::plus).dsc();
        Self { held_out: total(|t| t.held_out), replay: total(|t| t.replay) }
    }

    /// Whether these are worth having instead of those `before`: more is won on the slices set aside than is forgotten beyond what
    /// may be.
    pub fn better_than(&self, before: &Self) -> bool {
        self.merit(before) > before.held_out
    }

    /// Whether more is forgotten than may be.
    pub fn forgets(&self, before: &Self) -> bool {
        before.replay - self.replay > FORGIVEN
    }

    /// What a candidate is chosen by: the set-aside slices, less what is forgotten beyond what may be.
    fn merit(&self, before: &Self) -> f64 {
        self.held_out - (before.replay - self.replay - FORGIVEN).max(0.0)
    }
}

/// A later average is taken for the better one unless it scores worse by more than this: it has learned longer, at a smaller rate, and the
/// scores of a few slices say no more than that.
const SLACK: f64 = 0.03;

/// So much DSC on the replayed kind may go.
const FORGIVEN: f64 = 0.02;

/// State of a fine-tuning, apart from the replicas. Knows weights only as numbers.
#[derive(Clone, Debug)]
pub struct LocalSgd {
    steps: usize,
    steps_per_round: usize,
    done: usize,
    /// The weights in force: where every replica goes on from.
    average: Vec<f32>,
    /// Of each average so far, the first being the model as it was.
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

    /// What every replica does next: score its share of the judges with the weights in force, then take these steps, which are none
    /// in the last round. `None` when it is over.
    pub fn next(&self) -> Option<Range<usize>> {
        let over = self.done == self.steps && self.scores.len() > self.done.div_ceil(self.steps_per_round);
        (!over).then(|| self.done..(self.done + self.steps_per_round).min(self.steps))
    }

    /// Takes in the scores of the weights in force.
    pub fn scored(&mut self, scores: HoldoutScores) {
        self.scores.push(scores);
        let before = self.scores[0];
        if self.scores.len() == 1 {
            return;
        }
        let merits = self.scores[1..].iter().map(|scores| scores.merit(&before));
        let most = merits.fold(f64::NEG_INFINITY, f64::max);
        if scores.merit(&before) >= most - SLACK {
            self.best = Some((self.scores.len() - 1, self.average.clone()));
        }
    }

    /// Takes in the replicas' weights after the steps they were told.
    pub fn trained(&mut self, replicas: &[Vec<f32>]) {
        self.done = (self.done + self.steps_per_round).min(self.steps);
        let share = 1.0 / replicas.len() as f32;
        self.average = (0..self.average.len()).map(|i| replicas.iter().map(|w| w[i]).sum::<f32>() * share).collect();
    }

    /// The weights in force.
    pub fn average(&self) -> &[f32] {
        &self.average
    }

    /// The scores before, and the best weights since with theirs; `None` until a round has been taken and scored.
    pub fn outcome(&self) -> Option<(HoldoutScores, HoldoutScores, &[f32])> {
        let (at, weights) = self.best.as_ref()?;
        Some((*self.scores.first()?, self.scores[*at], weights))
    }

    /// The scores of each average so far, the first being the model as it was.
    pub fn scores(&self) -> &[HoldoutScores] {
        &self.scores
    }
}
