//! The options of an encoder-decoder network.

use serde::{Deserialize, Serialize};

use super::kinds::{Activation, NormKind};
use crate::core::i18n::messages::VolumeMessage;

/// An encoder-decoder with skip connections.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkDescription {
    /// Number of axes of the kernels, 2 or 3.
    pub rank: usize,
    /// Channels of the input.
    pub in_channels: usize,
    /// Channels of the logits.
    pub classes: usize,
    /// The resolutions, finest first.
    pub stages: Vec<StageDescription>,
    /// The kind of block.
    pub block: BlockKind,
    /// The normalisation after each convolution of a block.
    pub norm: NormKind,
    /// True if the activation precedes the normalisation.
    pub activation_first: bool,
    /// The activation of the blocks.
    pub activation: Activation,
    /// True if the convolutions of the blocks, and transposed convolutions, have a bias.
    pub conv_bias: bool,
    /// How the encoder lowers the resolution.
    pub downsampling: Downsampling,
    /// How the decoder raises it.
    pub upsampling: Upsampling,
    /// The order of skip connection and upsampled maps in the decoder's input.
    pub skip_order: SkipOrder,
    /// Attention gates on the skip connections.
    pub gates: Option<GateDescription>,
    /// The last layers.
    pub head: HeadKind,
    /// Whose names the tensors have.
    pub names: TensorNames,
}

/// One resolution of a network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StageDescription {
    /// Channels.
    pub features: usize,
    /// `[z, y, x]`.
    pub kernel: [usize; 3],
    /// How much lower the resolution is than that of the stage before, `[z, y, x]`.
    pub stride: [usize; 3],
    /// Convolutions in the encoder; of a residual network, blocks of two convolutions.
    pub encoder_convs: usize,
    /// Convolutions in the decoder; unused at the last stage.
    pub decoder_convs: usize,
}

/// The kind of an encoder's block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BlockKind {
    /// Convolutions one after the other.
    Plain,
    /// Residual blocks of two convolutions ("D" of He et al. 2019, arXiv 1812.01187) after a stem of
    /// one convolution, as in nnU-Net's ResidualEncoderUNet.
    Residual,
    /// Convolutions whose common input is added to their output, and a convolution of its own that
    /// lowers the resolution, as in V-Net.
    WholeStage,
}

/// How an encoder lowers the resolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Downsampling {
    /// The first convolution of a stage has its stride.
    StridedConv,
    /// The largest value of each block.
    MaxPool,
}

/// How a decoder raises the resolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Upsampling {
    /// A transposed convolution whose kernel is its stride.
    TransposedConv,
    /// Repeated voxels.
    Nearest,
    /// Linear interpolation with half-voxel centres.
    Linear,
}

/// The order of channels in the decoder's input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SkipOrder {
    /// The skip connection, then the upsampled maps.
    SkipFirst,
    /// The upsampled maps, then the skip connection.
    UpsampledFirst,
}

/// Additive attention gates (Oktay et al. 2018, section 3.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GateDescription {
    /// Inner channels of each stage's gate, finest first; zero for a skip connection without a gate.
    pub widths: Vec<usize>,
    /// True if theta, and so the inner grid, has the stride of the stage below as its kernel, and no
    /// bias; false if its kernel is 1.
    pub theta_covers_stride: bool,
    /// True if theta and phi pass a ReLU each before they are added.
    pub relu_before_sum: bool,
    /// Gates on each skip connection. Their outputs pass a convolution and a norm each, are
    /// concatenated, and are combined by a 1 x 1 x 1 convolution. Zero for one gate without these.
    pub combined: usize,
    /// True if the signal of the deepest gates passes a 1 x 1 x 1 convolution first.
    pub gating_step: bool,
}

/// The last layers of a network.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum HeadKind {
    /// A 1 x 1 x 1 convolution.
    Last,
    /// A 1 x 1 x 1 convolution and a batch norm.
    LastWithNorm {
        /// Added to the variance.
        epsilon: f64,
    },
    /// A 1 x 1 x 1 convolution on every decoder stage, interpolated to the finest, and one over all
    /// of them.
    FusedStages,
}

/// Whose names the tensors of a network have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TensorNames {
    /// Islet's own 2-D networks.
    Islet,
    /// nnU-Net v2 (dynamic-network-architectures).
    NnUnet,
    /// The repository of Oktay et al. 2018 (ozan-oktay/Attention-Gated-Networks).
    AttentionGatedNetworks,
    /// MONAI's `VNet`.
    MonaiVnet,
}

/// The most stages, and the most convolutions of one.
const MOST_STAGES: usize = 16;
/// The most channels of a stage or of the logits.
const MOST_CHANNELS: usize = 2048;

