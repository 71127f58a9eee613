//! The masks that follow from the accepted slices, and the choice between them and the model's.

use serde::{Deserialize, Serialize};

/// The origin of the masks of slices that are not corrected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum MaskSource {
    /// The accepted slices, once there are at least two.
    #[default]
    AcceptedSlices,
    /// The shapes of the accepted slices, interpolated between them.
    Interpolation,
    /// The model.
    Model,
}

/// The progress of the propagation from the accepted slices.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum PropagationProgress {
    /// Fewer than two slices are accepted, or the organ is on none of them.
    #[default]
    Off,
    /// It runs. The masks before it are shown meanwhile.
    Running,
    /// It is done.
    Done,
}

/// The state of the propagation from the accepted slices.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PropagationInfo {
    /// Its progress.
    pub progress: PropagationProgress,
    /// The number of accepted slices that it starts from; 0 while it is off.
    pub accepted: usize,
    /// True if the model has a say, as far as it agrees with the accepted slices.
    pub hears_model: bool,
    /// The masks that are shown on slices that are not corrected.
    pub shown: MaskSource,
}
