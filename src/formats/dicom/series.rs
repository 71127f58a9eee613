//! Slices of one stack to series: their order in the patient, and a volume on an even grid.
//!
//! Order comes from positions along the slices' normal (PS3.3 C.7.6.2.1.1), never from InstanceNumber or file names; numbers only
//! say at which end the series begins. Slices at one position are sorted out in `positions`, gaps in `spacing`.

use super::positions::{Placed, acquisitions, placed};
use super::spacing::{even, parts};
use super::{DicomSlice, Identity, positions};
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
    a.series_uid == b.series_uid
        && a.stack == b.stack
        && a.dims == b.dims
        && a.rescaled == b.rescaled
        && alike(axes(a).as_deref(), axes(b).as_deref())
        && alike(a.spacing_mm.as_ref().map(|s| &s[..]), b.spacing_mm.as_ref().map(|s| &s[..]))
}

/// Slices of one stack, in any order, to series: one, or several where positions are taken more than once by different images
/// (phases, reconstructions) or a wide gap lies between them.
///
/// Slices are in order along the normal, the vector product of the row and the column direction, from the end with the lower
/// InstanceNumber, so that the first file is the first slice; ascending where numbers are missing. Of identical slices at one
/// position one is kept. Where slices are missing, or their distances differ, the volume lies on an even grid of the usual distance,
/// linear between the slices beside. The step from slice to slice is a vector, so a stack sheared by gantry tilt keeps its
/// shape. All of that is said in the notes, with positions in mm.
///
/// # Errors
/// No slices; slices that are not of one stack; several slices without a position or orientation; distances so uneven that most
/// of an even grid would be made up.
pub fn assemble(slices: Vec<DicomSlice>) -> Result<Vec<Series>, UserError> {
    let Some(first) = slices.first() else {
        return Err(UserError::new("series", SeriesMessage::NoSlices, SeriesMessage::GiveASeries));
    };
    let name = name(first);
    if !slices.iter().all(|slice| same_stack(first, slice)) {
        return Err(UserError::new(name, SeriesMessage::SlicesDiffer, SeriesMessage::OneSeriesAtATime));
    }
    let mut notes = Vec::new();
    if !first.rescaled {
        notes.push(SeriesMessage::NotRescaled.into());
    }
    if first.position_assumed {
        notes.push(SeriesMessage::PositionAssumed.into());
    }
    if slices.len() == 1 {
        return Ok(vec![series(name, slices, notes)]);
    }
    let acquisitions = acquisitions(placed(&name, slices)?, &mut notes);
    let several = acquisitions.len() > 1;
    let mut found = Vec::new();
    for (nth, acquisition) in (1..).zip(acquisitions) {
        let name = if several { format!("{name} ({nth})") } else { name.clone() };
        let parts = parts(acquisition);
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
    let calibrated = slices[0].rescaled;
    let mut hu = Vec::with_capacity(dims.iter().product());
    let mut files = Vec::with_capacity(slices.len());
    for slice in slices {
        hu.extend_from_slice(&slice.hu);
        files.push(slice.file);
    }
    Series { name, volume: Volume { hu, dims, geometry, calibrated }, files, notes, identity }
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
