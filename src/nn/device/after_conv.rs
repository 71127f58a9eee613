//! What follows a convolution: norms and activations.

use std::collections::BTreeMap;

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
        /// The name of a batch norm in training, whose moments are gathered.
        batch_norm: Option<String>,
    },
}

/// Mean and biased variance of the maps that batch norms were given, per channel, by the norm's name.
pub type BatchMoments = BTreeMap<String, [Tensor<1>; 2]>;

/// A factor and a summand for each channel, `[1, channels, 1, 1, 1]`.
#[derive(Clone, Debug)]
pub(super) struct ChannelFactors {
    scale: Tensor<5>,
    shift: Tensor<5>,
}

impl AfterConv {
    /// The steps of a norm, which `step` makes, and of an activation in their order.
    pub(super) fn steps(
        norm: Option<&AppliedNorm>,
        activation: Activation,
        step: impl FnOnce(&AppliedNorm) -> Self,
    ) -> Vec<Self> {
        let activation = (activation != Activation::None).then_some(Self::Activation(activation));
        let Some(norm) = norm else { return activation.into_iter().collect() };
        let step = step(norm);
        let both = if norm.after_activation { [activation, Some(step)] } else { [Some(step), activation] };
        both.into_iter().flatten().collect()
    }

    /// A norm with its tensors from `state`.
    pub(super) fn norm(norm: &AppliedNorm, state: &StateDict, device: &Device) -> Self {
        let on_device = |ScaleShift { scale, shift }: ScaleShift| {
            let tensor = |values: Vec<f32>| Tensor::from_data(TensorData::from(values.as_slice()), device);
            ChannelFactors::new(tensor(scale), tensor(shift))
        };
        match norm.kind {
            NormKind::Batch { epsilon } => {
                Self::Scale(on_device(ScaleShift::of_batch_norm(state, &norm.name, epsilon)))
            }
            kind => Self::by_own_moments(kind, on_device(ScaleShift::of_affine(state, &norm.name)), None),
        }
    }

    /// A norm in training, with its factors from `tensor`.
    pub(super) fn norm_in_training(norm: &AppliedNorm, tensor: &impl Fn(&str) -> Option<Tensor<1>>) -> Self {
        let part = |part: &str| tensor(&format!("{}.{part}", norm.name)).expect("a norm has factors");
        let batch_norm = matches!(norm.kind, NormKind::Batch { .. }).then(|| norm.name.clone());
        Self::by_own_moments(norm.kind, ChannelFactors::new(part("weight"), part("bias")), batch_norm)
    }

    fn by_own_moments(kind: NormKind, factors: ChannelFactors, batch_norm: Option<String>) -> Self {
        let (groups, epsilon) = match kind {
            NormKind::Batch { epsilon } | NormKind::Instance { epsilon } => (factors.scale.dims()[1], epsilon),
            NormKind::Group { groups, epsilon } => (groups, epsilon),
        };
        Self::Normalise { groups, epsilon, factors, batch_norm }
    }

    /// The maps after this step. `moments` gathers those of batch norms in training.
    pub(super) fn apply(&self, maps: ChannelSlabs, moments: &mut BatchMoments) -> ChannelSlabs {
        match self {
            Self::Activation(activation) => maps.map(|slab| activated(slab, *activation)),
            Self::Scale(ChannelFactors { scale, shift }) => scaled(maps, scale, shift),
            Self::Normalise { groups, epsilon, factors: ChannelFactors { scale, shift }, batch_norm } => {
                let mean = mean_of_groups(&maps, *groups);
                let centred = offset(maps, &mean.clone().neg());
                let squares = centred.clone().map(|slab| slab.square());
                let variance = mean_of_groups(&squares, *groups);
                drop(squares);
                if let Some(name) = batch_norm {
                    let channels = variance.dims()[1];
                    let pair = [mean, variance.clone()].map(|moment| moment.reshape([channels]).detach());
                    moments.insert(name.clone(), pair);
                }
                let deviation = (variance + *epsilon).sqrt();
                scaled(centred, &(scale.clone() / deviation), shift)
            }
        }
    }
}

impl ChannelFactors {
    fn new(scale: Tensor<1>, shift: Tensor<1>) -> Self {
        let [scale, shift] = [scale, shift].map(|factors| {
            let channels = factors.dims()[0];
            factors.reshape([1, channels, 1, 1, 1])
        });
        Self { scale, shift }
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
