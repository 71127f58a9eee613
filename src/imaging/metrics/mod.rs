//! Scores of a predicted mask against the truth: counts of voxels, distances between surfaces,
//! volumes. And where attention lies.
//!
//! Values in, values out. Means over cases and their uncertainty are in `statistics`; files and
//! reports in `cli`.

mod case;
mod focus;
mod nearest;
mod overlap;
mod surface;
mod surfels;

pub use case::{CaseScores, EMPTY_MASKS, LabelScores};
pub use focus::{ATTENTION_FOCUS, Focus, GateFocus, coarser};
pub use overlap::Overlap;
pub use surface::SurfaceDistances;
