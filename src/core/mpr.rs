//! Multiplanar reformatting (MPR): the axial, coronal and sagittal planes through a volume.
//!
//! Volumes are in viewing order. Windowing is in [`window`](super::window), and colours are added
//! in `imaging::overlay`.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::core::volume::{Geometry, norm};

/// A plane through a volume in viewing order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Plane {
    /// Columns to the patient's left, rows to posterior.
    Axial,
    /// Columns to the patient's left, rows to inferior.
    Coronal,
    /// Columns to posterior, rows to inferior.
    Sagittal,
}

impl Plane {
    /// All planes, in the order of the array axes along which they are stacked.
    pub const ALL: [Self; 3] = [Self::Axial, Self::Coronal, Self::Sagittal];

    /// Its name in English, for tables and tests.
    pub fn name(self) -> &'static str {
        match self {
            Self::Axial => "axial",
            Self::Coronal => "coronal",
            Self::Sagittal => "sagittal",
        }
    }

    /// The array axis along which the planes are stacked: `0` = slice, `1` = row, `2` = column of
    /// the volume.
    pub fn axis(self) -> usize {
        self as usize
    }

    /// The array axes that run along the rows and the columns of the plane.
    fn axes(self) -> [usize; 2] {
        match self {
            Self::Axial => [1, 2],
            Self::Coronal => [0, 2],
            Self::Sagittal => [0, 1],
        }
    }
}

/// The grid of a volume in viewing order, from which planes are cut.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Grid {
    /// `[depth, height, width]`.
    pub dims: [usize; 3],
    /// `None` for a picture.
    pub geometry: Option<Geometry>,
}

impl Grid {
    /// `[rows, columns]` of a plane.
    pub fn shape(&self, plane: Plane) -> [usize; 2] {
        plane.axes().map(|axis| self.dims[axis])
    }

    /// Number of parallel planes.
    pub fn count(&self, plane: Plane) -> usize {
        self.dims[plane.axis()]
    }

    /// `[height, width]` of a plane in mm, or in voxels if their size is unknown.
    pub fn size_mm(&self, plane: Plane) -> [f64; 2] {
        let spacing_mm = self.geometry.map_or([1.0; 3], |g| g.spacing_mm());
        plane.axes().map(|axis| self.dims[axis] as f64 * spacing_mm[axis])
    }

    /// The height of a pixel of a plane divided by its width; 1 if the size of voxels is unknown.
    pub fn pixel_aspect(&self, plane: Plane) -> f64 {
        let spacing_mm = self.geometry.map_or([1.0; 3], |g| g.spacing_mm());
        let [rows, columns] = plane.axes();
        spacing_mm[rows] / spacing_mm[columns]
    }

    /// The voxel `[z, y, x]` that the pixel `[row, column]` of a plane shows.
    pub fn voxel(&self, plane: Plane, index: usize, [row, column]: [f64; 2]) -> [f64; 3] {
        let [rows, columns] = plane.axes();
        let mut voxel = [index as f64; 3];
        voxel[rows] = if self.is_flipped(plane) { (self.dims[rows] - 1) as f64 - row } else { row };
        voxel[columns] = column;
        voxel
    }

    /// The pixel `[row, column]` of a plane over which the voxel `[z, y, x]` lies.
    pub fn pixel(&self, plane: Plane, voxel: [f64; 3]) -> [f64; 2] {
        let [rows, columns] = plane.axes();
        let row = if self.is_flipped(plane) { (self.dims[rows] - 1) as f64 - voxel[rows] } else { voxel[rows] };
        [row, voxel[columns]]
    }

    /// The picture of a plane, `[row, column]`, from the slices that `slice` gives by index. Pixels
    /// of slices that it does not give are zero.
    ///
    /// # Panics
    /// If `index` is not below the number of planes.
    pub fn reslice<'a, T: Copy + Default + 'a>(
        &self,
        plane: Plane,
        index: usize,
        slice: impl Fn(usize) -> Option<Cow<'a, [T]>>,
    ) -> Vec<T> {
        let [depth, _, width] = self.dims;
        let [rows, columns] = self.shape(plane);
        let mut picture = vec![T::default(); rows * columns];
        if plane == Plane::Axial {
            return slice(index).map_or(picture, Cow::into_owned);
        }
        for (row, out) in picture.chunks_exact_mut(columns).enumerate() {
            let z = if self.is_flipped(plane) { depth - 1 - row } else { row };
            match (slice(z), plane) {
                (None, _) => {}
                (Some(slice), Plane::Coronal) => out.copy_from_slice(&slice[index * width..(index + 1) * width]),
                (Some(slice), _) => {
                    for (out, row) in out.iter_mut().zip(slice.chunks_exact(width)) {
                        *out = row[index];
                    }
                }
            }
        }
        picture
    }

    /// The directions in the patient (R, L, A, P, S, I) of the left, right, top and bottom edge of
    /// a plane, each rounded to the nearest axis of the patient. `None` without a geometry.
    pub fn letters(&self, plane: Plane) -> Option<[char; 4]> {
        let geometry = self.geometry?;
        let [rows, columns] = plane.axes();
        let [west, east] = ends(geometry.step_mm(columns));
        let [north, south] = ends(geometry.step_mm(rows));
        Some(if self.is_flipped(plane) { [west, east, south, north] } else { [west, east, north, south] })
    }

    /// Distance between two voxels `[z, y, x]` in mm; `None` if their size is unknown.
    pub fn distance_mm(&self, a: [f64; 3], b: [f64; 3]) -> Option<f64> {
        let [a, b] = [a, b].map(|voxel| self.geometry.map(|g| g.position_mm(voxel)));
        let (a, b) = (a?, b?);
        Some(norm([0, 1, 2].map(|i| a[i] - b[i])))
    }

    /// True if the first row of a plane is the last slice: superior is always up, in whichever
    /// direction the slices run.
    fn is_flipped(&self, plane: Plane) -> bool {
        plane != Plane::Axial && self.geometry.is_some_and(|g| g.step_mm(0)[2] > 0.0)
    }
}

/// The letters of the directions in the patient opposite to a step in LPS, and along it.
fn ends(step: [f64; 3]) -> [char; 2] {
    let axis = (0..3).max_by(|&a, &b| step[a].abs().total_cmp(&step[b].abs())).unwrap_or(0);
    let [negative, positive] = [['R', 'L'], ['A', 'P'], ['I', 'S']][axis];
    if step[axis] < 0.0 { [positive, negative] } else { [negative, positive] }
}
