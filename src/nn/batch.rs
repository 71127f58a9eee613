//! Inputs and samples to tensors. This is the only place where values enter a device.

use burn::tensor::{Device, Tensor, TensorData};

use crate::imaging::augment::Sample;
use crate::imaging::preprocess::Input;

/// Inputs and targets of one training step.
#[derive(Clone, Debug)]
pub struct Batch {
    /// `[N, 3, S, S]`.
    pub inputs: Tensor<4>,
    /// `[N, organs, S, S]`: the share of each pixel that belongs to the organ, in [0, 1].
    pub targets: Tensor<4>,
}

/// Stacks inputs of one size to `[N, 3, S, S]`.
///
/// # Panics
/// If there are no inputs.
pub fn stack_inputs<'a>(inputs: impl IntoIterator<Item = &'a Input>, device: &Device) -> Tensor<4> {
    let (mut values, mut count, mut size) = (Vec::new(), 0, 0);
    for input in inputs {
        values.extend_from_slice(&input.channels);
        size = input.size_px;
        count += 1;
    }
    Tensor::from_data(TensorData::new(values, [count, 3, size, size]), device)
}

/// Stacks samples of one size and number of organs.
///
/// # Panics
/// If there are no samples.
pub fn stack_samples(samples: &[Sample], device: &Device) -> Batch {
    let first = samples.first().expect("a training step has at least one sample");
    let (organs, size) = (first.organs(), first.input.size_px);
    let targets: Vec<f32> = samples.iter().flat_map(|sample| &sample.target).copied().collect();
    Batch {
        inputs: stack_inputs(samples.iter().map(|sample| &sample.input), device),
        targets: Tensor::from_data(TensorData::new(targets, [samples.len(), organs, size, size]), device),
    }
}
