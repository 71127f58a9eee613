//! `islet propagate`: from a few labelled slices of a scan to all of them.
//!
//! The page does the same after each accepted slice; the method is in `imaging::propagate`. What
//! counts as accepted is decided here.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Result, bail};
use clap::Parser;

use super::files;
use super::mask_output::{MaskContext, MaskOutput};
use crate::core::drawn_pixels::DrawnPixels;
use crate::core::error::UserError;
use crate::core::mask::Mask;
use crate::core::volume::Orientation;
use crate::formats::labels::Labels;
use crate::formats::{LabelMap, PlacedLabels, Series};
use crate::imaging::propagate::{AcceptedSlice, KnownLabels, PartialSlice, Propagated, propagate};

/// Carries the labels of a few accepted slices on to all others, for any organ and without a model.
///
/// Accepted are the slices listed with --accepted or, without it, those that hold no `ignore`: the
/// value of that name in a dataset.json beside the labels or one folder above, or any value that
/// fills a slice throughout. An accepted slice without labels says that the organ is not there.
/// Without --accepted, what is not `ignore` on the other slices is known too, such as a coronal plane.
#[derive(Parser, Debug)]
#[command(name = "propagate", version)]
pub struct Args {
    /// Scan: a DICOM file, a folder or .zip with one series, a NIfTI or NRRD volume.
    #[arg(long)]
    input: PathBuf,
    /// Labels on the scan's grid (NIfTI, NRRD, MetaImage) or on the scan (DICOM SEG, DICOM RTSTRUCT), of which only the
    /// accepted slices are read.
    #[arg(long)]
    corrections: PathBuf,
    /// What a model says of the same labels, in the same formats, as `islet predict` and others write it. It has as
    /// much of a say as it agrees with the accepted slices. A model that has learned from them must not be asked.
    #[arg(long)]
    predicted: Option<PathBuf>,
    /// Accepted slices, counted from 0 in file order, such as 10,20,30.
    #[arg(long, value_delimiter = ',')]
    accepted: Option<Vec<usize>>,
    /// Mask to write (.nii.gz, .nii, .nrrd, .seg.nrrd, .dcm as DICOM SEG, .rtstruct.dcm as contours).
    #[arg(long, value_parser = MaskOutput::parser())]
    output: MaskOutput,
}

/// Runs the command.
///
/// # Errors
/// A scan or labels that cannot be read or lie on different grids; fewer than two accepted slices,
/// or none left to fill; a file that cannot be written.
pub fn run(args: Args) -> Result<()> {
    let scan = files::read_series(&args.input)?;
    let context = MaskContext::new(&scan, None);
    args.output.check(scan.volume.dims, &context)?;
    let corrections = files::read_labels(&args.corrections)?;
    let labels = on_scan(&corrections, &args.corrections, &scan)?;
    let predicted = args.predicted.map(|path| on_scan(&files::read_labels(&path)?, &path, &scan)).transpose()?;
    let volume = scan.volume;
    let (file_dims, geometry) = (volume.dims, volume.geometry);
    // The page propagates in viewing order. Slices keep their order there, unless the file's slices
    // are not axial; then labels drawn on its slices are propagated along its own axis.
    let axial = geometry.as_ref().map_or(Orientation::IDENTITY, Orientation::axial);
    let orientation = if axial.source[0] == 0 { axial } else { Orientation::IDENTITY };
    let labels = labels.view(&orientation);
    let (accepted, known_in_part) = match args.accepted {
        Some(listed) => (listed.into_iter().collect(), BTreeMap::new()),
        None => without_ignore(&labels, &ignored_values(&args.corrections, &corrections)?),
    };
    check(&accepted, &labels, &args.corrections)?;
    let volume = orientation.view_volume(volume);
    let predicted = predicted.map(|mask| mask.view(&orientation));
    let predicted =
        predicted.as_ref().map(|mask| (0..mask.dims[0]).map(|z| Cow::Borrowed(mask.slice(z))).collect::<Vec<_>>());
    let slices: Vec<AcceptedSlice<'_>> =
        accepted.iter().map(|&slice| AcceptedSlice { slice, labels: labels.slice(slice) }).collect();
    let partial: Vec<PartialSlice<'_>> =
        known_in_part.iter().map(|(&slice, drawn)| PartialSlice { slice, drawn }).collect();
    let known = KnownLabels { accepted: &slices, partial: &partial };
    let started = Instant::now();
    let Some(Propagated { mask, worth }) = propagate(&volume, &known, predicted.as_deref()) else {
        bail!(UserError::new(
            args.corrections.display().to_string(),
            format!("none of its {} accepted slices holds a label", slices.len()),
            "Label the organ on at least one of them",
        ));
    };
    let seconds = started.elapsed().as_secs_f64();
    args.output.write(&mask.restore(&orientation, file_dims), &context)?;
    let size = geometry
        .map_or_else(|| format!("{} voxels", mask.count()), |geometry| format!("{:.1} mL", mask.volume_ml(&geometry)));
    let filled = (0..mask.dims[0]).filter(|&z| mask.has_labels(z)).count();
    println!("{size} in {filled} of {} slices, {} of them accepted, {seconds:.1} s", mask.dims[0], slices.len());
    if !partial.is_empty() {
        println!("{} other slices are known in part", partial.len());
    }
    let next = (0..worth.len()).max_by(|&a, &b| worth[a].total_cmp(&worth[b]));
    if let Some(next) = next.filter(|&next| worth[next] > 0.0) {
        println!("next to accept: slice {next}");
    }
    println!("wrote {}", args.output.path.display());
    Ok(())
}

