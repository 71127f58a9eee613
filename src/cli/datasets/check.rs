//! Whether a labelled scan is what a training expects: axial, in Hounsfield units, of a plausible size, labelled inside the body.
//!
//! Nothing is mended here: a case that does not fit is refused with the reason. Limits are wide of what scanners give, so that what
//! they refuse is a broken header or a wrong conversion, and not an unusual patient.

use std::ops::RangeInclusive;

use super::LoadedCase;
use crate::core::error::UserError;
use crate::core::hounsfield::AIR_HU;
use crate::core::hu_histogram::HuHistogram;
use crate::core::mask::PANCREAS_NAME;
use crate::core::volume::{Geometry, Volume, norm};

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
/// The least share of voxels that are air: around the body, or in lungs and bowel.
const LEAST_AIR: f64 = 0.001;
/// Fat, organs, muscle and vessels with contrast agent, in HU.
const SOFT_TISSUE_HU: RangeInclusive<i16> = -200..=300;
/// The least share of voxels that are soft tissue.
const LEAST_SOFT_TISSUE: f64 = 0.05;
/// The most voxels above soft tissue and spongy bone, as a share of those that are not air. Compact bone and oral contrast agent
/// come to a few hundredths; where soft tissue was stored with an offset of 1024, it is most of the body.
const MOST_DENSE: f64 = 0.2;
/// Above this, in HU, a voxel counts as dense.
const DENSE_HU: i16 = 500;
/// The smallest range of values, in HU: from lung or fat to bone it is more, from 0 to 1 or to 255 it is less.
const LEAST_RANGE_HU: i32 = 300;
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
    hounsfield(what, volume)
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

fn hounsfield(what: &str, volume: &Volume) -> Result<(), UserError> {
    let mut counts = HuHistogram::default();
    counts.add(volume.hu.iter().copied());
    let [lowest, highest] = counts.range().unwrap_or_default();
    let (air, soft) = (counts.share(i16::MIN..=AIR_HU), counts.share(SOFT_TISSUE_HU));
    let dense = counts.share(DENSE_HU..=i16::MAX) / (1.0 - air).max(f64::MIN_POSITIVE);
    let range = format!("its values go from {lowest} to {highest}");
    let percent = |share: f64| format!("{:.1} %", 100.0 * share);
    let why = if lowest == highest {
        format!("every voxel of it is {lowest}")
    } else if i32::from(highest) - i32::from(lowest) < LEAST_RANGE_HU {
        format!("{range}, as if it had been scaled to a picture or to shares of 1")
    } else if air < LEAST_AIR {
        format!("{range} with no air in it, as if it had been clipped, or stored with an offset and not rescaled")
    } else if dense > MOST_DENSE {
        format!("{} of its body are above {DENSE_HU}, as if stored with an offset and not rescaled", percent(dense))
    } else if soft < LEAST_SOFT_TISSUE {
        format!("{range}, and only {} of it are soft tissue, as if it had been rescaled twice", percent(soft))
    } else {
        return Ok(());
    };
    let why = format!("{why}; expected Hounsfield units, about -1000 in air and -100 to 200 in soft tissue");
    Err(UserError::new(what, why, "Convert the original files again, without clipping or scaling"))
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
