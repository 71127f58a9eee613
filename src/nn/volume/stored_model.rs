//! A model of volumes that stays in its file until it runs, for a machine of little memory: each network is prepared when its
//! turn comes, and given back after it.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use safetensors::tensor::TensorView;

use super::memory::check_memory;
use super::model_file::{Cascade, NetworkPlan, VolumeModelFile, VolumeNetwork, prefix, shape_of};
use super::network_run::{Extras, RunnableNetwork};
use super::patch_engine::{EngineChoice, VolumeError};
use super::segment::{PatchProgress, SegmentationWish, SegmentedVolume, run_networks};
use crate::core::error::UserError;
use crate::core::mask::Mask;
use crate::core::volume::Volume;
use crate::imaging::volume_pipeline::labels::LabelsAndProbability;
use crate::imaging::volume_pipeline::patch_sum::SumPrecision;
use crate::nn::model::weights::finite_values;
use crate::nn::network::check_open_gate;

/// A model as the bytes of its file, which runs on the CPU.
#[derive(Clone, Debug)]
pub struct StoredVolumeModel {
    bytes: Arc<Vec<u8>>,
    /// Without its weights.
    file: VolumeModelFile,
    /// The gate of the last network that is held open, counted from the deepest.
    open_gate: Option<usize>,
}

impl StoredVolumeModel {
    /// Checks the bytes of a model file.
    ///
    /// # Errors
    /// Those of [`VolumeModelFile::read`].
    pub fn new(bytes: Arc<Vec<u8>>) -> Result<Self, UserError> {
        let file = VolumeModelFile::without_weights(&bytes)?;
        Ok(Self { bytes, file, open_gate: None })
    }

    /// The same with a gate of the last network held open, counted from the deepest.
    ///
    /// # Errors
    /// A gate that this network does not have.
    pub fn with_open_gate(self, gate: usize) -> Result<Self, UserError> {
        check_open_gate(gate, self.file.gates_px().len())?;
        Ok(Self { open_gate: Some(gate), ..self })
    }

    /// True if the first of two networks finds the region of the second: then they run as
    /// [`find_region`](Self::find_region) and [`segment_region`](Self::segment_region).
    pub fn finds_region(&self) -> bool {
        matches!(self.file.passport.cascade, Some(Cascade::Region(_)))
    }

    /// Refuses a scan whose segmentation by the first network takes more than `most_bytes`, or with `is_region` a region
    /// whose segmentation by the last one does.
    ///
    /// # Errors
    /// Such a scan, with the figures.
    pub fn check_memory(&self, volume: &Volume, is_region: bool, most_bytes: usize) -> Result<(), UserError> {
        let networks = &self.file.networks;
        let network = if is_region { networks.last() } else { networks.first() };
        network.map_or(Ok(()), |network| check_memory(&network.plan, volume, most_bytes))
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
        let Self { bytes, file, open_gate } = self;
        let plans = plans_of(&file);
        let mut bytes = Some(bytes);
        let network = |place: usize| {
            let is_last = place + 1 == plans.len();
            let held = if is_last { bytes.take() } else { bytes.clone() };
            let held = held.expect("each network runs once, in order");
            runnable(&held, &plans, place, open_gate.filter(|_| is_last)).map(Cow::Owned)
        };
        let wish = SegmentationWish { precision: SumPrecision::Single, organ: Some(organ) };
        run_networks(file.passport.cascade.as_ref(), &plans, network, Cow::Owned(volume), wish, progress).await
    }

    /// The box of a scan in which the second network segments, `[z, y, x]` in file order. The scan and the model are used up.
    ///
    /// # Errors
    /// Those of [`VolumeModel::segment`](super::VolumeModel::segment).
    ///
    /// # Panics
    /// If the model does not [find a region](Self::finds_region).
    pub async fn find_region(
        self,
        volume: Volume,
        mut progress: impl FnMut(PatchProgress),
    ) -> Result<[Range<usize>; 3], VolumeError> {
        let Self { bytes, file, .. } = self;
        let Some(Cascade::Region(region)) = &file.passport.cascade else { panic!("a model that finds a region") };
        let network = runnable(&bytes, &plans_of(&file), 0, None)?;
        drop(bytes);
        let (dims, geometry, networks) = (volume.dims, volume.geometry, file.networks.len());
        let heard = |done, patches| progress(PatchProgress { network: 0, networks, done, patches });
        let found = network.segment(Cow::Owned(volume), None, SumPrecision::Single, Extras::default(), heard).await?;
        Ok(region.find(&file.networks[0].plan, &found.found.labels, dims, geometry.as_ref())?)
    }

    /// Segments a region that was found. The labels are those of the region alone. The model is used up.
    ///
    /// # Errors
    /// A device that fails; an image without voxel size.
    pub async fn segment_region(
        self,
        inside: Volume,
        organ: u8,
        mut progress: impl FnMut(PatchProgress),
    ) -> Result<SegmentedVolume, VolumeError> {
        let Self { bytes, file, open_gate } = self;
        let (dims, networks) = (inside.dims, file.networks.len());
        let network = runnable(&bytes, &plans_of(&file), networks - 1, open_gate)?;
        drop(bytes);
        let channel = network.plan.channel_of(organ);
        let heard = |done, patches| progress(PatchProgress { network: networks - 1, networks, done, patches });
        let wanted = Extras { channel, has_attention: true };
        let output = network.segment(Cow::Owned(inside), None, SumPrecision::Single, wanted, heard).await?;
        let LabelsAndProbability { labels, probability } = output.found;
        let mask = Mask { labels, dims };
        Ok(SegmentedVolume { mask, probability: channel.map(|_| probability), attention: output.attention })
    }
}

fn plans_of(file: &VolumeModelFile) -> Vec<&NetworkPlan> {
    file.networks.iter().map(|network| &network.plan).collect()
}

/// One network of a file that was checked, prepared; with a gate held open if one is given.
fn runnable(
    bytes: &[u8],
    plans: &[&NetworkPlan],
    place: usize,
    open_gate: Option<usize>,
) -> Result<RunnableNetwork, UserError> {
    let network = network_of(bytes, plans, place)?;
    match open_gate {
        None => Ok(RunnableNetwork::new(network, &EngineChoice::Cpu)),
        Some(gate) => RunnableNetwork::with_open_gate(network, &EngineChoice::Cpu, gate),
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
