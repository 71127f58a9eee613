//! The part of a scan around what another model found: TotalSegmentator's crop, and its inverse.
//!
//! `crop_to_mask` and `undo_crop` of `totalsegmentator/cropping.py`. Arrays are in file order.

use std::ops::Range;

use crate::core::volume::{Geometry, Orientation, Volume};

/// The box around all voxels with one of the labels `wanted`, `[z, y, x]`, with `margin_mm` more on
/// each side as far as the scan reaches; `None` if there is no such voxel.
///
/// The margin in voxels is cut off to a whole number, with the spacing in single precision, as in
/// TotalSegmentator.
pub fn region_around(
    labels: &[u8],
    dims: [usize; 3],
    wanted: &[u8],
    spacing_mm: [f64; 3],
    margin_mm: f64,
) -> Option<[Range<usize>; 3]> {
    let mut bounds = dims.map(|n| (n, 0));
    for (voxel, _) in labels.iter().enumerate().filter(|(_, label)| wanted.contains(label)) {
        let place = [voxel / (dims[1] * dims[2]), voxel / dims[2] % dims[1], voxel % dims[2]];
        for (bound, i) in bounds.iter_mut().zip(place) {
            *bound = (bound.0.min(i), bound.1.max(i + 1));
        }
    }
    if bounds[0].1 == 0 {
        return None;
    }
    Some([0, 1, 2].map(|axis| {
        let margin = (margin_mm / f64::from(spacing_mm[axis] as f32)) as usize;
        bounds[axis].0.saturating_sub(margin)..(bounds[axis].1 + margin).min(dims[axis])
    }))
}

/// A region widened on both sides to at least `least_mm`, `[z, y, x]`, as far as the scan reaches.
pub fn widened(
    region: &[Range<usize>; 3],
    least_mm: [f64; 3],
    spacing_mm: [f64; 3],
    dims: [usize; 3],
) -> [Range<usize>; 3] {
    [0, 1, 2].map(|axis| {
        let least = ((least_mm[axis] / spacing_mm[axis]).ceil() as usize).min(dims[axis]);
        let missing = least.saturating_sub(region[axis].len());
        let start = region[axis].start.saturating_sub(missing / 2).min(dims[axis] - least.max(region[axis].len()));
        start..start + least.max(region[axis].len())
    })
}

/// A region of an array of shape `dims` in file order, in viewing order.
pub fn region_in_view(region: &[Range<usize>; 3], orientation: &Orientation, dims: [usize; 3]) -> [Range<usize>; 3] {
    [0, 1, 2].map(|axis| {
        let from = orientation.source[axis];
        let (range, length) = (&region[from], dims[from]);
        if orientation.flip[axis] { length - range.end..length - range.start } else { range.clone() }
    })
}

/// The part of a volume inside a region, in its place in the patient.
///
/// # Panics
/// If the region reaches out of the volume.
pub fn cropped_volume(volume: &Volume, region: &[Range<usize>; 3]) -> Volume {
    let [z, y, x] = region;
    let [_, height, width] = volume.dims;
    let rows = z.clone().flat_map(|z| y.clone().map(move |y| (z * height + y) * width));
    let first = [z.start, y.start, x.start].map(|i| i as f64);
    let geometry = volume.geometry.map(|geometry| {
        let mut affine = geometry.affine;
        for (row, origin) in affine.iter_mut().zip(geometry.position_mm(first)) {
            row[3] = origin;
        }
        Geometry { affine }
    });
    Volume {
        hu: rows.flat_map(|row| volume.hu[row + x.start..row + x.end].iter().copied()).collect(),
        dims: [z.len(), y.len(), x.len()],
        geometry,
        calibrated: volume.calibrated,
    }
}

/// An array of shape `dims` with `values` inside a region and the default value (0) outside.
///
/// # Panics
/// If `values` does not have the region's size, or the region reaches out of `dims`.
pub fn pasted<T: Copy + Default>(values: &[T], region: &[Range<usize>; 3], dims: [usize; 3]) -> Vec<T> {
    let [z, y, x] = region;
    assert_eq!(values.len(), z.len() * y.len() * x.len(), "values fill the region");
    let mut whole = vec![T::default(); dims.iter().product()];
    let rows = z.clone().flat_map(|z| y.clone().map(move |y| (z * dims[1] + y) * dims[2]));
    for (row, line) in rows.zip(values.chunks_exact(x.len().max(1))) {
        whole[row + x.start..row + x.end].copy_from_slice(line);
    }
    whole
}
