//! Contours in the patient to labels on a grid.

use std::collections::BTreeMap;

use super::read::{LabelledContour, StructureSet};
use crate::core::i18n::messages::{DicomMessage, Message, RtStructMessage};
use crate::core::mask::{Mask, PANCREAS_NAME};
use crate::core::volume::Geometry;
use crate::formats::placed_labels::PlacedLabels;

/// A contour lies on a slice if each of its points lies within this of it, in slices.
const ON_SLICE: f64 = 0.25;
/// A centre nearer than this to a contour lies on it, in voxels: what rounding to hundredths of a millimetre loses.
const ON_CONTOUR: f64 = 0.01;
/// Steps at most, each of one row of one edge or of sixteen voxels in the box around an organ's contours on a slice.
const MOST_STEPS: u64 = 1 << 28;
const VOXELS_PER_STEP: u64 = 16;

/// A contour in voxels of its slice, as rows and columns.
type FlatContour = Vec<[f64; 2]>;

/// Contours on a grid, by their label and slice.
struct SlicedContours {
    /// The axis of the grid across which they lie, and the two along which.
    axis: usize,
    along: [usize; 2],
    on_slices: BTreeMap<(u8, usize), Vec<FlatContour>>,
    /// Contours on no slice, and contours beyond the image.
    between: usize,
    outside: usize,
}

impl StructureSet {
    /// The contours as labels, those of [`StructureSet::names`], on a grid of shape `dims`. The pancreas lies on top of what it overlaps, then what comes later in the
    /// file. `None` if half of the contours or more do not lie on its slices, if none of them holds a voxel, or if they take more
    /// than 268 million steps.
    pub(in crate::formats) fn on_grid(&self, geometry: &Geometry, dims: [usize; 3]) -> Option<PlacedLabels> {
        let sliced = SlicedContours::of(&self.contours, geometry, dims);
        let all = self.contours.len();
        if 2 * sliced.between >= all {
            return None;
        }
        let is_pancreas =
            |label: u8| self.names.get(&label).is_some_and(|name| name.trim().eq_ignore_ascii_case(PANCREAS_NAME));
        let mut order: Vec<_> = sliced.on_slices.iter().collect();
        order.sort_by_key(|&(&(label, _), _)| is_pancreas(label));
        let mut mask = Mask::empty(dims);
        let (mut overlapping, mut steps) = (0, 0);
        for (&(label, slice), contours) in order {
            let window = [dims[sliced.along[0]], dims[sliced.along[1]]];
            for [row, column] in voxels_inside(contours, window, &mut steps)? {
                let mut voxel = [slice; 3];
                voxel[sliced.along[0]] = row;
                voxel[sliced.along[1]] = column;
                debug_assert_eq!(voxel[sliced.axis], slice);
                let at = (voxel[0] * dims[1] + voxel[1]) * dims[2] + voxel[2];
                overlapping += usize::from(mask.labels[at] != 0 && mask.labels[at] != label);
                mask.labels[at] = label;
            }
        }
        let mut notes: Vec<Message> = Vec::new();
        if sliced.between > 0 {
            notes.push(RtStructMessage::BetweenSlices { count: sliced.between, all }.into());
        }
        if sliced.outside > 0 {
            notes.push(RtStructMessage::Outside { count: sliced.outside, all }.into());
        }
        if overlapping > 0 {
            notes.push(DicomMessage::SegOverlap { count: overlapping }.into());
        }
        (mask.count() > 0).then_some(PlacedLabels { mask, notes })
    }
}

impl SlicedContours {
    fn of(contours: &[LabelledContour], geometry: &Geometry, dims: [usize; 3]) -> Self {
        let voxels = |contour: &LabelledContour| -> Vec<[f64; 3]> {
            contour.points_mm.iter().map(|&point| geometry.voxel_at(point)).collect()
        };
        // A series may have been turned since: its slices are across the axis along which most contours are flat.
        let mut flat = [0; 3];
        for contour in contours {
            let points = voxels(contour);
            (0..3).for_each(|axis| flat[axis] += usize::from(slice_of(&points, axis).is_some()));
        }
        let axis = (0..3).rev().max_by_key(|&axis| flat[axis]).unwrap_or(0);
        let along = [[1, 2], [0, 2], [0, 1]][axis];
        let mut sliced = Self { axis, along, on_slices: BTreeMap::new(), between: 0, outside: 0 };
        for contour in contours {
            let points = voxels(contour);
            let Some(slice) = slice_of(&points, axis) else {
                sliced.between += 1;
                continue;
            };
            let is_outside =
                |point: &[f64; 3]| along.iter().any(|&a| point[a] < -0.5 || point[a] > dims[a] as f64 - 0.5);
            let slice = Some(slice).filter(|slice| (0..dims[axis] as i64).contains(slice));
            sliced.outside += usize::from(slice.is_none() || points.iter().any(is_outside));
            if let Some(slice) = slice {
                let flat = points.iter().map(|point| along.map(|a| point[a])).collect();
                sliced.on_slices.entry((contour.label, slice as usize)).or_default().push(flat);
            }
        }
        sliced
    }
}

