//! How a fine-tuning goes, for the page.

use serde::{Deserialize, Serialize};

use crate::nn::finetune::HoldoutScores;

/// How far a fine-tuning is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FineTuneProgress {
    /// Steps done, over all replicas.
    pub done: usize,
    /// Steps in all, over all replicas.
    pub total: usize,
    /// The loss of each step done, in the order they came.
    pub losses: Vec<f32>,
    /// The scores after each round, the first before any step.
    pub scores: Vec<HoldoutScores>,
    /// Slices learned from.
    pub learned: usize,
    /// Slices set aside.
    pub held_out: usize,
}

/// What a fine-tuning came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FineTuneOutcome {
    /// Scores of the model before.
    pub before: HoldoutScores,
    /// Scores of the tuned model.
    pub after: HoldoutScores,
    /// Whether the scores speak for it.
    pub better: bool,
}
