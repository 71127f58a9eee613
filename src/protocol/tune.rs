//! How a fine-tuning goes, for the page.

use serde::{Deserialize, Serialize};

use crate::tune::Scores;

/// How far a fine-tuning is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TuneProgress {
    /// Steps done, over all replicas.
    pub done: usize,
    /// Steps in all, over all replicas.
    pub total: usize,
    /// The loss of each step done, in the order they came.
    pub losses: Vec<f32>,
    /// The scores after each round, the first before any step.
    pub scores: Vec<Scores>,
    /// Slices learned from.
    pub learned: usize,
    /// Slices set aside.
    pub held_out: usize,
}

/// What a fine-tuning came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TuneOutcome {
    /// Scores of the model before.
    pub before: Scores,
    /// Scores of the tuned model.
    pub after: Scores,
    /// Whether the scores speak for it.
    pub better: bool,
}