impl NetworkDescription {
    /// Checks, before anything is allocated, that the layers can be built.
    ///
    /// # Errors
    /// The first option that is out of range or does not fit another.
    pub fn check(&self) -> Result<(), VolumeMessage> {
        let unknown = |option: &str, found: String| VolumeMessage::NetworkOption { option: option.into(), found };
        let channels = |count: usize| (1..=MOST_CHANNELS).contains(&count);
        if !matches!(self.rank, 2 | 3) {
            return Err(unknown("rank", self.rank.to_string()));
        }
        if !(2..=MOST_STAGES).contains(&self.stages.len()) {
            return Err(unknown("stages", self.stages.len().to_string()));
        }
        if !channels(self.in_channels) || !channels(self.classes) {
            return Err(unknown("channels", format!("{} to {}", self.in_channels, self.classes)));
        }
        let last = self.stages.len() - 1;
        for (index, stage) in self.stages.iter().enumerate() {
            let decoder_fits = index == last || (1..=MOST_STAGES).contains(&stage.decoder_convs);
            let is_flat = self.rank == 3 || (stage.kernel[0] == 1 && stage.stride[0] == 1);
            let kernel_fits = stage.kernel.iter().all(|taps| taps % 2 == 1 && *taps <= 7);
            let stride_fits = stage.stride.iter().all(|step| (1..=4).contains(step));
            let fits = channels(stage.features) && (1..=MOST_STAGES).contains(&stage.encoder_convs) && decoder_fits;
            if !(fits && is_flat && kernel_fits && stride_fits) {
                return Err(unknown("stage", format!("{stage:?}")));
            }
        }
        match self.norm {
            NormKind::Group { groups, .. }
                if self.stages.iter().any(|stage| groups == 0 || stage.features % groups != 0) =>
            {
                return Err(unknown("norm", format!("{:?}", self.norm)));
            }
            _ => (),
        }
        match self.activation {
            Activation::LeakyRelu { slope } if !(0.0..=1.0).contains(&slope) => {
                return Err(unknown("activation", format!("{:?}", self.activation)));
            }
            Activation::Elu | Activation::Sigmoid if self.activation_first => {
                return Err(unknown("activation_first", format!("{:?}", self.activation)));
            }
            _ => (),
        }
        match &self.gates {
            Some(gates) if gates.widths.len() != last => Err(unknown("gates", gates.widths.len().to_string())),
            _ => Ok(()),
        }
    }

    /// Each side of an input must be a multiple of this, `[z, y, x]`.
    pub fn divisor(&self) -> [usize; 3] {
        let strides = self.stages.iter().map(|stage| stage.stride);
        strides.fold([1; 3], |product, stride| [0, 1, 2].map(|axis| product[axis] * stride[axis]))
    }

    /// How much lower than the input's the resolution of each gate's attention is, `[z, y, x]`, deepest first.
    pub fn attention_shrinks(&self) -> Vec<[usize; 3]> {
        let Some(gates) = &self.gates else { return Vec::new() };
        let mut shrink = [1; 3];
        let mut shrinks = Vec::new();
        for (stage, width) in self.stages.iter().zip(&gates.widths) {
            shrink = [0, 1, 2].map(|axis| shrink[axis] * stage.stride[axis]);
            if *width > 0 {
                shrinks.extend(std::iter::repeat_n(shrink, gates.combined.max(1)));
            }
        }
        shrinks.reverse();
        shrinks
    }

    /// The 3-D Attention U-Net of Oktay et al. 2018 as its repository builds it
    /// (`unet_CT_multi_att_dsv_3D`), with `base_filters` channels at the finest stage; the paper's has
    /// 16. Without gates it is the repository's `unet_CT_dsv_3D`.
    pub fn paper(base_filters: usize, classes: usize, with_gates: bool) -> Self {
        let stage = |level: usize| StageDescription {
            features: base_filters << level,
            kernel: [3; 3],
            stride: if level == 0 { [1; 3] } else { [2; 3] },
            encoder_convs: 2,
            decoder_convs: 2,
        };
        let widths = || (0..4).map(|level| if level == 0 { 0 } else { base_filters << level }).collect();
        Self {
            rank: 3,
            in_channels: 1,
            classes,
            stages: (0..5).map(stage).collect(),
            block: BlockKind::Plain,
            norm: NormKind::Batch { epsilon: 1e-5 },
            activation_first: false,
            activation: Activation::Relu,
            conv_bias: true,
            downsampling: Downsampling::MaxPool,
            upsampling: Upsampling::Linear,
            skip_order: SkipOrder::SkipFirst,
            gates: with_gates.then(|| GateDescription {
                widths: widths(),
                theta_covers_stride: true,
                relu_before_sum: false,
                combined: 2,
                gating_step: true,
            }),
            head: HeadKind::FusedStages,
            names: TensorNames::AttentionGatedNetworks,
        }
    }

    /// A U-Net as nnU-Net v2 plans it by default: instance norm, LeakyReLU, strided convolutions down
    /// and transposed ones up.
    pub fn nnunet(rank: usize, channels: [usize; 2], block: BlockKind, stages: Vec<StageDescription>) -> Self {
        let [in_channels, classes] = channels;
        Self {
            rank,
            in_channels,
            classes,
            stages,
            block,
            norm: NormKind::Instance { epsilon: 1e-5 },
            activation_first: false,
            activation: Activation::LeakyRelu { slope: 0.01 },
            conv_bias: true,
            downsampling: Downsampling::StridedConv,
            upsampling: Upsampling::TransposedConv,
            skip_order: SkipOrder::UpsampledFirst,
            gates: None,
            head: HeadKind::Last,
            names: TensorNames::NnUnet,
        }
    }

    /// V-Net (Milletari et al. 2016) as MONAI 1.6 builds it, for an input of one channel.
    pub fn vnet(classes: usize) -> Self {
        let stage = |(level, (encoder_convs, decoder_convs)): (usize, (usize, usize))| StageDescription {
            features: 16 << level,
            kernel: [5; 3],
            stride: if level == 0 { [1; 3] } else { [2; 3] },
            encoder_convs,
            decoder_convs,
        };
        Self {
            stages: [(1, 1), (1, 1), (2, 2), (3, 2), (2, 0)].into_iter().enumerate().map(stage).collect(),
            block: BlockKind::WholeStage,
            activation: Activation::Elu,
            conv_bias: false,
            downsampling: Downsampling::StridedConv,
            upsampling: Upsampling::TransposedConv,
            skip_order: SkipOrder::UpsampledFirst,
            head: HeadKind::Last,
            names: TensorNames::MonaiVnet,
            ..Self::paper(16, classes, false)
        }
    }
}
