//! The beginning and the result of a training on volumes.

use burn::tensor::Device;

use super::tensors_by_name::TensorsByName;
use super::{StepConfig, TrainState};
use crate::nn::cpu::CpuTraining;
use crate::nn::model::state_dict::StateDict;
use crate::nn::network::NetworkDescription;

impl TrainState<TensorsByName> {
    /// Starts training the network of `description` with the weights of `state` on a CPU.
    ///
    /// # Panics
    /// If the weights are not those of the network.
    pub fn of_description(description: &NetworkDescription, state: &StateDict, method: StepConfig) -> Self {
        let graph = description.graph();
        state.check_shapes(&graph.parameter_shapes()).expect("weights of the network");
        let network = TensorsByName::new(state, &Device::flex().autodiff());
        Self::of_network(network, CpuTraining::new(graph), method)
    }

    /// The weights and the running statistics, with their shapes.
    pub fn state_dict(&self) -> StateDict {
        self.network.state_dict(&self.engine.parameter_shapes())
    }
}
