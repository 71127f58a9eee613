//! A network on a CPU: its layers run one after the other, and maps are dropped after their last use. Large maps are
//! written over others where that is possible ([`slabs`](super::slabs)).

use std::sync::Arc;

use super::feature_maps::{BufferPool, FeatureMaps, InputSample, MapSize, padded};
use super::head::CpuHead;
use super::prepared_layer::{After, Convolution, PreparedLayer, changed};
use super::slabs::{SlabInput, SliceMaker, is_worthwhile};
use crate::nn::model::state_dict::StateDict;
use crate::nn::network::{Layer, MapIndex, NetworkGraph};

/// A network with its weights as the kernels take them.
#[derive(Clone, Debug)]
pub struct CpuNetwork {
    layers: Vec<RunnableLayer>,
    features: MapIndex,
    head: CpuHead,
    attention: Vec<MapIndex>,
    pool: Arc<BufferPool>,
    /// True if the first layer may lay out the sample slab by slab.
    reads_sample: bool,
}

#[derive(Clone, Debug)]
struct RunnableLayer {
    step: PreparedLayer,
    inputs: Vec<MapIndex>,
    /// The maps that no later layer needs.
    last_uses: Vec<MapIndex>,
    /// The input that a convolution may write over.
    overwritten: Option<MapIndex>,
    /// True if the only reader of its maps makes them.
    is_deferred: bool,
}

/// The output of [`CpuNetwork::forward`] for one sample.
#[derive(Clone, Debug)]
pub struct CpuOutput {
    /// `[classes, z, y, x]`.
    pub logits: Vec<f32>,
    /// The attention coefficients of each gate, deepest first, each `[z, y, x]` at the resolution of
    /// its skip connection.
    pub attention: Vec<Vec<f32>>,
}

/// The maps before the head, voxel by voxel, and the attention.
#[derive(Clone, Debug)]
pub struct FeatureRows {
    /// `[z, y, x, channels]`.
    pub values: Vec<f32>,
    /// Channels of a voxel.
    pub channels: usize,
    /// See [`CpuOutput::attention`].
    pub attention: Vec<Vec<f32>>,
}

/// Why a layer finds its inputs.
const KEPT: &str = "maps are kept until their last use";

/// The maps that are still needed, by their index.
type LiveMaps<'p> = Vec<Option<FeatureMaps<'p>>>;

impl CpuNetwork {
    /// The network of `graph` with the weights of `state`.
    ///
    /// # Panics
    /// If a tensor is missing or has another shape than [`NetworkGraph::parameter_shapes`] says.
    pub fn new(graph: &NetworkGraph, state: &StateDict) -> Self {
        let plan = graph.in_place_plan();
        let runnable = |(i, layer): (usize, &Layer)| {
            let is_last_use = |map: &MapIndex| !graph.is_kept(*map) && plan.last_readers[map.0] == Some(i);
            RunnableLayer {
                step: PreparedLayer::new(layer, state),
                inputs: layer.inputs(),
                last_uses: (0..=graph.layers.len()).map(MapIndex).filter(is_last_use).collect(),
                overwritten: plan.overwritten[i],
                is_deferred: plan.is_deferred[i],
            }
        };
        Self {
            layers: graph.layers.iter().enumerate().map(runnable).collect(),
            features: graph.features,
            head: CpuHead::new(graph, state),
            attention: graph.attention.clone(),
            pool: Arc::new(BufferPool::of_rank(graph.rank)),
            reads_sample: plan.reads_sample,
        }
    }

    /// The number of attention gates.
    pub fn gates(&self) -> usize {
        self.attention.len()
    }

    /// Runs one sample. `input` is `[channels, z, y, x]` with the sides `dims`, and `ablated` a gate,
    /// counted from the deepest, whose attention is replaced by 1. A sample of one slice runs on this
    /// thread, a larger one on all.
    pub fn forward(&self, input: &[f32], dims: [usize; 3], ablated: Option<usize>) -> CpuOutput {
        let mut maps = self.run(input, dims, ablated);
        let attention = self.take_attention(&mut maps);
        let features = self.take_features(&mut maps);
        CpuOutput { logits: self.head.logits(&features), attention }
    }

    /// Runs one sample, `[channels, z, y, x]` with the sides `dims`, and returns the maps before the
    /// head, for [`classify`](Self::classify), and the attention.
    pub fn features(&self, input: &[f32], dims: [usize; 3]) -> FeatureRows {
        let mut maps = self.run(input, dims, None);
        let attention = self.take_attention(&mut maps);
        let features = self.take_features(&mut maps);
        drop(maps);
        // Small buffers amid the free memory would leave no place for the next sample's largest maps.
        self.pool.clear();
        FeatureRows { channels: features.channels, values: features.into_interleaved(), attention }
    }

    /// The logits, `[voxels, classes]`, of `features`, `[voxels, channels]`.
    pub fn classify(&self, features: &[f32]) -> Vec<f32> {
        self.head.classify(features)
    }

