//! How much memory a network's feature maps take.

use super::feature_maps::padded;
use super::in_place::InPlacePlan;
use super::slabs::{is_worthwhile, slab_slices};
use crate::core::parallel;
use crate::nn::network::{ConvLayer, Layer, MapIndex, NetworkGraph};

/// The shape of the maps of a layer.
#[derive(Clone, Copy)]
struct MapShape {
    dims: [usize; 3],
    channels: usize,
}

impl NetworkGraph {
    /// The bytes of all feature maps that are needed at the same time, at most, for an input of
    /// `in_channels` channels with the sides `dims`, in single precision. Large maps that are written over others
    /// count once (`slabs`).
    pub fn peak_bytes(&self, in_channels: usize, dims: [usize; 3]) -> usize {
        let mut shapes = vec![MapShape { dims, channels: in_channels }];
        for layer in &self.layers {
            shapes.push(shape_of(layer, &shapes));
        }
        let plan = self.in_place_plan();
        (0..self.layers.len()).map(|layer| self.bytes_at(layer, &shapes, &plan)).max().unwrap_or(0)
    }

    /// The bytes of all feature maps while a layer runs.
    fn bytes_at(&self, layer: usize, shapes: &[MapShape], plan: &InPlacePlan) -> usize {
        if plan.is_deferred[layer] {
            return 0;
        }
        let is_deferred = |map: usize| map.checked_sub(1).is_some_and(|maker| plan.is_deferred[maker]);
        let is_needed =
            |map: usize| map == layer + 1 || MapIndex(map) == self.features || plan.last_readers[map] >= Some(layer);
        let standing =
            (0..=layer + 1).filter(|&map| !is_deferred(map) && is_needed(map)).map(|map| shapes[map].bytes());
        let standing: usize = standing.sum();
        let made: Vec<MapShape> =
            self.layers[layer].inputs().iter().filter(|map| is_deferred(map.0)).map(|map| shapes[map.0]).collect();
        let (input, out) = (shapes[0], shapes[layer + 1]);
        if layer == 0 && plan.reads_sample && is_worthwhile(input.dims[0], input.slice_bytes() / size_of::<f32>()) {
            return standing - input.bytes() + (slab_slices() + 2) * input.slice_bytes();
        }
        if plan.overwritten[layer].is_none() || !is_worthwhile(out.dims[0], out.slice_bytes() / size_of::<f32>()) {
            return standing + made.into_iter().map(MapShape::bytes).sum::<usize>();
        }
        if self.is_pointwise(layer) {
            // A slice of each input for each thread.
            let slices = self.layers[layer].inputs().iter().map(|map| shapes[map.0].slice_bytes()).sum::<usize>();
            return standing - out.bytes() + parallel::count() * slices;
        }
        let slabs = 2 * slab_slices() * out.slice_bytes();
        let made: usize = made.into_iter().map(|made| (slab_slices() + 2) * made.slice_bytes()).sum();
        standing - out.bytes() + slabs + made
    }

    fn is_pointwise(&self, layer: usize) -> bool {
        matches!(&self.layers[layer], Layer::Conv(conv) if conv.window().is_pointwise())
    }
}

impl MapShape {
    fn bytes(self) -> usize {
        self.dims[0] * self.slice_bytes()
    }

    fn slice_bytes(self) -> usize {
        self.dims[1] * self.dims[2] * padded(self.channels) * size_of::<f32>()
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
