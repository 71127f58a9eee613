//! Where a network of volumes looks on a prepared scan, and how much of that lies on the organ.

use super::attention_maps::AttentionSum;
use super::patch_engine::VolumeError;
use super::segment::VolumeModel;
use crate::core::mask::Mask;
use crate::imaging::metrics::{Focus, GateFocus};
use crate::imaging::volume_pipeline::array::ChannelVolume;
use crate::imaging::volume_pipeline::prepare::PreparedVolume;
use crate::imaging::volume_pipeline::sliding_window::SlidingWindow;

impl VolumeModel {
    /// The attention of each gate of the first network, deepest first, all over a prepared input: 1 + 254 times the
    /// coefficient. Empty for a network without gates.
    ///
    /// # Errors
    /// A device that fails.
    pub async fn attention_maps(&self, prepared: &PreparedVolume) -> Result<Vec<Mask>, VolumeError> {
        let (plan, network) = self.first_folds().next().expect("a model has a network");
        let window = SlidingWindow::new(prepared.input.dims, &plan.pipeline);
        let Some(mut sum) = AttentionSum::new(plan, &window) else { return Ok(Vec::new()) };
        for &position in &window.positions {
            let patch = window.patch_input(&prepared.input, position);
            sum.add(position, &network.features(&patch, window.patch).await?.attention);
        }
        Ok(sum.into_gates().into_iter().map(|labels| Mask { labels, dims: prepared.input.dims }).collect())
    }

    /// The attention of each gate of the first network, deepest first, over the patches that show an organ;
    /// empty for a network without gates. `truth` has a label for each voxel of the network's grid.
    ///
    /// Patches overlap, so a voxel counts in every patch that it lies in.
    ///
    /// # Errors
    /// A device that fails.
    pub async fn attention_focus(
        &self,
        prepared: &PreparedVolume,
        truth: &[u8],
    ) -> Result<Vec<GateFocus>, VolumeError> {
        let (plan, network) = self.first_folds().next().expect("a model has a network");
        let shrinks = plan.network.attention_shrinks();
        if shrinks.is_empty() {
            return Ok(Vec::new());
        }
        let window = SlidingWindow::new(prepared.input.dims, &plan.pipeline);
        let of_grid = |values: Vec<f32>| ChannelVolume { values, channels: 1, dims: prepared.input.dims };
        let organ = of_grid(truth.iter().map(|label| f32::from(u8::from(*label != 0))).collect());
        let image = of_grid(vec![1.0; truth.len()]);
        let mut sums = vec![Focus::default(); shrinks.len()];
        for &position in &window.positions {
            let [organ, image] = [&organ, &image].map(|shares| window.patch_input(shares, position));
            if organ.iter().all(|share| *share == 0.0) {
                continue;
            }
            let patch = window.patch_input(&prepared.input, position);
            let attention = network.features(&patch, window.patch).await?.attention;
            for ((sum, shrink), alpha) in sums.iter_mut().zip(&shrinks).zip(&attention) {
                let [organ, image] = [&organ, &image].map(|shares| means_of_blocks(shares, window.patch, *shrink));
                *sum = sum.plus(Focus::of(alpha, &organ, &image));
            }
        }
        let gates = sums.into_iter().zip(shrinks);
        Ok(gates.map(|(focus, shrink)| GateFocus { size_px: window.patch[2] / shrink[2], focus }).collect())
    }
}

/// A map of shape `dims`, `[z, y, x]`, on a grid that is coarser by `shrink`: each value the mean of those it covers.
fn means_of_blocks(values: &[f32], dims: [usize; 3], shrink: [usize; 3]) -> Vec<f32> {
    let coarse = [0, 1, 2].map(|axis| dims[axis] / shrink[axis]);
    let mut means = vec![0.0; coarse.iter().product()];
    for (row, line) in values.chunks_exact(dims[2]).enumerate() {
        let [z, y] = [row / dims[1] / shrink[0], row % dims[1] / shrink[1]];
        let means = &mut means[(z * coarse[1] + y) * coarse[2]..][..coarse[2]];
        for (mean, block) in means.iter_mut().zip(line.chunks_exact(shrink[2])) {
            *mean += block.iter().sum::<f32>();
        }
    }
    let count = shrink.iter().product::<usize>() as f32;
    means.into_iter().map(|sum| sum / count).collect()
}
