//! Whole cases from the slice cache, for validation: segmented, and where the gates look.

use anyhow::Result;

use super::Case;
use crate::cli::device;
use crate::core::mask::Mask;
use crate::imaging::metrics::{Focus, GateFocus, coarser};
use crate::nn::infer::{AttentionOutput, SegmentError, infer, segment};
use crate::nn::model::InferenceModel;

/// Segments the labelled slices of a case, on its own grid, and leaves the others empty: what the network says of those is neither right nor
/// wrong. `done` hears after each pass how many slices are finished.
///
/// # Errors
/// A cache that cannot be read, and a device that fails.
pub fn segment_labelled(model: &InferenceModel, case: &Case, done: impl FnMut(usize)) -> Result<Mask> {
    let labelled: Vec<usize> = case.labelled_slices().collect();
    pollster::block_on(segment(model, case.dims, &labelled, |z| case.input(z), done)).map_err(|error| match error {
        SegmentError::Device(error) => device::failed(error),
        SegmentError::Input(error) => error,
    })
}

/// Where each gate looks on the slices of a case that hold a label, deepest gate first; nothing for a network without gates, and for a
/// case without such slices.
///
/// # Errors
/// A cache that cannot be read, and a device that fails.
pub fn attention_focus(model: &InferenceModel, case: &Case) -> Result<Vec<GateFocus>> {
    let mut gates: Vec<GateFocus> = Vec::new();
    let slices: Vec<usize> = case.labelled_slices().filter(|&z| model.has_gates() && case.has_labels(z)).collect();
    for pass in slices.chunks(model.slices_per_pass()) {
        let prepared = pass.iter().map(|&z| case.input(z)).collect::<Result<Vec<_>>>()?;
        let (inputs, placements): (Vec<_>, Vec<_>) = prepared.into_iter().unzip();
        let said = pollster::block_on(infer(model, &inputs, AttentionOutput::Include)).map_err(device::failed)?;
        for ((&z, placement), said) in pass.iter().zip(&placements).zip(said) {
            let truth: Vec<f32> = case.truth(z)?.iter().map(|&label| f32::from(u8::from(label != 0))).collect();
            let (organ, image) = (placement.resample(&truth), placement.resample(&vec![1.0; truth.len()]));
            let size = placement.size_px;
            gates.resize_with(said.attention.len(), || GateFocus { size_px: 0, focus: Focus::default() });
            for (gate, map) in gates.iter_mut().zip(&said.attention) {
                let [organ, image] = [&organ, &image].map(|shares| coarser(shares, size, map.size_px));
                gate.size_px = map.size_px;
                gate.focus = gate.focus.plus(Focus::of(&map.alpha, &organ, &image));
            }
        }
    }
    Ok(gates)
}
