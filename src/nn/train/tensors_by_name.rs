//! The parameters of a described network as Burn's optimizers take them.

use std::collections::BTreeMap;

use burn::module::{Content, Module, ModuleDisplay, ModuleDisplayDefault, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Device, Tensor, TensorData};

use crate::nn::device::BatchMoments;
use crate::nn::model::state_dict::{StateDict, TensorValues};

/// Parameters and running statistics by their names, each as a flat tensor: an optimizer does not ask for
/// their shapes, and the kernels know them.
#[derive(Clone, Debug)]
pub struct TensorsByName(BTreeMap<String, Param<Tensor<1>>>);

impl TensorsByName {
    /// The tensors of `state` on an autodiff device.
    pub(super) fn new(state: &StateDict, device: &Device) -> Self {
        let tensor =
            |(name, tensor): (&String, &TensorValues)| (name.clone(), Param::from_tensor(flat(&tensor.values, device)));
        Self(state.0.iter().map(tensor).collect())
    }

    /// The values with the shapes of the network.
    ///
    /// # Panics
    /// If the network has other tensors.
    pub(super) fn state_dict(&self, shapes: &BTreeMap<String, Vec<usize>>) -> StateDict {
        let mut state = StateDict::of_cpu(self);
        for (name, tensor) in &mut state.0 {
            tensor.shape.clone_from(&shapes[name]);
        }
        state
    }

    /// Takes the moments of a batch into the running statistics, with the weight `momentum`.
    pub(super) fn update_running_statistics(&mut self, norms: BatchMoments, momentum: f64) {
        for (norm, moments) in norms {
            for (part, new) in ["running_mean", "running_var"].into_iter().zip(moments) {
                let Some(running) = self.0.get_mut(&format!("{norm}.{part}")) else { continue };
                let (id, old) = (running.id, running.val());
                let new = new.to_device(&old.device());
                let mean = (old.mul_scalar(1.0 - momentum) + new.mul_scalar(momentum)).detach();
                *running = Param::initialized(id, mean);
            }
        }
    }

    /// A parameter or a running statistic, flat.
    pub(super) fn tensor(&self, name: &str) -> Option<Tensor<1>> {
        self.0.get(name).map(Param::val)
    }
}

/// Values as a tensor.
pub(super) fn flat(values: &[f32], device: &Device) -> Tensor<1> {
    Tensor::from_data(TensorData::new(values.to_vec(), [values.len()]), device)
}

impl Module for TensorsByName {
    fn visit<V: ModuleVisitor>(&self, visitor: &mut V) {
        for (name, param) in &self.0 {
            visitor.enter_module(name, "Param");
            param.visit(visitor);
            visitor.exit_module(name, "Param");
        }
    }

    fn map<M: ModuleMapper>(self, mapper: &mut M) -> Self {
        let mapped = self.0.into_iter().map(|(name, param)| {
            mapper.enter_module(&name, "Param");
            let param = Module::map(param, mapper);
            mapper.exit_module(&name, "Param");
            (name, param)
        });
        Self(mapped.collect())
    }

    fn to_device(self, device: &Device) -> Self {
        self.each(|param| param.to_device(device))
    }

    fn fork(self, device: &Device) -> Self {
        self.each(|param| param.fork(device))
    }

    fn collect_devices(&self, devices: Vec<Device>) -> Vec<Device> {
        self.0.values().fold(devices, |devices, param| param.collect_devices(devices))
    }

    fn valid(&self) -> Self {
        self.clone().each(|param| param.valid())
    }

    fn train(self) -> Self {
        self.each(Module::train)
    }

    fn materialize(self) -> Self {
        self.each(Module::materialize)
    }
}

impl TensorsByName {
    fn each(self, change: impl Fn(Param<Tensor<1>>) -> Param<Tensor<1>>) -> Self {
        Self(self.0.into_iter().map(|(name, param)| (name, change(param))).collect())
    }
}

impl ModuleDisplayDefault for TensorsByName {
    fn content(&self, content: Content) -> Option<Content> {
        self.0.iter().fold(content, |content, (name, param)| content.add(name, param)).optional()
    }
}

impl ModuleDisplay for TensorsByName {}
