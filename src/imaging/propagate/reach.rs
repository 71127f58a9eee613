//! How far an organ may reach beyond the first and the last accepted slice.
//!
//! Slices that are spread over an organ lie half a gap from its ends, but somebody who goes through it slice by slice has most
//! of it still to come. Which of the two it is can be told from how long the accepted part is beside the organ's width
//! (docs/PROPAGATION.md).

use std::f64::consts::PI;

use super::weights::fraction;
use super::{AcceptedSlice, KnownLabels};

/// An organ may reach this part of the mean distance between accepted slices,
const GAPS: f64 = 0.75;
/// but no less and no more than this, in mm;
const GAPS_MM: [f64; 2] = [12.0, 20.0];
/// or, if that is more, this many radii of the outermost mask where the accepted part is short and where it is long,
const RADII: [f64; 2] = [2.5, 0.6];
/// which is up to the first and from the second number of radii of the largest mask on,
const EXTENT_RADII: [f32; 2] = [0.5, 2.0];
/// but no more than this, in mm.
const MOST_MM: f64 = 30.0;

/// The distances in mm beyond the first and beyond the last accepted slice, with `[slice, row, column]` spacing.
///
/// The width counts unless something else tells where the organ goes on: a model that is `followed`, or pixels that were
/// drawn there on coronal or sagittal planes.
pub(super) fn reach_mm(known: &KnownLabels<'_>, spacing_mm: [f64; 3], organ: u8, is_followed: bool) -> [f64; 2] {
    let by_gaps = reach_by_gaps_mm(known.accepted, spacing_mm[0]);
    let (Some(first), Some(last)) = (known.accepted.first(), known.accepted.last()) else { return [by_gaps; 2] };
    let radii = radii_mm(known.accepted, spacing_mm, organ);
    let most = radii.iter().map(|(_, radius_mm)| *radius_mm).fold(0.0, f64::max);
    let holds = |radius: &&(usize, f64)| radius.1 > 0.0;
    let (Some(from), Some(to)) = (radii.iter().find(holds), radii.iter().rfind(holds)) else { return [by_gaps; 2] };
    let extent_mm = (to.0 - from.0) as f64 * spacing_mm[0];
    let [short, long] = RADII;
    let radii_beyond = short + (long - short) * f64::from(fraction((extent_mm / most) as f32, EXTENT_RADII));
    let is_drawn = [
        known.partial.iter().any(|partial| partial.slice < first.slice),
        known.partial.iter().any(|partial| partial.slice > last.slice),
    ];
    [0, 1].map(|side| {
        let (_, radius_mm) = if side == 0 { radii[0] } else { radii[radii.len() - 1] };
        if is_followed || is_drawn[side] { by_gaps } else { by_gaps.max((radii_beyond * radius_mm).min(MOST_MM)) }
    })
}

fn reach_by_gaps_mm(accepted: &[AcceptedSlice<'_>], slice_spacing_mm: f64) -> f64 {
    let extent = match accepted {
        [first, .., last] => last.slice - first.slice,
        _ => 0,
    };
    let gap_mm = slice_spacing_mm * extent as f64 / accepted.len().saturating_sub(1).max(1) as f64;
    (GAPS * gap_mm).clamp(GAPS_MM[0], GAPS_MM[1])
}

/// Each accepted slice with the radius in mm of a disc as large as the organ on it.
fn radii_mm(accepted: &[AcceptedSlice<'_>], spacing_mm: [f64; 3], organ: u8) -> Vec<(usize, f64)> {
    let radius_mm = |accepted: &AcceptedSlice<'_>| {
        let pixels = accepted.labels.iter().filter(|&&label| label == organ).count();
        (accepted.slice, (pixels as f64 * spacing_mm[1] * spacing_mm[2] / PI).sqrt())
    };
    accepted.iter().map(radius_mm).collect()
}
