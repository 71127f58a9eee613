//! Deep supervision (Lee et al. 2015): auxiliary heads on the coarser levels of the decoder, which
//! exist during training only.

use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::pool::AvgPool2dConfig;
use burn::tensor::Tensor;

use crate::nn::batch::Batch;
use crate::nn::convolution::convolve_slices;
use crate::nn::loss::Loss;
use crate::nn::model::AttentionUnet;

/// A network in training, with its auxiliary heads, if any.
#[derive(Module, Debug)]
pub struct DeepSupervised {
    pub(super) net: AttentionUnet,
    /// 1 x 1 convolutions to logits, one for each decoder block except the last, deepest first.
    heads: Vec<Conv2d>,
}

impl DeepSupervised {
    /// `net`, with new heads on its decoder if `deep_supervision` is set.
    pub(super) fn new(net: AttentionUnet, deep_supervision: bool) -> Self {
        let device = net.device();
        let widths = if deep_supervision { net.coarse_widths() } else { Vec::new() };
        let head = |width| Conv2dConfig::new([width, net.classes()], [1, 1]).init(&device);
        let heads = widths.into_iter().map(head).collect();
        Self { net, heads }
    }

    /// The loss of a batch, a tensor on the device. Each head is compared with the targets averaged
    /// to its resolution, and has half the weight of the next finer one. The weights sum to 1
    /// (Isensee et al. 2021, nnU-Net).
    pub(super) fn loss(&self, batch: Batch, loss: Loss) -> Tensor<1> {
        let mut coarse = Vec::with_capacity(self.heads.len());
        let output = self.net.forward_with_coarse(batch.inputs, |x| coarse.push(x.clone()));
        self.loss_of(output.logits, coarse, batch.targets, loss)
    }

    /// The number of auxiliary heads.
    pub(super) fn heads(&self) -> usize {
        self.heads.len()
    }

    /// The loss from the logits and from the maps of every decoder block except the last, deepest first.
    pub(super) fn loss_of(
        &self,
        logits: Tensor<4>,
        coarse: Vec<Tensor<4>>,
        targets: Tensor<4>,
        loss: Loss,
    ) -> Tensor<1> {
        let coarse: Vec<Tensor<4>> = self.heads.iter().zip(coarse).map(|(head, x)| convolve_slices(head, x)).collect();
        let mut total = loss.of(logits, targets.clone());
        let (mut weight, mut weights, mut factor) = (1.0, 1.0, 1);
        for logits in coarse.into_iter().rev() {
            (weight, factor) = (weight / 2.0, factor * 2);
            weights += weight;
            let mean = AvgPool2dConfig::new([factor, factor]).with_strides([factor, factor]).init();
            total = total + loss.of(logits, mean.forward(targets.clone())) * weight;
        }
        if weights == 1.0 { total } else { total / weights }
    }
}
