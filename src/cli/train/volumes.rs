//! Training of networks of volumes.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Result, bail};
use burn::tensor::Device;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::Args;
use super::course::run_task;
use super::data_loader::{SampleOrder, epoch_rng};
use super::settings::{CaseContent, Preparation, RunSettings, VolumePreparation};
use super::start::{learned, note_labelling_models, wanted, weights_license};
use super::stop::Stop;
use super::task::{CasePlace, Side, TrainingTask};
use super::volume_start::{self, InitialModel, VolumeStart};
use super::worst_slices::{self, WorstSlice};
use crate::cli::datasets::Case;
use crate::cli::datasets::training_cases::TrainingCases;
use crate::cli::datasets::volume_case::VolumeCase;
use crate::cli::device::not_segmented;
use crate::cli::{files, progress};
use crate::core::error::UserError;
use crate::core::mask::Mask;
use crate::imaging::metrics::GateFocus;
use crate::imaging::patch_augment::LabelledPatch;
use crate::nn::model::metadata::Training;
use crate::nn::model::state_dict::StateDict;
use crate::nn::model::weights::Precision;
use crate::nn::segmentation_model::SegmentationModel;
use crate::nn::train::{PatchBatch, TensorsByName, TrainConfig, TrainState};
use crate::nn::volume::{
    EngineChoice, NetworkPlan, OutputChannel, VolumeModel, VolumeModelFile, VolumePassport, VolumePreset,
};

/// A network of volumes with its data.
pub(super) struct VolumeTask<'a> {
    cases: &'a TrainingCases<VolumeCase>,
    config: &'a TrainConfig,
    preparation: &'a VolumePreparation,
    training: Training,
    device: &'a Device,
}

/// Trains a network of volumes.
pub(super) fn run(args: &Args, preset: VolumePreset, devices: &[Device], stop: &Stop) -> Result<()> {
    let sides = args.sides();
    let init = args.init.as_deref().map(InitialModel::read).transpose()?;
    let wanted = wanted(args, init.as_ref().map(InitialModel::organs))?;
    let pipeline = volume_start::preparation(args, preset, 0, init.as_ref())?.pipeline;
    let cases = args.selection(wanted.as_deref(), &sides).volumes(&pipeline)?;
    note_labelling_models(cases.train.iter().chain(&cases.val).map(|case| &case.case));
    let VolumeStart { preparation, weights, earlier, init_sha256 } =
        volume_start::start(args, preset, cases.labels.len(), init)?;
    let settings = RunSettings {
        preset: earlier.preset.clone(),
        init_sha256,
        labels: cases.labels.values().cloned().collect(),
        preprocess: Preparation::Volumes(Box::new(preparation.clone())),
        train: args.config(),
        validate_every: args.validate_every,
        devices: devices.len(),
        train_cases: CaseContent::of_each(cases.train.iter().map(|case| &case.case)),
        val_cases: CaseContent::of_each(cases.val.iter().map(|case| &case.case)),
    };
    let trained = cases.train.iter().map(|case| &case.case);
    let start = Training { scores: Vec::new(), seed: args.seed, ..earlier };
    let task = VolumeTask {
        cases: &cases,
        config: &settings.train,
        preparation: &preparation,
        training: learned(start, &trained.collect::<Vec<_>>()),
        device: &devices[0],
    };
    // A model that could not be written in the end is refused now.
    task.model_file(&weights, &task.training)?;
    let method = settings.train.method.clone();
    let learner = TrainState::of_description(&preparation.network, &weights, method, devices);
    let model = serde_json::to_string(&preparation.network)?;
    run_task(args, &settings, &task, (model, learner), stop)
}

/// The patches of an epoch, in order.
#[derive(Clone, Copy)]
pub(super) struct PatchOrder<'a> {
    cases: &'a [VolumeCase],
    config: &'a TrainConfig,
    preparation: &'a VolumePreparation,
}

/// A patch of an epoch: its case, and the seed of its place and its variation.
pub(super) type DrawnPatch = (usize, u64);

impl SampleOrder for PatchOrder<'_> {
    type Drawn = DrawnPatch;
    type Sample = LabelledPatch;

    fn batch_size(&self) -> usize {
        self.config.batch_size
    }

    fn of_epoch(&self, epoch: usize) -> Vec<DrawnPatch> {
        let mut rng = epoch_rng(self.config, epoch);
        let patches = 0..self.cases.len() * self.preparation.patches_per_case;
        let mut cases: Vec<usize> = patches.map(|patch| patch % self.cases.len()).collect();
        cases.shuffle(&mut rng);
        cases.into_iter().map(|case| (case, rng.random())).collect()
    }

    fn steps_per_epoch(&self) -> usize {
        (self.cases.len() * self.preparation.patches_per_case).div_ceil(self.config.batch_size)
    }

    fn sample(&self, &(case, seed): &DrawnPatch) -> Result<LabelledPatch> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let (case, dims) = (&self.cases[case], self.preparation.pipeline.patch_dims());
        // For each patch around an organ there are `empty_share` anywhere.
        let is_anywhere = rng.random::<f64>() * (1.0 + self.config.empty_share) >= 1.0;
        let first = if is_anywhere { case.anywhere(dims, &mut rng) } else { case.around_organ(dims, &mut rng) };
        Ok(case.volume().patch(first, dims, &self.preparation.augment, &mut rng))
    }
}

