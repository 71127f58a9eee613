//! NIH Pancreas-CT (CT-82) as the archive lays it out: `PANCREAS_0001/.../*.dcm` and `label0001.nii.gz`, anywhere below one folder.
//!
//! A label is paired with its scan by where its voxels lie in the patient, never by array order (the archive's labels and slices
//! run in different directions), and a pair that does not fit is refused by case.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Result;

use super::Case;
use crate::cli::files;
use crate::formats::{Intake, nifti};
use crate::mask::Mask;
use crate::refusal::Refusal;
use crate::volume::Orientation;

/// Withdrawn by the archive: the same scan as #2.
pub const WITHDRAWN: [u32; 2] = [25, 70];

/// Where one case's files are.
#[derive(Clone, Debug, Default)]
pub struct CaseFiles {
    slices: Vec<PathBuf>,
    label: Option<PathBuf>,
}

/// The cases below `folder` that have both slices and a label, by number.
pub fn find(folder: &Path) -> Result<BTreeMap<u32, CaseFiles>> {
    let mut cases: BTreeMap<u32, CaseFiles> = BTreeMap::new();
    for file in files::walk(folder)? {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let is_nifti = name.ends_with(".nii") || name.ends_with(".nii.gz");
        if let Some(id) = number_after(&name, "label").filter(|_| is_nifti) {
            cases.entry(id).or_default().label = Some(file);
        } else if name.ends_with(".dcm") {
            let folders =
                file.strip_prefix(folder).unwrap_or(&file).iter().map(|part| part.to_string_lossy().into_owned());
            // `folder` itself may be the case's.
            let own = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if let Some(id) = std::iter::once(own).chain(folders).find_map(|part| number_after(&part, "PANCREAS_")) {
                cases.entry(id).or_default().slices.push(file);
            }
        }
    }
    for id in WITHDRAWN {
        if cases.remove(&id).is_some() {
            eprintln!("note: case {id} is left out: the archive withdrew it as the same scan as case 2");
        }
    }
    cases.retain(|_, files| !files.slices.is_empty() && files.label.is_some());
    if cases.is_empty() {
        let why =
            "no case was found, expected folders PANCREAS_0001 with .dcm slices and label0001.nii.gz somewhere below";
        let hint = "Download Pancreas-CT as README.md says, or write phantoms with `phantom --out DIR`";
        return Err(Refusal::new(folder.display().to_string(), why, hint).into());
    }
    Ok(cases)
}

/// Reads a case and puts its label on the scan's grid.
pub fn load(id: u32, case: &CaseFiles) -> Result<Case> {
    let what = format!("case {id}");
    let mut intake = Intake::new();
    for file in &case.slices {
        intake.add(&file.display().to_string(), &files::read(file)?);
    }
    let contents = intake.finish();
    let Some(series) = contents.series.into_iter().next() else {
        return Err(contents.refused.into_iter().next().map_or_else(
            || Refusal::new(&what, "no readable slice was found", "Download the case again"),
            |refusal| Refusal { what: format!("{what}, {}", refusal.what), ..refusal },
        ))?;
    };
    let Some(geometry) = series.volume.geometry else {
        return Err(Refusal::new(what, "the scan has no pixel spacing", "Use the original DICOM files"))?;
    };
    let path = case.label.as_deref().unwrap_or(Path::new(""));
    let (label, label_geometry) = nifti::read_mask(&path.display().to_string(), &files::read(path)?)?;
    let Some(fit) = Orientation::between(&label_geometry, label.dims, &geometry, series.volume.dims) else {
        let why = format!(
            "its label lies on another grid than its scan: label {:?} voxels of {:.3?} mm, scan {:?} voxels of {:.3?} mm, [z, y, x]",
            label.dims,
            label_geometry.spacing_mm(),
            series.volume.dims,
            geometry.spacing_mm()
        );
        return Err(Refusal::new(what, why, "Use the label that belongs to this scan, in its original geometry"))?;
    };
    let truth: Mask = label.view(&fit);
    let axial = Orientation::axial(&geometry);
    Ok(Case::new(id, axial.view_volume(series.volume), truth.view(&axial)))
}

fn number_after(name: &str, prefix: &str) -> Option<u32> {
    let digits = name.strip_prefix(prefix)?;
    let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    digits[..end].parse().ok()
}
