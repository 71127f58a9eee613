//! How much memory a network's feature maps take.

use super::layer::{ConvLayer, Layer, MapIndex, NetworkGraph};

/// Channels are stored in groups of this many.
const CHANNEL_GROUP: usize = 16;

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
        let mut last_use = vec![0; self.layers.len() + 1];
        for (i, layer) in self.layers.iter().enumerate() {
            layer.inputs().iter().for_each(|map| last_use[map.0] = i);
            shapes.push(shape_of(layer, &shapes));
        }
        last_use[self.features.0] = self.layers.len();
        let is_live = |map: usize, layer: usize| map <= layer + 1 && (last_use[map] >= layer || map == layer + 1);
        let bytes_at = |layer: usize| {
            (0..shapes.len()).filter(|&map| is_live(map, layer)).map(|map| shapes[map].bytes()).sum::<usize>()
        };
        (0..self.layers.len()).map(bytes_at).max().unwrap_or(0)
    }

    /// The channels of the maps before the head.
    pub fn feature_channels(&self) -> usize {
        match (&self.head, self.layers.get(self.features.0 - 1)) {
            (Some(head), _) => head.in_channels(),
            (None, Some(Layer::Conv(conv))) => conv.out_channels,
            (None, _) => 0,
        }
    }
}

impl MapShape {
    fn bytes(self) -> usize {
        self.dims.iter().product::<usize>() * self.channels.next_multiple_of(CHANNEL_GROUP) * size_of::<f32>()
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
