//! The network on a CPU, for inference only: plain numbers in, plain numbers out, no tensors.
//!
//! Burn's CPU backend rearranges the input of every convolution twice, and adds bias, norm and ReLU
//! in separate passes. Here batch norms are folded into the convolutions ([`fold`]), feature maps
//! keep one layout throughout ([`feature_maps`]), 3 x 3 convolutions use Winograd's algorithm
//! ([`winograd`]), and all products go through one kernel ([`matmul`]).
//!
//! The architecture is defined in [`super`], and training stays with Burn.

mod feature_maps;
mod fold;
mod matmul;
mod winograd;

use std::sync::Arc;

use burn::nn::BatchNorm;
use burn::nn::conv::Conv2d;

use super::AttentionUnet;
use super::attention_gate::AttentionGate;
use super::conv_block::ConvBlock;
use feature_maps::{BufferPool, FeatureMaps, MapSize};
use fold::{Activation, ConvParameters, ScaleShift};
use matmul::Conv1x1;
use winograd::Conv3x3;

/// An Attention U-Net with its batch norms folded in.
#[derive(Clone, Debug)]
pub struct CpuUnet {
    encoder: Vec<[Conv3x3; 2]>,
    gates: Vec<CpuGate>,
    decoder: Vec<[Conv3x3; 2]>,
    head: Conv1x1,
    pool: Arc<BufferPool>,
}

/// The output of [`CpuUnet::forward`] for one sample.
#[derive(Clone, Debug)]
pub struct CpuOutput {
    /// `[classes, H, W]`.
    pub logits: Vec<f32>,
    /// As in [`ModelOutput`](super::ModelOutput), each `[h, w]`.
    pub attention: Vec<Vec<f32>>,
}

impl CpuUnet {
    /// The network of `model`, or `None` if it has group norm, which depends on the input and
    /// cannot be folded.
    pub(super) fn new(model: &AttentionUnet) -> Option<Self> {
        let mut head = ConvParameters::read(&model.head);
        if let Some(norm) = &model.head_norm {
            head = head.fold(&ScaleShift::read(norm));
        }
        Some(Self {
            encoder: model.encoder.iter().map(|block| block.for_cpu(0)).collect::<Option<_>>()?,
            gates: model.gates.iter().map(AttentionGate::for_cpu).collect(),
            // The block below has twice as many channels.
            decoder: model.decoder.iter().map(|block| block.for_cpu(2 * block.filters())).collect::<Option<_>>()?,
            head: Conv1x1::new(head, Activation::None),
            pool: Arc::default(),
        })
    }

    /// True if the network has attention gates.
    pub(super) fn has_gates(&self) -> bool {
        !self.gates.is_empty()
    }

    /// Runs one sample on this thread. `input` is `[in_channels, height, width]`, and `ablated` a
    /// gate, counted from the deepest, whose attention is replaced by 1.
    pub fn forward(&self, input: &[f32], [height, width]: [usize; 2], ablated: Option<usize>) -> CpuOutput {
        let (size, pool) = (MapSize { height, width }, &*self.pool);
        let mut skips: Vec<FeatureMaps<'_>> = Vec::with_capacity(self.encoder.len());
        for [first, second] in &self.encoder {
            let x = skips.last().map_or_else(|| FeatureMaps::from_planar(input, size, pool), FeatureMaps::max_pooled);
            skips.push(second.forward(&first.forward(&x, None), None));
        }
        let mut x = skips.pop().expect("at least two levels");
        let mut attention = Vec::with_capacity(self.gates.len());
        for (i, [first, second]) in self.decoder.iter().enumerate() {
            let mut skip = skips.pop().expect("one skip per decoder block");
            if let Some(gate) = self.gates.get(i) {
                let mut alpha = gate.forward(&skip, &x);
                if ablated == Some(i) {
                    alpha.fill(1.0);
                }
                skip.multiply_by(&alpha);
                attention.push(alpha);
            }
            x = second.forward(&first.forward(&skip, Some(&x)), None);
        }
        CpuOutput { logits: self.head.forward(&x).to_planar(), attention }
    }
}

/// An additive attention gate.
#[derive(Clone, Debug)]
struct CpuGate {
    theta: Conv1x1,
    phi: Conv1x1,
    psi: Conv1x1,
}

impl CpuGate {
    /// The attention coefficients, `[h, w]` of `skip`, for a gating signal of half its size.
    fn forward(&self, skip: &FeatureMaps<'_>, signal: &FeatureMaps<'_>) -> Vec<f32> {
        let (mut sum, phi) = (self.theta.forward(&skip.subsampled()), self.phi.forward(signal));
        sum.data.iter_mut().zip(&*phi.data).for_each(|(theta, phi)| *theta = (*theta + phi).max(0.0));
        let mut alpha = self.psi.forward(&sum).to_planar();
        alpha.iter_mut().for_each(|value| *value = 1.0 / (1.0 + (-*value).exp()));
        let width = signal.size.width;
        let upsampled_row = |row: &[f32]| row.iter().flat_map(|value| [*value; 2]).collect::<Vec<f32>>();
        alpha.chunks_exact(width).flat_map(|row| upsampled_row(row).repeat(2)).collect()
    }
}

impl ConvBlock {
    /// Both convolutions with what follows each. The last `upsampled_channels` of the input come
    /// from the block below, at half the resolution.
    fn for_cpu(&self, upsampled_channels: usize) -> Option<[Conv3x3; 2]> {
        let [first, second] = self.layers().map(|layer| self.fold_norm(layer));
        let ((first, first_norm), (second, second_norm)) = (first?, second?);
        Some([Conv3x3::new(&first, upsampled_channels, first_norm), Conv3x3::new(&second, 0, second_norm)])
    }

    /// A convolution with its norm folded in, or with the norm apart where a ReLU is between them.
    fn fold_norm(&self, (conv, norm): (&Conv2d, Option<&BatchNorm>)) -> Option<(ConvParameters, Option<ScaleShift>)> {
        let (conv, norm) = (ConvParameters::read(conv), ScaleShift::read(norm?));
        Some(if self.relu_first { (conv, Some(norm)) } else { (conv.fold(&norm), None) })
    }
}

impl AttentionGate {
    fn for_cpu(&self) -> CpuGate {
        let [theta, phi, psi] = [&self.theta, &self.phi, &self.psi].map(ConvParameters::read);
        let activation = if self.relu_before_sum { Activation::Relu } else { Activation::None };
        CpuGate {
            theta: Conv1x1::new(theta, activation),
            phi: Conv1x1::new(phi, activation),
            psi: Conv1x1::new(psi, Activation::None),
        }
    }
}
