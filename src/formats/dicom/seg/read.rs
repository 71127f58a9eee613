//! A binary segmentation to labels on a grid. The grid is that of the file's own frames: what it belongs to is the caller's affair.

use std::collections::BTreeMap;

use dicom_dictionary_std::tags;

use crate::core::error::UserError;
use crate::core::i18n::messages::DicomMessage;
use crate::core::mask::Mask;
use crate::core::volume::{Geometry, PLAUSIBLE_SPACING_MM, cross, dot};
use crate::formats::damaged;
use crate::formats::dicom::attributes::{Attributes, Headers};
use crate::formats::dicom::data_set::PixelData;
use crate::formats::dicom::parse::DataSet;
use crate::formats::dicom::slice::unit_axes;

/// What a SEG file says: labels in the sequence and on the grid of its frames.
#[derive(Clone, Debug, PartialEq)]
pub struct Segmentation {
    /// The segments' numbers as labels, `[z, y, x]`, slices in the sequence of the frames. It reaches from the first frame to the last:
    /// writers leave out slices without a label, at the ends for good, between them only the frames.
    pub mask: Mask,
    /// Where that lies in the patient (LPS, mm).
    pub geometry: Geometry,
    /// What each label means: SegmentLabel.
    pub segments: BTreeMap<u8, String>,
}

impl Segmentation {
    /// The labels on another grid of shape `dims` that holds this one's voxels, such as that of the series it was made of, in whatever
    /// order; `None` where it does not. Voxel centres may differ by a tenth of a voxel.
    pub fn on_grid(&self, geometry: &Geometry, dims: [usize; 3]) -> Option<Mask> {
        on_grid(&self.mask, &self.geometry, geometry, dims)
    }
}

/// A mask that lies as `own` says on another grid, as [`Segmentation::on_grid`] says.
pub(in crate::formats) fn on_grid(mask: &Mask, own: &Geometry, geometry: &Geometry, dims: [usize; 3]) -> Option<Mask> {
    let at = |voxel: [usize; 3]| geometry.voxel_at(own.position_mm(voxel.map(|i| i as f64)));
    let first = at([0; 3]);
    // What one step along each axis of ours is on the other grid.
    let mut steps = [[0i64; 3]; 3];
    for (axis, step) in steps.iter_mut().enumerate() {
        let span = (mask.dims[axis] - 1).max(1);
        let mut end = [0; 3];
        end[axis] = span;
        let end = at(end);
        let along = [0, 1, 2].map(|i| (end[i] - first[i]) / span as f64);
        *step = along.map(|x| x.round() as i64);
        let strays = (0..3).any(|i| (along[i] - step[i] as f64).abs() * span as f64 > 0.1);
        if strays || step.iter().map(|i| i.abs()).sum::<i64>() != 1 {
            return None;
        }
    }
    let start = first.map(|i| i.round() as i64);
    if (0..3).any(|i| (first[i] - start[i] as f64).abs() > 0.1) {
        return None;
    }
    let mut placed = Mask::empty(dims);
    let [_, height, width] = mask.dims;
    for (i, &label) in mask.labels.iter().enumerate().filter(|(_, label)| **label != 0) {
        let voxel = [i / (height * width), i / width % height, i % width].map(|n| n as i64);
        let there = [0, 1, 2].map(|a| start[a] + (0..3).map(|axis| voxel[axis] * steps[axis][a]).sum::<i64>());
        let there = [0, 1, 2].map(|a| usize::try_from(there[a]).ok().filter(|&n| n < dims[a]));
        let [Some(z), Some(y), Some(x)] = there else { return None };
        placed.labels[(z * dims[1] + y) * dims[2] + x] = label;
    }
    Some(placed)
}

/// Slices and voxels at most, once slices that were left out are put back.
const MOST_SLICES: usize = 4096;
const MOST_VOXELS: usize = 1 << 29;
/// Two frames closer than this along the normal are of one slice.
const SAME_POSITION_MM: f64 = 0.01;

/// Reads a binary segmentation whose pixels are not compressed. Where segments overlap the later frame counts.
///
/// Frames are placed by their ImagePositionPatient along the normal of their orientation (PS3.3 C.7.6.16.2.3); the distance of slices is
/// SpacingBetweenSlices where the positions agree with it, else the smallest between two of them.
///
/// # Errors
/// Fractional segmentations and label maps; frames without a place, in several orientations or twice in one place; other than 1 bit a
/// pixel, or another number of them than declared; more segments than labels; damaged files.
pub fn read_seg(name: &str, bytes: &[u8]) -> Result<Segmentation, UserError> {
    let damaged = |reason: DicomMessage| damaged(name, reason);
    let refused =
        |why: String| UserError::new(name, why, "Save the segmentation again as a binary DICOM SEG, or as NIfTI");
    let data_set = DataSet::open(bytes).map_err(damaged)?;
    let parsed = data_set.parse().map_err(damaged)?;
    let headers = Headers::decode(&parsed).map_err(damaged)?;
    let pixels = match &parsed.pixels {
        Some(PixelData::Native(pixels)) if !parsed.big_endian => pixels,
        Some(_) => return Err(refused("its frames are compressed or big endian, expected plain bits".into())),
        None => return Err(refused("it has no pixel data".into())),
    };
    let grid = FrameGrid::of(&headers).map_err(refused)?;
    let segments = segments(&headers).map_err(refused)?;
    let mask = grid.mask(pixels).map_err(refused)?;
    Ok(Segmentation { mask, geometry: grid.geometry, segments })
}

