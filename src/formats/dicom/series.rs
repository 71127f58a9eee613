//! Slices to a series: their order in the patient, their spacing, and what is uneven about them.
//!
//! Order comes from positions along the slices' normal (PS3.3 C.7.6.2.1.1), never from InstanceNumber or file names; numbers only
//! say at which end the series begins.

use super::{DicomSlice, Identity};
use crate::formats::Series;
use crate::refusal::Refusal;
use crate::volume::{Geometry, Volume, cross, dot};

/// Two slices closer than this along the normal are at the same position.
const SAME_POSITION_MM: f64 = 0.01;

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

/// Slices of one stack, in any order, to a series.
///
/// Slices are in order along the normal, the vector product of the row and the column direction, from the end with the lower
/// InstanceNumber, so that the first file is the first slice; ascending where numbers are missing. Of slices at one position the
/// first by InstanceNumber is kept. The step from slice to slice is the mean one, as a vector, so a stack sheared by
/// gantry tilt keeps its shape.
///
/// # Errors
/// No slices; slices that are not of one stack; several slices without a position or orientation; more than half of
/// them at a position already taken.
pub fn assemble(slices: Vec<DicomSlice>) -> Result<Series, Refusal> {
    let Some(first) = slices.first() else {
        return Err(Refusal::new("series", "it has no slices, expected at least one", "Give the files of a CT series"));
    };
    let name = if first.description.is_empty() { first.file.clone() } else { first.description.clone() };
    if !slices.iter().all(|slice| same_stack(first, slice)) {
        let why = "its slices differ in series, size, orientation or spacing";
        return Err(Refusal::new(name, why, "Give the slices of one series at a time"));
    }
    let mut notes = Vec::new();
    if !first.rescaled {
        notes
            .push("RescaleSlope or RescaleIntercept is missing, so stored values are taken as Hounsfield units".into());
    }
    if first.position_assumed {
        notes.push("Its frames carry no position of their own; they are taken to follow one another evenly".into());
    }
    let slices = if slices.len() > 1 { sorted(&name, slices, &mut notes)? } else { slices };
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
    Ok(Series { name, volume: Volume { hu, dims, geometry, calibrated }, files, notes, identity })
}

/// Two slices or more in order of position, one per position.
fn sorted(name: &str, slices: Vec<DicomSlice>, notes: &mut Vec<String>) -> Result<Vec<DicomSlice>, Refusal> {
    let total = slices.len();
    let mut placed = Vec::with_capacity(total);
    for slice in slices {
        let (Some(position), Some([row, column])) = (slice.position_mm, slice.axes) else {
            let why = format!("{} lacks a usable ImagePositionPatient or ImageOrientationPatient", slice.file);
            return Err(Refusal::new(
                name,
                why,
                "Without them the slices have no order; give one slice, or a NIfTI file",
            ));
        };
        placed.push((dot(position, cross(row, column)), slice));
    }
    placed.sort_by(|(a_mm, a), (b_mm, b)| a_mm.total_cmp(b_mm).then_with(|| reading_order(a).cmp(&reading_order(b))));

    let mut kept: Vec<(f64, DicomSlice)> = Vec::with_capacity(total);
    for (mm, slice) in placed {
        match kept.last_mut() {
            Some((last_mm, last)) if mm - *last_mm < SAME_POSITION_MM => {
                if reading_order(&slice) < reading_order(last) {
                    *last = slice;
                }
            }
            _ => kept.push((mm, slice)),
        }
    }
    let repeated = total - kept.len();
    if 2 * repeated > total {
        let why = format!("{repeated} of its {total} slices are at a position that another one has");
        let hint = "It may hold several phases or reconstructions; export them as separate series";
        return Err(Refusal::new(name, why, hint));
    }
    if repeated > 0 {
        notes.push(format!(
            "{repeated} of {total} slices repeat the position of another; the first by instance number is used"
        ));
    }
    let ends = [kept.first(), kept.last()].map(|end| end.and_then(|(_, slice)| slice.instance_number));
    if matches!(ends, [Some(first), Some(last)] if first > last) {
        kept.reverse();
    }
    let gaps_mm: Vec<f64> = kept.windows(2).map(|pair| (pair[1].0 - pair[0].0).abs()).collect();
    notes.extend(uneven_gaps(&gaps_mm));
    Ok(kept.into_iter().map(|(_, slice)| slice).collect())
}

fn reading_order(slice: &DicomSlice) -> (i64, &str) {
    (slice.instance_number.unwrap_or(i64::MAX), &slice.file)
}

fn uneven_gaps(gaps_mm: &[f64]) -> Option<String> {
    let mut by_size = gaps_mm.to_vec();
    by_size.sort_by(f64::total_cmp);
    let usual = *by_size.get(by_size.len() / 2)?;
    // Positions are often written with one decimal: two of them make an error of 0.1 mm.
    let uneven = |gap: &f64| (gap - usual).abs() > 0.1 + 0.01 * usual;
    let first = gaps_mm.iter().position(uneven)?;
    let (count, gap) = (gaps_mm.iter().filter(|gap| uneven(gap)).count(), gaps_mm[first]);
    let (below, above) = (first + 1, first + 2);
    Some(match count {
        1 => format!("Slices {below} and {above} are {gap:.1} mm apart, the others {usual:.1} mm"),
        _ => format!(
            "{count} gaps between slices differ from the usual {usual:.1} mm, the first between slices {below} and \
             {above} ({gap:.1} mm); volumes are approximate"
        ),
    })
}

/// The geometry of sorted slices.
fn geometry(slices: &[DicomSlice], notes: &mut Vec<String>) -> Option<Geometry> {
    let (first, last) = (slices.first()?, slices.last()?);
    let Some([row_spacing, column_spacing]) = first.spacing_mm else {
        notes.push("PixelSpacing is missing, so sizes and volumes are unknown".into());
        return None;
    };
    if first.axes.is_none() || first.position_mm.is_none() {
        notes.push("Its place or orientation in the patient is missing; rows are taken to run to the left".into());
    }
    let [row, column] = first.axes.unwrap_or([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]);
    let origin = first.position_mm.unwrap_or_default();
    let step = match last.position_mm {
        Some(end) if slices.len() > 1 => [0, 1, 2].map(|r| (end[r] - origin[r]) / (slices.len() - 1) as f64),
        _ => cross(row, column).map(|n| n * first.slice_step_mm.unwrap_or(1.0)),
    };
    let affine = [0, 1, 2].map(|r| [row[r] * column_spacing, column[r] * row_spacing, step[r], origin[r]]);
    Some(Geometry { affine })
}
