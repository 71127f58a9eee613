//! Runs one network of a model of volumes on a scan: its input, patches, their blend, and what follows from the blend.

use std::borrow::Cow;

use super::attention_maps::{AttentionMaps, AttentionSum};
use super::model_file::{NetworkPlan, VolumeNetwork};
use super::patch_engine::{EngineChoice, PatchEngine, VolumeError};
use crate::core::error::UserError;
use crate::core::volume::Volume;
use crate::imaging::volume_pipeline::class_decision::ClassDecision;
use crate::imaging::volume_pipeline::labels::{LabelsAndProbability, labels_and_probability};
use crate::imaging::volume_pipeline::mirror::{flip_map, flip_patch, mirrorings};
use crate::imaging::volume_pipeline::patch_sum::{PatchSum, SumPrecision, mean_of_folds};
use crate::imaging::volume_pipeline::prepare::{PreparedVolume, prepare};
use crate::imaging::volume_pipeline::previous_stage::append_previous_stage;
use crate::imaging::volume_pipeline::sliding_window::SlidingWindow;
use crate::nn::cpu::FeatureRows;
use crate::nn::model::state_dict::StateDict;
use crate::nn::network::NetworkGraph;

/// A network of a model, with the weights of its folds where they run.
#[derive(Clone, Debug)]
pub(super) struct RunnableNetwork {
    pub(super) plan: NetworkPlan,
    pub(super) folds: Vec<PatchEngine>,
}

/// What a network reads beside the image.
#[derive(Clone, Copy)]
pub(super) struct PreviousStage<'a> {
    /// In file order.
    pub(super) labels: &'a [u8],
    /// The values that become channels.
    pub(super) foreground: &'a [u8],
}

/// What runs patches, and how what it says is added up.
#[derive(Clone, Copy)]
struct PatchRun<'a> {
    network: &'a PatchEngine,
    window: &'a SlidingWindow,
    precision: SumPrecision,
}

/// The blends of what a network says of all patches.
pub(super) struct PatchSums {
    /// One for each fold.
    folds: Vec<PatchSum>,
    /// Of the first fold.
    attention: Option<AttentionSum>,
}

/// What is wanted of a network beside labels.
#[derive(Clone, Copy, Default)]
pub(super) struct Extras {
    /// The channel whose probability is wanted.
    pub(super) channel: Option<usize>,
    /// True if the attention of the gates is wanted.
    pub(super) has_attention: bool,
}

/// What a network says of a scan.
pub(super) struct NetworkOutput {
    /// In file order.
    pub(super) found: LabelsAndProbability,
    /// If it is wanted, and the network has gates.
    pub(super) attention: Option<AttentionMaps>,
}

impl RunnableNetwork {
    /// Prepares a network for what runs it.
    pub(super) fn new(VolumeNetwork { plan, folds }: VolumeNetwork, choice: &EngineChoice) -> Self {
        let graph = plan.network.graph();
        Self { folds: engines(folds, &graph, choice), plan }
    }

    /// The same with a gate held open, counted from the deepest.
    ///
    /// # Errors
    /// A gate that the network does not have.
    pub(super) fn with_open_gate(
        VolumeNetwork { plan, folds }: VolumeNetwork,
        choice: &EngineChoice,
        gate: usize,
    ) -> Result<Self, UserError> {
        let graph = plan.network.graph().with_open_gate(gate)?;
        Ok(Self { folds: engines(folds, &graph, choice), plan })
    }

    /// Labels in file order, and what else is wanted.
    pub(super) async fn segment(
        &self,
        volume: Cow<'_, Volume>,
        previous: Option<PreviousStage<'_>>,
        precision: SumPrecision,
        extras: Extras,
        heard: impl FnMut(usize, usize),
    ) -> Result<NetworkOutput, VolumeError> {
        let settings = &self.plan.pipeline;
        let geometry = volume.geometry;
        let mut prepared = prepare(&[&volume], settings)?;
        drop(volume);
        if let Some(PreviousStage { labels, foreground }) = previous {
            append_previous_stage(&mut prepared, labels, foreground, settings.data_resampling.separate_z);
        }
        let mut sums = self.run_patches(&prepared, precision, extras.has_attention, heard).await?;
        let attention =
            sums.attention.take().zip(geometry).map(|(sum, file)| sum.into_maps(prepared.path.network_geometry(&file)));
        Ok(NetworkOutput { found: self.labels(&prepared, &sums, precision, extras.channel), attention })
    }

