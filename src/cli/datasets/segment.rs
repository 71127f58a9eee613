//! Whole cases segmented from the slice cache, for validation.

use anyhow::Result;

use super::Case;
use crate::cli::device;
use crate::infer::segment;
use crate::mask::Mask;
use crate::model::Folded;

/// Segments the labelled slices of a case, on its own grid, and leaves the others empty: what the network says of those is neither right nor
/// wrong. `done` hears after each pass how many slices are finished.
///
/// # Errors
/// A cache that cannot be read, and a device that fails.
pub fn segment_labelled(model: &Folded, case: &Case, done: impl FnMut(usize)) -> Result<Mask> {
    let labelled: Vec<usize> = case.labelled_slices().collect();
    pollster::block_on(segment(model, case.dims, &labelled, |z| case.input(z), done)).map_err(device::failed)?
}
