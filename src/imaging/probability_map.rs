//! What the network says of one slice, kept so that its mask can be made again at another
//! threshold: exact, and only where there is anything to say.

use std::ops::Range;

use crate::core::mask::{Mask, PANCREAS};
use crate::imaging::preprocess::CropGeometry;

/// Probabilities below this count as nothing; a threshold must be above it.
pub const MIN_STORED: f32 = 1.0 / 512.0;

/// A probability map on the network's grid, as the box around what is at least [`MIN_STORED`], one
/// pixel wider on every side: any mask made from it is the one that the whole map makes, to the
/// last voxel. Most of an abdomen is not pancreas, so the box is small.
#[derive(Clone, Debug, PartialEq)]
pub struct ProbabilityMap {
    size_px: usize,
    rows: Range<usize>,
    columns: Range<usize>,
    /// `[y, x]` of the box.
    values: Vec<f32>,
}

impl ProbabilityMap {
    /// Keeps a map, `[size, size]`.
    pub fn from_dense(map: &[f32], size_px: usize) -> Self {
        let wide = |found: (Option<usize>, Option<usize>)| match found {
            (Some(first), Some(last)) => first.saturating_sub(1)..(last + 2).min(size_px),
            _ => 0..0,
        };
        let row = |y: &usize| map[y * size_px..][..size_px].iter().any(|p| *p >= MIN_STORED);
        let rows = wide(((0..size_px).find(row), (0..size_px).rev().find(row)));
        let column = |x: &usize| rows.clone().any(|y| map[y * size_px + x] >= MIN_STORED);
        let columns = wide(((0..size_px).find(column), (0..size_px).rev().find(column)));
        let values = rows.clone().flat_map(|y| &map[y * size_px..][columns.clone()]).copied().collect();
        Self { size_px, rows, columns, values }
    }

    /// The maps of all slices of a volume of probabilities in steps of 1/255, each on its slice's own grid
    /// ([`own_grid`](Self::own_grid)).
    pub fn of_slices(bytes: &Mask) -> Vec<Self> {
        let [depth, height, width] = bytes.dims;
        let size_px = height.max(width);
        let of_slice = |z: usize| {
            let mut map = vec![0.0; size_px * size_px];
            for (row, values) in map.chunks_exact_mut(size_px).zip(bytes.slice(z).chunks_exact(width)) {
                row.iter_mut().zip(values).for_each(|(p, &byte)| *p = f32::from(byte) / 255.0);
            }
            Self::from_dense(&map, size_px)
        };
        (0..depth).map(of_slice).collect()
    }

    /// The placement of a map on its slice's own grid.
    pub fn own_grid(slice_dims: [usize; 2]) -> CropGeometry {
        CropGeometry { origin_px: [0.0; 2], step_px: [1.0; 2], slice_dims, size_px: slice_dims[0].max(slice_dims[1]) }
    }

    /// The expected number of wrong pixels if the probabilities are right.
    pub fn uncertainty(&self) -> f32 {
        self.values.iter().map(|p| p.min(1.0 - p)).sum()
    }

    /// The whole map, `[size, size]`; 0 where there was nothing to keep.
    pub fn map(&self) -> Vec<f32> {
        let mut map = vec![0.0; self.size_px * self.size_px];
        for (y, row) in self.rows.clone().zip(self.values.chunks_exact(self.columns.len().max(1))) {
            map[y * self.size_px..][self.columns.clone()].copy_from_slice(row);
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