/// The slice across an axis that a contour lies on, which may be none of the image's.
fn slice_of(points: &[[f64; 3]], axis: usize) -> Option<i64> {
    let slice = points.first()?[axis].round();
    points.iter().all(|point| (point[axis] - slice).abs() <= ON_SLICE).then_some(slice as i64)
}

/// Rows and columns of the voxels whose centres lie inside contours of one organ, by even and odd, or on one of them. `None` once
/// `steps` are more than may be.
fn voxels_inside(contours: &[FlatContour], window: [usize; 2], steps: &mut u64) -> Option<Vec<[usize; 2]>> {
    let Some(mut canvas) = ContourCanvas::around(contours, window) else { return Some(Vec::new()) };
    *steps += canvas.cells.len() as u64 / VOXELS_PER_STEP;
    for contour in contours {
        for (i, &end) in contour.iter().enumerate() {
            let start = contour[i.checked_sub(1).unwrap_or(contour.len() - 1)];
            if *steps > MOST_STEPS {
                return None;
            }
            *steps += canvas.draw(start, end);
        }
    }
    Some(canvas.filled())
}

/// The part of a slice around some contours. Each cell has one bit that turns inside to outside from there on, and one for a centre
/// that lies on a contour.
struct ContourCanvas {
    first: [usize; 2],
    /// Rows and columns.
    size: [usize; 2],
    cells: Vec<u8>,
}

const TURNS: u8 = 1;
const ON_LINE: u8 = 2;

impl ContourCanvas {
    /// `None` if no voxel of the slice is in the box around the contours.
    fn around(contours: &[FlatContour], window: [usize; 2]) -> Option<Self> {
        let [(first_row, rows), (first_column, columns)] = [0, 1].map(|a| {
            let places = || contours.iter().flatten().map(|point| point[a]);
            let lowest = places().fold(f64::INFINITY, f64::min) - ON_CONTOUR;
            let highest = places().fold(f64::NEG_INFINITY, f64::max) + ON_CONTOUR;
            let first = lowest.ceil().max(0.0);
            let last = highest.floor().min(window[a] as f64 - 1.0);
            (first as usize, (last - first + 1.0).max(0.0) as usize)
        });
        let cells = vec![0; rows * columns];
        (!cells.is_empty()).then_some(Self { first: [first_row, first_column], size: [rows, columns], cells })
    }

    /// Draws an edge; how many steps that took.
    fn draw(&mut self, start: [f64; 2], end: [f64; 2]) -> u64 {
        let [low, high] = if start[0] <= end[0] { [start, end] } else { [end, start] };
        let first_row = self.first[0] as f64;
        let row_at = |y: f64| (y - first_row).clamp(0.0, self.size[0] as f64) as usize;
        let rows = row_at((low[0] - ON_CONTOUR).ceil())..row_at((high[0] + ON_CONTOUR).floor() + 1.0);
        let steps = 1 + rows.len() as u64;
        let height = high[0] - low[0];
        let mut along_row = 0;
        for row in rows {
            let y = first_row + row as f64;
            let share = if height > 0.0 { ((y - low[0]) / height).clamp(0.0, 1.0) } else { 0.0 };
            let x = low[1] + share * (high[1] - low[1]);
            if low[0] <= y && y < high[0] {
                self.mark(row, x.ceil(), TURNS);
            }
            if height <= ON_CONTOUR {
                along_row += self.mark_row(row, low[1].min(high[1]), low[1].max(high[1]));
            } else if (x - x.round()).abs() <= ON_CONTOUR {
                self.mark(row, x.round(), ON_LINE);
            }
        }
        steps + along_row
    }

    /// Marks the centres from one column to another as on a contour; how many.
    fn mark_row(&mut self, row: usize, from: f64, to: f64) -> u64 {
        let column_at = |x: f64| (x - self.first[1] as f64).clamp(0.0, self.size[1] as f64) as usize;
        let columns = column_at((from - ON_CONTOUR).ceil())..column_at((to + ON_CONTOUR).floor() + 1.0);
        let count = columns.len() as u64;
        let start = row * self.size[1];
        columns.for_each(|column| self.cells[start + column] |= ON_LINE);
        count
    }

    /// Sets or turns a bit of the cell at a column; left of the first it counts for the first, and right of the last for none.
    fn mark(&mut self, row: usize, column: f64, bit: u8) {
        let column = column - self.first[1] as f64;
        if column >= self.size[1] as f64 || bit == ON_LINE && column < 0.0 {
            return;
        }
        let cell = &mut self.cells[row * self.size[1] + column.max(0.0) as usize];
        if bit == TURNS { *cell ^= bit } else { *cell |= bit }
    }

    /// Rows and columns of the voxels inside or on a contour.
    fn filled(&self) -> Vec<[usize; 2]> {
        let mut filled = Vec::new();
        for (row, cells) in self.cells.chunks(self.size[1]).enumerate() {
            let mut inside = 0;
            for (column, cell) in cells.iter().enumerate() {
                inside ^= cell & TURNS;
                if inside != 0 || cell & ON_LINE != 0 {
                    filled.push([self.first[0] + row, self.first[1] + column]);
                }
            }
        }
        filled
    }
}
