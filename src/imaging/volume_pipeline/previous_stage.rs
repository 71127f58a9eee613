//! The second stage of a cascade reads the labels of the first beside the image.
//!
//! nnU-Net resamples the labels as a segmentation and gives each foreground label a channel
//! (`resize_segmentation` of batchgenerators 0.25.5, `convert_labelmap_to_one_hot`): each label is
//! resampled with order 1, the largest share wins, and of equal shares the nearest voxel's label.

use super::array::{transposed, transposed_dims};
use super::prepare::{PreparedVolume, ReturnPath};
use super::resize::InterpolationOrder;
use super::settings::{ResamplingRule, SeparateZ};

/// Appends a channel for each label of `foreground` to an input, from the labels of the previous
/// stage in file order, `[z, y, x]`.
///
/// # Panics
/// If the labels are not those of the same file, or the pipeline is TotalSegmentator's, which has no
/// second stage of this kind.
pub fn append_previous_stage(prepared: &mut PreparedVolume, labels: &[u8], foreground: &[u8], separate_z: SeparateZ) {
    assert!(prepared.path.zoomed_dims.is_none(), "cascades belong to nnU-Net's pipeline");
    let winners = labels_on_network_grid(labels, &prepared.path, separate_z);
    let input = &mut prepared.input;
    for &label in foreground {
        input.values.extend(winners.iter().map(|&winner| f32::from(u8::from(winner == label))));
    }
    input.channels += foreground.len();
}

/// Labels in file order, `[z, y, x]`, on the network's grid. The pipeline is nnU-Net's.
pub fn labels_on_network_grid(labels: &[u8], path: &ReturnPath, separate_z: SeparateZ) -> Vec<u8> {
    resampled_labels(&cropped_labels(labels, path), path, separate_z)
}

/// Labels of the cropped array on the network's grid.
fn resampled_labels(cropped: &[u8], path: &ReturnPath, separate_z: SeparateZ) -> Vec<u8> {
    let area = path.cropped_dims()[1] * path.cropped_dims()[2];
    let resampled = |order: InterpolationOrder, value: &(dyn Fn(u8) -> f32 + Sync)| {
        let rule = ResamplingRule { order, order_z: InterpolationOrder::Nearest, separate_z };
        let slice = |z: usize| cropped[z * area..(z + 1) * area].iter().map(|&label| value(label)).collect();
        path.image_change().resize(rule).run(slice)
    };
    let nearest: Vec<u8> = resampled(InterpolationOrder::Nearest, &|label| f32::from(label))
        .into_iter()
        .map(|value| value as u8)
        .collect();
    let mut present = cropped.to_vec();
    present.sort_unstable();
    present.dedup();
    let mut winners = vec![present.first().copied().unwrap_or(0); nearest.len()];
    let mut best = vec![0.0_f32; nearest.len()];
    for label in present {
        let shares = resampled(InterpolationOrder::Linear, &|other| f32::from(u8::from(other == label)));
        for (i, share) in shares.into_iter().enumerate() {
            if share > best[i] || (share == best[i] && share > 0.0 && nearest[i] == label) {
                (winners[i], best[i]) = (label, share);
            }
        }
    }
    winners
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
