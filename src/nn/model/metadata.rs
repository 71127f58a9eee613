//! The metadata of a model file: the `__metadata__` map of the safetensors file.
//!
//! Every entry is a JSON string. Outside scripts rely on the keys, which `docs/MODEL_FILE.md`
//! lists.

use std::collections::{BTreeMap, HashMap};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::config::{Gates, ModelConfig};
use crate::core::error::UserError;
use crate::core::i18n::messages::NnMessage;
use crate::core::mask::PANCREAS_NAME;
use crate::imaging::preprocess::PreprocessConfig;

/// Everything that is needed to use a network as it was trained, and to judge it.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelMetadata {
    /// `islet.config`: the architecture.
    pub config: ModelConfig,
    /// `islet.preprocess`: window, spacing, size, slice distance.
    pub preprocess: PreprocessConfig,
    /// `islet.labels`: the organ of each label value; 0 is background. With several organs the
    /// value is also the channel.
    pub labels: BTreeMap<u8, String>,
    /// `islet.training`: the data that it was trained on, and its scores.
    pub training: Training,
    /// `islet.license`: the licence of the weights, with the attribution that the training data
    /// requires.
    pub license: String,
    /// `islet.version`: the version of the crate that wrote the file.
    pub version: String,
}

/// The history of a network.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Training {
    /// Name of the preset that it was made from.
    pub preset: String,
    /// The origin of the data, in a sentence.
    pub dataset: String,
    /// The cases that it was trained on.
    pub cases: Vec<TrainedCase>,
    /// Scores on whole volumes.
    pub scores: Vec<Score>,
    /// Epochs of training.
    pub epochs: usize,
    /// Seed of the run.
    pub seed: u64,
    /// Remarks of the publisher for the users of the model, in sentences, written by hand.
    #[serde(default)]
    pub remarks: String,
    /// Fine-tunings since the training, oldest first. They hold no data of the patients whose
    /// slices were corrected.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tunings: Vec<FineTuneRecord>,
}

/// One fine-tuning on corrected slices.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FineTuneRecord {
    /// SHA-256, in hexadecimal, of the weights that it started from:
    /// [`StateDict::sha256`](super::state_dict::StateDict::sha256).
    pub parent: String,
    /// Corrected slices that were trained on.
    pub corrected_slices: usize,
    /// Slices that were trained on with masks that had been completed from these.
    #[serde(default)]
    pub completed_slices: usize,
    /// Corrected slices that were held out for scoring.
    pub held_out_slices: usize,
    /// The part of the network that was trained: `gates`, `decoder` or `all`.
    pub moves: String,
    /// Steps of each replica.
    pub steps: usize,
    /// Replicas of the network that were trained in parallel.
    pub replicas: usize,
    /// Adam's learning rate at the start.
    pub learning_rate: f64,
    /// Seed of everything random.
    pub seed: u64,
    /// DSC of the held-out slices, before and after, on the network's grid.
    pub held_out_dsc: [f64; 2],
    /// DSC of phantom slices, before and after, on the network's grid.
    pub replay_dsc: [f64; 2],
}

/// A case that a network was trained on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrainedCase {
    /// Its name in the data set.
    pub id: String,
    /// SHA-256 of its voxels (i16 little-endian) and labels (u8), by which the same scan is
    /// recognised under another name.
    pub sha256: String,
}

/// A Dice score over a whole volume.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// The case it was measured on.
    pub case: String,
    /// True if the network was trained on that case.
    pub trained_on: bool,
    /// Dice similarity coefficient on the case's own grid; 1 if truth and prediction are both
    /// empty. With several organs it is their mean.
    pub dsc: f64,
    /// The coefficient of each organ, if the network segments several.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub organs: BTreeMap<String, f64>,
}

impl ModelMetadata {
    /// True if it was fine-tuned on corrected slices, and so must not be asked about a series that they may come from.
    pub fn is_fine_tuned(&self) -> bool {
        !self.training.tunings.is_empty()
    }

