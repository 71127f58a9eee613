//! Fine-tuning on a few corrected slices: what is learned from, in which order, and how the outcome is judged. One procedure for the
//! command line and the page.
//!
//! Several replicas of the network learn side by side, each on its own draws, and are averaged after every round (local SGD, Stich
//! 2019): two slow cores then do twice the work, and the average is steadier than either. [`material`] makes samples, [`plan`] says
//! which are drawn when, [`Replica`] learns, [`LocalSgd`] averages, scores and keeps the best. Where a replica runs, and who
//! carries weights between them, is the shell's business.

pub mod data;
mod local_sgd;
mod replica;
pub mod sampler;

use serde::{Deserialize, Serialize};

use crate::core::error::UserError;
use crate::imaging::augment::AugmentConfig;
use crate::nn::model::metadata::{FineTuneRecord, ModelMetadata};
use crate::nn::model::weights::ModelFile;

pub use local_sgd::{HoldoutCounts, HoldoutScores, LocalSgd};
pub use replica::Replica;

/// Which part of the network learns; the running statistics of its normalisation follow the new data in every part.
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

/// What a fine-tuning is told, apart from the slices.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FineTuneConfig {
    /// Which part learns.
    pub moves: TrainableParts,
    /// Steps of each replica.
    pub steps: usize,
    /// Steps between two averagings.
    pub steps_per_round: usize,
    /// Networks that learn side by side.
    pub replicas: usize,
    /// Adam's learning rate at the start; it falls along half a cosine.
    pub learning_rate: f64,
    /// The learning rate at the end, as a share of that at the start.
    pub final_share: f64,
    /// Corrected slices in each step of each replica.
    pub corrected_per_step: usize,
    /// Slices beyond the corrected ones in each step of each replica.
    pub beyond_per_step: usize,
    /// Replayed slices in each step of each replica, against forgetting.
    pub replay_per_step: usize,
    /// How far from a corrected slice its neighbours are learned from with the same mask, in mm.
    pub neighbour_mm: f64,
    /// Variation of the samples.
    pub augment: AugmentConfig,
    /// Everything random follows from it.
    pub seed: u64,
}

/// Steps of each replica that suit so many corrected slices: more slices bear more steps (docs/TUNING.md).
pub fn steps_for(corrected: usize) -> usize {
    (FEWEST_STEPS + STEPS_PER_SLICE * corrected.saturating_sub(FEW_SLICES)).min(MOST_STEPS)
}

const FEW_SLICES: usize = 5;
const FEWEST_STEPS: usize = 26;
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
            corrected_per_step: 4,
            beyond_per_step: 2,
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

/// Whether a model can be fine-tuned: corrections are of the pancreas alone, and would teach a network of several organs that all the others
/// are background.
///
/// # Errors
/// A network of several organs.
pub fn check_organs(passport: &ModelMetadata) -> Result<(), UserError> {
    let Some(names) = passport.several_organs() else { return Ok(()) };
    let why = format!("the model tells {} apart, expected one of the pancreas alone", names.join(", "));
    let hint = "Use a model of the pancreas alone, or go on with `train --init` on data that has every organ labelled";
    Err(UserError::new("Fine-tuning", why, hint))
}

/// The model file that a fine-tuning of `base` ends in: the best weights, and in the passport what was done and what came of it.
/// `slices` are those learned from and those set aside. `None` until a round has been taken and scored.
pub fn tuned(
    base: &ModelFile,
    config: &FineTuneConfig,
    slices: (usize, usize),
    rounds: &LocalSgd,
) -> Option<ModelFile> {
    let (before, after, weights) = rounds.outcome()?;
    let mut passport = base.passport.clone();
    passport.version = env!("CARGO_PKG_VERSION").into();
    passport.training.tunings.push(FineTuneRecord {
        parent: base.values.sha256(),
        corrected_slices: slices.0,
        held_out_slices: slices.1,
        moves: config.moves.name().into(),
        steps: config.steps,
        replicas: config.replicas,
        learning_rate: config.learning_rate,
        seed: config.seed,
        held_out_dsc: [before.held_out, after.held_out],
        replay_dsc: [before.replay, after.replay],
    });
    Some(ModelFile { passport, values: base.values.with_flat(weights) })
}
