//! The Attention U-Net (Oktay et al. 2018): its configuration, its presets and its assembly from
//! [`conv_block`]s and [`attention_gate`]s.
//!
//! Tensors are `[N, C, H, W]` throughout. Inference runs an [`InferenceModel`]. Numbers by name are
//! in [`state_dict`], model files in [`weights`] and [`metadata`], the export to other programs in
//! `onnx`. Losses and training are in other modules of [`nn`](crate::nn).

pub mod attention_gate;
pub mod config;
pub mod conv_block;
mod inference_model;
pub mod metadata;
#[cfg(feature = "cli")]
pub mod onnx;
mod probability;
pub mod safetensors_file;
pub mod state_dict;
pub mod weights;

use std::collections::BTreeMap;

use burn::module::{Module, Param};
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::pool::{MaxPool2d, MaxPool2dConfig};
use burn::nn::{BatchNorm, BatchNormConfig};
use burn::tensor::module::interpolate;
use burn::tensor::ops::{InterpolateMode, InterpolateOptions};
use burn::tensor::{Device, Tensor};

use crate::nn::convolution::convolve_slices;
use crate::nn::cpu::BatchStatistics;
use crate::nn::network::NetworkGraph;
use attention_gate::AttentionGate;
pub use config::{Gates, LayerOrder, ModelConfig, Norm, Preset};
use conv_block::ConvBlock;
pub use inference_model::{Engine, InferenceModel};
pub use probability::{probabilities, probabilities_of_sample};

/// An encoder-decoder with skip connections, each weighted by an attention gate if the
/// configuration has gates.
#[derive(Module, Debug)]
pub struct AttentionUnet {
    pub(crate) encoder: Vec<ConvBlock>,
    pool: MaxPool2d,
    /// One per skip, deepest first.
    pub(crate) gates: Vec<AttentionGate>,
    /// One per skip, deepest first.
    pub(crate) decoder: Vec<ConvBlock>,
    pub(crate) head: Conv2d,
    pub(crate) head_norm: Option<BatchNorm>,
    #[module(skip)]
    config: ModelConfig,
}

/// The output of a forward pass.
#[derive(Clone, Debug)]
pub struct ModelOutput {
    /// `[N, classes, H, W]`, before the sigmoid or softmax; see [`probabilities`].
    pub logits: Tensor<4>,
    /// The gates' attention coefficients in [0, 1], deepest gate first, each `[N, 1, h, w]` at the
    /// resolution of its skip connection.
    pub attention: Vec<Tensor<4>>,
}

impl ModelConfig {
    /// A network with random weights on `device`.
    pub fn init(&self, device: &Device) -> AttentionUnet {
        let filters: Vec<usize> = (0..self.depth).map(|level| self.base_filters << level).collect();
        let encoder = (0..self.depth)
            .map(|level| {
                let in_channels = if level == 0 { self.in_channels } else { filters[level - 1] };
                ConvBlock::new(in_channels, filters[level], self, device)
            })
            .collect();
        let skips = || (0..self.depth - 1).rev();
        let gates = match &self.gates {
            Gates::None => Vec::new(),
            Gates::Additive(gate) => {
                skips().map(|level| AttentionGate::new(filters[level], filters[level + 1], gate, device)).collect()
            }
        };
        let decoder = skips()
            .map(|level| ConvBlock::new(filters[level] + filters[level + 1], filters[level], self, device))
            .collect();
        let mut head = Conv2dConfig::new([self.base_filters, self.classes], [1, 1]).init(device);
        let mut bias = vec![self.head_bias as f32; self.classes];
        if self.classes > 1 {
            bias[probability::BACKGROUND] = 0.0;
        }
        head.bias = Some(Param::from_data(bias.as_slice(), device));
        let head_norm = self.head_norm.then(|| {
            BatchNormConfig::new(self.classes).with_epsilon(self.epsilon).with_momentum(self.momentum).init(device)
        });
        AttentionUnet {
            encoder,
            pool: MaxPool2dConfig::new([2, 2]).with_strides([2, 2]).init(),
            gates,
            decoder,
            head,
            head_norm,
            config: self.clone(),
        }
    }

