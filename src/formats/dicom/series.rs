//! Slices of one stack to series: their order in the patient, and a volume on an even grid.
//!
//! Order comes from positions along the slices' normal (PS3.3 C.7.6.2.1.1), never from InstanceNumber or file names; numbers only
//! say at which end the series begins. Scans that share a series are told apart in `scans`, gaps are filled in `spacing`.

use super::joining::SeriesKey;
use super::positions::{Placed, placed};
use super::scans::scans;
use super::slice_location::relocated;
use super::spacing::{even, parts, tolerance_mm};
use super::{DicomSlice, Identity, ValueUnit, positions};
use crate::core::error::UserError;
use crate::core::i18n::messages::{Message, SeriesMessage};
use crate::core::volume::{Geometry, Volume, cross, dot, norm};
use crate::formats::Series;

/// A step that leans more than this against the normal is a tilt, in degrees.
const TILT_DEG: f64 = 0.5;

/// Whether two slices can be of one stack: same series, size, orientation and pixel spacing. (Never StudyTime: it may
/// differ on every slice.)
pub fn same_stack(a: &DicomSlice, b: &DicomSlice) -> bool {
    let close = |a: &[f64], b: &[f64]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-3);
    let alike = |a: Option<&[f64]>, b: Option<&[f64]>| match (a, b) {
        (Some(a), Some(b)) => close(a, b),
        (a, b) => a.is_none() && b.is_none(),
    };
    let axes = |s: &DicomSlice| s.axes.map(|[row, column]| [row, column].concat());
    SeriesKey::of(a) == SeriesKey::of(b)
        && a.stack == b.stack
        && a.dims == b.dims
        && a.rescaled == b.rescaled
        && a.about.rescale_type == b.about.rescale_type
        && alike(axes(a).as_deref(), axes(b).as_deref())
        && alike(a.spacing_mm.as_ref().map(|s| &s[..]), b.spacing_mm.as_ref().map(|s| &s[..]))
}

/// Slices of one stack, in any order, to series: one, or several where it holds several scans (phases, reconstructions) or a
/// wide gap lies between them.
///
/// Slices are in order along the normal, the vector product of the row and the column direction, from the end with the lower
/// InstanceNumber, so that the first file is the first slice; ascending where numbers are missing. Of identical slices at one
/// position one is kept. Where slices are missing, or their distances differ, the volume lies on an even grid of the usual distance,
/// linear between the slices beside. The step from slice to slice is a vector, so a stack sheared by gantry tilt keeps its
/// shape. All of that is said in the notes, with positions in mm.
///
/// # Errors
/// No slices; slices that are not of one stack; several slices without a position or orientation, or all at one position; different
/// images at one position that nothing tells apart; distances so uneven that most of an even grid would be made up.
pub fn assemble(slices: Vec<DicomSlice>) -> Result<Vec<Series>, UserError> {
    let Some(first) = slices.first() else {
        return Err(UserError::new("series", SeriesMessage::NoSlices, SeriesMessage::GiveASeries));
    };
    let name = name(first);
    if !slices.iter().all(|slice| same_stack(first, slice)) {
        return Err(UserError::new(name, SeriesMessage::SlicesDiffer, SeriesMessage::OneSeriesAtATime));
    }
    let mut notes = value_notes(&slices);
    if slices.len() == 1 {
        return Ok(vec![series(name, slices, notes)]);
    }
    let placed = relocated(&name, placed(&name, slices)?, &mut notes)?;
    let scans = scans(&name, placed, &mut notes)?;
    let names = names(&scans);
    let mut found = Vec::new();
    for (name, scan) in names.into_iter().zip(scans) {
        let parts = parts(scan);
        let count = parts.len();
        for (nth, (part, gap)) in (1..).zip(parts) {
            let name = if count > 1 { format!("{name}, part {nth} of {count}") } else { name.clone() };
            let mut notes: Vec<Message> = notes.iter().cloned().chain(gap).collect();
            let slices = even(&name, in_reading_order(part), &mut notes)?;
            found.push(series(name, slices, notes));
        }
    }
    Ok(found)
}

/// What to call a series: never by the patient.
fn name(slice: &DicomSlice) -> String {
    match (&slice.description[..], slice.about.series_number) {
        ("", Some(number)) => format!("CT series {number}"),
        ("", None) => slice.file.clone(),
        (description, _) => description.into(),
    }
}

/// What to call each scan: by its description, and numbered where that is the same.
fn names(scans: &[Vec<Placed>]) -> Vec<String> {
    let own: Vec<String> =
        scans.iter().map(|scan| scan.first().map_or_else(String::new, |first| name(&first.slice))).collect();
    let is_only = |name: &String| own.iter().filter(|other| *other == name).count() == 1;
    let numbered = |(nth, name): (usize, &String)| if is_only(name) { name.clone() } else { format!("{name} ({nth})") };
    (1..).zip(&own).map(numbered).collect()
}

