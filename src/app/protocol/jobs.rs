//! The jobs that the session gives compute workers, and their results.

use std::ops::Range;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Patches, VolumeJob};
use crate::core::error::UserError;
use crate::nn::finetune::{FineTuneConfig, HoldoutCounts};
use crate::nn::volume::AttentionMaps;

/// A message to a compute worker.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Job {
    /// Load this model onto the device; the first message.
    Load {
        /// The model file.
        #[serde(with = "shared_bytes")]
        model: Arc<Vec<u8>>,
    },
    /// Run the network on one input.
    Infer(InferJob),
    /// Segment a whole series.
    SegmentVolume(VolumeJob),
    /// Create a replica of the model for fine-tuning.
    Tune(FineTuneJob),
    /// Score the replica, and train it for a round.
    Round(RoundJob),
}

/// The data that a replica trains on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FineTuneJob {
    /// The configuration.
    pub config: FineTuneConfig,
    /// The index of the replica.
    pub replica: usize,
    /// [`FineTuneData`](crate::nn::finetune::data::FineTuneData) as bytes, shared by the jobs of all replicas.
    #[serde(with = "shared_bytes")]
    pub data: Arc<Vec<u8>>,
}

/// One round of one replica: it scores with the given weights, then takes some steps.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RoundJob {
    /// Weights to continue with, f32 little-endian in the order of their names; empty to continue with its own.
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
    /// The prediction that this belongs to; results for a former one are dropped.
    pub opening: u64,
    /// Slice in viewing order.
    pub slice: usize,
    /// The mode.
    pub ask: InferMode,
    /// Height and width of the input.
    pub size_px: usize,
    /// `[3, size, size]`, f32 little-endian.
    #[serde(with = "serde_bytes")]
    pub input: Vec<u8>,
}

/// The output that the network is run for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum InferMode {
    /// Probabilities.
    Segment,
    /// Probabilities and attention maps.
    Explain,
    /// Probabilities, and those with a gate held open.
    Ablate {
        /// The gate, counted from the deepest.
        gate: usize,
    },
    /// Probabilities of the input mirrored left to right, as the input is given.
    Mirrored,
}

/// A message from a compute worker.
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
        /// The probability of the pancreas, `[size, size]`, f32 little-endian.
        #[serde(with = "serde_bytes")]
        probability: Vec<u8>,
        /// The same with the gate held open, if requested, else empty.
        #[serde(with = "serde_bytes")]
        opened: Vec<u8>,
        /// For each gate, deepest first, if requested: its size, and `[size, size]` f32 little-endian.
        attention: Vec<(usize, serde_bytes::ByteBuf)>,
    },
    /// A part of a whole series is done; another message follows.
    VolumeAdvanced {
        /// As in the job.
        opening: u64,
        /// What is done.
        patches: Patches,
    },
    /// The first network of a model has found the region of a whole series in which the second segments. That is a job of
    /// its own, for a worker of its own.
    RegionFound {
        /// As in the job.
        opening: u64,
        /// `[z, y, x]` in file order.
        region: [Range<usize>; 3],
    },
    /// A whole series, or its region, is done.
    VolumeSegmented {
        /// As in the job.
        opening: u64,
        /// One label per voxel of the job's volume, in file order, as the model numbers its organs;
        /// [run-length coded](crate::core::run_length::to_bytes).
        #[serde(with = "serde_bytes")]
        labels: Vec<u8>,
        /// The probability of [`VolumeJob::organ`], in steps of 1/255, coded as the labels are; empty if the model does not
        /// give it.
        #[serde(with = "serde_bytes")]
        probability: Vec<u8>,
        /// The attention of its gates, if it has any.
        attention: Option<AttentionMaps>,
    },
    /// The model cannot segment this series.
    VolumeRefused {
        /// As in the job.
        opening: u64,
        /// The reason.
        error: UserError,
    },
    /// The replica is ready.
    Prepared,
    /// A replica has been scored; another message follows.
    Scored(HoldoutCounts),
    /// A replica has taken a step; another message follows.
    Stepped {
        /// The loss before the step.
        loss: f32,
    },
    /// A replica's round is over.
    Trained {
        /// The replica's weights, f32 little-endian in the order of their names; empty if it took no step.
        #[serde(with = "serde_bytes")]
        weights: Vec<u8>,
    },
    /// The job has failed.
    Failed(UserError),
}

/// Serialises shared bytes like `serde_bytes` does those of one owner.
mod shared_bytes {
    use std::sync::Arc;

    use serde::{Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(bytes: &Arc<Vec<u8>>, serializer: S) -> Result<S::Ok, S::Error> {
        serde_bytes::serialize(bytes.as_slice(), serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Arc<Vec<u8>>, D::Error> {
        serde_bytes::deserialize(deserializer).map(Arc::new)
    }
}

impl JobDone {
    /// The number of the job, of a result for a whole series.
    pub fn of_volume(&self) -> Option<u64> {
        match self {
            Self::VolumeAdvanced { opening, .. }
            | Self::RegionFound { opening, .. }
            | Self::VolumeSegmented { opening, .. }
            | Self::VolumeRefused { opening, .. } => Some(*opening),
            _ => None,
        }
    }

    /// True if the worker still works on the same job.
    pub fn more_follows(&self) -> bool {
        matches!(self, Self::Scored(_) | Self::Stepped { .. } | Self::VolumeAdvanced { .. })
    }
}
