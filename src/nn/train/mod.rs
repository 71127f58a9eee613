//! Training: one step on one batch, and the settings of a run. Native training and fine-tuning in
//! the browser use the same step.
//!
//! `gradients` computes the network and its gradients, by our own kernels or by Burn's automatic
//! differentiation. [`schedule`] has the learning rates, [`optimizer`] Adam and gradient clipping, [`state`] the
//! content of a checkpoint, `replicas` the step on several devices. Data, epochs, files and clocks
//! are the business of the caller.

mod deep_supervision;
mod described;
mod gradients;
pub mod optimizer;
mod patch_gradients;
mod phase;
mod replicas;
pub mod schedule;
mod slice_network;
pub mod state;
mod tensors_by_name;
mod trainable;
mod volume_state;

use burn::module::Module;
use burn::optim::ModuleOptimizer;
use burn::tensor::{Device, Tensor};
use serde::{Deserialize, Serialize};

use crate::imaging::augment::AugmentConfig;
use crate::nn::loss::Loss;
use crate::nn::model::AttentionUnet;
pub use deep_supervision::DeepSupervised;
pub use described::{PatchBatch, VolumeGradients};
use gradients::GradientEngine;
pub use optimizer::Optimizer;
pub use phase::StepPhase;
pub use schedule::{Schedule, cosine};
pub use slice_network::SliceEngine;
pub use tensors_by_name::TensorsByName;
pub use trainable::TrainableNetwork;

/// The settings of a training, apart from the data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrainConfig {
    /// Passes over the training slices.
    pub epochs: usize,
    /// Slices per step.
    pub batch_size: usize,
    /// The highest learning rate.
    pub learning_rate: f64,
    /// The final learning rate as a share of the highest.
    pub final_share: f64,
    /// The decay of the learning rate.
    pub schedule: Schedule,
    /// Steps of the linear warm-up at the start.
    pub warmup_steps: usize,
    /// Slices without pancreas for each slice with it.
    pub empty_share: f64,
    /// Stop after this many validations in a row without a better mean DSC; 0 for never.
    pub patience: usize,
    /// Seed of everything random.
    pub seed: u64,
    /// Settings of each step.
    pub method: StepConfig,
    /// Augmentation of the samples.
    pub augment: AugmentConfig,
}

/// The settings of one step.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StepConfig {
    /// The loss that is minimised.
    pub loss: Loss,
    /// True if coarser levels of the decoder are trained through auxiliary heads, which are not
    /// part of the model file.
    pub deep_supervision: bool,
    /// The optimizer.
    pub optimizer: Optimizer,
    /// Weight decay of every parameter; 0 for none.
    pub weight_decay: f64,
    /// The largest common norm of all gradients; 0 for no limit.
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

/// A network in training: its weights, on an autodiff device, and the optimizer's state. Without a
/// parameter it is a network of slices.
#[derive(Clone)]
pub struct TrainState<N: TrainableNetwork = DeepSupervised> {
    network: N,
    optimizer: ModuleOptimizer,
    method: StepConfig,
    engine: N::Engine,
}

impl<N: TrainableNetwork> TrainState<N> {
    fn of_network(network: N, engine: N::Engine, method: StepConfig) -> Self {
        let optimizer = method.optimizer.init(method.weight_decay);
        Self { network, optimizer, method, engine }
    }

    /// One step on one batch. Returns the loss before the step as a tensor on the device.
    pub fn step(self, batch: N::Batch, learning_rate: f64) -> (Self, Tensor<1>) {
        self.step_timed(batch, learning_rate, |_| ())
    }

    /// [`step`](Self::step) that calls `ended` after each phase has been submitted to the device.
    /// With several devices, forward and backward pass are one phase, [`StepPhase::Backward`].
    pub fn step_timed(
        mut self,
        batch: N::Batch,
        learning_rate: f64,
        mut ended: impl FnMut(StepPhase),
    ) -> (Self, Tensor<1>) {
        let (loss, mut gradients) = self.network.loss_and_gradients(&self.engine, batch, self.method.loss, &mut ended);
        ended(StepPhase::Backward);
        if self.method.clip_norm > 0.0 {
            gradients = optimizer::clip_norm(gradients, &self.network, self.method.clip_norm);
        }
        self.network = self.optimizer.step(learning_rate, self.network, gradients);
        ended(StepPhase::Optimizer);
        (self, loss.detach())
    }

    /// The device that holds the weights.
    pub fn device(&self) -> Device {
        self.network.home()
    }
}

impl TrainState {
    /// Starts training `model`, which must be on an autodiff device, with the default settings.
    pub fn new(model: AttentionUnet) -> Self {
        Self::with_method(model, StepConfig::default())
    }

    /// Starts training `model`, which must be on an autodiff device.
    pub fn with_method(model: AttentionUnet, method: StepConfig) -> Self {
        let engine = SliceEngine { gradients: GradientEngine::for_model(&model), devices: Vec::new() };
        Self::of_network(DeepSupervised::new(model, method.deep_supervision), engine, method)
    }

    /// The same training by Burn's automatic differentiation on every device. The kernels are judged by
    /// it.
    pub fn with_autodiff(mut self) -> Self {
        self.engine.gradients = GradientEngine::Autodiff;
        self
    }

    /// Shares every batch among `devices`. The first one holds the weights. A device may occur more
    /// than once, for example when the CPU runs several replicas.
    pub fn on(mut self, devices: &[Device]) -> Self {
        self.engine.devices = if devices.len() > 1 {
            devices.iter().map(|device| device.clone().autodiff()).collect()
        } else {
            Vec::new()
        };
        self
    }

    /// Replaces the network by `change` of it. The optimizer keeps its moments.
    pub fn with_model(mut self, change: impl FnOnce(AttentionUnet) -> AttentionUnet) -> Self {
        // Running statistics pending from the last steps would otherwise be averaged into the new
        // ones.
        self.network.net.valid();
        self.network.net = change(self.network.net);
        self
    }

    /// A copy of the network for inference: without gradients and auxiliary heads, with its running
    /// statistics.
    pub fn snapshot(&self) -> AttentionUnet {
        self.network.net.valid()
    }
}
