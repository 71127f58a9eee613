//! The loss of one patch of a volume and its gradients, by our own kernels or on a device of Burn's.

use std::collections::BTreeSet;

use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor, TensorData};

use super::gradients::{TrainedParameters, numbers, registered};
use super::phase::StepPhase;
use super::tensors_by_name::{TensorsByName, flat};
use crate::imaging::patch_augment::LabelledPatch;
use crate::nn::cpu::{BatchStatistics, CpuTraining};
use crate::nn::device::{BatchMoments, DeviceTraining, NetworkDevice, TrainingPass};
use crate::nn::loss::Loss;
use crate::nn::model::state_dict::StateDict;
use crate::nn::network::NetworkGraph;

/// What computes a network of volumes and its gradients.
#[derive(Clone, Debug)]
pub(super) enum PatchLearner {
    /// Our own kernels, on the CPU.
    Kernels(CpuTraining),
    /// Burn's automatic differentiation, on any device.
    Device(DeviceTraining),
}

/// What is to be learned from a patch.
#[derive(Clone, Copy)]
pub(super) struct PatchLesson<'a> {
    pub(super) patch: &'a LabelledPatch,
    pub(super) organs: usize,
    pub(super) loss: Loss,
    /// The weight of the patch in its batch.
    pub(super) share: f64,
}

/// What a patch gives.
pub(super) struct LearnedPatch {
    /// Its share of the loss.
    pub(super) loss: Tensor<1>,
    pub(super) gradients: GradientsParams,
    pub(super) moments: BatchMoments,
}

impl PatchLearner {
    /// Our kernels if `device` is the CPU, else that device.
    pub(super) fn new(graph: &NetworkGraph, device: &Device) -> Self {
        if *device == Device::flex() {
            Self::Kernels(CpuTraining::new(graph.clone()))
        } else {
            Self::plain(graph, device)
        }
    }

    /// Burn's operations on whatever device.
    pub(super) fn plain(graph: &NetworkGraph, device: &Device) -> Self {
        let device = NetworkDevice::of_desktop(&device.clone().autodiff());
        Self::Device(DeviceTraining::new(graph, device))
    }

    /// The loss of each patch and its gradients. `ended` is called after each pass.
    pub(super) fn learn(
        &self,
        network: &TensorsByName,
        lessons: &[PatchLesson<'_>],
        ended: &mut dyn FnMut(StepPhase),
    ) -> Vec<LearnedPatch> {
        match self {
            Self::Kernels(training) => {
                let (state, trained) = (StateDict::of_cpu(network), TrainedParameters::of(network));
                let learn = |lesson: &PatchLesson<'_>| {
                    let learned = with_kernels(training, network, (&state, &trained), lesson, ended);
                    ended(StepPhase::Backward);
                    learned
                };
                lessons.iter().map(learn).collect()
            }
            Self::Device(training) => {
                let learn = |lesson: &PatchLesson<'_>| {
                    let learned = on_device(training, network, lesson, ended);
                    ended(StepPhase::Backward);
                    learned
                };
                lessons.iter().map(learn).collect()
            }
        }
    }
}

fn on_device(
    training: &DeviceTraining,
    network: &TensorsByName,
    lesson: &PatchLesson<'_>,
    ended: &mut dyn FnMut(StepPhase),
) -> LearnedPatch {
    let tensor = |name: &str| network.tensor(name);
    let TrainingPass { logits, moments } = training.forward(&tensor, &lesson.patch.input, lesson.patch.dims);
    let loss = lesson.loss_of(logits);
    ended(StepPhase::Forward);
    let gradients = GradientsParams::from_grads(loss.backward(), network);
    LearnedPatch { loss: loss.detach(), gradients, moments }
}

fn with_kernels(
    training: &CpuTraining,
    network: &TensorsByName,
    (state, trained): (&StateDict, &BTreeSet<String>),
    lesson: &PatchLesson<'_>,
    ended: &mut dyn FnMut(StepPhase),
) -> LearnedPatch {
    let device = Device::flex().autodiff();
    let pass = training.forward(state, &lesson.patch.input, 1, lesson.patch.dims);
    let moments = |(norm, BatchStatistics { mean, variance }): (String, BatchStatistics)| {
        (norm, [mean, variance].map(|values| flat(&values, &device)))
    };
    let moments = pass.batch_statistics().into_iter().map(moments).collect();
    let (channels, [depth, height, width]) = pass.shape(training.logits());
    let data = TensorData::new(pass.values(training.logits()), [1, channels, depth, height, width]);
    let logits = Tensor::<5>::from_data(data, &device).require_grad();
    let loss = lesson.loss_of(logits.clone());
    ended(StepPhase::Forward);
    let of_logits = logits.grad(&loss.backward()).map(numbers).expect("the loss depends on the logits");
    let values = pass.backward(&[(training.logits(), of_logits)], trained);
    let gradients = registered(network, values, GradientsParams::new(), &device);
    LearnedPatch { loss: loss.detach(), gradients, moments }
}

impl PatchLesson<'_> {
    /// The patch's share of the loss, of logits `[1, classes, z, y, x]`.
    fn loss_of(&self, logits: Tensor<5>) -> Tensor<1> {
        let [_, channels, depth, height, width] = logits.dims();
        let targets = targets(self.patch, self.organs, &logits.device());
        self.loss.of(logits.reshape([1, channels, depth * height, width]), targets) * self.share
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
