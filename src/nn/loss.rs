//! The losses, from logits: soft Dice, alone or with cross entropy, of one organ or several.

use burn::tensor::Tensor;
use burn::tensor::activation::{log_sigmoid, log_softmax};
use serde::{Deserialize, Serialize};

use crate::nn::model::probabilities;

/// Keeps the Dice of a slice without the organ defined, and 1 when nothing is predicted there.
const SMOOTH: f64 = 1.0;

/// What training minimises.
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

    /// The loss of a batch; a tensor of one value, not read back.
    ///
    /// `logits` are `[N, classes, H, W]`, `targets` `[N, organs, H, W]`: the share of each pixel that is the organ, in [0, 1]. The
    /// background, what is missing to 1, has a part in the cross entropy and none in the Dice.
    pub fn of(self, logits: Tensor<4>, targets: Tensor<4>) -> Tensor<1> {
        match self {
            Self::DiceCe => dice(probabilities(logits.clone()), targets.clone()) + cross_entropy(logits, targets),
            Self::ArticleDice => dice(probabilities(logits), targets),
        }
    }
}

/// Mean over the batch and the organs of 1 - (2 sum(p t) + 1) / (sum(p) + sum(t) + 1). The Dice is per sample and organ over space
/// (Milletari et al. 2016), not per pixel over channels as in the article's Keras code: over one channel that sums nothing.
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
