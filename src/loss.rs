//! The loss: soft Dice plus cross entropy, from logits.

use burn::tensor::Tensor;
use burn::tensor::activation::{log_sigmoid, sigmoid};

/// Keeps the Dice of a slice without pancreas defined, and 1 when nothing is predicted there.
const SMOOTH: f64 = 1.0;

/// Mean over the batch of (1 - soft Dice) plus the mean cross entropy; a tensor of one value, not read back.
///
/// `logits` and `targets` are `[N, 1, H, W]`, targets in [0, 1]. The Dice is per sample over space (Milletari et al. 2016), not
/// per pixel over channels as in the article's Keras code.
pub fn dice_cross_entropy(logits: Tensor<4>, targets: Tensor<4>) -> Tensor<1> {
    let space = [1, 2, 3];
    let probability = sigmoid(logits.clone());
    let overlap = (probability.clone() * targets.clone()).sum_dims(&space);
    let total = (probability + targets.clone()).sum_dims(&space);
    let dice = (overlap * 2.0 + SMOOTH) / (total + SMOOTH);
    // -t log s(x) - (1 - t) log s(-x), and log s(-x) = log s(x) - x.
    let cross_entropy = logits.clone() * (targets.neg() + 1.0) - log_sigmoid(logits);
    (dice.neg() + 1.0).mean() + cross_entropy.mean()
}
