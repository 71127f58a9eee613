//! The one inference: inputs to probabilities and attention maps, with one read-back.

use std::convert::Infallible;

use burn::tensor::{ExecutionError, Transaction};
use serde::{Deserialize, Serialize};

use crate::core::mask::Mask;
use crate::core::parallel::map_parallel;
use crate::core::volume::Volume;
use crate::imaging::preprocess::{CropGeometry, Input, PreprocessConfig, prepare};
use crate::nn::batch::stack_inputs;
use crate::nn::model::{InferenceModel, probabilities};

/// What the network says about one input, on the input's grid.
#[derive(Clone, Debug, PartialEq)]
pub struct Inference {
    /// `[organs, size, size]`, in [0, 1].
    pub probability: Vec<f32>,
    /// One per gate, deepest first; empty unless asked for.
    pub attention: Vec<AttentionMap>,
}

/// One gate's attention coefficients over the input's area.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AttentionMap {
    /// `[size, size]`, in [0, 1].
    pub alpha: Vec<f32>,
    /// Height and width: the resolution of the gated skip.
    pub size_px: usize,
}

/// At and above this probability a voxel is of the organ, where the network knows one.
pub const THRESHOLD: f32 = 0.5;

/// Runs the network on inputs of one size, in one batch. Attention maps are read back only if `explain`.
pub async fn infer(model: &InferenceModel, inputs: &[Input], explain: bool) -> Result<Vec<Inference>, ExecutionError> {
    infer_open(model, inputs, None, explain).await
}

/// [`infer`] with a gate held open, as [`InferenceModel::forward_ablated`] does.
pub async fn infer_open(
    model: &InferenceModel,
    inputs: &[Input],
    open: Option<usize>,
    explain: bool,
) -> Result<Vec<Inference>, ExecutionError> {
    let Some(first) = inputs.first() else { return Ok(Vec::new()) };
    let size = first.size_px;
    let device = model.device();
    let output = model.forward_ablated(stack_inputs(inputs, &device), open);
    let probability = probabilities(output.logits);
    let area = probability.dims()[1] * size * size;
    let mut read = Transaction::default().register(probability);
    let mut sizes = Vec::new();
    if explain {
        for alpha in output.attention {
            sizes.push(alpha.dims()[2]);
            read = read.register(alpha);
        }
    }
    let mut read = read.execute_async().await?.into_iter().map(|data| data.iter::<f32>().collect::<Vec<_>>());
    let probability = read.next().unwrap_or_default();
    let maps: Vec<Vec<f32>> = read.collect();
    let of = |values: &[f32], size: usize, i: usize| values[i * size * size..(i + 1) * size * size].to_vec();
    let inferences = (0..inputs.len()).map(|i| Inference {
        probability: probability[i * area..(i + 1) * area].to_vec(),
        attention: maps
            .iter()
            .zip(&sizes)
            .map(|(map, &size_px)| AttentionMap { alpha: of(map, size_px, i), size_px })
            .collect(),
    });
    Ok(inferences.collect())
}

/// The labels of a slice, `[y, x]` on its own grid, from the organs' probabilities on the input's, `[organs, size, size]`: see
/// [`labels_of`].
pub fn mask_of(probability: &[f32], placement: &CropGeometry) -> Vec<u8> {
    let organs = probability.chunks_exact(placement.size_px * placement.size_px);
    let restored: Vec<Vec<f32>> = organs.map(|organ| placement.restore(organ, placement.size_px)).collect();
    labels_of(&restored.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

/// Labels, from 1 in the order of the organs, from each organ's probability of the same pixels: one organ is where its own is at least
/// [`THRESHOLD`]; of several the likeliest has the pixel, if it is no less likely than the background.
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

/// Segments every slice of a volume in viewing order; `done` hears after each pass how many slices are finished.
pub async fn segment_volume(
    model: &InferenceModel,
    volume: &Volume,
    config: &PreprocessConfig,
    done: impl FnMut(usize),
) -> Result<Mask, ExecutionError> {
    segment_slices(model, volume, &(0..volume.depth()).collect::<Vec<_>>(), config, done).await
}

/// Segments some slices of a volume in viewing order, and leaves the others empty; `done` as in [`segment_volume`].
pub async fn segment_slices(
    model: &InferenceModel,
    volume: &Volume,
    slices: &[usize],
    config: &PreprocessConfig,
    done: impl FnMut(usize),
) -> Result<Mask, ExecutionError> {
    let prepared = |z| Ok::<_, Infallible>(prepare(volume, z, config));
    let Ok(mask) = segment(model, volume.dims, slices, prepared, done).await?;
    Ok(mask)
}

/// Segments slices of a scan of `dims`, which `prepared` supplies on several threads, and leaves the others empty; `done` as in
/// [`segment_volume`].
///
/// # Errors
/// The outer one is the device's, the inner one that of `prepared`.
pub async fn segment<E: Send>(
    model: &InferenceModel,
    dims: [usize; 3],
    slices: &[usize],
    prepared: impl Fn(usize) -> Result<(Input, CropGeometry), E> + Sync,
    mut done: impl FnMut(usize),
) -> Result<Result<Mask, E>, ExecutionError> {
    let mut mask = Mask::empty(dims);
    let mut finished = 0;
    for pass in slices.chunks(model.slices_per_pass()) {
        let pairs: Result<Vec<_>, E> = map_parallel(pass, |&z| prepared(z)).into_iter().collect();
        let (inputs, placements): (Vec<_>, Vec<_>) = match pairs {
            Ok(pairs) => pairs.into_iter().unzip(),
            Err(error) => return Ok(Err(error)),
        };
        let said: Vec<_> = infer(model, &inputs, false).await?.into_iter().zip(&placements).collect();
        let masks = map_parallel(&said, |(said, placement)| mask_of(&said.probability, placement));
        for (labels, &z) in masks.iter().zip(pass) {
            mask.slice_mut(z).copy_from_slice(labels);
        }
        finished += pass.len();
        done(finished);
    }
    Ok(Ok(mask))
}
