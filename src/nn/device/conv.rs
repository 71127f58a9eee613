//! Convolutions of maps in slabs of channels.

use std::ops::Range;

use burn::tensor::{Device, Tensor, TensorData};

use super::after_conv::{AfterConv, BatchMoments};
use super::channel_slabs::{ChannelSlabs, slab_ranges};
use super::sampling::resized_nearest;
use crate::nn::convolution::{ConvGeometry, convolve};
use crate::nn::cpu::{ConvParameters, ScaleShift};
use crate::nn::model::state_dict::StateDict;
use crate::nn::network::{Activation, AppliedNorm, ConvLayer, Layer, NormKind, Sampling};

/// A convolution with its weights on a device, and what follows it.
#[derive(Clone, Debug)]
pub(super) struct DeviceConv {
    kind: ConvKind,
    /// `[out, in, z, y, x]`, or `[in, out, z, y, x]` of a transposed one.
    weight: Tensor<5>,
    bias: Tensor<1>,
    after: Vec<AfterConv>,
}

#[derive(Clone, Copy, Debug)]
enum ConvKind {
    Plain { kernel: [usize; 3], stride: [usize; 3] },
    Transposed { stride: [usize; 3] },
}

/// A layer with weights.
struct WeightedLayer<'a> {
    name: &'a str,
    kind: ConvKind,
    /// The shape of its weight.
    shape: [usize; 5],
    outputs: usize,
    norm: Option<&'a AppliedNorm>,
    activation: Activation,
}

impl<'a> WeightedLayer<'a> {
    fn of(layer: &'a Layer) -> Option<Self> {
        match layer {
            Layer::Conv(conv) => {
                let ConvLayer { name, kernel, stride, out_channels, norm, activation, .. } = conv;
                let (kind, inputs) = (ConvKind::Plain { kernel: *kernel, stride: *stride }, conv.in_channels());
                let ([z, y, x], outputs) = (*kernel, *out_channels);
                let shape = [outputs, inputs, z, y, x];
                Some(Self { name, kind, shape, outputs, norm: norm.as_ref(), activation: *activation })
            }
            Layer::TransposedConv { in_channels, out_channels, name, stride, norm, activation, .. } => {
                let (kind, [z, y, x]) = (ConvKind::Transposed { stride: *stride }, *stride);
                let (shape, outputs) = ([*in_channels, *out_channels, z, y, x], *out_channels);
                Some(Self { name, kind, shape, outputs, norm: norm.as_ref(), activation: *activation })
            }
            _ => None,
        }
    }
}

impl DeviceConv {
    /// The convolution of a layer, if it has one, with its weights from `state`. A batch norm directly
    /// after a plain one is folded into them.
    pub(super) fn new(layer: &Layer, state: &StateDict, device: &Device) -> Option<Self> {
        let WeightedLayer { name, kind, shape, outputs, mut norm, activation } = WeightedLayer::of(layer)?;
        let mut parameters = ConvParameters::of(state, name, outputs);
        let is_plain = matches!(kind, ConvKind::Plain { .. });
        if let Some(AppliedNorm { name, kind: NormKind::Batch { epsilon }, after_activation: false }) = norm
            && is_plain
        {
            parameters = parameters.fold(&ScaleShift::of_batch_norm(state, name, *epsilon));
            norm = None;
        }
        let weight = Tensor::from_data(TensorData::new(parameters.weights, shape), device);
        let bias = Tensor::from_data(TensorData::new(parameters.bias, [outputs]), device);
        let after = AfterConv::steps(norm, activation, |norm| AfterConv::norm(norm, state, device));
        Some(Self { kind, weight, bias, after })
    }

    /// The convolution of a layer in training, if it has one, with its tensors from `tensor`, which has
    /// them flat, by name. A batch norm takes the statistics of what it is given.
    pub(super) fn in_training(layer: &Layer, tensor: &impl Fn(&str) -> Option<Tensor<1>>) -> Option<Self> {
        let WeightedLayer { name, kind, shape, outputs, norm, activation } = WeightedLayer::of(layer)?;
        let weight = tensor(&format!("{name}.weight")).expect("a convolution has weights").reshape(shape);
        let bias = tensor(&format!("{name}.bias")).unwrap_or_else(|| Tensor::zeros([outputs], &weight.device()));
        let after = AfterConv::steps(norm, activation, |norm| AfterConv::norm_in_training(norm, tensor));
        Some(Self { kind, weight, bias, after })
    }

