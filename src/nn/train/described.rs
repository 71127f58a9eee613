//! Training of described networks on volumes, by our own kernels.

use std::collections::BTreeMap;

use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor, TensorData};

use super::gradients::{TrainedParameters, numbers, registered};
use super::phase::StepPhase;
use super::tensors_by_name::TensorsByName;
use super::trainable::TrainableNetwork;
use crate::imaging::patch_augment::LabelledPatch;
use crate::nn::cpu::CpuTraining;
use crate::nn::loss::Loss;
use crate::nn::model::state_dict::StateDict;

/// The weight of a patch in the running statistics, as PyTorch's default.
const MOMENTUM: f64 = 0.1;

/// The patches of one step.
#[derive(Clone, Debug)]
pub struct PatchBatch {
    /// The patches, labelled from 1 to the number of organs. A batch norm sees one of them at a time.
    pub patches: Vec<LabelledPatch>,
    /// The number of organs that there are labels of.
    pub organs: usize,
}

impl TrainableNetwork for TensorsByName {
    type Batch = PatchBatch;
    type Engine = CpuTraining;

    fn loss_and_gradients(
        &mut self,
        training: &CpuTraining,
        batch: PatchBatch,
        loss: Loss,
        ended: &mut dyn FnMut(StepPhase),
    ) -> (Tensor<1>, GradientsParams) {
        let (device, state) = (self.home(), StateDict::of_cpu(self));
        let trained = TrainedParameters::of(self);
        let mut sums: BTreeMap<String, Vec<f32>> = BTreeMap::new();
        let mut losses = Vec::with_capacity(batch.patches.len());
        let share = 1.0 / batch.patches.len() as f64;
        for patch in &batch.patches {
            let pass = training.forward(&state, &patch.input, 1, patch.dims);
            self.update_running_statistics(&pass.batch_statistics(), MOMENTUM);
            let (channels, [depth, height, width]) = pass.shape(training.logits());
            let shape = [1, channels, depth * height, width];
            let logits: Tensor<4> =
                Tensor::from_data(TensorData::new(pass.values(training.logits()), shape), &device).require_grad();
            let loss = loss.of(logits.clone(), targets(patch, batch.organs, &device)) * share;
            ended(StepPhase::Forward);
            let of_logits = logits.grad(&loss.backward()).map(numbers).expect("the loss depends on the logits");
            for (name, gradient) in pass.backward(&[(training.logits(), of_logits)], &trained) {
                match sums.get_mut(&name) {
                    Some(sum) => sum.iter_mut().zip(gradient).for_each(|(sum, value)| *sum += value),
                    None => drop(sums.insert(name, gradient)),
                }
            }
            losses.push(loss.detach());
            ended(StepPhase::Backward);
        }
        (Tensor::cat(losses, 0).sum(), registered(self, sums, GradientsParams::new(), &device))
    }

    fn home(&self) -> Device {
        burn::module::Module::devices(self).into_iter().next().expect("a network has parameters")
    }
}

/// `[1, organs, z * y, x]`: 1 where a voxel belongs to the organ.
fn targets(patch: &LabelledPatch, organs: usize, device: &Device) -> Tensor<4> {
    let of_organ =
        |organ: usize| patch.labels.iter().map(move |&label| f32::from(u8::from(usize::from(label) == organ)));
    let values: Vec<f32> = (1..=organs).flat_map(of_organ).collect();
    let [depth, height, width] = patch.dims;
    Tensor::from_data(TensorData::new(values, [1, organs, depth * height, width]), device)
}
