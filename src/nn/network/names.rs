//! The names of a network's tensors, in the words of the program that they come from.

use super::description::TensorNames;

/// A block of convolutions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BlockPlace {
    /// In the encoder, at a stage counted from the finest.
    Encoder {
        /// The stage.
        stage: usize,
        /// True if it is the last stage.
        is_last: bool,
    },
    /// In the decoder.
    Decoder {
        /// Counted from the deepest.
        step: usize,
        /// The stage, counted from the finest.
        stage: usize,
    },
}

impl TensorNames {
    /// The names of a block's convolution, counted from 0, and of its norm.
    pub(super) fn conv(self, place: BlockPlace, index: usize) -> [String; 2] {
        let number = index + 1;
        let in_sequence = |prefix: String| [format!("{prefix}.0"), format!("{prefix}.1")];
        let in_block = |prefix: String| [format!("{prefix}.conv"), format!("{prefix}.norm")];
        match (self, place) {
            (Self::Islet, BlockPlace::Encoder { stage, .. }) => {
                ["conv", "norm"].map(|layer| format!("encoder.{stage}.{layer}{number}"))
            }
            (Self::Islet, BlockPlace::Decoder { step, .. }) => {
                ["conv", "norm"].map(|layer| format!("decoder.{step}.{layer}{number}"))
            }
            // V-Net's layers name their tensors themselves.
            (Self::NnUnet | Self::MonaiVnet, BlockPlace::Encoder { stage, .. }) => {
                in_block(format!("encoder.stages.{stage}.0.convs.{index}"))
            }
            (Self::NnUnet | Self::MonaiVnet, BlockPlace::Decoder { step, .. }) => {
                in_block(format!("decoder.stages.{step}.convs.{index}"))
            }
            (Self::AttentionGatedNetworks, BlockPlace::Encoder { is_last: true, .. }) => {
                in_sequence(format!("center.conv{number}"))
            }
            (Self::AttentionGatedNetworks, BlockPlace::Encoder { stage, .. }) => {
                in_sequence(format!("conv{}.conv{number}", stage + 1))
            }
            (Self::AttentionGatedNetworks, BlockPlace::Decoder { stage, .. }) => {
                in_sequence(format!("up_concat{}.conv.conv{number}", stage + 1))
            }
        }
    }

    /// The prefix of a residual block's names, and that of the stem.
    pub(super) fn residual_block(stage: usize, block: usize) -> String {
        format!("encoder.stages.{stage}.blocks.{block}")
    }

    /// The name of the transposed convolution of a decoder's step, counted from the deepest.
    pub(super) fn transposed_conv(step: usize) -> String {
        format!("decoder.transpconvs.{step}")
    }

    /// The name of the last 1 x 1 x 1 convolution, after `steps` decoder blocks.
    pub(super) fn head(self, steps: usize) -> String {
        match self {
            Self::Islet => "head".into(),
            Self::NnUnet | Self::MonaiVnet => format!("decoder.seg_layers.{}", steps - 1),
            Self::AttentionGatedNetworks => "final".into(),
        }
    }

    /// The prefix of the names of the gate on a skip connection: at `stage`, counted from the finest,
    /// and decoded in `step`, counted from the deepest.
    pub(super) fn gate(self, step: usize, stage: usize) -> String {
        match self {
            Self::Islet | Self::NnUnet | Self::MonaiVnet => format!("gates.{step}"),
            Self::AttentionGatedNetworks => format!("attentionblock{}", stage + 1),
        }
    }

    /// The name of the convolution that makes the logits of one decoder stage.
    pub(super) fn stage_head(stage: usize) -> String {
        if stage == 0 { "dsv1".into() } else { format!("dsv{}.dsv.0", stage + 1) }
    }
}