/// Labels in the file order of a scan, on which they must lie.
fn on_scan(map: &LabelMap, path: &Path, scan: &Series) -> Result<Mask> {
    let Series { volume, identity, .. } = scan;
    let found = match &volume.geometry {
        Some(geometry) => map.on_series(geometry, volume.dims, identity.as_ref()),
        None => (map.map.dims == volume.dims).then(|| PlacedLabels { mask: map.map.clone(), notes: Vec::new() }),
    };
    match found {
        Some(PlacedLabels { mask, notes }) => {
            notes.iter().for_each(|note| eprintln!("note: {}: {note}", path.display()));
            Ok(mask)
        }
        None if map.contours.is_some() => bail!(map.unmatched()),
        None => bail!(UserError::new(
            path.display().to_string(),
            format!("{:?} voxels on another grid than the scan's {:?}, [z, y, x]", map.map.dims, volume.dims),
            "Draw the labels on this scan, or resample them to its grid",
        )),
    }
}

/// The slices of which no voxel is to be ignored; and of those that hold such voxels beside others, the others.
fn without_ignore(labels: &Mask, ignored: &BTreeSet<u8>) -> (BTreeSet<usize>, BTreeMap<usize, DrawnPixels>) {
    let (mut accepted, mut known_in_part) = (BTreeSet::new(), BTreeMap::new());
    for slice in 0..labels.dims[0] {
        let pixels = labels.slice(slice);
        let is_filled = pixels[0] != 0 && pixels.iter().all(|&label| label == pixels[0]);
        if is_filled {
            continue;
        }
        if !pixels.iter().any(|label| ignored.contains(label)) {
            accepted.insert(slice);
            continue;
        }
        let known = pixels.iter().copied().enumerate().filter(|(_, label)| !ignored.contains(label));
        let known: DrawnPixels = known.collect();
        if known.iter().len() > 0 {
            known_in_part.insert(slice, known);
        }
    }
    (accepted, known_in_part)
}

/// The values that the labels themselves name `ignore`, or a dataset.json beside them or one folder above.
fn ignored_values(path: &Path, map: &LabelMap) -> Result<BTreeSet<u8>> {
    if let Some(meaning) = &map.meaning {
        return Ok(meaning.ignore.clone());
    }
    let folders = path.ancestors().skip(1).take(2);
    let Some(description) = folders.map(|folder| folder.join("dataset.json")).find(|path| path.is_file()) else {
        return Ok(BTreeSet::new());
    };
    let content: serde_json::Value = serde_json::from_slice(&files::read(&description)?)?;
    Ok(Labels::read(&content["labels"]).map(|labels| labels.ignore).unwrap_or_default())
}

/// Checks that there is something to propagate from and to.
fn check(accepted: &BTreeSet<usize>, labels: &Mask, path: &Path) -> Result<()> {
    let depth = labels.dims[0];
    let refused = |reason: String, hint: &str| UserError::new(path.display().to_string(), reason, hint.to_owned());
    if let Some(outside) = accepted.iter().find(|&&slice| slice >= depth) {
        let reason = format!("slice {outside} is listed as accepted, expected slices from 0 to {}", depth - 1);
        bail!(refused(reason, "Count the slices from 0, in the file's order"));
    }
    if accepted.len() == depth {
        let hint = "List the slices that are right, such as --accepted 10,20,30";
        bail!(refused(format!("all {depth} slices count as accepted, so that none is left to fill"), hint));
    }
    if accepted.len() < 2 {
        let reason = format!("{} accepted slice(s) were found, expected at least two", accepted.len());
        bail!(refused(reason, "Label another slice of the organ"));
    }
    Ok(())
}
