//! The loss of a batch and the gradients of all parameters.
//!
//! On a CPU with vector instructions the network itself runs in our own kernels
//! ([`CpuTraining`]); the loss, from the logits on, is Burn's, so there is one loss. Elsewhere
//! everything is Burn's. Burn's extension points take operations with a fixed number of inputs, and a
//! network has as many as it has parameters; so its logits enter Burn's graph as leaves, and their
//! gradients are taken from there.

use std::collections::{BTreeMap, BTreeSet};
use std::mem;

use burn::module::{Module, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor, TensorData};

use super::deep_supervision::DeepSupervised;
use super::phase::StepPhase;
use crate::nn::batch::Batch;
use crate::nn::cpu::{CpuTraining, ForwardPass};
use crate::nn::loss::Loss;
use crate::nn::model::AttentionUnet;
use crate::nn::model::state_dict::{StateDict, parameter_name, track_path};
use crate::nn::network::MapIndex;

/// What computes the network and its gradients.
#[derive(Clone, Debug)]
#[allow(clippy::large_enum_variant)] // One for each training.
pub(super) enum GradientEngine {
    /// Our own kernels.
    Kernels(CpuTraining),
    /// Burn's automatic differentiation.
    Autodiff,
}

impl GradientEngine {
    /// The faster of those that run on the model's device.
    pub(super) fn for_model(model: &AttentionUnet) -> Self {
        if model.suits_cpu_kernels() { Self::Kernels(CpuTraining::new(model.graph())) } else { Self::Autodiff }
    }

    /// The loss of a batch times `weight`, and the gradients of all parameters that are trained. `ended`
    /// is called after the forward pass.
    pub(super) fn loss_and_gradients(
        &self,
        network: &DeepSupervised,
        batch: Batch,
        (loss, weight): (Loss, f64),
        ended: &mut dyn FnMut(StepPhase),
    ) -> (Tensor<1>, GradientsParams) {
        match self {
            Self::Kernels(training) => with_kernels(training, network, batch, (loss, weight), ended),
            Self::Autodiff => {
                let loss = network.loss(batch, loss) * weight;
                ended(StepPhase::Forward);
                let gradients = GradientsParams::from_grads(loss.backward(), network);
                (loss.detach(), gradients)
            }
        }
    }
}

fn with_kernels(
    training: &CpuTraining,
    network: &DeepSupervised,
    batch: Batch,
    (loss, weight): (Loss, f64),
    ended: &mut dyn FnMut(StepPhase),
) -> (Tensor<1>, GradientsParams) {
    let device = network.net.device();
    let [samples, _, height, width] = batch.inputs.dims();
    let state = StateDict::of_cpu(&network.net);
    let pass = training.forward(&state, &numbers(batch.inputs), samples, [1, height, width]);
    network.net.update_running_statistics(&pass.batch_statistics());
    let coarse: Vec<MapIndex> = training.decoded()[..network.heads()].to_vec();
    let maps: Vec<MapIndex> = std::iter::once(training.logits()).chain(coarse).collect();
    let leaves: Vec<Tensor<4>> = maps.iter().map(|map| leaf(&pass, *map, samples, &device)).collect();
    let loss = network.loss_of(leaves[0].clone(), leaves[1..].to_vec(), batch.targets, loss) * weight;
    ended(StepPhase::Forward);
    let gradients = loss.backward();
    let outputs: Vec<(MapIndex, Vec<f32>)> =
        maps.into_iter().zip(&leaves).filter_map(|(map, leaf)| Some((map, numbers(leaf.grad(&gradients)?)))).collect();
    let gradients = GradientsParams::from_grads(gradients, network);
    let values = pass.backward(&outputs, &TrainedParameters::of(&network.net));
    (loss.detach(), registered(&network.net, values, gradients, &device))
}

/// `gradients`, and those by name in `values` of the parameters of `module`, on `device`.
pub(super) fn registered<M: Module>(
    module: &M,
    values: BTreeMap<String, Vec<f32>>,
    gradients: GradientsParams,
    device: &Device,
) -> GradientsParams {
    let device = device.clone().without_autodiff();
    let mut register = GradientRegister { path: Vec::new(), values, gradients, device };
    module.visit(&mut register);
    register.gradients
}

/// The values of a tensor on a CPU.
pub(super) fn numbers<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_into_vec::<f32>().expect("training is in single precision")
}

/// Maps as a tensor whose gradient is kept.
fn leaf(pass: &ForwardPass<'_>, map: MapIndex, samples: usize, device: &Device) -> Tensor<4> {
    let (channels, [_, height, width]) = pass.shape(map);
    let data = TensorData::new(pass.values(map), [samples, channels, height, width]);
    Tensor::from_data(data, device).require_grad()
}

/// The names of the parameters that are trained.
#[derive(Default)]
pub(super) struct TrainedParameters {
    path: Vec<String>,
    names: BTreeSet<String>,
}

impl TrainedParameters {
    pub(super) fn of<M: Module>(module: &M) -> BTreeSet<String> {
        let mut trained = Self::default();
        module.visit(&mut trained);
        trained.names
    }
}

impl ModuleVisitor for TrainedParameters {
    track_path!();
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if param.is_require_grad() {
            self.names.insert(parameter_name(&self.path));
        }
    }
}

/// Adds gradients by name to those of Burn.
struct GradientRegister {
    path: Vec<String>,
    values: BTreeMap<String, Vec<f32>>,
    gradients: GradientsParams,
    device: Device,
}

impl ModuleVisitor for GradientRegister {
    track_path!();
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if let Some(values) = self.values.get_mut(&parameter_name(&self.path)) {
            let data = TensorData::new(mem::take(values), param.lazy_shape().to_vec());
            self.gradients.register(param.id, Tensor::<D>::from_data(data, &self.device));
        }
    }
}
