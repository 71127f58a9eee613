//! `predict --measurements`: the size and the Hounsfield units of every organ that was found, as a structured report in DICOM.

use std::borrow::Cow;
use std::path::Path;

use anyhow::Result;

use super::report::Measured;
use crate::cli::files;
use crate::cli::mask_output::MaskContext;
use crate::core::label_statistics::label_statistics;
use crate::core::mpr::Grid;
use crate::core::volumetry::{measure_volume, millilitres};
use crate::formats::OrganLabel;
use crate::formats::dicom::{MeasuredOrgan, ReportContent, size_comments, write_measurement_report};

/// Writes the report of a mask, unless nothing was found. `is_disputed` says that the scan gives two sizes of a voxel.
///
/// # Errors
/// A picture, a lone slice without Hounsfield units, a file that cannot be written.
pub(super) fn write_measurements(
    path: &Path,
    measured: &Measured<'_>,
    context: &MaskContext<'_>,
    is_disputed: bool,
) -> Result<()> {
    let organs = measured_organs(measured, is_disputed);
    if organs.is_empty() {
        eprintln!("note: {} was not written: there is nothing to measure", path.display());
        return Ok(());
    }
    let grid = Grid { dims: measured.volume.dims, geometry: measured.volume.geometry };
    let bytes = context.dicom(path, |file_geometry, identity, making| {
        let content = ReportContent { organs: &organs, drawn: &[], grid, file_geometry: *file_geometry };
        write_measurement_report(&content, identity, making)
    })?;
    files::write(path, &bytes)?;
    println!("wrote {}", path.display());
    Ok(())
}

/// The organs that the mask holds, as the model lists them.
fn measured_organs(measured: &Measured<'_>, is_disputed: bool) -> Vec<MeasuredOrgan> {
    let Measured { volume, mask, labels, .. } = measured;
    let spacing_mm = volume.geometry.map(|geometry| geometry.spacing_mm());
    let voxel_mm3 = volume.geometry.map(|geometry| geometry.voxel_mm3());
    let slice = |z: usize| Some(Cow::Borrowed(mask.slice(z)));
    let found = label_statistics(&volume.hu, volume.dims, spacing_mm.unwrap_or([1.0; 3]), slice);
    let organ = |(&label, name): (&u8, &String)| {
        let statistics = found[usize::from(label)]?;
        let on_slice = |z| mask.slice(z).iter().filter(|found| **found == label).count();
        let pixels: Vec<Option<usize>> = (0..volume.depth()).map(|z| Some(on_slice(z))).collect();
        let size = measure_volume(&pixels, spacing_mm, voxel_mm3).with_dispute(is_disputed);
        let volume_mm3 = voxel_mm3.filter(|_| volume.depth() > 1);
        Some(MeasuredOrgan {
            organ: OrganLabel { label, name: name.clone() },
            volume_ml: volume_mm3.map(|mm3| millilitres(statistics.voxels as f64, mm3)),
            hu: volume.calibrated.then_some([statistics.mean_hu, statistics.sd_hu]),
            comments: size_comments(&size),
        })
    };
    labels.iter().filter_map(organ).collect()
}
