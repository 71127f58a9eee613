//! Steps out of a mesh: Taubin, "A signal processing approach to fair surface design" (1995), which shrinks hardly, and a shift along
//! the normals that takes back what it does.

use super::{Mesh, minus};
use crate::volume::norm;

/// Factors and number of rounds: waves shorter than about fifteen points go, longer ones stay.
const SHRINK: f64 = 0.5;
const GROW: f64 = -0.53;
const ROUNDS: usize = 20;

/// Moves every point towards the mean of its neighbours and less far back again, several times.
pub(super) fn smooth(mesh: &mut Mesh) {
    let neighbours = Neighbours::of(mesh);
    for _ in 0..ROUNDS {
        for share in [SHRINK, GROW] {
            mesh.points_mm = (0..mesh.points_mm.len()).map(|i| neighbours.moved(&mesh.points_mm, i, share)).collect();
        }
    }
}

/// Shifts every point along its normal until the mesh has the given volume, by at most `most_mm` a round.
pub(super) fn restore_volume(mesh: &mut Mesh, volume_mm3: f64, most_mm: f64) {
    for _ in 0..3 {
        let area_mm2 = mesh.area_mm2();
        if area_mm2 == 0.0 {
            return;
        }
        let shift_mm = ((volume_mm3 - mesh.volume_mm3()) / area_mm2).clamp(-most_mm, most_mm);
        let mut normals = vec![[0.0; 3]; mesh.points_mm.len()];
        for &triangle in &mesh.triangles {
            let normal = mesh.normal(triangle);
            for corner in triangle {
                for (sum, along) in normals[corner as usize].iter_mut().zip(normal) {
                    *sum += along;
                }
            }
        }
        for (point, normal) in mesh.points_mm.iter_mut().zip(normals) {
            let length = norm(normal).max(f64::MIN_POSITIVE);
            for (at, along) in point.iter_mut().zip(normal) {
                *at += shift_mm * along / length;
            }
        }
    }
}

/// The neighbours of each point, one after the other.
struct Neighbours {
    /// Where those of each point begin, and where the last end.
    starts: Vec<u32>,
    points: Vec<u32>,
}

impl Neighbours {
    fn of(mesh: &Mesh) -> Self {
        // An edge of a closed mesh is passed once in each direction, so every neighbour is there once.
        let edges = || mesh.triangles.iter().flat_map(|&[a, b, c]| [[a, b], [b, c], [c, a]]);
        let mut starts = vec![0; mesh.points_mm.len() + 1];
        for [from, _] in edges() {
            starts[from as usize + 1] += 1;
        }
        for i in 1..starts.len() {
            starts[i] += starts[i - 1];
        }
        let mut next = starts.clone();
        let mut points = vec![0; 3 * mesh.triangles.len()];
        for [from, to] in edges() {
            points[next[from as usize] as usize] = to;
            next[from as usize] += 1;
        }
        Self { starts, points }
    }

    fn moved(&self, points_mm: &[[f64; 3]], i: usize, share: f64) -> [f64; 3] {
        let around = &self.points[self.starts[i] as usize..self.starts[i + 1] as usize];
        let mut mean = [0.0; 3];
        for &neighbour in around {
            for (sum, along) in mean.iter_mut().zip(points_mm[neighbour as usize]) {
                *sum += along / around.len() as f64;
            }
        }
        let to_mean = minus(mean, points_mm[i]);
        [0, 1, 2].map(|axis| points_mm[i][axis] + share * to_mean[axis])
    }
}
