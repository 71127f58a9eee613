//! What a training starts from, and what its network will say it has learned from.

use std::collections::{BTreeMap, BTreeSet};

use burn::tensor::Device;

use super::Args;
use crate::cli::datasets::{Case, summary};
use crate::core::error::UserError;
use crate::core::mask::PANCREAS_NAME;
use crate::formats::labelling_model::LabellingModel;
use crate::nn::model::metadata::{ModelMetadata, TrainedCase, Training};
use crate::nn::model::weights::ModelFile;
use crate::nn::model::{AttentionUnet, ModelConfig, Preset};

const WEIGHTS_LICENSE: &str = "MIT OR Apache-2.0. Weights trained on NIH Pancreas-CT must carry its attribution (CC BY 3.0): \
    Roth H, Farag A, Turkbey EB, Lu L, Liu J, Summers RM. Data From Pancreas-CT (Version 2). The Cancer Imaging Archive, 2016. \
    doi 10.7937/K9/TCIA.2016.tNB1kqBU. Not a medical device.";

/// The licence of weights that learned from these cases: with those of the models that made their labels.
pub(super) fn weights_license(cases: &[&Case]) -> String {
    let sources: BTreeSet<&LabellingModel> = cases.iter().filter_map(|case| case.labelled_by.as_deref()).collect();
    let stated = |source: &LabellingModel| format!(" Some of its labels were made by a model: {source}.");
    WEIGHTS_LICENSE.to_owned() + &sources.into_iter().map(stated).collect::<String>()
}

/// Says which cases were labelled by a model, and what their scores mean.
pub(super) fn note_labelling_models<'c>(cases: impl Iterator<Item = &'c Case>) {
    let mut labelled: BTreeMap<&LabellingModel, Vec<String>> = BTreeMap::new();
    for case in cases {
        if let Some(source) = case.labelled_by.as_deref() {
            labelled.entry(source).or_default().push(case.id.to_string());
        }
    }
    for (source, ids) in labelled {
        let ids = ids.join(", ");
        eprintln!(
            "note: the labels of case(s) {ids} were made by the model {source}: scores on them say how far the network agrees with it"
        );
    }
}

/// What the network will have learned from: what it had before, and these cases.
pub(super) fn learned(mut training: Training, cases: &[&Case]) -> Training {
    for case in cases {
        if !knows(&training, case) {
            training.cases.push(TrainedCase { id: case.id.to_string(), sha256: case.sha256.clone() });
        }
    }
    let sentence = summary(cases);
    let before = std::mem::take(&mut training.dataset);
    training.dataset = if before.is_empty() { sentence } else { format!("{before}; then {sentence}") };
    training
}

/// Whether a network has learned from this very scan and label, under whatever name.
pub(super) fn knows(training: &Training, case: &Case) -> bool {
    training.cases.iter().any(|known| known.sha256 == case.sha256)
}

/// What training starts from.
pub(super) struct StartPoint {
    pub(super) model_config: ModelConfig,
    pub(super) model: AttentionUnet,
    /// What the network has learned before.
    pub(super) earlier: Training,
    /// SHA-256 of its weights, if it comes from a file.
    pub(super) init: Option<String>,
}

/// The organs that a model of slices tells apart, in the order of their values.
pub(super) fn organs_of(file: &ModelFile) -> Vec<String> {
    match file.passport.several_organs() {
        Some(names) => names.into_iter().map(str::to_owned).collect(),
        None => vec![PANCREAS_NAME.into()],
    }
}

/// What the data is to be labelled with: what was asked for, or the organs `known` to the model to start from.
///
/// # Errors
/// Both, and they are not the same.
pub(super) fn wanted(args: &Args, known: Option<Vec<String>>) -> Result<Option<Vec<String>>, UserError> {
    match (&args.labels, known) {
        (Some(asked), Some(known)) if *asked != known => {
            let why =
                format!("found {}, expected what the --init model tells apart: {}", asked.join(","), known.join(","));
            Err(UserError::new("--labels", why, "Leave --labels out, or start without --init"))
        }
        (asked, known) => Ok(known.or_else(|| asked.clone())),
    }
}

/// The network to start from, for so many organs.
pub(super) fn start(
    args: &Args,
    preset: Preset,
    init: Option<ModelFile>,
    organs: usize,
    device: &Device,
) -> StartPoint {
    let training_device = device.clone().autodiff();
    if let Some(file) = init {
        let (model, init) = (file.load(&training_device), Some(file.values.sha256()));
        let ModelMetadata { config: model_config, training: earlier, .. } = file.passport;
        return StartPoint { model_config, model, earlier, init };
    }
    device.seed(args.seed);
    let model_config = preset.config().for_organs(organs);
    let model = model_config.init(&training_device);
    let earlier = Training { preset: preset.name().into(), ..Training::default() };
    StartPoint { model_config, model, earlier, init: None }
}
