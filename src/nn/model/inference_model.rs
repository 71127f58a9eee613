//! A network made ready for inference.

use burn::tensor::{Device, Tensor, TensorData};
use pulp::Arch;

use super::cpu::CpuUnet;
use super::{AttentionUnet, Output};
use crate::core::parallel::{self, map_parallel};

/// A network for inference alone. On a CPU with vectors to compute with it runs on kernels of its own, with batch norms folded into its convolutions;
/// elsewhere, and with group norm, it is the network as it was.
#[derive(Clone, Debug)]
pub struct InferenceModel {
    on: On,
    device: Device,
}

#[derive(Clone, Debug)]
#[allow(clippy::large_enum_variant)] // One per worker.
enum On {
    Cpu(CpuUnet),
    Burn(AttentionUnet),
}

impl AttentionUnet {
    /// This network ready for inference; it says the same within rounding, 1e-5 of a probability.
    pub fn for_inference(&self) -> InferenceModel {
        let device = self.device();
        let is_cpu = device.clone().without_autodiff() == Device::flex();
        let has_vectors = !matches!(Arch::new(), Arch::Scalar);
        let cpu = if is_cpu && has_vectors { CpuUnet::of(self) } else { None };
        InferenceModel { on: cpu.map_or_else(|| On::Burn(self.clone()), On::Cpu), device }
    }
}

impl InferenceModel {
    /// The device that holds the weights.
    pub fn device(&self) -> Device {
        self.device.clone()
    }

    /// Whether there is attention to be had.
    pub fn has_gates(&self) -> bool {
        match &self.on {
            On::Cpu(network) => network.has_gates(),
            On::Burn(network) => !network.gates.is_empty(),
        }
    }

    /// Slices that are best computed together: on the CPU some for each thread there is, elsewhere few enough for a laptop's memory.
    pub fn slices_per_pass(&self) -> usize {
        match self.on {
            On::Cpu(_) => 4 * parallel::count(),
            On::Burn(_) => 4,
        }
    }

    /// As [`AttentionUnet::forward`]. On the CPU samples are computed side by side, each on one thread: two such threads do more than one
    /// pass on two.
    pub fn forward(&self, input: Tensor<4>) -> Output {
        self.forward_ablated(input, None)
    }

    /// As [`AttentionUnet::forward_ablated`], if there is a gate to hold open.
    pub fn forward_ablated(&self, input: Tensor<4>, open: Option<usize>) -> Output {
        let network = match &self.on {
            On::Burn(network) => return network.forward_ablated(input, open),
            On::Cpu(network) => network,
        };
        let [count, channels, height, width] = input.dims();
        let values: Vec<f32> = input.into_data().iter::<f32>().collect();
        let samples: Vec<&[f32]> = values.chunks_exact(channels * height * width).collect();
        let said = map_parallel(&samples, |sample| network.forward(sample, [height, width], open));
        let tensor = |maps: Vec<&[f32]>, [height, width]: [usize; 2]| {
            let channels = maps[0].len() / (height * width);
            Tensor::from_data(TensorData::new(maps.concat(), [count, channels, height, width]), &self.device)
        };
        let gates = said[0].attention.len();
        let attention = (0..gates).map(|gate| {
            let coarser = gates - 1 - gate;
            let maps = said.iter().map(|said| said.attention[gate].as_slice()).collect();
            tensor(maps, [height >> coarser, width >> coarser])
        });
        Output {
            logits: tensor(said.iter().map(|said| said.logits.as_slice()).collect(), [height, width]),
            attention: attention.collect(),
        }
    }
}
