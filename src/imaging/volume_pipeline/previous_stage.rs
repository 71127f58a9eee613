//! The second stage of a cascade reads the labels of the first beside the image.
//!
//! nnU-Net resamples the labels as a segmentation (`resize_segmentation` of batchgenerators: order 1
//! for each label, then a threshold) and gives each foreground label a channel
//! (`convert_labelmap_to_one_hot`).

use super::array::{transposed, transposed_dims};
use super::prepare::{PreparedVolume, ReturnPath};
use super::resize::InterpolationOrder;
use super::settings::{ResamplingRule, SeparateZ};

/// A label is taken where at least this part of a voxel has it.
const MAJORITY: f32 = 0.5;

/// Appends a channel for each label of `foreground` to an input, from the labels of the previous
/// stage in file order, `[z, y, x]`. The labels must be ascending, as nnU-Net's are.
///
/// # Panics
/// If the labels are not those of the same file, or the pipeline is TotalSegmentator's, which has no
/// second stage of this kind.
pub fn append_previous_stage(prepared: &mut PreparedVolume, labels: &[u8], foreground: &[u8], separate_z: SeparateZ) {
    let path = &prepared.path;
    assert!(path.zoomed_dims.is_none(), "cascades belong to nnU-Net's pipeline");
    let cropped = cropped_labels(labels, path);
    let order = InterpolationOrder::Linear;
    let rule = ResamplingRule { order, order_z: InterpolationOrder::Nearest, separate_z };
    let resize = path.image_change().resize(rule);
    let area = path.cropped_dims()[1] * path.cropped_dims()[2];
    let mut winners = vec![0_u8; path.network_dims.iter().product()];
    for &label in foreground {
        let share = resize
            .run(|z| cropped[z * area..(z + 1) * area].iter().map(|&l| f32::from(u8::from(l == label))).collect());
        for (winner, share) in winners.iter_mut().zip(share) {
            if share >= MAJORITY {
                *winner = label;
            }
        }
    }
    let input = &mut prepared.input;
    for &label in foreground {
        input.values.extend(winners.iter().map(|&winner| f32::from(u8::from(winner == label))));
    }
    input.channels += foreground.len();
}

fn cropped_labels(labels: &[u8], path: &ReturnPath) -> Vec<u8> {
    let read = path.orientation.view(labels, path.file_dims);
    let dims = transposed_dims(path.read_dims(), path.transpose_forward);
    let whole = transposed(&read, path.read_dims(), path.transpose_forward);
    let [z, y, x] = &path.crop;
    let row = |z: usize, y: usize| {
        let start = (z * dims[1] + y) * dims[2];
        &whole[start + x.start..start + x.end]
    };
    z.clone().flat_map(|z| y.clone().flat_map(move |y| row(z, y).iter().copied())).collect()
}
