//! The progress and the outcome of a fine-tuning, for the page.

use serde::{Deserialize, Serialize};

use crate::nn::finetune::{HoldoutScores, SliceCounts};

/// The progress of a fine-tuning.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FineTuneProgress {
    /// Steps done, over all replicas.
    pub done: usize,
    /// Steps in all, over all replicas.
    pub total: usize,
    /// The loss of each step done, in order.
    pub losses: Vec<f32>,
    /// The scores after each round, the first before any step.
    pub scores: Vec<HoldoutScores>,
    /// What it learns from and is scored on.
    pub slices: SliceCounts,
}

/// The outcome of a fine-tuning.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FineTuneOutcome {
    /// Scores of the model before the fine-tuning.
    pub before: HoldoutScores,
    /// Scores of the tuned model.
    pub after: HoldoutScores,
    /// True if the tuned model has the better scores.
    pub better: bool,
    /// The DSC on the held-out slices of the masks completed from the slices that were trained on; `None` if there are
    /// fewer than two of these.
    pub propagated: Option<f64>,
}

impl FineTuneOutcome {
    /// True if the masks completed from accepted slices are better on the held-out slices than the tuned model.
    pub fn is_propagation_better(&self) -> bool {
        self.propagated.is_some_and(|propagated| propagated > self.after.held_out)
    }
}

/// The user's decision after a fine-tuning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FineTuneDecision {
    /// The fine-tuned model stays.
    KeepNew,
    /// The model from before the fine-tuning returns.
    KeepOld,
}
