//! What follows a convolution: norms and activations.

use burn::tensor::activation::{elu, leaky_relu, relu, sigmoid};
use burn::tensor::{Device, Tensor, TensorData};

use super::channel_slabs::ChannelSlabs;
use crate::nn::cpu::ScaleShift;
use crate::nn::model::state_dict::StateDict;
use crate::nn::network::{Activation, AppliedNorm, NormKind};

/// A step after a convolution.
#[derive(Clone, Debug)]
pub(super) enum AfterConv {
    Activation(Activation),
    /// A batch norm with its running statistics.
    Scale(ChannelFactors),
    /// A norm with the statistics of the maps themselves.
    Normalise {
        /// Groups of channels that are normalised together.
        groups: usize,
        epsilon: f64,
        factors: ChannelFactors,
    },
}

/// A factor and a summand for each channel, `[1, channels, 1, 1, 1]`.
#[derive(Clone, Debug)]
pub(super) struct ChannelFactors {
    scale: Tensor<5>,
    shift: Tensor<5>,
}

impl AfterConv {
    /// The steps of a norm and an activation in their order.
    pub(super) fn steps(
        norm: Option<&AppliedNorm>,
        activation: Activation,
        state: &StateDict,
        device: &Device,
    ) -> Vec<Self> {
        let activation = (activation != Activation::None).then_some(Self::Activation(activation));
        let Some(norm) = norm else { return activation.into_iter().collect() };
        let step = Self::norm(norm, state, device);
        let both = if norm.after_activation { [activation, Some(step)] } else { [Some(step), activation] };
        both.into_iter().flatten().collect()
    }

    fn norm(norm: &AppliedNorm, state: &StateDict, device: &Device) -> Self {
        let affine = || ScaleShift::of_affine(state, &norm.name);
        match norm.kind {
            NormKind::Batch { epsilon } => {
                Self::Scale(ChannelFactors::new(ScaleShift::of_batch_norm(state, &norm.name, epsilon), device))
            }
            NormKind::Instance { epsilon } => {
                let affine = affine();
                Self::Normalise { groups: affine.scale.len(), epsilon, factors: ChannelFactors::new(affine, device) }
            }
            NormKind::Group { groups, epsilon } => {
                Self::Normalise { groups, epsilon, factors: ChannelFactors::new(affine(), device) }
            }
        }
    }

    /// The maps after this step.
    pub(super) fn apply(&self, maps: ChannelSlabs) -> ChannelSlabs {
        match self {
            Self::Activation(activation) => maps.map(|slab| activated(slab, *activation)),
            Self::Scale(ChannelFactors { scale, shift }) => scaled(maps, scale, shift),
            Self::Normalise { groups, epsilon, factors: ChannelFactors { scale, shift } } => {
                let mean = mean_of_groups(&maps, *groups);
                let centred = offset(maps, &mean.neg());
                let squares = centred.clone().map(|slab| slab.square());
                let deviation = (mean_of_groups(&squares, *groups) + *epsilon).sqrt();
                drop(squares);
                scaled(centred, &(scale.clone() / deviation), shift)
            }
        }
    }
}

impl ChannelFactors {
    fn new(ScaleShift { scale, shift }: ScaleShift, device: &Device) -> Self {
        let by_channel = |values: Vec<f32>| {
            let channels = values.len();
            Tensor::from_data(TensorData::new(values, [1, channels, 1, 1, 1]), device)
        };
        Self { scale: by_channel(scale), shift: by_channel(shift) }
    }
}

/// `activation` of every value.
pub(super) fn activated(x: Tensor<5>, activation: Activation) -> Tensor<5> {
    match activation {
        Activation::None => x,
        Activation::Relu => relu(x),
        Activation::LeakyRelu { slope } => leaky_relu(x, f64::from(slope)),
        Activation::Elu => elu(x, 1.0),
        Activation::Sigmoid => sigmoid(x),
    }
}

/// For each channel the mean over its group, `[1, channels, 1, 1, 1]`. Sums are taken axis by axis: long ones lose digits in
/// single precision.
fn mean_of_groups(maps: &ChannelSlabs, groups: usize) -> Tensor<5> {
    let channels = maps.channels();
    let of_slab = |slab: &Tensor<5>| slab.clone().mean_dim(4).mean_dim(3).mean_dim(2);
    let means = Tensor::cat(maps.slabs.iter().map(of_slab).collect(), 1);
    if groups == channels {
        return means;
    }
    let of_groups: Tensor<2> = means.reshape([groups, channels / groups]).mean_dim(1);
    of_groups.repeat_dim(1, channels / groups).reshape([1, channels, 1, 1, 1])
}

fn offset(maps: ChannelSlabs, shift: &Tensor<5>) -> ChannelSlabs {
    let ranges = maps.ranges();
    let slabs = maps.slabs.into_iter().zip(ranges);
    ChannelSlabs {
        slabs: slabs.map(|(slab, range)| slab + shift.clone().narrow(1, range.start, range.len())).collect(),
    }
}

fn scaled(maps: ChannelSlabs, scale: &Tensor<5>, shift: &Tensor<5>) -> ChannelSlabs {
    let ranges = maps.ranges();
    let slabs = maps.slabs.into_iter().zip(ranges);
    let product =
        |(slab, range): (Tensor<5>, std::ops::Range<usize>)| slab * scale.clone().narrow(1, range.start, range.len());
    offset(ChannelSlabs { slabs: slabs.map(product).collect() }, shift)
}
