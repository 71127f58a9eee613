//! Runs a model of volumes on a scan: patches, their blend, labels on the scan's own grid.

use std::borrow::Cow;

use crate::core::error::UserError;
use crate::core::i18n::messages::VolumeMessage;
use crate::core::mask::Mask;
use crate::core::volume::Volume;
use crate::imaging::volume_pipeline::labels::{ClassDecision, LabelsAndProbability, labels_and_probability};
use crate::imaging::volume_pipeline::mirror::{flip_map, flip_patch, mirrorings};
use crate::imaging::volume_pipeline::patch_sum::{PatchSum, SumPrecision, mean_of_folds};
use crate::imaging::volume_pipeline::prepare::{PreparedVolume, prepare};
use crate::imaging::volume_pipeline::previous_stage::append_previous_stage;
use crate::imaging::volume_pipeline::region::{cropped_volume, pasted, region_around};
use crate::imaging::volume_pipeline::sliding_window::SlidingWindow;

use super::model_file::{Cascade, NetworkPlan, RegionOfInterest, VolumeModelFile, VolumeNetwork, VolumePassport};
use super::patch_engine::{EngineChoice, PatchEngine, VolumeError};

/// A model of volumes with its weights where it runs.
#[derive(Clone, Debug)]
pub struct VolumeModel {
    /// What it segments and where it comes from.
    pub passport: VolumePassport,
    networks: Vec<RunnableNetwork>,
}

#[derive(Clone, Debug)]
struct RunnableNetwork {
    plan: NetworkPlan,
    folds: Vec<PatchEngine>,
}

/// What a network reads beside the image.
#[derive(Clone, Copy)]
struct PreviousStage<'a> {
    /// In file order.
    labels: &'a [u8],
    /// The values that become channels.
    foreground: &'a [u8],
}

/// A segmented scan.
#[derive(Clone, Debug, PartialEq)]
pub struct SegmentedVolume {
    /// The labels in file order, as the passport names them.
    pub mask: Mask,
    /// The probability of one organ in file order, in steps of 1/255. `None` if the model does not give it: its
    /// regions may overlap.
    pub probability: Option<Vec<u8>>,
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
        let runnable = |VolumeNetwork { plan, folds }: VolumeNetwork| {
            let graph = plan.network.graph();
            let folds = folds.into_iter().map(|state| PatchEngine::new(&graph, &state, choice)).collect();
            RunnableNetwork { plan, folds }
        };
        Self { passport: file.passport, networks: file.networks.into_iter().map(runnable).collect() }
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

    /// The same in single precision, with the probability of the organ whose label value is `organ`.
    ///
    /// # Errors
    /// Those of [`segment`](Self::segment).
    pub async fn segment_with_probability(
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
        let found = self.networks[0].segment_prepared(prepared, SumPrecision::Single, None, heard).await?;
        Ok(Mask { labels: found.labels, dims: prepared.path.file_dims })
    }

    async fn run(
        &self,
        volume: Cow<'_, Volume>,
        precision: SumPrecision,
        organ: Option<u8>,
        mut progress: impl FnMut(PatchProgress),
    ) -> Result<SegmentedVolume, VolumeError> {
        let (networks, dims) = (self.networks.len(), volume.dims);
        let last = networks - 1;
        let wanted = organ.and_then(|organ| self.networks[last].plan.channel_of(organ));
        let mut run = async |network: usize, volume: Cow<'_, Volume>, previous: Option<PreviousStage<'_>>| {
            let heard = |done, patches| progress(PatchProgress { network, networks, done, patches });
            let wanted = wanted.filter(|_| network == last);
            self.networks[network].segment(volume, previous, precision, wanted, heard).await
        };
        let LabelsAndProbability { labels, probability } = match &self.passport.cascade {
            None => run(0, volume, None).await?,
            Some(Cascade::Region(region)) => {
                let first = run(0, Cow::Borrowed(&volume), None).await?.labels;
                let place = region.find(&self.networks[0].plan, &first, &volume)?;
                let inside = Cow::Owned(cropped_volume(&volume, &place));
                drop((volume, first));
                let found = run(1, inside, None).await?;
                let whole = |part: &[u8]| if part.is_empty() { Vec::new() } else { pasted(part, &place, dims) };
                LabelsAndProbability { labels: whole(&found.labels), probability: whole(&found.probability) }
            }
            Some(Cascade::PreviousStage) => {
                let first = run(0, Cow::Borrowed(&volume), None).await?.labels;
                let foreground = self.networks[0].plan.foreground();
                run(1, volume, Some(PreviousStage { labels: &first, foreground: &foreground })).await?
            }
        };
        Ok(SegmentedVolume { mask: Mask { labels, dims }, probability: wanted.map(|_| probability) })
    }

    /// Each network with the weights of its first fold, in the order in which they run.
    pub(super) fn first_folds(&self) -> impl Iterator<Item = (&NetworkPlan, &PatchEngine)> {
        self.networks.iter().map(|network| (&network.plan, &network.folds[0]))
    }

    /// The plan of the network that runs first.
    pub(super) fn first_plan(&self) -> &NetworkPlan {
        &self.networks[0].plan
    }
}

