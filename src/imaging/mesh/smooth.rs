//! Steps out of a mesh: Taubin, "A signal processing approach to fair surface design" (1995), which
//! shrinks hardly, with points held near their voxels as in Gibson, "Constrained elastic surface
//! nets" (1998); and a shift along the normals that takes back what that does to the volume.

use super::{Mesh, minus};

/// Factors and number of rounds: waves shorter than about fifteen points go, longer ones stay.
const SHRINK: f64 = 0.5;
const GROW: f64 = -0.53;
const ROUNDS: usize = 20;
/// The largest displacement of a point along an axis, in voxels. Half a voxel is enough to flatten
/// a step, and makes a lone voxel vanish.
const REACH: f64 = 0.4;
/// Shifts at most, and the part of the volume that may be missing or too much.
const SHIFTS: usize = 10;
const CLOSE: f64 = 1e-3;

/// Moves every point, in voxels, towards the mean of its neighbours and less far back again,
/// several times.
pub(super) fn smooth(mesh: &mut Mesh) {
    let neighbours = Neighbours::of(mesh);
    let homes = mesh.points_mm.clone();
    for _ in 0..ROUNDS {
        for share in [SHRINK, GROW] {
            let moved = |i: usize| {
                let moved = neighbours.moved(&mesh.points_mm, i, share);
                [0, 1, 2].map(|axis| moved[axis].clamp(homes[i][axis] - REACH, homes[i][axis] + REACH))
            };
            mesh.points_mm = (0..homes.len()).map(moved).collect();
        }
    }
}

/// Shifts every point along its normal until the mesh has the given volume, by at most `most_mm` at
/// a time.
pub(super) fn restore_volume(mesh: &mut Mesh, volume_mm3: f64, most_mm: f64) {
    for _ in 0..SHIFTS {
        let (area_mm2, missing_mm3) = (mesh.area_mm2(), volume_mm3 - mesh.volume_mm3());
        if area_mm2 == 0.0 || missing_mm3.abs() < CLOSE * volume_mm3 {
            return;
        }
        let shift_mm = (missing_mm3 / area_mm2).clamp(-most_mm, most_mm);
        let normals = mesh.point_normals();
        for (point, normal) in mesh.points_mm.iter_mut().zip(normals) {
            for (at, along) in point.iter_mut().zip(normal) {
                *at += shift_mm * along;
            }
        }
    }
}

/// The neighbours of each point, one after the other.
struct Neighbours {
    /// The index at which the neighbours of each point begin, and the end of the last ones.
    starts: Vec<u32>,
    points: Vec<u32>,
}

impl Neighbours {
    fn of(mesh: &Mesh) -> Self {
        // An edge of a closed mesh is passed once in each direction, so every neighbour is there
        // once.
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
