//! Values to tensors: the only place where inputs and targets become tensors.

use burn::tensor::{Device, Tensor, TensorData};

use crate::imaging::augment::Sample;
use crate::imaging::preprocess::Input;

/// Inputs and targets of one training step.
#[derive(Clone, Debug)]
pub struct Batch {
    /// `[N, 3, S, S]`.
    pub inputs: Tensor<4>,
    /// `[N, organs, S, S]`, the share of each pixel that is the organ, in [0, 1].
    pub targets: Tensor<4>,
}

/// Stacks inputs of one size: `[N, 3, S, S]`. Panics on an empty list.
pub fn stack_inputs<'a>(inputs: impl IntoIterator<Item = &'a Input>, device: &Device) -> Tensor<4> {
    let (mut values, mut count, mut size) = (Vec::new(), 0, 0);
    for input in inputs {
        values.extend_from_slice(&input.channels);
        size = input.size_px;
        count += 1;
    }
    Tensor::from_data(TensorData::new(values, [count, 3, size, size]), device)
}

/// Stacks samples of one size. Panics on an empty list.
pub fn stack_samples(samples: &[Sample], device: &Device) -> Batch {
    let size = samples[0].input.size_px;
    let targets: Vec<f32> = samples.iter().flat_map(|sample| &sample.target).copied().collect();
    Batch {
        inputs: stack_inputs(samples.iter().map(|sample| &sample.input), device),
        targets: Tensor::from_data(TensorData::new(targets, [samples.len(), samples[0].organs(), size, size]), device),
    }
}
