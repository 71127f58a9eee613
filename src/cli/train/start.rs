//! What a training starts from, and what its network will say it has learned from.

use anyhow::Result;
use burn::tensor::Device;

use super::Args;
use crate::cli::datasets::{Case, summary};
use crate::cli::files;
use crate::model::passport::{Passport, TrainedCase, Training};
use crate::model::{AttentionUnet, ModelConfig};
use crate::preprocess::PreprocessConfig;

pub(super) const WEIGHTS_LICENSE: &str = "MIT OR Apache-2.0. Weights trained on NIH Pancreas-CT must carry its attribution (CC BY 3.0): \
    Roth H, Farag A, Turkbey EB, Lu L, Liu J, Summers RM. Data From Pancreas-CT (Version 2). The Cancer Imaging Archive, 2016. \
    doi 10.7937/K9/TCIA.2016.tNB1kqBU. Not a medical device.";

/// What the network will have learned from: what it had before, and these cases.
pub(super) fn learned(mut training: Training, cases: &[Case]) -> Training {
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
pub(super) struct Start {
    pub(super) model_config: ModelConfig,
    pub(super) preprocess: PreprocessConfig,
    pub(super) model: AttentionUnet,
    /// What the network has learned before.
    pub(super) earlier: Training,
    /// SHA-256 of its weights, if it comes from a file.
    pub(super) init: Option<String>,
}

pub(super) fn start(args: &Args, device: &Device) -> Result<Start> {
    let training_device = device.clone().autodiff();
    if let Some(path) = &args.init {
        let file = files::read_model(path)?;
        let (model, init) = (file.load(&training_device), Some(file.values.sha256()));
        let Passport { config: model_config, preprocess, training: earlier, .. } = file.passport;
        return Ok(Start { model_config, preprocess, model, earlier, init });
    }
    device.seed(args.seed);
    let model_config = args.preset.config();
    let model = model_config.init(&training_device);
    let earlier = Training { preset: args.preset.name().into(), ..Training::default() };
    Ok(Start { model_config, preprocess: PreprocessConfig::default(), model, earlier, init: None })
}
