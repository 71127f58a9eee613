//! What `train` can be told on the command line.

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::{PossibleValue, TypedValueParser};
use clap::{Parser, ValueEnum};

use super::volume_options::VolumeOptions;
use crate::cli::CaseList;
use crate::cli::datasets::DatasetLayout;
use crate::cli::datasets::split::{Fold, Split};
use crate::cli::datasets::training_cases::CaseSelection;
use crate::cli::device::{DeviceChoice, DeviceList};
use crate::core::error::UserError;
use crate::imaging::augment::AugmentConfig;
use crate::nn::finetune::TrainableParts;
use crate::nn::loss::Loss;
use crate::nn::model::Preset;
use crate::nn::train::{Optimizer, Schedule, StepConfig, TrainConfig};
use crate::nn::volume::VolumePreset;

/// Trains a network on labelled CT scans and writes a run folder with checkpoints and the model.
#[derive(Parser, Debug)]
#[command(name = "train", version)]
pub struct Args {
    /// Folder or zip with cases, laid out as CT-82 (PANCREAS_0001/.../*.dcm, label0001.nii.gz) or as the Medical Segmentation
    /// Decathlon and nnU-Net (dataset.json, imagesTr, labelsTr); may be given several times.
    #[arg(long, required = true)]
    pub(super) data: Vec<PathBuf>,
    /// How they are laid out.
    #[arg(long, value_enum, default_value_t)]
    pub(super) layout: DatasetLayout,
    /// Organs to learn, by the names their labels have in dataset.json, such as pancreas,liver; without this what the --init model
    /// tells apart, or else every organ that all data sets have.
    #[arg(long, value_delimiter = ',', value_name = "NAMES", value_parser = organ)]
    pub(super) labels: Option<Vec<String>>,
    /// Folder to write the run to.
    #[arg(long = "output", alias = "out", value_name = "FOLDER")]
    pub(super) out: PathBuf,
    /// Go on with the run in that folder, from its last checkpoint and with the same settings.
    #[arg(long)]
    pub(super) resume: bool,
    /// Cases to learn from, such as 1,2,5-8; without this and --val-cases, all but the last fifth.
    #[arg(long, requires = "val_cases")]
    train_cases: Option<CaseList>,
    /// Cases to validate on.
    #[arg(long, requires = "train_cases")]
    val_cases: Option<CaseList>,
    /// Validate on part K of N and learn from the others. K/4 on CT-82 is the field's folds by case number: 1-20, 21-40, 41-61,
    /// 62-82; otherwise the sorted numbers are cut into N even parts.
    #[arg(long, value_name = "K/N", conflicts_with_all = ["train_cases", "val_cases"])]
    fold: Option<Fold>,
    /// Folder for prepared slices, which runs share, and for the truth of whole scans; without this, islet/slices in the user's cache
    /// folder.
    #[arg(long)]
    pub(super) cache: Option<PathBuf>,
    /// Architecture: islet, article, unet and tiny read slices; paper, paper-unet and v-net read volumes, and train on the CPU.
    #[arg(long, value_enum, default_value_t = NetworkPreset::Slices(Preset::Islet))]
    pub(super) preset: NetworkPreset,
    #[command(flatten)]
    pub(super) volumes: VolumeOptions,
    /// Passes over the training slices; without this 16, and 1000 for networks of volumes.
    #[arg(long, value_parser = count(10_000))]
    epochs: Option<usize>,
    /// Slices per step; without this 6, and 2 patches for networks of volumes.
    #[arg(long, value_parser = count(256))]
    batch_size: Option<usize>,
    /// Slices without any of the organs for each slice with one; of networks of volumes, patches anywhere for each patch around an organ.
    #[arg(long = "negative-ratio", alias = "empty-share", value_name = "RATIO", default_value_t = TrainConfig::default().empty_share, value_parser = at_least_0)]
    empty_share: f64,
    /// Share of slices mirrored left to right; without this 0, since an abdomen has its liver on one side, and 0.5 for networks of
    /// volumes, as published, which also mirror front to back.
    #[arg(long, value_name = "SHARE", value_parser = share)]
    flip: Option<f32>,
    /// What is minimised: soft Dice plus cross entropy, the article's Dice, or the Dice of Oktay et al. over all classes; without this
    /// dice-ce, and paper-dice for networks of volumes.
    #[arg(long, value_enum)]
    loss: Option<Loss>,
    /// Let coarser levels of the decoder learn through heads of their own, which the model does not keep.
    #[arg(long)]
    deep_supervision: bool,
    /// What turns gradients into steps.
    #[arg(long, value_enum, default_value_t)]
    optimizer: Optimizer,
    /// Weight decay of every parameter, 0 for none; without this 0, and 1e-6 for networks of volumes.
    #[arg(long, value_parser = at_least_0)]
    weight_decay: Option<f64>,
    /// Largest norm of all gradients together; 0 for no limit.
    #[arg(long, value_name = "NORM", default_value_t = 0.0, value_parser = at_least_0)]
    clip_norm: f64,
    /// The highest learning rate; 0.001, 0.0001 for networks of volumes, or what suits a fine-tuning.
    #[arg(long)]
    pub(super) learning_rate: Option<f64>,
    /// How it falls to a tenth: along half a cosine, or in two drops at half and at three quarters of the way.
    #[arg(long, value_enum, default_value_t)]
    schedule: Schedule,
    /// Steps over which it rises first.
    #[arg(long, value_name = "STEPS", default_value_t = 0)]
    warmup: usize,
    /// Validate after every so many epochs, and after the last.
    #[arg(long, default_value_t = 4, value_parser = count(10_000))]
    pub(super) validate_every: usize,
    /// Stop early after so many validations in a row without a better mean DSC of whole volumes; 0 for never.
    #[arg(long, value_name = "VALIDATIONS", default_value_t = 0)]
    patience: usize,
    /// Seed of everything random.
    #[arg(long, default_value_t = 0)]
    pub(super) seed: u64,
    /// Where to compute.
    #[arg(long, value_enum, default_value_t)]
    pub(super) device: DeviceChoice,
    /// Devices of that kind that share every step, by number, such as 0,1; on the CPU so many replicas as there are numbers.
    #[arg(long, value_name = "NUMBERS", conflicts_with = "tune")]
    pub(super) devices: Option<DeviceList>,
    /// Threads that prepare slices; without it one less than there are cores, at least 1 and at most 8.
    #[arg(long, value_name = "THREADS", value_parser = count(256))]
    workers: Option<usize>,
    /// Seconds of training after which a checkpoint is written; there is one after every epoch in any case.
    #[arg(long, value_name = "SECONDS", default_value_t = 60.0, value_parser = at_least_0)]
    checkpoint_every: f64,
    /// Model file to start from; brings its own architecture and preprocessing.
    #[arg(long)]
    pub(super) init: Option<PathBuf>,
    /// Fine-tune this part of the --init model on the labelled slices of the data, as the page does; one in four is set aside to
    /// judge by.
    #[arg(long = "finetune", alias = "tune", value_name = "PART", requires = "init", conflicts_with_all = ["labels", "train_cases", "val_cases", "fold", "epochs", "batch_size", "validate_every", "resume"])]
    pub(super) tune: Option<TrainableParts>,
    /// Steps of a fine-tuning, of each of its two replicas; without it, as many as suit the number of labelled slices.
    #[arg(long, requires = "tune", value_parser = count(10_000))]
    pub(super) steps: Option<usize>,
}

