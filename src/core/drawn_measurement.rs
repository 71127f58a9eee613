//! Measurements that a person draws on a plane: lengths, angles and ellipses.
//!
//! A point is `[row, column]` in pixels of the plane, with the centres of pixels at whole numbers. The values follow from the
//! grid of the volume, so a sheared (tilted) stack counts right. What is drawn on a slab is measured on the plane in its middle.

use std::f64::consts::PI;

use serde::{Deserialize, Serialize};

use super::hu_histogram::HuHistogram;
use super::hu_statistics::HuStatistics;
use super::mpr::{Grid, Plane};
use super::volume::{cross, dot, norm};

/// A shape on a plane.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum DrawnShape {
    /// A line between two points.
    Length {
        /// Its ends.
        ends: [[f64; 2]; 2],
    },
    /// Two lines from a vertex.
    Angle {
        /// The end of the first line, the vertex, and the end of the second line.
        points: [[f64; 2]; 3],
    },
    /// An ellipse whose axes are those of the plane.
    Ellipse {
        /// Two opposite corners of the rectangle around it.
        corners: [[f64; 2]; 2],
    },
}

/// A shape on one plane of a series.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct DrawnMeasurement {
    /// The plane.
    pub plane: Plane,
    /// Its index along its axis, counted from 0.
    pub index: usize,
    /// The shape.
    pub shape: DrawnShape,
}

/// The sizes of a shape; what it does not have, or what is not known, is `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct DrawnSizes {
    /// The length of a line, in mm.
    pub length_mm: Option<f64>,
    /// The length of a line, in pixels.
    pub length_px: Option<f64>,
    /// The angle between two lines, in degrees, 0 to 180. Pixels of unknown size count as square.
    pub angle_deg: Option<f64>,
    /// The area of an ellipse, in mm².
    pub area_mm2: Option<f64>,
    /// The area of an ellipse, in pixels.
    pub area_px: Option<f64>,
}

/// The Hounsfield units in an ellipse.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct EllipseStatistics {
    /// The number of pixels whose centres are inside.
    pub pixels: usize,
    /// Their arithmetic mean, in HU.
    pub mean_hu: f64,
    /// Their standard deviation (divided by n), in HU.
    pub sd_hu: f64,
    /// The smallest of them, in HU.
    pub min_hu: i16,
    /// The largest of them, in HU.
    pub max_hu: i16,
}

impl DrawnShape {
    /// Its points.
    pub fn points(&self) -> &[[f64; 2]] {
        match self {
            Self::Length { ends } => ends,
            Self::Angle { points } => points,
            Self::Ellipse { corners } => corners,
        }
    }

    /// The middle of the rectangle around its points.
    pub fn middle(&self) -> [f64; 2] {
        [0, 1].map(|axis| {
            let along = self.points().iter().map(|point| point[axis]);
            (along.clone().fold(f64::INFINITY, f64::min) + along.fold(f64::NEG_INFINITY, f64::max)) / 2.0
        })
    }
}

impl DrawnMeasurement {
    /// True if the volume has such a plane and every point lies on it, the outer halves of its pixels included.
    pub fn fits(&self, grid: &Grid) -> bool {
        let shape = grid.shape(self.plane);
        let is_inside = |point: &[f64; 2]| (0..2).all(|axis| (-0.5..=shape[axis] as f64 - 0.5).contains(&point[axis]));
        self.index < grid.count(self.plane) && self.shape.points().iter().all(is_inside)
    }

