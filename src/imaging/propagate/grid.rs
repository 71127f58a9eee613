//! The grid on which labels are propagated: the accepted masks' surroundings, resampled in plane.
//!
//! A millimetre and a half is fine enough for the border of an organ, whose position is read
//! between pixels, and coarse enough for an answer within a second. Slices stay as they are.

use std::ops::Range;

use super::reach::reach_mm;
use super::{KnownLabels, PartialSlice, PredictedSlices};
use crate::core::parallel::map_parallel;
use crate::core::volume::Volume;
use crate::imaging::preprocess::CropGeometry;

/// In-plane spacing of the grid, in mm.
const SPACING_MM: f64 = 1.5;
/// Distance around the accepted masks that an organ is expected to stay within, in plane, in mm.
pub const MARGIN_MM: f64 = 15.0;
/// The most voxels of the grid; larger organs are propagated on a coarser grid.
const MOST_VOXELS: f64 = 1_500_000.0;
/// The same of a grid that goes on where a model does: it has more slices, and an answer must not take longer.
const MOST_CONTINUED_VOXELS: f64 = 600_000.0;
/// The distance between slices where the file does not say, in mm.
const UNKNOWN_SPACING_MM: f64 = 1.0;

/// A box of a volume on a grid of its own, `[slice, row, column]`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct WorkingGrid {
    /// The slices of the volume.
    pub(super) slices: Range<usize>,
    /// Whether the volume goes on beyond the first and beyond the last of them.
    pub(super) is_cut: [bool; 2],
    /// `[rows, columns]` of each slice of the grid.
    pub(super) shape: [usize; 2],
    /// `[slice, row, column]` in mm.
    pub(super) spacing_mm: [f64; 3],
    /// A square that covers the box; its first rows or columns are the box.
    crop: CropGeometry,
}

impl WorkingGrid {
    /// The grid around everything that is drawn of an organ, and around what a trusted model has found of it
    /// beyond; or `None` if nothing is drawn.
    pub(super) fn around(
        volume: &Volume,
        known: &KnownLabels<'_>,
        predicted: Option<&PredictedSlices<'_>>,
        organ: u8,
    ) -> Option<Self> {
        let [depth, height, width] = volume.dims;
        let spacing_mm = volume.geometry.map_or([UNKNOWN_SPACING_MM; 3], |geometry| geometry.spacing_mm());
        let drawn = drawn_slices(known, organ)?;
        let reach_mm = reach_mm(known, spacing_mm, organ, predicted.is_some());
        let [below, above] = reach_mm.map(|mm| (mm / spacing_mm[0]).ceil() as usize);
        let farther = predicted.map_or(drawn.clone(), |slices| continued(&drawn, known, slices, organ));
        let bounds = bounding_box(known, predicted, [&drawn, &farther], organ, width)?;
        let most_voxels = if farther == drawn { MOST_VOXELS } else { MOST_CONTINUED_VOXELS };
        let drawn = farther;
        let slices = drawn.start.saturating_sub(below)..(drawn.end + above).min(depth);
        let sides_px: [Range<f64>; 2] = [0, 1].map(|axis| {
            let margin = MARGIN_MM / spacing_mm[axis + 1];
            let length = [height, width][axis] as f64;
            (bounds[axis].start as f64 - margin).max(0.0)..(bounds[axis].end as f64 + margin).min(length)
        });
        let sides_mm = [0, 1].map(|axis| (sides_px[axis].end - sides_px[axis].start) * spacing_mm[axis + 1]);
        let voxels = sides_mm[0] * sides_mm[1] / (SPACING_MM * SPACING_MM) * slices.len() as f64;
        let step_mm = SPACING_MM * (voxels / most_voxels).max(1.0).sqrt();
        let shape = sides_mm.map(|side| (side / step_mm).ceil() as usize + 1);
        let crop = CropGeometry {
            origin_px: [0, 1].map(|axis| sides_px[axis].start),
            step_px: [0, 1].map(|axis| step_mm / spacing_mm[axis + 1]),
            slice_dims: [height, width],
            size_px: shape[0].max(shape[1]),
        };
        let is_cut = [slices.start > 0, slices.end < depth];
        Some(Self { slices, is_cut, shape, spacing_mm: [spacing_mm[0], step_mm, step_mm], crop })
    }

    /// `[slices, rows, columns]`.
    pub(super) fn dims(&self) -> [usize; 3] {
        [self.slices.len(), self.shape[0], self.shape[1]]
    }

    /// Pixels of one slice of the grid.
    pub(super) fn area(&self) -> usize {
        self.shape[0] * self.shape[1]
    }

    /// Columns of a slice of the volume.
    pub(super) fn slice_width(&self) -> usize {
        self.crop.slice_dims[1]
    }

    /// The voxel of this grid nearest to a pixel of a slice, if it is in the box.
    pub(super) fn nearest(&self, slice: usize, pixel: usize) -> Option<usize> {
        let width = self.slice_width();
        let [row, column] = [pixel / width, pixel % width];
        let on_grid = |axis: usize, index: usize| {
            let position = ((index as f64 - self.crop.origin_px[axis]) / self.crop.step_px[axis]).round();
            (position >= 0.0 && position < self.shape[axis] as f64).then_some(position as usize)
        };
        let (row, column) = (on_grid(0, row)?, on_grid(1, column)?);
        let is_inside = self.slices.contains(&slice);
        is_inside.then(|| (slice - self.slices.start) * self.area() + row * self.shape[1] + column)
    }

