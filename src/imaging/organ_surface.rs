//! The surface of an organ to look at: with few triangles, and with every piece of its mask.
//!
//! The work is cut into steps of some milliseconds, so that whoever does it can hear something else in between: the box
//! around each organ ([`LabelExtents`]), the mask inside the box ([`OrganMask`]), its connected components ([`Pieces`]),
//! and the surfaces of the largest and of the others. An organ with a large surface is laid on a coarser grid first. A
//! surface to print or to measure is [`mesh::surface`](super::mesh::surface), on the grid itself.

use crate::core::connected_components::components;
use crate::core::mask::Mask;
use crate::core::volume::Geometry;
use crate::imaging::mesh::{Mesh, surface};

/// How finely a surface is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SurfaceDetail {
    /// For a surface at rest: some 8000 triangles.
    Still,
    /// For a surface that is being turned where drawing is slow: some 1000 triangles.
    Moving,
}

impl SurfaceDetail {
    /// The number of triangles that the grid is chosen for. Organs have up to twice as many, as they are rounder.
    fn triangles(self) -> f64 {
        match self {
            Self::Still => 5000.0,
            Self::Moving => 600.0,
        }
    }
}

/// The number of triangles that the grid of a saved surface is chosen for.
const SAVED_TRIANGLES: f64 = 25_000.0;

/// Marching cubes make about two triangles for each square of the grid, and the faces of voxels have about one and a half
/// times the area of the surface that runs through them.
const TRIANGLES_PER_FACE: f64 = 2.0 / 1.5;

/// The box around an organ, in voxels `[z, y, x]`, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// The first voxel along each axis.
    pub first: [usize; 3],
    /// The last voxel along each axis.
    pub last: [usize; 3],
}

impl Extent {
    /// `[depth, height, width]`.
    pub fn dims(&self) -> [usize; 3] {
        [0, 1, 2].map(|axis| self.last[axis] - self.first[axis] + 1)
    }
}

/// The box around every label of a label map, slice by slice.
#[derive(Clone, Debug)]
pub struct LabelExtents {
    boxes: Vec<Option<Extent>>,
}

impl Default for LabelExtents {
    fn default() -> Self {
        Self { boxes: vec![None; 256] }
    }
}

impl LabelExtents {
    /// The box around a label among the slices so far.
    pub fn of(&self, label: u8) -> Option<Extent> {
        self.boxes[usize::from(label)]
    }

    /// Takes slice `z` of a label map, `[y, x]`, with rows of `width` voxels.
    pub fn add_slice(&mut self, z: usize, labels: &[u8], width: usize) {
        for (y, row) in labels.chunks_exact(width).enumerate() {
            let mut x = 0;
            for run in row.chunk_by(|a, b| a == b) {
                let ends = [x, x + run.len() - 1];
                x += run.len();
                if run[0] != 0 {
                    let found = self.boxes[usize::from(run[0])]
                        .get_or_insert(Extent { first: [z, y, ends[0]], last: [z, y, ends[1]] });
                    found.first = [found.first[0], found.first[1].min(y), found.first[2].min(ends[0])];
                    found.last = [z, found.last[1].max(y), found.last[2].max(ends[1])];
                }
            }
        }
    }
}

/// The mask of an organ inside its box.
#[derive(Clone, Debug)]
pub struct OrganMask {
    extent: Extent,
    mask: Mask,
}

impl OrganMask {
    /// An empty mask for a box.
    pub fn new(extent: Extent) -> Self {
        Self { extent, mask: Mask::empty(extent.dims()) }
    }

    /// The slices of the grid that the box crosses, both ends included.
    pub fn slices(&self) -> [usize; 2] {
        [self.extent.first[0], self.extent.last[0]]
    }

    /// The voxels of one slice of the box.
    pub fn slice_voxels(&self) -> usize {
        self.mask.dims[1] * self.mask.dims[2]
    }

    /// Takes the voxels of slice `z` of the grid, `[y, x]` with rows of `width` voxels, for which `is_inside` is true.
    pub fn set_slice(&mut self, z: usize, labels: &[u8], width: usize, is_inside: impl Fn(u8) -> bool) {
        let Extent { first, last } = self.extent;
        let rows = labels.chunks_exact(width).skip(first[1]);
        let columns = self.mask.dims[2];
        for (out, row) in self.mask.slice_mut(z - first[0]).chunks_exact_mut(columns).zip(rows) {
            for (out, &label) in out.iter_mut().zip(&row[first[2]..=last[2]]) {
                *out = u8::from(is_inside(label));
            }
        }
    }
}

/// The connected components of an organ's mask (26-neighbours): the largest, and all others.
#[derive(Clone, Debug)]
pub struct Pieces {
    first: [usize; 3],
    largest: Mask,
    strays: Mask,
    count: usize,
}