impl VolumeTask<'_> {
    fn case(&self, place: CasePlace) -> &VolumeCase {
        match place.side {
            Side::Train => &self.cases.train[place.index],
            Side::Validation => &self.cases.val[place.index],
        }
    }

    fn model_file(&self, weights: &StateDict, training: &Training) -> Result<VolumeModelFile, UserError> {
        let passport = VolumePassport {
            labels: self.cases.labels.clone(),
            cascade: None,
            training: training.clone(),
            sources: Vec::new(),
            license: weights_license(&self.cases(Side::Train)),
            version: env!("CARGO_PKG_VERSION").into(),
        };
        let background = OutputChannel { name: "background".into(), value: 0 };
        let organs = self.cases.labels.iter();
        let organs = organs.map(|(value, name)| OutputChannel { name: name.clone(), value: *value });
        let plan = NetworkPlan {
            network: self.preparation.network.clone(),
            pipeline: self.preparation.pipeline.clone(),
            outputs: std::iter::once(background).chain(organs).collect(),
            regions_order: None,
            folds: 1,
        };
        VolumeModelFile::of_training(passport, plan, weights.clone())
    }
}

impl TrainingTask for VolumeTask<'_> {
    type Network = TensorsByName;
    type Order<'t>
        = PatchOrder<'t>
    where
        Self: 't;
    type Snapshot = StateDict;
    type Model = VolumeModel;

    const SAMPLES: &'static str = "patches";

    fn order(&self) -> PatchOrder<'_> {
        PatchOrder { cases: &self.cases.train, config: self.config, preparation: self.preparation }
    }

    fn batch(&self, patches: Vec<LabelledPatch>, _: &Device) -> PatchBatch {
        PatchBatch { patches, organs: self.cases.labels.len() }
    }

    fn labels(&self) -> &BTreeMap<u8, String> {
        &self.cases.labels
    }

    fn cases(&self, side: Side) -> Vec<&Case> {
        let cases = match side {
            Side::Train => &self.cases.train,
            Side::Validation => &self.cases.val,
        };
        cases.iter().map(|case| &case.case).collect()
    }

    fn snapshot(&self, learner: &TrainState<TensorsByName>) -> StateDict {
        learner.state_dict()
    }

    fn for_inference(&self, weights: &StateDict) -> VolumeModel {
        let file = self.model_file(weights, &self.training).expect("it was checked before the first step");
        VolumeModel::on(file, &EngineChoice::of_desktop(self.device))
    }

    fn segment(&self, model: &VolumeModel, place: CasePlace) -> Result<Mask> {
        let VolumeCase { case, prepared, .. } = self.case(place);
        let bar = progress(1, format!("validating case {}", case.id));
        let pred = pollster::block_on(model.segment_prepared(prepared, |progress| {
            bar.set_length(progress.patches as u64);
            bar.set_position(progress.done as u64);
        }));
        let pred = pred.map_err(not_segmented)?;
        bar.finish_and_clear();
        Ok(pred)
    }

    fn worst(&self, model: &VolumeModel, place: CasePlace, [pred, _]: [&Mask; 2]) -> Result<Vec<WorstSlice>> {
        worst_slices::of_volumes(model, self.case(place), pred)
    }

    fn attention(&self, model: &VolumeModel, place: CasePlace) -> Result<Vec<GateFocus>> {
        let case = self.case(place);
        pollster::block_on(model.attention_focus(&case.prepared, case.volume().labels)).map_err(not_segmented)
    }

    fn training(&self) -> &Training {
        &self.training
    }

    fn metadata(&self, weights: &StateDict, training: &Training) -> Result<BTreeMap<String, String>> {
        Ok(self.model_file(weights, training)?.to_metadata())
    }

    fn file(&self, weights: &StateDict, training: &Training, precision: Precision) -> Result<Vec<u8>> {
        Ok(self.model_file(weights, training)?.write(precision)?)
    }

    fn read(&self, path: &Path) -> Result<(StateDict, Training)> {
        match files::read_any_model(path)? {
            SegmentationModel::Volumes(mut file) => {
                let weights = file.networks.remove(0).folds.remove(0);
                Ok((weights, file.passport.training))
            }
            SegmentationModel::Slices(_) => {
                let why = "it holds a network of slices, expected the run's own";
                bail!(UserError::new(path.display().to_string(), why, "Start the run afresh, without --resume"))
            }
        }
    }
}
