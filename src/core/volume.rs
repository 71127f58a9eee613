//! CT images as values: [`Volume`], [`Slice`] and the [`Geometry`] that places their voxels in the
//! patient.
//!
//! Arrays are `[z, y, x]`. Positions are in the patient frame of DICOM, LPS (x to the patient's
//! left, y to posterior, z to superior), in mm. A `Volume` comes from a reader in its file's own
//! order; [`Orientation`] turns it into the order in which it is shown and segmented, and masks
//! back. No reading of files here, and no windowing.

use serde::{Deserialize, Serialize};

/// Where voxels lie in the patient: `lps_mm = affine * (column, row, slice, 1)`, voxel centres,
/// LPS.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Geometry {
    /// Rows give x (left), y (posterior), z (superior); columns give the step per column, row,
    /// slice, and the origin.
    pub affine: [[f64; 4]; 3],
}

/// The range of plausible voxel spacings of a scanner, in mm. Any other value means a damaged
/// header, and resampling by it could take an unlimited time.
pub const PLAUSIBLE_SPACING_MM: std::ops::RangeInclusive<f64> = 0.01..=100.0;

/// A voxel whose volume is below this fraction of the product of its sides counts as flat.
const FLAT: f64 = 1e-4;

impl Geometry {
    /// Axis-aligned geometry with the given `[z, y, x]` spacing in mm, first voxel at the origin.
    pub fn with_spacing_mm([z, y, x]: [f64; 3]) -> Self {
        Self { affine: [[x, 0.0, 0.0, 0.0], [0.0, y, 0.0, 0.0], [0.0, 0.0, z, 0.0]] }
    }

    /// The step in the patient, in mm, of one voxel along an array axis (`0` = slice, `1` = row,
    /// `2` = column).
    pub fn step_mm(&self, array_axis: usize) -> [f64; 3] {
        let column = 2 - array_axis;
        [self.affine[0][column], self.affine[1][column], self.affine[2][column]]
    }

    /// Distance between voxel centres along `[z, y, x]` in mm.
    pub fn spacing_mm(&self) -> [f64; 3] {
        [0, 1, 2].map(|axis| norm(self.step_mm(axis)))
    }

    /// Volume of one voxel in mm³, from the determinant, so that a sheared (tilted) stack counts
    /// right.
    pub fn voxel_mm3(&self) -> f64 {
        dot(self.step_mm(2), cross(self.step_mm(1), self.step_mm(0))).abs()
    }

    /// This geometry, if it is finite and invertible and its spacing is one that a scanner can
    /// have; otherwise `None`.
    pub fn plausible(self) -> Option<Self> {
        let finite = self.affine.as_flattened().iter().all(|x| x.is_finite())
            && self.spacing_mm().iter().all(|mm| PLAUSIBLE_SPACING_MM.contains(mm));
        let box_mm3: f64 = self.spacing_mm().into_iter().product();
        (finite && self.voxel_mm3() > FLAT * box_mm3).then_some(self)
    }

    /// Position in the patient, in mm (LPS), of the centre of voxel `[z, y, x]`.
    pub fn position_mm(&self, [z, y, x]: [f64; 3]) -> [f64; 3] {
        [0, 1, 2].map(|r| self.affine[r][0] * x + self.affine[r][1] * y + self.affine[r][2] * z + self.affine[r][3])
    }

    /// The voxel `[z, y, x]` at a position in the patient, in mm (LPS): the inverse of
    /// [`position_mm`](Self::position_mm).
    pub fn voxel_at(&self, position_mm: [f64; 3]) -> [f64; 3] {
        let [z, y, x] = [0, 1, 2].map(|axis| self.step_mm(axis));
        let from_first = [0, 1, 2].map(|r| position_mm[r] - self.affine[r][3]);
        let of = |a: [f64; 3], b: [f64; 3], c: [f64; 3]| dot(from_first, cross(b, c)) / dot(a, cross(b, c));
        [of(z, y, x), of(y, x, z), of(x, z, y)]
    }
}

/// A stack of CT slices.
#[derive(Clone, Debug)]
pub struct Volume {
    /// Voxels in Hounsfield units, `[z, y, x]`, row-major.
    pub hu: Vec<i16>,
    /// `[depth, height, width]`.
    pub dims: [usize; 3],
    /// `None` for a picture (PNG, JPEG), whose pixels have no known size.
    pub geometry: Option<Geometry>,
    /// True if `hu` holds measured Hounsfield units, false if it holds grey levels mapped to that
    /// scale by assumption.
    pub calibrated: bool,
}

