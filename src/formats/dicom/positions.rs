//! Where slices are along their normal. What to do with several at one place is in `scans`.

use super::DicomSlice;
use crate::core::error::UserError;
use crate::core::i18n::messages::{Message, SeriesMessage};
use crate::core::volume::{cross, dot};

/// Two slices closer than this along the normal are at the same position.
pub(super) const SAME_POSITION_MM: f64 = 0.01;
/// A note names this many positions at most.
const NAMED: usize = 4;

/// A slice and its place along the normal.
pub(super) struct Placed {
    pub(super) mm: f64,
    pub(super) slice: DicomSlice,
}

/// Slices of one stack with their places along the normal of the first, ascending.
pub(super) fn placed(name: &str, slices: Vec<DicomSlice>) -> Result<Vec<Placed>, UserError> {
    let mut placed = Vec::with_capacity(slices.len());
    let normal = slices.first().and_then(|first| first.axes).map(|[row, column]| cross(row, column));
    for slice in slices {
        let (Some(position), Some(normal), Some(_)) = (slice.position_mm, normal, slice.axes) else {
            let reason = SeriesMessage::NoOrder { file: slice.file };
            return Err(UserError::new(name, reason, SeriesMessage::OneSliceOrNifti));
        };
        placed.push(Placed { mm: dot(position, normal), slice });
    }
    placed.sort_by(|a, b| a.mm.total_cmp(&b.mm));
    Ok(placed)
}

/// The place of a slice as people name it: the coordinate of its first pixel, LPS in mm, along the axis that it faces (z where it
/// is axial).
pub(super) fn place_mm(slice: &DicomSlice) -> f64 {
    let normal = slice.axes.map_or([0.0, 0.0, 1.0], |[row, column]| cross(row, column));
    slice.position_mm.unwrap_or_default()[facing(normal)]
}

/// The axis that a normal is closest to.
pub(super) fn facing(normal: [f64; 3]) -> usize {
    (0..3).max_by(|&a, &b| normal[a].abs().total_cmp(&normal[b].abs())).unwrap_or(2)
}

/// The first few places, in mm.
pub(super) fn listed(places_mm: &[f64]) -> Message {
    let named: Vec<String> = places_mm.iter().take(NAMED).map(|mm| format!("{mm:.1}")).collect();
    let more = if places_mm.len() > NAMED { ", ..." } else { "" };
    SeriesMessage::AtPlaces { places: format!("{}{more}", named.join(", ")) }.into()
}