impl Args {
    /// What the training is told.
    pub(super) fn config(&self) -> TrainConfig {
        let default = self.preset.defaults();
        TrainConfig {
            epochs: self.epochs.unwrap_or(default.epochs),
            batch_size: self.batch_size.unwrap_or(default.batch_size),
            learning_rate: self.learning_rate.unwrap_or(default.learning_rate),
            schedule: self.schedule,
            warmup_steps: self.warmup,
            empty_share: self.empty_share,
            patience: self.patience,
            seed: self.seed,
            method: StepConfig {
                loss: self.loss.unwrap_or(default.method.loss),
                deep_supervision: self.deep_supervision,
                optimizer: self.optimizer,
                weight_decay: self.weight_decay.unwrap_or(default.method.weight_decay),
                clip_norm: self.clip_norm,
            },
            augment: AugmentConfig { flip: self.flip.unwrap_or(default.augment.flip), ..default.augment },
            ..default
        }
    }

    /// The share of mirrored samples, if it was given.
    pub(super) fn flip(&self) -> Option<f32> {
        self.flip
    }

    /// Refuses what the preset does not know.
    ///
    /// # Errors
    /// The first option that is for the other kind of network, by its flag.
    pub(super) fn check_preset(&self) -> Result<(), UserError> {
        let name = self.preset.name();
        match self.preset {
            NetworkPreset::Slices(_) => {
                let Some(flag) = self.volumes.given() else { return Ok(()) };
                let why = format!("it is for networks of volumes, found --preset {name}");
                Err(UserError::new(flag, why, "Leave it out, or give --preset paper, paper-unet or v-net"))
            }
            NetworkPreset::Volumes(_) => {
                if let Some(flag) = self.volumes.given_for_network().filter(|_| self.init.is_some()) {
                    let why = "the --init model brings its own";
                    return Err(UserError::new(flag, why, "Leave it out, or start without --init"));
                }
                let others = [(self.tune.is_some(), "--finetune"), (self.deep_supervision, "--deep-supervision")];
                let Some((_, flag)) = others.into_iter().find(|(is_given, _)| *is_given) else { return Ok(()) };
                let why = format!("it is for networks of slices, found --preset {name}");
                let hint = match flag {
                    "--deep-supervision" => {
                        "Leave it out: paper and paper-unet have their heads on every stage in any case"
                    }
                    _ => "Leave it out, or give --preset islet, article, unet or tiny",
                };
                Err(UserError::new(flag, why, hint))
            }
        }
    }

