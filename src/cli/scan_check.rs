//! What `predict` says of a scan before it segments it: a `warning:` line on standard error for each
//! reason why the mask is likely to be wrong, and the refusal of a scan that is certainly not in
//! Hounsfield units. The check itself is in `imaging::input_check`.

use std::path::Path;

use anyhow::Result;
use serde::Serialize;

use super::files;
use crate::core::error::UserError;
use crate::core::volume::Volume;
use crate::imaging::input_check::{check_input, check_values_and_body};
use crate::nn::segmentation_model::SegmentationModel;

/// The report of a scan that is refused.
#[derive(Serialize)]
struct RefusalReport {
    input: String,
    refused: String,
    disclaimer: &'static str,
}

/// Checks a scan in axial slices for a model, prints the warnings, and returns them.
///
/// # Errors
/// A scan that is certainly not in Hounsfield units.
pub fn warn(series: &str, volume: &Volume, model: &SegmentationModel) -> Result<Vec<String>> {
    let found = match model {
        SegmentationModel::Slices(file) => check_input(volume, &file.passport.preprocess),
        SegmentationModel::Volumes(_) => check_values_and_body(volume),
    };
    if let Some(refusal) = found.iter().find_map(|warning| warning.refusal(series)) {
        return Err(refusal.into());
    }
    let warnings: Vec<String> = found.iter().map(|warning| warning.message().to_string()).collect();
    for warning in &warnings {
        eprintln!("warning: {series}: {warning}");
    }
    Ok(warnings)
}

/// Hands `result` on. If it refuses the scan at `input` and a report is wanted, the report says so: that
/// of an earlier run must not be taken for this scan's.
///
/// # Errors
/// That of `result`; a report that cannot be written.
pub fn report_refusal<T>(result: Result<T>, input: &Path, report: Option<&Path>) -> Result<T> {
    let refusal = result.as_ref().err().and_then(|error| error.downcast_ref::<UserError>());
    if let Some((refusal, path)) = refusal.zip(report) {
        let (input, refused) = (input.display().to_string(), refusal.to_string());
        let report = RefusalReport { input, refused, disclaimer: "Not a medical device." };
        files::write(path, &serde_json::to_vec_pretty(&report)?)?;
    }
    result
}
