//! Reports of earlier runs, read back: `summary.json` as `evaluate`, `train` and nnU-Net write it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use serde::Deserialize;

use super::{files, summary};
use crate::core::error::UserError;

/// Values by metric; `None` is undefined.
pub type ScoreValues = BTreeMap<String, Option<f64>>;

/// A case of a report.
#[derive(Clone, Debug, Deserialize)]
pub struct CaseRow {
    reference_file: PathBuf,
    /// By label.
    pub metrics: BTreeMap<String, ScoreValues>,
    /// Of each gate, if the report has it: its number, its size, and its focus by name.
    #[serde(default)]
    pub attention_focus: Vec<ScoreValues>,
}

/// A run's cases by the file name of their truth.
pub type Cases = BTreeMap<String, CaseRow>;

#[derive(Deserialize)]
struct ScoreReport {
    metric_per_case: Vec<CaseRow>,
}

/// The cases of the report at `path`, or in a folder's `summary.json`.
///
/// # Errors
/// A file that cannot be read, is no report, or has two cases of one name.
pub fn read(path: &Path) -> Result<Cases> {
    let path = summary::path(path);
    let refused = |why: String| {
        UserError::new(
            path.display().to_string(),
            why,
            "Name a summary.json that evaluate wrote, or the folder it is in",
        )
    };
    // Python writes a score that nnU-Net left undefined as NaN, which is not JSON.
    let text = String::from_utf8_lossy(&files::read(&path)?).replace(": NaN", ": null");
    let report: ScoreReport =
        serde_json::from_str(&text).map_err(|error| refused(format!("it is no report on cases ({error})")))?;
    let mut cases = Cases::new();
    for case in report.metric_per_case {
        let name = summary::file_name(&case.reference_file);
        if cases.insert(name.clone(), case).is_some() {
            bail!(refused(format!("it has two cases with the truth {name}, which cannot be paired by name")));
        }
    }
    Ok(cases)
}
