//! What the parts of a propagation count on a slice, by how far apart the accepted slices around it are.
//!
//! The constants were chosen on two patients, where a wide range of them does as well
//! (docs/PROPAGATION.md).

/// From the first gap on the walker that trusts edges counts, from the second gap on it alone, in mm.
const EDGES_COUNT_MM: [f32; 2] = [5.0, 20.0];
/// The same for the likelihood of the intensity.
const LIKELIHOOD_COUNTS_MM: [f32; 2] = [2.0, 6.0];
/// The greatest weight of the likelihood of the intensity.
pub(super) const LIKELIHOOD_WEIGHT: f32 = 0.5;
/// The least and the greatest weight of what the mask of a trusted model says, and the agreement with the accepted
/// slices (DSC) that they belong to. It counts from the same gaps on as the intensity.
const PREDICTION_WEIGHTS: [f32; 2] = [0.3, 1.2];
const PREDICTION_AGREES: [f32; 2] = [0.75, 0.9];
/// Up to the first gap the interpolated shape counts in full, from the second on not at all.
const SHAPE_COUNTS_MM: [f32; 2] = [5.0, 10.0];
/// Logit of the shape for each mm that a voxel is inside.
const SHAPE_WEIGHT: f32 = 0.1;

/// What the walker that trusts nearness and the one that trusts edges count.
pub(super) fn walker_weights(gap_mm: f32) -> [f32; 2] {
    let edges = fraction(gap_mm, EDGES_COUNT_MM);
    [1.0 - edges, edges]
}

/// The share of its weight that the likelihood counts.
pub(super) fn likelihood_share(gap_mm: f32) -> f32 {
    fraction(gap_mm, LIKELIHOOD_COUNTS_MM)
}

/// What the interpolated shape counts, as a logit for each mm.
pub(super) fn shape_weight(gap_mm: f32) -> f32 {
    SHAPE_WEIGHT * (1.0 - fraction(gap_mm, SHAPE_COUNTS_MM))
}

/// The greatest weight of what a model says that agrees with the accepted slices this well (DSC).
pub(super) fn prediction_weight(agreement: f32) -> f32 {
    let [least, most] = PREDICTION_WEIGHTS;
    least + (most - least) * fraction(agreement, PREDICTION_AGREES)
}

/// How far `value` is from the first to the second of `ends`, in [0, 1].
pub(super) fn fraction(value: f32, [from, to]: [f32; 2]) -> f32 {
    ((value - from) / (to - from)).clamp(0.0, 1.0)
}
