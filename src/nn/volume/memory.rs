//! How much memory a segmentation takes, told before it begins.

use super::model_file::NetworkPlan;
use crate::core::error::UserError;
use crate::core::i18n::messages::VolumeMessage;
use crate::core::volume::Volume;
use crate::imaging::volume_pipeline::sliding_window::SlidingWindow;

const MIB: usize = 1 << 20;

/// Refuses a scan whose segmentation by one network takes more than `most_bytes` at its peak.
///
/// # Errors
/// Such a scan, with the figures.
pub(super) fn check_memory(plan: &NetworkPlan, volume: &Volume, most_bytes: usize) -> Result<(), UserError> {
    let bytes = memory_bytes(plan, volume);
    if bytes <= most_bytes {
        return Ok(());
    }
    let why = VolumeMessage::TooLarge { mib: bytes / MIB, most: most_bytes / MIB };
    Err(UserError::new(VolumeMessage::TheScan, why, VolumeMessage::CropFirst))
}

/// An estimate of the bytes that a segmentation by one network takes at its peak, the scan and the weights included.
pub(super) fn memory_bytes(plan: &NetworkPlan, volume: &Volume) -> usize {
    size_of_val(&volume.hu[..]) + plan.weight_bytes() + plan.running_bytes(volume)
}

impl NetworkPlan {
    /// Bytes of the weights of all folds.
    fn weight_bytes(&self) -> usize {
        let shapes = self.network.graph().parameter_shapes();
        let values: usize = shapes.values().map(|shape| shape.iter().product::<usize>()).sum();
        self.folds * values * size_of::<f32>()
    }

    /// Bytes of the network's input, of the sums of patches of every fold, of the maps of one patch and of
    /// its result.
    fn running_bytes(&self, volume: &Volume) -> usize {
        let settings = &self.pipeline;
        let own_mm = volume.geometry.map_or([1.0; 3], |geometry| geometry.spacing_mm());
        let missing = 3 - settings.spacing_mm.len();
        let dims = [0, 1, 2].map(|axis| {
            let from = settings.transpose_forward[axis];
            let ratio = if axis < missing { 1.0 } else { own_mm[from] / settings.spacing_mm[axis - missing] };
            ((volume.dims[from] as f64 * ratio).round() as usize).max(1)
        });
        let window = SlidingWindow::new(dims, settings);
        let (graph, patch) = (self.network.graph(), window.patch);
        let channels = graph.feature_channels();
        let [voxels, in_patch] = [dims, patch].map(|dims| dims.iter().product::<usize>());
        let sums = self.folds * voxels * (channels + 1);
        let attention = match self.network.attention_shrinks().len() {
            0 => 0,
            gates => voxels * (gates + 1) + in_patch * gates,
        };
        size_of::<f32>() * (self.network.in_channels * (voxels + in_patch) + sums + attention + in_patch * channels)
            + graph.peak_bytes(self.network.in_channels, patch)
    }
}
