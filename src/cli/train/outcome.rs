//! What a finished run says of its network: `summary.json` and `summary.csv` over the cases that validate, `report.html` over all that
//! were scored. Scoring itself is in [`super::score`].

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::Result;

use super::worst_slices::WorstSlice;
use crate::cli::files;
use crate::cli::report::{CaseTableRow, Column, RunReport, SlicePicture, html};
use crate::cli::run_dir::RunDir;
use crate::cli::summary::{self, METRICS, ScoredCase};
use crate::imaging::metrics::{CaseScores, EMPTY_MASKS, GateFocus};

/// A case, scored by the run's network.
pub(super) struct RunCase {
    /// What it is called in reports.
    pub(super) name: String,
    /// Whether the network has learned from it.
    pub(super) trained_on: bool,
    /// Mean of its organs' DSC.
    pub(super) dsc: f64,
    /// Its scores.
    pub(super) scores: CaseScores,
    /// Where its gates looked, if it has any and the case validates.
    pub(super) attention: Vec<GateFocus>,
    /// Its worst slices.
    pub(super) worst: Vec<WorstSlice>,
}

/// Slices shown of all cases.
const WORST_OF_ALL: usize = 6;

/// Writes the reports of a run.
///
/// # Errors
/// Logs that cannot be read; files that cannot be written.
pub(super) fn write(
    dir: &RunDir,
    labels: &BTreeMap<u8, String>,
    passport: &BTreeMap<String, String>,
    cases: Vec<RunCase>,
) -> Result<()> {
    let scored = unseen(dir, &cases);
    let several = labels.len() > 1;
    let mut report = summary::report(&scored, &[]);
    if several {
        report.labels = Some(labels.iter().map(|(label, name)| (label.to_string(), name.clone())).collect());
    }
    files::write(&dir.summary(), &serde_json::to_vec_pretty(&report)?)?;
    files::write(&dir.summary().with_extension("csv"), summary::csv(&scored).as_bytes())?;

    let organs: Vec<(u8, &str)> =
        labels.iter().filter(|_| several).map(|(label, name)| (*label, name.as_str())).collect();
    let missed = scored.iter().filter(|case| case.scores.foreground.missed()).count();
    let attention: Vec<(String, Vec<GateFocus>)> = cases
        .iter()
        .filter(|case| !case.attention.is_empty())
        .map(|case| (case.name.clone(), case.attention.clone()))
        .collect();
    let page = html(&RunReport {
        title: &dir.name(),
        command: &std::env::args().collect::<Vec<_>>().join(" "),
        passport,
        epochs: &dir.epochs()?,
        columns: &columns(&organs),
        cases: &rows(&cases, &organs),
        figures: &summary::over_all(&report, labels),
        attention: &attention,
        slices: &worst_slices(cases),
        notes: &[
            format!(
                "Figures are over the {} case(s) that the network has not learned from; {missed} missed altogether.",
                scored.len()
            ),
            format!("Empty masks: {EMPTY_MASKS}."),
            format!("{}.", summary::DEFINITIONS),
        ],
    });
    files::write(&dir.report(), page.as_bytes())
}

/// Returns the cases that the network was not trained on, as `summary.json` lists them.
fn unseen(dir: &RunDir, cases: &[RunCase]) -> Vec<ScoredCase> {
    let unseen = cases.iter().filter(|case| !case.trained_on);
    unseen
        .map(|case| ScoredCase {
            reference: PathBuf::from(&case.name),
            prediction: dir.model(),
            scores: case.scores.clone(),
            attention: case.attention.clone(),
        })
        .collect()
}

/// Returns the columns of the table of cases: the Dice score of each of several organs, then every metric.
fn columns(organs: &[(u8, &str)]) -> Vec<Column> {
    let in_units = |name: &str| name.ends_with("_mm") || name.ends_with("_ml");
    let prefix = if organs.is_empty() { "" } else { "all: " };
    let metrics = METRICS.iter().map(|(name, _)| Column {
        name: format!("{prefix}{}", name.replace('_', " ")),
        places: if in_units(name) { 2 } else { 3 },
    });
    organs.iter().map(|(_, name)| Column { name: format!("{name} Dice"), places: 3 }).chain(metrics).collect()
}

/// Returns the rows of the table of cases, with a value for each of [`columns`].
fn rows(cases: &[RunCase], organs: &[(u8, &str)]) -> Vec<CaseTableRow> {
    let row = |case: &RunCase| {
        // An organ that is in neither mask has been segmented correctly.
        let dice =
            |(label, _): &(u8, &str)| Some(case.scores.labels.get(label).map_or(1.0, |scores| scores.overlap.dsc()));
        let metrics = METRICS.iter().map(|(_, value)| value(&case.scores.foreground));
        CaseTableRow {
            case: case.name.clone(),
            trained_on: case.trained_on,
            dsc: case.dsc,
            values: organs.iter().map(dice).chain(metrics).collect(),
        }
    };
    cases.iter().map(row).collect()
}

/// Returns the slices with the most wrong voxels, of all cases that the network was not trained on.
fn worst_slices(cases: Vec<RunCase>) -> Vec<SlicePicture> {
    let mut worst: Vec<WorstSlice> =
        cases.into_iter().filter(|case| !case.trained_on).flat_map(|case| case.worst).collect();
    worst.sort_by_key(|slice| std::cmp::Reverse(slice.wrong_voxels));
    worst.truncate(WORST_OF_ALL);
    worst.into_iter().map(|slice| slice.picture).collect()
}
