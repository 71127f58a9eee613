//! Networks of slices as a training sees them.

use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor};

use super::deep_supervision::DeepSupervised;
use super::gradients::GradientEngine;
use super::phase::StepPhase;
use super::replicas;
use super::trainable::TrainableNetwork;
use crate::nn::batch::Batch;
use crate::nn::loss::Loss;

/// What computes a network of slices and its gradients.
#[derive(Clone, Debug)]
pub struct SliceEngine {
    pub(super) gradients: GradientEngine,
    /// The devices that share the work, the one with the weights first. Empty for one device.
    pub(super) devices: Vec<Device>,
}

impl TrainableNetwork for DeepSupervised {
    type Batch = Batch;
    type Engine = SliceEngine;

    fn loss_and_gradients(
        &mut self,
        engine: &SliceEngine,
        batch: Batch,
        loss: Loss,
        ended: &mut dyn FnMut(StepPhase),
    ) -> (Tensor<1>, GradientsParams) {
        if engine.devices.is_empty() {
            engine.gradients.loss_and_gradients(self, batch, (loss, 1.0), ended)
        } else {
            replicas::loss_and_gradients(self, &engine.gradients, &batch, loss, &engine.devices)
        }
    }

    fn home(&self) -> Device {
        self.net.device()
    }
}
