//! NIH Pancreas-CT (CT-82) as the archive lays it out: `PANCREAS_0001/.../*.dcm` and `label0001.nii.gz`, anywhere below one folder.
//!
//! A label is paired with its scan by where its voxels lie in the patient, never by array order (the archive's labels and slices
//! run in different directions), and a pair that does not fit is refused by case.

use std::collections::BTreeMap;

use anyhow::Result;

use super::naming::FIRST_PHANTOM_ID;
use super::source::CaseSource;
use super::{LoadedCase, pair};
use crate::core::error::UserError;
use crate::core::mask::{Mask, PANCREAS};
use crate::formats::{Importer, nifti};

/// Withdrawn by the archive: the same scan as #2.
pub const WITHDRAWN: [u32; 2] = [25, 70];

/// Where one case's files are.
#[derive(Clone, Debug, Default)]
pub struct Ct82Files {
    slices: Vec<String>,
    label: String,
}

/// The cases of `source` that have both slices and a label, by number.
///
/// # Errors
/// A source that cannot be read, or holds no case.
pub fn find(source: &CaseSource) -> Result<BTreeMap<u32, Ct82Files>> {
    let mut cases: BTreeMap<u32, Ct82Files> = BTreeMap::new();
    // The folder itself may be a case's.
    let own = source.path().file_name().unwrap_or_default().to_string_lossy().into_owned();
    for path in source.names()? {
        let name = path.rsplit('/').next().unwrap_or_default();
        let is_nifti = name.ends_with(".nii") || name.ends_with(".nii.gz");
        if let Some(id) = number_after(name, "label").filter(|_| is_nifti) {
            cases.entry(id).or_default().label = path;
        } else if name.ends_with(".dcm") {
            let mut folders = std::iter::once(own.as_str()).chain(path.split('/'));
            if let Some(id) = folders.find_map(|part| number_after(part, "PANCREAS_")) {
                cases.entry(id).or_default().slices.push(path);
            }
        }
    }
    for id in WITHDRAWN {
        if cases.remove(&id).is_some() {
            eprintln!("note: case {id} is left out: the archive withdrew it as the same scan as case 2");
        }
    }
    cases.retain(|_, files| !files.slices.is_empty() && !files.label.is_empty());
    if cases.is_empty() {
        let why = "no case was found, expected a dataset.json, or folders PANCREAS_0001 with .dcm slices and \
            label0001.nii.gz somewhere below";
        let hint = "Download Pancreas-CT as docs/training.md says, or write phantoms with `phantom --out DIR`";
        return Err(UserError::new(source.path().display().to_string(), why, hint).into());
    }
    Ok(cases)
}

/// Reads a case and puts its label on the scan's grid.
///
/// # Errors
/// Unreadable files, a scan without a pixel size, and a label that lies on another grid.
pub fn load(id: u32, case: &Ct82Files, source: &CaseSource) -> Result<LoadedCase> {
    let what = format!("case {id}");
    let mut intake = Importer::new();
    for file in &case.slices {
        intake.add(&source.path_of(file), &source.read(file)?);
    }
    let contents = intake.finish();
    let refusal = contents.refusal();
    let Some(series) = contents.series.into_iter().next() else {
        return Err(refusal.map_or_else(
            || UserError::new(&what, "no readable slice was found", "Download the case again"),
            |refusal| UserError { subject: format!("{what}, {}", refusal.subject).into(), ..refusal },
        ))?;
    };
    let label = nifti::read_mask(&source.path_of(&case.label), &source.read(&case.label)?)?;
    let (volume, map) = pair(&what, series.volume, label)?;
    let inside = |&label: &u8| if label == 0 { 0 } else { PANCREAS };
    let truth = Mask { labels: map.labels.iter().map(inside).collect(), ..map };
    let labelled = vec![true; volume.depth()];
    let kind = if id >= FIRST_PHANTOM_ID { "synthetic phantoms" } else { "scans laid out as NIH Pancreas-CT (CT-82)" };
    Ok(LoadedCase { kind, ..LoadedCase::new(id, volume, truth, labelled) })
}

fn number_after(name: &str, prefix: &str) -> Option<u32> {
    let digits = name.strip_prefix(prefix)?;
    let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    digits[..end].parse().ok()
}
