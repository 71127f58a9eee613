//! What the session gives compute workers to do, and what they answer.

use serde::{Deserialize, Serialize};

use crate::core::error::UserError;
use crate::nn::finetune::{FineTuneConfig, HoldoutCounts};

/// What a compute worker hears.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Job {
    /// Put this model on your device; the first message.
    Load {
        /// The model file.
        #[serde(with = "serde_bytes")]
        model: Vec<u8>,
    },
    /// Run the network on one input.
    Infer(InferJob),
    /// Make a replica of the model and learn with it.
    Tune(FineTuneJob),
    /// Score, and learn for a round.
    Round(RoundJob),
}

/// What a replica learns from.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FineTuneJob {
    /// What it is told.
    pub config: FineTuneConfig,
    /// Which replica it is.
    pub replica: usize,
    /// [`FineTuneData`](crate::nn::finetune::data::FineTuneData) as bytes.
    #[serde(with = "serde_bytes")]
    pub material: Vec<u8>,
}

/// One round of one replica: score with the weights given, then take some steps.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RoundJob {
    /// Weights to go on from, f32 little-endian in the order of their names; empty for those it has.
    #[serde(with = "serde_bytes")]
    pub weights: Vec<u8>,
    /// The first step.
    pub from: usize,
    /// The step after the last.
    pub until: usize,
}

/// One slice to run the network on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct InferJob {
    /// Which opening of a series this belongs to; answers to an older one are dropped.
    pub opening: u64,
    /// Slice in viewing order.
    pub slice: usize,
    /// What for.
    pub ask: InferMode,
    /// Height and width of the input.
    pub size_px: usize,
    /// `[3, size, size]`, f32 little-endian.
    #[serde(with = "serde_bytes")]
    pub input: Vec<u8>,
}

/// What the network is run for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum InferMode {
    /// Probabilities.
    Segment,
    /// Attention maps too.
    Explain,
    /// Probabilities with a gate held open too.
    Ablate {
        /// The gate, counted from the deepest.
        gate: usize,
    },
    /// Probabilities of the input mirrored left to right, as the input is given.
    Mirrored,
}

/// What a compute worker answers.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum JobDone {
    /// The model is on the device.
    Loaded,
    /// One slice is done.
    Inferred {
        /// As in the job.
        opening: u64,
        /// As in the job.
        slice: usize,
        /// As in the job.
        ask: InferMode,
        /// Of the pancreas, `[size, size]`, f32 little-endian.
        #[serde(with = "serde_bytes")]
        probability: Vec<u8>,
        /// The same with the gate held open if that was asked for, else empty.
        #[serde(with = "serde_bytes")]
        opened: Vec<u8>,
        /// One per gate if asked for, deepest first: its size, and `[size, size]` f32 little-endian.
        attention: Vec<(usize, serde_bytes::ByteBuf)>,
    },
    /// The replica is ready.
    Prepared,
    /// A replica has scored; more follows.
    Scored(HoldoutCounts),
    /// A replica has taken a step; more follows.
    Stepped {
        /// The loss before the step.
        loss: f32,
    },
    /// A replica's round is over.
    Trained {
        /// Its weights, f32 little-endian in the order of their names; empty if it took no step.
        #[serde(with = "serde_bytes")]
        weights: Vec<u8>,
    },
    /// It could not be done.
    Failed(UserError),
}

impl JobDone {
    /// Whether the worker is still at work on the same job.
    pub fn more_follows(&self) -> bool {
        matches!(self, Self::Scored(_) | Self::Stepped { .. })
    }
}
