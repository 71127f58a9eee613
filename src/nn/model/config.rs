//! The configuration of an architecture, and the named presets.

use serde::{Deserialize, Serialize};

use crate::core::error::UserError;
use crate::core::i18n::messages::NnMessage;
use crate::nn::network::{
    Activation, BlockKind, Downsampling, GateDescription, HeadKind, NetworkDescription, NormKind, SkipOrder,
    StageDescription, TensorNames, Upsampling,
};

/// The whole architecture. Serialised as JSON into the model file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelConfig {
    /// Channels of the input: slice below, slice, slice above.
    pub in_channels: usize,
    /// Channels of the logits: one, for a sigmoid; or background and every organ, for a softmax.
    pub classes: usize,
    /// Filters of the first level; each level below has twice as many.
    pub base_filters: usize,
    /// Number of resolutions, the bottom included.
    pub depth: usize,
    /// Attention gates on the skips.
    pub gates: Gates,
    /// Normalisation inside the blocks.
    pub norm: Norm,
    /// Order of convolution, normalisation and ReLU inside the blocks.
    pub order: LayerOrder,
    /// True if a batch norm follows the head, as in the published Keras network.
    pub head_norm: bool,
    /// Initial bias of the head for every organ. Below zero, a fresh network predicts background,
    /// whose own bias is zero.
    pub head_bias: f64,
    /// Added to the variance before its square root.
    pub epsilon: f64,
    /// Weight of a new batch in the running statistics, as in PyTorch; in Keras it is one minus
    /// this.
    pub momentum: f64,
}

/// Attention gates.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gates {
    /// Plain skips.
    None,
    /// Additive attention (Oktay et al. 2018, section 3.1) on every skip.
    Additive(GateConfig),
}

/// An additive gate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GateConfig {
    /// Inner channels; half of the skip connection's if absent.
    pub width: Option<usize>,
    /// True if theta and phi each pass a ReLU before they are added, as in the published Keras
    /// network.
    pub relu_before_sum: bool,
}

/// Normalisation layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Norm {
    /// Over the batch, with running statistics.
    Batch,
    /// Over groups of channels of one sample.
    Group {
        /// Number of groups.
        groups: usize,
    },
}

/// Order of layers inside a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LayerOrder {
    /// Convolution, normalisation, ReLU.
    ConvNormRelu,
    /// Convolution, ReLU, normalisation, as in the published Keras network.
    ConvReluNorm,
}

/// The named networks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Preset {
    /// The default: small enough for a browser's CPU.
    Islet,
    /// The network of "Pancreas segmentation using Attention U-Net", layer by layer.
    Article,
    /// `Islet` without gates: the baseline for measuring their effect.
    Unet,
    /// `Islet` with a quarter of the filters and three levels. It learns phantoms within a minute,
    /// and is meant for experiments and tests.
    Tiny,
}

impl Preset {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Islet, Self::Article, Self::Unet, Self::Tiny];

    /// The preset's network.
    pub fn config(self) -> ModelConfig {
        let islet = ModelConfig {
            in_channels: 3,
            classes: 1,
            base_filters: 16,
            depth: 5,
            gates: Gates::Additive(GateConfig { width: None, relu_before_sum: false }),
            norm: Norm::Batch,
            order: LayerOrder::ConvNormRelu,
            head_norm: false,
            head_bias: -3.0,
            epsilon: 1e-3,
            momentum: 0.1,
        };
        match self {
            Self::Islet => islet,
            Self::Unet => ModelConfig { gates: Gates::None, ..islet },
            Self::Tiny => ModelConfig { base_filters: 4, depth: 3, ..islet },
            Self::Article => ModelConfig {
                base_filters: 32,
                gates: Gates::Additive(GateConfig { width: Some(64), relu_before_sum: true }),
                order: LayerOrder::ConvReluNorm,
                head_norm: true,
                head_bias: 0.0,
                momentum: 0.01,
                ..islet
            },
        }
    }

    /// Its name on the command line and in model files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Islet => "islet",
            Self::Article => "article",
            Self::Unet => "unet",
            Self::Tiny => "tiny",
        }
    }
}

/// The most channels of logits: enough for a whole-body data set of a hundred organs.
const MOST_CLASSES: usize = 128;

impl ModelConfig {
    /// The same network for `organs` organs: a sigmoid for one, a softmax with a background channel
    /// for several.
    pub fn for_organs(self, organs: usize) -> Self {
        Self { classes: if organs > 1 { organs + 1 } else { 1 }, ..self }
    }

    /// The number of organs that the network segments.
    pub fn organs(&self) -> usize {
        (self.classes - 1).max(1)
    }

    /// The network as the layers that compute it are made from.
    pub fn description(&self) -> NetworkDescription {
        let features = |level: usize| self.base_filters << level;
        let stage = |level: usize| StageDescription {
            features: features(level),
            kernel: [1, 3, 3],
            stride: if level == 0 { [1; 3] } else { [1, 2, 2] },
            encoder_convs: 2,
            decoder_convs: 2,
        };
        let epsilon = self.epsilon;
        let gates = match &self.gates {
            Gates::None => None,
            Gates::Additive(gate) => Some(GateDescription {
                widths: (0..self.depth - 1).map(|level| gate.width.unwrap_or((features(level) / 2).max(1))).collect(),
                theta_covers_stride: false,
                relu_before_sum: gate.relu_before_sum,
                combined: 0,
                gating_step: false,
            }),
        };
        NetworkDescription {
            rank: 2,
            in_channels: self.in_channels,
            classes: self.classes,
            stages: (0..self.depth).map(stage).collect(),
            block: BlockKind::Plain,
            norm: match self.norm {
                Norm::Batch => NormKind::Batch { epsilon },
                Norm::Group { groups } => NormKind::Group { groups, epsilon },
            },
            activation_first: self.order == LayerOrder::ConvReluNorm,
            activation: Activation::Relu,
            conv_bias: true,
            downsampling: Downsampling::MaxPool,
            upsampling: Upsampling::Nearest,
            skip_order: SkipOrder::SkipFirst,
            gates,
            head: if self.head_norm { HeadKind::LastWithNorm { epsilon } } else { HeadKind::Last },
            names: TensorNames::Islet,
        }
    }

    /// Checks, before anything is allocated, that this version can build the architecture in a
    /// reasonable amount of memory.
    ///
    /// # Errors
    /// The first value that is out of range.
    pub fn check(&self) -> Result<(), UserError> {
        let problem = if self.in_channels != 3 {
            NnMessage::InputChannels { found: self.in_channels }
        } else if !(1..=MOST_CLASSES).contains(&self.classes) {
            NnMessage::Classes { found: self.classes, most: MOST_CLASSES }
        } else if !(1..=64).contains(&self.base_filters) {
            NnMessage::BaseFilters { found: self.base_filters }
        } else if !(2..=6).contains(&self.depth) {
            NnMessage::Levels { found: self.depth }
        } else if matches!(self.norm, Norm::Group { groups } if groups == 0 || !self.base_filters.is_multiple_of(groups))
        {
            NnMessage::NormGroups
        } else if matches!(&self.gates, Gates::Additive(GateConfig { width: Some(w), .. }) if !(1..=1024).contains(w)) {
            NnMessage::GateWidth
        } else if !(self.epsilon.is_finite() && self.epsilon > 0.0 && (0.0..=1.0).contains(&self.momentum)) {
            NnMessage::NormRange
        } else {
            return Ok(());
        };
        Err(UserError::new("islet.config", problem, NnMessage::UseThisVersion))
    }
}
