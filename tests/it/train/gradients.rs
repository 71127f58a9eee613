//! The gradients of our training kernels, judged by PyTorch and by finite differences.

use std::collections::{BTreeMap, BTreeSet};

use islet::nn::cpu::CpuTraining;
use islet::nn::model::Preset;
use islet::nn::model::state_dict::StateDict;
use islet::nn::network::{Activation, BlockKind, NetworkDescription, StageDescription};
use safetensors::SafeTensors;
use serde::Deserialize;

use crate::networks::{given, nnunet, state_dict};

/// Written by tests/golden/gradients.py with PyTorch, in double precision.
const GOLDEN: &[u8] = include_bytes!("../../golden/gradients.safetensors");

#[derive(Deserialize)]
struct GoldenCase {
    shape: Vec<usize>,
    loss: f64,
}

/// A network in training with weights, and the loss whose gradients are asked for: the sum of the logits
/// times fixed numbers.
struct Judged {
    training: CpuTraining,
    state: StateDict,
    input: Vec<f32>,
    direction: Vec<f32>,
    samples: usize,
    dims: [usize; 3],
}

impl Judged {
    fn new(name: &str, description: &NetworkDescription, samples: usize, dims: [usize; 3]) -> Self {
        let graph = description.graph();
        let voxels = samples * dims.iter().product::<usize>();
        Self {
            state: state_dict(&graph),
            training: CpuTraining::new(graph),
            input: given(&format!("{name}.input"), description.in_channels * voxels),
            direction: given(&format!("{name}.direction"), description.classes * voxels),
            samples,
            dims,
        }
    }

    fn loss(&self, state: &StateDict) -> f64 {
        let pass = self.training.forward(state, &self.input, self.samples, self.dims);
        let logits = pass.values(self.training.logits());
        logits.iter().zip(&self.direction).map(|(logit, factor)| f64::from(*logit) * f64::from(*factor)).sum()
    }

    fn gradients(&self) -> BTreeMap<String, Vec<f32>> {
        let trained: BTreeSet<String> = self.state.0.keys().cloned().collect();
        let pass = self.training.forward(&self.state, &self.input, self.samples, self.dims);
        pass.backward(&[(self.training.logits(), self.direction.clone())], &trained)
    }
}

/// V-Net of three stages from 4 channels on.
fn tiny_vnet() -> NetworkDescription {
    let stages = [(4, 1, 1), (8, 1, 2), (16, 2, 0)].into_iter().enumerate();
    let stage = |(level, (features, encoder_convs, decoder_convs))| StageDescription {
        features,
        kernel: [5; 3],
        stride: if level == 0 { [1; 3] } else { [2; 3] },
        encoder_convs,
        decoder_convs,
    };
    NetworkDescription { stages: stages.map(stage).collect(), ..NetworkDescription::vnet(2) }
}

/// With ELU for ReLU: gradients.py says why.
fn smooth(network: NetworkDescription) -> NetworkDescription {
    NetworkDescription { activation: Activation::Elu, ..network }
}

fn networks() -> Vec<(&'static str, NetworkDescription)> {
    let (cube, flat) = ([3; 3], [1, 3, 3]);
    let plain = [(flat, [1; 3], 8, 2), (cube, [1, 2, 2], 16, 2), (cube, [2; 3], 24, 3)];
    let residual = [(cube, [1; 3], 8, 1), (cube, [2; 3], 16, 2), (cube, [1, 2, 2], 20, 2)];
    let plain_2d = [(flat, [1; 3], 8, 2), (flat, [1, 2, 2], 16, 2), (flat, [1, 2, 2], 24, 2)];
    vec![
        ("paper", smooth(NetworkDescription::paper(4, 2, true))),
        ("paper-unet", smooth(NetworkDescription::paper(4, 3, false))),
        ("vnet", tiny_vnet()),
        ("plain", nnunet(BlockKind::Plain, 3, plain)),
        ("residual", nnunet(BlockKind::Residual, 3, residual)),
        ("plain-2d", nnunet(BlockKind::Plain, 2, plain_2d)),
    ]
}

fn golden_cases() -> BTreeMap<String, GoldenCase> {
    let (_, header) = SafeTensors::read_metadata(GOLDEN).unwrap();
    serde_json::from_str(&header.metadata().as_ref().unwrap()["cases"]).unwrap()
}

fn judged(name: &str, description: &NetworkDescription, case: &GoldenCase) -> Judged {
    let dims =
        if let [_, _, y, x] = case.shape[..] { [1, y, x] } else { [case.shape[2], case.shape[3], case.shape[4]] };
    Judged::new(name, description, case.shape[0], dims)
}

