//! The one training step, and what a training is told. Native and in the browser alike.
//!
//! Data, epochs and files are the caller's business.

use burn::module::Module;
use burn::optim::{AdamConfig, GradientsParams, ModuleOptimizer};
use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

use crate::augment::AugmentConfig;
use crate::batch::Batch;
use crate::loss::dice_cross_entropy;
use crate::model::AttentionUnet;

/// What a training is told, apart from the data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrainConfig {
    /// Passes over the training slices.
    pub epochs: usize,
    /// Slices per step.
    pub batch_size: usize,
    /// Adam's learning rate at the start; it falls along half a cosine.
    pub learning_rate: f64,
    /// The learning rate at the end, as a share of that at the start.
    pub final_share: f64,
    /// Slices without pancreas for each slice with it.
    pub empty_share: f64,
    /// Everything random follows from it.
    pub seed: u64,
    /// Variation of the samples.
    pub augment: AugmentConfig,
}

impl Default for TrainConfig {
    fn default() -> Self {
        Self {
            epochs: 16,
            batch_size: 6,
            learning_rate: 1e-3,
            final_share: 0.1,
            empty_share: 0.35,
            seed: 0,
            augment: AugmentConfig::default(),
        }
    }
}

impl TrainConfig {
    /// The learning rate of step `step` out of `steps`.
    pub fn learning_rate_at(&self, step: usize, steps: usize) -> f64 {
        cosine(self.learning_rate, self.final_share, step, steps)
    }
}

/// A learning rate that falls from `start` to `final_share` of it along half a cosine over `steps`.
pub fn cosine(start: f64, final_share: f64, step: usize, steps: usize) -> f64 {
    let done = step as f64 / steps.max(1) as f64;
    let share = 0.5 * (1.0 + (std::f64::consts::PI * done).cos());
    start * (final_share + (1.0 - final_share) * share)
}

/// Adam's epsilon. With 1e-8 a weight whose gradient is hardly more than rounding takes full steps in whatever direction the rounding
/// went, and weights learned in a browser and natively part; the article's Keras has 1e-7.
const EPSILON: f32 = 1e-6;

/// A network in training: its weights, on an autodiff device, and the optimizer's state.
#[derive(Clone)]
pub struct Learner {
    model: AttentionUnet,
    optimizer: ModuleOptimizer,
}

impl Learner {
    /// Starts training `model`, which must be on an autodiff device.
    pub fn new(model: AttentionUnet) -> Self {
        Self { model, optimizer: AdamConfig::new().with_epsilon(EPSILON).init() }
    }

    /// One step of Adam on one batch. Returns the loss of the batch before the step, not read back.
    pub fn step(mut self, batch: Batch, learning_rate: f64) -> (Self, Tensor<1>) {
        let loss = dice_cross_entropy(self.model.forward(batch.inputs).logits, batch.targets);
        let gradients = GradientsParams::from_grads(loss.backward(), &self.model);
        self.model = self.optimizer.step(learning_rate, self.model, gradients);
        (self, loss.detach())
    }

    /// Goes on with what `change` makes of the network; the optimizer keeps its moments.
    pub fn with_model(self, change: impl FnOnce(AttentionUnet) -> AttentionUnet) -> Self {
        // Statistics not yet taken over from the last steps would otherwise be averaged into what is put in their place.
        self.model.valid();
        Self { model: change(self.model), ..self }
    }

    /// The network as it is now, for inference: no gradients, running statistics in force.
    pub fn snapshot(&self) -> AttentionUnet {
        self.model.valid()
    }
}