    fn run(&self, input: &[f32], dims: [usize; 3], ablated: Option<usize>) -> LiveMaps<'_> {
        let mut maps: LiveMaps<'_> = Vec::with_capacity(self.layers.len() + 1);
        let size = MapSize::of_dims(dims);
        let sample = InputSample { values: input, channels: input.len() / size.voxels(), size };
        let first = self.run_on_sample(sample);
        let is_begun = first.is_some();
        if let Some(first) = first {
            maps.extend([None, Some(first)]);
        } else {
            maps.push(Some(FeatureMaps::of_slices(sample, 0..size.depth, &self.pool)));
        }
        for layer in &self.layers[usize::from(is_begun)..] {
            if layer.is_deferred {
                maps.push(None);
                layer.last_uses.iter().for_each(|map| maps[map.0] = None);
                continue;
            }
            let mut out = self.run_layer(layer, &mut maps);
            if ablated.is_some_and(|gate| self.attention.get(gate) == Some(&MapIndex(maps.len()))) {
                out.data.fill(1.0);
            }
            maps.push(Some(out));
            layer.last_uses.iter().for_each(|map| maps[map.0] = None);
        }
        maps
    }

    /// The maps of the first layer, if they are made of the sample slab by slab: where its maps would be large.
    fn run_on_sample(&self, sample: InputSample<'_>) -> Option<FeatureMaps<'_>> {
        let slice_values = sample.size.slice_area() * padded(sample.channels);
        if !self.reads_sample || !is_worthwhile(sample.size.depth, slice_values) {
            return None;
        }
        let PreparedLayer::Conv(Convolution::Winograd(conv), after) = &self.layers.first()?.step else { return None };
        let mut out = conv.forward_sample(sample, &self.pool);
        after.apply(&mut out);
        Some(out)
    }

    fn take_attention(&self, maps: &mut LiveMaps<'_>) -> Vec<Vec<f32>> {
        let of_gate = |map: &MapIndex| maps[map.0].take().map_or_else(Vec::new, |alpha| alpha.to_samples(1));
        self.attention.iter().map(of_gate).collect()
    }

    fn take_features<'p>(&self, maps: &mut LiveMaps<'p>) -> FeatureMaps<'p> {
        maps[self.features.0].take().expect("the features are kept")
    }

    /// Computes a layer's maps from those before. A sum or a product is computed in place if nothing else reads its first
    /// input.
    fn run_layer<'p>(&'p self, layer: &RunnableLayer, maps: &mut LiveMaps<'p>) -> FeatureMaps<'p> {
        let changing = layer.step.changing().filter(|_| layer.last_uses.contains(&layer.inputs[0]));
        if let (Some(change), [first, second]) = (changing, &layer.inputs[..]) {
            let x = maps[first.0].take().expect(KEPT);
            return changed(change, x, maps[second.0].as_ref().expect(KEPT));
        }
        if let Some(out) = self.run_over(layer, maps) {
            return out;
        }
        let size_of = |map: MapIndex| maps[map.0].as_ref().map(|maps| maps.size);
        let made = |map: &MapIndex| {
            let (maker, from) = self.deferred(*map, layer.overwritten.and_then(size_of)?)?;
            Some(maker.all(maps[from.0].as_ref().expect(KEPT)))
        };
        let made: Vec<Option<FeatureMaps<'p>>> = layer.inputs.iter().map(made).collect();
        let standing = layer.inputs.iter().zip(&made).map(|(map, made)| made.as_ref().or(maps[map.0].as_ref()));
        let inputs: Vec<&FeatureMaps<'p>> = standing.map(|maps| maps.expect(KEPT)).collect();
        layer.step.run(&inputs)
    }

    /// Computes a convolution over an input that no later layer needs, if the maps are large.
    fn run_over<'p>(&'p self, layer: &RunnableLayer, maps: &mut LiveMaps<'p>) -> Option<FeatureMaps<'p>> {
        let (PreparedLayer::Conv(conv, after), Some(over)) = (&layer.step, layer.overwritten) else { return None };
        let is_large = |maps: &&mut FeatureMaps<'p>| is_worthwhile(maps.size.depth, maps.slice_stride());
        maps[over.0].as_mut().filter(is_large)?;
        let overwritten = maps[over.0].take().expect(KEPT);
        let standing = |map: MapIndex| maps[map.0].as_ref().expect(KEPT);
        let input = |map: &MapIndex| match self.deferred(*map, overwritten.size) {
            _ if *map == over => SlabInput::Overwritten,
            Some((by, from)) => SlabInput::Made { by, from: standing(from) },
            None => SlabInput::Standing(standing(*map)),
        };
        let inputs: Vec<SlabInput<'_, 'p>> = layer.inputs.iter().map(input).collect();
        let mut out = conv.forward_over(overwritten, &inputs);
        after.apply(&mut out);
        Some(out)
    }

    /// What makes these maps, of the given size, where they are read, and the maps that it makes them of.
    fn deferred(&self, map: MapIndex, size: MapSize) -> Option<(SliceMaker<'_>, MapIndex)> {
        let layer = self.layers.get(map.0.checked_sub(1)?).filter(|layer| layer.is_deferred)?;
        let maker = match &layer.step {
            PreparedLayer::Transposed(conv, After::Nothing) => SliceMaker::Transposed(conv),
            PreparedLayer::Plain(Layer::ResizeLinear { .. }) => SliceMaker::Resized(size),
            _ => return None,
        };
        Some((maker, layer.inputs[0]))
    }
}
