//! How much memory a network's feature maps take.

use super::feature_maps::padded;
use crate::nn::network::{ConvLayer, Layer, MapIndex, NetworkGraph};

/// The shape of the maps of a layer.
#[derive(Clone, Copy)]
struct MapShape {
    dims: [usize; 3],
    channels: usize,
}

impl NetworkGraph {
    /// The bytes of all feature maps that are needed at the same time, at most, for an input of
    /// `in_channels` channels with the sides `dims`, in single precision.
    pub fn peak_bytes(&self, in_channels: usize, dims: [usize; 3]) -> usize {
        let mut shapes = vec![MapShape { dims, channels: in_channels }];
        for layer in &self.layers {
            shapes.push(shape_of(layer, &shapes));
        }
        let last_readers = self.last_readers();
        let is_made = |map: usize, layer: usize| map <= layer + 1;
        let is_needed = |map: usize, layer: usize| {
            map == layer + 1 || MapIndex(map) == self.features || last_readers[map] >= Some(layer)
        };
        let is_live = |map: usize, layer: usize| is_made(map, layer) && is_needed(map, layer);
        let bytes_at = |layer: usize| {
            (0..shapes.len()).filter(|&map| is_live(map, layer)).map(|map| shapes[map].bytes()).sum::<usize>()
        };
        (0..self.layers.len()).map(bytes_at).max().unwrap_or(0)
    }
}

impl MapShape {
    fn bytes(self) -> usize {
        self.dims.iter().product::<usize>() * padded(self.channels) * size_of::<f32>()
    }
}

fn shape_of(layer: &Layer, shapes: &[MapShape]) -> MapShape {
    let of = |map: &MapIndex| shapes[map.0];
    let scaled = |map: &MapIndex, change: &dyn Fn(usize, usize) -> usize| MapShape {
        dims: [0, 1, 2].map(|axis| change(of(map).dims[axis], axis)),
        ..of(map)
    };
    match layer {
        Layer::Conv(ConvLayer { inputs, stride, out_channels, .. }) => {
            let strided = scaled(&inputs[0].map, &|length, axis| length.div_ceil(stride[axis]));
            MapShape { channels: *out_channels, ..strided }
        }
        Layer::TransposedConv { input, stride, out_channels, .. } => {
            MapShape { channels: *out_channels, ..scaled(input, &|length, axis| length * stride[axis]) }
        }
        Layer::MaxPool { input, size } | Layer::AveragePool { input, size } => {
            scaled(input, &|length, axis| length / size[axis])
        }
        Layer::Concatenate { inputs: [first, second] } => {
            MapShape { channels: of(first).channels + of(second).channels, ..of(first) }
        }
        Layer::Add { inputs: [first, _], .. } | Layer::Multiply { input: first, .. } => of(first),
        Layer::ResizeLinear { input, like } | Layer::ResizeNearest { input, like } => {
            MapShape { dims: of(like).dims, ..of(input) }
        }
    }
}
