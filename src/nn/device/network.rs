//! A network on a device: its layers run one after the other, and maps are dropped after their last use.

use burn::tensor::{Device, ExecutionError, Tensor, TensorData, Transaction};

use super::after_conv::activated;
use super::channel_slabs::{ChannelSlabs, slab_ranges};
use super::conv::{DeviceConv, TransposedLayer, sampled};
use super::sampling::{Pooling, pooled, resized_linear, resized_nearest};
use crate::nn::cpu::{CpuHead, FeatureRows};
use crate::nn::model::state_dict::StateDict;
use crate::nn::network::{ConvLayer, Layer, MapIndex, NetworkGraph};

/// A device, and what it takes.
#[derive(Clone, Debug)]
pub struct NetworkDevice {
    /// The device.
    pub device: Device,
    /// The most bytes of a buffer.
    pub most_buffer_bytes: usize,
}

/// A network with its weights on a device.
#[derive(Clone, Debug)]
pub struct DeviceNetwork {
    graph: NetworkGraph,
    /// Of each layer that has weights.
    convs: Vec<Option<DeviceConv>>,
    last_readers: Vec<Option<usize>>,
    /// On the CPU, which applies it to one slice at a time after patches are blended: with many classes its output would
    /// be the largest buffer by far.
    head: CpuHead,
    device: NetworkDevice,
}

/// The maps that are still needed, by their index.
type MapsInUse = Vec<Option<ChannelSlabs>>;

impl DeviceNetwork {
    /// The network of `graph` with the weights of `state`.
    ///
    /// # Panics
    /// If a tensor is missing or has another shape than [`NetworkGraph::parameter_shapes`] says.
    pub fn new(graph: &NetworkGraph, state: &StateDict, device: &NetworkDevice) -> Self {
        let conv = |layer: &Layer| match layer {
            Layer::Conv(conv) => Some(DeviceConv::new(conv, state, &device.device)),
            Layer::TransposedConv { in_channels, out_channels, name, stride, norm, activation, .. } => {
                let (channels, norm) = ([*in_channels, *out_channels], norm.as_ref());
                let layer = TransposedLayer { name, channels, stride: *stride, norm, activation: *activation };
                Some(DeviceConv::transposed(&layer, state, &device.device))
            }
            _ => None,
        };
        Self {
            convs: graph.layers.iter().map(conv).collect(),
            last_readers: graph.last_readers(),
            head: CpuHead::new(graph, state),
            graph: graph.clone(),
            device: device.clone(),
        }
    }

    /// The last convolution.
    pub fn head(&self) -> &CpuHead {
        &self.head
    }

    /// Runs one sample, `[channels, z, y, x]` with the sides `dims`, and returns the maps before the head, and the
    /// attention coefficients of each gate, deepest first, each `[z, y, x]` at the resolution of its skip connection.
    ///
    /// # Errors
    /// A device that fails.
    pub async fn features(&self, input: &[f32], dims: [usize; 3]) -> Result<FeatureRows, ExecutionError> {
        let mut maps = self.run(input, dims);
        let gate = |map: &MapIndex| maps[map.0].as_ref().expect("attention is kept").slabs[0].clone();
        let gates: Vec<Tensor<5>> = self.graph.attention.iter().map(gate).collect();
        let features = maps[self.graph.features.0].take().expect("the features are kept");
        drop(maps);
        let (channels, ranges) = (features.channels(), features.ranges());
        let rows = features.slabs.into_iter().map(|slab| slab.permute([0, 2, 3, 4, 1]));
        let mut parts = read(rows.chain(gates)).await?;
        let attention = parts.split_off(ranges.len());
        if let [values] = &mut parts[..] {
            return Ok(FeatureRows { values: std::mem::take(values), channels, attention });
        }
        let mut values = vec![0.0; channels * dims.iter().product::<usize>()];
        for (part, range) in parts.iter().zip(ranges) {
            for (voxel, part) in values.chunks_exact_mut(channels).zip(part.chunks_exact(range.len())) {
                voxel[range.clone()].copy_from_slice(part);
            }
        }
        Ok(FeatureRows { values, channels, attention })
    }

    fn run(&self, input: &[f32], dims: [usize; 3]) -> MapsInUse {
        let mut maps: MapsInUse = vec![Some(self.upload(input, dims))];
        for (index, layer) in self.graph.layers.iter().enumerate() {
            let inputs = layer.inputs().into_iter().map(|map| {
                let is_last = self.last_readers[map.0] == Some(index) && !self.graph.is_kept(map);
                let times = layer.inputs().iter().filter(|other| **other == map).count();
                let standing = &mut maps[map.0];
                let taken = if is_last && times == 1 { standing.take() } else { standing.clone() };
                taken.expect("maps are kept until their last use")
            });
            let inputs: Vec<ChannelSlabs> = inputs.collect();
            maps.push(Some(self.layer(index, layer, inputs)));
        }
        maps
    }

    fn upload(&self, input: &[f32], dims: [usize; 3]) -> ChannelSlabs {
        let voxels = dims.iter().product();
        let [z, y, x] = dims;
        let slab = |range: std::ops::Range<usize>| {
            let values = input[range.start * voxels..range.end * voxels].to_vec();
            Tensor::from_data(TensorData::new(values, [1, range.len(), z, y, x]), &self.device.device)
        };
        let ranges = slab_ranges(input.len() / voxels, voxels, self.device.most_buffer_bytes);
        ChannelSlabs { slabs: ranges.into_iter().map(slab).collect() }
    }

    /// Computes a layer's maps of its inputs, in the order of [`Layer::inputs`].
    fn layer(&self, index: usize, layer: &Layer, inputs: Vec<ChannelSlabs>) -> ChannelSlabs {
        let most_bytes = self.device.most_buffer_bytes;
        let mut inputs = inputs.into_iter();
        let mut next = || inputs.next().expect("a layer has inputs");
        let conv = self.convs[index].as_ref();
        match layer {
            Layer::Conv(ConvLayer { inputs: described, .. }) => {
                let first = sampled(next(), described[0].sampling);
                let all =
                    described[1..].iter().fold(first, |all, input| all.concatenated(sampled(next(), input.sampling)));
                conv.expect("a convolution has weights").forward(&all, most_bytes)
            }
            Layer::TransposedConv { .. } => conv.expect("a convolution has weights").forward(&next(), most_bytes),
            Layer::Concatenate { .. } => next().concatenated(next()),
            Layer::MaxPool { size, .. } => next().map(|slab| pooled(slab, *size, Pooling::Largest)),
            Layer::AveragePool { size, .. } => next().map(|slab| pooled(slab, *size, Pooling::Mean)),
            Layer::Add { activation, .. } => next().plus(&next()).map(|slab| activated(slab, *activation)),
            Layer::Multiply { .. } => next().times(&next()),
            Layer::ResizeLinear { .. } => {
                let (maps, dims) = (next(), next().dims());
                maps.map(|slab| resized_linear(slab, dims))
            }
            Layer::ResizeNearest { .. } => {
                let (maps, dims) = (next(), next().dims());
                maps.map(|slab| resized_nearest(slab, dims))
            }
        }
    }
}

/// The values of tensors, in one transfer.
async fn read(tensors: impl Iterator<Item = Tensor<5>>) -> Result<Vec<Vec<f32>>, ExecutionError> {
    let transfer = tensors.fold(Transaction::default(), Transaction::register);
    let values = |data: TensorData| data.try_into_vec::<f32>().expect("networks are in single precision");
    Ok(transfer.execute_async().await?.into_iter().map(values).collect())
}
