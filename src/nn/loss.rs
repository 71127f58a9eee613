//! Losses, computed from logits: soft Dice, alone or with cross entropy, for one organ or several.

use burn::tensor::Tensor;
use burn::tensor::activation::{log_sigmoid, log_softmax};
use serde::{Deserialize, Serialize};

use crate::nn::model::probabilities;

/// Added to numerator and denominator: the Dice of a slice without the organ is 1 if nothing is
/// predicted.
const SMOOTH: f64 = 1.0;

/// The loss that training minimises.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Loss {
    /// Soft Dice plus cross entropy.
    #[default]
    DiceCe,
    /// Soft Dice alone: the article's formula, summed over space.
    ArticleDice,
}

impl Loss {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::DiceCe, Self::ArticleDice];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::DiceCe => "dice-ce",
            Self::ArticleDice => "article-dice",
        }
    }

    /// The loss of a batch, a tensor of one value on the device.
    ///
    /// `logits` are `[N, classes, H, W]`. `targets` are `[N, organs, H, W]`: the share of each
    /// pixel that belongs to the organ, in [0, 1]. The background, the difference of their sum to
    /// 1, is part of the cross entropy but not of the Dice.
    pub fn of(self, logits: Tensor<4>, targets: Tensor<4>) -> Tensor<1> {
        match self {
            Self::DiceCe => dice(probabilities(logits.clone()), targets.clone()) + cross_entropy(logits, targets),
            Self::ArticleDice => dice(probabilities(logits), targets),
        }
    }
}

/// Mean over the batch and the organs of 1 - (2 sum(p t) + 1) / (sum(p) + sum(t) + 1). The sums are
/// over space, per sample and organ (Milletari et al. 2016). The article's Keras code sums over
/// channels, per pixel, which with one channel sums nothing.
fn dice(probability: Tensor<4>, targets: Tensor<4>) -> Tensor<1> {
    let space = [2, 3];
    let overlap = (probability.clone() * targets.clone()).sum_dims(&space);
    let total = (probability + targets).sum_dims(&space);
    let dice = (overlap * 2.0 + SMOOTH) / (total + SMOOTH);
    (dice.neg() + 1.0).mean()
}

fn cross_entropy(logits: Tensor<4>, targets: Tensor<4>) -> Tensor<1> {
    if logits.dims()[1] > 1 {
        let background = targets.clone().sum_dim(1).neg() + 1.0;
        let shares = Tensor::cat(vec![background, targets], 1);
        return (shares * log_softmax(logits, 1)).sum_dim(1).mean().neg();
    }
    // -t log s(x) - (1 - t) log s(-x), and log s(-x) = log s(x) - x.
    (logits.clone() * (targets.neg() + 1.0) - log_sigmoid(logits)).mean()
}
