//! Training of described networks on volumes.

use std::collections::BTreeMap;
use std::thread;

use burn::module::Module;
use burn::optim::{GradientsAccumulator, GradientsParams};
use burn::tensor::{Device, Tensor};

use super::patch_gradients::{LearnedPatch, PatchLearner, PatchLesson};
use super::phase::StepPhase;
use super::tensors_by_name::TensorsByName;
use super::trainable::TrainableNetwork;
use crate::imaging::patch_augment::LabelledPatch;
use crate::nn::loss::Loss;
use crate::nn::network::NetworkGraph;

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

/// What computes a network of volumes and its gradients, on one device or several.
#[derive(Clone, Debug)]
pub struct VolumeGradients {
    pub(super) shapes: BTreeMap<String, Vec<usize>>,
    /// The first device holds the weights.
    replicas: Vec<(Device, PatchLearner)>,
}

impl VolumeGradients {
    /// The network of `graph` on `devices`.
    pub(super) fn new(graph: &NetworkGraph, devices: &[Device]) -> Self {
        Self::by(PatchLearner::new, graph, devices)
    }

    /// The same by Burn's automatic differentiation on every device, also on the CPU.
    pub(super) fn plain(graph: &NetworkGraph, devices: &[Device]) -> Self {
        Self::by(PatchLearner::plain, graph, devices)
    }

    fn by(learner: fn(&NetworkGraph, &Device) -> PatchLearner, graph: &NetworkGraph, devices: &[Device]) -> Self {
        let replica = |device: &Device| (device.clone().autodiff(), learner(graph, device));
        Self { shapes: graph.parameter_shapes(), replicas: devices.iter().map(replica).collect() }
    }

    /// What each patch gives, in their order. Each device takes an equal share of them.
    fn learn(
        &self,
        network: &TensorsByName,
        lessons: &[PatchLesson<'_>],
        ended: &mut dyn FnMut(StepPhase),
    ) -> Vec<LearnedPatch> {
        if let [(_, learner)] = &self.replicas[..] {
            return learner.learn(network, lessons, ended);
        }
        let home = &self.replicas[0].0;
        let shares = lessons.chunks(lessons.len().div_ceil(self.replicas.len()));
        thread::scope(|scope| {
            let mut threads = Vec::with_capacity(self.replicas.len());
            for ((device, learner), share) in self.replicas.iter().zip(shares) {
                let replica = network.clone().fork(device);
                threads.push(scope.spawn(move || {
                    let learned = learner.learn(&replica, share, &mut |_| ()).into_iter();
                    let at_home = |LearnedPatch { loss, gradients, moments }| {
                        let gradients = gradients.to_device(home, &replica);
                        LearnedPatch { loss: loss.to_device(home), gradients, moments }
                    };
                    learned.map(at_home).collect::<Vec<_>>()
                }));
            }
            threads.into_iter().flat_map(|thread| thread.join().expect("a replica panicked")).collect()
        })
    }
}

impl TrainableNetwork for TensorsByName {
    type Batch = PatchBatch;
    type Engine = VolumeGradients;

    fn loss_and_gradients(
        &mut self,
        engine: &VolumeGradients,
        batch: PatchBatch,
        loss: Loss,
        ended: &mut dyn FnMut(StepPhase),
    ) -> (Tensor<1>, GradientsParams) {
        let (organs, share) = (batch.organs, 1.0 / batch.patches.len() as f64);
        let lesson = |patch| PatchLesson { patch, organs, loss, share };
        let lessons: Vec<PatchLesson<'_>> = batch.patches.iter().map(lesson).collect();
        let mut sum = GradientsAccumulator::new();
        let mut losses = Vec::with_capacity(lessons.len());
        for LearnedPatch { loss, gradients, moments } in engine.learn(self, &lessons, ended) {
            self.update_running_statistics(moments, MOMENTUM);
            sum.accumulate(self, gradients);
            losses.push(loss);
        }
        (Tensor::cat(losses, 0).sum(), sum.grads())
    }

    fn home(&self) -> Device {
        Module::devices(self).into_iter().next().expect("a network has parameters")
    }
}