    /// Height and width of an input must be multiples of this.
    pub fn stride(&self) -> usize {
        1 << (self.depth - 1)
    }
}

impl AttentionUnet {
    /// The device that holds the weights.
    pub fn device(&self) -> Device {
        self.head.weight.val().device()
    }

    /// The layers of the network.
    pub(crate) fn graph(&self) -> NetworkGraph {
        self.config.description().graph()
    }

    /// Takes the statistics of a batch into the running statistics, as a forward pass in training does.
    /// The statistics have the names of the norms.
    pub(crate) fn update_running_statistics(&self, statistics: &BTreeMap<String, BatchStatistics>) {
        let blocks = [("encoder", &self.encoder), ("decoder", &self.decoder)];
        for (part, blocks) in blocks {
            for (i, block) in blocks.iter().enumerate() {
                block.update_running_statistics(statistics, &format!("{part}.{i}"));
            }
        }
        if let (Some(norm), Some(batch)) = (&self.head_norm, statistics.get("head_norm")) {
            conv_block::update_running(norm, batch);
        }
    }

    /// Channels of the logits.
    pub(crate) fn classes(&self) -> usize {
        self.head.weight.dims()[0]
    }

    /// Output channels of every decoder block except the last, deepest first.
    pub(crate) fn coarse_widths(&self) -> Vec<usize> {
        let widths = self.decoder.iter().map(ConvBlock::filters);
        widths.take(self.decoder.len().saturating_sub(1)).collect()
    }

    /// Runs the network on `[N, in_channels, H, W]` with `H` and `W` multiples of
    /// [`ModelConfig::stride`].
    pub fn forward(&self, input: Tensor<4>) -> ModelOutput {
        self.forward_with_coarse(input, |_| ())
    }

    /// [`forward`](Self::forward) with the attention of one gate, counted from the deepest,
    /// replaced by 1 everywhere, so that its skip connection passes unchanged.
    pub fn forward_ablated(&self, input: Tensor<4>, ablated: Option<usize>) -> ModelOutput {
        self.run(input, ablated, |_| ())
    }

    /// [`forward`](Self::forward) that also passes the output of every decoder block except the
    /// last to `coarse`, deepest first: `[N, C, h, w]` with the channels of
    /// [`coarse_widths`](Self::coarse_widths), each twice as high and wide as the one before.
    pub(crate) fn forward_with_coarse(&self, input: Tensor<4>, coarse: impl FnMut(&Tensor<4>)) -> ModelOutput {
        self.run(input, None, coarse)
    }

    fn run(&self, input: Tensor<4>, ablated: Option<usize>, mut coarse: impl FnMut(&Tensor<4>)) -> ModelOutput {
        let mut x = input;
        let mut skips = Vec::with_capacity(self.encoder.len());
        for (level, block) in self.encoder.iter().enumerate() {
            if level > 0 {
                x = self.pool.forward(x);
            }
            x = block.forward(x);
            skips.push(x.clone());
        }
        skips.pop();

        let mut attention = Vec::with_capacity(self.gates.len());
        for (i, block) in self.decoder.iter().enumerate() {
            let mut skip = skips.pop().expect("one skip per decoder block");
            if let Some(gate) = self.gates.get(i) {
                let alpha = gate.forward(skip.clone(), x.clone());
                let alpha = if ablated == Some(i) { alpha.ones_like() } else { alpha };
                skip = skip * alpha.clone();
                attention.push(alpha);
            }
            x = block.forward(Tensor::cat(vec![skip, upsample(x)], 1));
            if i + 1 < self.decoder.len() {
                coarse(&x);
            }
        }

        let mut logits = convolve_slices(&self.head, x);
        if let Some(norm) = &self.head_norm {
            logits = norm.forward(logits);
        }
        ModelOutput { logits, attention }
    }
}

/// Nearest-neighbour upsampling by two.
pub(crate) fn upsample(x: Tensor<4>) -> Tensor<4> {
    interpolate(x, InterpolateOptions::new(InterpolateMode::Nearest).with_scale_factor([2.0, 2.0]))
}
