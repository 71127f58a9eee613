//! The network on a CPU, for inference alone: its weights as plain numbers, batch norms folded in, and a convolution of our own ([`conv`]).
//!
//! Burn's CPU backend rearranges the input of every convolution twice and adds bias, norm and ReLU in passes of their own. Here feature maps
//! keep one form throughout ([`planes`]). What the network computes is said in [`super`]; training stays with Burn.

mod conv;
mod planes;

use std::sync::Arc;

use burn::nn::BatchNorm;
use burn::nn::conv::Conv2d;

use super::AttentionUnet;
use super::block::Block;
use super::gate::Gate;
use conv::{Affine, Conv, Merge, Plain};
use planes::{Planes, Pool, Size};

/// A network with its batch norms folded in.
#[derive(Clone, Debug)]
pub(super) struct CpuUnet {
    encoder: Vec<[Conv<9>; 2]>,
    gates: Vec<CpuGate>,
    decoder: Vec<(Merge, Conv<9>)>,
    head: Conv<1>,
    pool: Arc<Pool>,
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
        let mut head = Plain::of(&model.head);
        if let Some(norm) = &model.head_norm {
            head = head.then(&Affine::of(norm));
        }
        Some(Self {
            encoder: model.encoder.iter().map(Block::folded).collect::<Option<_>>()?,
            gates: model.gates.iter().map(Gate::on_cpu).collect(),
            decoder: model.decoder.iter().map(Block::folded_merge).collect::<Option<_>>()?,
            head: head.ready(false, None),
            pool: Arc::default(),
        })
    }

    pub(super) fn has_gates(&self) -> bool {
        !self.gates.is_empty()
    }

    /// `input` is `[in_channels, height, width]` of one sample; `open` is a gate that is held open.
    pub(super) fn forward(&self, input: &[f32], [height, width]: [usize; 2], open: Option<usize>) -> Said {
        let (size, pool) = (Size { height, width }, &*self.pool);
        let mut skips: Vec<Planes<'_>> = Vec::with_capacity(self.encoder.len());
        for [first, second] in &self.encoder {
            let x = skips.last().map_or_else(|| Planes::of(input, size, pool), Planes::pooled);
            skips.push(second.of(&first.of(&x)));
        }
        let mut x = skips.pop().expect("at least two levels");
        let mut attention = Vec::with_capacity(self.gates.len());
        for (i, (merge, second)) in self.decoder.iter().enumerate() {
            let mut skip = skips.pop().expect("one skip per decoder block");
            if let Some(gate) = self.gates.get(i) {
                let mut alpha = gate.alpha(&skip, &x);
                if open == Some(i) {
                    alpha.fill(1.0);
                }
                skip.weigh(&alpha);
                attention.push(alpha);
            }
            x = second.of(&merge.of(&skip, &x));
        }
        Said { logits: self.head.of(&x).dense(), attention }
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
    /// `[h, w]` of the skip, for a signal half its size.
    fn alpha(&self, skip: &Planes<'_>, signal: &Planes<'_>) -> Vec<f32> {
        let (mut sum, phi) = (self.theta.of(&skip.thinned()), self.phi.of(signal));
        sum.data.iter_mut().zip(&phi.data).for_each(|(theta, phi)| *theta = (*theta + phi).max(0.0));
        let mut alpha = self.psi.of(&sum).dense();
        alpha.iter_mut().for_each(|value| *value = 1.0 / (1.0 + (-*value).exp()));
        let width = signal.size.width;
        let pairs = |row: &[f32]| row.iter().flat_map(|value| [*value; 2]).collect::<Vec<f32>>();
        alpha.chunks_exact(width).flat_map(|row| pairs(row).repeat(2)).collect()
    }
}

impl Block {
    /// Both convolutions with what comes after each.
    fn folded(&self) -> Option<[Conv<9>; 2]> {
        let [first, second] = self.layers().map(|layer| self.fold(layer));
        let ready = |(conv, after): (Plain, Option<Affine>)| conv.ready(true, after);
        Some([ready(first?), ready(second?)])
    }

    /// The same for a block of the decoder, whose input is a skip and the block below, which has twice as many channels.
    fn folded_merge(&self) -> Option<(Merge, Conv<9>)> {
        let [first, second] = self.layers().map(|layer| self.fold(layer));
        let ((merge, after_merge), (second, after)) = (first?, second?);
        Some((merge.merging(self.filters(), true, after_merge), second.ready(true, after)))
    }

    /// A convolution with what folds into it, and what is left to do behind the ReLU.
    fn fold(&self, (conv, norm): (&Conv2d, Option<&BatchNorm>)) -> Option<(Plain, Option<Affine>)> {
        let (conv, norm) = (Plain::of(conv), Affine::of(norm?));
        Some(if self.relu_first { (conv, Some(norm)) } else { (conv.then(&norm), None) })
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
