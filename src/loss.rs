//! The losses, from logits: soft Dice, alone or with cross entropy.

use burn::tensor::Tensor;
use burn::tensor::activation::{log_sigmoid, sigmoid};
use serde::{Deserialize, Serialize};

/// Keeps the Dice of a slice without pancreas defined, and 1 when nothing is predicted there.
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
    /// `logits` and `targets` are `[N, 1, H, W]`, targets in [0, 1].
    pub fn of(self, logits: Tensor<4>, targets: Tensor<4>) -> Tensor<1> {
        match self {
            Self::DiceCe => dice(sigmoid(logits.clone()), targets.clone()) + cross_entropy(logits, targets),
            Self::ArticleDice => dice(sigmoid(logits), targets),
        }
    }
}

/// Mean over the batch of 1 - (2 sum(p t) + 1) / (sum(p) + sum(t) + 1). The Dice is per sample over space (Milletari et al. 2016),
/// not per pixel over channels as in the article's Keras code: over one channel that sums nothing.
fn dice(probability: Tensor<4>, targets: Tensor<4>) -> Tensor<1> {
    let space = [1, 2, 3];
    let overlap = (probability.clone() * targets.clone()).sum_dims(&space);
    let total = (probability + targets).sum_dims(&space);
    let dice = (overlap * 2.0 + SMOOTH) / (total + SMOOTH);
    (dice.neg() + 1.0).mean()
}

fn cross_entropy(logits: Tensor<4>, targets: Tensor<4>) -> Tensor<1> {
    // -t log s(x) - (1 - t) log s(-x), and log s(-x) = log s(x) - x.
    (logits.clone() * (targets.neg() + 1.0) - log_sigmoid(logits)).mean()
}
