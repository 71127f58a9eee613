//! Logits to probabilities: a sigmoid for one organ, a softmax for several.
//!
//! There is one function for tensors and one for plain numbers. On the CPU both give the same bits,
//! since the second does what Burn's CPU backend does, in the same order.

use burn::tensor::Tensor;
use burn::tensor::activation::{sigmoid, softmax};

/// The channel of the background, where there is a channel for it.
pub(super) const BACKGROUND: usize = 0;

/// The probability of every organ, `[N, organs, H, W]`, from logits `[N, classes, H, W]`.
///
/// With one channel it is the sigmoid; with several it is their softmax without the background,
/// whose probability is the difference to 1.
pub fn probabilities(logits: Tensor<4>) -> Tensor<4> {
    let classes = logits.dims()[1];
    if classes == 1 {
        return sigmoid(logits);
    }
    softmax(logits, 1).narrow(1, BACKGROUND + 1, classes - 1)
}

/// [`probabilities`] of one sample: from logits `[classes, H, W]` of `area` pixels to `[organs, H,
/// W]`.
pub fn probabilities_of_sample(mut logits: Vec<f32>, area: usize) -> Vec<f32> {
    if logits.len() == area {
        logits.iter_mut().for_each(|logit| *logit = sigmoid_of(*logit));
        return logits;
    }
    for pixel in 0..area {
        let channels = (pixel..logits.len()).step_by(area);
        let max = channels.clone().map(|i| logits[i]).fold(f32::NEG_INFINITY, |max, x| if x > max { x } else { max });
        let mut sum = 0.0;
        for i in channels.clone() {
            logits[i] = (logits[i] - max).exp();
            sum += logits[i];
        }
        let factor = 1.0 / sum;
        channels.for_each(|i| logits[i] *= factor);
    }
    logits.drain(..(BACKGROUND + 1) * area);
    logits
}

fn sigmoid_of(x: f32) -> f32 {
    if x >= 0.0 {
        return 1.0 / (1.0 + (-x).exp());
    }
    let e = x.exp();
    e / (1.0 + e)
}
