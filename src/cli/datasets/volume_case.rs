//! One labelled scan as training on volumes needs it: prepared for the network, in memory, with its truth
//! on the same grid. At 2 mm that is some 20 MB for each case.

use std::path::Path;

use anyhow::Result;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::{Case, LoadedCase, cache};
use crate::core::error::UserError;
use crate::core::mask::Mask;
use crate::imaging::patch_augment::LabelledVolume;
use crate::imaging::volume_pipeline::prepare::{PreparedVolume, prepare};
use crate::imaging::volume_pipeline::previous_stage::labels_on_network_grid;
use crate::imaging::volume_pipeline::settings::{Normalisation, SeparateZ, VolumeSettings};

/// A case whose input is prepared.
#[derive(Clone, Debug)]
pub struct VolumeCase {
    /// What it is, and its truth on the scan's own grid.
    pub case: Case,
    /// The input of the network, and the way back.
    pub prepared: PreparedVolume,
    /// The truth on the network's grid, `[z, y, x]`.
    truth: Vec<u8>,
    /// Mean and standard deviation by which the input was normalised, in HU.
    scale_hu: [f32; 2],
    /// When labels are resampled along z alone.
    separate_z: SeparateZ,
    /// For each organ that is there, its voxels on the network's grid.
    organs: Vec<Vec<u32>>,
}

impl VolumeCase {
    /// Prepares a case, and stores its truth in the cache at `folder`.
    ///
    /// # Errors
    /// A case with slices that nobody labelled, or whose organs vanish at the network's spacing; a scan that
    /// cannot be prepared; a cache that cannot be written.
    pub fn new(case: LoadedCase, settings: &VolumeSettings, folder: &Path) -> Result<Self> {
        let what = format!("case {}", case.id);
        let unlabelled = case.labelled.iter().filter(|labelled| !**labelled).count();
        if unlabelled > 0 {
            let why = format!("{unlabelled} of its slices are not labelled, expected a label for the whole scan");
            let hint = "Label the other slices or leave the case out; --preset islet learns from single slices";
            return Err(UserError::new(what, why, hint).into());
        }
        let scale_hu = match settings.normalisation[0].with_statistics_of(&case.volume.hu) {
            Normalisation::Ct { mean, std, .. } => [mean, std],
            _ => [0.0, 1.0],
        };
        let mut prepared = prepare(&[&case.volume], settings)?;
        prepared.input.values.shrink_to_fit();
        let truth = labels_on_network_grid(&case.truth.labels, &prepared.path, settings.data_resampling.separate_z);
        let of_label = |label: &u8| -> Vec<u32> {
            let voxels = truth.iter().enumerate().filter(|(_, other)| *other == label);
            voxels.map(|(voxel, _)| voxel as u32).collect()
        };
        let organs: Vec<Vec<u32>> = case.labels.keys().map(of_label).filter(|voxels| !voxels.is_empty()).collect();
        if organs.is_empty() {
            let why = format!("nothing of its label is left at a spacing of {:?} mm", settings.spacing_mm);
            return Err(UserError::new(what, why, "Give a smaller --spacing-mm, or leave the case out").into());
        }
        let separate_z = settings.data_resampling.separate_z;
        Ok(Self { case: cache::keep_truth(case, folder)?, prepared, truth, scale_hu, separate_z, organs })
    }

    /// A mask on the scan's own grid, on the network's.
    pub fn on_network_grid(&self, mask: &Mask) -> Mask {
        let labels = labels_on_network_grid(&mask.labels, &self.prepared.path, self.separate_z);
        Mask { labels, dims: self.prepared.input.dims }
    }

    /// The truth on the network's grid.
    pub fn truth_mask(&self) -> Mask {
        Mask { labels: self.truth.clone(), dims: self.prepared.input.dims }
    }

    /// Slice `z` of the network's input in HU, `[y, x]`.
    pub fn slice_hu(&self, z: usize) -> Vec<i16> {
        let [_, height, width] = self.prepared.input.dims;
        let [mean, deviation] = self.scale_hu;
        let values = &self.prepared.input.values[z * height * width..(z + 1) * height * width];
        values.iter().map(|value| (value * deviation + mean).round() as i16).collect()
    }

    /// What patches are cut from.
    pub fn volume(&self) -> LabelledVolume<'_> {
        let input = &self.prepared.input;
        LabelledVolume { values: &input.values, labels: &self.truth, dims: input.dims }
    }

    /// The first voxel of a random patch of shape `patch`; it lies in the volume where that is large enough,
    /// and else its middle lies on that of the volume, as in prediction.
    pub fn anywhere(&self, patch: [usize; 3], rng: &mut ChaCha8Rng) -> [isize; 3] {
        let dims = self.prepared.input.dims;
        [0, 1, 2].map(|axis| {
            let most = dims[axis] as isize - patch[axis] as isize;
            if most > 0 { rng.random_range(0..=most as i64) as isize } else { most / 2 }
        })
    }

    /// The first voxel of a patch in whose middle half lies a random voxel of a random organ. Patches stay in
    /// the volume as [`anywhere`](Self::anywhere) says.
    pub fn around_organ(&self, patch: [usize; 3], rng: &mut ChaCha8Rng) -> [isize; 3] {
        let voxels = &self.organs[rng.random_range(0..self.organs.len())];
        let voxel = voxels[rng.random_range(0..voxels.len())] as usize;
        let dims = self.prepared.input.dims;
        let at = [voxel / (dims[1] * dims[2]), voxel / dims[2] % dims[1], voxel % dims[2]];
        [0, 1, 2].map(|axis| {
            let most = dims[axis] as isize - patch[axis] as isize;
            let in_patch = patch[axis] / 4 + rng.random_range(0..=(patch[axis] / 2));
            if most > 0 { (at[axis] as isize - in_patch as isize).clamp(0, most) } else { most / 2 }
        })
    }
}
