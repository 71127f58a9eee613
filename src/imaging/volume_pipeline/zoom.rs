//! TotalSegmentator's own resampling: `scipy.ndimage.zoom(mode="nearest")`, whose outer voxel centres
//! stay where they are (`change_spacing` in `totalsegmentator/resampling.py`).

use crate::core::parallel::map_parallel;
use crate::core::volume::Orientation;

use super::resize::{AxisResampler, Clip, Coordinates, InterpolationOrder, LinearTap, Resize};

/// The shape at `to_mm`. The spacing of the scan is rounded to single precision first, as a NIfTI
/// header does.
pub fn zoomed_dims(dims: [usize; 3], from_mm: [f64; 3], to_mm: [f64; 3]) -> [usize; 3] {
    [0, 1, 2].map(|axis| {
        let zoom = f64::from(from_mm[axis] as f32) / to_mm[axis];
        ((dims[axis] as f64 * zoom).round_ties_even() as usize).max(1)
    })
}

/// An image zoomed to another shape, its values cut off toward zero as TotalSegmentator's conversion
/// to integers does. `hu` is in file order, of shape `file_dims`, and is zoomed as `orientation` shows it; it is not copied.
///
/// With order 1 every sum is taken in SciPy's sequence, so that not even a value that should be whole
/// is cut off differently.
pub fn zoom_hu(
    (hu, file_dims): (&[i16], [usize; 3]),
    orientation: &Orientation,
    to: [usize; 3],
    order: InterpolationOrder,
) -> Vec<i16> {
    let (dims, offset) = (orientation.view_dims(file_dims), orientation.file_offset(file_dims));
    if dims == to {
        return orientation.view(hu, file_dims);
    }
    if order == InterpolationOrder::Cubic {
        let resize = Resize::uniform(dims, to, order, Coordinates::EndPoints, Clip::None);
        let row = |z, y| (0..dims[2]).map(move |x| f32::from(hu[offset([z, y, x])]));
        let slice = |z: usize| (0..dims[1]).flat_map(|y| row(z, y)).collect();
        return resize.run(slice).into_iter().map(|value| value as i16).collect();
    }
    gathered(dims, to, order, |corners| {
        let mut sum = 0.0;
        for (voxel, [x, y, z]) in corners {
            sum += f64::from(hu[offset(voxel)]) * x * y * z;
        }
        sum as i16
    })
}

/// A map of values zoomed to another shape with order 1.
pub fn zoom_map(values: &[f32], dims: [usize; 3], to: [usize; 3]) -> Vec<f32> {
    let resize = Resize::uniform(dims, to, InterpolationOrder::Linear, Coordinates::EndPoints, Clip::None);
    let area = dims[1] * dims[2];
    resize.run(|z| values[z * area..(z + 1) * area].to_vec())
}

/// A map of bytes zoomed to another shape with order 1, rounded. Most of it is usually 0, and costs little.
pub fn zoom_bytes(values: &[u8], dims: [usize; 3], to: [usize; 3]) -> Vec<u8> {
    let taps = [0, 1, 2].map(|axis| {
        let axis = AxisResampler::new(dims[axis], to[axis], InterpolationOrder::Linear, Coordinates::EndPoints);
        axis.linear_taps().unwrap_or_default()
    });
    let [deep, high, wide] = &taps;
    let row = |z: usize, y: usize| &values[(z * dims[1] + y) * dims[2]..][..dims[2]];
    let slices = map_parallel(deep, |z| {
        let mut slice = vec![0; to[1] * to[2]];
        let mut mixed = vec![0.0; dims[2]];
        for (y, out) in high.iter().zip(slice.chunks_exact_mut(to[2].max(1))) {
            let mut is_empty = true;
            mixed.fill(0.0);
            for (z, p) in ends(z) {
                for (y, q) in ends(y) {
                    let row = row(z, y);
                    if row.iter().any(|&value| value != 0) {
                        is_empty = false;
                        mixed.iter_mut().zip(row).for_each(|(sum, &value)| *sum += f64::from(value) * p * q);
                    }
                }
            }
            if !is_empty {
                for (out, x) in out.iter_mut().zip(wide) {
                    *out = ends(x).map(|(x, r)| mixed[x] * r).sum::<f64>().round() as u8;
                }
            }
        }
        slice
    });
    slices.concat()
}

/// Labels zoomed to another shape with order 0: voxel `i` takes
/// `floor(i * (in - 1) / (out - 1) + 0.5)`.
pub fn zoom_labels(labels: &[u8], dims: [usize; 3], to: [usize; 3]) -> Vec<u8> {
    if dims == to {
        return labels.to_vec();
    }
    let voxel = |[z, y, x]: [usize; 3]| labels[(z * dims[1] + y) * dims[2] + x];
    gathered(dims, to, InterpolationOrder::Nearest, |corners| corners.next().map_or(0, |(place, _)| voxel(place)))
}

/// One value for each voxel of `to`, from the voxels `[z, y, x]` around it and their weights `[x, y, z]`, in
/// SciPy's sequence for an array `[x, y, z]`: the last axis changes fastest.
fn gathered<T: Copy + Send>(
    dims: [usize; 3],
    to: [usize; 3],
    order: InterpolationOrder,
    value: impl Fn(&mut dyn Iterator<Item = ([usize; 3], [f64; 3])>) -> T + Sync + Send,
) -> Vec<T> {
    let taps = [0, 1, 2].map(|axis| {
        let axis = AxisResampler::new(dims[axis], to[axis], order, Coordinates::EndPoints);
        axis.linear_taps().unwrap_or_default()
    });
    let [deep, high, wide] = &taps;
    let slices = map_parallel(deep, |z| {
        let mut slice = Vec::with_capacity(high.len() * wide.len());
        for y in high {
            for x in wide {
                let mut corners = ends(x).flat_map(|(x, p)| {
                    ends(y).flat_map(move |(y, q)| ends(z).map(move |(z, r)| ([z, y, x], [p, q, r])))
                });
                slice.push(value(&mut corners));
            }
        }
        slice
    });
    slices.concat()
}

/// The voxels of a tap with their weights.
fn ends(tap: &LinearTap) -> impl Iterator<Item = (usize, f64)> + use<> {
    let both = [(tap.lower, 1.0 - tap.weight), (tap.upper, tap.weight)];
    both.into_iter().take(if tap.upper == tap.lower { 1 } else { 2 })
}
