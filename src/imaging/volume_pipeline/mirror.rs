//! Mirrored patches: nnU-Net lets the network see a patch in every combination of flips and takes the
//! mean (`_internal_maybe_mirror_and_predict`).

use super::settings::VolumeSettings;

/// The combinations of axes `[z, y, x]` along which patches are mirrored, in nnU-Net's sequence. The
/// first is the patch as it is.
pub fn mirrorings(settings: &VolumeSettings) -> Vec<Vec<usize>> {
    let shift = 3 - settings.patch_size.len();
    let axes: Vec<usize> = settings.mirror_axes.iter().map(|axis| axis + shift).collect();
    let mut combinations: Vec<(u32, Vec<usize>)> = (0..1_usize << axes.len())
        .map(|bits| (0..axes.len()).filter(|i| bits >> i & 1 == 1).collect())
        .map(|chosen: Vec<usize>| (chosen.len() as u32, chosen))
        .collect();
    // As `itertools.combinations`: by number, then in the order of the axes given.
    combinations.sort();
    combinations.into_iter().map(|(_, chosen)| chosen.into_iter().map(|i| axes[i]).collect()).collect()
}

/// A patch `[c, z, y, x]` of shape `dims` mirrored along `axes`.
pub fn flip_patch(values: &[f32], dims: [usize; 3], axes: &[usize]) -> Vec<f32> {
    values.chunks_exact(dims.iter().product()).flat_map(|channel| flip_map(channel, dims, axes)).collect()
}

/// A map `[z, y, x, c]` of shape `dims` mirrored along `axes`.
pub fn flip_map(values: &[f32], dims: [usize; 3], axes: &[usize]) -> Vec<f32> {
    let [depth, height, width] = dims;
    let channels = values.len() / (depth * height * width);
    let source = |axis: usize, i: usize| if axes.contains(&axis) { dims[axis] - 1 - i } else { i };
    let mut flipped = Vec::with_capacity(values.len());
    for z in 0..depth {
        for y in 0..height {
            let row = (source(0, z) * height + source(1, y)) * width;
            for x in 0..width {
                let voxel = (row + source(2, x)) * channels;
                flipped.extend_from_slice(&values[voxel..voxel + channels]);
            }
        }
    }
    flipped
}
