//! Masks between two masks by shape-based interpolation (Raya and Udupa, "Shape-based interpolation
//! of multidimensional objects", 1990). The masks of two slices are turned into signed distances,
//! which can be interpolated linearly.

use super::signed_distance::signed_distance_px;
use crate::core::mask::PANCREAS;

/// The signed distances of two masks, from which the mask of every slice between them follows.
///
/// An empty mask has no distances. It is taken to be as far away everywhere as the other's deepest
/// pixel is inside, so that the other shrinks towards its core and vanishes just past half way.
/// Between two empty masks everything is empty.
pub struct ShapeInterpolation {
    lower: Vec<f32>,
    upper: Vec<f32>,
}

impl ShapeInterpolation {
    /// The distances of two masks, both `[y, x]` with `dims` `[height, width]`; every label but 0
    /// counts.
    ///
    /// # Panics
    /// If lengths differ from `dims`.
    pub fn new(lower: &[u8], upper: &[u8], dims: [usize; 2]) -> Self {
        let nowhere = |other: &[f32]| {
            let deepest = other.iter().copied().fold(0.0, f32::max);
            vec![-deepest; other.len()]
        };
        let (lower, upper) = match (signed_distance_px(lower, dims), signed_distance_px(upper, dims)) {
            (Some(lower), Some(upper)) => (lower, upper),
            (Some(lower), None) => (lower.clone(), nowhere(&lower)),
            (None, Some(upper)) => (nowhere(&upper), upper),
            // Anything negative: no pixel is inside.
            (None, None) => (vec![-1.0; lower.len()], vec![-1.0; upper.len()]),
        };
        Self { lower, upper }
    }

    /// The mask, `[y, x]`, a fraction `t` (clamped to [0, 1]) of the way from the lower to the
    /// upper mask: the pixels whose interpolated signed distance is not negative.
    pub fn mask_at(&self, t: f32) -> Vec<u8> {
        let t = t.clamp(0.0, 1.0);
        let blended = self.lower.iter().zip(&self.upper).map(|(lower, upper)| (1.0 - t) * lower + t * upper);
        blended.map(|distance| if distance >= 0.0 { PANCREAS } else { 0 }).collect()
    }
}

/// The labels of one slice, `[y, x]`, with its index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelledSlice {
    /// Index of the slice.
    pub slice: usize,
    /// Its labels; every label but 0 counts.
    pub labels: Vec<u8>,
}

/// The shapes between two slices of a series.
pub struct InterpolatedGap {
    shapes: ShapeInterpolation,
    /// Indices of the two slices, ascending.
    ends: [usize; 2],
}

impl InterpolatedGap {
    /// The shapes between two slices of `dims` `[height, width]`, the lower of which comes first.
    ///
    /// # Panics
    /// If lengths differ from `dims`.
    pub fn new(lower: &LabelledSlice, upper: &LabelledSlice, dims: [usize; 2]) -> Self {
        let shapes = ShapeInterpolation::new(&lower.labels, &upper.labels, dims);
        Self { shapes, ends: [lower.slice, upper.slice] }
    }

    /// The slices between the two, ascending.
    pub fn slices(&self) -> std::ops::Range<usize> {
        self.ends[0] + 1..self.ends[1]
    }

    /// The mask, `[y, x]`, of a slice between the two.
    pub fn mask(&self, slice: usize) -> Vec<u8> {
        let [lower, upper] = self.ends;
        self.shapes.mask_at(slice.saturating_sub(lower) as f32 / (upper - lower).max(1) as f32)
    }
}
