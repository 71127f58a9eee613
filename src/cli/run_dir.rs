//! The folder of one training run: `config.toml, log.jsonl, metrics.csv, checkpoints/{last,best}.safetensors, model.safetensors`.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::Serialize;

use super::files;

/// The folder of one run.
#[derive(Clone, Debug)]
pub struct RunDir {
    root: PathBuf,
}

/// What one epoch came to.
#[derive(Clone, Debug, Serialize)]
pub struct EpochLog {
    /// Counted from 1.
    pub epoch: usize,
    /// Mean training loss.
    pub loss: f64,
    /// Learning rate of the last step.
    pub learning_rate: f64,
    /// Whole-volume DSC of each validation case, where this epoch was validated.
    pub validation_dsc: BTreeMap<String, f64>,
    /// Training slices per second, validation not counted.
    pub slices_per_second: f64,
    /// Seconds of the epoch, validation included.
    pub seconds: f64,
}

impl RunDir {
    /// Creates the folder. A run that is already there goes first, checkpoints and model too, so that no folder mixes two runs.
    pub fn create(root: &Path, config: &impl Serialize) -> Result<Self> {
        let run = Self { root: root.to_path_buf() };
        fs::create_dir_all(root.join("checkpoints"))
            .with_context(|| format!("{} cannot be created", root.display()))?;
        for old in [run.model(), run.checkpoint("last"), run.checkpoint("best")] {
            if old.exists() {
                fs::remove_file(&old).with_context(|| format!("{} cannot be replaced", old.display()))?;
            }
        }
        files::write(&run.root.join("config.toml"), toml::to_string_pretty(config)?.as_bytes())?;
        files::write(&run.root.join("log.jsonl"), b"")?;
        files::write(
            &run.root.join("metrics.csv"),
            b"epoch,loss,learning_rate,mean_validation_dsc,slices_per_second\n",
        )?;
        Ok(run)
    }

    /// Adds an epoch to the logs.
    pub fn log(&self, epoch: &EpochLog) -> Result<()> {
        self.append("log.jsonl", &serde_json::to_string(epoch)?)?;
        let dsc = epoch.mean_validation_dsc().map(|dsc| format!("{dsc:.5}")).unwrap_or_default();
        let EpochLog { epoch, loss, learning_rate, slices_per_second, .. } = epoch;
        self.append("metrics.csv", &format!("{epoch},{loss:.5},{learning_rate:.6},{dsc},{slices_per_second:.3}"))
    }

    /// Path of the checkpoint `last` or `best`.
    pub fn checkpoint(&self, name: &str) -> PathBuf {
        self.root.join("checkpoints").join(format!("{name}.safetensors"))
    }

    /// Path of the run's result.
    pub fn model(&self) -> PathBuf {
        self.root.join("model.safetensors")
    }

    fn append(&self, name: &str, line: &str) -> Result<()> {
        let path = self.root.join(name);
        let write = || OpenOptions::new().append(true).open(&path).and_then(|mut file| writeln!(file, "{line}"));
        write().with_context(|| format!("{} cannot be written", path.display()))
    }
}

impl EpochLog {
    /// Mean over the validation cases, if this epoch was validated.
    pub fn mean_validation_dsc(&self) -> Option<f64> {
        let count = self.validation_dsc.len();
        (count > 0).then(|| self.validation_dsc.values().sum::<f64>() / count as f64)
    }
}
