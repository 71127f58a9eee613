//! Model files from models of nnU-Net and TotalSegmentator.

use std::collections::BTreeMap;

use super::model_file::{
    Cascade, ModelSource, NetworkPlan, OutputChannel, RegionOfInterest, VolumeModelFile, VolumeNetwork, VolumePassport,
};
use super::nnunet_network::describe;
use super::nnunet_pipeline::{is_total_segmentator, pipeline_of};
use crate::core::error::UserError;
use crate::core::i18n::messages::VolumeMessage;
use crate::core::mask::PANCREAS_NAME;
use crate::formats::nnunet::NnUnetOutput;
use crate::formats::nnunet::release::{NnUnetFold, NnUnetRelease};
use crate::nn::model::metadata::Training;
use crate::nn::model::state_dict::{StateDict, TensorValues};

impl VolumeModelFile {
    /// The model of one release.
    ///
    /// # Errors
    /// A network, a pipeline or labels that Islet cannot run or that lack a pancreas; weights that do not
    /// fit the plans.
    pub fn of_release(release: &NnUnetRelease) -> Result<Self, UserError> {
        if let Some(stage) = &release.configuration.previous_stage {
            let why = VolumeMessage::PreviousStage { stage: stage.clone() };
            return Err(UserError::new(release.dataset_name.clone(), why, VolumeMessage::GiveBothStages));
        }
        Self::of_releases(&[release], None)
    }

    /// A cascade: `localizer` finds `region`, and `release` segments the box around it.
    ///
    /// # Errors
    /// Those of [`of_release`](Self::of_release), and organs that the localizer does not know.
    pub fn of_cascade(
        localizer: &NnUnetRelease,
        release: &NnUnetRelease,
        region: RegionOfInterest,
    ) -> Result<Self, UserError> {
        Self::of_releases(&[localizer, release], Some(Cascade::Region(region)))
    }

    /// A cascade of nnU-Net's: `second` reads the labels of `first` beside the image.
    ///
    /// # Errors
    /// Those of [`of_release`](Self::of_release), and stages that do not belong together.
    pub fn of_stages(first: &NnUnetRelease, second: &NnUnetRelease) -> Result<Self, UserError> {
        if second.configuration.previous_stage.as_ref() != Some(&first.configuration.name) {
            let why = VolumeMessage::StagesDiffer;
            return Err(UserError::new(second.dataset_name.clone(), why, VolumeMessage::GiveBothStages));
        }
        Self::of_releases(&[first, second], Some(Cascade::PreviousStage))
    }

    fn of_releases(releases: &[&NnUnetRelease], cascade: Option<Cascade>) -> Result<Self, UserError> {
        let networks: Vec<VolumeNetwork> =
            releases.iter().map(|release| network_of(release)).collect::<Result<_, _>>()?;
        let last = releases[releases.len() - 1];
        let labels = networks[networks.len() - 1].plan.labels();
        let names: Vec<&str> = releases.iter().map(|release| release.dataset_name.as_str()).collect();
        let passport = VolumePassport {
            labels,
            cascade,
            training: Training {
                preset: "nnU-Net".into(),
                dataset: format!("data of another program ({})", names.join(", then ")),
                remarks: "Imported weights: what they learned from, and how well they did, is not known here.".into(),
                ..Training::default()
            },
            sources: releases.iter().map(|release| source_of(release)).collect(),
            license: license_of(last),
            version: env!("CARGO_PKG_VERSION").into(),
        };
        Self { passport, networks }.checked()
    }
}

fn network_of(release: &NnUnetRelease) -> Result<VolumeNetwork, UserError> {
    let configuration = &release.configuration;
    let refused = |why: VolumeMessage| UserError::new(release.dataset_name.clone(), why, VolumeMessage::UseUsualPlans);
    if release.dataset.channels.len() != 1 {
        return Err(refused(VolumeMessage::SeveralChannels { found: release.dataset.channels.len() }));
    }
    let output = |NnUnetOutput { name, value }: NnUnetOutput| {
        let too_large = |_| refused(VolumeMessage::LabelTooLarge { name: name.clone(), value });
        let value = u8::try_from(value).map_err(too_large)?;
        let is_pancreas = name.eq_ignore_ascii_case(PANCREAS_NAME);
        Ok(OutputChannel { name: if is_pancreas { PANCREAS_NAME.into() } else { name.clone() }, value })
    };
    let outputs: Vec<OutputChannel> =
        release.dataset.outputs().into_iter().map(output).collect::<Result<_, UserError>>()?;
    let regions_order = release.dataset.regions_class_order.as_ref();
    let previous = configuration.previous_stage.as_ref().map_or(0, |_| release.dataset.foreground_values().len());
    let plan = NetworkPlan {
        network: describe(configuration, 1 + previous, outputs.len())?,
        pipeline: pipeline_of(release)?,
        outputs,
        // The values were checked above: regions paint the values of their outputs.
        regions_order: regions_order.map(|order| order.iter().filter_map(|&value| u8::try_from(value).ok()).collect()),
        folds: release.folds.len(),
    };
    Ok(VolumeNetwork { plan, folds: release.folds.iter().map(state_dict).collect() })
}

fn state_dict(fold: &NnUnetFold) -> StateDict {
    let tensors = fold.checkpoint.weights.iter().map(|(name, tensor)| {
        (name.clone(), TensorValues { shape: tensor.shape.clone(), values: tensor.values.clone() })
    });
    StateDict(tensors.collect::<BTreeMap<_, _>>())
}

fn source_of(release: &NnUnetRelease) -> ModelSource {
    let NnUnetRelease { dataset_name, trainer, plans_name, configuration, dataset, .. } = release;
    let total_segmentator = is_total_segmentator(dataset_name).then(|| {
        "Wasserthal et al. 2023, TotalSegmentator, doi:10.1148/ryai.230024; Isensee et al. 2021, nnU-Net, \
         doi:10.1038/s41592-020-01008-z"
            .to_owned()
    });
    ModelSource {
        dataset: dataset_name.clone(),
        model: format!("{trainer}__{plans_name}__{}", configuration.name),
        zip_sha256: release.source_sha256.clone(),
        plans_sha256: release.plans_sha256.clone(),
        folds: release.folds.iter().map(|fold| (fold.name.clone(), fold.sha256.clone())).collect(),
        citation: total_segmentator.or_else(|| dataset.reference.clone()),
    }
}

/// Data sets of TotalSegmentator's task `total`, version 2, whose weights its README (2.18.0, commit
/// 0e65a448) leaves open for any usage.
const TOTAL: [&str; 7] =
    ["Dataset291_", "Dataset292_", "Dataset293_", "Dataset294_", "Dataset295_", "Dataset297_", "Dataset298_"];

fn license_of(release: &NnUnetRelease) -> String {
    let name = &release.dataset_name;
    if is_total_segmentator(name) && TOTAL.iter().any(|known| name.starts_with(known)) {
        return "Apache-2.0, as TotalSegmentator's README states for the task total".into();
    }
    let stated = release.dataset.licence.as_ref().filter(|licence| !licence.trim().is_empty());
    stated.map_or_else(|| "Not stated".into(), |licence| format!("Licence of the data set: {licence}"))
}
