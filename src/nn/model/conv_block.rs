//! The building block of encoder and decoder: two 3 x 3 convolutions, each with normalisation and
//! ReLU.

use std::collections::BTreeMap;

use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::{BatchNorm, BatchNormConfig, GroupNorm, GroupNormConfig, Initializer, PaddingConfig2d};
use burn::tensor::activation::relu;
use burn::tensor::{Device, Tensor, TensorData};

use super::config::{LayerOrder, ModelConfig, Norm};
use crate::nn::convolution::convolve_slices;
use crate::nn::cpu::BatchStatistics;

/// Two convolutions with normalisation and ReLU; keeps height and width.
#[derive(Module, Debug)]
pub struct ConvBlock {
    conv1: Conv2d,
    norm1: NormLayer,
    conv2: Conv2d,
    norm2: NormLayer,
    relu_first: bool,
}

#[derive(Module, Debug)]
#[allow(clippy::large_enum_variant)] // A handful per network.
enum NormLayer {
    Batch(BatchNorm),
    Group(GroupNorm),
}

impl ConvBlock {
    /// A block from `in_channels` to `filters`.
    pub fn new(in_channels: usize, filters: usize, config: &ModelConfig, device: &Device) -> Self {
        let conv = |channels: [usize; 2]| {
            // He initialisation; the bias starts at zero.
            let mut conv = Conv2dConfig::new(channels, [3, 3])
                .with_padding(PaddingConfig2d::Explicit(1, 1, 1, 1))
                .with_initializer(Initializer::KaimingNormal { gain: std::f64::consts::SQRT_2, fan_out_only: false })
                .init(device);
            conv.bias = Some(Initializer::Zeros.init([channels[1]], device));
            conv
        };
        Self {
            conv1: conv([in_channels, filters]),
            norm1: NormLayer::new(filters, config, device),
            conv2: conv([filters, filters]),
            norm2: NormLayer::new(filters, config, device),
            relu_first: config.order == LayerOrder::ConvReluNorm,
        }
    }

    /// Output channels.
    pub(crate) fn filters(&self) -> usize {
        self.conv2.weight.dims()[0]
    }

    /// `[N, in_channels, H, W]` to `[N, filters, H, W]`.
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let x = self.norm_and_relu(convolve_slices(&self.conv1, x), &self.norm1);
        self.norm_and_relu(convolve_slices(&self.conv2, x), &self.norm2)
    }

    /// Takes the statistics of a batch into the running statistics of both norms; `name` is the block's.
    pub(super) fn update_running_statistics(&self, statistics: &BTreeMap<String, BatchStatistics>, name: &str) {
        for (norm, number) in [(&self.norm1, 1), (&self.norm2, 2)] {
            if let (NormLayer::Batch(norm), Some(batch)) = (norm, statistics.get(&format!("{name}.norm{number}"))) {
                update_running(norm, batch);
            }
        }
    }

    /// The block with the convolution biases frozen where a batch norm follows directly and
    /// subtracts them again. They have no effect on the output, and their gradient is only
    /// rounding, which Adam would scale up to full steps.
    pub(crate) fn freeze_cancelled_biases(mut self) -> Self {
        for (conv, norm) in [(&mut self.conv1, &self.norm1), (&mut self.conv2, &self.norm2)] {
            if matches!(norm, NormLayer::Batch(_)) && !self.relu_first {
                conv.bias = conv.bias.take().map(|bias| bias.set_require_grad(false));
            }
        }
        self
    }

    fn norm_and_relu(&self, x: Tensor<4>, norm: &NormLayer) -> Tensor<4> {
        if self.relu_first { norm.forward(relu(x)) } else { relu(norm.forward(x)) }
    }
}

impl NormLayer {
    fn new(filters: usize, config: &ModelConfig, device: &Device) -> Self {
        match config.norm {
            Norm::Batch => Self::Batch(
                BatchNormConfig::new(filters).with_epsilon(config.epsilon).with_momentum(config.momentum).init(device),
            ),
            Norm::Group { groups } => {
                Self::Group(GroupNormConfig::new(groups, filters).with_epsilon(config.epsilon).init(device))
            }
        }
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        match self {
            Self::Batch(norm) => norm.forward(x),
            Self::Group(norm) => norm.forward(x),
        }
    }
}

/// Takes the statistics of a batch into the running statistics, as `norm` does itself in training.
pub(super) fn update_running(norm: &BatchNorm, batch: &BatchStatistics) {
    for (running, values) in [(&norm.running_mean, &batch.mean), (&norm.running_var, &batch.variance)] {
        let old = running.value_sync();
        let new = Tensor::from_data(TensorData::new(values.clone(), [values.len()]), &old.device());
        running.update((old.mul_scalar(1.0 - norm.momentum) + new.mul_scalar(norm.momentum)).detach());
    }
}
