//! The settings of masks, and what explains the network's output: maps, ablations, the check with mirrored input, and the
//! slices to review.

use serde::{Deserialize, Serialize};

/// The settings that masks are computed from probabilities with.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct MaskSettings {
    /// The probability from which on a voxel is pancreas.
    pub threshold: f32,
    /// True if only the largest connected component is kept, on the slices that are not corrected.
    pub clean_up: bool,
    /// True if the mean of the probabilities of the input and of the mirrored input is used, where both are there.
    pub mean: bool,
}

impl Default for MaskSettings {
    fn default() -> Self {
        Self { threshold: 0.5, clean_up: false, mean: false }
    }
}

/// The state of the masks while they are recomputed and afterwards.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MasksUpdated {
    /// The settings.
    pub settings: MaskSettings,
    /// Pancreas pixels of each slice that has a mask.
    pub pixels: Vec<Option<usize>>,
    /// The current slice.
    pub slice: usize,
    /// Its mask; `None` if there is none, or if the one that was sent before still holds.
    pub mask: Option<serde_bytes::ByteBuf>,
    /// Voxels that the clean-up has removed.
    pub removed: usize,
    /// True if masks are still to be recomputed; another update follows.
    pub more: bool,
}

/// A kind of map over a slice. Attention maps are not among them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MapKind {
    /// The probability that masks are computed from.
    Probability,
    /// The uncertainty of the network: the difference between the probabilities of the input and of the mirrored input or,
    /// if the mirrored input has not been run, twice the smaller of p and 1 - p.
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
    /// The kind of map.
    pub kind: MapKind,
    /// The inputs of the network that it was computed from.
    pub inputs: MapInputs,
    /// `[y, x]` on the slice's grid: 0 outside the network's input, else 1 + 254 times the value.
    #[serde(with = "serde_bytes")]
    pub map: Vec<u8>,
}

/// The change of a slice when a gate is held open. The two masks compared have no corrections and no clean-up.
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
    /// The mean absolute change of the probability over the network's input, or over the slice with a model of whole
    /// volumes; `None` where that model does not give the probability.
    pub mean_change: Option<f64>,
}

/// The progress of the check with mirrored input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checked {
    /// The number of slices done.
    pub done: usize,
    /// True while it runs.
    pub running: bool,
}

/// The basis of the order of the slices to review.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReviewBasis {
    /// Probabilities near a half.
    Uncertainty,
    /// The difference between the probabilities of an image and of its mirror image.
    MirroredInput,
    /// The uncertainty of the masks that follow from the accepted slices.
    AcceptedSlices,
}

/// The slices whose correction would teach the model most: where the network is most uncertain, far from corrected slices
/// and from each other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewList {
    /// At most six slices in viewing order of the series, most useful first; empty if no slice is uncertain.
    pub slices: Vec<usize>,
    /// The basis of their order.
    pub basis: ReviewBasis,
}
