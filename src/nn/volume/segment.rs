//! Runs a model of volumes on a scan: patches, their blend, labels on the scan's own grid.

use std::borrow::Cow;
use std::ops::Range;

use super::attention_maps::AttentionMaps;
use super::memory::{check_memory, memory_bytes};
use super::model_file::{Cascade, NetworkPlan, RegionOfInterest, VolumeModelFile, VolumePassport};
use super::network_run::{Extras, NetworkOutput, PreviousStage, RunnableNetwork};
use super::patch_engine::{EngineChoice, PatchEngine, VolumeError};
use crate::core::error::UserError;
use crate::core::i18n::messages::VolumeMessage;
use crate::core::mask::Mask;
use crate::core::volume::{Geometry, Volume};
use crate::imaging::volume_pipeline::labels::LabelsAndProbability;
use crate::imaging::volume_pipeline::patch_sum::SumPrecision;
use crate::imaging::volume_pipeline::prepare::PreparedVolume;
use crate::imaging::volume_pipeline::region::{cropped_volume, pasted, region_around};

/// A model of volumes with its weights where it runs.
#[derive(Clone, Debug)]
pub struct VolumeModel {
    /// What it segments and where it comes from.
    pub passport: VolumePassport,
    networks: Vec<RunnableNetwork>,
}

/// A segmented scan.
#[derive(Clone, Debug, PartialEq)]
pub struct SegmentedVolume {
    /// The labels in file order, as the passport names them.
    pub mask: Mask,
    /// The probability of one organ in file order, in steps of 1/255. `None` if the model does not give it: its
    /// regions may overlap.
    pub probability: Option<Vec<u8>>,
    /// The attention of the gates of the last network, if it has any.
    pub attention: Option<AttentionMaps>,
}

/// How far a segmentation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PatchProgress {
    /// The network that runs, counted from 0.
    pub network: usize,
    /// Networks in all.
    pub networks: usize,
    /// Patches of this network that are done.
    pub done: usize,
    /// Patches of this network in all.
    pub patches: usize,
}

impl VolumeModel {
    /// Prepares a model for the kernels of the CPU.
    pub fn new(file: VolumeModelFile) -> Self {
        Self::on(file, &EngineChoice::Cpu)
    }

    /// Prepares a model for what runs it.
    pub fn on(file: VolumeModelFile, choice: &EngineChoice) -> Self {
        let networks = file.networks.into_iter().map(|network| RunnableNetwork::new(network, choice)).collect();
        Self { passport: file.passport, networks }
    }

    /// Prepares a model whose last network has a gate held open, counted from the deepest.
    ///
    /// # Errors
    /// A gate that this network does not have.
    pub fn with_open_gate(file: VolumeModelFile, choice: &EngineChoice, gate: usize) -> Result<Self, UserError> {
        let mut networks = file.networks;
        let last = networks.pop().map(|last| RunnableNetwork::with_open_gate(last, choice, gate)).transpose()?;
        let others = networks.into_iter().map(|network| RunnableNetwork::new(network, choice));
        Ok(Self { passport: file.passport, networks: others.chain(last).collect() })
    }

    /// The labels of a scan in file order, as the passport names them. `progress` hears of every patch.
    ///
    /// With [`SumPrecision::Half`] logits are summed as nnU-Net does, which costs time and memory, and
    /// is for comparisons.
    ///
    /// # Errors
    /// An image without voxel size; a region that is not found; a device that fails.
    pub async fn segment(
        &self,
        volume: &Volume,
        precision: SumPrecision,
        progress: impl FnMut(PatchProgress),
    ) -> Result<Mask, VolumeError> {
        Ok(self.run(Cow::Borrowed(volume), precision, None, progress).await?.mask)
    }

    /// The same; the memory of the scan is given back once the last network's input is made of it.
    ///
    /// # Errors
    /// Those of [`segment`](Self::segment).
    pub async fn segment_owned(
        &self,
        volume: Volume,
        precision: SumPrecision,
        progress: impl FnMut(PatchProgress),
    ) -> Result<Mask, VolumeError> {
        Ok(self.run(Cow::Owned(volume), precision, None, progress).await?.mask)
    }

    /// The same in single precision, with the probability of the organ whose label value is `organ`, and attention.
    ///
    /// # Errors
    /// Those of [`segment`](Self::segment).
    pub async fn segment_explained(
        &self,
        volume: Volume,
        organ: u8,
        progress: impl FnMut(PatchProgress),
    ) -> Result<SegmentedVolume, VolumeError> {
        self.run(Cow::Owned(volume), SumPrecision::Single, Some(organ), progress).await
    }

    /// The labels of a scan whose input is prepared for the first network, in file order. For one network
    /// alone: a second one needs the scan.
    ///
    /// # Errors
    /// A device that fails.
    pub async fn segment_prepared(
        &self,
        prepared: &PreparedVolume,
        mut progress: impl FnMut(PatchProgress),
    ) -> Result<Mask, VolumeError> {
        let heard = |done, patches| progress(PatchProgress { network: 0, networks: 1, done, patches });
        let sums = self.networks[0].run_patches(prepared, SumPrecision::Single, false, heard).await?;
        let found = self.networks[0].labels(prepared, &sums, SumPrecision::Single, None);
        Ok(Mask { labels: found.labels, dims: prepared.path.file_dims })
    }

