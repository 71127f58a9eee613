//! Whole cases segmented from the slice cache, for validation.

use anyhow::{Result, anyhow};

use super::Case;
use crate::infer::{SLICES_PER_PASS, infer, mask_of};
use crate::mask::Mask;
use crate::model::AttentionUnet;

/// Segments the labelled slices of a case, on its own grid, and leaves the others empty: what the network says of those is neither right nor
/// wrong. `done` hears after each pass how many slices are finished.
///
/// # Errors
/// A cache that cannot be read, and a device that fails.
pub fn segment_labelled(model: &AttentionUnet, case: &Case, mut done: impl FnMut(usize)) -> Result<Mask> {
    let mut mask = Mask::empty(case.dims);
    let labelled: Vec<usize> = case.labelled_slices().collect();
    let mut finished = 0;
    for pass in labelled.chunks(SLICES_PER_PASS) {
        let read = pass.iter().map(|&z| case.input(z)).collect::<Result<Vec<_>>>()?;
        let (inputs, placements): (Vec<_>, Vec<_>) = read.into_iter().unzip();
        let said = pollster::block_on(infer(model, &inputs, false));
        let said = said.map_err(|error| anyhow!("the device failed: {error:?}"))?;
        for ((inference, placement), &z) in said.iter().zip(&placements).zip(pass) {
            mask.slice_mut(z).copy_from_slice(&mask_of(&inference.probability, placement));
        }
        finished += pass.len();
        done(finished);
    }
    Ok(mask)
}
