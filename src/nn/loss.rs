//! Losses, computed from logits: soft Dice, alone or with cross entropy, for one organ or several.

use burn::tensor::Tensor;
use burn::tensor::activation::{log_sigmoid, log_softmax};
use serde::{Deserialize, Serialize};

use crate::nn::model::probabilities;

/// Added to numerator and denominator: the Dice of a slice without the organ is 1 if nothing is
/// predicted.
const SMOOTH: f64 = 1.0;
/// The same in the loss of Oktay et al. 2018.
const PAPER_SMOOTH: f64 = 0.01;

/// The loss that training minimises.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Loss {
    /// Soft Dice plus cross entropy.
    #[default]
    DiceCe,
    /// Soft Dice alone: the article's formula, summed over space.
    ArticleDice,
    /// Soft Dice over all classes, the background included, as the repository of Oktay et al. 2018 has it
    /// (`SoftDiceLoss`, with a smoothing term of 0.01).
    PaperDice,
}

impl Loss {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::DiceCe, Self::ArticleDice, Self::PaperDice];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::DiceCe => "dice-ce",
            Self::ArticleDice => "article-dice",
            Self::PaperDice => "paper-dice",
        }
    }

    /// The loss of a batch, a tensor of one value on the device.
    ///
    /// `logits` are `[N, classes, H, W]`. `targets` are `[N, organs, H, W]`: the share of each
    /// pixel that belongs to the organ, in [0, 1]. The background, the difference of their sum to
    /// 1, is part of the cross entropy and of [`PaperDice`](Self::PaperDice), but not of the other Dice.
    pub fn of(self, logits: Tensor<4>, targets: Tensor<4>) -> Tensor<1> {
        match self {
            Self::DiceCe => {
                dice(probabilities(logits.clone()), targets.clone(), SMOOTH) + cross_entropy(logits, targets)
            }
            Self::ArticleDice => dice(probabilities(logits), targets, SMOOTH),
            Self::PaperDice => dice(with_background(probabilities(logits)), with_background(targets), PAPER_SMOOTH),
        }
    }
}

/// Shares of organs, with those of the background before them.
fn with_background(organs: Tensor<4>) -> Tensor<4> {
    Tensor::cat(vec![organs.clone().sum_dim(1).neg() + 1.0, organs], 1)
}

/// Mean over the batch and the channels of 1 - (2 sum(p t) + smooth) / (sum(p) + sum(t) + smooth). The sums are
/// over space, per sample and organ (Milletari et al. 2016). The article's Keras code sums over
/// channels, per pixel, which with one channel sums nothing.
fn dice(probability: Tensor<4>, targets: Tensor<4>, smooth: f64) -> Tensor<1> {
    let space = [2, 3];
    let overlap = (probability.clone() * targets.clone()).sum_dims(&space);
    let total = (probability + targets).sum_dims(&space);
    let dice = (overlap * 2.0 + smooth) / (total + smooth);
    (dice.neg() + 1.0).mean()
}

fn cross_entropy(logits: Tensor<4>, targets: Tensor<4>) -> Tensor<1> {
    if logits.dims()[1] > 1 {
        return (with_background(targets) * log_softmax(logits, 1)).sum_dim(1).mean().neg();
    }
    // -t log s(x) - (1 - t) log s(-x), and log s(-x) = log s(x) - x.
    (logits.clone() * (targets.neg() + 1.0) - log_sigmoid(logits)).mean()
}