    async fn run(
        &self,
        volume: Cow<'_, Volume>,
        precision: SumPrecision,
        organ: Option<u8>,
        progress: impl FnMut(PatchProgress),
    ) -> Result<SegmentedVolume, VolumeError> {
        let plans: Vec<&NetworkPlan> = self.networks.iter().map(|network| &network.plan).collect();
        let network = |place: usize| Ok(Cow::Borrowed(&self.networks[place]));
        let wish = SegmentationWish { precision, organ };
        run_networks(self.passport.cascade.as_ref(), &plans, network, volume, wish, progress).await
    }

    /// Each network with the weights of its first fold, in the order in which they run.
    pub(super) fn first_folds(&self) -> impl Iterator<Item = (&NetworkPlan, &PatchEngine)> {
        self.networks.iter().map(|network| (&network.plan, &network.folds[0]))
    }

    /// Refuses a scan whose segmentation takes more than `most_bytes`.
    ///
    /// # Errors
    /// Such a scan, with the figures.
    pub fn check_memory(&self, volume: &Volume, most_bytes: usize) -> Result<(), UserError> {
        check_memory(&self.networks[0].plan, volume, most_bytes)
    }

    /// An estimate of the bytes that a segmentation takes at its peak, the scan and the weights included. Of a cascade only the
    /// network that runs first counts, because the region of the second is not known yet.
    pub fn memory_bytes(&self, volume: &Volume) -> usize {
        memory_bytes(&self.networks[0].plan, volume)
    }
}

/// What is wanted of a scan, and how.
#[derive(Clone, Copy)]
pub(super) struct SegmentationWish {
    /// How patches are summed.
    pub(super) precision: SumPrecision,
    /// The label value of the organ whose probability is wanted, and attention with it.
    pub(super) organ: Option<u8>,
}

/// Runs a model's networks on a scan, one after the other. `network` gives each when it is needed, as its plan in
/// `plans` says; the scan's memory is given back once the last network's input is made of it.
pub(super) async fn run_networks<'n>(
    cascade: Option<&Cascade>,
    plans: &[&NetworkPlan],
    mut network: impl FnMut(usize) -> Result<Cow<'n, RunnableNetwork>, UserError>,
    volume: Cow<'_, Volume>,
    SegmentationWish { precision, organ }: SegmentationWish,
    mut progress: impl FnMut(PatchProgress),
) -> Result<SegmentedVolume, VolumeError> {
    let (networks, dims) = (plans.len(), volume.dims);
    let last = networks - 1;
    let channel = organ.and_then(|organ| plans[last].channel_of(organ));
    let wanted = Extras { channel, has_attention: organ.is_some() };
    let mut run = async |place: usize, volume: Cow<'_, Volume>, previous: Option<PreviousStage<'_>>| {
        let heard = |done, patches| progress(PatchProgress { network: place, networks, done, patches });
        let extras = if place == last { wanted } else { Extras::default() };
        network(place)?.segment(volume, previous, precision, extras, heard).await
    };
    let NetworkOutput { found: LabelsAndProbability { labels, probability }, attention } = match cascade {
        None => run(0, volume, None).await?,
        Some(Cascade::Region(region)) => {
            let first = run(0, Cow::Borrowed(&volume), None).await?.found.labels;
            let place = region.find(plans[0], &first, volume.dims, volume.geometry.as_ref())?;
            let inside = Cow::Owned(cropped_volume(&volume, &place));
            drop((volume, first));
            let NetworkOutput { found, attention } = run(1, inside, None).await?;
            let whole = |part: &[u8]| if part.is_empty() { Vec::new() } else { pasted(part, &place, dims) };
            let (labels, probability) = (whole(&found.labels), whole(&found.probability));
            NetworkOutput { found: LabelsAndProbability { labels, probability }, attention }
        }
        Some(Cascade::PreviousStage) => {
            let first = run(0, Cow::Borrowed(&volume), None).await?.found.labels;
            let foreground = plans[0].foreground();
            run(1, volume, Some(PreviousStage { labels: &first, foreground: &foreground })).await?
        }
    };
    let mask = Mask { labels, dims };
    Ok(SegmentedVolume { mask, probability: channel.map(|_| probability), attention })
}

impl RegionOfInterest {
    /// The box around the organs and their margin, in voxels of the file.
    pub(super) fn find(
        &self,
        localizer: &NetworkPlan,
        labels: &[u8],
        dims: [usize; 3],
        geometry: Option<&Geometry>,
    ) -> Result<[Range<usize>; 3], UserError> {
        let is_wanted = |(_, name): &(u8, String)| self.organs.contains(name);
        let wanted: Vec<u8> = localizer.labels().into_iter().filter(is_wanted).map(|(value, _)| value).collect();
        let spacing_mm = geometry.map_or([1.0; 3], Geometry::spacing_mm);
        region_around(labels, dims, &wanted, spacing_mm, self.margin_mm).ok_or_else(|| {
            let why = VolumeMessage::RegionNotFound { organs: self.organs.join(", ") };
            UserError::new(VolumeMessage::TheScan, why, VolumeMessage::UseWholeSeries)
        })
    }
}
