//! `checkpoints/resume.safetensors`: everything that the rest of a run depends on.
//!
//! The data order and all random numbers follow from the seed, the epoch and the step (see
//! [`data_loader`](super::data_loader)); weights, running statistics and moments are stored exactly.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use anyhow::Result;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::settings::{RunSettings, SettingDifference};
use super::timing::Timing;
use crate::cli::files;
use crate::cli::run_dir::LogLengths;
use crate::core::error::UserError;
use crate::nn::model::safetensors_file;
use crate::nn::model::state_dict::{StateDict, TensorValues};
use crate::nn::train::state::SavedTrainState;

/// How far a run has come.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrainingProgress {
    /// The epoch under way, counted from 1; one more than the last when all are done.
    pub epoch: usize,
    /// Its steps taken.
    pub step: usize,
    /// Sum of their losses.
    #[serde(with = "exact")]
    pub loss_sum: f64,
    /// The best mean validation DSC so far; negative before the first validation.
    #[serde(with = "exact")]
    pub best_dsc: f64,
    /// Validations since the best one.
    pub stale: usize,
    /// The lengths of the logs at this moment. What is written to them later is cut off on resuming.
    pub logs: LogLengths,
    /// The time spent in the epoch under way, by activity.
    pub epoch_timing: Timing,
    /// The time spent in the epochs before it, by activity.
    pub timing: Timing,
}

impl TrainingProgress {
    /// The progress of a run that has not taken a step yet.
    pub fn start(logs: LogLengths) -> Self {
        Self {
            epoch: 1,
            step: 0,
            loss_sum: 0.0,
            best_dsc: -1.0,
            stale: 0,
            logs,
            epoch_timing: Timing::default(),
            timing: Timing::default(),
        }
    }
}

/// Numbers by their bits: read as decimals they may come back with another last digit.
mod exact {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(number: &f64, to: S) -> Result<S::Ok, S::Error> {
        number.to_bits().serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
        u64::deserialize(from).map(f64::from_bits)
    }
}

/// A run at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Checkpoint {
    /// The settings of the run.
    pub settings: RunSettings,
    /// The epoch and step it has reached.
    pub progress: TrainingProgress,
    /// Weights and state of the optimizer.
    pub learner: SavedTrainState,
}

const HINT: &str = "Start the run afresh, without --resume";
const PARTS: [&str; 3] = ["weights", "first", "second"];

impl Checkpoint {
    /// Writes it through a temporary file, so that a moment later there is either the old checkpoint or the new.
    ///
    /// # Errors
    /// A disk that is full, and weights that are not finite: the checkpoint before them is worth more.
    pub fn write(&self, path: &Path) -> Result<()> {
        if let Some((name, _)) = self.learner.weights.0.iter().find(|(_, w)| w.values.iter().any(|v| !v.is_finite())) {
            return Err(diverged(format!("{name} is no longer finite")).into());
        }
        let SavedTrainState { weights, first, second, steps } = &self.learner;
        let json = |value: Result<String, serde_json::Error>| value.expect("plain data always serialises");
        let metadata = BTreeMap::from([
            ("islet.settings".into(), self.settings.to_json()),
            ("islet.progress".into(), json(serde_json::to_string(&self.progress))),
            ("islet.optimizer_steps".into(), json(serde_json::to_string(steps))),
        ]);
        let tensors = PARTS.iter().zip([weights, first, second]).flat_map(|(part, values)| {
            values.0.iter().map(move |(name, TensorValues { shape, values })| {
                let bytes = bytemuck::cast_slice(values);
                let view =
                    TensorView::new(Dtype::F32, shape.clone(), bytes).expect("as many numbers as the shape says");
                (format!("{part}/{name}"), view)
            })
        });
        files::write(path, &safetensors_file::to_bytes(tensors, &metadata)?)
    }

    /// Reads it back.
    ///
    /// # Errors
    /// Files that cannot be read, or are not what [`write`](Self::write) writes.
    pub fn read(path: &Path) -> Result<Self> {
        let refused = |why: String| UserError::new(path.display().to_string(), why, HINT);
        let bytes = files::read(path)?;
        let unreadable = |error: safetensors::SafeTensorError| refused(format!("it is not safetensors ({error})"));
        let (_, header) = SafeTensors::read_metadata(&bytes).map_err(unreadable)?;
        let metadata = header.metadata().clone().unwrap_or_default();
        let mut parts: [StateDict; 3] = Default::default();
        for (name, view) in SafeTensors::deserialize(&bytes).map_err(unreadable)?.tensors() {
            let (part, name) = name.split_once('/').unwrap_or_default();
            let part = PARTS.iter().position(|known| *known == part).filter(|_| view.dtype() == Dtype::F32);
            let part = part.ok_or_else(|| refused(format!("tensor `{name}` is not of a checkpoint")))?;
            let values = view.data().chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
            parts[part].0.insert(name.into(), TensorValues { shape: view.shape().to_vec(), values });
        }
        let [weights, first, second] = parts;
        Ok(Self {
            settings: settings(path, &metadata)?,
            progress: entry(&metadata, "islet.progress").map_err(refused)?,
            learner: SavedTrainState {
                weights,
                first,
                second,
                steps: entry(&metadata, "islet.optimizer_steps").map_err(refused)?,
            },
        })
    }

    /// Compares the settings with those that the run was started with.
    ///
    /// # Errors
    /// The first setting that differs, by the flag that sets it.
    pub fn check_settings(&self, now: &RunSettings) -> Result<(), UserError> {
        let Some(SettingDifference { name, then, now }) = now.difference(&self.settings) else { return Ok(()) };
        Err(UserError::new(
            name,
            format!("the run was started with {then}, found {now}"),
            "Resume with the run's own settings, as in its config.toml, or start another run",
        ))
    }
}

/// The settings in a checkpoint's metadata.
fn settings(path: &Path, metadata: &HashMap<String, String>) -> Result<RunSettings, UserError> {
    let subject = path.display().to_string();
    let text = metadata
        .get("islet.settings")
        .ok_or_else(|| UserError::new(subject.clone(), "it lacks `islet.settings`", HINT))?;
    RunSettings::from_json(text).map_err(|error| UserError { subject: subject.into(), ..error })
}

/// A training whose numbers have run away.
pub(super) fn diverged(why: String) -> UserError {
    UserError::new("the training", why, "Lower --learning-rate or set --clip-norm; the last checkpoint is intact")
}

fn entry<T: DeserializeOwned>(metadata: &HashMap<String, String>, key: &str) -> Result<T, String> {
    let text = metadata.get(key).ok_or_else(|| format!("it lacks `{key}`"))?;
    serde_json::from_str(text).map_err(|error| format!("`{key}` cannot be read ({error})"))
}
