//! A network on a device: its layers run one after the other, and maps are dropped after their last use.

use burn::tensor::{ExecutionError, Tensor, TensorData, Transaction};

use super::after_conv::BatchMoments;
use super::conv::DeviceConv;
use super::layers::{DeviceLayers, MapsInUse, NetworkDevice};
use crate::nn::cpu::{CpuHead, FeatureRows};
use crate::nn::model::state_dict::StateDict;
use crate::nn::network::{MapIndex, NetworkGraph};

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

impl DeviceNetwork {
    /// The network of `graph` with the weights of `state`.
    ///
    /// # Panics
    /// If a tensor is missing or has another shape than [`NetworkGraph::parameter_shapes`] says.
    pub fn new(graph: &NetworkGraph, state: &StateDict, device: &NetworkDevice) -> Self {
        Self {
            convs: graph.layers.iter().map(|layer| DeviceConv::new(layer, state, &device.device)).collect(),
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
        let (layers, convs, last_readers) = (&self.graph.layers, &self.convs, &self.last_readers);
        let layers = DeviceLayers { layers, convs, last_readers, device: &self.device };
        layers.run((input, dims), |map| self.graph.is_kept(map), &mut BatchMoments::new())
    }
}

/// The values of tensors, in one transfer.
async fn read(tensors: impl Iterator<Item = Tensor<5>>) -> Result<Vec<Vec<f32>>, ExecutionError> {
    let transfer = tensors.fold(Transaction::default(), Transaction::register);
    let values = |data: TensorData| data.try_into_vec::<f32>().expect("networks are in single precision");
    Ok(transfer.execute_async().await?.into_iter().map(values).collect())
}