impl Pieces {
    /// The pieces of a mask.
    pub fn of(organ: OrganMask) -> Self {
        let OrganMask { extent, mask: mut largest } = organ;
        let found = components(largest.dims, |z| Some(largest.slice(z)));
        let mut strays = Mask::empty(if found.count > 1 { largest.dims } else { [0; 3] });
        for run in found.outside_largest {
            largest.slice_mut(run.z)[run.pixels.clone()].fill(0);
            strays.slice_mut(run.z)[run.pixels].fill(1);
        }
        Self { first: extent.first, largest, strays, count: found.count }
    }

    /// The number of pieces.
    pub fn count(&self) -> usize {
        self.count
    }

    /// The surface of the largest piece, on a grid with the given geometry. A voxel of the coarser grid is inside if half
    /// of it is.
    pub fn largest(&self, geometry: &Geometry, detail: SurfaceDetail) -> Mesh {
        self.largest_of(geometry, detail.triangles())
    }

    /// The surface of all other pieces. A voxel of the coarser grid is inside if any of it is, so that no piece is lost.
    pub fn strays(&self, geometry: &Geometry) -> Mesh {
        self.strays_of(geometry, SurfaceDetail::Still.triangles())
    }

    /// The surface of every piece for a file, with the volume of the mask: of the largest on the grid itself, unless that
    /// makes more than some 80,000 triangles, and of the others always, as small pieces grow on a coarser one.
    pub fn saved(&self, geometry: &Geometry) -> Mesh {
        let volume_mm3 = self.largest.count() as f64 * geometry.voxel_mm3();
        let finest_mm = geometry.spacing_mm().into_iter().fold(f64::INFINITY, f64::min);
        let largest = self.largest_of(geometry, SAVED_TRIANGLES).with_volume(volume_mm3, finest_mm);
        largest.joined(&self.strays_of(geometry, f64::INFINITY))
    }

    fn largest_of(&self, geometry: &Geometry, triangles: f64) -> Mesh {
        self.surface(&self.largest, geometry, triangles, |inside, all| 2 * inside >= all)
    }

    fn strays_of(&self, geometry: &Geometry, triangles: f64) -> Mesh {
        self.surface(&self.strays, geometry, triangles, |inside, _| inside > 0)
    }

    fn surface(
        &self,
        mask: &Mask,
        geometry: &Geometry,
        triangles: f64,
        is_inside: impl Fn(usize, usize) -> bool,
    ) -> Mesh {
        let steps = steps(&self.largest, geometry, triangles);
        let middle = [0, 1, 2].map(|axis| self.first[axis] as f64 + (steps[axis] - 1) as f64 / 2.0);
        let mut affine = geometry.affine;
        for (row, origin) in affine.iter_mut().zip(geometry.position_mm(middle)) {
            (0..3).for_each(|axis| row[2 - axis] *= steps[axis] as f64);
            row[3] = origin;
        }
        surface(&coarse(mask, steps, is_inside), &Geometry { affine })
    }
}

/// The number of voxels along each axis that become one, so that the surface has not many more triangles than wanted.
fn steps(mask: &Mask, geometry: &Geometry, triangles: f64) -> [usize; 3] {
    let spacing_mm = geometry.spacing_mm();
    let [depth, height, width] = mask.dims;
    let strides = [height * width, width, 1];
    let mut area_mm2 = 0.0;
    for axis in 0..3 {
        let stride = strides[axis];
        let last = mask.dims[axis] - 1;
        let at = |i: usize| [i / strides[0], i / width % height, i % width][axis];
        // A face to the voxel before, and one where the box ends.
        let faces = |i: usize| {
            let (own, place) = (mask.labels[i] != 0, at(i));
            let before = place > 0 && mask.labels[i - stride] != 0;
            usize::from(own != before) + usize::from(own && place == last)
        };
        let faces: usize = (0..depth * height * width).map(faces).sum();
        area_mm2 += faces as f64 * spacing_mm[(axis + 1) % 3] * spacing_mm[(axis + 2) % 3];
    }
    let step_mm = (TRIANGLES_PER_FACE * area_mm2 / triangles).sqrt();
    spacing_mm.map(|mm| (step_mm / mm).round().max(1.0) as usize)
}

/// A mask on a grid whose voxels are blocks of `steps` voxels. `is_inside` decides from the voxels of a block that are in
/// the mask, and from their number.
fn coarse(mask: &Mask, steps: [usize; 3], is_inside: impl Fn(usize, usize) -> bool) -> Mask {
    if steps == [1; 3] {
        return mask.clone();
    }
    let dims = [0, 1, 2].map(|axis| mask.dims[axis].div_ceil(steps[axis]));
    let mut inside = vec![0usize; dims.iter().product()];
    for (i, _) in mask.labels.iter().enumerate().filter(|(_, label)| **label != 0) {
        let [_, height, width] = mask.dims;
        let [z, y, x] = [i / (height * width) / steps[0], i / width % height / steps[1], i % width / steps[2]];
        inside[(z * dims[1] + y) * dims[2] + x] += 1;
    }
    let all = steps.iter().product();
    Mask { labels: inside.into_iter().map(|inside| u8::from(is_inside(inside, all))).collect(), dims }
}
