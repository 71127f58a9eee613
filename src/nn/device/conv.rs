//! Convolutions of maps in slabs of channels.

use std::ops::Range;

use burn::tensor::module::{conv_transpose3d, conv3d};
use burn::tensor::ops::{ConvOptions, ConvTransposeOptions};
use burn::tensor::{Device, Tensor, TensorData};

use super::after_conv::AfterConv;
use super::channel_slabs::{ChannelSlabs, slab_ranges};
use super::sampling::resized_nearest;
use crate::nn::cpu::{ConvParameters, ScaleShift};
use crate::nn::model::state_dict::StateDict;
use crate::nn::network::{Activation, AppliedNorm, ConvLayer, NormKind, Sampling};

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

/// A transposed convolution whose kernel is as large as its stride.
pub(super) struct TransposedLayer<'a> {
    pub(super) name: &'a str,
    /// Input and output.
    pub(super) channels: [usize; 2],
    pub(super) stride: [usize; 3],
    pub(super) norm: Option<&'a AppliedNorm>,
    pub(super) activation: Activation,
}

impl DeviceConv {
    /// A convolution with its weights from `state`. A batch norm directly after it is folded into them.
    pub(super) fn new(layer: &ConvLayer, state: &StateDict, device: &Device) -> Self {
        let mut parameters = ConvParameters::of(state, &layer.name, layer.out_channels);
        let mut norm = layer.norm.as_ref();
        if let Some(AppliedNorm { name, kind: NormKind::Batch { epsilon }, after_activation: false }) = norm {
            parameters = parameters.fold(&ScaleShift::of_batch_norm(state, name, *epsilon));
            norm = None;
        }
        let [kz, ky, kx] = layer.kernel;
        let kind = ConvKind::Plain { kernel: layer.kernel, stride: layer.stride };
        let shape = [layer.out_channels, layer.in_channels(), kz, ky, kx];
        Self::of(kind, parameters, shape, AfterConv::steps(norm, layer.activation, state, device), device)
    }

    /// A transposed convolution with its weights from `state`.
    pub(super) fn transposed(layer: &TransposedLayer<'_>, state: &StateDict, device: &Device) -> Self {
        let [inputs, outputs] = layer.channels;
        let parameters = ConvParameters::of(state, layer.name, outputs);
        let [z, y, x] = layer.stride;
        let after = AfterConv::steps(layer.norm, layer.activation, state, device);
        Self::of(ConvKind::Transposed { stride: layer.stride }, parameters, [inputs, outputs, z, y, x], after, device)
    }

    fn of(
        kind: ConvKind,
        parameters: ConvParameters,
        shape: [usize; 5],
        after: Vec<AfterConv>,
        device: &Device,
    ) -> Self {
        let outputs = parameters.bias.len();
        Self {
            kind,
            weight: Tensor::from_data(TensorData::new(parameters.weights, shape), device),
            bias: Tensor::from_data(TensorData::new(parameters.bias, [outputs]), device),
            after,
        }
    }

    /// The maps of all inputs' channels. No buffer has more than `most_bytes`, unless a channel has.
    pub(super) fn forward(&self, input: &ChannelSlabs, most_bytes: usize) -> ChannelSlabs {
        let voxels: usize = self.kind.output_dims(input.dims()).iter().product();
        let outputs = self.bias.dims()[0];
        let slabs = slab_ranges(outputs, voxels, most_bytes).iter().map(|outputs| self.slab(input, outputs)).collect();
        self.after.iter().fold(ChannelSlabs { slabs }, |maps, step| step.apply(maps))
    }

    /// Some of the output's channels: the sum over the input's slabs.
    fn slab(&self, input: &ChannelSlabs, outputs: &Range<usize>) -> Tensor<5> {
        let mut sum: Option<Tensor<5>> = None;
        for (slab, inputs) in input.slabs.iter().zip(input.ranges()) {
            let bias = sum.is_none().then(|| self.bias.clone().narrow(0, outputs.start, outputs.len()));
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

    fn convolve(self, x: Tensor<5>, weight: Tensor<5>, bias: Option<Tensor<1>>) -> Tensor<5> {
        match self {
            Self::Plain { kernel, stride } => {
                let padding = kernel.map(|taps| (taps - 1) / 2);
                conv3d(x, weight, bias, ConvOptions::new(stride, padding, [1; 3], 1))
            }
            Self::Transposed { stride } => {
                conv_transpose3d(x, weight, bias, ConvTransposeOptions::new(stride, [0; 3], [0; 3], [1; 3], 1))
            }
        }
    }
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
