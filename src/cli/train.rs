//! `train`: a network from labelled cases.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Result, bail};
use burn::tensor::Device;
use clap::builder::TypedValueParser;
use clap::{Parser, ValueEnum};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

use super::datasets::draw::{draw_epoch, sample};
use super::datasets::segment::segment_labelled;
use super::datasets::sides::{Fold, Sides};
use super::datasets::split::{self, Split};
use super::datasets::{Case, Layout, summary};
use super::device::{DeviceChoice, open};
use super::run_dir::{EpochLog, RunDir};
use super::{CaseList, files, progress};
use crate::augment::{Sample, augment};
use crate::batch::stack_samples;
use crate::model::passport::{Passport, Score, TrainedCase, Training};
use crate::model::weights::{Precision, write};
use crate::model::{AttentionUnet, ModelConfig, Preset};
use crate::preprocess::PreprocessConfig;
use crate::refusal::Refusal;
use crate::train::{Learner, TrainConfig};
use crate::tune::{Moves, TuneConfig};

/// Trains a network on labelled CT scans and writes a run folder with checkpoints and the model.
#[derive(Parser, Debug)]
#[command(name = "train", version)]
pub struct Args {
    /// Folder or zip with cases, laid out as CT-82 (PANCREAS_0001/.../*.dcm, label0001.nii.gz) or as the Medical Segmentation
    /// Decathlon and nnU-Net (dataset.json, imagesTr, labelsTr); may be given several times.
    #[arg(long, required = true)]
    data: Vec<PathBuf>,
    /// How they are laid out.
    #[arg(long, value_enum, default_value_t)]
    layout: Layout,
    /// Folder to write the run to.
    #[arg(long)]
    out: PathBuf,
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
    /// Folder for prepared slices, which runs share; without this, islet/slices in the user's cache folder.
    #[arg(long)]
    cache: Option<PathBuf>,
    /// Architecture.
    #[arg(long, value_enum, default_value_t = Preset::Islet)]
    preset: Preset,
    /// Passes over the training slices.
    #[arg(long, default_value_t = TrainConfig::default().epochs, value_parser = count(10_000))]
    epochs: usize,
    /// Slices per step.
    #[arg(long, default_value_t = TrainConfig::default().batch_size, value_parser = count(256))]
    batch_size: usize,
    /// Adam's learning rate at the start; 0.001, or what suits a fine-tuning.
    #[arg(long)]
    learning_rate: Option<f64>,
    /// Validate after every so many epochs, and after the last.
    #[arg(long, default_value_t = 4, value_parser = count(10_000))]
    validate_every: usize,
    /// Seed of everything random.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Where to compute.
    #[arg(long, value_enum, default_value_t)]
    device: DeviceChoice,
    /// Model file to start from; brings its own architecture and preprocessing.
    #[arg(long)]
    init: Option<PathBuf>,
    /// Fine-tune this part of the --init model on the labelled slices of the data, as the page does; one in four is set aside to
    /// judge by.
    #[arg(long, requires = "init", conflicts_with_all = ["train_cases", "val_cases", "fold", "epochs", "batch_size", "validate_every"])]
    tune: Option<Moves>,
    /// Steps of a fine-tuning, of each of its two replicas.
    #[arg(long, requires = "tune", value_parser = count(10_000))]
    steps: Option<usize>,
}

/// A whole number from 1 to `most`.
fn count(most: usize) -> impl clap::builder::TypedValueParser<Value = usize> {
    clap::value_parser!(u64).range(1..=most as u64).map(|n| n as usize)
}

impl ValueEnum for Preset {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<clap::builder::PossibleValue> {
        Some(clap::builder::PossibleValue::new(self.name()))
    }
}

impl ValueEnum for Moves {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<clap::builder::PossibleValue> {
        Some(clap::builder::PossibleValue::new(self.name()))
    }
}

impl Args {
    fn sides(&self) -> Sides {
        match (&self.train_cases, &self.val_cases, self.fold) {
            (_, _, Some(fold)) => Sides::Fold(fold),
            (Some(train), Some(val), None) => Sides::Lists { train: train.clone(), val: val.clone() },
            _ => Sides::LastFifth,
        }
    }
}

/// What `config.toml` keeps.
#[derive(Serialize)]
struct RunConfig<'a> {
    command: String,
    version: &'static str,
    train_cases: &'a [u32],
    val_cases: &'a [u32],
    train: &'a TrainConfig,
    model: String,
    preprocess: &'a PreprocessConfig,
}

