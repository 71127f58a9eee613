//! A network prepared for inference, and the choice of what computes it.
//!
//! The two engines take different things, plain numbers and tensors, so the caller
//! matches on [`InferenceModel::engine`]; [`infer`](crate::nn::infer) does.

use burn::tensor::Device;
use pulp::Arch;

use super::AttentionUnet;
use super::state_dict::StateDict;
use crate::core::error::UserError;
use crate::core::parallel;
use crate::nn::cpu::CpuNetwork;
use crate::nn::network::check_open_gate;

/// A network for inference only.
#[derive(Clone, Debug)]
pub struct InferenceModel {
    engine: Engine,
    device: Device,
    /// The gate that is held open, counted from the deepest.
    open_gate: Option<usize>,
}

/// The implementation that computes a network.
#[derive(Clone, Debug)]
#[allow(clippy::large_enum_variant)] // There is one per worker.
pub enum Engine {
    /// Our own kernels, on a CPU that has vector instructions.
    Cpu(CpuNetwork),
    /// Burn, on every other device.
    Burn(AttentionUnet),
}

impl AttentionUnet {
    /// True if our own kernels run on the device that holds the weights: a CPU that has vector instructions.
    pub(crate) fn suits_cpu_kernels(&self) -> bool {
        self.device().without_autodiff() == Device::flex() && !matches!(Arch::new(), Arch::Scalar)
    }

    /// This network prepared for inference. Its probabilities are the same within 1e-5, the
    /// rounding.
    pub fn for_inference(&self) -> InferenceModel {
        let device = self.device();
        let engine = if self.suits_cpu_kernels() {
            Engine::Cpu(CpuNetwork::new(&self.graph(), &StateDict::of_cpu(self)))
        } else {
            Engine::Burn(self.clone())
        };
        InferenceModel { engine, device, open_gate: None }
    }
}

impl InferenceModel {
    /// The implementation that computes this network.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// The same network with a gate held open, counted from the deepest: its attention is 1 everywhere.
    ///
    /// # Errors
    /// A gate that the network does not have.
    pub fn with_open_gate(self, gate: usize) -> Result<Self, UserError> {
        check_open_gate(gate, self.gates())?;
        Ok(Self { open_gate: Some(gate), ..self })
    }

    /// The gate that is held open, counted from the deepest.
    pub fn open_gate(&self) -> Option<usize> {
        self.open_gate
    }

    /// The device that holds the weights.
    pub fn device(&self) -> Device {
        self.device.clone()
    }

    /// True if the network has attention gates.
    pub fn has_gates(&self) -> bool {
        self.gates() > 0
    }

    fn gates(&self) -> usize {
        match &self.engine {
            Engine::Cpu(network) => network.gates(),
            Engine::Burn(network) => network.gates.len(),
        }
    }

    /// The number of slices to pass to one inference: a few for each thread on the CPU, and
    /// elsewhere few enough for the memory of a laptop's GPU.
    pub fn slices_per_pass(&self) -> usize {
        match self.engine {
            Engine::Cpu(_) => 4 * parallel::count(),
            Engine::Burn(_) => 4,
        }
    }
}
