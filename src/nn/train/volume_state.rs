//! The beginning and the result of a training on volumes.

use burn::tensor::Device;

use super::described::VolumeGradients;
use super::tensors_by_name::TensorsByName;
use super::{StepConfig, TrainState};
use crate::nn::model::state_dict::StateDict;
use crate::nn::network::NetworkDescription;

impl TrainState<TensorsByName> {
    /// Starts training the network of `description` with the weights of `state`. The first of `devices`
    /// holds them, and each takes a share of the patches of a batch. A device may occur more than once.
    ///
    /// # Panics
    /// If the weights are not those of the network.
    pub fn of_description(
        description: &NetworkDescription,
        state: &StateDict,
        method: StepConfig,
        devices: &[Device],
    ) -> Self {
        let engine = VolumeGradients::new(&description.graph(), devices);
        state.check_shapes(&engine.shapes).expect("weights of the network");
        let network = TensorsByName::new(state, &devices[0].clone().autodiff());
        Self::of_network(network, engine, method)
    }

    /// The same training of the network of `description` by Burn's automatic differentiation on every
    /// device. The kernels are judged by it.
    pub fn with_plain_operations(mut self, description: &NetworkDescription, devices: &[Device]) -> Self {
        self.engine = VolumeGradients::plain(&description.graph(), devices);
        self
    }

    /// The weights and the running statistics, with their shapes.
    pub fn state_dict(&self) -> StateDict {
        self.network.state_dict(&self.engine.shapes)
    }
}
