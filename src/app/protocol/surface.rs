//! The surfaces of organs, as the page draws them.

use serde::{Deserialize, Serialize};

use super::to_bytes;
use crate::imaging::mesh::Mesh;

/// A closed surface in numbers that a graphics card takes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SurfaceMesh {
    /// Corners in mm (LPS), f32 little-endian, three each.
    #[serde(with = "serde_bytes")]
    pub points_mm: Vec<u8>,
    /// Outward normals, i8, four each: 127 is a length of 1, and the fourth is 0.
    #[serde(with = "serde_bytes")]
    pub normals: Vec<u8>,
    /// Triangles, u32 little-endian, three corners each, counterclockwise seen from outside.
    #[serde(with = "serde_bytes")]
    pub triangles: Vec<u8>,
}

impl From<&Mesh> for SurfaceMesh {
    fn from(mesh: &Mesh) -> Self {
        let points_mm: Vec<[f32; 3]> = mesh.points_mm.iter().map(|point| point.map(|mm| mm as f32)).collect();
        let byte = |along: f64| (127.0 * along).round() as i8;
        let normals: Vec<[i8; 4]> =
            mesh.point_normals().into_iter().map(|[x, y, z]| [byte(x), byte(y), byte(z), 0]).collect();
        Self { points_mm: to_bytes(&points_mm), normals: to_bytes(&normals), triangles: to_bytes(&mesh.triangles) }
    }
}

/// The surface of an organ as its mask is now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OrganSurface {
    /// Its value in label maps.
    pub label: u8,
    /// The number of its connected components (26-neighbours); 0 if there is nothing of it.
    pub pieces: usize,
    /// The surface of the largest of them.
    pub largest: SurfaceMesh,
    /// The same with few triangles, for turning it where drawing is slow.
    pub moving: SurfaceMesh,
    /// The surface of all others. On a coarse grid small ones are drawn larger than they are, so that they are seen.
    pub strays: SurfaceMesh,
}
