//! How a result is made of what the network says, and why it says so: what the page asks for and hears besides masks.

use serde::{Deserialize, Serialize};

/// How masks are made of probabilities.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct MaskSettings {
    /// At and above this probability a voxel is pancreas.
    pub threshold: f32,
    /// Whether only the largest connected component is kept, of the slices that nobody has corrected.
    pub clean_up: bool,
    /// Whether the mean of the input's and the mirrored input's probability counts, where that is known.
    pub mean: bool,
}

impl Default for MaskSettings {
    fn default() -> Self {
        Self { threshold: 0.5, clean_up: false, mean: false }
    }
}

/// Masks made anew, or about to be.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MasksUpdated {
    /// How.
    pub settings: MaskSettings,
    /// Pixels of pancreas on each slice that has a mask.
    pub pixels: Vec<Option<usize>>,
    /// The slice looked at.
    pub slice: usize,
    /// Its mask; `None` if there is none, or the one sent before holds.
    pub mask: Option<serde_bytes::ByteBuf>,
    /// Voxels that the clean-up has removed.
    pub removed: usize,
    /// True if masks are still to be recomputed; another update follows.
    pub more: bool,
}

/// What can be asked to lie over a slice besides attention.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MapKind {
    /// The probability that masks are made of.
    Probability,
    /// Where the network is in doubt: how far probability and that of the mirrored input differ or, where the input was not mirrored,
    /// twice the smaller of p and 1 - p.
    Uncertainty,
}

/// The inputs of the network that a map was computed from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MapInputs {
    /// The slice alone.
    Original,
    /// The slice and its mirror image.
    OriginalAndMirrored,
}

/// A map over a slice.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SliceMap {
    /// Slice in viewing order.
    pub slice: usize,
    /// What it shows.
    pub kind: MapKind,
    /// The inputs of the network that it was computed from.
    pub inputs: MapInputs,
    /// `[y, x]` on the slice's grid: 0 outside the network's input, else 1 + 254 times the value.
    #[serde(with = "serde_bytes")]
    pub map: Vec<u8>,
}

/// What changes on a slice when a gate is held open. The masks compared are the network's alone: not corrected, not cleaned up.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Ablation {
    /// Slice in viewing order.
    pub slice: usize,
    /// The gate, counted from the deepest.
    pub gate: usize,
    /// `[y, x]`: 1 where the mask gains a pixel, 2 where it loses one, else 0.
    #[serde(with = "serde_bytes")]
    pub change: Vec<u8>,
    /// Pixels gained, and pixels lost.
    pub pixels: [usize; 2],
    /// DSC between the masks with the gate and without.
    pub dsc: f64,
    /// Mean over the network's input of how far the probability moves.
    pub mean_change: f64,
}

/// How far the check with mirrored input is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checked {
    /// Slices done.
    pub done: usize,
    /// Whether it goes on.
    pub running: bool,
}

/// What the order of the slices to review is based on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReviewBasis {
    /// Probabilities near a half.
    Uncertainty,
    /// The difference between the probabilities of an image and of its mirror image.
    MirroredInput,
}

/// The slices whose correction would teach the model most: where the network is most uncertain, far from corrected slices
/// and from each other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewList {
    /// At most six slices in viewing order of the series, most useful first; empty if no slice is uncertain.
    pub slices: Vec<usize>,
    /// What their order is based on.
    pub basis: ReviewBasis,
}
