//! Slabs: several neighbouring planes of a volume, shown as one picture.
//!
//! A maximum intensity projection (MIP) shows vessels and calcifications as a whole, a minimum (MinIP)
//! the pancreatic duct and gas, and a mean takes the noise out of thin slices. What lies over a picture, such as a
//! mask, is that of its middle plane.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::core::mpr::{Grid, Plane};
use crate::core::volume::{cross, norm};

/// What becomes of the values that lie behind one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Projection {
    /// Their mean.
    Mean,
    /// The largest (MIP).
    Maximum,
    /// The smallest (MinIP).
    Minimum,
}

/// A slab around a plane.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Slab {
    /// What becomes of the values that lie behind one another.
    pub projection: Projection,
    /// Its thickness, in mm. Whole planes count, an odd number of them, so that the plane itself is in the middle.
    pub thickness_mm: f64,
}

impl Slab {
    /// The planes of the slab around the plane `index`; at the edge of the volume fewer. Only that plane if the size of
    /// voxels is unknown.
    pub fn planes(&self, grid: &Grid, plane: Plane, index: usize) -> Range<usize> {
        let distance_mm = plane_distance_mm(grid, plane).unwrap_or(f64::INFINITY);
        let half = ((self.thickness_mm / distance_mm - 1.0) / 2.0).round().max(0.0) as usize;
        index.saturating_sub(half)..(index + half + 1).min(grid.count(plane))
    }

    /// The thickness of the planes that the slab around `index` consists of, in mm. `None` if the size of voxels is unknown.
    pub fn covered_mm(&self, grid: &Grid, plane: Plane, index: usize) -> Option<f64> {
        Some(self.planes(grid, plane, index).len() as f64 * plane_distance_mm(grid, plane)?)
    }

    /// The picture of the slab around the plane `index`, `[row, column]` in HU, from the slices that `slice` gives.
    /// Means are rounded to whole HU.
    ///
    /// # Panics
    /// If `index` is not below the number of planes.
    pub fn project<'a>(&self, grid: &Grid, plane: Plane, index: usize, slice: impl Fn(usize) -> &'a [i16]) -> Vec<i16> {
        let planes = self.planes(grid, plane, index);
        let (fold, start) = self.fold();
        let [depth, height, width] = grid.dims;
        let [rows, columns] = grid.shape(plane);
        let mut picture = vec![start; rows * columns];
        let add = |row: &mut [i32], values: &[i16]| {
            row.iter_mut().zip(values).for_each(|(sum, &value)| *sum = fold(*sum, i32::from(value)));
        };
        match plane {
            Plane::Axial => planes.clone().for_each(|z| add(&mut picture, slice(z))),
            Plane::Coronal | Plane::Sagittal => {
                for z in 0..depth {
                    let row = grid.pixel(plane, [z as f64, 0.0, 0.0])[0] as usize;
                    let out = &mut picture[row * columns..(row + 1) * columns];
                    let slice = slice(z);
                    if plane == Plane::Coronal {
                        planes.clone().for_each(|y| add(out, &slice[y * width..(y + 1) * width]));
                        continue;
                    }
                    for (y, out) in out.iter_mut().enumerate().take(height) {
                        let values = &slice[y * width + planes.start..y * width + planes.end];
                        *out = values.iter().fold(start, |sum, &value| fold(sum, i32::from(value)));
                    }
                }
            }
        }
        let count = if self.projection == Projection::Mean { planes.len() as f64 } else { 1.0 };
        picture.into_iter().map(|value| (f64::from(value) / count).round() as i16).collect()
    }

    /// How a value is added to those before it, and the value to begin with.
    fn fold(&self) -> (fn(i32, i32) -> i32, i32) {
        match self.projection {
            Projection::Mean => (|a, b| a + b, 0),
            Projection::Maximum => (i32::max, i32::MIN),
            Projection::Minimum => (i32::min, i32::MAX),
        }
    }
}

/// The distance between neighbouring planes along their normal, in mm; in a sheared stack that is less than the step.
fn plane_distance_mm(grid: &Grid, plane: Plane) -> Option<f64> {
    let geometry = grid.geometry?;
    let [a, b] = [(plane.axis() + 1) % 3, (plane.axis() + 2) % 3].map(|axis| geometry.step_mm(axis));
    Some(geometry.voxel_mm3() / norm(cross(a, b)))
}
