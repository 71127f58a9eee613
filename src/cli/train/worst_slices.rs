//! The slices of a case that a network gets most wrong, as pictures with the attention of its gates: of a network of slices
//! on its own input, of a network of volumes on its own grid.

use anyhow::Result;

use crate::cli::datasets::Case;
use crate::cli::datasets::volume_case::VolumeCase;
use crate::cli::device;
use crate::cli::report::SlicePicture;
use crate::cli::report::picture::{judged, png};
use crate::core::mask::Mask;
use crate::core::statistics::mean;
use crate::core::window::Window;
use crate::imaging::augment::Sample;
use crate::imaging::metrics::Overlap;
use crate::imaging::overlay::viridis;
use crate::nn::infer::{AttentionOutput, infer, labels_of};
use crate::nn::model::InferenceModel;
use crate::nn::model::metadata::ModelMetadata;
use crate::nn::volume::VolumeModel;

/// Slices shown of one case.
const WORST_OF_CASE: usize = 2;

/// A slice of a case, and how much of it is wrong.
pub(super) struct WorstSlice {
    /// Voxels in which prediction and truth differ.
    pub(super) wrong_voxels: usize,
    pub(super) picture: SlicePicture,
}

/// Which slice of a case is wrong, and how much of it.
#[derive(Clone, Copy)]
struct WrongSlice {
    z: usize,
    wrong_voxels: usize,
    /// Mean over the organs on the slice; 1 where there are none.
    dsc: f64,
}

/// The slices with the most voxels in which two masks differ, of those given; none that is right.
fn most_wrong(case: &Case, [pred, truth]: [&Mask; 2], slices: impl Iterator<Item = usize>) -> Vec<WrongSlice> {
    let wrong_slice = |z: usize| {
        let (pred, truth) = (pred.slice(z), truth.slice(z));
        let overlaps = case.labels.keys().map(|label| Overlap::of_label(pred, truth, *label));
        let dsc: Vec<f64> = overlaps.filter(|o| o.n_pred() + o.n_ref() > 0).map(|overlap| overlap.dsc()).collect();
        let wrong_voxels = pred.iter().zip(truth).filter(|(pred, truth)| pred != truth).count();
        WrongSlice { z, wrong_voxels, dsc: mean(&dsc).unwrap_or(1.0) }
    };
    let mut slices: Vec<WrongSlice> = slices.map(wrong_slice).filter(|slice| slice.wrong_voxels > 0).collect();
    slices.sort_by_key(|slice| (std::cmp::Reverse(slice.wrong_voxels), slice.z));
    slices.truncate(WORST_OF_CASE);
    slices
}

/// The slices of a case that a network of slices gets most wrong, on its own grid.
///
/// # Errors
/// A cache that cannot be read; a device that fails.
pub(super) fn of_slices(
    model: &InferenceModel,
    case: &Case,
    [pred, truth]: [&Mask; 2],
    passport: &ModelMetadata,
) -> Result<Vec<WorstSlice>> {
    let shown = most_wrong(case, [pred, truth], case.labelled_slices()).into_iter().map(|slice| {
        let WrongSlice { z, wrong_voxels, dsc } = slice;
        let caption = format!("case {}, slice {} of {}: DSC {dsc:.3}", case.id, z + 1, case.dims[0]);
        Ok(WorstSlice { wrong_voxels, picture: picture(model, case, z, truth.slice(z), caption, passport)? })
    });
    shown.collect()
}

fn picture(
    model: &InferenceModel,
    case: &Case,
    z: usize,
    truth: &[u8],
    caption: String,
    passport: &ModelMetadata,
) -> Result<SlicePicture> {
    let (input, placement) = case.input(z)?;
    let said = pollster::block_on(infer(model, std::slice::from_ref(&input), AttentionOutput::Include));
    let said = said.map_err(device::failed)?.remove(0);
    let Sample { input, target } = Sample::placed(input, &placement, truth, case.labels.len());
    let (window, area) = (passport.preprocess.window, input.size_px * input.size_px);
    let cut = |organs: &[f32]| labels_of(&organs.chunks_exact(area).collect::<Vec<_>>());
    let hu = |value: &f32| (window.level_hu + (value - 0.5) * window.width_hu).round() as i16;
    let hu: Vec<i16> = input.channels[area..2 * area].iter().map(hu).collect();
    let attention = said.attention.iter().enumerate().map(|(gate, map)| {
        let name = format!("gate {}, {1} x {1}", gate + 1, map.size_px);
        (name, in_viridis(map.alpha.iter().copied(), map.size_px))
    });
    Ok(SlicePicture {
        caption,
        outlined: judged(&hu, input.size_px, window, &cut(&target), &cut(&said.probability)),
        attention: attention.collect(),
    })
}

/// The slices of a case that a network of volumes gets most wrong, on its own grid. `pred` is on the scan's.
///
/// # Errors
/// A device that fails.
pub(super) fn of_volumes(model: &VolumeModel, case: &VolumeCase, pred: &Mask) -> Result<Vec<WorstSlice>> {
    let (pred, truth) = (case.on_network_grid(pred), case.truth_mask());
    let slices = most_wrong(&case.case, [&pred, &truth], 0..pred.dims[0]);
    if slices.is_empty() {
        return Ok(Vec::new());
    }
    let attention = pollster::block_on(model.attention_maps(&case.prepared)).map_err(device::not_segmented)?;
    let [depth, _, width] = pred.dims;
    let spacing_mm = case.prepared.path.network_mm[0];
    let of_slice = |slice: WrongSlice| {
        let WrongSlice { z, wrong_voxels, dsc } = slice;
        let caption = format!("case {}, slice {} of {depth} at {spacing_mm} mm: DSC {dsc:.3}", case.case.id, z + 1);
        let maps = attention.iter().enumerate().map(|(gate, map)| {
            let shares = map.slice(z).iter().map(|&byte| f32::from(byte.saturating_sub(1)) / 254.0);
            (format!("gate {}", gate + 1), in_viridis(shares, width))
        });
        let outlined = judged(&case.slice_hu(z), width, Window::PANCREAS, truth.slice(z), pred.slice(z));
        WorstSlice { wrong_voxels, picture: SlicePicture { caption, outlined, attention: maps.collect() } }
    };
    Ok(slices.into_iter().map(of_slice).collect())
}

/// Shares of 1 in viridis, as PNG.
fn in_viridis(shares: impl Iterator<Item = f32>, width: usize) -> Vec<u8> {
    let rgba = |share: f32| {
        let [r, g, b] = viridis(share).map(|c| c.round() as u8);
        [r, g, b, 255]
    };
    png(&shares.flat_map(rgba).collect::<Vec<u8>>(), width)
}
