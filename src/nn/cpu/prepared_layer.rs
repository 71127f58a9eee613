//! One layer of a network, with its weights as the kernels take them.

use super::direct::DirectConv;
use super::feature_maps::FeatureMaps;
use super::norm::{SampleNorm, activate};
use super::parameters::{ConvParameters, Epilogue, ScaleShift, needs_pass};
use super::slabs::SlabInput;
use super::transposed::TransposedConv;
use super::winograd::Conv3x3;
use crate::core::parallel::for_each_chunk;
use crate::nn::model::state_dict::StateDict;
use crate::nn::network::{Activation, AppliedNorm, ConvLayer, Layer, NormKind, Sampling};

/// A layer, ready to run.
#[derive(Clone, Debug)]
pub(super) enum PreparedLayer {
    /// A convolution.
    Conv(Convolution, After),
    /// A transposed convolution.
    Transposed(TransposedConv, After),
    /// A layer without weights.
    Plain(Layer),
}

/// A convolution by the method that suits its kernel.
#[derive(Clone, Debug)]
pub(super) enum Convolution {
    Winograd(Conv3x3),
    Direct(DirectConv),
}

impl Convolution {
    /// The convolution of `layer` with the given parameters, followed by `epilogue`.
    pub(super) fn new(layer: &ConvLayer, conv: &ConvParameters, epilogue: Epilogue) -> Self {
        let window = layer.window();
        if window.suits_winograd() {
            let inputs: Vec<(usize, Sampling)> =
                layer.inputs.iter().map(|input| (input.channels, input.sampling)).collect();
            return Self::Winograd(Conv3x3::new(conv, &inputs, window.kernel[0], epilogue));
        }
        let channels: Vec<usize> = layer.inputs.iter().map(|input| input.channels).collect();
        Self::Direct(DirectConv::new(conv, &channels, window, epilogue))
    }

    /// The convolution of the concatenated `inputs`.
    pub(super) fn forward<'p>(&self, inputs: &[&FeatureMaps<'p>]) -> FeatureMaps<'p> {
        match self {
            Self::Winograd(conv) => conv.forward(inputs),
            Self::Direct(conv) => conv.forward(inputs),
        }
    }

    /// The convolution of the concatenated `inputs`, written over `over` some slices at a time.
    pub(super) fn forward_over<'p>(&self, over: FeatureMaps<'p>, inputs: &[SlabInput<'_, 'p>]) -> FeatureMaps<'p> {
        match self {
            Self::Winograd(conv) => conv.forward_over(over, inputs),
            Self::Direct(conv) => conv.forward_over(over, inputs),
        }
    }
}

/// What follows a convolution in a pass of its own.
#[derive(Clone, Debug)]
pub(super) enum After {
    Nothing,
    Norm(SampleNorm),
    Activation(Activation),
}

impl PreparedLayer {
    /// The layer with its weights from `state`.
    pub(super) fn new(layer: &Layer, state: &StateDict) -> Self {
        match layer {
            Layer::Conv(conv) => Self::conv(conv, state),
            Layer::TransposedConv { in_channels, out_channels, name, stride, norm, activation, .. } => {
                let conv = ConvParameters::of(state, name, *out_channels);
                let (epilogue, after) = match norm {
                    None => (Epilogue::new(conv.bias.clone(), *activation, None), After::rest_of(*activation)),
                    Some(norm) => after_sum(&conv, norm, *activation, state),
                };
                Self::Transposed(TransposedConv::new(&conv, *in_channels, *stride, epilogue), after)
            }
            other => Self::Plain(other.clone()),
        }
    }

    /// A convolution with its weights from `state`.
    pub(super) fn conv(layer: &ConvLayer, state: &StateDict) -> Self {
        let mut conv = ConvParameters::of(state, &layer.name, layer.out_channels);
        let (epilogue, after) = match &layer.norm {
            None => (Epilogue::new(conv.bias.clone(), layer.activation, None), After::rest_of(layer.activation)),
            Some(AppliedNorm { name, kind: NormKind::Batch { epsilon }, after_activation: false }) => {
                conv = conv.fold(&ScaleShift::of_batch_norm(state, name, *epsilon));
                (Epilogue::new(conv.bias.clone(), layer.activation, None), After::rest_of(layer.activation))
            }
            Some(norm) => after_sum(&conv, norm, layer.activation, state),
        };
        Self::Conv(Convolution::new(layer, &conv, epilogue), after)
    }

