//! What a network must offer to be trained.

use std::fmt::Debug;

use burn::module::Module;
use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor};

use super::phase::StepPhase;
use crate::nn::loss::Loss;

/// A network in training: its parameters, which an optimizer updates, and how their gradients are
/// computed.
pub trait TrainableNetwork: Module {
    /// Inputs and targets of one step.
    type Batch;
    /// What computes the network and its gradients. It has no parameters.
    type Engine: Clone + Debug;

    /// The loss of a batch, and the gradients of all parameters that are trained. Running statistics take
    /// in those of the batch. `ended` hears of every phase that has ended, except for the last.
    fn loss_and_gradients(
        &mut self,
        engine: &Self::Engine,
        batch: Self::Batch,
        loss: Loss,
        ended: &mut dyn FnMut(StepPhase),
    ) -> (Tensor<1>, GradientsParams);

    /// The device that holds the parameters.
    fn home(&self) -> Device;
}
