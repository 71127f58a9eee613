//! Inference: prepared inputs to probabilities, attention maps and masks. There is one path for the
//! command line, validation, fine-tuning and the page.
//!
//! On the CPU every input is computed on its own thread, without tensors; two such threads do more
//! than one pass that uses both. On other devices the inputs are one batch, and everything is read
//! back in one transfer. Preparing inputs is the business of
//! [`preprocess`](crate::imaging::preprocess).

use std::convert::Infallible;

use burn::tensor::{Device, ExecutionError, Transaction};
use serde::{Deserialize, Serialize};

use crate::core::mask::Mask;
use crate::core::parallel::map_parallel;
use crate::core::volume::Volume;
use crate::imaging::preprocess::{CropGeometry, Input, PreprocessConfig, prepare};
use crate::nn::batch::stack_inputs;
use crate::nn::cpu::{CpuNetwork, CpuOutput};
use crate::nn::model::{AttentionUnet, Engine, InferenceModel, probabilities, probabilities_of_sample};

/// The network's output for one input, on the input's grid.
#[derive(Clone, Debug, PartialEq)]
pub struct Inference {
    /// `[organs, size, size]`, in [0, 1].
    pub probability: Vec<f32>,
    /// One map per gate, deepest first. Empty with [`AttentionOutput::Omit`].
    pub attention: Vec<AttentionMap>,
}

/// The attention coefficients of one gate over the area of the input.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AttentionMap {
    /// `[size, size]`, in [0, 1].
    pub alpha: Vec<f32>,
    /// Height and width: the resolution of the gated skip connection.
    pub size_px: usize,
}

/// A choice of outputs. Attention maps cost a transfer on a GPU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttentionOutput {
    /// Probabilities only.
    Omit,
    /// Probabilities and attention maps.
    Include,
}

/// A network of one organ assigns a voxel to it from this probability on.
pub const THRESHOLD: f32 = 0.5;

/// Runs the network on inputs of one size, with a gate held open if the model [says so](InferenceModel::with_open_gate).
///
/// # Errors
/// A device that fails.
pub async fn infer(
    model: &InferenceModel,
    inputs: &[Input],
    attention: AttentionOutput,
) -> Result<Vec<Inference>, ExecutionError> {
    infer_ablated(model, inputs, model.open_gate(), attention).await
}

/// [`infer`] with the attention of the gate `ablated`, counted from the deepest, replaced by 1
/// everywhere, whatever the model says.
///
/// # Errors
/// A device that fails.
pub async fn infer_ablated(
    model: &InferenceModel,
    inputs: &[Input],
    ablated: Option<usize>,
    attention: AttentionOutput,
) -> Result<Vec<Inference>, ExecutionError> {
    match model.engine() {
        Engine::Cpu(network) => Ok(map_parallel(inputs, |input| infer_on_cpu(network, input, ablated, attention))),
        Engine::Burn(network) => infer_batch(network, &model.device(), inputs, ablated, attention).await,
    }
}

fn infer_on_cpu(network: &CpuNetwork, input: &Input, ablated: Option<usize>, attention: AttentionOutput) -> Inference {
    let size = input.size_px;
    let CpuOutput { logits, attention: maps } = network.forward(&input.channels, [1, size, size], ablated);
    let gates = maps.len();
    let attention = match attention {
        AttentionOutput::Omit => Vec::new(),
        AttentionOutput::Include => {
            let with_size = |(i, alpha)| AttentionMap { alpha, size_px: size >> (gates - 1 - i) };
            maps.into_iter().enumerate().map(with_size).collect()
        }
    };
    Inference { probability: probabilities_of_sample(logits, size * size), attention }
}

async fn infer_batch(
    network: &AttentionUnet,
    device: &Device,
    inputs: &[Input],
    ablated: Option<usize>,
    attention: AttentionOutput,
) -> Result<Vec<Inference>, ExecutionError> {
    let Some(first) = inputs.first() else { return Ok(Vec::new()) };
    let size = first.size_px;
    let output = network.forward_ablated(stack_inputs(inputs, device), ablated);
    let probability = probabilities(output.logits);
    let per_input = probability.dims()[1] * size * size;
    let mut transfer = Transaction::default().register(probability);
    let mut sizes_px = Vec::new();
    if attention == AttentionOutput::Include {
        for alpha in output.attention {
            sizes_px.push(alpha.dims()[2]);
            transfer = transfer.register(alpha);
        }
    }
    let mut arrays = transfer.execute_async().await?.into_iter().map(|data| data.iter::<f32>().collect::<Vec<_>>());
    let probability = arrays.next().unwrap_or_default();
    let maps: Vec<(Vec<f32>, usize)> = arrays.zip(sizes_px).collect();
    let inference = |i: usize| Inference {
        probability: probability[i * per_input..(i + 1) * per_input].to_vec(),
        attention: maps
            .iter()
            .map(|(map, size_px)| {
                let area = size_px * size_px;
                AttentionMap { alpha: map[i * area..(i + 1) * area].to_vec(), size_px: *size_px }
            })
            .collect(),
    };
    Ok((0..inputs.len()).map(inference).collect())
}

