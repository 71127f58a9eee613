//! Whether a device runs a model: what it must hold, and how far its results are from the CPU's.

use super::model_file::{NetworkPlan, VolumeModelFile};
use super::patch_engine::VolumeError;
use super::segment::VolumeModel;

impl VolumeModelFile {
    /// The bytes of the largest buffer that cannot be divided: a channel of a patch, or a tensor of weights. Maps are
    /// divided by channels.
    pub fn largest_buffer_bytes(&self) -> usize {
        let values = |plan: &NetworkPlan| {
            let weights = plan.network.graph().parameter_shapes().into_values();
            let largest = weights.map(|shape| shape.iter().product::<usize>()).max().unwrap_or(0);
            largest.max(plan.pipeline.patch_size.iter().product())
        };
        size_of::<f32>() * self.networks.iter().map(|network| values(&network.plan)).max().unwrap_or(0)
    }
}

impl VolumeModel {
    /// The maps of a small patch, of each network with the weights of its first fold: what two engines are compared by.
    ///
    /// # Errors
    /// A device that fails.
    pub async fn trial(&self) -> Result<Vec<Vec<f32>>, VolumeError> {
        let mut maps = Vec::new();
        for (plan, network) in self.first_folds() {
            // Two voxels along each axis at the lowest resolution, so that norms have something to normalise.
            let mut dims = plan.network.divisor().map(|divisor| 2 * divisor);
            if plan.network.rank == 2 {
                dims[0] = 1;
            }
            let count = plan.network.in_channels * dims.iter().product::<usize>();
            let wave = |i: usize| (i % 97) as f32 / 48.0 - 1.0;
            let patch: Vec<f32> = (0..count).map(wave).collect();
            maps.push(network.features(&patch, dims).await?.values);
        }
        Ok(maps)
    }
}

/// How far the maps of one engine's trial are from another's: the largest difference, as a share of the largest value of
/// the same network. The worst network counts; NaN is infinitely far.
pub fn trial_deviation(found: &[Vec<f32>], expected: &[Vec<f32>]) -> f32 {
    let of_networks = found.iter().zip(expected).map(|(found, expected)| {
        if found.len() != expected.len() || found.iter().any(|value| !value.is_finite()) {
            return f32::INFINITY;
        }
        let largest = expected.iter().fold(0.0_f32, |most, value| most.max(value.abs()));
        let differences = found.iter().zip(expected).map(|(found, expected)| (found - expected).abs());
        differences.fold(0.0, f32::max) / largest.max(f32::MIN_POSITIVE)
    });
    of_networks.fold(0.0, f32::max)
}