fn largest<'v>(values: impl IntoIterator<Item = &'v f32>) -> f32 {
    values.into_iter().fold(0.0, |most, value| most.max(value.abs()))
}

#[test]
fn gradients_are_those_of_pytorch() {
    let (tensors, cases) = (SafeTensors::deserialize(GOLDEN).unwrap(), golden_cases());
    for (name, description) in networks() {
        let case = &cases[name];
        let judged = judged(name, &description, case);
        let loss = judged.loss(&judged.state);
        assert!((loss - case.loss).abs() <= 1e-4 * case.loss.abs(), "{name}: {loss}, expected {}", case.loss);
        let ours = judged.gradients();
        let prefix = format!("{name}/");
        let theirs: BTreeMap<&str, Vec<f32>> = tensors
            .iter()
            .filter_map(|(key, view)| {
                let bytes = view.data().as_chunks::<4>().0;
                Some((key.strip_prefix(&prefix)?, bytes.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()))
            })
            .collect();
        let overall = theirs.values().map(largest).fold(0.0, f32::max);
        assert!(theirs.len() > 20, "{name}: {}", theirs.len());
        assert_eq!(ours.keys().collect::<Vec<_>>(), theirs.keys().collect::<Vec<_>>(), "{name}");
        let mut off = Vec::new();
        for (key, theirs) in theirs {
            let step = ours[key].len().div_ceil(48);
            let sampled: Vec<f32> = ours[key].iter().step_by(step).copied().collect();
            assert_eq!(sampled.len(), theirs.len(), "{name} {key}");
            let worst = sampled.iter().zip(&theirs).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            // A bias that a norm subtracts again has a gradient of rounding alone.
            let most = largest(&theirs).max(1e-3 * overall);
            if worst > 1e-4 * most {
                off.push(format!("{key} by {worst} of {most}"));
            }
        }
        assert!(off.is_empty(), "{name}: {off:#?}");
    }
}

#[test]
fn gradients_are_those_of_finite_differences() {
    let cases = golden_cases();
    let mut all: Vec<(&str, Judged)> = Vec::new();
    for (name, description) in networks() {
        all.push((name, judged(name, &description, &cases[name])));
    }
    let islet = Preset::Tiny.config().description();
    all.push(("islet", Judged::new("islet", &islet, 2, [1, 32, 24])));
    for (name, judged) in all {
        let gradients = judged.gradients();
        let overall = gradients.values().map(largest).fold(0.0, f32::max);
        // One tensor in ten, so that every kind of layer has its turn.
        for (key, gradient) in gradients.iter().step_by(10) {
            let length = |values: &[f32]| values.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>().sqrt();
            let slope = length(gradient);
            if largest(gradient) < 1e-2 * overall {
                continue;
            }
            let direction: Vec<f64> = gradient.iter().map(|g| f64::from(*g) / slope).collect();
            let loss_at = |step: f64| {
                let mut state = judged.state.clone();
                let values = state.0.get_mut(key).unwrap().values.iter_mut();
                values.zip(&direction).for_each(|(value, d)| *value = (f64::from(*value) + step * d) as f32);
                judged.loss(&state)
            };
            // Too large a step bends, since norms and gates do, and too small a one is rounding; which is
            // which differs from tensor to tensor. A gradient that is wrong agrees with none of them.
            let size = length(&judged.state.0[key].values);
            let off = |share: f64| {
                let step = share * size;
                ((loss_at(step) - loss_at(-step)) / (2.0 * step) - slope).abs() / slope
            };
            let agrees = [1e-3, 3e-4, 3e-3, 1e-4, 1e-2].into_iter().any(|share| off(share) <= 0.02);
            assert!(agrees, "{name} {key}: no step agrees with {slope}");
        }
    }
}

#[test]
fn only_what_is_trained_gets_a_gradient() {
    let description = NetworkDescription::paper(4, 2, true);
    let judged = Judged::new("part", &description, 1, [16, 16, 32]);
    let trained = BTreeSet::from(["final.weight".to_owned(), "up_concat1.conv.conv2.1.bias".to_owned()]);
    let pass = judged.training.forward(&judged.state, &judged.input, 1, judged.dims);
    let some = pass.backward(&[(judged.training.logits(), judged.direction.clone())], &trained);
    assert_eq!(some.keys().cloned().collect::<BTreeSet<_>>(), trained);
    let all = judged.gradients();
    for (name, gradient) in some {
        assert_eq!(gradient, all[&name], "{name}");
    }
}
