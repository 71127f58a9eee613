//! Exact Euclidean distance in pixels to a mask's boundary: the distance along rows, then along
//! columns (`crate::core::distance_transform`). Distances between the surfaces of two masks, in mm,
//! are in `metrics`.

use crate::core::distance_transform::Envelope;

/// Signed distance, `[y, x]` in pixels, from each pixel's centre to the boundary of `mask` (0 is
/// background), `[y, x]` with `dims` `[height, width]`: positive inside, negative outside; `None`
/// for an empty mask, which has no boundary.
///
/// The boundary runs half a pixel from the centres on either side of it, so the magnitude is the
/// exact distance to the nearest centre of the other kind, less a half. Everything beyond the slice
/// is background.
///
/// # Panics
/// If the length of `mask` differs from `dims`.
pub fn signed_distance_px(mask: &[u8], dims: [usize; 2]) -> Option<Vec<f32>> {
    let [height, width] = dims;
    assert_eq!(mask.len(), height * width, "labels of a {height} x {width} slice");
    if mask.iter().all(|&label| label == 0) {
        return None;
    }
    // A frame of one pixel: the nearest background beyond the slice is never farther out than that.
    let framed_dims = [height + 2, width + 2];
    let mut framed = vec![false; framed_dims[0] * framed_dims[1]];
    for (y, row) in mask.chunks_exact(width).enumerate() {
        let start = (y + 1) * framed_dims[1] + 1;
        for (inside, &label) in framed[start..start + width].iter_mut().zip(row) {
            *inside = label != 0;
        }
    }
    let to_background = distances_squared(framed.iter().map(|&inside| !inside), framed_dims);
    let to_mask = distances_squared(framed.iter().copied(), framed_dims);
    let signed = |i: usize| {
        let distance = if framed[i] { to_background[i].sqrt() - 0.5 } else { 0.5 - to_mask[i].sqrt() };
        distance as f32
    };
    Some((1..=height).flat_map(|y| (1..=width).map(move |x| signed(y * framed_dims[1] + x))).collect())
}

/// Squared distance from each pixel to the nearest that is a site; infinite where there is none.
fn distances_squared(sites: impl Iterator<Item = bool>, [height, width]: [usize; 2]) -> Vec<f64> {
    let mut squared: Vec<f64> = sites.map(|site| if site { 0.0 } else { f64::INFINITY }).collect();
    let mut envelope = Envelope::default();
    for row in squared.chunks_exact_mut(width) {
        envelope.lower(row, 1.0);
    }
    let mut column = vec![0.0; height];
    for x in 0..width {
        for (y, value) in column.iter_mut().enumerate() {
            *value = squared[y * width + x];
        }
        envelope.lower(&mut column, 1.0);
        for (y, value) in column.iter().enumerate() {
            squared[y * width + x] = *value;
        }
    }
    squared
}
