//! Convolutions with norm and activation in training.

use super::tape::{BatchStatistics, Gradients};
use crate::nn::cpu::conv_window::ConvWindow;
use crate::nn::cpu::direct::DirectConv;
use crate::nn::cpu::direct_gradient::{bias_gradient, input_gradient, weight_gradient as direct_weight_gradient};
use crate::nn::cpu::feature_maps::FeatureMaps;
use crate::nn::cpu::norm::{NormGroups, NormStatistics};
use crate::nn::cpu::norm_gradient::activation_backward;
use crate::nn::cpu::parameters::{ConvParameters, Epilogue, ScaleShift, values};
use crate::nn::cpu::prepared_layer::{After, Convolution};
use crate::nn::cpu::transposed::TransposedConv;
use crate::nn::cpu::winograd::{Conv3x3, weight_gradient};
use crate::nn::model::state_dict::StateDict;
use crate::nn::network::{Activation, AppliedNorm, ConvLayer, Layer, NormKind};

/// What the backward pass of a layer needs beside its inputs and outputs.
#[derive(Default)]
pub(super) struct ConvTape<'n> {
    norm: Option<NormTape<'n>>,
}

struct NormTape<'n> {
    /// The input of the norm.
    maps: FeatureMaps<'n>,
    groups: NormGroups,
    statistics: NormStatistics,
}

impl ConvTape<'_> {
    /// The name and the statistics of a layer's batch norm, if it has one.
    pub(super) fn batch_statistics(&self, layer: &Layer) -> Option<(String, BatchStatistics)> {
        let Layer::Conv(ConvLayer { norm: Some(norm), .. }) = layer else { return None };
        let (NormKind::Batch { .. }, Some(tape)) = (norm.kind, &self.norm) else { return None };
        let channels = &tape.statistics[0];
        let mean = channels.iter().map(|group| group.mean as f32).collect();
        let variance = channels.iter().map(|group| group.variance as f32).collect();
        Some((norm.name.clone(), BatchStatistics { mean, variance }))
    }
}

/// Runs a convolution with its norm and its activation.
pub(super) fn conv_forward<'n>(
    layer: &ConvLayer,
    state: &StateDict,
    inputs: &[&FeatureMaps<'n>],
    samples: usize,
) -> (FeatureMaps<'n>, ConvTape<'n>) {
    let conv = ConvParameters::of(state, &layer.name, layer.out_channels);
    let before_norm = match &layer.norm {
        Some(norm) if !norm.after_activation => Activation::None,
        _ => layer.activation,
    };
    let epilogue = Epilogue::new(conv.bias.clone(), before_norm, None);
    let mut sums = Convolution::new(layer, &conv, epilogue).forward(inputs);
    After::rest_of(before_norm).apply(&mut sums);
    let Some(norm) = &layer.norm else { return (sums, ConvTape::default()) };
    let groups = NormGroups::new(norm.kind, &sums, samples);
    let statistics = groups.statistics(&sums);
    let after_norm = if norm.after_activation { Activation::None } else { layer.activation };
    let out = groups.normalized(&sums, &statistics, &ScaleShift::of_affine(state, &norm.name), after_norm);
    (out, ConvTape { norm: Some(NormTape { maps: sums, groups, statistics }) })
}

/// The gradients of a convolution's parameters and inputs.
pub(super) fn conv_backward<'n>(
    layer: &ConvLayer,
    state: &StateDict,
    inputs: &[&FeatureMaps<'n>],
    (out, tape): (FeatureMaps<'n>, ConvTape<'n>),
    mut gradient: FeatureMaps<'n>,
    gradients: &mut Gradients<'n>,
) {
    norm_backward(layer, state, (out, tape), &mut gradient, gradients);
    let (weight, bias) = (format!("{}.weight", layer.name), format!("{}.bias", layer.name));
    if gradients.is_trained(&bias) {
        let values = if bias_is_cancelled(layer) { vec![0.0; layer.out_channels] } else { bias_gradient(&gradient) };
        gradients.keep(bias, values);
    }
    if gradients.is_trained(&weight) {
        let sampled: Vec<_> = inputs.iter().copied().zip(layer.inputs.iter().map(|input| input.sampling)).collect();
        let values = if layer.window().suits_winograd() {
            weight_gradient(&sampled, layer.kernel[0], &gradient)
        } else {
            direct_weight_gradient(layer.window(), inputs, &gradient)
        };
        gradients.keep(weight.clone(), values);
    }
    inputs_backward(layer, &ConvParameters::of(state, &layer.name, layer.out_channels), inputs, &gradient, gradients);
}