/// Runs the command.
pub fn run(args: Args) -> Result<()> {
    let device = open(args.device)?;
    if let (Some(moves), Some(init)) = (args.tune, &args.init) {
        return fine_tune(&args, moves, init, &device);
    }
    let config = TrainConfig {
        epochs: args.epochs,
        batch_size: args.batch_size,
        learning_rate: args.learning_rate.unwrap_or(TrainConfig::default().learning_rate),
        seed: args.seed,
        ..TrainConfig::default()
    };
    let Start { model_config, preprocess, model, earlier } = start(&args, &device)?;
    let cases = split::load(&args.data, args.layout, &args.sides(), &preprocess, args.cache.as_deref())?;
    let ids = |cases: &[Case]| cases.iter().map(|case| case.id).collect::<Vec<_>>();
    let run_dir = RunDir::create(
        &args.out,
        &RunConfig {
            command: std::env::args().collect::<Vec<_>>().join(" "),
            version: env!("CARGO_PKG_VERSION"),
            train_cases: &ids(&cases.train),
            val_cases: &ids(&cases.val),
            train: &config,
            model: serde_json::to_string(&model_config)?,
            preprocess: &preprocess,
        },
    )?;
    let mut passport = Passport {
        config: model_config,
        preprocess,
        labels: cases.labels.clone(),
        training: Training { scores: Vec::new(), seed: args.seed, ..learned(earlier, &cases.train) },
        license: WEIGHTS_LICENSE.into(),
        version: env!("CARGO_PKG_VERSION").into(),
    };
    epochs(&config, args.validate_every, model, &mut passport, &cases, &run_dir)?;
    finish(&run_dir, &mut passport, &cases, &device)
}

fn fine_tune(args: &Args, moves: Moves, init: &Path, device: &Device) -> Result<()> {
    let default = TuneConfig::default();
    let config = TuneConfig {
        moves,
        steps: args.steps.unwrap_or(default.steps),
        learning_rate: args.learning_rate.unwrap_or(default.learning_rate),
        seed: args.seed,
        ..default
    };
    let cases = split::all(&args.data, args.layout)?;
    super::tune::run(&files::read_model(init)?, &cases, &config, device, &args.out)
}

const WEIGHTS_LICENSE: &str = "MIT OR Apache-2.0. Weights trained on NIH Pancreas-CT must carry its attribution (CC BY 3.0): \
    Roth H, Farag A, Turkbey EB, Lu L, Liu J, Summers RM. Data From Pancreas-CT (Version 2). The Cancer Imaging Archive, 2016. \
    doi 10.7937/K9/TCIA.2016.tNB1kqBU. Not a medical device.";

/// Cases numbered from here up are phantoms, which `phantom` writes.
pub const FIRST_PHANTOM: u32 = 1001;

