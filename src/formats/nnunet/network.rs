//! The network that plans describe. The names are those of dynamic-network-architectures (`architectures/unet.py`).

use serde::{Deserialize, Serialize};

/// What the stages of an encoder are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PlannedBlocks {
    /// `PlainConvUNet`: convolutions, the first of a stage with its stride.
    Convolutions,
    /// `ResidualEncoderUNet`: a stem of one convolution, then `BasicBlockD`s, the first of a stage with its stride.
    Residual,
}

/// The normalisation behind a convolution.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum PlannedNorm {
    /// `InstanceNorm2d` or `InstanceNorm3d`.
    Instance {
        /// What is added to the variance.
        eps: f64,
        /// Whether it has weights and biases.
        affine: bool,
    },
    /// `BatchNorm2d` or `BatchNorm3d`, with running statistics.
    Batch {
        /// What is added to the variance.
        eps: f64,
        /// Whether it has weights and biases.
        affine: bool,
    },
}

/// The nonlinearity.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum PlannedNonlinearity {
    /// `LeakyReLU`.
    LeakyRelu {
        /// The slope below 0.
        negative_slope: f64,
    },
    /// `ReLU`.
    Relu,
}

/// What follows a convolution first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PlannedOrder {
    /// Convolution, norm, nonlinearity.
    NormFirst,
    /// Convolution, nonlinearity, norm (`nonlin_first`).
    NonlinearityFirst,
}

/// The network of a configuration. Lists go from the finest stage to the coarsest, unless said; lists for axes have two or three
/// entries, in the order of the patch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlannedNetwork {
    /// What the encoder's stages are made of.
    pub blocks: PlannedBlocks,
    /// The channels of each stage.
    pub features_per_stage: Vec<usize>,
    /// The channels of the stem of [`PlannedBlocks::Residual`].
    pub stem_channels: usize,
    /// The kernel of each stage, for each axis. The decoder has that of the same resolution.
    pub kernel_sizes: Vec<Vec<usize>>,
    /// The stride into each stage, for each axis. The first has none: 1.
    pub strides: Vec<Vec<usize>>,
    /// The convolutions or residual blocks of each stage.
    pub n_per_stage: Vec<usize>,
    /// The convolutions of each stage of the decoder, from the coarsest on: one entry less than stages.
    pub n_conv_per_stage_decoder: Vec<usize>,
    /// Whether convolutions and transposed convolutions have a bias. The projections of residual blocks never do, heads always do.
    pub conv_bias: bool,
    /// The norm.
    pub norm: PlannedNorm,
    /// The nonlinearity.
    pub nonlinearity: PlannedNonlinearity,
    /// The order of both.
    pub order: PlannedOrder,
}

impl PlannedNetwork {
    /// The stages of the encoder, the bottleneck included.
    pub fn stages(&self) -> usize {
        self.features_per_stage.len()
    }
}
