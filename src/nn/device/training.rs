//! Networks in training on a device: the layers as operations of Burn's automatic differentiation.

use burn::tensor::Tensor;

use super::after_conv::BatchMoments;
use super::conv::DeviceConv;
use super::layers::{DeviceLayers, NetworkDevice};
use crate::nn::network::{Layer, MapIndex, NetworkGraph, last_readers};

/// A network in training, without its weights.
#[derive(Clone, Debug)]
pub struct DeviceTraining {
    /// The layers of the graph, and the head.
    layers: Vec<Layer>,
    last_readers: Vec<Option<usize>>,
    logits: MapIndex,
    device: NetworkDevice,
}

/// What a forward pass gives.
#[derive(Clone, Debug)]
pub struct TrainingPass {
    /// `[1, classes, z, y, x]`.
    pub logits: Tensor<5>,
    /// The moments of each batch norm.
    pub moments: BatchMoments,
}

impl DeviceTraining {
    /// The network of `graph`.
    pub fn new(graph: &NetworkGraph, device: NetworkDevice) -> Self {
        let (layers, logits) = graph.layers_with_head();
        Self { last_readers: last_readers(&layers), layers, logits, device }
    }

    /// Runs one sample, `[channels, z, y, x]` with the sides `dims`. `tensor` has the parameters on the
    /// device, flat, by name; a batch norm takes the statistics of the sample.
    ///
    /// # Panics
    /// If a tensor is missing or has another size than the network says.
    pub fn forward(
        &self,
        tensor: &impl Fn(&str) -> Option<Tensor<1>>,
        input: &[f32],
        dims: [usize; 3],
    ) -> TrainingPass {
        let convs: Vec<Option<DeviceConv>> =
            self.layers.iter().map(|layer| DeviceConv::in_training(layer, tensor)).collect();
        let (last_readers, device) = (&self.last_readers, &self.device);
        let layers = DeviceLayers { layers: &self.layers, convs: &convs, last_readers, device };
        let mut moments = BatchMoments::new();
        let mut maps = layers.run((input, dims), |map| map == self.logits, &mut moments);
        let logits = maps[self.logits.0].take().expect("the logits are kept");
        TrainingPass { logits: logits.range(&(0..logits.channels())), moments }
    }
}
