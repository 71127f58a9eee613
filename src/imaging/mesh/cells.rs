//! Triangles between the voxels of a mask: marching cubes (Lorensen and Cline, 1987) without its
//! table of cases.
//!
//! A cell has eight voxel centres as corners. Where one of its edges leads from inside to outside
//! there is a point half way. On each face of a cell every run of inside corners is cut off by a
//! line between two of these points, and the lines of the six faces close to loops. Two cells see
//! the same runs on the face between them, so lines meet, also where the table of 1987 leaves
//! holes; and a line belongs to two cells. A loop is then filled without a line across a face, so
//! that no edge has more than two triangles.

use std::collections::HashMap;

use super::Mesh;
use crate::core::mask::Mask;

/// Corners of a cell have a bit for each step along x (1), y (2) and z (4). Those of its faces go
/// around counterclockwise, seen from outside.
const FACES: [[usize; 4]; 6] = [[0, 4, 6, 2], [0, 1, 5, 4], [0, 2, 3, 1], [1, 3, 7, 5], [2, 6, 7, 3], [4, 5, 7, 6]];
/// Edges of a cell are told by their lower corner and their direction.
const EDGES: usize = 8 * 3;
/// No edge.
const NONE: u8 = u8::MAX;

/// The surface in voxels: `points_mm` holds `[z, y, x]`, triangles face outwards where x, y and z
/// are right-handed.
pub(super) fn triangulate(mask: &Mask) -> Mesh {
    let mut build = Build::default();
    let Some([low, high]) = bounds(mask) else { return build.mesh };
    for z in low[0]..=high[0] {
        for y in low[1]..=high[1] {
            for x in low[2]..=high[2] {
                build.add(mask, [z, y, x]);
            }
        }
    }
    build.mesh
}

/// Cells around everything that is not background: first and last lower corner, which may lie one
/// before the grid.
fn bounds(mask: &Mask) -> Option<[[isize; 3]; 2]> {
    let [_, height, width] = mask.dims;
    let mut found: Option<[[isize; 3]; 2]> = None;
    for (i, _) in mask.labels.iter().enumerate().filter(|(_, label)| **label != 0) {
        let at = [i / (height * width), i / width % height, i % width].map(|i| i as isize);
        let [low, high] = found.get_or_insert([at, at]);
        for axis in 0..3 {
            low[axis] = low[axis].min(at[axis]);
            high[axis] = high[axis].max(at[axis]);
        }
    }
    found.map(|[low, high]| [low.map(|i| i - 1), high])
}

#[derive(Default)]
struct Build {
    mesh: Mesh,
    /// The point on each edge between voxels, by lower corner and direction.
    on_edge: HashMap<([isize; 3], usize), u32>,
}

impl Build {
    /// The triangles of one cell.
    fn add(&mut self, mask: &Mask, cell: [isize; 3]) {
        let inside: [bool; 8] = std::array::from_fn(|corner| is_inside(mask, corner_of(cell, corner)));
        if inside == [inside[0]; 8] {
            return;
        }
        let mut next = lines(&inside);
        for start in 0..EDGES {
            let mut around = Vec::new();
            let mut edge = start;
            while next[edge] != NONE {
                around.push(edge);
                edge = usize::from(std::mem::replace(&mut next[edge], NONE));
            }
            if !around.is_empty() {
                self.fill(cell, &around);
            }
        }
    }

    /// Fills a loop of edges: as a fan from one of them if none of its lines then lies in a face,
    /// else around its middle.
    fn fill(&mut self, cell: [isize; 3], around: &[usize]) {
        let points: Vec<u32> = around.iter().map(|&edge| self.point(cell, edge)).collect();
        let count = points.len();
        let fans = |k: &usize| (2..count - 1).all(|step| faces(around[*k]) & faces(around[(k + step) % count]) == 0);
        if let Some(apex) = (0..count).find(fans) {
            let at = |step: usize| points[(apex + step) % count];
            self.mesh.triangles.extend((1..count - 1).map(|step| [at(0), at(step), at(step + 1)]));
        } else {
            let mut middle = [0.0; 3];
            for &point in &points {
                for (sum, along) in middle.iter_mut().zip(self.mesh.points_mm[point as usize]) {
                    *sum += along / count as f64;
                }
            }
            let middle = self.add_point(middle);
            self.mesh.triangles.extend((0..count).map(|i| [middle, points[i], points[(i + 1) % count]]));
        }
    }

    fn point(&mut self, cell: [isize; 3], edge: usize) -> u32 {
        let (corner, axis) = (edge / 3, edge % 3);
        let low = corner_of(cell, corner);
        if let Some(&point) = self.on_edge.get(&(low, axis)) {
            return point;
        }
        let mut at = low.map(|i| i as f64);
        at[2 - axis] += 0.5;
        let point = self.add_point(at);
        self.on_edge.insert((low, axis), point);
        point
    }

    fn add_point(&mut self, at: [f64; 3]) -> u32 {
        self.mesh.points_mm.push(at);
        self.mesh.points_mm.len() as u32 - 1
    }
}

/// For each edge of a cell on which a line begins, the edge where it ends.
fn lines(inside: &[bool; 8]) -> [u8; EDGES] {
    let mut next = [NONE; EDGES];
    for face in FACES {
        // A run of inside corners: entered at one edge, left at another.
        for i in (0..4).filter(|&i| !inside[face[i]] && inside[face[(i + 1) % 4]]) {
            let last = (1..4).take_while(|run| inside[face[(i + run) % 4]]).last().unwrap_or(1);
            let entered = edge(face[i], face[(i + 1) % 4]);
            let left = edge(face[(i + last) % 4], face[(i + last + 1) % 4]);
            next[entered] = left as u8;
        }
    }
    next
}

fn edge(a: usize, b: usize) -> usize {
    (a & b) * 3 + (a ^ b).trailing_zeros() as usize
}

/// A bit for each face that an edge lies in.
fn faces(edge: usize) -> u8 {
    let (corner, axis) = (edge / 3, edge % 3);
    (0..3).filter(|&other| other != axis).map(|other| 1u8 << (2 * other + (corner >> other & 1))).sum()
}

fn corner_of([z, y, x]: [isize; 3], corner: usize) -> [isize; 3] {
    let step = |bit: usize| (corner >> bit & 1) as isize;
    [z + step(2), y + step(1), x + step(0)]
}

/// Everything beyond the grid counts as outside.
fn is_inside(mask: &Mask, voxel: [isize; 3]) -> bool {
    let [Ok(z), Ok(y), Ok(x)] = voxel.map(usize::try_from) else { return false };
    let [depth, height, width] = mask.dims;
    z < depth && y < height && x < width && mask.labels[(z * height + y) * width + x] != 0
}
