//! What a finished run says of its network: `summary.json` and `summary.csv` over the cases that validate, `report.html` over all that
//! were scored. Scoring itself is in [`super::score`].

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::Result;

use crate::cli::datasets::Case;
use crate::cli::device;
use crate::cli::files;
use crate::cli::report::picture::{judged, png};
use crate::cli::report::{CaseTableRow, Column, RunReport, SlicePicture, html};
use crate::cli::run_dir::RunDir;
use crate::cli::summary::{self, METRICS, ScoredCase};
use crate::core::mask::Mask;
use crate::core::statistics::mean;
use crate::imaging::augment::Sample;
use crate::imaging::metrics::{CaseScores, EMPTY_MASKS, GateFocus, Overlap};
use crate::imaging::overlay::viridis;
use crate::nn::infer::{AttentionOutput, infer, labels_of};
use crate::nn::model::InferenceModel;
use crate::nn::model::metadata::ModelMetadata;

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

/// A slice of a case, and how much of it is wrong.
pub(super) struct WorstSlice {
    wrong_voxels: usize,
    picture: SlicePicture,
}

/// Slices shown of one case, and of all.
const WORST_OF_CASE: usize = 2;
const WORST_OF_ALL: usize = 6;

/// The slices of a case with the most voxels in which `pred` is not `truth`, as pictures on the network's grid.
///
/// # Errors
/// A cache that cannot be read; a device that fails.
pub(super) fn worst(
    model: &InferenceModel,
    case: &Case,
    [pred, truth]: [&Mask; 2],
    passport: &ModelMetadata,
) -> Result<Vec<WorstSlice>> {
    let mut slices = Vec::new();
    for z in case.labelled_slices() {
        let (pred, truth) = (pred.slice(z), truth.slice(z));
        let wrong = pred.iter().zip(truth).filter(|(pred, truth)| pred != truth).count();
        // Of the organs on the slice.
        let overlaps = case.labels.keys().map(|label| Overlap::of_label(pred, truth, *label));
        let dsc: Vec<f64> = overlaps.filter(|o| o.n_pred() + o.n_ref() > 0).map(|overlap| overlap.dsc()).collect();
        slices.push((wrong, z, mean(&dsc).unwrap_or(1.0)));
    }
    slices.sort_by_key(|(wrong, z, _)| (std::cmp::Reverse(*wrong), *z));
    slices.truncate(WORST_OF_CASE);
    slices.retain(|(wrong, ..)| *wrong > 0);
    let shown = slices.into_iter().map(|(wrong_voxels, z, dsc)| {
        let caption = format!("case {}, slice {} of {}: DSC {dsc:.3}", case.id, z + 1, case.dims[0]);
        Ok(WorstSlice { wrong_voxels, picture: picture(model, case, z, truth.slice(z), caption, passport)? })
    });
    shown.collect()
}

fn picture(
    model: &InferenceModel,
    case: &Case,
    z: usize,
    truth: &[u8],
    caption: String,
    passport: &ModelMetadata,
) -> Result<SlicePicture> {
    let (input, placement) = case.input(z)?;
    let said = pollster::block_on(infer(model, std::slice::from_ref(&input), AttentionOutput::Include));
    let said = said.map_err(device::failed)?.remove(0);
    let Sample { input, target } = Sample::placed(input, &placement, truth, case.labels.len());
    let (window, area) = (passport.preprocess.window, input.size_px * input.size_px);
    let cut = |organs: &[f32]| labels_of(&organs.chunks_exact(area).collect::<Vec<_>>());
    let hu = |value: &f32| (window.level_hu + (value - 0.5) * window.width_hu).round() as i16;
    let hu: Vec<i16> = input.channels[area..2 * area].iter().map(hu).collect();
    let attention = said.attention.iter().enumerate().map(|(gate, map)| {
        let rgba = |alpha: &f32| {
            let [r, g, b] = viridis(*alpha).map(|c| c.round() as u8);
            [r, g, b, 255]
        };
        let name = format!("gate {}, {1} x {1}", gate + 1, map.size_px);
        (name, png(&map.alpha.iter().flat_map(rgba).collect::<Vec<u8>>(), map.size_px))
    });
    Ok(SlicePicture {
        caption,
        outlined: judged(&hu, input.size_px, window, &cut(&target), &cut(&said.probability)),
        attention: attention.collect(),
    })
}

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
