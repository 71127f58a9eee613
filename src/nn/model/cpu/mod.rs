//! The network on a CPU, for inference alone: its weights as plain numbers, batch norms folded in ([`fold`]), and convolutions of our own:
//! of 3 x 3 in [`winograd`], of one pixel in [`product`], where both multiply.
//!
//! Burn's CPU backend rearranges the input of every convolution twice and adds bias, norm and ReLU in passes of their own. Here feature maps
//! keep one form throughout ([`maps`]). What the network computes is said in [`super`]; training stays with Burn.

mod fold;
mod maps;
mod product;
mod winograd;

use std::sync::Arc;

use burn::nn::BatchNorm;
use burn::nn::conv::Conv2d;

use super::AttentionUnet;
use super::attention_gate::AttentionGate;
use super::conv_block::ConvBlock;
use fold::{Affine, Plain};
use maps::{MapSize, Maps, Pool};
use product::Pointwise;
use winograd::Square;

/// A network with its batch norms folded in.
#[derive(Clone, Debug)]
pub(super) struct CpuUnet {
    encoder: Vec<[Square; 2]>,
    gates: Vec<CpuGate>,
    decoder: Vec<[Square; 2]>,
    head: Pointwise,
    pool: Arc<Pool>,
}

/// What one sample gives.
pub(super) struct CpuOutput {
    /// `[classes, H, W]`.
    pub(super) logits: Vec<f32>,
    /// As in [`Output`](super::Output), each `[h, w]`.
    pub(super) attention: Vec<Vec<f32>>,
}

impl CpuUnet {
    /// `None` with group norm, which depends on the input and does not fold.
    pub(super) fn of(model: &AttentionUnet) -> Option<Self> {
        let mut head = Plain::of(&model.head);
        if let Some(norm) = &model.head_norm {
            head = head.then(&Affine::of(norm));
        }
        Some(Self {
            encoder: model.encoder.iter().map(|block| block.for_inference(0)).collect::<Option<_>>()?,
            gates: model.gates.iter().map(AttentionGate::on_cpu).collect(),
            // The block below has twice as many channels.
            decoder: model
                .decoder
                .iter()
                .map(|block| block.for_inference(2 * block.filters()))
                .collect::<Option<_>>()?,
            head: Pointwise::new(head, false),
            pool: Arc::default(),
        })
    }

    pub(super) fn has_gates(&self) -> bool {
        !self.gates.is_empty()
    }

    /// `input` is `[in_channels, height, width]` of one sample; `open` is a gate that is held open.
    pub(super) fn forward(&self, input: &[f32], [height, width]: [usize; 2], open: Option<usize>) -> CpuOutput {
        let (size, pool) = (MapSize { height, width }, &*self.pool);
        let mut skips: Vec<Maps<'_>> = Vec::with_capacity(self.encoder.len());
        for [first, second] in &self.encoder {
            let x = skips.last().map_or_else(|| Maps::of(input, size, pool), Maps::pooled);
            skips.push(second.of(&first.of(&x, None), None));
        }
        let mut x = skips.pop().expect("at least two levels");
        let mut attention = Vec::with_capacity(self.gates.len());
        for (i, [first, second]) in self.decoder.iter().enumerate() {
            let mut skip = skips.pop().expect("one skip per decoder block");
            if let Some(gate) = self.gates.get(i) {
                let mut alpha = gate.alpha(&skip, &x);
                if open == Some(i) {
                    alpha.fill(1.0);
                }
                skip.weigh(&alpha);
                attention.push(alpha);
            }
            x = second.of(&first.of(&skip, Some(&x)), None);
        }
        CpuOutput { logits: self.head.of(&x).dense(), attention }
    }
}

/// An additive gate.
#[derive(Clone, Debug)]
pub(super) struct CpuGate {
    theta: Pointwise,
    phi: Pointwise,
    psi: Pointwise,
}

impl CpuGate {
    /// `[h, w]` of the skip, for a signal half its size.
    fn alpha(&self, skip: &Maps<'_>, signal: &Maps<'_>) -> Vec<f32> {
        let (mut sum, phi) = (self.theta.of(&skip.thinned()), self.phi.of(signal));
        sum.data.iter_mut().zip(&*phi.data).for_each(|(theta, phi)| *theta = (*theta + phi).max(0.0));
        let mut alpha = self.psi.of(&sum).dense();
        alpha.iter_mut().for_each(|value| *value = 1.0 / (1.0 + (-*value).exp()));
        let width = signal.size.width;
        let pairs = |row: &[f32]| row.iter().flat_map(|value| [*value; 2]).collect::<Vec<f32>>();
        alpha.chunks_exact(width).flat_map(|row| pairs(row).repeat(2)).collect()
    }
}

impl ConvBlock {
    /// Both convolutions with what comes after each; the last `half_channels` of the input are of the block below, half the size.
    fn for_inference(&self, half_channels: usize) -> Option<[Square; 2]> {
        let [first, second] = self.layers().map(|layer| self.fold(layer));
        let ready = |(conv, after): (Plain, _), half_channels| Square::new(&conv, half_channels, true, after);
        Some([ready(first?, half_channels), ready(second?, 0)])
    }

    /// A convolution with what folds into it, and what is left to do behind the ReLU.
    fn fold(&self, (conv, norm): (&Conv2d, Option<&BatchNorm>)) -> Option<(Plain, Option<Affine>)> {
        let (conv, norm) = (Plain::of(conv), Affine::of(norm?));
        Some(if self.relu_first { (conv, Some(norm)) } else { (conv.then(&norm), None) })
    }
}

impl AttentionGate {
    fn on_cpu(&self) -> CpuGate {
        let [theta, phi, psi] = [&self.theta, &self.phi, &self.psi].map(Plain::of);
        CpuGate {
            theta: Pointwise::new(theta, self.relu_before_sum),
            phi: Pointwise::new(phi, self.relu_before_sum),
            psi: Pointwise::new(psi, false),
        }
    }
}