/// SegmentNumber and SegmentLabel of every segment.
fn segments(headers: &Headers) -> Result<BTreeMap<u8, String>, String> {
    let of = |segment: Attributes<'_>| {
        let number = label(segment.whole(tags::SEGMENT_NUMBER)).ok_or("a segment has no number from 1 to 255")?;
        Ok((number, segment.text(tags::SEGMENT_LABEL).unwrap_or_default()))
    };
    headers.segments().map(of).collect()
}

fn label(number: Option<i64>) -> Option<u8> {
    number.and_then(|n| u8::try_from(n).ok()).filter(|n| *n > 0)
}

/// The grid of the frames, and the place of each on it.
struct FrameGrid {
    geometry: Geometry,
    dims: [usize; 3],
    /// Slice and label of each frame.
    places: Vec<(usize, u8)>,
}

impl FrameGrid {
    /// Slices of the frames, and the grid that they make.
    fn of(headers: &Headers) -> Result<Self, String> {
        let first = headers.frame(0);
        let kind = first.text(tags::SEGMENTATION_TYPE).unwrap_or_default();
        let bits = first.whole(tags::BITS_ALLOCATED).unwrap_or(0);
        if kind != "BINARY" || bits != 1 {
            return Err(format!("its SegmentationType is `{kind}` with {bits} bits a pixel, expected BINARY with 1"));
        }
        let size = |tag| first.whole(tag).and_then(|n| u16::try_from(n).ok()).map_or(0, usize::from);
        let [rows, columns] = [tags::ROWS, tags::COLUMNS].map(size);
        let count = headers.grouped_frames();
        if rows * columns * count == 0 || first.whole(tags::NUMBER_OF_FRAMES) != Some(count as i64) {
            let declared = first.whole(tags::NUMBER_OF_FRAMES).unwrap_or(0);
            return Err(format!("it declares {declared} frames of {rows} x {columns} pixels and describes {count}"));
        }
        let plausible = |mm: &f64| PLAUSIBLE_SPACING_MM.contains(mm);
        let axes = |frame: &Attributes<'_>| frame.numbers(tags::IMAGE_ORIENTATION_PATIENT).and_then(unit_axes);
        let [row, column] = axes(&first).ok_or("its frames have no usable ImageOrientationPatient")?;
        let spacing = first.numbers(tags::PIXEL_SPACING).filter(|s: &[f64; 2]| s.iter().all(plausible));
        let spacing = spacing.ok_or("it has no usable PixelSpacing")?;
        let normal = cross(row, column);
        let mut positions: Vec<[f64; 3]> = Vec::with_capacity(count);
        let mut labels = Vec::with_capacity(count);
        for frame in (0..count).map(|index| headers.frame(index)) {
            if axes(&frame).is_none_or(|[r, c]| dot(r, row).min(dot(c, column)) < 1.0 - 1e-6) {
                return Err("its frames lie in several orientations, expected one".into());
            }
            let position = frame.numbers(tags::IMAGE_POSITION_PATIENT);
            positions.push(position.ok_or("one of its frames has no usable ImagePositionPatient")?);
            let label = label(frame.whole(tags::REFERENCED_SEGMENT_NUMBER));
            labels.push(label.ok_or("one of its frames names no segment from 1 to 255")?);
        }
        let along: Vec<f64> = positions.iter().map(|&position| dot(position, normal)).collect();
        let declared = [tags::SPACING_BETWEEN_SLICES, tags::SLICE_THICKNESS].into_iter();
        let declared = declared.filter_map(|tag| first.number(tag)).map(f64::abs).find(plausible);
        let step_mm = slice_step(&along, declared);

        // In the direction in which the frames run.
        let [begin, end] = ends(&along);
        let slice = |mm: f64| ((mm - along[begin]).abs() / step_mm).round() as usize;
        let dims = [slice(along[end]) + 1, rows, columns];
        if dims[0] > MOST_SLICES || dims[0] * rows * columns > MOST_VOXELS {
            return Err(format!("its frames span {} slices of {rows} x {columns} pixels, too many", dims[0]));
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
            return Err("two of its frames hold the same slice of the same segment".into());
        }
        Ok(Self { geometry: Geometry { affine }, dims, places })
    }

    /// Bits to labels. Frames follow each other without padding, the lowest bit of a byte first (PS3.5 8.1.1).
    fn mask(&self, pixels: &[u8]) -> Result<Mask, String> {
        let area = self.dims[1] * self.dims[2];
        let expected = (area * self.places.len()).div_ceil(8);
        if pixels.len() != expected && pixels.len() != expected.next_multiple_of(2) {
            return Err(format!("its frames need {expected} bytes, its pixel data has {}", pixels.len()));
        }
        let mut mask = Mask::empty(self.dims);
        for (frame, &(slice, label)) in self.places.iter().enumerate() {
            for (i, voxel) in mask.slice_mut(slice).iter_mut().enumerate() {
                let bit = frame * area + i;
                if pixels[bit / 8] >> (bit % 8) & 1 == 1 {
                    *voxel = label;
                }
            }
        }
        Ok(mask)
    }
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