/// One slice of a [`Volume`], borrowed.
#[derive(Clone, Copy, Debug)]
pub struct Slice<'a> {
    /// Pixels in Hounsfield units, `[y, x]`, row-major.
    pub hu: &'a [i16],
    /// `[height, width]`.
    pub dims: [usize; 2],
    /// `[y, x]` in mm, where known.
    pub spacing_mm: Option<[f64; 2]>,
}

impl Volume {
    /// The slice with index `z`.
    ///
    /// # Panics
    /// If `z` is not below the depth.
    pub fn slice(&self, z: usize) -> Slice<'_> {
        let [_, height, width] = self.dims;
        Slice {
            hu: &self.hu[z * height * width..(z + 1) * height * width],
            dims: [height, width],
            spacing_mm: self.geometry.map(|g| [g.spacing_mm()[1], g.spacing_mm()[2]]),
        }
    }

    /// Number of slices.
    pub fn depth(&self) -> usize {
        self.dims[0]
    }
}

/// The transformation of an array in file order to viewing order, and its inverse: a permutation of
/// the axes, then flips.
///
/// Viewing order is axial: columns run to the patient's left (so the patient's right is on the left
/// of the picture), rows to posterior. Slices keep the file's direction; their step's sign is in
/// the geometry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Orientation {
    /// For each viewing axis `[z, y, x]`, the array axis of the file from which it comes.
    pub source: [usize; 3],
    /// For each viewing axis, true if it runs in the opposite direction in the file.
    pub flip: [bool; 3],
}

impl Orientation {
    /// The orientation for which file order and viewing order are the same.
    pub const IDENTITY: Self = Self { source: [0, 1, 2], flip: [false; 3] };

    /// The orientation that brings an array with this geometry into axial viewing order: every
    /// viewing axis takes the file axis that runs most nearly along it.
    pub fn axial(geometry: &Geometry) -> Self {
        let unit = [0, 1, 2].map(|axis| {
            let step = geometry.step_mm(axis);
            step.map(|c| c / norm(step).max(f64::MIN_POSITIVE))
        });
        // Viewing axes z, y, x lie along S, P, L: components 2, 1, 0 of an LPS vector.
        let source = PERMUTATIONS
            .into_iter()
            .max_by(|a, b| {
                let fit = |p: &[usize; 3]| (0..3).map(|v| unit[p[v]][2 - v].abs()).sum::<f64>();
                fit(a).total_cmp(&fit(b))
            })
            .unwrap_or([0, 1, 2]);
        let runs_backwards = |v: usize| unit[source[v]][2 - v] < 0.0;
        Self { source, flip: [false, runs_backwards(1), runs_backwards(2)] }
    }

    /// The orientation that brings an array of shape `dims` with geometry `from` onto the grid of
    /// `to` (shape `to_dims`), where the two grids are the same voxels in another order; `None` if
    /// they are not. Voxel centres may differ by a tenth of a voxel, because programs round the
    /// numbers that they write.
    pub fn between(from: &Geometry, dims: [usize; 3], to: &Geometry, to_dims: [usize; 3]) -> Option<Self> {
        let tolerance_mm = 0.1 * to.spacing_mm().into_iter().fold(f64::INFINITY, f64::min);
        let far = |voxel: [f64; 3]| norm(voxel) > tolerance_mm;
        PERMUTATIONS.into_iter().filter(|p| p.map(|axis| dims[axis]) == to_dims).find_map(|source| {
            let flip = [0, 1, 2].map(|v| dot(from.step_mm(source[v]), to.step_mm(v)) < 0.0);
            let candidate = Self { source, flip };
            let seen = candidate.view_geometry(from, dims);
            let corners = [[0.0; 3], to_dims.map(|n| (n - 1) as f64)];
            let differs = (0..3).any(|v| {
                let (a, b) = (seen.step_mm(v), to.step_mm(v));
                far([0, 1, 2].map(|i| (a[i] - b[i]) * (to_dims[v] - 1) as f64))
            }) || corners.into_iter().any(|corner| {
                let (a, b) = (seen.position_mm(corner), to.position_mm(corner));
                far([0, 1, 2].map(|i| a[i] - b[i]))
            });
            (!differs).then_some(candidate)
        })
    }

    /// Shape in viewing order of a file-order array of shape `dims`.
    pub fn view_dims(&self, dims: [usize; 3]) -> [usize; 3] {
        self.source.map(|axis| dims[axis])
    }

    /// `data` (file order, shape `dims`) in viewing order.
    pub fn view<T: Copy>(&self, data: &[T], dims: [usize; 3]) -> Vec<T> {
        // The offsets do not say how many they are, so that a growing vector could take twice the memory.
        let mut viewed = Vec::with_capacity(data.len());
        viewed.extend(self.file_offsets(dims).map(|offset| data[offset]));
        viewed
    }

