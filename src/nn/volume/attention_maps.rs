//! Where the gates of a network of volumes look: maps of their attention all over a scan.

use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use super::model_file::NetworkPlan;
use crate::core::volume::Geometry;
use crate::imaging::volume_pipeline::patch_sum::{PatchSum, SumPrecision};
use crate::imaging::volume_pipeline::sliding_window::SlidingWindow;

/// The attention of every gate all over a scan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AttentionMaps {
    /// One map per gate, deepest first, `[z, y, x]` on the network's grid: 1 + 254 times the coefficient.
    pub gates: Vec<ByteBuf>,
    /// `[z, y, x]`.
    pub dims: [usize; 3],
    /// The placement of the network's grid.
    pub geometry: Geometry,
}

/// The attention of patches, blended as what they say of organs is.
pub(super) struct AttentionSum {
    sum: PatchSum,
    dims: [usize; 3],
    patch: [usize; 3],
    /// The size of a voxel of each gate's map, in voxels of the network's grid.
    shrinks: Vec<[usize; 3]>,
}

impl AttentionSum {
    /// A sum to which nothing is added yet; `None` for a network without gates.
    pub(super) fn new(plan: &NetworkPlan, window: &SlidingWindow) -> Option<Self> {
        let shrinks = plan.network.attention_shrinks();
        (!shrinks.is_empty()).then(|| Self {
            sum: PatchSum::new(window, shrinks.len(), SumPrecision::Single),
            dims: window.dims,
            patch: window.patch,
            shrinks,
        })
    }

    /// Adds the attention of the patch at a position of the padded volume.
    pub(super) fn add(&mut self, position: [usize; 3], attention: &[Vec<f32>]) {
        let [depth, height, width] = self.patch;
        let gates = self.shrinks.len();
        let mut map = vec![0.0; depth * height * width * gates];
        for (gate, (alpha, shrink)) in attention.iter().zip(&self.shrinks).enumerate() {
            let coarse = [0, 1, 2].map(|axis| self.patch[axis] / shrink[axis]);
            for (voxel, values) in map.chunks_exact_mut(gates).enumerate() {
                let place = [voxel / (height * width), voxel / width % height, voxel % width];
                let [z, y, x] = [0, 1, 2].map(|axis| place[axis] / shrink[axis]);
                values[gate] = alpha[(z * coarse[1] + y) * coarse[2] + x];
            }
        }
        self.sum.add(position, &map);
    }

    /// The maps of all gates, for a network's grid that is placed by `geometry`.
    pub(super) fn into_maps(self, geometry: Geometry) -> AttentionMaps {
        let dims = self.dims;
        AttentionMaps { gates: self.into_gates().into_iter().map(ByteBuf::from).collect(), dims, geometry }
    }

    /// The map of each gate, deepest first, `[z, y, x]`: 1 + 254 times the coefficient.
    pub(super) fn into_gates(self) -> Vec<Vec<u8>> {
        let mut gates = vec![Vec::with_capacity(self.dims.iter().product()); self.shrinks.len()];
        for z in 0..self.dims[0] {
            for values in self.sum.slice(z).chunks_exact(gates.len()) {
                for (gate, alpha) in gates.iter_mut().zip(values) {
                    gate.push((1.0 + 254.0 * alpha).round() as u8);
                }
            }
        }
        gates
    }
}

impl NetworkPlan {
    /// Voxels along a row of each gate's map of a patch, deepest gate first; none without gates.
    pub fn gates_px(&self) -> Vec<usize> {
        let width = self.pipeline.patch_size.last().copied().unwrap_or_default();
        self.network.attention_shrinks().iter().map(|shrink| width / shrink[2]).collect()
    }
}
