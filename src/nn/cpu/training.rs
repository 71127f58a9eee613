//! Networks in training on a CPU: the forward pass that keeps its maps, and the backward pass.
//!
//! Layers come from the same [`NetworkGraph`] and convolutions are the same as in inference. The samples
//! of a batch of two-dimensional inputs are stacked along z, where such a network's kernels have a length
//! of 1; so a batch norm is a norm over all voxels. A batch of three-dimensional inputs is one sample.

mod conv_layer;
mod plain_layer;
mod tape;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::feature_maps::{BufferPool, FeatureMaps, MapSize};
use super::prepared_layer::run_plain;
use crate::nn::model::state_dict::StateDict;
use crate::nn::network::{ConvLayer, Layer, MapIndex, NetworkGraph};
use conv_layer::{ConvTape, conv_backward, conv_forward, transposed_backward, transposed_forward};
use plain_layer::plain_backward;
pub use tape::BatchStatistics;
use tape::Gradients;

/// A network in training, without its weights. It keeps the memory of a step for the next one.
#[derive(Clone, Debug)]
pub struct CpuTraining {
    graph: NetworkGraph,
    /// The layers of the graph, and the head.
    layers: Vec<Layer>,
    logits: MapIndex,
    pool: Arc<BufferPool>,
}

/// The maps of a forward pass, from which the gradients are computed.
pub struct ForwardPass<'n> {
    network: &'n CpuTraining,
    state: &'n StateDict,
    samples: usize,
    maps: Vec<Option<FeatureMaps<'n>>>,
    tapes: Vec<ConvTape<'n>>,
}

impl CpuTraining {
    /// The network of `graph`.
    pub fn new(graph: NetworkGraph) -> Self {
        let (layers, logits) = graph.layers_with_head();
        Self { graph, layers, logits, pool: Arc::new(BufferPool::keeping_all()) }
    }

    /// The maps of the logits.
    pub fn logits(&self) -> MapIndex {
        self.logits
    }

    /// The maps of each decoder block, deepest first.
    pub fn decoded(&self) -> &[MapIndex] {
        &self.graph.decoded
    }

    /// Runs the network on a batch with the weights of `state`. `input` is `[samples, channels, z, y, x]`
    /// with the sides `dims`; batch norms take the statistics of the batch.
    ///
    /// # Panics
    /// If a tensor is missing or has another shape than [`NetworkGraph::parameter_shapes`] says, or if
    /// there are several samples of a three-dimensional network.
    pub fn forward<'n>(
        &'n self,
        state: &'n StateDict,
        input: &[f32],
        samples: usize,
        dims: [usize; 3],
    ) -> ForwardPass<'n> {
        assert!(samples == 1 || self.graph.rank == 2, "a batch of volumes is one volume at a time");
        let size = MapSize::of_dims([samples * dims[0], dims[1], dims[2]]);
        let channels = input.len() / size.voxels();
        let mut maps = vec![Some(FeatureMaps::from_samples(input, channels, size, samples, &self.pool))];
        let mut tapes = Vec::with_capacity(self.layers.len());
        for layer in &self.layers {
            let inputs: Vec<&FeatureMaps<'_>> =
                layer.inputs().iter().map(|map| maps[map.0].as_ref().expect("every map is kept")).collect();
            let (out, tape) = match layer {
                Layer::Conv(conv) => conv_forward(conv, state, &inputs, samples),
                Layer::TransposedConv { .. } => transposed_forward(layer, state, inputs[0], samples),
                other => (run_plain(other, &inputs), ConvTape::default()),
            };
            maps.push(Some(out));
            tapes.push(tape);
        }
        ForwardPass { network: self, state, samples, maps, tapes }
    }

    /// For each of the maps, true if it depends on one of the parameters `trained`.
    fn depends_on(&self, trained: &BTreeSet<String>) -> Vec<bool> {
        let mut depends = vec![false];
        for layer in &self.layers {
            let has_parameters = match layer {
                Layer::Conv(ConvLayer { name, norm, .. }) | Layer::TransposedConv { name, norm, .. } => {
                    let mut names = std::iter::once(name).chain(norm.iter().map(|norm| &norm.name));
                    names.any(|name| is_trained(trained, name))
                }
                _ => false,
            };
            depends.push(has_parameters || layer.inputs().iter().any(|map| depends[map.0]));
        }
        depends
    }
}

/// True if the weight or the bias of `name` is trained.
fn is_trained(trained: &BTreeSet<String>, name: &str) -> bool {
    ["weight", "bias"].iter().any(|part| trained.contains(&format!("{name}.{part}")))
}

impl<'n> ForwardPass<'n> {
    /// Maps as `[samples, channels, z, y, x]`.
    pub fn values(&self, map: MapIndex) -> Vec<f32> {
        self.maps[map.0].as_ref().expect("every map is kept").to_samples(self.samples)
    }

    /// The number of channels of maps, and their sides `[z, y, x]` in each sample.
    pub fn shape(&self, map: MapIndex) -> (usize, [usize; 3]) {
        let maps = self.maps[map.0].as_ref().expect("every map is kept");
        let [depth, height, width] = maps.size.dims();
        (maps.channels, [depth / self.samples, height, width])
    }

    /// The statistics of each batch norm, by its name.
    pub fn batch_statistics(&self) -> BTreeMap<String, BatchStatistics> {
        let layers = self.network.layers.iter().zip(&self.tapes);
        layers.filter_map(|(layer, tape)| tape.batch_statistics(layer)).collect()
    }

    /// The gradients of the parameters `trained`, from those of some maps, `[samples, channels, z, y, x]`.
    pub fn backward(
        mut self,
        outputs: &[(MapIndex, Vec<f32>)],
        trained: &'n BTreeSet<String>,
    ) -> BTreeMap<String, Vec<f32>> {
        let needed = self.network.depends_on(trained);
        let maps = (0..self.maps.len()).map(|_| None).collect();
        let mut gradients = Gradients { maps, needed, trained, parameters: BTreeMap::new() };
        for (map, values) in outputs {
            let maps = self.maps[map.0].as_ref().expect("every map is kept");
            let gradient =
                FeatureMaps::from_samples(values, maps.channels, maps.size, self.samples, &self.network.pool);
            gradients.add(*map, gradient);
        }
        for (i, layer) in self.network.layers.iter().enumerate().rev() {
            let out = self.maps[i + 1].take().expect("every map is kept until its layer");
            let Some(gradient) = gradients.maps[i + 1].take() else { continue };
            let inputs: Vec<&FeatureMaps<'n>> =
                layer.inputs().iter().map(|map| self.maps[map.0].as_ref().expect("an earlier map")).collect();
            let tape = std::mem::take(&mut self.tapes[i]);
            match layer {
                Layer::Conv(conv) => {
                    conv_backward(conv, self.state, &inputs, (out, tape), gradient, &mut gradients);
                }
                Layer::TransposedConv { .. } => {
                    transposed_backward(layer, self.state, inputs[0], (out, tape), gradient, &mut gradients);
                }
                other => plain_backward(other, &inputs, &out, gradient, &mut gradients),
            }
        }
        gradients.parameters
    }
}
