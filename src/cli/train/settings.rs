//! Everything that decides the course of a training run, as one value.
//!
//! The run folder's `config.toml` and every checkpoint hold it, and `--resume` compares it. The device
//! is not part of it: a run may continue on another device, though not to the last bit. The number of
//! devices is, because each of them normalises its own part of a batch.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::cli::datasets::Case;
use crate::core::error::UserError;
use crate::imaging::patch_augment::PatchAugmentConfig;
use crate::imaging::preprocess::PreprocessConfig;
use crate::imaging::volume_pipeline::settings::VolumeSettings;
use crate::nn::network::NetworkDescription;
use crate::nn::train::TrainConfig;

/// Everything that decides the course of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunSettings {
    /// The preset of the network.
    pub preset: String,
    /// SHA-256 of the weights to start from, in hexadecimal, if they come from a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub init_sha256: Option<String>,
    /// The labels to learn, in the order of their values.
    pub labels: Vec<String>,
    /// Slices, or volumes, to network inputs.
    pub preprocess: Preparation,
    /// Schedule, optimizer, loss, augmentation and seed.
    pub train: TrainConfig,
    /// Epochs from one validation to the next.
    pub validate_every: usize,
    /// Devices that share every step.
    pub devices: usize,
    /// The cases to train on, in order.
    pub train_cases: Vec<CaseContent>,
    /// The cases to validate on, in order.
    pub val_cases: Vec<CaseContent>,
}

/// How scans become what a network reads.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Preparation {
    /// Of a network of slices.
    Slices(PreprocessConfig),
    /// Of a network of volumes.
    Volumes(Box<VolumePreparation>),
}

/// A network of volumes and how scans become its patches.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VolumePreparation {
    /// The layers.
    pub network: NetworkDescription,
    /// What stands around them.
    pub pipeline: VolumeSettings,
    /// Patches that an epoch takes from each case.
    pub patches_per_case: usize,
    /// How patches are varied.
    pub augment: PatchAugmentConfig,
}

/// A case, identified by what it contains.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseContent {
    /// Its number in the data set.
    pub id: u32,
    /// SHA-256 of voxels and labels, in hexadecimal.
    pub sha256: String,
}

impl CaseContent {
    /// The contents of cases, in their order.
    pub fn of_each<'c>(cases: impl IntoIterator<Item = &'c Case>) -> Vec<Self> {
        cases.into_iter().map(|case| Self { id: case.id, sha256: case.sha256.clone() }).collect()
    }
}

/// A setting in which two runs differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingDifference {
    /// The flag, or the words for what no flag sets.
    pub name: &'static str,
    /// Its value in the earlier run.
    pub then: String,
    /// Its value now.
    pub now: String,
}

/// JSON pointers (RFC 6901) of the settings, each with the flag that sets it.
const FLAGS: [(&str, &str); 28] = [
    ("/preset", "--preset"),
    ("/init_sha256", "--init"),
    ("/labels", "--labels"),
    ("/preprocess/pipeline/spacing_mm", "--spacing-mm"),
    ("/preprocess/pipeline/patch_size", "--patch"),
    ("/preprocess/network/stages", "--base-filters"),
    ("/preprocess/patches_per_case", "--patches-per-case"),
    ("/preprocess/augment/flip", "--flip"),
    ("/preprocess", "the model's preprocessing"),
    ("/train/epochs", "--epochs"),
    ("/train/batch_size", "--batch-size"),
    ("/train/learning_rate", "--learning-rate"),
    ("/train/final_share", "the final learning rate"),
    ("/train/schedule", "--schedule"),
    ("/train/warmup_steps", "--warmup"),
    ("/train/empty_share", "--negative-ratio"),
    ("/train/patience", "--patience"),
    ("/train/seed", "--seed"),
    ("/train/method/loss", "--loss"),
    ("/train/method/deep_supervision", "--deep-supervision"),
    ("/train/method/optimizer", "--optimizer"),
    ("/train/method/weight_decay", "--weight-decay"),
    ("/train/method/clip_norm", "--clip-norm"),
    ("/train/augment/flip", "--flip"),
    ("/validate_every", "--validate-every"),
    ("/devices", "the number of --devices"),
    ("/train_cases", "the cases to train on"),
    ("/val_cases", "the cases to validate on"),
];

impl RunSettings {
    /// The settings in a checkpoint.
    ///
    /// # Errors
    /// Settings that cannot be read, among them those that earlier versions wrote as text.
    pub fn from_json(text: &str) -> Result<Self, UserError> {
        let hint = "Start the run again without --resume, or finish it with the version that began it";
        serde_json::from_str(text).map_err(|error| {
            let is_older = serde_json::from_str::<Value>(text).is_ok_and(|value| value.get("--preset").is_some());
            let reason = if is_older {
                "found a run that an earlier version of Islet began, whose settings are text; expected values to \
                 compare with"
                    .to_owned()
            } else {
                format!("its settings cannot be read ({error})")
            };
            UserError::new("the checkpoint", reason, hint)
        })
    }

    /// The settings as a checkpoint holds them.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("plain data always serialises")
    }

    /// The first setting in which this run differs from `then`, by flag; `None` if they are equal.
    ///
    /// Numbers are compared as they read back from their JSON text, which is what a checkpoint keeps.
    pub fn difference(&self, then: &Self) -> Option<SettingDifference> {
        let [then, now] = [then, self].map(|settings| {
            serde_json::from_str::<Value>(&settings.to_json()).expect("text that was written a moment ago")
        });
        if then == now {
            return None;
        }
        let differs = |(pointer, _): &&(&str, &str)| then.pointer(pointer) != now.pointer(pointer);
        let (pointer, name) = FLAGS.iter().find(differs).copied().unwrap_or(("/train/augment", "the augmentation"));
        let [then, now] = [&then, &now].map(|settings| shown(settings.pointer(pointer)));
        Some(SettingDifference { name, then, now })
    }
}

/// A setting for people: text without quotes, lists of text as a flag takes them, cases as numbers
/// with the start of their hashes.
fn shown(value: Option<&Value>) -> String {
    match value {
        None => "nothing".into(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(items)) if items.iter().all(Value::is_string) => {
            items.iter().map(|item| shown(Some(item))).collect::<Vec<_>>().join(",")
        }
        Some(Value::Array(items)) => items.iter().map(|item| shown(Some(item))).collect::<Vec<_>>().join(", "),
        Some(Value::Object(case)) if case.contains_key("sha256") => {
            let sha256 = case["sha256"].as_str().unwrap_or_default();
            format!("{} ({})", case["id"], sha256.get(..8).unwrap_or(sha256))
        }
        Some(other) => other.to_string(),
    }
}
