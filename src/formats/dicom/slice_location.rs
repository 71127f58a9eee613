//! Slices whose positions are all the same, although their SliceLocation differs.

use super::distinctions::tells_phases;
use super::positions::{Placed, SAME_POSITION_MM, facing};
use crate::core::error::UserError;
use crate::core::i18n::messages::{Message, SeriesMessage};
use crate::core::volume::cross;

/// Fewer slices at one place are nothing unusual.
const LEAST_SLICES: usize = 3;

/// Where all positions are the same and SliceLocation tells the slices apart, that is where they are: the slices moved there, with
/// the note that says so.
///
/// # Errors
/// Positions that are all the same, and nothing that explains it.
pub(super) fn relocated(
    name: &str,
    mut slices: Vec<Placed>,
    notes: &mut Vec<Message>,
) -> Result<Vec<Placed>, UserError> {
    let is_one_place = slices.windows(2).all(|pair| pair[1].mm - pair[0].mm < SAME_POSITION_MM);
    let are_copies = slices.windows(2).all(|pair| pair[0].slice.hu == pair[1].slice.hu);
    if !is_one_place || are_copies || slices.len() < LEAST_SLICES {
        return Ok(slices);
    }
    let count = slices.len();
    let mut locations: Vec<f64> = slices.iter().filter_map(|placed| placed.slice.slice_location_mm).collect();
    locations.sort_by(f64::total_cmp);
    let are_distinct = locations.windows(2).all(|pair| pair[1] - pair[0] > SAME_POSITION_MM);
    if locations.len() < count || !are_distinct {
        if tells_phases(&slices.iter().collect::<Vec<_>>()) {
            return Ok(slices);
        }
        let reason = SeriesMessage::AllAtOnePlace { count };
        return Err(UserError::new(name, reason, SeriesMessage::ExportWithPositions));
    }
    notes.push(SeriesMessage::PlacedByLocation { count }.into());
    for placed in &mut slices {
        let slice = &mut placed.slice;
        let (Some([row, column]), Some(mm)) = (slice.axes, slice.slice_location_mm) else { continue };
        let normal = cross(row, column);
        // SliceLocation grows to the head, to posterior or to the left.
        let sign = normal[facing(normal)].signum();
        let moved = sign * mm - placed.mm;
        slice.position_mm = slice.position_mm.map(|at| [0, 1, 2].map(|r| at[r] + moved * normal[r]));
        placed.mm = sign * mm;
    }
    slices.sort_by(|a, b| a.mm.total_cmp(&b.mm));
    Ok(slices)
}
