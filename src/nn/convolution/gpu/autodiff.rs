//! The backward pass of a convolution, for Burn's automatic differentiation.

use burn::backend::TensorMetadata;
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::autodiff::{Autodiff, NodeId};
use burn::backend::tensor::FloatTensor;

use super::{ConvolutionBackend, ConvolutionGradients};
use crate::nn::convolution::ConvGeometry;

/// What the backward pass needs of the forward pass.
#[derive(Clone, Debug)]
struct ConvolutionState {
    x: NodeId,
    weight: NodeId,
    geometry: ConvGeometry,
}

#[derive(Debug)]
struct ConvolutionBackward;

impl<B: ConvolutionGradients> Backward<B, 3> for ConvolutionBackward {
    type State = ConvolutionState;

    fn backward(self, ops: Ops<ConvolutionState, 3>, gradients: &mut Gradients, checkpointer: &mut Checkpointer) {
        let [of_x, of_weight, of_bias] = ops.parents;
        let ConvolutionState { x, weight, geometry } = ops.state;
        let gradient = gradients.consume::<B>(&ops.node);
        let x = checkpointer.retrieve_node_output::<FloatTensor<B>>(x);
        let weight = checkpointer.retrieve_node_output::<FloatTensor<B>>(weight);
        if let Some(node) = of_bias {
            gradients.register::<B>(node.id, channel_sums::<B>(gradient.clone()));
        }
        if let Some(node) = of_weight {
            let [_, _, z, y, x_taps] = weight.shape().dims();
            let sums = B::weight_gradient(x.clone(), gradient.clone(), [z, y, x_taps], geometry);
            gradients.register::<B>(node.id, sums);
        }
        if let Some(node) = of_x {
            let [_, _, z, y, x_size] = x.shape().dims();
            let sums = B::input_gradient(gradient, weight, [z, y, x_size], geometry);
            gradients.register::<B>(node.id, sums);
        }
    }
}

/// The sum of each channel of `[samples, channels, z, y, x]`. Sums are taken axis by axis: long ones
/// lose digits in single precision.
fn channel_sums<B: ConvolutionGradients>(maps: FloatTensor<B>) -> FloatTensor<B> {
    let channels = maps.shape()[1];
    let sums = [4, 3, 2, 0].into_iter().fold(maps, |maps, axis| B::float_sum_dim(maps, axis));
    B::float_reshape(sums, [channels].into())
}

impl<B: ConvolutionGradients, C: CheckpointStrategy> ConvolutionBackend for Autodiff<B, C> {
    fn convolution(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        geometry: ConvGeometry,
    ) -> FloatTensor<Self> {
        let parents = [x.node(), weight.node(), bias.node()];
        match ConvolutionBackward.prepare::<C>(parents).compute_bound().stateful() {
            OpsKind::Tracked(mut step) => {
                let state = ConvolutionState { x: step.checkpoint(&x), weight: step.checkpoint(&weight), geometry };
                step.finish(
                    state,
                    B::convolution(x.into_primitive(), weight.into_primitive(), bias.into_primitive(), geometry),
                )
            }
            OpsKind::UnTracked(step) => step.finish(B::convolution(
                x.into_primitive(),
                weight.into_primitive(),
                bias.into_primitive(),
                geometry,
            )),
        }
    }
}
