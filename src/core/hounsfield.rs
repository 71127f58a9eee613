//! Thresholds on the Hounsfield scale that several rooms share: air is about -1000, fat about -100,
//! water 0.

/// Air in the lungs, the bowel and around the body is below this, fat above it.
pub const AIR_HU: i16 = -500;

/// The outline of the body is drawn around what is above this. It is closer to fat than [`AIR_HU`],
/// so that the blurred edge of the body and a foam mattress count as outside.
pub const BODY_OUTLINE_HU: i16 = -300;
