//! The surface of a mask as triangles in the patient, in mm (LPS): closed, facing outwards, smooth,
//! and of the mask's volume.
//!
//! `cells` lays triangles between voxels, `smooth` takes the steps out of them. Files are
//! `formats::stl`'s.

mod cells;
mod smooth;

use crate::core::mask::Mask;
use crate::core::volume::{Geometry, cross, dot, norm};

/// A closed surface.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Mesh {
    /// Corners, LPS, in mm.
    pub points_mm: Vec<[f64; 3]>,
    /// Three corners each, counterclockwise seen from outside.
    pub triangles: Vec<[u32; 3]>,
}

/// The surface of everything in `mask`, `[z, y, x]`, that is not background; empty of an empty
/// mask. Every edge belongs to exactly two triangles, whatever the mask.
pub fn surface(mask: &Mask, geometry: &Geometry) -> Mesh {
    let mut mesh = cells::triangulate(mask);
    smooth::smooth(&mut mesh);
    for point in &mut mesh.points_mm {
        *point = geometry.position_mm(*point);
    }
    // A grid that is a mirror image turns triangles inside out.
    if dot(cross(geometry.step_mm(2), geometry.step_mm(1)), geometry.step_mm(0)) < 0.0 {
        mesh.triangles.iter_mut().for_each(|triangle| triangle.swap(1, 2));
    }
    let finest_mm = geometry.spacing_mm().into_iter().fold(f64::INFINITY, f64::min);
    smooth::restore_volume(&mut mesh, mask.count() as f64 * geometry.voxel_mm3(), finest_mm / 2.0);
    mesh
}

impl Mesh {
    /// The corners of a triangle.
    pub fn corners(&self, triangle: [u32; 3]) -> [[f64; 3]; 3] {
        triangle.map(|i| self.points_mm[i as usize])
    }

    /// The same with every point shifted along its normal, by at most `most_mm` at a time, until it has the given volume.
    pub fn with_volume(mut self, volume_mm3: f64, most_mm: f64) -> Self {
        smooth::restore_volume(&mut self, volume_mm3, most_mm);
        self
    }

    /// Both surfaces as one.
    pub fn joined(mut self, other: &Self) -> Self {
        let first = self.points_mm.len() as u32;
        self.points_mm.extend(&other.points_mm);
        self.triangles.extend(other.triangles.iter().map(|triangle| triangle.map(|corner| first + corner)));
        self
    }

    /// The volume inside, in mm³: the sum of the tetrahedra from each triangle to the first point.
    pub fn volume_mm3(&self) -> f64 {
        let Some(&origin) = self.points_mm.first() else { return 0.0 };
        let six = |&triangle: &[u32; 3]| {
            let [a, b, c] = self.corners(triangle).map(|corner| minus(corner, origin));
            dot(a, cross(b, c))
        };
        self.triangles.iter().map(six).sum::<f64>() / 6.0
    }

    /// Its area, in mm².
    pub fn area_mm2(&self) -> f64 {
        self.triangles.iter().map(|&triangle| norm(self.normal(triangle)) / 2.0).sum()
    }

    /// Outward normal of each point, one long: the mean of its triangles, larger ones counting more.
    pub fn point_normals(&self) -> Vec<[f64; 3]> {
        let mut normals = vec![[0.0; 3]; self.points_mm.len()];
        for &triangle in &self.triangles {
            let normal = self.normal(triangle);
            for corner in triangle {
                for (sum, along) in normals[corner as usize].iter_mut().zip(normal) {
                    *sum += along;
                }
            }
        }
        for normal in &mut normals {
            let length = norm(*normal).max(f64::MIN_POSITIVE);
            *normal = normal.map(|along| along / length);
        }
        normals
    }

    /// Outward normal of a triangle; twice its area long.
    fn normal(&self, triangle: [u32; 3]) -> [f64; 3] {
        let [a, b, c] = self.corners(triangle);
        cross(minus(b, a), minus(c, a))
    }
}

fn minus(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    [0, 1, 2].map(|i| a[i] - b[i])
}
