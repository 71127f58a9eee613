//! The network on a CPU, for inference alone: its weights as plain numbers, batch norms folded in, and a convolution of our own ([`conv`]).
//!
//! Burn's CPU backend rearranges the input of every convolution twice and adds bias, norm and ReLU in passes of their own. Here feature maps
//! keep one form throughout ([`planes`]). What the network computes is said in [`super`]; training stays with Burn.

mod conv;
mod planes;

use burn::nn::BatchNorm;
use burn::nn::conv::Conv2d;

use super::AttentionUnet;
use super::block::Block;
use super::gate::Gate;
use conv::{Affine, Conv, Plain};
use planes::{Planes, Size};

/// A network with its batch norms folded in.
#[derive(Clone, Debug)]
pub(super) struct CpuUnet {
    encoder: Vec<[Conv<9>; 2]>,
    gates: Vec<CpuGate>,
    decoder: Vec<[Conv<9>; 2]>,
    head: Conv<1>,
}

/// What one sample gives.
pub(super) struct Said {
    /// `[classes, H, W]`.
    pub(super) logits: Vec<f32>,
    /// As in [`Output`](super::Output), each `[h, w]`.
    pub(super) attention: Vec<Vec<f32>>,
}

impl CpuUnet {
    /// `None` with group norm, which depends on the input and does not fold.
    pub(super) fn of(model: &AttentionUnet) -> Option<Self> {
        let folded = |blocks: &[Block]| blocks.iter().map(Block::folded).collect::<Option<Vec<_>>>();
        let mut head = Plain::of(&model.head);
        if let Some(norm) = &model.head_norm {
            head = head.then(&Affine::of(norm));
        }
        Some(Self {
            encoder: folded(&model.encoder)?,
            gates: model.gates.iter().map(Gate::on_cpu).collect(),
            decoder: folded(&model.decoder)?,
            head: head.ready(false, None),
        })
    }

    pub(super) fn has_gates(&self) -> bool {
        !self.gates.is_empty()
    }

    /// `input` is `[in_channels, height, width]` of one sample; `open` is a gate that is held open.
    pub(super) fn forward(&self, input: &[f32], [height, width]: [usize; 2], open: Option<usize>) -> Said {
        let mut skips: Vec<Planes> = Vec::with_capacity(self.encoder.len());
        for [first, second] in &self.encoder {
            let x = skips.last().map_or_else(|| Planes::of(input, Size { height, width }), Planes::pooled);
            skips.push(second.of(&[&first.of(&[&x])]));
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
            x = second.of(&[&first.of(&[&skip, &x.doubled()])]);
        }
        Said { logits: self.head.of(&[&x]).dense(), attention }
    }
}

/// An additive gate.
#[derive(Clone, Debug)]
pub(super) struct CpuGate {
    theta: Conv<1>,
    phi: Conv<1>,
    psi: Conv<1>,
}

impl CpuGate {
    fn alpha(&self, skip: &Planes, signal: &Planes) -> Vec<f32> {
        let (mut sum, phi) = (self.theta.of(&[&skip.thinned()]), self.phi.of(&[signal]));
        sum.data.iter_mut().zip(&phi.data).for_each(|(theta, phi)| *theta = (*theta + phi).max(0.0));
        let mut alpha = self.psi.of(&[&sum]).doubled().dense();
        alpha.iter_mut().for_each(|value| *value = 1.0 / (1.0 + (-*value).exp()));
        alpha
    }
}

impl Block {
    /// Both convolutions with what comes after each.
    fn folded(&self) -> Option<[Conv<9>; 2]> {
        let [first, second] = self.layers();
        let folded = |(conv, norm): (&Conv2d, Option<&BatchNorm>)| {
            let (conv, norm) = (Plain::of(conv), Affine::of(norm?));
            Some(if self.relu_first { conv.ready(true, Some(norm)) } else { conv.then(&norm).ready(true, None) })
        };
        Some([folded(first)?, folded(second)?])
    }
}

impl Gate {
    fn on_cpu(&self) -> CpuGate {
        let [theta, phi, psi] = [&self.theta, &self.phi, &self.psi].map(Plain::of);
        CpuGate {
            theta: theta.ready(self.relu_before_sum, None),
            phi: phi.ready(self.relu_before_sum, None),
            psi: psi.ready(false, None),
        }
    }
}
