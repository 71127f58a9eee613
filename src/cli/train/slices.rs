//! Training of networks of slices.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;
use burn::tensor::Device;

use super::Args;
use super::course::run_task;
use super::data_loader::EpochOrder;
use super::settings::{CaseContent, Preparation, RunSettings};
use super::start::{StartPoint, learned, note_labelling_models, organs_of, start, wanted, weights_license};
use super::stop::Stop;
use super::task::{CasePlace, Side, TrainingTask};
use super::worst_slices::{self, WorstSlice};
use crate::cli::datasets::Case;
use crate::cli::datasets::segment::{attention_focus, segment_labelled};
use crate::cli::datasets::training_cases::TrainingCases;
use crate::cli::{files, progress};
use crate::core::mask::Mask;
use crate::imaging::augment::Sample;
use crate::imaging::metrics::GateFocus;
use crate::imaging::preprocess::PreprocessConfig;
use crate::nn::batch::{Batch, stack_samples};
use crate::nn::model::metadata::{ModelMetadata, Training};
use crate::nn::model::weights::{Precision, write};
use crate::nn::model::{AttentionUnet, InferenceModel, Preset};
use crate::nn::train::{DeepSupervised, TrainConfig, TrainState};

/// A network of slices with its data.
pub(super) struct SliceTask<'a> {
    cases: &'a TrainingCases,
    config: &'a TrainConfig,
    /// Its epochs are those behind the network before this run.
    passport: &'a ModelMetadata,
    device: &'a Device,
}

/// Trains a network of slices.
pub(super) fn run(args: &Args, preset: Preset, devices: &[Device], stop: &Stop) -> Result<()> {
    let device = &devices[0];
    let init = args.init.as_deref().map(files::read_model).transpose()?;
    let preprocess = init.as_ref().map_or_else(PreprocessConfig::default, |file| file.passport.preprocess.clone());
    let wanted = wanted(args, init.as_ref().map(organs_of))?;
    let cases = args.selection(wanted.as_deref(), &args.sides()).slices(&preprocess)?;
    note_labelling_models(cases.train.iter().chain(&cases.val));
    let StartPoint { model_config, model, earlier, init } = start(args, preset, init, cases.labels.len(), device);
    let settings = RunSettings {
        preset: earlier.preset.clone(),
        init_sha256: init,
        labels: cases.labels.values().cloned().collect(),
        preprocess: Preparation::Slices(preprocess.clone()),
        train: args.config(),
        validate_every: args.validate_every,
        devices: devices.len(),
        train_cases: CaseContent::of_each(&cases.train),
        val_cases: CaseContent::of_each(&cases.val),
    };
    let trained: Vec<&Case> = cases.train.iter().collect();
    let learner = TrainState::with_method(model, settings.train.method.clone()).on(devices);
    let model = serde_json::to_string(&model_config)?;
    let passport = ModelMetadata {
        config: model_config,
        preprocess,
        labels: cases.labels.clone(),
        training: Training { scores: Vec::new(), seed: args.seed, ..learned(earlier, &trained) },
        license: weights_license(&trained),
        version: env!("CARGO_PKG_VERSION").into(),
    };
    let task = SliceTask { cases: &cases, config: &settings.train, passport: &passport, device };
    run_task(args, &settings, &task, (model, learner), stop)
}

impl SliceTask<'_> {
    fn case(&self, place: CasePlace) -> &Case {
        match place.side {
            Side::Train => &self.cases.train[place.index],
            Side::Validation => &self.cases.val[place.index],
        }
    }

    fn passport(&self, training: &Training) -> ModelMetadata {
        ModelMetadata { training: training.clone(), ..self.passport.clone() }
    }
}

impl TrainingTask for SliceTask<'_> {
    type Network = DeepSupervised;
    type Order<'t>
        = EpochOrder<'t>
    where
        Self: 't;
    type Snapshot = AttentionUnet;
    type Model = InferenceModel;

    const SAMPLES: &'static str = "slices";

    fn order(&self) -> EpochOrder<'_> {
        EpochOrder { cases: &self.cases.train, config: self.config }
    }

    fn batch(&self, samples: Vec<Sample>, device: &Device) -> Batch {
        stack_samples(&samples, device)
    }

    fn labels(&self) -> &BTreeMap<u8, String> {
        &self.cases.labels
    }

    fn cases(&self, side: Side) -> Vec<&Case> {
        match side {
            Side::Train => self.cases.train.iter().collect(),
            Side::Validation => self.cases.val.iter().collect(),
        }
    }

    fn snapshot(&self, learner: &TrainState) -> AttentionUnet {
        learner.snapshot()
    }

    fn for_inference(&self, snapshot: &AttentionUnet) -> InferenceModel {
        snapshot.for_inference()
    }

    fn segment(&self, model: &InferenceModel, place: CasePlace) -> Result<Mask> {
        let case = self.case(place);
        let bar = progress(case.labelled_slices().count(), format!("validating case {}", case.id));
        let pred = segment_labelled(model, case, |done| bar.set_position(done as u64))?;
        bar.finish_and_clear();
        Ok(pred)
    }

    fn worst(&self, model: &InferenceModel, place: CasePlace, pred_and_truth: [&Mask; 2]) -> Result<Vec<WorstSlice>> {
        worst_slices::of_slices(model, self.case(place), pred_and_truth, self.passport)
    }

    fn attention(&self, model: &InferenceModel, place: CasePlace) -> Result<Vec<GateFocus>> {
        attention_focus(model, self.case(place))
    }

    fn training(&self) -> &Training {
        &self.passport.training
    }

    fn metadata(&self, _: &AttentionUnet, training: &Training) -> Result<BTreeMap<String, String>> {
        Ok(self.passport(training).to_metadata())
    }

    fn file(&self, snapshot: &AttentionUnet, training: &Training, precision: Precision) -> Result<Vec<u8>> {
        Ok(pollster::block_on(write(snapshot, &self.passport(training), precision))?)
    }

    fn read(&self, path: &Path) -> Result<(AttentionUnet, Training)> {
        let file = files::read_model(path)?;
        Ok((file.load(self.device), file.passport.training))
    }
}
