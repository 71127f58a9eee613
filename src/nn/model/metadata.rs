//! What a model file says about itself: the `__metadata__` map of the safetensors file.
//!
//! Every entry is a JSON string. The keys are a contract with outside scripts; `docs/MODEL_FILE.md` lists them.

use std::collections::{BTreeMap, HashMap};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::config::{Gates, ModelConfig};
use crate::core::error::UserError;
use crate::core::mask::PANCREAS_NAME;
use crate::imaging::preprocess::PreprocessConfig;

/// Everything needed to use a network as it was trained, and to judge it.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelMetadata {
    /// `islet.config`: the architecture.
    pub config: ModelConfig,
    /// `islet.preprocess`: window, spacing, size, slice distance.
    pub preprocess: PreprocessConfig,
    /// `islet.labels`: what each label value means; 0 is background. With several organs the value is the channel.
    pub labels: BTreeMap<u8, String>,
    /// `islet.training`: what it learned from, and how well it did on what.
    pub training: Training,
    /// `islet.license`: of the weights, with the attribution that the training data asks for.
    pub license: String,
    /// `islet.version`: of the crate that wrote the file.
    pub version: String,
}

/// How a network came about.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Training {
    /// Name of the preset it was made from.
    pub preset: String,
    /// Where the data came from, a sentence.
    pub dataset: String,
    /// The cases it was trained on.
    pub cases: Vec<TrainedCase>,
    /// Scores, each with the case it was measured on.
    pub scores: Vec<Score>,
    /// Epochs of training behind these weights.
    pub epochs: usize,
    /// Seed of the run.
    pub seed: u64,
    /// What whoever ships the model wants its users to know, in sentences; written by hand.
    #[serde(default)]
    pub remarks: String,
    /// Fine-tunings since, oldest first. They hold nothing of the people whose slices were corrected.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tunings: Vec<FineTuneRecord>,
}

/// One fine-tuning on corrected slices.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FineTuneRecord {
    /// SHA-256, in hexadecimal, of the weights it started from: [`StateDict::sha256`](super::state_dict::Values::sha256).
    pub parent: String,
    /// Corrected slices learned from.
    pub corrected_slices: usize,
    /// Corrected slices set aside to judge by.
    pub held_out_slices: usize,
    /// Which part moved: gates, decoder or all.
    pub moves: String,
    /// Steps of each replica, and how many of those there were.
    pub steps: usize,
    /// Networks that learned side by side.
    pub replicas: usize,
    /// Adam's learning rate at the start.
    pub learning_rate: f64,
    /// Seed of everything random.
    pub seed: u64,
    /// DSC of the slices set aside, before and after, on the network's grid.
    pub held_out_dsc: [f64; 2],
    /// DSC of phantom slices, before and after, on the network's grid.
    pub replay_dsc: [f64; 2],
}

/// A case a network was trained on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrainedCase {
    /// Its name in the data set.
    pub id: String,
    /// SHA-256 of its voxels (i16 little-endian) and labels (u8), so that the same scan is known again under another name.
    pub sha256: String,
}

/// A Dice score over a whole volume.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// The case it was measured on.
    pub case: String,
    /// Whether the network had seen that case in training.
    pub trained_on: bool,
    /// Dice similarity coefficient on the case's own grid, empty truth with empty prediction counting 1; the organs' mean.
    pub dsc: f64,
    /// The same of each organ, where the network tells several apart.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub organs: BTreeMap<String, f64>,
}

impl ModelMetadata {
    /// The metadata map of a model file.
    pub fn to_metadata(&self) -> HashMap<String, String> {
        fn json(value: &impl Serialize) -> String {
            serde_json::to_string(value).expect("plain data always serialises")
        }
        HashMap::from([
            ("islet.config".into(), json(&self.config)),
            ("islet.preprocess".into(), json(&self.preprocess)),
            ("islet.labels".into(), json(&self.labels)),
            ("islet.training".into(), json(&self.training)),
            ("islet.license".into(), json(&self.license)),
            ("islet.version".into(), json(&self.version)),
        ])
    }

    /// The passport in a model file's metadata, checked.
    pub fn from_metadata(metadata: &HashMap<String, String>) -> Result<Self, UserError> {
        let passport = Self {
            config: entry(metadata, "islet.config")?,
            preprocess: entry(metadata, "islet.preprocess")?,
            labels: entry(metadata, "islet.labels")?,
            training: entry(metadata, "islet.training")?,
            license: entry(metadata, "islet.license")?,
            version: entry(metadata, "islet.version")?,
        };
        passport.check()?;
        Ok(passport)
    }

    /// Refuses an architecture or a preprocessing that this version cannot build or run.
    pub(super) fn check(&self) -> Result<(), UserError> {
        self.config.check()?;
        self.check_labels()?;
        self.check_preprocess()
    }

    /// Where the pancreas is among the organs that the network tells apart, counted from 0.
    pub fn pancreas(&self) -> usize {
        self.labels.values().position(|name| name == PANCREAS_NAME).unwrap_or(0)
    }

    /// The organs' names in the order of their channels, where there are several.
    pub fn several_organs(&self) -> Option<Vec<&str>> {
        (self.config.classes > 1).then(|| self.labels.values().map(String::as_str).collect())
    }

    fn check_labels(&self) -> Result<(), UserError> {
        let Some(names) = self.several_organs() else { return Ok(()) };
        let hint = "Write the file again with a name for every channel but the background's, the pancreas among them";
        let refused = |why| Err(UserError::new("islet.labels", why, hint));
        let organs = self.config.organs();
        if !self.labels.keys().map(|&value| usize::from(value)).eq(1..=organs) {
            return refused(format!("found {:?}, expected the values 1 to {organs}, one a channel", self.labels));
        }
        if !names.contains(&PANCREAS_NAME) {
            return refused(format!("found {}, expected pancreas among them", names.join(", ")));
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
        let sound = (stride..=1024).contains(&p.size_px)
            && p.size_px.is_multiple_of(stride)
            && (0.1..=20.0).contains(&p.spacing_mm)
            && (0.1..=50.0).contains(&p.slice_distance_mm)
            && p.window.level_hu.is_finite()
            && (1.0..=10_000.0).contains(&p.window.width_hu);
        if sound {
            return Ok(());
        }
        Err(UserError::new(
            "islet.preprocess",
            format!(
                "found {p:?}, expected a size that is a multiple of {stride} up to 1024, spacings in mm and a window in HU"
            ),
            "Write the file again with the settings the network was trained with",
        ))
    }
}

fn entry<T: DeserializeOwned>(metadata: &HashMap<String, String>, key: &str) -> Result<T, UserError> {
    let hint = "Use a model file written by Islet, or add the passport as docs/MODEL_FILE.md describes";
    let text =
        metadata.get(key).ok_or_else(|| UserError::new(key, "the model file has no such passport entry", hint))?;
    serde_json::from_str(text)
        .map_err(|error| UserError::new(key, format!("the passport entry cannot be read ({error})"), hint))
}
