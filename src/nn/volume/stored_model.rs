//! A model of volumes that stays in its file until it runs, for a machine of little memory: each network is prepared when its
//! turn comes, and given back after it.

use std::borrow::Cow;
use std::sync::Arc;

use safetensors::tensor::TensorView;

use super::memory::check_memory;
use super::model_file::{NetworkPlan, VolumeModelFile, VolumeNetwork, prefix, shape_of};
use super::network_run::RunnableNetwork;
use super::patch_engine::{EngineChoice, VolumeError};
use super::segment::{PatchProgress, SegmentationWish, SegmentedVolume, run_networks};
use crate::core::error::UserError;
use crate::core::volume::Volume;
use crate::imaging::volume_pipeline::patch_sum::SumPrecision;
use crate::nn::model::weights::finite_values;

/// A model as the bytes of its file, which runs on the CPU.
#[derive(Clone, Debug)]
pub struct StoredVolumeModel {
    bytes: Arc<Vec<u8>>,
    /// Without its weights.
    file: VolumeModelFile,
}

impl StoredVolumeModel {
    /// Checks the bytes of a model file.
    ///
    /// # Errors
    /// Those of [`VolumeModelFile::read`].
    pub fn new(bytes: Arc<Vec<u8>>) -> Result<Self, UserError> {
        let file = VolumeModelFile::without_weights(&bytes)?;
        Ok(Self { bytes, file })
    }

    /// Refuses a scan whose segmentation takes more than `most_bytes`.
    ///
    /// # Errors
    /// Such a scan, with the figures.
    pub fn check_memory(&self, volume: &Volume, most_bytes: usize) -> Result<(), UserError> {
        check_memory(&self.file.networks[0].plan, volume, most_bytes)
    }

    /// Segments a scan as [`VolumeModel::segment_explained`](super::VolumeModel::segment_explained) does. The model is used
    /// up: the bytes of its file are given back once its last network is prepared.
    ///
    /// # Errors
    /// Those of [`VolumeModel::segment`](super::VolumeModel::segment).
    pub async fn segment_explained(
        self,
        volume: Volume,
        organ: u8,
        progress: impl FnMut(PatchProgress),
    ) -> Result<SegmentedVolume, VolumeError> {
        let Self { bytes, file } = self;
        let plans: Vec<&NetworkPlan> = file.networks.iter().map(|network| &network.plan).collect();
        let mut bytes = Some(bytes);
        let network = |place: usize| {
            let is_last = place + 1 == plans.len();
            let held = if is_last { bytes.take() } else { bytes.clone() };
            let network = network_of(&held.expect("each network runs once, in order"), &plans, place)?;
            Ok(Cow::Owned(RunnableNetwork::new(network, &EngineChoice::Cpu)))
        };
        let wish = SegmentationWish { precision: SumPrecision::Single, organ: Some(organ) };
        run_networks(file.passport.cascade.as_ref(), &plans, network, Cow::Owned(volume), wish, progress).await
    }
}

/// One network of a file that was checked, with its weights.
fn network_of(bytes: &[u8], plans: &[&NetworkPlan], place: usize) -> Result<VolumeNetwork, UserError> {
    let shape = shape_of(plans.iter().copied());
    let wanted: Vec<String> = (0..plans[place].folds).map(|fold| prefix(shape, place, fold)).collect();
    let values = |name: &str, view: &TensorView<'_>| match wanted.iter().any(|prefix| name.starts_with(prefix)) {
        true => finite_values(name, view),
        false => Ok(Vec::new()),
    };
    Ok(VolumeModelFile::parse(bytes, values)?.networks.swap_remove(place))
}