/// What to know about the values of slices of one stack.
fn value_notes(slices: &[DicomSlice]) -> Vec<Message> {
    let first = &slices[0];
    let mut notes: Vec<Message> = Vec::new();
    if !first.rescaled {
        notes.push(SeriesMessage::NotRescaled.into());
    }
    let unit = || first.about.rescale_type.clone();
    match first.unit {
        ValueUnit::Hounsfield => {}
        ValueUnit::Unspecified => notes.push(SeriesMessage::UnitUnspecified { unit: unit() }.into()),
        ValueUnit::Other if matches!(&unit()[..], "" | "HU") => {
            notes.push(SeriesMessage::OtherQuantity { image_type: first.about.image_type.join("\\") }.into());
        }
        ValueUnit::Other => notes.push(SeriesMessage::OtherUnit { unit: unit() }.into()),
    }
    if first.position_assumed {
        notes.push(SeriesMessage::PositionAssumed.into());
    }
    let longer = slices.iter().filter(|slice| slice.excess_bytes > 0).count();
    if let Some(bytes) = slices.iter().map(|slice| slice.excess_bytes).max().filter(|_| longer > 0) {
        notes.push(SeriesMessage::ExcessBytes { count: longer, bytes }.into());
    }
    notes
}

fn in_reading_order(mut slices: Vec<Placed>) -> Vec<Placed> {
    let ends = [slices.first(), slices.last()].map(|end| end.and_then(|end| end.slice.instance_number));
    if matches!(ends, [Some(first), Some(last)] if first > last) {
        slices.reverse();
    }
    slices
}

fn series(name: String, slices: Vec<DicomSlice>, mut notes: Vec<Message>) -> Series {
    let geometry = geometry(&slices, &mut notes);
    let identity = Identity::of(&slices);
    let [rows, columns] = slices[0].dims;
    let dims = [slices.len(), rows, columns];
    let calibrated = slices[0].rescaled && slices[0].unit != ValueUnit::Other;
    let mut hu = Vec::with_capacity(dims.iter().product());
    let mut files = Vec::with_capacity(slices.len());
    let mut headers = Vec::with_capacity(slices.len());
    for slice in slices {
        hu.extend_from_slice(&slice.hu);
        files.push(slice.file);
        headers.push(slice.header);
    }
    Series { name, volume: Volume { hu, dims, geometry, calibrated }, files, notes, identity, headers }
}

/// The geometry of sorted slices, evenly spaced.
fn geometry(slices: &[DicomSlice], notes: &mut Vec<Message>) -> Option<Geometry> {
    let (first, last) = (slices.first()?, slices.last()?);
    let Some([row_spacing, column_spacing]) = first.spacing_mm else {
        notes.push(SeriesMessage::NoPixelSpacing.into());
        return None;
    };
    if first.axes.is_none() || first.position_mm.is_none() {
        notes.push(SeriesMessage::NoOrientation.into());
    }
    let [row, column] = first.axes.unwrap_or([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]);
    let origin = first.position_mm.unwrap_or_default();
    let step = match last.position_mm {
        Some(end) if slices.len() > 1 => {
            let step = [0, 1, 2].map(|r| (end[r] - origin[r]) / (slices.len() - 1) as f64);
            notes.extend(tilt(step, cross(row, column)).map(Message::from));
            notes.extend(sideways(slices, step).map(Message::from));
            notes.extend(other_spacing(first, step, cross(row, column)).map(Message::from));
            step
        }
        _ => cross(row, column).map(|n| n * first.slice_step_mm.unwrap_or(1.0)),
    };
    let affine = [0, 1, 2].map(|r| [row[r] * column_spacing, column[r] * row_spacing, step[r], origin[r]]);
    Some(Geometry { affine })
}

fn tilt(step: [f64; 3], normal: [f64; 3]) -> Option<SeriesMessage> {
    let along = dot(step, normal).abs();
    let sideways_mm = (dot(step, step) - along * along).max(0.0).sqrt();
    let degrees = sideways_mm.atan2(along).to_degrees();
    (degrees > TILT_DEG).then(|| SeriesMessage::GantryTilt {
        degrees: format!("{degrees:.1}"),
        sideways_mm: format!("{sideways_mm:.1}"),
    })
}

/// SpacingBetweenSlices, which is measured along the normal (PS3.3 C.7.6.2), where positions contradict it.
fn other_spacing(slice: &DicomSlice, step: [f64; 3], normal: [f64; 3]) -> Option<SeriesMessage> {
    let declared = slice.spacing_between_mm?;
    let found = [dot(step, normal).abs(), norm(step)];
    let differs = found.iter().all(|mm| (mm - declared).abs() > tolerance_mm(*mm));
    let [declared_mm, found_mm] = [declared, found[0]].map(|mm| format!("{mm:.2}"));
    differs.then_some(SeriesMessage::OtherSpacing { declared_mm, found_mm })
}

/// Slices that are off the straight line from the first to the last.
fn sideways(slices: &[DicomSlice], step: [f64; 3]) -> Option<SeriesMessage> {
    let origin = slices.first()?.position_mm?;
    let off_mm = |(z, slice): (usize, &DicomSlice)| {
        let position = slice.position_mm?;
        let off = norm([0, 1, 2].map(|r| position[r] - origin[r] - step[r] * z as f64));
        Some((off, positions::place_mm(slice)))
    };
    let (off, at) = slices.iter().enumerate().filter_map(off_mm).max_by(|a, b| a.0.total_cmp(&b.0))?;
    let pixel_mm = slices.first()?.spacing_mm?.into_iter().fold(f64::INFINITY, f64::min);
    (off > pixel_mm.max(0.5))
        .then(|| SeriesMessage::OffTheLine { at_mm: format!("{at:.1}"), off_mm: format!("{off:.1}") })
}