    /// `data` (viewing order) in file order, where it has shape `dims`.
    pub fn restore<T: Copy + Default>(&self, data: &[T], dims: [usize; 3]) -> Vec<T> {
        let mut file = vec![T::default(); data.len()];
        for (value, offset) in data.iter().zip(self.file_offsets(dims)) {
            file[offset] = *value;
        }
        file
    }

    /// The volume in viewing order, geometry included. Where only the directions of axes differ, it takes no second
    /// memory.
    pub fn view_volume(&self, volume: Volume) -> Volume {
        let Volume { hu, dims, geometry, calibrated } = volume;
        let hu = self.into_view(hu, dims);
        let geometry = geometry.map(|g| self.view_geometry(&g, dims));
        Volume { hu, dims: self.view_dims(dims), geometry, calibrated }
    }

    /// `data` (file order, shape `dims`) in viewing order. Where only the directions of axes differ, it takes no second
    /// memory.
    pub fn into_view<T: Copy>(&self, mut data: Vec<T>, dims: [usize; 3]) -> Vec<T> {
        if self.source != Self::IDENTITY.source {
            return self.view(&data, dims);
        }
        self.flip_in_place(&mut data, dims);
        data
    }

    /// Reverses the axes that run in the opposite direction; no axis changes its place.
    fn flip_in_place<T>(&self, data: &mut [T], [depth, height, width]: [usize; 3]) {
        let [flips_z, flips_y, flips_x] = self.flip;
        if flips_x {
            data.chunks_mut(width).for_each(<[T]>::reverse);
        }
        let swap = |data: &mut [T], a: usize, b: usize, length: usize| {
            let (low, high) = data.split_at_mut(b * length);
            low[a * length..(a + 1) * length].swap_with_slice(&mut high[..length]);
        };
        if flips_y {
            for slice in data.chunks_mut(height * width) {
                (0..height / 2).for_each(|y| swap(slice, y, height - 1 - y, width));
            }
        }
        if flips_z {
            (0..depth / 2).for_each(|z| swap(data, z, depth - 1 - z, height * width));
        }
    }

    /// The geometry in file order, from that in viewing order. The array of the file has shape
    /// `dims`.
    pub fn file_geometry(&self, view: &Geometry, dims: [usize; 3]) -> Geometry {
        self.inverse().view_geometry(view, self.view_dims(dims))
    }

    /// The transformation of an array in viewing order to file order.
    pub fn inverse(&self) -> Self {
        let mut inverse = Self::IDENTITY;
        for (v, &axis) in self.source.iter().enumerate() {
            inverse.source[axis] = v;
            inverse.flip[axis] = self.flip[v];
        }
        inverse
    }

    fn view_geometry(&self, geometry: &Geometry, dims: [usize; 3]) -> Geometry {
        let mut affine = [[0.0; 4]; 3];
        let mut first_voxel = [0.0; 3];
        for v in 0..3 {
            let axis = self.source[v];
            let sign = if self.flip[v] { -1.0 } else { 1.0 };
            if self.flip[v] {
                first_voxel[axis] = (dims[axis] - 1) as f64;
            }
            for (row, step) in affine.iter_mut().zip(geometry.step_mm(axis)) {
                row[2 - v] = sign * step;
            }
        }
        for (row, origin) in affine.iter_mut().zip(geometry.position_mm(first_voxel)) {
            row[3] = origin;
        }
        Geometry { affine }
    }

    /// The offset of a voxel `[z, y, x]` of viewing order into a file-order array of shape `dims`.
    pub fn file_offset(&self, dims: [usize; 3]) -> impl Fn([usize; 3]) -> usize + Copy + use<> {
        let file_stride = [dims[1] * dims[2], dims[2], 1];
        let view = self.view_dims(dims);
        let step = self.source.map(|axis| file_stride[axis]);
        let flip = self.flip;
        let at = move |v: usize, i: usize| if flip[v] { (view[v] - 1 - i) * step[v] } else { i * step[v] };
        move |[z, y, x]| at(0, z) + at(1, y) + at(2, x)
    }

    /// Offsets into a file-order array of shape `dims`, in the sequence of viewing order.
    fn file_offsets(&self, dims: [usize; 3]) -> impl Iterator<Item = usize> + use<> {
        let (view, offset) = (self.view_dims(dims), self.file_offset(dims));
        (0..view[0]).flat_map(move |z| (0..view[1]).flat_map(move |y| (0..view[2]).map(move |x| offset([z, y, x]))))
    }
}

const PERMUTATIONS: [[usize; 3]; 6] = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];

/// Length of a vector.
pub fn norm(v: [f64; 3]) -> f64 {
    dot(v, v).sqrt()
}

/// Scalar product.
pub fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

/// Vector product.
pub fn cross(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}
