//! Layers without weights in training.

use super::tape::Gradients;
use crate::nn::cpu::feature_maps::FeatureMaps;
use crate::nn::cpu::norm_gradient::activation_backward;
use crate::nn::network::{Layer, MapIndex};

/// The gradients of the inputs of a layer without weights.
pub(super) fn plain_backward<'n>(
    layer: &Layer,
    inputs: &[&FeatureMaps<'n>],
    out: &FeatureMaps<'n>,
    mut gradient: FeatureMaps<'n>,
    gradients: &mut Gradients<'n>,
) {
    match layer {
        Layer::Concatenate { inputs: maps } => {
            let mut first = 0;
            for (map, maps) in maps.iter().zip(inputs) {
                gradients.add(*map, gradient.part(first, maps.channels));
                first += maps.channels;
            }
        }
        Layer::MaxPool { input, size } if gradients.needs(*input) => {
            let zeros = || FeatureMaps::zeros(inputs[0].channels, inputs[0].size, &gradient);
            let sum = gradients.maps[input.0].get_or_insert_with(zeros);
            sum.add_max_pool_gradient(inputs[0], out, &gradient, *size);
        }
        Layer::AveragePool { input, size } => {
            gradients.add(*input, FeatureMaps::average_pool_gradient(&gradient, inputs[0].size, *size));
        }
        Layer::Add { inputs: [first, second], activation } => {
            activation_backward(&mut gradient, out, *activation);
            if gradients.needs(*second) {
                gradients.add(*second, gradient.folded(inputs[1].channels));
            }
            gradients.add(*first, gradient);
        }
        Layer::Multiply { input, weights } => {
            if gradients.needs(*weights) {
                gradients.add(*weights, inputs[0].weights_gradient(&gradient));
            }
            gradient.multiply_by(inputs[1]);
            gradients.add(*input, gradient);
        }
        Layer::ResizeLinear { input, .. } => {
            add_resized(gradients, *input, || FeatureMaps::resize_linear_gradient(&gradient, inputs[0].size));
        }
        Layer::ResizeNearest { input, .. } => {
            add_resized(gradients, *input, || FeatureMaps::resize_nearest_gradient(&gradient, inputs[0].size));
        }
        Layer::MaxPool { .. } => (),
        Layer::Conv(_) | Layer::TransposedConv { .. } => unreachable!("layers with weights have steps of their own"),
    }
}

fn add_resized<'n>(gradients: &mut Gradients<'n>, map: MapIndex, gradient: impl FnOnce() -> FeatureMaps<'n>) {
    if gradients.needs(map) {
        gradients.add(map, gradient());
    }
}