/// What the network will have learned from: what it had before, and these cases.
fn learned(mut training: Training, cases: &[Case]) -> Training {
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
fn knows(training: &Training, case: &Case) -> bool {
    training.cases.iter().any(|known| known.sha256 == case.sha256)
}

/// What training starts from.
struct Start {
    model_config: ModelConfig,
    preprocess: PreprocessConfig,
    model: AttentionUnet,
    /// What the network has learned before.
    earlier: Training,
}

fn start(args: &Args, device: &Device) -> Result<Start> {
    let training_device = device.clone().autodiff();
    if let Some(path) = &args.init {
        let file = files::read_model(path)?;
        let model = file.load(&training_device);
        let Passport { config: model_config, preprocess, training: earlier, .. } = file.passport;
        return Ok(Start { model_config, preprocess, model, earlier });
    }
    device.seed(args.seed);
    let model_config = args.preset.config();
    let model = model_config.init(&training_device);
    let earlier = Training { preset: args.preset.name().into(), ..Training::default() };
    Ok(Start { model_config, preprocess: PreprocessConfig::default(), model, earlier })
}

fn epochs(
    config: &TrainConfig,
    validate_every: usize,
    model: AttentionUnet,
    passport: &mut Passport,
    cases: &Split,
    run_dir: &RunDir,
) -> Result<()> {
    let epochs_before = passport.training.epochs;
    let device = model.device();
    let mut learner = Learner::new(model);
    let mut rng = ChaCha8Rng::seed_from_u64(config.seed);
    let mut best_dsc = f64::NEG_INFINITY;
    for epoch in 1..=config.epochs {
        let started = Instant::now();
        let places = draw_epoch(&cases.train, config.empty_share, &mut rng);
        let steps = places.len().div_ceil(config.batch_size);
        let bar = progress(steps, format!("epoch {epoch}/{}", config.epochs));
        let (mut losses, mut learning_rate) = (Vec::new(), 0.0);
        for (step, chunk) in places.chunks(config.batch_size).enumerate() {
            let samples: Vec<Sample> = chunk
                .iter()
                .map(|&place| Ok(augment(&sample(&cases.train, place)?, &config.augment, rng.random())))
                .collect::<Result<_>>()?;
            learning_rate = config.learning_rate_at((epoch - 1) * steps + step, config.epochs * steps);
            let loss;
            (learner, loss) = learner.step(stack_samples(&samples, &device), learning_rate);
            losses.push(loss);
            bar.inc(1);
        }
        bar.finish_and_clear();
        // One read per epoch: the losses stay on the device until here.
        let loss = burn::tensor::Tensor::cat(losses, 0).mean().into_scalar::<f32>();
        let train_seconds = started.elapsed().as_secs_f64();
        if !loss.is_finite() {
            bail!(Refusal::new(
                format!("epoch {epoch}"),
                format!("the loss became {loss}"),
                "Lower --learning-rate; the last checkpoint is intact"
            ));
        }

        passport.training.epochs = epochs_before + epoch;
        let snapshot = learner.snapshot();
        let mut validation_dsc = BTreeMap::new();
        if epoch % validate_every == 0 || epoch == config.epochs {
            for case in &cases.val {
                validation_dsc.insert(case.id.to_string(), whole_volume_dsc(&snapshot, case)?);
            }
        }
        let log = EpochLog {
            epoch,
            loss: f64::from(loss),
            learning_rate,
            validation_dsc,
            slices_per_second: places.len() as f64 / train_seconds,
            seconds: started.elapsed().as_secs_f64(),
        };
        run_dir.log(&log)?;
        let checkpoint = pollster::block_on(write(&snapshot, passport, Precision::F32))?;
        files::write(&run_dir.checkpoint("last"), &checkpoint)?;
        let mean_dsc = log.mean_validation_dsc();
        if mean_dsc.is_some_and(|dsc| dsc > best_dsc) {
            best_dsc = mean_dsc.unwrap_or(best_dsc);
            files::write(&run_dir.checkpoint("best"), &checkpoint)?;
        }
        println!(
            "epoch {epoch}/{}: loss {loss:.4}{}, {:.2} slices/s, {:.0} s",
            config.epochs,
            mean_dsc.map(|dsc| format!(", validation DSC {dsc:.4}")).unwrap_or_default(),
            log.slices_per_second,
            log.seconds
        );
    }
    Ok(())
}

/// DSC of a whole volume on its own grid, over the slices that somebody labelled: what the network says of the others is
/// neither right nor wrong.
fn whole_volume_dsc(model: &AttentionUnet, case: &Case) -> Result<f64> {
    let bar = progress(case.labelled_slices().count(), format!("validating case {}", case.id));
    let pred = segment_labelled(model, case, |done| bar.set_position(done as u64))?;
    bar.finish_and_clear();
    Ok(case.overlap(&pred)?.dsc())
}

/// Training cases whose score goes into the passport beside those of validation: enough to see an overfitted network.
const SCORED_TRAINING_CASES: usize = 4;

/// Scores the best checkpoint on its validation cases and some training cases, and writes it as the run's model.
fn finish(run_dir: &RunDir, passport: &mut Passport, cases: &Split, device: &Device) -> Result<()> {
    let best = files::read_model(&run_dir.checkpoint("best"))?;
    let model = best.load(device);
    passport.training.epochs = best.passport.training.epochs;
    for case in cases.val.iter().chain(cases.train.iter().take(SCORED_TRAINING_CASES)) {
        // By content, not by side: an --init model may have learned from a case that validates now.
        let trained_on = knows(&passport.training, case);
        let dsc = whole_volume_dsc(&model, case)?;
        println!("case {}{}: DSC {dsc:.4}", case.id, if trained_on { " (trained on)" } else { "" });
        passport.training.scores.push(Score { case: case.id.to_string(), trained_on, dsc });
    }
    files::write(&run_dir.model(), &pollster::block_on(write(&model, passport, Precision::F16))?)?;
    println!("wrote {}", run_dir.model().display());
    Ok(())
}
