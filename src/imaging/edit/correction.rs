//! The correction of one slice. The corrections of a series and their history are in `corrections`.

use super::runs::RleMask;

/// The corrected mask of one slice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Correction {
    pub(super) labels: RleMask,
    /// True if the user declared the slice finished.
    pub accepted: bool,
}

impl Correction {
    /// Pixels of the slice that are not background.
    pub fn pixels(&self) -> usize {
        self.labels.count()
    }
}
