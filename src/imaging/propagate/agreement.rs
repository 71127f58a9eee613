//! How well a model agrees with a person, which decides how much of a say it has.

use super::{AcceptedSlice, KnownLabels, PredictedSlices};
use crate::imaging::metrics::Overlap;

/// The DSC on the slices that a person has accepted from which a model is believed on the others.
pub const TRUSTED_DSC: f64 = 0.5;

/// The Dice similarity coefficient of an organ on the accepted slices, as a person accepted it and as a model says; 0 if
/// they have nothing in common.
pub(super) fn agreement(known: &KnownLabels<'_>, predicted: &PredictedSlices<'_>, organ: u8) -> f64 {
    let of_slice = |own: &AcceptedSlice<'_>| Overlap::of_label(&predicted[own.slice], own.labels, organ);
    let overlap = known.accepted.iter().map(of_slice).fold(Overlap::default(), Overlap::plus);
    if overlap.true_positive == 0 { 0.0 } else { overlap.dsc() }
}
