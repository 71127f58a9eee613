//! One slice of a prediction: its progress, the network's output, and what follows from the output.

use std::borrow::Cow;

use crate::app::protocol::MaskSettings;
use crate::imaging::metrics::Overlap;
use crate::imaging::preprocess::CropGeometry;
use crate::imaging::probability_map::ProbabilityMap;

/// The state of one slice of a prediction.
#[derive(Debug, Default)]
pub(super) struct SliceState {
    /// The progress of the network on the slice itself.
    pub(super) progress: SliceProgress,
    /// The progress of the network on the mirrored slice.
    pub(super) mirrored: MirroredProgress,
    /// The position of the network's input in the slice; set when the first input is prepared.
    pub(super) crop: Option<CropGeometry>,
    /// The network's output.
    pub(super) output: Option<SliceOutput>,
    /// The expected number of wrong pixels on the network's grid if its probabilities are right.
    pub(super) uncertainty: f32,
    /// The comparison of the mask with the ground truth, if there are both.
    pub(super) overlap: Option<Overlap>,
    /// True if a compute worker has died while it ran this slice.
    pub(super) worker_died: bool,
}

/// The network's output for one slice.
#[derive(Debug)]
pub(super) struct SliceOutput {
    /// The output for the slice itself.
    pub(super) probability: ProbabilityMap,
    /// The output for the mirrored slice, mirrored back.
    pub(super) mirrored: Option<ProbabilityMap>,
    /// The settings that the mask was computed with.
    pub(super) mask_settings: MaskSettings,
}

/// The progress of the network on one slice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum SliceProgress {
    /// Not started.
    #[default]
    Todo,
    /// A compute worker runs it.
    Running,
    /// There is a mask with this many pancreas pixels.
    Done(usize),
    /// Compute workers have died twice over it.
    Failed,
}

/// The progress of the network on one mirrored slice.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) enum MirroredProgress {
    /// Not started.
    #[default]
    Todo,
    /// A compute worker runs it.
    Running,
    /// Done; the absolute difference between the two outputs, summed over the network's grid.
    Done(f32),
    /// Compute workers have died twice over it.
    Failed,
}

impl SliceState {
    /// True if the mask was computed with settings that give another mask.
    pub(super) fn is_outdated(&self, settings: &MaskSettings) -> bool {
        self.output.as_ref().is_some_and(|output| output.is_outdated(settings))
    }
}

impl SliceOutput {
    /// The probability that the mask is computed from.
    pub(super) fn probability_in_use(&self, settings: &MaskSettings) -> Cow<'_, ProbabilityMap> {
        match self.mirrored.as_ref().filter(|_| settings.mean) {
            Some(mirrored) => Cow::Owned(self.probability.mean(mirrored)),
            None => Cow::Borrowed(&self.probability),
        }
    }

    /// The mask of the slice, `[y, x]`, before the clean-up.
    pub(super) fn mask(&self, crop: &CropGeometry, settings: &MaskSettings) -> Vec<u8> {
        self.probability_in_use(settings).mask(crop, settings.threshold)
    }

    fn is_outdated(&self, settings: &MaskSettings) -> bool {
        let uses_mean = |settings: &MaskSettings| settings.mean && self.mirrored.is_some();
        self.mask_settings.threshold != settings.threshold || uses_mean(&self.mask_settings) != uses_mean(settings)
    }
}

impl SliceProgress {
    /// The number of pancreas pixels: zero if the network failed, `None` if it has not run yet.
    pub(super) fn pixels(&self) -> Option<usize> {
        match self {
            Self::Done(pixels) => Some(*pixels),
            Self::Failed => Some(0),
            Self::Todo | Self::Running => None,
        }
    }
}
