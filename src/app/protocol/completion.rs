//! Which masks complete the other slices best, judged on accepted slices that are left out in turn.

use serde::{Deserialize, Serialize};

use super::MaskSource;

/// The comparison of the ways to complete the slices that are not corrected.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CompletionInfo {
    /// The accepted slices that were left out so far, each predicted from the others.
    pub done: usize,
    /// The accepted slices that are left out in all.
    pub total: usize,
    /// The ways, once all slices are done.
    pub ways: Vec<CompletionWay>,
    /// The way that is shown since then; `None` if each of them is doubtful.
    pub best: Option<MaskSource>,
}

/// One way to complete the slices.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CompletionWay {
    /// The masks.
    pub source: MaskSource,
    /// The Dice similarity coefficient on the slices that were left out, as one volume. `None` for a model that has
    /// learned from corrected slices, or has not predicted all of them.
    pub dsc: Option<f64>,
    /// The voxels of the organ in the whole series.
    pub voxels: usize,
    /// True if that is far from what the accepted slices suggest.
    pub is_doubtful: bool,
}