    /// Runs the layer on its inputs, in the order of [`Layer::inputs`].
    pub(super) fn run<'p>(&self, inputs: &[&FeatureMaps<'p>]) -> FeatureMaps<'p> {
        let (mut out, after) = match self {
            Self::Conv(conv, after) => (conv.forward(inputs), after),
            Self::Transposed(conv, after) => (conv.forward(inputs[0]), after),
            Self::Plain(layer) => return run_plain(layer, inputs),
        };
        after.apply(&mut out);
        out
    }

    /// The layer, if it can change its first input in place of making new maps.
    pub(super) fn changing(&self) -> Option<&Layer> {
        match self {
            Self::Plain(layer @ (Layer::Add { .. } | Layer::Multiply { .. })) => Some(layer),
            _ => None,
        }
    }
}

/// What follows the sums of a convolution whose norm is not folded into its weights.
fn after_sum(
    conv: &ConvParameters,
    norm: &AppliedNorm,
    activation: Activation,
    state: &StateDict,
) -> (Epilogue, After) {
    let (first, last) =
        if norm.after_activation { (activation, Activation::None) } else { (Activation::None, activation) };
    let (folded, after) = match norm.kind {
        NormKind::Batch { epsilon } => {
            (Some(ScaleShift::of_batch_norm(state, &norm.name, epsilon)), After::whole(last))
        }
        NormKind::Instance { .. } | NormKind::Group { .. } => {
            let affine = ScaleShift::of_affine(state, &norm.name);
            (None, After::Norm(SampleNorm::new(affine, norm.kind, last)))
        }
    };
    (Epilogue::new(conv.bias.clone(), first, folded), after)
}

impl After {
    /// What is left of an activation after an [`Epilogue`] with it.
    pub(super) fn rest_of(activation: Activation) -> Self {
        if needs_pass(activation) { Self::Activation(activation) } else { Self::Nothing }
    }

    /// An activation of which the epilogue knows nothing.
    fn whole(activation: Activation) -> Self {
        if activation == Activation::None { Self::Nothing } else { Self::Activation(activation) }
    }

    pub(super) fn apply(&self, maps: &mut FeatureMaps<'_>) {
        match self {
            Self::Nothing => (),
            Self::Norm(norm) => norm.apply(maps),
            Self::Activation(activation) => {
                let slice_stride = maps.slice_stride();
                for_each_chunk(&mut maps.data, slice_stride, |_, slice| activate(slice, *activation));
            }
        }
    }
}

/// Runs a layer without weights.
pub(super) fn run_plain<'p>(layer: &Layer, inputs: &[&FeatureMaps<'p>]) -> FeatureMaps<'p> {
    let input = inputs[0];
    match layer {
        Layer::Concatenate { .. } => input.concatenated(inputs[1]),
        Layer::MaxPool { size, .. } => input.max_pooled(*size),
        Layer::AveragePool { size, .. } => input.average_pooled(*size),
        Layer::ResizeLinear { .. } => input.resized_linear(inputs[1].size),
        Layer::ResizeNearest { .. } => input.resized_nearest(inputs[1].size),
        Layer::Add { .. } | Layer::Multiply { .. } => changed(layer, input.copied(), inputs[1]),
        Layer::Conv(_) | Layer::TransposedConv { .. } => unreachable!("layers with weights have steps of their own"),
    }
}

/// Changes `x` by `other`: the sum or the product of both.
pub(super) fn changed<'p>(layer: &Layer, mut x: FeatureMaps<'p>, other: &FeatureMaps<'p>) -> FeatureMaps<'p> {
    match layer {
        Layer::Add { activation, .. } => x.add(other, *activation),
        _ => x.multiply_by(other),
    }
    x
}
