//! The grid that the frames of a segmentation make, and the place of each on it.

use dicom_dictionary_std::tags;

use super::frames::SegmentationKind;
use crate::core::i18n::messages::DicomMessage;
use crate::core::volume::{Geometry, PLAUSIBLE_SPACING_MM, cross, dot};
use crate::formats::dicom::attributes::{Attributes, Headers};
use crate::formats::dicom::slice::unit_axes;

/// Slices and voxels at most, once slices that were left out are put back.
const MOST_SLICES: usize = 4096;
const MOST_VOXELS: usize = 1 << 29;
/// Two frames closer than this along the normal are of one slice.
const SAME_POSITION_MM: f64 = 0.01;

/// The grid of the frames, and the place of each on it.
pub(super) struct FrameGrid {
    pub(super) geometry: Geometry,
    pub(super) dims: [usize; 3],
    /// Slice and label of each frame; in a label map the label is 0.
    pub(super) places: Vec<(usize, u8)>,
}

impl FrameGrid {
    /// Slices of the frames, and the grid that they make.
    pub(super) fn of(headers: &Headers, kind: SegmentationKind) -> Result<Self, DicomMessage> {
        let first = headers.frame(0);
        let size = |tag| first.whole(tag).and_then(|n| u16::try_from(n).ok()).map_or(0, usize::from);
        let [rows, columns] = [tags::ROWS, tags::COLUMNS].map(size);
        let count = headers.grouped_frames();
        let declared = first.whole(tags::NUMBER_OF_FRAMES).unwrap_or(0);
        if rows * columns * count == 0 || declared != count as i64 {
            return Err(DicomMessage::SegFrames { declared, rows, columns, described: count });
        }
        let spacing = first.numbers(tags::PIXEL_SPACING).filter(|s: &[f64; 2]| s.iter().all(is_plausible));
        let spacing = spacing.ok_or(DicomMessage::SegNoSpacing)?;
        let PlacedFrames { axes: [row, column], positions, labels } = PlacedFrames::of(headers, count, kind)?;
        let normal = cross(row, column);
        let along: Vec<f64> = positions.iter().map(|&position| dot(position, normal)).collect();
        let declared = [tags::SPACING_BETWEEN_SLICES, tags::SLICE_THICKNESS].into_iter();
        let declared = declared.filter_map(|tag| first.number(tag)).map(f64::abs).find(is_plausible);
        let step_mm = slice_step(&along, declared);

        // In the direction in which the frames run.
        let [begin, end] = ends(&along);
        let slice = |mm: f64| ((mm - along[begin]).abs() / step_mm).round() as usize;
        let dims = [slice(along[end]) + 1, rows, columns];
        if dims[0] > MOST_SLICES || dims[0] * rows * columns > MOST_VOXELS {
            return Err(DicomMessage::SegTooLarge { slices: dims[0], rows, columns });
        }
        let step = match dims[0] {
            1 => normal.map(|n| n * step_mm),
            n => [0, 1, 2].map(|r| (positions[end][r] - positions[begin][r]) / (n - 1) as f64),
        };
        let affine = [0, 1, 2].map(|r| [row[r] * spacing[1], column[r] * spacing[0], step[r], positions[begin][r]]);
        let places: Vec<(usize, u8)> = along.iter().map(|&mm| slice(mm)).zip(labels).collect();
        let mut sorted = places.clone();
        sorted.sort_unstable();
        if sorted.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(DicomMessage::SegTwice);
        }
        Ok(Self { geometry: Geometry { affine }, dims, places })
    }
}

/// Where frames are, and of which segment.
struct PlacedFrames {
    axes: [[f64; 3]; 2],
    positions: Vec<[f64; 3]>,
    labels: Vec<u8>,
}

impl PlacedFrames {
    fn of(headers: &Headers, count: usize, kind: SegmentationKind) -> Result<Self, DicomMessage> {
        let axes = |frame: &Attributes<'_>| frame.numbers(tags::IMAGE_ORIENTATION_PATIENT).and_then(unit_axes);
        let [row, column] = axes(&headers.frame(0)).ok_or(DicomMessage::SegNoOrientation)?;
        let mut positions: Vec<[f64; 3]> = Vec::with_capacity(count);
        let mut labels = Vec::with_capacity(count);
        for frame in (0..count).map(|index| headers.frame(index)) {
            if axes(&frame).is_none_or(|[r, c]| dot(r, row).min(dot(c, column)) < 1.0 - 1e-6) {
                return Err(DicomMessage::SegSeveralOrientations);
            }
            positions.push(frame.numbers(tags::IMAGE_POSITION_PATIENT).ok_or(DicomMessage::SegNoPosition)?);
            labels.push(match kind {
                SegmentationKind::LabelMap { .. } => 0,
                _ => segment_number(frame.whole(tags::REFERENCED_SEGMENT_NUMBER)).ok_or(DicomMessage::SegNoSegment)?,
            });
        }
        Ok(Self { axes: [row, column], positions, labels })
    }
}

fn is_plausible(mm: &f64) -> bool {
    PLAUSIBLE_SPACING_MM.contains(mm)
}

/// A segment's number, if a label can have it.
pub(super) fn segment_number(number: Option<i64>) -> Option<u8> {
    number.and_then(|n| u8::try_from(n).ok()).filter(|n| *n > 0)
}

/// Distance of slices in mm, from positions along the normal in any order and from what is declared.
fn slice_step(along: &[f64], declared: Option<f64>) -> f64 {
    let mut sorted = along.to_vec();
    sorted.sort_by(f64::total_cmp);
    let gaps = sorted.windows(2).map(|pair| pair[1] - pair[0]).filter(|gap| *gap > SAME_POSITION_MM);
    let smallest = gaps.fold(f64::INFINITY, f64::min);
    match declared {
        Some(declared) if smallest.is_infinite() => declared,
        // Slices between may have been left out.
        Some(declared)
            if ((smallest / declared).round() * declared - smallest).abs() < 0.1 * declared.min(smallest) =>
        {
            declared
        }
        _ if smallest.is_infinite() => 1.0,
        _ => smallest,
    }
}

/// The frames at the two ends, the one that comes earlier in the file first.
fn ends(along: &[f64]) -> [usize; 2] {
    let by = |a: &usize, b: &usize| along[*a].total_cmp(&along[*b]);
    let (low, high) = ((0..along.len()).min_by(by).unwrap_or(0), (0..along.len()).max_by(by).unwrap_or(0));
    // Segments come one after the other, each with all its slices, or slices with all their segments: most steps tell.
    let steps = |goes: fn(&f64) -> bool| along.windows(2).filter(|pair| goes(&(pair[1] - pair[0]))).count();
    let falls = steps(|mm| *mm < -SAME_POSITION_MM) > steps(|mm| *mm > SAME_POSITION_MM);
    if falls { [high, low] } else { [low, high] }
}