/// The labels of a slice, `[y, x]` on its own grid, from the organs' probabilities on the input's
/// grid, `[organs, size, size]`. See [`labels_of`].
pub fn mask_of(probability: &[f32], placement: &CropGeometry) -> Vec<u8> {
    let organs = probability.chunks_exact(placement.size_px * placement.size_px);
    let restored: Vec<Vec<f32>> = organs.map(|organ| placement.restore(organ, placement.size_px)).collect();
    labels_of(&restored.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

/// Labels from each organ's probability of the same pixels, numbered from 1 in the order of the
/// organs.
///
/// One organ has the pixels where its probability is at least [`THRESHOLD`]. Of several, the most
/// probable one has the pixel, unless the background is more probable.
pub fn labels_of(organs: &[&[f32]]) -> Vec<u8> {
    if let [organ] = organs {
        return organ.iter().map(|&p| u8::from(p >= THRESHOLD)).collect();
    }
    let pixels = organs.first().map_or(0, |organ| organ.len());
    let label = |i: usize| {
        let (mut best, mut most, mut sum) = (0, 0.0, 0.0);
        for (label, organ) in (1..).zip(organs) {
            sum += organ[i];
            if organ[i] > most {
                (best, most) = (label, organ[i]);
            }
        }
        if most >= 1.0 - sum { best } else { 0 }
    };
    (0..pixels).map(label).collect()
}

/// Segments every slice of a volume in viewing order. After each pass `progress` gets the number of
/// finished slices.
///
/// # Errors
/// A device that fails.
pub async fn segment_volume(
    model: &InferenceModel,
    volume: &Volume,
    config: &PreprocessConfig,
    progress: impl FnMut(usize),
) -> Result<Mask, ExecutionError> {
    segment_slices(model, volume, &(0..volume.depth()).collect::<Vec<_>>(), config, progress).await
}

/// Segments some slices of a volume in viewing order, and leaves the others empty. For `progress`
/// see [`segment_volume`].
///
/// # Errors
/// A device that fails.
pub async fn segment_slices(
    model: &InferenceModel,
    volume: &Volume,
    slices: &[usize],
    config: &PreprocessConfig,
    progress: impl FnMut(usize),
) -> Result<Mask, ExecutionError> {
    let input = |z| Ok::<_, Infallible>(prepare(volume, z, config));
    segment(model, volume.dims, slices, input, progress).await.map_err(|error| match error {
        SegmentError::Device(error) => error,
        SegmentError::Input(never) => match never {},
    })
}

/// The reason why a segmentation stopped.
#[derive(Debug)]
pub enum SegmentError<E> {
    /// The device failed.
    Device(ExecutionError),
    /// An input could not be prepared.
    Input(E),
}

/// Segments slices of a scan of `dims`, and leaves the others empty. `input` prepares a slice; it
/// is called on several threads. For `progress` see [`segment_volume`].
///
/// # Errors
/// A device that fails, and the errors of `input`.
pub async fn segment<E: Send>(
    model: &InferenceModel,
    dims: [usize; 3],
    slices: &[usize],
    input: impl Fn(usize) -> Result<(Input, CropGeometry), E> + Sync,
    mut progress: impl FnMut(usize),
) -> Result<Mask, SegmentError<E>> {
    let mut mask = Mask::empty(dims);
    let mut finished = 0;
    for pass in slices.chunks(model.slices_per_pass()) {
        let prepared: Result<Vec<_>, E> = map_parallel(pass, |&z| input(z)).into_iter().collect();
        let (inputs, placements): (Vec<_>, Vec<_>) = prepared.map_err(SegmentError::Input)?.into_iter().unzip();
        let inferences = infer(model, &inputs, AttentionOutput::Omit).await.map_err(SegmentError::Device)?;
        let placed: Vec<_> = inferences.into_iter().zip(&placements).collect();
        let masks = map_parallel(&placed, |(inference, placement)| mask_of(&inference.probability, placement));
        for (labels, &z) in masks.iter().zip(pass) {
            mask.slice_mut(z).copy_from_slice(labels);
        }
        finished += pass.len();
        progress(finished);
    }
    Ok(mask)
}
