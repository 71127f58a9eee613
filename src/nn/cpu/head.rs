//! The last convolution of a network. It is linear, so maps of several patches can be averaged before it.

use std::sync::Arc;

use super::feature_maps::{BufferPool, FeatureMaps};
use super::prepared_layer::PreparedLayer;
use crate::nn::model::state_dict::StateDict;
use crate::nn::network::NetworkGraph;

/// The last convolution of a network with its weights as the kernels take them.
#[derive(Clone, Debug)]
pub struct CpuHead {
    /// If absent, the maps are the logits.
    conv: Option<PreparedLayer>,
    /// Channels that it reads.
    channels: usize,
    pool: Arc<BufferPool>,
}

impl CpuHead {
    /// The head of `graph` with the weights of `state`.
    ///
    /// # Panics
    /// If a tensor is missing or has another shape than [`NetworkGraph::parameter_shapes`] says.
    pub fn new(graph: &NetworkGraph, state: &StateDict) -> Self {
        let conv = graph.head.as_ref().map(|head| PreparedLayer::conv(head, state));
        Self { conv, channels: graph.feature_channels(), pool: Arc::default() }
    }

    /// The logits, `[voxels, classes]`, of `features`, `[voxels, channels]`.
    pub fn classify(&self, features: &[f32]) -> Vec<f32> {
        let Some(conv) = &self.conv else { return features.to_vec() };
        conv.run(&[&FeatureMaps::from_rows(features, self.channels, &self.pool)]).into_interleaved()
    }

    /// The logits, `[classes, z, y, x]`, of the maps before the head.
    pub(super) fn logits(&self, features: &FeatureMaps<'_>) -> Vec<f32> {
        self.conv.as_ref().map_or_else(|| features.to_samples(1), |conv| conv.run(&[features]).to_samples(1))
    }
}
