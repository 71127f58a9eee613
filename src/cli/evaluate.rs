//! `evaluate`: predicted masks against true ones.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use clap::Parser;
use serde_json::json;

use super::files;
use crate::formats::nifti;
use crate::metrics::Overlap;
use crate::refusal::Refusal;
use crate::volume::Orientation;

/// Scores masks (NIfTI) against the truth, case by case, and writes a summary as nnU-Net does.
#[derive(Parser, Debug)]
#[command(name = "evaluate", version)]
pub struct Args {
    /// Folder with the true masks.
    #[arg(long)]
    truth: PathBuf,
    /// Folder with the predicted masks, named as the true ones.
    #[arg(long)]
    pred: PathBuf,
    /// Where to write the summary (JSON).
    #[arg(long)]
    report: PathBuf,
}

/// Runs the command.
pub fn run(args: Args) -> Result<()> {
    let (truths, preds) = (masks(&args.truth)?, masks(&args.pred)?);
    let mut cases = Vec::new();
    for (name, pred) in &preds {
        let Some(truth) = truths.get(name) else {
            bail!(Refusal::new(name, format!("there is no truth of that name in {}", args.truth.display()), NAMES));
        };
        cases.push((name, truth, pred, overlap(truth, pred)?));
    }
    if cases.is_empty() {
        bail!(Refusal::new(args.pred.display().to_string(), "no .nii or .nii.gz mask was found", NAMES));
    }
    let missed = truths.keys().filter(|name| !preds.contains_key(*name)).count();
    if missed > 0 {
        eprintln!("note: {missed} true mask(s) have no prediction and are not counted");
    }
    let mean = |score: fn(&Overlap) -> f64| cases.iter().map(|(_, _, _, o)| score(o)).sum::<f64>() / cases.len() as f64;
    let mean = json!({
        "Dice": mean(Overlap::dsc), "IoU": mean(Overlap::iou),
        "precision": mean(Overlap::precision), "recall": mean(Overlap::recall),
    });
    for (name, _, _, overlap) in &cases {
        println!(
            "{name}: DSC {:.4}, precision {:.4}, recall {:.4}",
            overlap.dsc(),
            overlap.precision(),
            overlap.recall()
        );
    }
    println!("mean DSC {:.4} over {} case(s)", mean["Dice"].as_f64().unwrap_or(f64::NAN), cases.len());
    let per_case: Vec<_> = cases.iter().map(|(_, truth, pred, overlap)| per_case(truth, pred, overlap)).collect();
    let summary = json!({
        "foreground_mean": mean, "mean": { "1": mean }, "metric_per_case": per_case,
        "empty_masks": "an empty prediction of an empty truth has a Dice of 1",
    });
    files::write(&args.report, serde_json::to_string_pretty(&summary)?.as_bytes())
}

const NAMES: &str = "Name each predicted mask as its true one, such as label0001.nii.gz";

fn masks(folder: &Path) -> Result<BTreeMap<String, PathBuf>> {
    let named = files::walk(folder)?.into_iter().filter_map(|path| {
        let name = path.file_name()?.to_str()?.to_owned();
        (name.ends_with(".nii") || name.ends_with(".nii.gz")).then_some((name, path))
    });
    Ok(named.collect())
}

fn overlap(truth: &Path, pred: &Path) -> Result<Overlap> {
    let read = |path: &Path| -> Result<_> { Ok(nifti::read_mask(&path.display().to_string(), &files::read(path)?)?) };
    let ((truth_mask, truth_geometry), (pred_mask, pred_geometry)) = (read(truth)?, read(pred)?);
    let Some(fit) = Orientation::between(&pred_geometry, pred_mask.dims, &truth_geometry, truth_mask.dims) else {
        let why =
            format!("{:?} voxels on another grid than the truth's {:?}, [z, y, x]", pred_mask.dims, truth_mask.dims);
        bail!(Refusal::new(pred.display().to_string(), why, "Predict on the scan that the truth was drawn on"));
    };
    Ok(Overlap::of(&pred_mask.view(&fit).labels, &truth_mask.labels))
}

fn per_case(truth: &Path, pred: &Path, o: &Overlap) -> serde_json::Value {
    json!({
        "reference_file": truth, "prediction_file": pred,
        "metrics": { "1": {
            "Dice": o.dsc(), "IoU": o.iou(), "precision": o.precision(), "recall": o.recall(),
            "TP": o.true_positive, "FP": o.false_positive, "FN": o.false_negative, "TN": o.true_negative,
            "n_pred": o.true_positive + o.false_positive, "n_ref": o.true_positive + o.false_negative,
        } },
    })
}