/// Replaces the gradient of a layer's output by that of its convolution's sums.
fn norm_backward<'n>(
    layer: &ConvLayer,
    state: &StateDict,
    (out, tape): (FeatureMaps<'n>, ConvTape<'n>),
    gradient: &mut FeatureMaps<'n>,
    gradients: &mut Gradients<'n>,
) {
    let (Some(norm), Some(tape)) = (&layer.norm, tape.norm) else {
        return activation_backward(gradient, &out, layer.activation);
    };
    if !norm.after_activation {
        activation_backward(gradient, &out, layer.activation);
    }
    let scale = values(state, &format!("{}.weight", norm.name));
    let affine = tape.groups.backward(gradient, &tape.maps, &tape.statistics, &scale);
    gradients.keep(format!("{}.weight", norm.name), affine.scale);
    gradients.keep(format!("{}.bias", norm.name), affine.shift);
    if norm.after_activation {
        activation_backward(gradient, &tape.maps, layer.activation);
    }
}

/// The gradients of a convolution's inputs from that of its sums.
fn inputs_backward<'n>(
    layer: &ConvLayer,
    conv: &ConvParameters,
    inputs: &[&FeatureMaps<'n>],
    gradient: &FeatureMaps<'n>,
    gradients: &mut Gradients<'n>,
) {
    let (window, mut first) = (layer.window(), 0);
    for (input, maps) in layer.inputs.iter().zip(inputs) {
        let channels = first..first + input.channels;
        first = channels.end;
        if !gradients.needs(input.map) {
            continue;
        }
        let part = conv.weights_of(channels, window.taps());
        let of_input = if window.suits_winograd() {
            let numbers = [input.channels, layer.out_channels];
            Conv3x3::of_gradient(&part, numbers, layer.kernel[0], input.sampling).forward(&[gradient])
        } else {
            input_gradient(window, &part, input.channels, maps.size, gradient)
        };
        gradients.add(input.map, of_input);
    }
}

/// True if a norm follows the convolution directly and subtracts its bias again.
fn bias_is_cancelled(layer: &ConvLayer) -> bool {
    matches!(
        &layer.norm,
        Some(AppliedNorm { kind: NormKind::Batch { .. } | NormKind::Instance { .. }, after_activation: false, .. })
    )
}

/// Runs a transposed convolution. None of the described networks that are trained has a norm there.
///
/// # Panics
/// If a norm or an activation follows it.
pub(super) fn transposed_forward<'n>(
    layer: &Layer,
    state: &StateDict,
    input: &FeatureMaps<'n>,
) -> (FeatureMaps<'n>, ConvTape<'n>) {
    let Layer::TransposedConv {
        in_channels, out_channels, name, stride, norm: None, activation: Activation::None, ..
    } = layer
    else {
        panic!("a transposed convolution with a norm or an activation cannot be trained")
    };
    let conv = ConvParameters::of(state, name, *out_channels);
    let epilogue = Epilogue::new(conv.bias.clone(), Activation::None, None);
    (TransposedConv::new(&conv, *in_channels, *stride, epilogue).forward(input), ConvTape::default())
}

/// The gradients of a transposed convolution whose kernel is its stride: with input and output exchanged,
/// it is a convolution.
pub(super) fn transposed_backward<'n>(
    layer: &Layer,
    state: &StateDict,
    input: &FeatureMaps<'n>,
    gradient: FeatureMaps<'n>,
    gradients: &mut Gradients<'n>,
) {
    let Layer::TransposedConv { input: map, in_channels, out_channels, name, stride, .. } = layer else { return };
    let window = ConvWindow { kernel: *stride, stride: *stride };
    let (weight, bias) = (format!("{name}.weight"), format!("{name}.bias"));
    if gradients.is_trained(&bias) {
        gradients.keep(bias, bias_gradient(&gradient));
    }
    if gradients.needs(*map) {
        let conv = ConvParameters { weights: state.0[&weight].values.clone(), bias: vec![0.0; *in_channels] };
        let epilogue = Epilogue::new(conv.bias.clone(), Activation::None, None);
        let of_input = DirectConv::new(&conv, &[*out_channels], window, epilogue).forward(&[&gradient]);
        gradients.add(*map, of_input);
    }
    if gradients.is_trained(&weight) {
        gradients.keep(weight, direct_weight_gradient(window, &[&gradient], input));
    }
}
