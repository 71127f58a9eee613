//! The ground truth of a series, and its comparison with masks.
//!
//! Only masks come in here; which masks a series shows is known to [`comparison`](super::comparison).

use crate::app::protocol::TruthInfo;
use crate::core::mask::Mask;
use crate::formats::Truth;
use crate::imaging::metrics::Overlap;

/// The ground truth of a series.
#[derive(Debug)]
pub(super) struct GroundTruth {
    name: String,
    truth: Truth,
}

impl GroundTruth {
    /// A ground truth from the file `name`.
    pub(super) fn new(name: String, truth: Truth) -> Self {
        Self { name, truth }
    }

    /// The mask of the whole series in viewing order.
    pub(super) fn mask(&self) -> &Mask {
        &self.truth.mask
    }

    /// The comparison of one slice's mask with the ground truth; `None` stands for an empty mask.
    pub(super) fn overlap(&self, slice: usize, labels: Option<&[u8]>) -> Overlap {
        let truth = self.truth.mask.slice(slice);
        match labels {
            Some(labels) => Overlap::of(labels, truth),
            None => Overlap::of(&vec![0; truth.len()], truth),
        }
    }

    /// The sum of the comparisons of all slices that have a mask.
    pub(super) fn summary(&self, overlaps: impl Iterator<Item = Overlap>) -> TruthInfo {
        let (overlap, slices) =
            overlaps.fold((Overlap::default(), 0), |(sum, slices), overlap| (sum.plus(overlap), slices + 1));
        TruthInfo { name: self.name.clone(), notes: self.truth.notes.clone(), overlap, slices }
    }
}