    /// An image on a slice's own grid, `[y, x]`, on this grid, `[row, column]`.
    pub(super) fn resample(&self, image: &[f32]) -> Vec<f32> {
        let square = self.crop.resample(image);
        let rows = square.chunks_exact(self.crop.size_px).take(self.shape[0]);
        rows.flat_map(|row| &row[..self.shape[1]]).copied().collect()
    }

    /// The mask of an organ in labels on a slice's own grid, `[y, x]`, on this grid, `[row, column]`.
    pub(super) fn organ_mask(&self, labels: &[u8], organ: u8) -> Vec<u8> {
        let inside: Vec<f32> = labels.iter().map(|&label| f32::from(u8::from(label == organ))).collect();
        self.resample(&inside).iter().map(|&share| u8::from(share > 0.5)).collect()
    }

    /// Hounsfield units of the box, `[slice, row, column]`, clipped to `range_hu`.
    pub(super) fn hounsfield(&self, volume: &Volume, range_hu: Range<f32>) -> Vec<f32> {
        let slices: Vec<usize> = self.slices.clone().collect();
        let resampled = map_parallel(&slices, |&slice| {
            let clip = |&hu: &i16| f32::from(hu).clamp(range_hu.start, range_hu.end);
            self.resample(&volume.slice(slice).hu.iter().map(clip).collect::<Vec<f32>>())
        });
        resampled.concat()
    }

    /// The map of one slice of this grid, `[row, column]`, on the slice's own grid by linear interpolation. Returned are
    /// the rows and columns that the box covers, and the values of these, `[y, x]`.
    pub(super) fn restore(&self, map: &[f32]) -> ([Range<usize>; 2], Vec<f32>) {
        let size = self.crop.size_px;
        let mut square = vec![0.0; size * size];
        for (to, from) in square.chunks_exact_mut(size).zip(map.chunks_exact(self.shape[1])) {
            to[..self.shape[1]].copy_from_slice(from);
        }
        let covered = [0, 1].map(|axis| self.crop.affected_range(axis, &(0..self.shape[axis])));
        let values = self.crop.restore_part(&square, size, covered.clone());
        (covered, values)
    }
}

/// The slices from the first to the last that is accepted, or drawn in part and holds the organ.
fn drawn_slices(known: &KnownLabels<'_>, organ: u8) -> Option<Range<usize>> {
    let has_organ = |partial: &&PartialSlice<'_>| partial.drawn.iter().any(|(_, label)| label == organ);
    let partial = known.partial.iter().filter(has_organ).map(|partial| partial.slice);
    let slices = known.accepted.iter().map(|accepted| accepted.slice).chain(partial);
    slices.fold(None, |range, slice| Some(extended(range, slice)))
}

/// The slices `drawn` and those next to them to which the organ goes on in the mask of a model; not beyond an accepted slice
/// without the organ.
fn continued(
    drawn: &Range<usize>,
    known: &KnownLabels<'_>,
    predicted: &PredictedSlices<'_>,
    organ: u8,
) -> Range<usize> {
    let has_ended = |slice| known.accepted.iter().any(|own| own.slice == slice && !own.labels.contains(&organ));
    let goes_on = |from: usize, slice: usize| predicted[slice].contains(&organ) && !has_ended(from);
    let first = (0..drawn.start).rev().take_while(|&slice| goes_on(drawn.start, slice)).last();
    let last = (drawn.end..predicted.len()).take_while(|&slice| goes_on(drawn.end - 1, slice)).last();
    first.unwrap_or(drawn.start)..last.map_or(drawn.end, |last| last + 1)
}

/// The rows and columns that hold the organ on any slice: as it is drawn, and on the slices of `farther` beyond `drawn` as
/// it is predicted.
fn bounding_box(
    known: &KnownLabels<'_>,
    predicted: Option<&PredictedSlices<'_>>,
    [drawn, farther]: [&Range<usize>; 2],
    organ: u8,
    width: usize,
) -> Option<[Range<usize>; 2]> {
    let mut bounds: [Option<Range<usize>>; 2] = [None, None];
    let mut include = |pixel: usize| {
        let [rows, columns] = &mut bounds;
        *rows = Some(extended(rows.take(), pixel / width));
        *columns = Some(extended(columns.take(), pixel % width));
    };
    let beyond = (farther.start..drawn.start).chain(drawn.end..farther.end);
    let predicted = predicted.iter().flat_map(|slices| beyond.clone().map(|slice| &slices[slice][..]));
    for labels in known.accepted.iter().map(|accepted| accepted.labels).chain(predicted) {
        labels.iter().enumerate().filter(|(_, label)| **label == organ).for_each(|(pixel, _)| include(pixel));
    }
    for partial in known.partial {
        partial.drawn.iter().filter(|(_, label)| *label == organ).for_each(|(pixel, _)| include(pixel));
    }
    let [rows, columns] = bounds;
    Some([rows?, columns?])
}

/// The smallest range that holds `range` and `index`.
fn extended(range: Option<Range<usize>>, index: usize) -> Range<usize> {
    range.map_or(index..index + 1, |range| range.start.min(index)..range.end.max(index + 1))
}
