//! The Attention U-Net: its configuration, its presets and its assembly from [`block`]s and [`gate`]s.
//!
//! Tensors are `[N, C, H, W]` throughout. What inference runs is [`InferenceModel`]. Numbers by name live in [`values`], model files in [`weights`] and [`passport`], the way out to
//! other programs in `onnx`; losses and training elsewhere.

pub mod attention_gate;
pub mod config;
pub mod conv_block;
mod cpu;
mod inference_model;
pub mod metadata;
#[cfg(feature = "cli")]
pub mod onnx;
pub mod state_dict;
pub mod weights;

use burn::module::{Module, Param};
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::pool::{MaxPool2d, MaxPool2dConfig};
use burn::nn::{BatchNorm, BatchNormConfig};
use burn::tensor::activation::{sigmoid, softmax};
use burn::tensor::module::interpolate;
use burn::tensor::ops::{InterpolateMode, InterpolateOptions};
use burn::tensor::{Device, Tensor};

use attention_gate::AttentionGate;
pub use config::{Gates, LayerOrder, ModelConfig, Norm, Preset};
use conv_block::ConvBlock;
pub use inference_model::InferenceModel;

/// An encoder-decoder with skip connections, each weighted by an attention gate if the configuration has gates.
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
}

/// What one forward pass gives.
#[derive(Clone, Debug)]
pub struct Output {
    /// `[N, classes, H, W]`, before the sigmoid or softmax; see [`probabilities`].
    pub logits: Tensor<4>,
    /// The gates' attention coefficients in [0, 1], deepest gate first, each `[N, 1, h, w]` at its skip's resolution.
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
            bias[BACKGROUND] = 0.0;
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

    /// Channels of the logits.
    pub(crate) fn classes(&self) -> usize {
        self.head.weight.dims()[0]
    }

    /// Channels of what each decoder block but the last gives, deepest first.
    pub(crate) fn coarse_widths(&self) -> Vec<usize> {
        let widths = self.decoder.iter().map(ConvBlock::filters);
        widths.take(self.decoder.len().saturating_sub(1)).collect()
    }

    /// `input` is `[N, in_channels, H, W]` with `H` and `W` multiples of [`ModelConfig::stride`].
    pub fn forward(&self, input: Tensor<4>) -> Output {
        self.forward_timed(input, |_| ())
    }

    /// [`forward`](Self::forward) with a gate, counted from the deepest, held open, if there is one to: its attention is 1 everywhere, and
    /// its skip passes whole.
    pub fn forward_ablated(&self, input: Tensor<4>, open: Option<usize>) -> Output {
        self.run(input, open, |_| ())
    }

    /// [`forward`](Self::forward), which shows `coarse` what each decoder block but the last gives, deepest first: `[N, C, h, w]`
    /// with the channels of [`coarse_widths`](Self::coarse_widths), each twice as high and wide as the one before.
    pub(crate) fn forward_timed(&self, input: Tensor<4>, coarse: impl FnMut(&Tensor<4>)) -> Output {
        self.run(input, None, coarse)
    }

    fn run(&self, input: Tensor<4>, open: Option<usize>, mut coarse: impl FnMut(&Tensor<4>)) -> Output {
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
                let alpha = if open == Some(i) { alpha.ones_like() } else { alpha };
                skip = skip * alpha.clone();
                attention.push(alpha);
            }
            x = block.forward(Tensor::cat(vec![skip, upsample(x)], 1));
            if i + 1 < self.decoder.len() {
                coarse(&x);
            }
        }

        let mut logits = self.head.forward(x);
        if let Some(norm) = &self.head_norm {
            logits = norm.forward(logits);
        }
        Output { logits, attention }
    }
}

/// The channel of the background, where there is a channel for it.
const BACKGROUND: usize = 0;

/// The probability of every organ, `[N, organs, H, W]`, from logits `[N, classes, H, W]`: of one channel its sigmoid, of several their
/// softmax without the background's. What is missing to 1 is background.
pub fn probabilities(logits: Tensor<4>) -> Tensor<4> {
    let classes = logits.dims()[1];
    if classes == 1 {
        return sigmoid(logits);
    }
    softmax(logits, 1).narrow(1, BACKGROUND + 1, classes - 1)
}

/// Nearest-neighbour upsampling by two.
pub(crate) fn upsample(x: Tensor<4>) -> Tensor<4> {
    interpolate(x, InterpolateOptions::new(InterpolateMode::Nearest).with_scale_factor([2.0, 2.0]))
}