    /// The maps of all inputs' channels. No buffer has more than `most_bytes`, unless a channel has.
    /// `moments` gathers those of batch norms in training.
    pub(super) fn forward(&self, input: &ChannelSlabs, most_bytes: usize, moments: &mut BatchMoments) -> ChannelSlabs {
        let voxels: usize = self.kind.output_dims(input.dims()).iter().product();
        let outputs = self.bias.dims()[0];
        let slabs = slab_ranges(outputs, voxels, most_bytes).iter().map(|outputs| self.slab(input, outputs)).collect();
        self.after.iter().fold(ChannelSlabs { slabs }, |maps, step| step.apply(maps, moments))
    }

    /// Some of the output's channels: the sum over the input's slabs.
    fn slab(&self, input: &ChannelSlabs, outputs: &Range<usize>) -> Tensor<5> {
        let mut sum: Option<Tensor<5>> = None;
        for (slab, inputs) in input.slabs.iter().zip(input.ranges()) {
            let bias = self.bias.clone().narrow(0, outputs.start, outputs.len());
            let bias = if sum.is_none() { bias } else { bias.zeros_like() };
            let weight = self.weights_between(&inputs, outputs);
            let part = self.kind.convolve(slab.clone(), weight, bias);
            sum = Some(match sum {
                None => part,
                Some(sum) => sum + part,
            });
        }
        sum.expect("a convolution has an input")
    }

    fn weights_between(&self, inputs: &Range<usize>, outputs: &Range<usize>) -> Tensor<5> {
        let ranges = match self.kind {
            ConvKind::Plain { .. } => [outputs, inputs],
            ConvKind::Transposed { .. } => [inputs, outputs],
        };
        let part = |weight: Tensor<5>, (axis, range): (usize, &Range<usize>)| {
            let is_whole = range.len() == weight.dims()[axis];
            if is_whole { weight } else { weight.narrow(axis, range.start, range.len()) }
        };
        ranges.into_iter().enumerate().fold(self.weight.clone(), part)
    }
}

impl ConvKind {
    fn output_dims(self, dims: [usize; 3]) -> [usize; 3] {
        match self {
            Self::Plain { kernel, stride } => [0, 1, 2].map(|axis| {
                let padding = (kernel[axis] - 1) / 2;
                (dims[axis] + 2 * padding - kernel[axis]) / stride[axis] + 1
            }),
            Self::Transposed { stride } => [0, 1, 2].map(|axis| dims[axis] * stride[axis]),
        }
    }

    fn convolve(self, x: Tensor<5>, weight: Tensor<5>, bias: Tensor<1>) -> Tensor<5> {
        match self {
            Self::Plain { kernel, stride } => convolve(x, weight, bias, ConvGeometry::centred(kernel, stride)),
            Self::Transposed { .. } => convolve_transposed(x, weight, bias),
        }
    }
}

/// The transposed convolution of one sample with a kernel as large as its stride: one of 1 x 1 x 1 to
/// the channels of all taps, whose voxels are then put beside each other.
fn convolve_transposed(x: Tensor<5>, weight: Tensor<5>, bias: Tensor<1>) -> Tensor<5> {
    let [inputs, outputs, taps_z, taps_y, taps_x] = weight.dims();
    let [_, _, z, y, x_size] = x.dims();
    let taps = taps_z * taps_y * taps_x;
    let weight = weight.permute([1, 2, 3, 4, 0]).reshape([outputs * taps, inputs, 1, 1, 1]);
    let bias = bias.unsqueeze_dim::<2>(1).repeat_dim(1, taps).reshape([outputs * taps]);
    let maps = convolve(x, weight, bias, ConvGeometry::centred([1; 3], [1; 3]));
    let by_tap: Tensor<7> = maps.reshape([outputs, taps_z, taps_y, taps_x, z, y, x_size]);
    by_tap.permute([0, 4, 1, 5, 2, 6, 3]).reshape([1, outputs, z * taps_z, y * taps_y, x_size * taps_x])
}

/// Maps at the resolution at which a convolution reads them.
pub(super) fn sampled(maps: ChannelSlabs, sampling: Sampling) -> ChannelSlabs {
    match sampling {
        Sampling::AsIs => maps,
        Sampling::RepeatedTwice => {
            let [z, y, x] = maps.dims();
            maps.map(|slab| resized_nearest(slab, [z, 2 * y, 2 * x]))
        }
    }
}
