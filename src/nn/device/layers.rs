//! The layers of a network on a device, run one after the other.

use burn::tensor::{Device, Tensor, TensorData};

use super::after_conv::{BatchMoments, activated};
use super::channel_slabs::{ChannelSlabs, slab_ranges};
use super::conv::{DeviceConv, sampled};
use super::sampling::{Pooling, pooled, resized_linear, resized_nearest};
use crate::nn::network::{ConvLayer, Layer, MapIndex};

/// A device, and what it takes.
#[derive(Clone, Debug)]
pub struct NetworkDevice {
    /// The device.
    pub device: Device,
    /// The most bytes of a buffer.
    pub most_buffer_bytes: usize,
}

/// What desktop drivers bind of one buffer.
const DESKTOP_BUFFER_BYTES: usize = 1 << 30;

impl NetworkDevice {
    /// A device outside of a browser.
    pub fn of_desktop(device: &Device) -> Self {
        Self { device: device.clone(), most_buffer_bytes: DESKTOP_BUFFER_BYTES }
    }
}

/// Layers with their weights on a device.
#[derive(Clone, Copy, Debug)]
pub(super) struct DeviceLayers<'n> {
    pub(super) layers: &'n [Layer],
    /// Of each layer that has weights.
    pub(super) convs: &'n [Option<DeviceConv>],
    /// The layer that reads each of the maps last.
    pub(super) last_readers: &'n [Option<usize>],
    pub(super) device: &'n NetworkDevice,
}

/// The maps that are still needed, by their index.
pub(super) type MapsInUse = Vec<Option<ChannelSlabs>>;

impl DeviceLayers<'_> {
    /// Runs one sample, `[channels, z, y, x]` with the sides `dims`. Maps are dropped after their last
    /// use, unless they are `kept`. `moments` gathers those of batch norms in training.
    pub(super) fn run(
        &self,
        (input, dims): (&[f32], [usize; 3]),
        kept: impl Fn(MapIndex) -> bool,
        moments: &mut BatchMoments,
    ) -> MapsInUse {
        let mut maps: MapsInUse = vec![Some(self.upload(input, dims))];
        for (index, layer) in self.layers.iter().enumerate() {
            let inputs = layer.inputs().into_iter().map(|map| {
                let is_last = self.last_readers[map.0] == Some(index) && !kept(map);
                let times = layer.inputs().iter().filter(|other| **other == map).count();
                let standing = &mut maps[map.0];
                let taken = if is_last && times == 1 { standing.take() } else { standing.clone() };
                taken.expect("maps are kept until their last use")
            });
            let inputs: Vec<ChannelSlabs> = inputs.collect();
            maps.push(Some(self.layer(index, inputs, moments)));
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
    fn layer(&self, index: usize, inputs: Vec<ChannelSlabs>, moments: &mut BatchMoments) -> ChannelSlabs {
        let most_bytes = self.device.most_buffer_bytes;
        let mut inputs = inputs.into_iter();
        let mut next = || inputs.next().expect("a layer has inputs");
        let conv = self.convs[index].as_ref();
        match &self.layers[index] {
            Layer::Conv(ConvLayer { inputs: described, .. }) => {
                let first = sampled(next(), described[0].sampling);
                let all =
                    described[1..].iter().fold(first, |all, input| all.concatenated(sampled(next(), input.sampling)));
                conv.expect("a convolution has weights").forward(&all, most_bytes, moments)
            }
            Layer::TransposedConv { .. } => {
                conv.expect("a convolution has weights").forward(&next(), most_bytes, moments)
            }
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
