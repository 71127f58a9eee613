//! `islet evaluate`: scores predicted masks against true ones, paired by file name. The report is
//! built in `summary`.
//!
//! A mask with the values of an image is refused, since every voxel that is not 0 would count.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use clap::Parser;

use super::summary::{self, ScoredCase};
use super::{files, progress};
use crate::core::error::UserError;
use crate::core::label_values::{MOST_FEW_LABELS, are_uniform_in_regions, distinct_labels};
use crate::core::mask::Mask;
use crate::core::statistics;
use crate::core::volume::{Geometry, Orientation};
use crate::formats::nifti;
use crate::imaging::metrics::CaseScores;

/// Scores masks (NIfTI) against the truth, case by case, and writes a summary as nnU-Net does, with a
/// table of the cases (CSV) next to it.
#[derive(Parser, Debug)]
#[command(name = "evaluate", version)]
pub struct Args {
    /// Folder with the true masks.
    #[arg(long)]
    truth: PathBuf,
    /// Folder with the predicted masks, named as the true ones.
    #[arg(long)]
    pred: PathBuf,
    /// Summary to write (JSON).
    #[arg(long)]
    report: PathBuf,
}

/// Runs the command.
pub fn run(args: Args) -> Result<()> {
    let table = args.report.with_extension("csv");
    if table == args.report {
        let why = "the report is JSON, and a table of the cases (.csv) goes beside it";
        bail!(UserError::new(args.report.display().to_string(), why, "Name it summary.json, for one"));
    }
    let (truths, preds) = (masks(&args.truth)?, masks(&args.pred)?);
    let mut cases = Vec::new();
    let mut lines = String::new();
    let bar = progress(preds.len(), "scoring");
    for (name, pred) in &preds {
        let Some(truth) = same_name(&truths, name) else {
            bail!(UserError::new(name, format!("there is no truth of that name in {}", args.truth.display()), NAMES));
        };
        let scores = scores(truth, pred)?;
        lines += &format!("{name}: {}\n", scores.foreground);
        bar.inc(1);
        cases.push(ScoredCase { reference: truth.clone(), prediction: pred.clone(), scores, attention: Vec::new() });
    }
    bar.finish_and_clear();
    if cases.is_empty() {
        bail!(UserError::new(args.pred.display().to_string(), "no .nii or .nii.gz mask was found", NAMES));
    }
    let without_prediction: Vec<String> = truths.into_keys().filter(|name| same_name(&preds, name).is_none()).collect();
    if !without_prediction.is_empty() {
        let names = without_prediction.join(", ");
        eprintln!("note: {} true mask(s) have no prediction and are not counted: {names}", without_prediction.len());
    }
    let report = summary::report(&cases, &without_prediction);
    files::write(&table, summary::csv(&cases).as_bytes())?;
    files::write(&args.report, serde_json::to_string_pretty(&report)?.as_bytes())?;
    print!("{lines}{}", summary::lines(&report.statistics, &report.missed, report.attention_focus.as_ref()));
    let dsc: Vec<f64> = cases.iter().map(|case| case.scores.foreground.overlap.dsc()).collect();
    println!("mean DSC {:.4} over {} case(s)", statistics::mean(&dsc).unwrap_or(f64::NAN), cases.len());
    Ok(())
}

const NAMES: &str = "Name each predicted mask as its true one, such as label0001.nii.gz";

fn masks(folder: &Path) -> Result<BTreeMap<String, PathBuf>> {
    let mut named = BTreeMap::new();
    for path in files::walk(folder)? {
        let Some(name) = path.file_name().and_then(|name| name.to_str()).map(str::to_owned) else { continue };
        if !(name.ends_with(".nii") || name.ends_with(".nii.gz")) {
            continue;
        }
        if let Some(other) = named.insert(name, path.clone()) {
            let why = format!("{} has the same name, and masks are paired by name", other.display());
            bail!(UserError::new(path.display().to_string(), why, NAMES));
        }
    }
    Ok(named)
}

/// The mask of this name, or else the one that differs by `.gz` alone.
fn same_name<'a>(masks: &'a BTreeMap<String, PathBuf>, name: &str) -> Option<&'a PathBuf> {
    let other = name.strip_suffix(".gz").map_or_else(|| format!("{name}.gz"), str::to_owned);
    masks.get(name).or_else(|| masks.get(&other))
}

fn scores(truth: &Path, pred: &Path) -> Result<CaseScores> {
    let ((truth_mask, truth_geometry), (pred_mask, pred_geometry)) = (read_mask(truth)?, read_mask(pred)?);
    let Some(fit) = Orientation::between(&pred_geometry, pred_mask.dims, &truth_geometry, truth_mask.dims) else {
        let why =
            format!("{:?} voxels on another grid than the truth's {:?}, [z, y, x]", pred_mask.dims, truth_mask.dims);
        bail!(UserError::new(pred.display().to_string(), why, "Predict on the scan that the truth was drawn on"));
    };
    warn_of_other_labels(pred, &truth_mask, &pred_mask);
    Ok(CaseScores::of(&pred_mask.view(&fit), &truth_mask, &truth_geometry))
}

fn read_mask(path: &Path) -> Result<(Mask, Geometry)> {
    let shown = path.display().to_string();
    let (mask, geometry) = nifti::read_mask(&shown, &files::read(path)?)?;
    let count = distinct_labels(&mask.labels).len();
    if count > MOST_FEW_LABELS && !are_uniform_in_regions(&mask.labels, mask.dims[2]) {
        let why = format!("it holds {count} different values that change from voxel to voxel, as an image does");
        bail!(UserError::new(shown, format!("{why}; expected labels"), "Give the masks of the scans"));
    }
    Ok((mask, geometry))
}

/// Warns if a prediction has labels that its truth lacks: together they are scored as one foreground. One label each
/// is one label written in two ways.
fn warn_of_other_labels(pred: &Path, truth: &Mask, prediction: &Mask) {
    let labels = |mask: &Mask| {
        let mut labels = distinct_labels(&mask.labels);
        labels.remove(&0);
        labels
    };
    let (truth, prediction) = (labels(truth), labels(prediction));
    let (wanted, other) = (truth.len(), prediction.difference(&truth).count());
    if wanted > 0 && other > 0 && prediction.len() > 1 {
        eprintln!(
            "warning: {}: {other} of its labels are not in its truth, which has {wanted}; all of them count as foreground",
            pred.display()
        );
    }
}
