//! Fine-tuning on a few corrected slices. The command line and the page use the same procedure.
//!
//! Several replicas of the network are trained in parallel, each on its own samples, and averaged
//! after every round (local SGD, Stich 2019). Two slow cores then do twice the work, and the
//! average is more stable than either replica. [`data`] makes samples, [`sampler`] chooses those of
//! each step, [`Replica`] trains, and [`LocalSgd`] averages, compares scores and keeps the best.
//! Where the replicas run, and how weights travel between them, is the business of the shells.

pub mod data;
mod local_sgd;
mod replica;
pub mod sampler;

use serde::{Deserialize, Serialize};

use crate::core::error::UserError;
use crate::core::i18n::messages::NnMessage;
use crate::imaging::augment::AugmentConfig;
use crate::nn::model::metadata::{FineTuneRecord, ModelMetadata};
use crate::nn::model::weights::ModelFile;

pub use local_sgd::{HoldoutCounts, HoldoutScores, LocalSgd};
pub use replica::Replica;

/// The part of the network that is trained. The running statistics of batch norms follow the new
/// data in every part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TrainableParts {
    /// The attention gates.
    Gates,
    /// The decoder, the gates and the head.
    Decoder,
    /// Everything.
    #[default]
    All,
}

impl TrainableParts {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Gates, Self::Decoder, Self::All];

    /// Its name on the command line and in the page.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gates => "gates",
            Self::Decoder => "decoder",
            Self::All => "all",
        }
    }
}

/// The settings of a fine-tuning, apart from the slices.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FineTuneConfig {
    /// The part that is trained.
    pub moves: TrainableParts,
    /// Steps of each replica.
    pub steps: usize,
    /// Steps of each replica between two averages.
    pub steps_per_round: usize,
    /// Replicas of the network that are trained in parallel.
    pub replicas: usize,
    /// Adam's initial learning rate; it decays along half a cosine.
    pub learning_rate: f64,
    /// The final learning rate as a share of the initial one.
    pub final_share: f64,
    /// Corrected and completed slices in each step of each replica.
    pub labelled_per_step: usize,
    /// Anchor slices in each step of each replica.
    pub anchors_per_step: usize,
    /// Replayed slices in each step of each replica, against forgetting.
    pub replay_per_step: usize,
    /// Neighbours of a corrected slice up to this distance, in mm, are trained on with the same
    /// mask.
    pub neighbour_mm: f64,
    /// Augmentation of the samples.
    pub augment: AugmentConfig,
    /// Seed of everything random.
    pub seed: u64,
}

/// A suitable number of steps of each replica for a number of corrected slices. More slices allow
/// more steps (docs/TUNING.md).
pub fn steps_for(corrected: usize) -> usize {
    (FEWEST_STEPS + STEPS_PER_SLICE * corrected.saturating_sub(FEW_SLICES)).min(MOST_STEPS)
}

const FEW_SLICES: usize = 5;
const FEWEST_STEPS: usize = 40;
const STEPS_PER_SLICE: usize = 4;
const MOST_STEPS: usize = 60;

impl Default for FineTuneConfig {
    fn default() -> Self {
        Self {
            moves: TrainableParts::All,
            steps: FEWEST_STEPS,
            steps_per_round: 9,
            replicas: 2,
            learning_rate: 1e-3,
            final_share: 0.1,
            labelled_per_step: 4,
            anchors_per_step: 2,
            replay_per_step: 2,
            neighbour_mm: 2.0,
            augment: AugmentConfig::default(),
            seed: 0,
        }
    }
}

impl FineTuneConfig {
    /// The learning rate of step `step` of each replica.
    pub fn learning_rate_at(&self, step: usize) -> f64 {
        crate::nn::train::cosine(self.learning_rate, self.final_share, step, self.steps)
    }
}

/// Checks that a model can be fine-tuned. Corrections are of the pancreas alone, and would teach a
/// network of several organs that all the others are background.
///
/// # Errors
/// A network of several organs.
pub fn check_organs(passport: &ModelMetadata) -> Result<(), UserError> {
    let Some(names) = passport.several_organs() else { return Ok(()) };
    let reason = NnMessage::SeveralOrgans { organs: names.join(", ") };
    Err(UserError::new(NnMessage::FineTuning, reason, NnMessage::UsePancreasModel))
}

/// Numbers of slices.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SliceCounts {
    /// Corrected slices to train on.
    pub learned: usize,
    /// Slices to train on that were completed from these.
    pub completed: usize,
    /// Corrected slices that are held out for scoring.
    pub held_out: usize,
}

/// The model file that results from a fine-tuning of `base`: the best weights, with a record of the
/// settings and scores in the metadata. `None` until a round has been trained and scored.
pub fn finetuned_model(
    base: &ModelFile,
    config: &FineTuneConfig,
    slices: SliceCounts,
    rounds: &LocalSgd,
) -> Option<ModelFile> {
    let (before, after, weights) = rounds.outcome()?;
    let mut passport = base.passport.clone();
    passport.version = env!("CARGO_PKG_VERSION").into();
    passport.training.tunings.push(FineTuneRecord {
        parent: base.values.sha256(),
        corrected_slices: slices.learned,
        completed_slices: slices.completed,
        held_out_slices: slices.held_out,
        moves: config.moves.name().into(),
        steps: config.steps,
        replicas: config.replicas,
        learning_rate: config.learning_rate,
        seed: config.seed,
        held_out_dsc: [before.held_out, after.held_out],
        replay_dsc: [before.replay, after.replay],
    });
    Some(ModelFile { passport, values: base.values.unflatten(weights) })
}
