//! The folder of one training run: `config.toml`, `log.jsonl`, `metrics.csv`,
//! `checkpoints/{resume,last,best}.safetensors`, `summary.json`, `summary.csv`, `report.html`, `timing.json` and
//! `model.safetensors`. The content of these files is decided elsewhere, except for the logs.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use super::files;

/// The folder of one run.
#[derive(Clone, Debug)]
pub struct RunDir {
    root: PathBuf,
}

/// The results of one epoch, a line of `log.jsonl`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct EpochLog {
    /// Counted from 1.
    pub epoch: usize,
    /// Mean training loss.
    pub loss: f64,
    /// Learning rate of the last step.
    pub learning_rate: f64,
    /// Whole-volume DSC of each validation case (the mean over its organs) if this epoch was validated.
    pub validation_dsc: BTreeMap<String, f64>,
    /// Mean DSC of each organ over the validation cases, if the network has several.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub organ_dsc: BTreeMap<String, f64>,
    /// Training slices, or patches, per second, validation not counted.
    pub slices_per_second: f64,
    /// Share of the training time, validation not counted, in which the device waited for slices.
    pub data_share: f64,
    /// Seconds of the validation.
    pub validation_seconds: f64,
    /// Seconds of the epoch, validation included.
    pub seconds: f64,
}

/// The lengths of the logs, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLengths {
    jsonl: u64,
    csv: u64,
}

const JSONL: &str = "log.jsonl";
const CSV: &str = "metrics.csv";
const CONFIG: &str = "config.toml";

impl RunDir {
    /// The run at `root`. The folder need not exist.
    pub fn at(root: &Path) -> Self {
        Self { root: root.to_path_buf() }
    }

    /// Creates the folder of a run that learns `labels`. A run that is already there is deleted first,
    /// checkpoints and model included, so that no folder mixes two runs.
    ///
    /// The old run's configuration is deleted before its results, and the new one's is written last. If this is
    /// interrupted, the folder therefore [holds no run](Self::holds_results).
    ///
    /// # Errors
    /// A folder or file that cannot be written.
    pub fn create(root: &Path, config: &impl Serialize, labels: &BTreeMap<u8, String>) -> Result<Self> {
        let run = Self::at(root);
        fs::create_dir_all(root.join("checkpoints"))
            .with_context(|| format!("{} cannot be created", root.display()))?;
        let reports = [run.summary(), run.summary().with_extension("csv"), run.report()];
        let results = [run.checkpoint("resume"), root.join(CONFIG), run.model(), run.timing()];
        let results = results.into_iter().chain(reports);
        for old in results.chain(run.networks()) {
            if old.exists() {
                fs::remove_file(&old).with_context(|| format!("{} cannot be replaced", old.display()))?;
            }
        }
        files::write(&root.join(JSONL), b"")?;
        let organs = several(labels).map(|name| format!(",dsc_{}", name.replace([',', '"', ' '], "_")));
        let head =
            format!("epoch,loss,learning_rate,mean_validation_dsc,slices_per_second{}\n", organs.collect::<String>());
        files::write(&root.join(CSV), head.as_bytes())?;
        files::write(&root.join(CONFIG), toml::to_string_pretty(config)?.as_bytes())?;
        Ok(run)
    }

    /// True if the folder holds a run with a checkpoint or a model.
    pub fn holds_results(&self) -> bool {
        self.root.join(CONFIG).exists() && (self.model().exists() || self.networks().iter().any(|file| file.exists()))
    }

    /// Adds an epoch to the logs of a run that learns `labels`. If there are several, each has a column in
    /// the table.
    ///
    /// # Errors
    /// A log that cannot be written.
    pub fn log(&self, epoch: &EpochLog, labels: &BTreeMap<u8, String>) -> Result<()> {
        self.append(JSONL, &serde_json::to_string(epoch)?)?;
        let dsc = epoch.mean_validation_dsc().map(|dsc| format!("{dsc:.5}")).unwrap_or_default();
        let organs =
            several(labels).map(|name| epoch.organ_dsc.get(name).map_or(",".into(), |dsc| format!(",{dsc:.5}")));
        let organs: String = organs.collect();
        let EpochLog { epoch, loss, learning_rate, slices_per_second, .. } = epoch;
        self.append(CSV, &format!("{epoch},{loss:.5},{learning_rate:.6},{dsc},{slices_per_second:.3}{organs}"))
    }

