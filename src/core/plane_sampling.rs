//! A plane of one scan, seen in another: both are placed in the patient, in mm.

use std::borrow::Cow;

use crate::core::mpr::{Grid, Plane};
use crate::core::volume::{Geometry, Volume};

/// What a plane shows outside of the sampled scan: air.
pub const OUTSIDE_HU: i16 = -1024;

/// Where the pixels of a plane lie in another volume: a map that is affine.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlaneSampling {
    /// `[rows, columns]` of the plane.
    shape: [usize; 2],
    /// The voxel `[z, y, x]` of the other volume at the first pixel.
    first: [f64; 3],
    /// Its change from one row to the next.
    along_rows: [f64; 3],
    /// Its change from one column to the next.
    along_columns: [f64; 3],
}

impl PlaneSampling {
    /// The sampling of a volume of geometry `other` at a plane of `grid`. `shift_mm` (LPS) is added to the positions
    /// of the plane, for scans whose patient lies elsewhere. `None` if the positions of the plane are unknown.
    pub fn new(grid: &Grid, plane: Plane, index: usize, other: &Geometry, shift_mm: [f64; 3]) -> Option<Self> {
        let geometry = grid.geometry?;
        let at = |pixel: [f64; 2]| {
            let position_mm = geometry.position_mm(grid.voxel(plane, index, pixel));
            other.voxel_at([0, 1, 2].map(|axis| position_mm[axis] + shift_mm[axis]))
        };
        let first = at([0.0, 0.0]);
        let from_first = |to: [f64; 3]| [0, 1, 2].map(|axis| to[axis] - first[axis]);
        let (along_rows, along_columns) = (from_first(at([1.0, 0.0])), from_first(at([0.0, 1.0])));
        Some(Self { shape: grid.shape(plane), first, along_rows, along_columns })
    }

    /// The voxels `[z, y, x]` at all pixels, row by row.
    fn voxels(&self) -> impl Iterator<Item = [f64; 3]> + '_ {
        let [rows, columns] = self.shape;
        (0..rows).flat_map(move |row| {
            (0..columns).map(move |column| {
                [0, 1, 2].map(|axis| {
                    self.first[axis] + row as f64 * self.along_rows[axis] + column as f64 * self.along_columns[axis]
                })
            })
        })
    }

    /// The volume at the pixels, `[row, column]`, by trilinear interpolation; [`OUTSIDE_HU`] at pixels more than half a
    /// voxel outside. The second value is false if all of them are.
    pub fn linear(&self, volume: &Volume) -> (Vec<i16>, bool) {
        let [_, height, width] = volume.dims;
        let mut is_covered = false;
        let value = |voxel: [f64; 3]| {
            if !is_inside(voxel, volume.dims) {
                return OUTSIDE_HU;
            }
            is_covered = true;
            let ends = [0, 1, 2].map(|axis| neighbours(voxel[axis], volume.dims[axis]));
            let along_x = |z: usize, y: usize| {
                let row = (z * height + y) * width;
                mixed(ends[2].map(|x| f64::from(volume.hu[row + x.index])), ends[2])
            };
            let along_y = |z: usize| mixed(ends[1].map(|y| along_x(z, y.index)), ends[1]);
            mixed(ends[0].map(|z| along_y(z.index)), ends[0]).round() as i16
        };
        let hu = self.voxels().map(value).collect();
        (hu, is_covered)
    }

    /// The labels of the nearest voxels at the pixels, `[row, column]`, from slices of a volume of size `dims`; 0
    /// outside, and on slices that `slice` does not give.
    pub fn nearest<'a>(&self, dims: [usize; 3], slice: impl Fn(usize) -> Option<Cow<'a, [u8]>>) -> Vec<u8> {
        let mut slices: Vec<Option<Option<Cow<'a, [u8]>>>> = vec![None; dims[0]];
        let label = |voxel: [f64; 3]| {
            if !is_inside(voxel, dims) {
                return 0;
            }
            let [z, y, x] = [0, 1, 2].map(|axis| (voxel[axis].round().max(0.0) as usize).min(dims[axis] - 1));
            slices[z].get_or_insert_with(|| slice(z)).as_ref().map_or(0, |labels| labels[y * dims[2] + x])
        };
        self.voxels().map(label).collect()
    }
}

/// One of the two voxels between which a position lies, along one axis.
#[derive(Clone, Copy)]
struct Neighbour {
    index: usize,
    weight: f64,
}

fn neighbours(position: f64, length: usize) -> [Neighbour; 2] {
    let position = position.clamp(0.0, (length - 1) as f64);
    let below = position.floor();
    let share = position - below;
    let index = below as usize;
    [Neighbour { index, weight: 1.0 - share }, Neighbour { index: (index + 1).min(length - 1), weight: share }]
}

fn mixed(values: [f64; 2], of: [Neighbour; 2]) -> f64 {
    values[0] * of[0].weight + values[1] * of[1].weight
}

/// True for positions within the voxels of a volume, whose centres are at whole numbers.
fn is_inside(voxel: [f64; 3], dims: [usize; 3]) -> bool {
    (0..3).all(|axis| (-0.5..=dims[axis] as f64 - 0.5).contains(&voxel[axis]))
}
