//! The correction of one slice. The corrections of a series and their history are in `corrections`.

use serde::{Deserialize, Serialize};

use crate::core::drawn_pixels::DrawnPixels;
use crate::core::run_length::RleMask;

/// The state of a corrected slice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Acceptance {
    /// The user declared the slice finished: it may be learned from and saved as a label.
    Accepted,
    /// The slice is still being worked on.
    Draft,
}

/// The corrected mask of one slice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Correction {
    pub(super) labels: RleMask,
    /// The state of the slice.
    pub acceptance: Acceptance,
}

/// The corrected labels of one slice, to be recorded together with those of others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SliceLabels {
    /// Index of the slice, counted from 0.
    pub slice: usize,
    /// Labels of its pixels, `[y, x]`.
    pub labels: Vec<u8>,
    /// The state of the slice.
    pub acceptance: Acceptance,
}

/// Everything that was drawn by hand on one slice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum SliceWork {
    /// The slice is corrected as a whole.
    Whole(Correction),
    /// Only these pixels were drawn, on other planes.
    Part(DrawnPixels),
}

impl SliceWork {
    /// The correction of a whole slice from its labels, `[y, x]`.
    pub(super) fn whole(labels: &[u8], acceptance: Acceptance) -> Self {
        Self::Whole(Correction { labels: RleMask::encode(labels), acceptance })
    }
}

impl Correction {
    /// The labels of the slice, `[y, x]`.
    pub fn decode(&self) -> Vec<u8> {
        self.labels.decode()
    }

    /// Pixels of the slice that are not background.
    pub fn pixels(&self) -> usize {
        self.labels.count()
    }
}