    /// The metadata map of a model file.
    pub fn to_metadata(&self) -> BTreeMap<String, String> {
        BTreeMap::from([
            ("islet.config".into(), json(&self.config)),
            ("islet.preprocess".into(), json(&self.preprocess)),
            ("islet.labels".into(), json(&self.labels)),
            ("islet.training".into(), json(&self.training)),
            ("islet.license".into(), json(&self.license)),
            ("islet.version".into(), json(&self.version)),
        ])
    }

    /// The checked metadata from the map of a model file.
    ///
    /// # Errors
    /// An entry that is missing or unreadable, and those of the check of architecture, labels and preprocessing.
    pub fn from_metadata(metadata: &HashMap<String, String>) -> Result<Self, UserError> {
        let parsed = Self {
            config: entry(metadata, "islet.config")?,
            preprocess: entry(metadata, "islet.preprocess")?,
            labels: entry(metadata, "islet.labels")?,
            training: entry(metadata, "islet.training")?,
            license: entry(metadata, "islet.license")?,
            version: entry(metadata, "islet.version")?,
        };
        parsed.check()?;
        Ok(parsed)
    }

    /// Refuses an architecture, labels or a preprocessing that this version cannot build or run.
    pub(super) fn check(&self) -> Result<(), UserError> {
        self.config.check()?;
        self.check_labels()?;
        self.check_preprocess()
    }

    /// The index of the pancreas among the organs of the network, counted from 0.
    pub fn pancreas(&self) -> usize {
        self.labels.values().position(|name| name == PANCREAS_NAME).unwrap_or(0)
    }

    /// The organs' names in the order of their channels, if there are several.
    pub fn several_organs(&self) -> Option<Vec<&str>> {
        (self.config.classes > 1).then(|| self.labels.values().map(String::as_str).collect())
    }

    fn check_labels(&self) -> Result<(), UserError> {
        let Some(names) = self.several_organs() else { return Ok(()) };
        let refused = |reason: NnMessage| Err(UserError::new("islet.labels", reason, NnMessage::NameEveryChannel));
        let organs = self.config.organs();
        if !self.labels.keys().map(|&value| usize::from(value)).eq(1..=organs) {
            return refused(NnMessage::LabelValues { found: format!("{:?}", self.labels), organs });
        }
        if !names.contains(&PANCREAS_NAME) {
            return refused(NnMessage::NoPancreas { found: names.join(", ") });
        }
        Ok(())
    }

    /// Height and width of each gate's attention map, deepest gate first.
    pub fn gates_px(&self) -> Vec<usize> {
        match self.config.gates {
            Gates::None => Vec::new(),
            Gates::Additive(_) => {
                (0..self.config.depth - 1).rev().map(|level| self.preprocess.size_px >> level).collect()
            }
        }
    }

    fn check_preprocess(&self) -> Result<(), UserError> {
        let p = &self.preprocess;
        let stride = self.config.stride();
        let is_valid = (stride..=1024).contains(&p.size_px)
            && p.size_px.is_multiple_of(stride)
            && (0.1..=20.0).contains(&p.spacing_mm)
            && (0.1..=50.0).contains(&p.slice_distance_mm)
            && p.window.level_hu.is_finite()
            && (1.0..=10_000.0).contains(&p.window.width_hu);
        if is_valid {
            return Ok(());
        }
        let reason = NnMessage::BadPreprocess { found: format!("{p:?}"), stride };
        Err(UserError::new("islet.preprocess", reason, NnMessage::UseTrainedPreprocess))
    }
}

/// An entry's text.
pub(in crate::nn) fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("plain data always serialises")
}

/// The value of an entry.
pub(in crate::nn) fn entry<T: DeserializeOwned>(metadata: &HashMap<String, String>, key: &str) -> Result<T, UserError> {
    let refused = |reason: NnMessage| UserError::new(key, reason, NnMessage::AddMetadata);
    let text = metadata.get(key).ok_or_else(|| refused(NnMessage::MetadataMissing))?;
    serde_json::from_str(text).map_err(|error| refused(NnMessage::MetadataUnreadable { error: error.to_string() }))
}
