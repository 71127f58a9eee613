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
        let (Layer::Conv(ConvLayer { norm: Some(norm), .. }) | Layer::TransposedConv { norm: Some(norm), .. }) = layer
        else {
            return None;
        };
        let (NormKind::Batch { .. }, Some(tape)) = (norm.kind, &self.norm) else { return None };
        let channels = &tape.statistics[0];
        let mean = channels.iter().map(|group| group.mean as f32).collect();
        let variance = channels.iter().map(|group| group.variance as f32).collect();
        Some((norm.name.clone(), BatchStatistics { mean, variance }))
    }
}

/// What follows the sums of a convolution or of a transposed one.
#[derive(Clone, Copy)]
struct AfterSums<'l> {
    norm: Option<&'l AppliedNorm>,
    activation: Activation,
}

impl<'l> AfterSums<'l> {
    fn of(layer: &'l ConvLayer) -> Self {
        Self { norm: layer.norm.as_ref(), activation: layer.activation }
    }

    /// The activation that is applied to the sums themselves.
    fn before_norm(self) -> Activation {
        match self.norm {
            Some(norm) if !norm.after_activation => Activation::None,
            _ => self.activation,
        }
    }

    /// Applies what an epilogue with [`before_norm`](Self::before_norm) has left to do, the norm and the
    /// activation after it.
    fn forward<'n>(
        self,
        state: &StateDict,
        mut sums: FeatureMaps<'n>,
        samples: usize,
    ) -> (FeatureMaps<'n>, ConvTape<'n>) {
        After::rest_of(self.before_norm()).apply(&mut sums);
        let Some(norm) = self.norm else { return (sums, ConvTape::default()) };
        let groups = NormGroups::new(norm.kind, &sums, samples);
        let statistics = groups.statistics(&sums);
        let after_norm = if norm.after_activation { Activation::None } else { self.activation };
        let out = groups.normalized(&sums, &statistics, &ScaleShift::of_affine(state, &norm.name), after_norm);
        (out, ConvTape { norm: Some(NormTape { maps: sums, groups, statistics }) })
    }

    /// Replaces the gradient of the layer's output by that of its sums.
    fn backward<'n>(
        self,
        state: &StateDict,
        (out, tape): (FeatureMaps<'n>, ConvTape<'n>),
        gradient: &mut FeatureMaps<'n>,
        gradients: &mut Gradients<'n>,
    ) {
        let (Some(norm), Some(tape)) = (self.norm, tape.norm) else {
            return activation_backward(gradient, &out, self.activation);
        };
        if !norm.after_activation {
            activation_backward(gradient, &out, self.activation);
        }
        let scale = values(state, &format!("{}.weight", norm.name));
        let affine = tape.groups.backward(gradient, &tape.maps, &tape.statistics, &scale);
        gradients.keep(format!("{}.weight", norm.name), affine.scale);
        gradients.keep(format!("{}.bias", norm.name), affine.shift);
        if norm.after_activation {
            activation_backward(gradient, &tape.maps, self.activation);
        }
    }

    /// The gradient of the bias `name` from that of the sums. A norm that follows directly subtracts the
    /// bias again.
    fn bias_backward(self, name: &str, gradient: &FeatureMaps<'_>, gradients: &mut Gradients<'_>) {
        let name = format!("{name}.bias");
        if !gradients.is_trained(&name) {
            return;
        }
        let is_cancelled = self.norm.is_some_and(|norm| {
            matches!(norm.kind, NormKind::Batch { .. } | NormKind::Instance { .. }) && !norm.after_activation
        });
        let values = if is_cancelled { vec![0.0; gradient.channels] } else { bias_gradient(gradient) };
        gradients.keep(name, values);
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
    let after = AfterSums::of(layer);
    let epilogue = Epilogue::new(conv.bias.clone(), after.before_norm(), None);
    after.forward(state, Convolution::new(layer, &conv, epilogue).forward(inputs), samples)
}

/// The gradients of a convolution's parameters and inputs.
pub(super) fn conv_backward<'n>(
    layer: &ConvLayer,
    state: &StateDict,
    inputs: &[&FeatureMaps<'n>],
    kept: (FeatureMaps<'n>, ConvTape<'n>),
    mut gradient: FeatureMaps<'n>,
    gradients: &mut Gradients<'n>,
) {
    let after = AfterSums::of(layer);
    after.backward(state, kept, &mut gradient, gradients);
    after.bias_backward(&layer.name, &gradient, gradients);
    let weight = format!("{}.weight", layer.name);
    if gradients.is_trained(&weight) {
        let sampled: Vec<_> = inputs.iter().copied().zip(layer.inputs.iter().map(|input| input.sampling)).collect();
        let values = if layer.window().suits_winograd() {
            weight_gradient(&sampled, layer.kernel[0], &gradient)
        } else {
            direct_weight_gradient(layer.window(), inputs, &gradient)
        };
        gradients.keep(weight, values);
    }
    inputs_backward(layer, &ConvParameters::of(state, &layer.name, layer.out_channels), inputs, &gradient, gradients);
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

/// Runs a transposed convolution with its norm and its activation.
pub(super) fn transposed_forward<'n>(
    layer: &Layer,
    state: &StateDict,
    input: &FeatureMaps<'n>,
    samples: usize,
) -> (FeatureMaps<'n>, ConvTape<'n>) {
    let Layer::TransposedConv { in_channels, out_channels, name, stride, norm, activation, .. } = layer else {
        unreachable!("the caller has a transposed convolution")
    };
    let after = AfterSums { norm: norm.as_ref(), activation: *activation };
    let conv = ConvParameters::of(state, name, *out_channels);
    let epilogue = Epilogue::new(conv.bias.clone(), after.before_norm(), None);
    after.forward(state, TransposedConv::new(&conv, *in_channels, *stride, epilogue).forward(input), samples)
}

/// The gradients of a transposed convolution whose kernel is its stride: with input and output exchanged,
/// it is a convolution.
pub(super) fn transposed_backward<'n>(
    layer: &Layer,
    state: &StateDict,
    input: &FeatureMaps<'n>,
    kept: (FeatureMaps<'n>, ConvTape<'n>),
    mut gradient: FeatureMaps<'n>,
    gradients: &mut Gradients<'n>,
) {
    let Layer::TransposedConv { input: map, in_channels, out_channels, name, stride, norm, activation, .. } = layer
    else {
        return;
    };
    let after = AfterSums { norm: norm.as_ref(), activation: *activation };
    after.backward(state, kept, &mut gradient, gradients);
    after.bias_backward(name, &gradient, gradients);
    let window = ConvWindow { kernel: *stride, stride: *stride };
    let weight = format!("{name}.weight");
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
