//! What makes one network differ from another, and the named presets.

use serde::{Deserialize, Serialize};

use crate::core::error::UserError;

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
    /// Whether the logits pass a batch norm, as in the published Keras network.
    pub head_norm: bool,
    /// Where the last layer's bias starts for every organ: below zero, a fresh network says "background", whose own starts at zero.
    pub head_bias: f64,
    /// Added to the variance before its root.
    pub epsilon: f64,
    /// Weight of a new batch in the running statistics (PyTorch's meaning; one minus Keras's).
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
    /// Inner channels; half the skip's if absent.
    pub width: Option<usize>,
    /// Whether theta and phi each pass a ReLU before they are added, as in the published Keras network.
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

/// The networks with a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Preset {
    /// The default: small enough for a browser's CPU.
    Islet,
    /// The network of "Pancreas segmentation using Attention U-Net", to the last layer.
    Article,
    /// `Islet` without gates, the baseline that shows what they bring.
    Unet,
    /// `Islet` with a quarter of the filters and three levels: learns phantoms within a minute, for trying things out and for tests.
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

/// The most channels of logits: a whole-body data set's hundred organs.
const MOST_CLASSES: usize = 128;

impl ModelConfig {
    /// The same network for `organs` organs: one is told from the rest by a sigmoid, several by a softmax that has a channel for the
    /// background too.
    pub fn for_organs(self, organs: usize) -> Self {
        Self { classes: if organs > 1 { organs + 1 } else { 1 }, ..self }
    }

    /// Organs that it tells apart.
    pub fn organs(&self) -> usize {
        (self.classes - 1).max(1)
    }

    /// Refuses an architecture this version cannot build or would need absurd memory for, before anything is allocated.
    pub fn check(&self) -> Result<(), UserError> {
        let problem = if self.in_channels != 3 {
            Some(format!("it takes {} input channels, expected 3 (slice below, slice, slice above)", self.in_channels))
        } else if !(1..=MOST_CLASSES).contains(&self.classes) {
            Some(format!("it has {} classes, expected 1 to {MOST_CLASSES}", self.classes))
        } else if !(1..=64).contains(&self.base_filters) {
            Some(format!("it has {} base filters, expected 1 to 64", self.base_filters))
        } else if !(2..=6).contains(&self.depth) {
            Some(format!("it has {} levels, expected 2 to 6", self.depth))
        } else if matches!(self.norm, Norm::Group { groups } if groups == 0 || !self.base_filters.is_multiple_of(groups))
        {
            Some("its normalisation groups do not divide its filters".into())
        } else if matches!(&self.gates, Gates::Additive(GateConfig { width: Some(w), .. }) if !(1..=1024).contains(w)) {
            Some("the inner width of its gates is not between 1 and 1024".into())
        } else if !(self.epsilon.is_finite() && self.epsilon > 0.0 && (0.0..=1.0).contains(&self.momentum)) {
            Some("the epsilon or momentum of its normalisation is out of range".into())
        } else {
            None
        };
        match problem {
            None => Ok(()),
            Some(why) => Err(UserError::new("islet.config", why, "Use a model trained with this version of Islet")),
        }
    }
}
