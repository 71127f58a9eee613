//! What the network says of one slice, kept so that its mask can be made again at another
//! threshold: exact, and only where there is anything to say.

use std::ops::Range;
use std::sync::Arc;

use crate::core::box_around::{box_around, part_of};
use crate::core::mask::{Mask, PANCREAS};
use crate::imaging::preprocess::CropGeometry;

/// Probabilities below this count as nothing; a threshold must be above it.
pub const MIN_STORED: f32 = 1.0 / 512.0;

/// A probability map on the network's grid, as the box around what is at least [`MIN_STORED`], one
/// pixel wider on every side: any mask made from it is the one that the whole map makes, to the
/// last voxel. Most of an abdomen is not pancreas, so the box is small. Clones share the values.
#[derive(Clone, Debug, PartialEq)]
pub struct ProbabilityMap {
    size_px: usize,
    rows: Range<usize>,
    columns: Range<usize>,
    /// `[y, x]` of the box.
    values: Arc<Probabilities>,
}

/// Probabilities as they came.
#[derive(Debug, PartialEq)]
enum Probabilities {
    Single(Vec<f32>),
    /// In steps of 1/255.
    Steps(Vec<u8>),
}

impl Probabilities {
    fn at(&self, place: usize) -> f32 {
        match self {
            Self::Single(values) => values[place],
            Self::Steps(steps) => f32::from(steps[place]) / 255.0,
        }
    }
}

impl ProbabilityMap {
    /// Keeps a map, `[size, size]`.
    pub fn from_dense(map: &[f32], size_px: usize) -> Self {
        let [rows, columns] = box_around(map, [size_px; 2], 1, |p| *p >= MIN_STORED);
        let values = Arc::new(Probabilities::Single(part_of(map, size_px, [&rows, &columns])));
        Self { size_px, rows, columns, values }
    }

    /// The maps of all slices of a volume of probabilities in steps of 1/255, each on its slice's own grid
    /// ([`own_grid`](Self::own_grid)).
    pub fn of_slices(bytes: &Mask) -> Vec<Self> {
        let [depth, height, width] = bytes.dims;
        let of_slice = |z: usize| {
            let steps = bytes.slice(z);
            // The smallest step is above MIN_STORED.
            let [rows, columns] = box_around(steps, [height, width], 1, |step| *step > 0);
            let values = Arc::new(Probabilities::Steps(part_of(steps, width, [&rows, &columns])));
            Self { size_px: height.max(width), rows, columns, values }
        };
        (0..depth).map(of_slice).collect()
    }

    /// The placement of a map on its slice's own grid.
    pub fn own_grid(slice_dims: [usize; 2]) -> CropGeometry {
        CropGeometry { origin_px: [0.0; 2], step_px: [1.0; 2], slice_dims, size_px: slice_dims[0].max(slice_dims[1]) }
    }

    /// The expected number of wrong pixels if the probabilities are right.
    pub fn uncertainty(&self) -> f32 {
        (0..self.rows.len() * self.columns.len())
            .map(|place| {
                let p = self.values.at(place);
                p.min(1.0 - p)
            })
            .sum()
    }

    /// The whole map, `[size, size]`; 0 where there was nothing to keep.
    pub fn map(&self) -> Vec<f32> {
        let mut map = vec![0.0; self.size_px * self.size_px];
        for (row, y) in self.rows.clone().enumerate() {
            for (column, x) in self.columns.clone().enumerate() {
                map[y * self.size_px + x] = self.values.at(row * self.columns.len() + column);
            }
        }
        map
    }

    /// The mask, `[y, x]` on the slice's own grid, of what is at least `threshold`, which must be
    /// above [`MIN_STORED`].
    pub fn mask(&self, placement: &CropGeometry, threshold: f32) -> Vec<u8> {
        let [height, width] = placement.slice_dims;
        let mut mask = vec![0; height * width];
        let [rows, columns] = [placement.affected_range(0, &self.rows), placement.affected_range(1, &self.columns)];
        let restored = placement.restore_part(&self.map(), self.size_px, [rows.clone(), columns.clone()]);
        for (y, values) in rows.zip(restored.chunks_exact(columns.len().max(1))) {
            for (label, &p) in mask[y * width..][columns.clone()].iter_mut().zip(values) {
                *label = if p >= threshold { PANCREAS } else { 0 };
            }
        }
        mask
    }

    /// The mean of two maps.
    pub fn mean(&self, other: &Self) -> Self {
        let mean: Vec<f32> = self.map().iter().zip(other.map()).map(|(a, b)| 0.5 * (a + b)).collect();
        Self::from_dense(&mean, self.size_px)
    }

    /// The absolute difference of two maps, `[size, size]`.
    pub fn difference(&self, other: &Self) -> Vec<f32> {
        self.map().iter().zip(other.map()).map(|(a, b)| (a - b).abs()).collect()
    }
}
