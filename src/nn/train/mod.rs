//! The one training step, and what a training is told. Native and in the browser alike.
//!
//! [`schedule`] has the learning rates, [`optimizer`] Adam and the clipping, [`state`] what a checkpoint holds, `replicas` the step on
//! several devices. Data, epochs, files and
//! clocks are the caller's business.

mod deep_supervision;
pub mod optimizer;
mod replicas;
pub mod schedule;
pub mod state;

use burn::module::Module;
use burn::optim::{GradientsParams, ModuleOptimizer};
use burn::tensor::{Device, Tensor};
use serde::{Deserialize, Serialize};

use crate::imaging::augment::AugmentConfig;
use crate::nn::batch::Batch;
use crate::nn::loss::Loss;
use crate::nn::model::AttentionUnet;
use deep_supervision::DeepSupervised;
pub use optimizer::Optimizer;
pub use schedule::{Schedule, cosine};

/// What a training is told, apart from the data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrainConfig {
    /// Passes over the training slices.
    pub epochs: usize,
    /// Slices per step.
    pub batch_size: usize,
    /// The highest learning rate.
    pub learning_rate: f64,
    /// The learning rate at the end, as a share of the highest.
    pub final_share: f64,
    /// How the learning rate falls.
    pub schedule: Schedule,
    /// Steps over which the learning rate rises first.
    pub warmup_steps: usize,
    /// Slices without pancreas for each slice with it.
    pub empty_share: f64,
    /// Stop after so many validations in a row without a better mean DSC; 0 for never.
    pub patience: usize,
    /// Everything random follows from it.
    pub seed: u64,
    /// What one step does.
    pub method: StepConfig,
    /// Variation of the samples.
    pub augment: AugmentConfig,
}

/// What one step does.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StepConfig {
    /// What is minimised.
    pub loss: Loss,
    /// Whether coarser levels of the decoder learn through heads of their own, which are not part of the network.
    pub deep_supervision: bool,
    /// What turns gradients into steps.
    pub optimizer: Optimizer,
    /// Weight decay of every parameter; 0 for none.
    pub weight_decay: f64,
    /// Largest norm of all gradients together; 0 for no limit.
    pub clip_norm: f64,
}

impl Default for TrainConfig {
    fn default() -> Self {
        Self {
            epochs: 16,
            batch_size: 6,
            learning_rate: 1e-3,
            final_share: 0.1,
            schedule: Schedule::default(),
            warmup_steps: 0,
            empty_share: 0.35,
            patience: 0,
            seed: 0,
            method: StepConfig::default(),
            augment: AugmentConfig::default(),
        }
    }
}

impl TrainConfig {
    /// The learning rate of step `step`, counted from 0, out of `steps`.
    pub fn learning_rate_at(&self, step: usize, steps: usize) -> f64 {
        self.schedule.rate(self.learning_rate, self.final_share, self.warmup_steps, step, steps)
    }
}

/// A part of a step that has just ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepPhase {
    /// From the batch to its loss.
    Forward,
    /// From the loss to the gradients.
    Backward,
    /// From the gradients to new weights.
    Optimizer,
}

/// A network in training: its weights, on an autodiff device, and the optimizer's state.
#[derive(Clone)]
pub struct TrainState {
    trainee: DeepSupervised,
    optimizer: ModuleOptimizer,
    method: StepConfig,
    /// Those that share the work, the one with the weights first; empty for that one alone.
    devices: Vec<Device>,
}

impl TrainState {
    /// Starts training `model`, which must be on an autodiff device, with Adam on soft Dice and cross entropy.
    pub fn new(model: AttentionUnet) -> Self {
        Self::with_method(model, StepConfig::default())
    }

    /// Starts training `model`, which must be on an autodiff device.
    pub fn with_method(model: AttentionUnet, method: StepConfig) -> Self {
        let trainee = DeepSupervised::new(model, method.deep_supervision);
        Self { trainee, optimizer: method.optimizer.init(method.weight_decay), method, devices: Vec::new() }
    }

    /// Shares the work of every step among `devices`, each of which takes a part of the batch. The first is the one it learns on. A device may be
    /// named more than once, as when the CPU runs several replicas.
    pub fn on(mut self, devices: &[Device]) -> Self {
        self.devices = if devices.len() > 1 {
            devices.iter().map(|device| device.clone().autodiff()).collect()
        } else {
            Vec::new()
        };
        self
    }

    /// One step on one batch. Returns the loss of the batch before the step, not read back.
    pub fn step(self, batch: Batch, learning_rate: f64) -> (Self, Tensor<1>) {
        self.step_timed(batch, learning_rate, |_| ())
    }

    /// [`step`](Self::step), which tells `ended` of each phase when it has been asked of the device. Several devices take both passes at once,
    /// which then count as the second.
    pub fn step_timed(
        mut self,
        batch: Batch,
        learning_rate: f64,
        mut ended: impl FnMut(StepPhase),
    ) -> (Self, Tensor<1>) {
        let (loss, mut gradients);
        if self.devices.is_empty() {
            loss = self.trainee.loss(batch, self.method.loss);
            ended(StepPhase::Forward);
            gradients = GradientsParams::from_grads(loss.backward(), &self.trainee);
        } else {
            (loss, gradients) = replicas::loss_and_gradients(&self.trainee, &batch, self.method.loss, &self.devices);
        }
        ended(StepPhase::Backward);
        if self.method.clip_norm > 0.0 {
            gradients = optimizer::clip_norm(gradients, &self.trainee, self.method.clip_norm);
        }
        self.trainee = self.optimizer.step(learning_rate, self.trainee, gradients);
        ended(StepPhase::Optimizer);
        (self, loss.detach())
    }

    /// Goes on with what `change` makes of the network; the optimizer keeps its moments.
    pub fn with_model(mut self, change: impl FnOnce(AttentionUnet) -> AttentionUnet) -> Self {
        // Statistics not yet taken over from the last steps would otherwise be averaged into what is put in their place.
        self.trainee.net.valid();
        self.trainee.net = change(self.trainee.net);
        self
    }

    /// The device it learns on.
    pub fn device(&self) -> Device {
        self.trainee.net.device()
    }

    /// The network as it is now, for inference: no gradients, running statistics in force, without heads.
    pub fn snapshot(&self) -> AttentionUnet {
        self.trainee.net.valid()
    }
}
