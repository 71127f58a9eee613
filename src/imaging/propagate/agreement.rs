//! How well a model agrees with a person, which decides how much of a say it has.

use super::{KnownLabels, PredictedSlices};
use crate::imaging::metrics::Overlap;

/// The Dice similarity coefficient of an organ on the accepted slices, as a person accepted it and as a model says; 0 if
/// they have nothing in common.
pub(super) fn agreement(known: &KnownLabels<'_>, predicted: &PredictedSlices<'_>, organ: u8) -> f64 {
    let overlap = known.accepted.iter().fold(Overlap::default(), |sum, accepted| {
        sum.plus(Overlap::of_label(&predicted[accepted.slice], accepted.labels, organ))
    });
    if overlap.true_positive == 0 { 0.0 } else { overlap.dsc() }
}
