//! The part of an image that is not zero, as nnU-Net's `crop_to_nonzero`.

use std::ops::Range;

/// The smallest box that holds every voxel at which a channel is not 0, `[z, y, x]`; the whole image
/// if there is none. Filling holes, as nnU-Net does first, does not change it.
pub(super) fn bounding_box(channels: &[&[i16]], dims: [usize; 3]) -> [Range<usize>; 3] {
    let [_, height, width] = dims;
    let mut ranges = dims.map(|n| n..0);
    let mut extend = |axis: usize, first: usize, last: usize| {
        let range: &mut Range<usize> = &mut ranges[axis];
        *range = range.start.min(first)..range.end.max(last + 1);
    };
    for channel in channels {
        for (row, values) in channel.chunks_exact(width).enumerate() {
            let Some(first) = values.iter().position(|&value| value != 0) else { continue };
            let last = values.iter().rposition(|&value| value != 0).unwrap_or(first);
            extend(0, row / height, row / height);
            extend(1, row % height, row % height);
            extend(2, first, last);
        }
    }
    if ranges[0].is_empty() { dims.map(|n| 0..n) } else { ranges }
}

/// True for each voxel that is not zero in a channel, or lies in a hole that such voxels enclose
/// (`scipy.ndimage.binary_fill_holes`: a hole is what no path over sides of voxels leads out of).
/// The channels are those of the cropped image, of shape `dims`; the crop touches the object on all
/// sides, so that holes are the same as in the whole image.
pub(super) fn filled_mask(channels: &[&[i16]], dims: [usize; 3]) -> Vec<bool> {
    let [depth, height, width] = dims;
    let is_zero = |voxel: usize| channels.iter().all(|channel| channel[voxel] == 0);
    let mut inside = vec![true; depth * height * width];
    let mut frontier = Vec::new();
    let on_border = |voxel: usize| {
        let [z, y, x] = [voxel / (height * width), voxel / width % height, voxel % width];
        z == 0 || y == 0 || x == 0 || z + 1 == depth || y + 1 == height || x + 1 == width
    };
    for voxel in (0..inside.len()).filter(|&voxel| on_border(voxel) && is_zero(voxel)) {
        inside[voxel] = false;
        frontier.push(voxel);
    }
    while let Some(voxel) = frontier.pop() {
        let [z, y, x] = [voxel / (height * width), voxel / width % height, voxel % width];
        let neighbours = [
            (z > 0).then(|| voxel - height * width),
            (z + 1 < depth).then(|| voxel + height * width),
            (y > 0).then(|| voxel - width),
            (y + 1 < height).then(|| voxel + width),
            (x > 0).then(|| voxel - 1),
            (x + 1 < width).then(|| voxel + 1),
        ];
        for neighbour in neighbours.into_iter().flatten() {
            if inside[neighbour] && is_zero(neighbour) {
                inside[neighbour] = false;
                frontier.push(neighbour);
            }
        }
    }
    inside
}
