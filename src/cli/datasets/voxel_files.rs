//! The scan and the label map of a case, in the formats that data sets come in: NIfTI, and whatever else
//! an [`Importer`] takes as one file.

use anyhow::Result;

use super::source::CaseSource;
use crate::core::error::UserError;
use crate::core::mask::Mask;
use crate::core::volume::{Geometry, Volume};
use crate::formats::{Contents, Importer, Series, nifti};

/// Reads the scan in the file `name`.
///
/// # Errors
/// A file that cannot be read, or holds no scan.
pub fn read_scan(source: &CaseSource, name: &str) -> Result<Series> {
    let (shown, bytes) = (source.path_of(name), source.read(name)?);
    if is_nifti(name) {
        return Ok(nifti::read_volume(&shown, &bytes)?);
    }
    let contents = imported(&shown, &bytes);
    let refusal = contents.refusal();
    contents.series.into_iter().next().ok_or_else(|| refusal.unwrap_or_else(|| no_voxels(&shown)).into())
}

/// Reads the label map in the file `name`, of a scan on whose grid it is put if it covers a part of it.
///
/// # Errors
/// A file that cannot be read, holds no labels, or does not say where they lie.
pub fn read_labels(source: &CaseSource, name: &str, scan: &Volume) -> Result<(Mask, Geometry)> {
    let (shown, bytes) = (source.path_of(name), source.read(name)?);
    if is_nifti(name) {
        return Ok(nifti::read_mask(&shown, &bytes)?);
    }
    let contents = imported(&shown, &bytes);
    let refusal = contents.refused.into_iter().next();
    let labels = contents.labels.into_iter().next().ok_or_else(|| refusal.unwrap_or_else(|| no_voxels(&shown)))?;
    if let Some((geometry, mask)) = scan.geometry.and_then(|grid| Some((grid, labels.on(&grid, scan.dims)?))) {
        return Ok((mask, geometry));
    }
    let geometry = labels.geometry.ok_or_else(|| no_voxels(&shown))?;
    Ok((labels.map, geometry))
}

fn is_nifti(name: &str) -> bool {
    name.ends_with(".nii") || name.ends_with(".nii.gz")
}

fn imported(name: &str, bytes: &[u8]) -> Contents {
    let mut importer = Importer::new();
    importer.add(name, bytes);
    importer.finish()
}

fn no_voxels(name: &str) -> UserError {
    let why = "expected a scan with a voxel size as its image, and whole numbers on the same grid as its label";
    UserError::new(name, why, "Use the files that belong together, in their original geometry")
}
