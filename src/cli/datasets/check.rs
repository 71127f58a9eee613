//! Whether a labelled scan is what a training expects: axial, in Hounsfield units, of a plausible size, labelled inside the body.
//!
//! Nothing is mended here: a case that does not fit is refused with the reason. Limits are wide of what scanners give, so that what
//! they refuse is a broken header or a wrong conversion, and not an unusual patient.

use std::ops::RangeInclusive;

use super::LoadedCase;
use crate::core::error::UserError;
use crate::core::hounsfield::AIR_HU;
use crate::core::mask::PANCREAS_NAME;
use crate::core::volume::{Geometry, Volume, norm};
use crate::imaging::value_check::check_values;

/// The most that an axis may lean from the patient's. A tilted gantry gives some degrees.
const MOST_TILT_DEG: f64 = 15.0;
/// Distance of slices, in mm.
const SLICE_SPACING_MM: RangeInclusive<f64> = 0.2..=15.0;
/// Distance of pixels in a slice, in mm.
const PIXEL_SPACING_MM: RangeInclusive<f64> = 0.2..=5.0;
/// The most that a pixel's sides may differ, as a ratio: a scanner's pixels are square.
const MOST_PIXEL_RATIO: f64 = 2.0;
/// Height and width of a slice, in mm.
const FIELD_OF_VIEW_MM: RangeInclusive<f64> = 80.0..=1000.0;
/// Fewer slices are no scan of an abdomen.
const LEAST_SLICES: usize = 8;
/// The most of the pancreas's label that may lie in air.
const MOST_LABEL_IN_AIR: f64 = 0.5;

/// Whether a scan in viewing order is axial, has voxels as scanners give them, and is in Hounsfield units.
///
/// # Errors
/// What does not fit, of `what`.
pub fn scan(what: &str, volume: &Volume) -> Result<(), UserError> {
    if let Some(geometry) = &volume.geometry {
        axial(what, geometry)?;
    }
    check_values(volume).map_or(Ok(()), |finding| Err(finding.refusal(what)))
}

/// Whether a case has enough slices of a plausible size, and a label that is there and lies in the body.
///
/// # Errors
/// What does not fit, of `what`.
pub fn case(what: &str, case: &LoadedCase) -> Result<(), UserError> {
    let [depth, height, width] = case.volume.dims;
    if depth < LEAST_SLICES {
        let why = format!("it has {depth} slices, expected at least {LEAST_SLICES}");
        return Err(UserError::new(what, why, "Give the whole series"));
    }
    if let Some([_, y, x]) = case.volume.geometry.map(|geometry| geometry.spacing_mm()) {
        let field_mm = [height as f64 * y, width as f64 * x];
        if field_mm.iter().any(|mm| !FIELD_OF_VIEW_MM.contains(mm)) {
            let [y, x] = field_mm;
            let why = format!("its slices are {y:.0} x {x:.0} mm, expected {}", shown(&FIELD_OF_VIEW_MM, "mm"));
            return Err(UserError::new(
                what,
                why,
                "Its voxel size may be wrong; convert it again from the original files",
            ));
        }
    }
    label(what, case)
}

fn axial(what: &str, geometry: &Geometry) -> Result<(), UserError> {
    let [z, y, x] = geometry.spacing_mm();
    if !SLICE_SPACING_MM.contains(&z) || ![y, x].iter().all(|mm| PIXEL_SPACING_MM.contains(mm)) {
        let why = format!(
            "its voxels are {z:.3} x {y:.3} x {x:.3} mm, [z, y, x], expected {} from slice to slice and {} in the slice",
            shown(&SLICE_SPACING_MM, "mm"),
            shown(&PIXEL_SPACING_MM, "mm")
        );
        return Err(UserError::new(what, why, "Convert it again from the original files"));
    }
    // Viewing axes z, y, x lie along S, P, L: components 2, 1, 0 of an LPS vector.
    let tilt_deg = |axis: usize| {
        let step = geometry.step_mm(axis);
        (step[2 - axis].abs() / norm(step)).min(1.0).acos().to_degrees()
    };
    let tilt_deg = [0, 1, 2].map(tilt_deg).into_iter().fold(0.0, f64::max);
    if tilt_deg > MOST_TILT_DEG {
        let why = format!("it is oblique, {tilt_deg:.0} degrees from axial, expected at most {MOST_TILT_DEG}");
        return Err(UserError::new(what, why, "Resample it to axial slices, or leave it out"));
    }
    if y.max(x) > MOST_PIXEL_RATIO * y.min(x) {
        let why = format!("seen axially its pixels are {y:.3} x {x:.3} mm, expected squares: its slices are not axial");
        return Err(UserError::new(what, why, "Give the axial series of the scan, or leave it out"));
    }
    Ok(())
}

fn label(what: &str, case: &LoadedCase) -> Result<(), UserError> {
    if !case.labelled_slices().any(|z| case.truth.has_labels(z)) {
        let names: Vec<&str> = case.labels.values().map(String::as_str).collect();
        let why = format!("its label is empty, expected {} on some slice", names.join(", "));
        return Err(UserError::new(what, why, "Use the label that belongs to this scan, or leave it out"));
    }
    let pancreas = case.labels.iter().find(|(_, name)| *name == PANCREAS_NAME).map(|(value, _)| *value);
    let inside = case.truth.labels.iter().zip(&case.volume.hu).filter(|(label, _)| Some(**label) == pancreas);
    let (mut count, mut in_air) = (0usize, 0usize);
    for (_, hu) in inside {
        count += 1;
        in_air += usize::from(*hu <= AIR_HU);
    }
    if in_air as f64 > MOST_LABEL_IN_AIR * count as f64 {
        let why = format!("{in_air} of the {count} voxels labelled pancreas are air, expected them inside the body");
        return Err(UserError::new(what, why, "Use the label that belongs to this scan, in its original geometry"));
    }
    Ok(())
}

fn shown(range: &RangeInclusive<f64>, unit: &str) -> String {
    format!("{} to {} {unit}", range.start(), range.end())
}
