//! The kinds of norms and activations.

use serde::{Deserialize, Serialize};

/// The kind of a normalisation.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum NormKind {
    /// Over the batch, with running statistics.
    Batch {
        /// Added to the variance.
        epsilon: f64,
    },
    /// Over the voxels of each channel of a sample.
    Instance {
        /// Added to the variance.
        epsilon: f64,
    },
    /// Over groups of channels of a sample.
    Group {
        /// Number of groups.
        groups: usize,
        /// Added to the variance.
        epsilon: f64,
    },
}

/// The activation after a layer.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Activation {
    /// The values as they are.
    None,
    /// `max(x, 0)`.
    Relu,
    /// `x` above zero, `slope * x` below.
    LeakyRelu {
        /// The factor below zero.
        slope: f32,
    },
    /// `x` above zero, `exp(x) - 1` below.
    Elu,
    /// `1 / (1 + exp(-x))`.
    Sigmoid,
}
