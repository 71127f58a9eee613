//! A network on a CPU: its layers run one after the other, and maps are dropped after their last use.

use std::sync::Arc;

use super::feature_maps::{BufferPool, FeatureMaps, MapSize};
use super::prepared_layer::{PreparedLayer, changed};
use crate::nn::model::state_dict::StateDict;
use crate::nn::network::{Layer, MapIndex, NetworkGraph};

/// A network with its weights as the kernels take them.
#[derive(Clone, Debug)]
pub struct CpuNetwork {
    layers: Vec<RunnableLayer>,
    features: MapIndex,
    head: Option<PreparedLayer>,
    /// Channels that the head reads.
    head_channels: usize,
    attention: Vec<MapIndex>,
    pool: Arc<BufferPool>,
}

#[derive(Clone, Debug)]
struct RunnableLayer {
    step: PreparedLayer,
    inputs: Vec<MapIndex>,
    /// The maps that no later layer reads.
    last_uses: Vec<MapIndex>,
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

/// The maps before the head, voxel by voxel.
#[derive(Clone, Debug)]
pub struct FeatureRows {
    /// `[z, y, x, channels]`.
    pub values: Vec<f32>,
    /// Channels of a voxel.
    pub channels: usize,
}

/// The maps that are still needed, by their index.
type LiveMaps<'p> = Vec<Option<FeatureMaps<'p>>>;

impl CpuNetwork {
    /// The network of `graph` with the weights of `state`.
    ///
    /// # Panics
    /// If a tensor is missing or has another shape than [`NetworkGraph::parameter_shapes`] says.
    pub fn new(graph: &NetworkGraph, state: &StateDict) -> Self {
        let kept = |map: &MapIndex| *map == graph.features || graph.attention.contains(map);
        let last_readers = graph.last_readers();
        let runnable = |(i, layer): (usize, &Layer)| {
            let inputs = layer.inputs();
            let is_last_use = |map: &&MapIndex| !kept(map) && last_readers[map.0] == Some(i);
            let last_uses = inputs.iter().filter(is_last_use).copied().collect();
            RunnableLayer { step: PreparedLayer::new(layer, state), inputs, last_uses }
        };
        Self {
            layers: graph.layers.iter().enumerate().map(runnable).collect(),
            features: graph.features,
            head: graph.head.as_ref().map(|head| PreparedLayer::conv(head, state)),
            head_channels: graph.feature_channels(),
            attention: graph.attention.clone(),
            pool: Arc::default(),
        }
    }

    /// True if the network has attention gates.
    pub fn has_gates(&self) -> bool {
        !self.attention.is_empty()
    }

    /// Runs one sample. `input` is `[channels, z, y, x]` with the sides `dims`, and `ablated` a gate,
    /// counted from the deepest, whose attention is replaced by 1. A sample of one slice runs on this
    /// thread, a larger one on all.
    pub fn forward(&self, input: &[f32], dims: [usize; 3], ablated: Option<usize>) -> CpuOutput {
        let mut maps = self.run(input, dims, ablated);
        let attention =
            self.attention.iter().map(|map| maps[map.0].take().map_or_else(Vec::new, |alpha| alpha.to_planar()));
        let attention = attention.collect();
        let features = self.take_features(&mut maps);
        let logits = self.head.as_ref().map_or_else(|| features.to_planar(), |head| head.run(&[&features]).to_planar());
        CpuOutput { logits, attention }
    }

    /// Runs one sample, `[channels, z, y, x]` with the sides `dims`, and returns the maps before the
    /// head, for [`classify`](Self::classify).
    pub fn features(&self, input: &[f32], dims: [usize; 3]) -> FeatureRows {
        let mut maps = self.run(input, dims, None);
        let features = self.take_features(&mut maps);
        drop(maps);
        FeatureRows { channels: features.channels, values: features.into_interleaved() }
    }

    /// The logits, `[voxels, classes]`, of `features`, `[voxels, channels]`. The head is linear, so
    /// features of several patches can be averaged before it.
    pub fn classify(&self, features: &[f32]) -> Vec<f32> {
        let Some(head) = &self.head else { return features.to_vec() };
        head.run(&[&FeatureMaps::from_rows(features, self.head_channels, &self.pool)]).into_interleaved()
    }

    fn run(&self, input: &[f32], dims: [usize; 3], ablated: Option<usize>) -> LiveMaps<'_> {
        let mut maps: LiveMaps<'_> = Vec::with_capacity(self.layers.len() + 1);
        maps.push(Some(FeatureMaps::from_planar(input, MapSize::of_dims(dims), &self.pool)));
        for layer in &self.layers {
            let mut out = layer.run(&mut maps);
            if ablated.is_some_and(|gate| self.attention.get(gate) == Some(&MapIndex(maps.len()))) {
                out.data.fill(1.0);
            }
            maps.push(Some(out));
            layer.last_uses.iter().for_each(|map| maps[map.0] = None);
        }
        maps
    }

    fn take_features<'p>(&self, maps: &mut LiveMaps<'p>) -> FeatureMaps<'p> {
        maps[self.features.0].take().expect("the features are kept")
    }
}

impl RunnableLayer {
    /// Computes the layer's maps from those before. A sum or a product is computed in place if nothing
    /// else reads its first input.
    fn run<'p>(&self, maps: &mut LiveMaps<'p>) -> FeatureMaps<'p> {
        const KEPT: &str = "maps are kept until their last use";
        let changing = self.step.changing().filter(|_| self.last_uses.contains(&self.inputs[0]));
        if let (Some(layer), [first, second]) = (changing, &self.inputs[..]) {
            let x = maps[first.0].take().expect(KEPT);
            return changed(layer, x, maps[second.0].as_ref().expect(KEPT));
        }
        let inputs: Vec<&FeatureMaps<'p>> = self.inputs.iter().map(|map| maps[map.0].as_ref().expect(KEPT)).collect();
        self.step.run(&inputs)
    }
}
