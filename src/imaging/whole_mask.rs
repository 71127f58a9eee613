//! Operations on the mask of a whole organ, in millimetres: smoothing, margins and islands, as 3D
//! Slicer's Segment Editor has them.

use serde::{Deserialize, Serialize};

use crate::core::connected_components::outside_largest;
use crate::core::distance_transform::Envelope;
use crate::core::gaussian::smooth;
use crate::core::mask::{Mask, PANCREAS};

/// The widest margin and the widest smoothing, in mm.
const MOST_MM: f64 = 50.0;

/// An operation on a mask.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum MaskOperation {
    /// Smooths the shape with a Gaussian, and cuts it at a half.
    Smooth {
        /// Standard deviation of the Gaussian, in mm.
        sigma_mm: f64,
    },
    /// Adds every voxel within a distance of the mask, or, if that is negative, removes every voxel
    /// within it of the background. Distances are between the centres of voxels.
    Margin {
        /// The distance, in mm.
        margin_mm: f64,
    },
    /// Removes everything but the largest connected component (26-neighbours).
    KeepLargest,
}

/// The mask after an operation, not 0 where the organ is. `spacing_mm` is `[z, y, x]`. The
/// edge of the volume neither erodes a mask nor rounds it. An operation with a number that is not
/// finite, or beyond 50 mm, changes nothing.
pub fn operate(operation: MaskOperation, mask: &Mask, spacing_mm: [f64; 3]) -> Mask {
    let is_usable = |mm: f64| mm.is_finite() && mm.abs() <= MOST_MM;
    match operation {
        MaskOperation::KeepLargest => {
            let mut largest = mask.clone();
            for run in outside_largest(mask.dims, |z| Some(mask.slice(z))) {
                largest.slice_mut(run.z)[run.pixels].fill(0);
            }
            largest
        }
        MaskOperation::Smooth { sigma_mm } if is_usable(sigma_mm) && sigma_mm > 0.0 => {
            in_box(mask, spacing_mm, 4.0 * sigma_mm, |inside, dims| {
                let sigmas = spacing_mm.map(|spacing_mm| (sigma_mm / spacing_mm) as f32);
                let values: Vec<f32> = inside.iter().map(|&inside| f32::from(u8::from(inside))).collect();
                smooth(&values, dims, sigmas).iter().map(|&value| value > 0.5).collect()
            })
        }
        MaskOperation::Margin { margin_mm } if is_usable(margin_mm) => {
            in_box(mask, spacing_mm, margin_mm.max(0.0), |inside, dims| {
                let grows = margin_mm > 0.0;
                let squared_mm2 = squared_distance_mm2(inside, grows, dims, spacing_mm);
                let limit_mm2 = margin_mm * margin_mm;
                squared_mm2.iter().map(|&mm2| (mm2 <= limit_mm2) == grows).collect()
            })
        }
        MaskOperation::Smooth { .. } | MaskOperation::Margin { .. } => mask.clone(),
    }
}

/// Applies `work` to the box around a mask, wider by `margin_mm` on all sides, and by a voxel of
/// background where the volume allows it. `work` is told the voxels in the mask and the box's dims.
fn in_box(
    mask: &Mask,
    spacing_mm: [f64; 3],
    margin_mm: f64,
    work: impl FnOnce(&[bool], [usize; 3]) -> Vec<bool>,
) -> Mask {
    let Some(bounds) = bounds(mask) else { return mask.clone() };
    let ranges = [0, 1, 2].map(|axis| {
        let [first, last] = bounds[axis];
        let margin = (margin_mm / spacing_mm[axis]).ceil() as usize + 1;
        first.saturating_sub(margin)..(last + margin + 1).min(mask.dims[axis])
    });
    let dims = ranges.clone().map(|range| range.len());
    let width = mask.dims[2];
    let rows = || {
        let [slices, rows, columns] = ranges.clone();
        slices.flat_map(move |z| {
            let columns = columns.clone();
            rows.clone().map(move |y| (z, y * width + columns.start..y * width + columns.end))
        })
    };
    let inside: Vec<bool> =
        rows().flat_map(|(z, pixels)| mask.slice(z)[pixels].iter().map(|&label| label != 0)).collect();
    let mut result = Mask::empty(mask.dims);
    for ((z, pixels), found) in rows().zip(work(&inside, dims).chunks_exact(dims[2])) {
        for (label, found) in result.slice_mut(z)[pixels].iter_mut().zip(found) {
            *label = if *found { PANCREAS } else { 0 };
        }
    }
    result
}

/// The first and the last index of the mask along each axis.
fn bounds(mask: &Mask) -> Option<[[usize; 2]; 3]> {
    let mut bounds: Option<[[usize; 2]; 3]> = None;
    for z in 0..mask.dims[0] {
        let labelled = mask.slice(z).iter().enumerate().filter(|(_, label)| **label != 0);
        for (pixel, _) in labelled {
            let voxel = [z, pixel / mask.dims[2], pixel % mask.dims[2]];
            let bounds = bounds.get_or_insert(voxel.map(|index| [index; 2]));
            for (range, index) in bounds.iter_mut().zip(voxel) {
                *range = [range[0].min(index), range[1].max(index)];
            }
        }
    }
    bounds
}

/// The squared distance in mm² from each voxel to the nearest one in the mask, or in the background.
fn squared_distance_mm2(inside: &[bool], to_mask: bool, dims: [usize; 3], spacing_mm: [f64; 3]) -> Vec<f64> {
    let mut squared: Vec<f64> =
        inside.iter().map(|&inside| if inside == to_mask { 0.0 } else { f64::INFINITY }).collect();
    let mut envelope = Envelope::default();
    for axis in 0..3 {
        let stride: usize = dims[axis + 1..].iter().product();
        for start in (0..squared.len()).filter(|i| (i / stride).is_multiple_of(dims[axis])) {
            let mut line: Vec<f64> = (0..dims[axis]).map(|i| squared[start + i * stride]).collect();
            envelope.lower(&mut line, spacing_mm[axis]);
            line.into_iter().enumerate().for_each(|(i, value)| squared[start + i * stride] = value);
        }
    }
    squared
}