    /// The present lengths of the logs.
    ///
    /// # Errors
    /// A log that cannot be read.
    pub fn log_lengths(&self) -> Result<LogLengths> {
        let length = |name: &str| -> Result<u64> {
            let path = self.root.join(name);
            Ok(fs::metadata(&path).with_context(|| format!("{} cannot be read", path.display()))?.len())
        };
        Ok(LogLengths { jsonl: length(JSONL)?, csv: length(CSV)? })
    }

    /// Cuts the logs to `lengths`.
    ///
    /// # Errors
    /// A log that cannot be written.
    pub fn cut_logs(&self, lengths: LogLengths) -> Result<()> {
        for (name, length) in [(JSONL, lengths.jsonl), (CSV, lengths.csv)] {
            let path = self.root.join(name);
            let cut = || {
                let file = OpenOptions::new().append(true).create(true).open(&path)?;
                if file.metadata()?.len() > length { file.set_len(length) } else { Ok(()) }
            };
            cut().with_context(|| format!("{} cannot be written", path.display()))?;
        }
        Ok(())
    }

    /// Path of the checkpoint `resume`, `last` or `best`.
    pub fn checkpoint(&self, name: &str) -> PathBuf {
        self.root.join("checkpoints").join(format!("{name}.safetensors"))
    }

    /// Path of the run's model, which is written last of all.
    pub fn model(&self) -> PathBuf {
        self.root.join("model.safetensors")
    }

    /// Path of the scores over the validation cases. `summary.csv` is in the same folder.
    pub fn summary(&self) -> PathBuf {
        self.root.join("summary.json")
    }

    /// Path of the report.
    pub fn report(&self) -> PathBuf {
        self.root.join("report.html")
    }

    /// The name of the run, which is that of its folder.
    pub fn name(&self) -> String {
        self.root.file_name().map_or("run".into(), |name| name.to_string_lossy().into_owned())
    }

    /// The epochs logged so far.
    ///
    /// # Errors
    /// A log that cannot be read.
    pub fn epochs(&self) -> Result<Vec<EpochLog>> {
        let path = self.root.join(JSONL);
        let text = files::read(&path)?;
        let lines = text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        let epochs = lines.map(serde_json::from_slice).collect::<Result<Vec<EpochLog>, _>>();
        epochs.with_context(|| format!("{} cannot be read", path.display()))
    }

    /// Path of the times spent in each part of the training.
    pub fn timing(&self) -> PathBuf {
        self.root.join("timing.json")
    }

    fn networks(&self) -> [PathBuf; 2] {
        [self.checkpoint("last"), self.checkpoint("best")]
    }

    /// Appends a line to a log and syncs it, because the next checkpoint records its length.
    fn append(&self, name: &str, line: &str) -> Result<()> {
        let path = self.root.join(name);
        let write = || {
            let mut file = OpenOptions::new().append(true).open(&path)?;
            file.write_all(format!("{line}\n").as_bytes())?;
            file.sync_data()
        };
        write().with_context(|| format!("{} cannot be written", path.display()))
    }
}

/// The names of the labels in their order if there are several, else none.
fn several(labels: &BTreeMap<u8, String>) -> impl Iterator<Item = &String> {
    labels.values().filter(move |_| labels.len() > 1)
}

impl EpochLog {
    /// Mean DSC over the validation cases, if this epoch was validated.
    pub fn mean_validation_dsc(&self) -> Option<f64> {
        let count = self.validation_dsc.len();
        (count > 0).then(|| self.validation_dsc.values().sum::<f64>() / count as f64)
    }

    /// The line that is printed after the epoch, `epochs` being the number of all, and `samples` what is
    /// learned from, in the plural.
    pub fn line(&self, epochs: usize, samples: &str) -> String {
        let Self { epoch, loss, slices_per_second, seconds, .. } = self;
        let dsc = self.mean_validation_dsc().map(|dsc| format!(", validation DSC {dsc:.4}")).unwrap_or_default();
        let organs: Vec<String> = self.organ_dsc.iter().map(|(name, dsc)| format!("{name} {dsc:.4}")).collect();
        let organs = if organs.is_empty() { String::new() } else { format!(" ({})", organs.join(", ")) };
        let waited = 100.0 * self.data_share;
        format!(
            "epoch {epoch}/{epochs}: loss {loss:.4}{dsc}{organs}, {slices_per_second:.2} {samples}/s, {waited:.1} % waiting for data, {seconds:.0} s"
        )
    }
}