    /// What is read, with the organs `wanted`.
    pub(super) fn selection<'a>(&'a self, wanted: Option<&'a [String]>, sides: &'a Split) -> CaseSelection<'a> {
        CaseSelection { paths: &self.data, layout: self.layout, wanted, sides, cache: self.cache.as_deref() }
    }

    /// Which cases are on which side.
    pub(super) fn sides(&self) -> Split {
        match (&self.train_cases, &self.val_cases, self.fold) {
            (_, _, Some(fold)) => Split::Fold(fold),
            (Some(train), Some(val), None) => Split::Lists { train: train.clone(), val: val.clone() },
            _ => Split::LastFifth,
        }
    }

    /// Training time between two checkpoints.
    pub(super) fn checkpoint_every(&self) -> Duration {
        Duration::try_from_secs_f64(self.checkpoint_every).unwrap_or(Duration::MAX)
    }

    /// Threads that prepare slices. Whoever limits the kernels' threads means these too.
    pub(super) fn workers(&self) -> usize {
        let asked = std::env::var("RAYON_NUM_THREADS").ok().and_then(|count| count.parse().ok()).filter(|&n| n > 0);
        let cores = asked.or_else(|| std::thread::available_parallelism().ok().map(usize::from)).unwrap_or(1);
        self.workers.unwrap_or(cores.saturating_sub(1).clamp(1, 8))
    }
}

/// A network by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NetworkPreset {
    /// One of slices.
    Slices(Preset),
    /// One of volumes.
    Volumes(VolumePreset),
}

impl NetworkPreset {
    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Slices(preset) => preset.name(),
            Self::Volumes(preset) => preset.name(),
        }
    }

    /// What a training is told where nothing was said. Networks of volumes are told what Oktay et al. 2018
    /// published.
    fn defaults(self) -> TrainConfig {
        let default = TrainConfig::default();
        match self {
            Self::Slices(_) => default,
            Self::Volumes(_) => TrainConfig {
                epochs: 1000,
                batch_size: 2,
                learning_rate: 1e-4,
                method: StepConfig { loss: Loss::PaperDice, weight_decay: 1e-6, ..default.method },
                ..default
            },
        }
    }
}

impl ValueEnum for NetworkPreset {
    fn value_variants<'a>() -> &'a [Self] {
        const ALL: [NetworkPreset; 7] = [
            NetworkPreset::Slices(Preset::ALL[0]),
            NetworkPreset::Slices(Preset::ALL[1]),
            NetworkPreset::Slices(Preset::ALL[2]),
            NetworkPreset::Slices(Preset::ALL[3]),
            NetworkPreset::Volumes(VolumePreset::ALL[0]),
            NetworkPreset::Volumes(VolumePreset::ALL[1]),
            NetworkPreset::Volumes(VolumePreset::ALL[2]),
        ];
        &ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.name()))
    }
}

/// A whole number from 1 to `most`.
fn count(most: usize) -> impl TypedValueParser<Value = usize> {
    clap::value_parser!(u64).range(1..=most as u64).map(|n| n as usize)
}

fn at_least_0(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|number: &f64| number.is_finite() && *number >= 0.0);
    number.ok_or_else(|| "expected a number from 0 up".into())
}

/// The name of a label as data sets are read.
fn organ(text: &str) -> Result<String, String> {
    let name = text.trim().to_lowercase();
    if name.is_empty() { Err("expected a name".into()) } else { Ok(name) }
}

fn share(text: &str) -> Result<f32, String> {
    let number = text.parse().ok().filter(|number: &f32| (0.0..=1.0).contains(number));
    number.ok_or_else(|| "expected a number from 0 to 1".into())
}

/// The core names its choices without knowing of a command line.
macro_rules! value_enum {
    ($($kind:ty),*) => {$(
        impl ValueEnum for $kind {
            fn value_variants<'a>() -> &'a [Self] {
                &Self::ALL
            }

            fn to_possible_value(&self) -> Option<PossibleValue> {
                Some(PossibleValue::new(self.name()))
            }
        }
    )*};
}

value_enum!(Preset, TrainableParts, Loss, Optimizer, Schedule);
