//! Reads the cases of a `summary.json` that `evaluate`, `train`, `aggregate` or nnU-Net wrote.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use serde::Deserialize;

use super::build::file_name;
use super::schema::ScoreValues;
use crate::cli::files;
use crate::core::error::UserError;

/// A case of a report.
#[derive(Clone, Debug, Deserialize)]
pub struct CaseRow {
    reference_file: PathBuf,
    /// Values by label, then by metric.
    pub metrics: BTreeMap<String, ScoreValues>,
    /// For each gate its number, its size, and its focus by name; empty if the report has none.
    #[serde(default)]
    pub attention_focus: Vec<ScoreValues>,
}

/// The cases of a report, by the file name of their truth.
pub type Cases = BTreeMap<String, CaseRow>;

#[derive(Deserialize)]
struct ScoreReport {
    metric_per_case: Vec<CaseRow>,
}

/// The path of a report that is named directly, or by its folder.
pub fn report_path(path: &Path) -> PathBuf {
    if path.is_dir() { path.join("summary.json") } else { path.to_path_buf() }
}

/// The cases of the report at `path`, or in a folder's `summary.json`.
///
/// # Errors
/// A file that cannot be read, is not a report, or has two cases of one name.
pub fn read_cases(path: &Path) -> Result<Cases> {
    let path = report_path(path);
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
        let name = file_name(&case.reference_file);
        if cases.insert(name.clone(), case).is_some() {
            bail!(refused(format!("it has two cases with the truth {name}, which cannot be paired by name")));
        }
    }
    Ok(cases)
}