    /// What all folds say of all patches of a prepared input.
    pub(super) async fn run_patches(
        &self,
        prepared: &PreparedVolume,
        precision: SumPrecision,
        has_attention: bool,
        mut heard: impl FnMut(usize, usize),
    ) -> Result<PatchSums, VolumeError> {
        let window = SlidingWindow::new(prepared.input.dims, &self.plan.pipeline);
        let patches = window.positions.len() * self.folds.len();
        let mut done = 0;
        let mut patch_done = || {
            done += 1;
            heard(done, patches);
        };
        let mut sums = PatchSums { folds: Vec::with_capacity(self.folds.len()), attention: None };
        sums.attention = if has_attention { AttentionSum::new(&self.plan, &window) } else { None };
        for (fold, network) in self.folds.iter().enumerate() {
            let attention = sums.attention.as_mut().filter(|_| fold == 0);
            let run = PatchRun { network, window: &window, precision };
            sums.folds.push(self.patch_sum(&run, prepared, attention, &mut patch_done).await?);
        }
        Ok(sums)
    }

    /// Labels in file order, and the probability of the channel `wanted`.
    pub(super) fn labels(
        &self,
        prepared: &PreparedVolume,
        sums: &PatchSums,
        precision: SumPrecision,
        wanted: Option<usize>,
    ) -> LabelsAndProbability {
        let logits = |z: usize| {
            let folds = self.folds.iter().zip(&sums.folds).map(|(network, sum)| match precision {
                SumPrecision::Single => network.classify(&sum.slice(z)),
                SumPrecision::Half => sum.slice(z),
            });
            mean_of_folds(&folds.collect::<Vec<_>>(), precision)
        };
        let (classes, decision) = (self.plan.network.classes, self.plan.decision());
        let found = labels_and_probability(&prepared.path, classes, &decision, precision, wanted.as_slice(), logits);
        LabelsAndProbability { labels: self.with_values(found.labels), ..found }
    }

    /// The blend of what one fold says of all patches; `attention` is added up.
    async fn patch_sum(
        &self,
        run: &PatchRun<'_>,
        prepared: &PreparedVolume,
        mut attention: Option<&mut AttentionSum>,
        mut patch_done: impl FnMut(),
    ) -> Result<PatchSum, VolumeError> {
        let channels = match run.precision {
            SumPrecision::Single => self.plan.network.graph().feature_channels(),
            SumPrecision::Half => self.plan.network.classes,
        };
        // Before the first patch, so that it does not take the place where the next patch's largest maps would fit again.
        let mut sum = PatchSum::new(run.window, channels, run.precision);
        for &position in &run.window.positions {
            let patch = run.window.patch_input(&prepared.input, position);
            let found = self.mean_of_mirrorings(run, &patch).await?;
            sum.add(position, &found.values);
            if let Some(attention) = &mut attention {
                attention.add(position, &found.attention);
            }
            patch_done();
        }
        Ok(sum)
    }

    /// What a network says of a patch, as the mean over its mirror images: the maps before the head, or with
    /// [`SumPrecision::Half`] the logits. The attention is that of the patch itself.
    async fn mean_of_mirrorings(&self, run: &PatchRun<'_>, patch: &[f32]) -> Result<FeatureRows, VolumeError> {
        let PatchRun { network, window, precision } = *run;
        let dims = window.patch;
        let mut mean: Option<FeatureRows> = None;
        let combinations = mirrorings(&self.plan.pipeline);
        for axes in &combinations {
            let mut found = if axes.is_empty() {
                network.features(patch, dims).await?
            } else {
                network.features(&flip_patch(patch, dims, axes), dims).await?
            };
            if precision == SumPrecision::Half {
                found.values = network.classify(&found.values);
                found.channels = self.plan.network.classes;
            }
            match &mut mean {
                None => mean = Some(found),
                Some(mean) => {
                    let map = flip_map(&found.values, dims, axes);
                    mean.values.iter_mut().zip(&map).for_each(|(sum, value)| *sum += value);
                }
            }
        }
        let mut mean = mean.expect("the patch itself is the first of its mirror images");
        if combinations.len() > 1 {
            mean.values.iter_mut().for_each(|sum| *sum /= combinations.len() as f32);
        }
        Ok(mean)
    }

    /// Label values from the numbers of output channels; regions have values already.
    fn with_values(&self, mut labels: Vec<u8>) -> Vec<u8> {
        if self.plan.regions_order.is_none() {
            labels.iter_mut().for_each(|label| *label = self.plan.outputs[usize::from(*label)].value);
        }
        labels
    }
}

fn engines(folds: Vec<StateDict>, graph: &NetworkGraph, choice: &EngineChoice) -> Vec<PatchEngine> {
    folds.into_iter().map(|state| PatchEngine::new(graph, &state, choice)).collect()
}

impl NetworkPlan {
    /// The output channel of a label value, where channels exclude each other.
    pub(super) fn channel_of(&self, value: u8) -> Option<usize> {
        let channel = self.outputs.iter().position(|output| output.value == value);
        channel.filter(|_| self.regions_order.is_none())
    }

    fn decision(&self) -> ClassDecision {
        self.regions_order.clone().map_or(ClassDecision::Largest, ClassDecision::Regions)
    }
}