    /// Its sizes.
    pub fn sizes(&self, grid: &Grid) -> DrawnSizes {
        let none = DrawnSizes::default();
        match self.shape {
            DrawnShape::Length { ends: [a, b] } => {
                let [from, to] = [a, b].map(|end| grid.voxel(self.plane, self.index, end));
                let length_px = Some((a[0] - b[0]).hypot(a[1] - b[1]));
                DrawnSizes { length_mm: grid.distance_mm(from, to), length_px, ..none }
            }
            DrawnShape::Angle { points } => DrawnSizes { angle_deg: self.angle_deg(grid, points), ..none },
            DrawnShape::Ellipse { corners: [a, b] } => {
                let area_px = PI / 4.0 * (a[0] - b[0]).abs() * (a[1] - b[1]).abs();
                let area_mm2 = self.pixel_mm2(grid).map(|mm2| area_px * mm2);
                DrawnSizes { area_mm2, area_px: Some(area_px), ..none }
            }
        }
    }

    /// The values of the pixels in an ellipse, those on its line included. `hu` gives the value of a voxel `[z, y, x]`. `None`
    /// for another shape, and if the centre of no pixel is inside.
    pub fn ellipse_statistics(&self, grid: &Grid, hu: impl Fn([usize; 3]) -> i16) -> Option<EllipseStatistics> {
        let DrawnShape::Ellipse { corners: [a, b] } = self.shape else { return None };
        let centre = [0, 1].map(|axis| (a[axis] + b[axis]) / 2.0);
        let radius = [0, 1].map(|axis| (a[axis] - b[axis]).abs() / 2.0);
        let shape = grid.shape(self.plane);
        let [rows, columns] = [0, 1].map(|axis| {
            let first = (centre[axis] - radius[axis]).ceil().max(0.0) as usize;
            let last = (centre[axis] + radius[axis]).floor().min(shape[axis] as f64 - 1.0);
            if last < 0.0 { 0..0 } else { first..last as usize + 1 }
        });
        let is_inside = |pixel: [f64; 2]| {
            let [y, x] = [0, 1].map(|axis| (pixel[axis] - centre[axis]) / radius[axis].max(f64::MIN_POSITIVE));
            // Corners are differences of decimals: a pixel on the line counts whatever their rounding.
            y * y + x * x <= 1.0 + 1e-9
        };
        let pixels = rows.flat_map(|row| columns.clone().map(move |column| [row as f64, column as f64]));
        let mut histogram = HuHistogram::default();
        histogram.add(
            pixels
                .filter(|pixel| is_inside(*pixel))
                .map(|pixel| hu(grid.voxel(self.plane, self.index, pixel).map(|index| index as usize))),
        );
        let HuStatistics { mean_hu, sd_hu, .. } = HuStatistics::of(&histogram)?;
        let [min_hu, max_hu] = histogram.range()?;
        Some(EllipseStatistics { pixels: histogram.count() as usize, mean_hu, sd_hu, min_hu, max_hu })
    }

    /// Its points in the patient, in mm (LPS); `None` if the size of voxels is unknown.
    pub fn points_mm(&self, grid: &Grid) -> Option<Vec<[f64; 3]>> {
        let geometry = grid.geometry?;
        let points = self.shape.points().iter();
        Some(points.map(|point| geometry.position_mm(grid.voxel(self.plane, self.index, *point))).collect())
    }

    fn angle_deg(&self, grid: &Grid, points: [[f64; 2]; 3]) -> Option<f64> {
        let [first, vertex, second] = points.map(|[row, column]| match grid.geometry {
            Some(geometry) => geometry.position_mm(grid.voxel(self.plane, self.index, [row, column])),
            None => [column, row, 0.0],
        });
        let [a, b] = [first, second].map(|end| [0, 1, 2].map(|axis| end[axis] - vertex[axis]));
        let has_lines = norm(a) > 0.0 && norm(b) > 0.0;
        has_lines.then(|| norm(cross(a, b)).atan2(dot(a, b)).to_degrees())
    }

    /// The area of a pixel of the plane, in mm².
    fn pixel_mm2(&self, grid: &Grid) -> Option<f64> {
        let geometry = grid.geometry?;
        let [a, b] = [1, 2].map(|next| geometry.step_mm((self.plane.axis() + next) % 3));
        Some(norm(cross(a, b)))
    }
}