impl RegionOfInterest {
    /// The box around the organs and their margin, in voxels of the file.
    fn find(
        &self,
        localizer: &NetworkPlan,
        labels: &[u8],
        volume: &Volume,
    ) -> Result<[std::ops::Range<usize>; 3], UserError> {
        let is_wanted = |(_, name): &(u8, String)| self.organs.contains(name);
        let wanted: Vec<u8> = localizer.labels().into_iter().filter(is_wanted).map(|(value, _)| value).collect();
        let spacing_mm = volume.geometry.map_or([1.0; 3], |geometry| geometry.spacing_mm());
        region_around(labels, volume.dims, &wanted, spacing_mm, self.margin_mm).ok_or_else(|| {
            let why = VolumeMessage::RegionNotFound { organs: self.organs.join(", ") };
            UserError::new(VolumeMessage::TheScan, why, VolumeMessage::UseWholeSeries)
        })
    }
}

impl RunnableNetwork {
    /// Labels in file order, and the probability of the channel `wanted`.
    async fn segment(
        &self,
        volume: Cow<'_, Volume>,
        previous: Option<PreviousStage<'_>>,
        precision: SumPrecision,
        wanted: Option<usize>,
        heard: impl FnMut(usize, usize),
    ) -> Result<LabelsAndProbability, VolumeError> {
        let settings = &self.plan.pipeline;
        let mut prepared = prepare(&[&volume], settings)?;
        drop(volume);
        if let Some(PreviousStage { labels, foreground }) = previous {
            append_previous_stage(&mut prepared, labels, foreground, settings.data_resampling.separate_z);
        }
        self.segment_prepared(&prepared, precision, wanted, heard).await
    }

    /// Labels in file order of a prepared input, and the probability of the channel `wanted`.
    async fn segment_prepared(
        &self,
        prepared: &PreparedVolume,
        precision: SumPrecision,
        wanted: Option<usize>,
        mut heard: impl FnMut(usize, usize),
    ) -> Result<LabelsAndProbability, VolumeError> {
        let window = SlidingWindow::new(prepared.input.dims, &self.plan.pipeline);
        let patches = window.positions.len() * self.folds.len();
        let mut done = 0;
        let mut patch_done = || {
            done += 1;
            heard(done, patches);
        };
        let mut sums: Vec<PatchSum> = Vec::with_capacity(self.folds.len());
        for network in &self.folds {
            sums.push(self.patch_sum(network, prepared, &window, precision, &mut patch_done).await?);
        }
        let logits = |z: usize| {
            let folds = self.folds.iter().zip(&sums).map(|(network, sum)| match precision {
                SumPrecision::Single => network.classify(&sum.slice(z)),
                SumPrecision::Half => sum.slice(z),
            });
            mean_of_folds(&folds.collect::<Vec<_>>(), precision)
        };
        let (classes, decision) = (self.plan.network.classes, self.plan.decision());
        let found = labels_and_probability(&prepared.path, classes, &decision, precision, wanted.as_slice(), logits);
        Ok(LabelsAndProbability { labels: self.with_values(found.labels), ..found })
    }

    /// The blend of what one fold says of all patches.
    async fn patch_sum(
        &self,
        network: &PatchEngine,
        prepared: &PreparedVolume,
        window: &SlidingWindow,
        precision: SumPrecision,
        mut patch_done: impl FnMut(),
    ) -> Result<PatchSum, VolumeError> {
        let mut sum: Option<PatchSum> = None;
        for &position in &window.positions {
            let patch = window.patch_input(&prepared.input, position);
            let (map, channels) = self.mean_of_mirrorings(network, &patch, window.patch, precision).await?;
            sum.get_or_insert_with(|| PatchSum::new(window, channels, precision)).add(position, &map);
            patch_done();
        }
        Ok(sum.expect("a volume has at least one patch"))
    }

    /// What a network says of a patch, `[z, y, x, channels]`, as the mean over its mirror images: the maps
    /// before the head, or with [`SumPrecision::Half`] the logits.
    async fn mean_of_mirrorings(
        &self,
        network: &PatchEngine,
        patch: &[f32],
        dims: [usize; 3],
        precision: SumPrecision,
    ) -> Result<(Vec<f32>, usize), VolumeError> {
        let mut mean: Option<(Vec<f32>, usize)> = None;
        let combinations = mirrorings(&self.plan.pipeline);
        for axes in &combinations {
            let features = if axes.is_empty() {
                network.features(patch, dims).await?
            } else {
                network.features(&flip_patch(patch, dims, axes), dims).await?
            };
            let (map, channels) = match precision {
                SumPrecision::Single => (features.values, features.channels),
                SumPrecision::Half => (network.classify(&features.values), self.plan.network.classes),
            };
            let map = if axes.is_empty() { map } else { flip_map(&map, dims, axes) };
            match &mut mean {
                None => mean = Some((map, channels)),
                Some((sum, _)) => sum.iter_mut().zip(&map).for_each(|(sum, value)| *sum += value),
            }
        }
        let (mut map, channels) = mean.expect("the patch itself is one of its mirror images");
        if combinations.len() > 1 {
            map.iter_mut().for_each(|sum| *sum /= combinations.len() as f32);
        }
        Ok((map, channels))
    }

    /// Label values from the numbers of output channels; regions have values already.
    fn with_values(&self, mut labels: Vec<u8>) -> Vec<u8> {
        if self.plan.regions_order.is_none() {
            labels.iter_mut().for_each(|label| *label = self.plan.outputs[usize::from(*label)].value);
        }
        labels
    }
}

impl NetworkPlan {
    /// The output channel of a label value, where channels exclude each other.
    fn channel_of(&self, value: u8) -> Option<usize> {
        let channel = self.outputs.iter().position(|output| output.value == value);
        channel.filter(|_| self.regions_order.is_none())
    }

    fn decision(&self) -> ClassDecision {
        self.regions_order.clone().map_or(ClassDecision::Largest, ClassDecision::Regions)
    }
}
