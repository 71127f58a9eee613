//! A binary segmentation to labels on a grid. The grid is that of the file's own frames: what it belongs to is the caller's affair.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use dicom_core::Tag;
use dicom_dictionary_std::{tags, uids};

use crate::formats::dicom::precheck::unsupported_syntax;
use crate::formats::dicom::slice::unit_axes;
use crate::formats::dicom::walk::{Path, decimals, short, sop_class, text, walk};
use crate::mask::Mask;
use crate::refusal::Refusal;
use crate::volume::{Geometry, PLAUSIBLE_SPACING_MM, cross, dot};

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

/// The sequences that hold what is needed.
const INTO: [Tag; 7] = [
    tags::SEGMENT_SEQUENCE,
    tags::SHARED_FUNCTIONAL_GROUPS_SEQUENCE,
    tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE,
    tags::PIXEL_MEASURES_SEQUENCE,
    tags::PLANE_ORIENTATION_SEQUENCE,
    tags::PLANE_POSITION_SEQUENCE,
    tags::SEGMENT_IDENTIFICATION_SEQUENCE,
];
/// Frames at most; an item is small, what is kept of one is not.
const MOST_FRAMES: usize = 65_536;
/// Voxels at most, once slices that were left out are put back.
const MOST_VOXELS: usize = 1 << 30;
/// Two frames closer than this along the normal are of one slice.
const SAME_POSITION_MM: f64 = 0.01;

/// Whether a file is a DICOM segmentation, by its SOP class.
pub fn is_seg(bytes: &[u8]) -> bool {
    sop_class(bytes).as_deref() == Some(uids::SEGMENTATION_STORAGE)
}

/// Reads a binary segmentation, uncompressed and little endian. Where segments overlap the later frame counts.
///
/// Frames are placed by their ImagePositionPatient along the normal of their orientation (PS3.3 C.7.6.16.2.3); the distance of slices is
/// SpacingBetweenSlices where the positions agree with it, else the smallest between two of them.
///
/// # Errors
/// Fractional segmentations and label maps; frames without a place, in several orientations or twice in one place; other than 1 bit a
/// pixel, or another number of them than declared; more segments than labels; damaged files.
pub fn read_seg(name: &str, bytes: &[u8]) -> Result<Segmentation, Refusal> {
    let damaged = |why| Refusal::new(name, why, "The file is damaged or cut short; export or copy it again");
    let refused = |why| Refusal::new(name, why, "Save the segmentation again as a binary DICOM SEG, or as NIfTI");
    let mut found = Found::default();
    let syntax = walk(bytes, &INTO, |path, tag, value| found.take(path, tag, value)).map_err(damaged)?;
    match syntax.as_deref() {
        Some(uids::IMPLICIT_VR_LITTLE_ENDIAN | uids::EXPLICIT_VR_LITTLE_ENDIAN) | None => {}
        Some(uid) => return Err(unsupported_syntax(name, uid)),
    }
    let stack = found.stack().map_err(refused)?;
    let segments = found.segments().map_err(refused)?;
    let mask = found.mask(&stack).map_err(refused)?;
    Ok(Segmentation { mask, geometry: stack.geometry, segments })
}

/// What a functional group says of a frame, or of all.
#[derive(Clone, Copy, Debug, Default)]
struct Group {
    position_mm: Option<[f64; 3]>,
    cosines: Option<[f64; 6]>,
    spacing_mm: Option<[f64; 2]>,
    slice_step_mm: Option<f64>,
    thickness_mm: Option<f64>,
    segment: Option<u16>,
}

impl Group {
    fn take(&mut self, tag: Tag, value: &[u8]) {
        match tag {
            tags::IMAGE_POSITION_PATIENT => self.position_mm = decimals(value),
            tags::IMAGE_ORIENTATION_PATIENT => self.cosines = decimals(value),
            tags::PIXEL_SPACING => self.spacing_mm = decimals(value),
            tags::SPACING_BETWEEN_SLICES => self.slice_step_mm = decimals(value).map(|[mm]| mm),
            tags::SLICE_THICKNESS => self.thickness_mm = decimals(value).map(|[mm]| mm),
            tags::REFERENCED_SEGMENT_NUMBER => self.segment = short(value),
            _ => {}
        }
    }

    fn or(self, shared: Self) -> Self {
        Self {
            position_mm: self.position_mm.or(shared.position_mm),
            cosines: self.cosines.or(shared.cosines),
            spacing_mm: self.spacing_mm.or(shared.spacing_mm),
            slice_step_mm: self.slice_step_mm.or(shared.slice_step_mm),
            thickness_mm: self.thickness_mm.or(shared.thickness_mm),
            segment: self.segment.or(shared.segment),
        }
    }
}

/// The attributes gathered on the walk.
#[derive(Debug, Default)]
struct Found<'a> {
    kind: String,
    bits_allocated: Option<u16>,
    dims: [Option<u16>; 2],
    frames: Option<usize>,
    shared: Group,
    groups: Vec<Group>,
    /// Number and label of each item of SegmentSequence.
    described: Vec<(Option<u16>, String)>,
    pixels: Option<&'a [u8]>,
}

/// Where frames lie.
struct Stack {
    geometry: Geometry,
    dims: [usize; 3],
    /// Slice and label of each frame.
    places: Vec<(usize, u8)>,
}

impl<'a> Found<'a> {
    fn take(&mut self, path: &Path, tag: Tag, value: &'a [u8]) -> ControlFlow<()> {
        match (path, tag) {
            ([], tags::SEGMENTATION_TYPE) => self.kind = text(value),
            ([], tags::BITS_ALLOCATED) => self.bits_allocated = short(value),
            ([], tags::ROWS) => self.dims[0] = short(value),
            ([], tags::COLUMNS) => self.dims[1] = short(value),
            ([], tags::NUMBER_OF_FRAMES) => self.frames = text(value).parse().ok(),
            ([], tags::PIXEL_DATA) => {
                self.pixels = Some(value);
                return ControlFlow::Break(());
            }
            ([(tags::SEGMENT_SEQUENCE, item)], _) => {
                if self.described.len() <= *item {
                    self.described.resize(*item + 1, (None, String::new()));
                }
                match tag {
                    tags::SEGMENT_NUMBER => self.described[*item].0 = short(value),
                    tags::SEGMENT_LABEL => self.described[*item].1 = text(value),
                    _ => {}
                }
            }
            ([(tags::SHARED_FUNCTIONAL_GROUPS_SEQUENCE, 0), _], _) => self.shared.take(tag, value),
            ([(tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE, frame), _], _) if *frame < MOST_FRAMES => {
                if self.groups.len() <= *frame {
                    self.groups.resize(*frame + 1, Group::default());
                }
                self.groups[*frame].take(tag, value);
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }

    fn segments(&self) -> Result<BTreeMap<u8, String>, String> {
        let label = |(number, label): &(Option<u16>, String)| {
            let number = number.and_then(|n| u8::try_from(n).ok()).filter(|n| *n > 0);
            number.map(|n| (n, label.clone())).ok_or_else(|| "a segment has no number from 1 to 255".to_owned())
        };
        self.described.iter().map(label).collect()
    }

    /// Slices of the frames, and the grid that they make.
    fn stack(&self) -> Result<Stack, String> {
        if self.kind != "BINARY" {
            return Err(format!("its SegmentationType is `{}`, expected BINARY", self.kind));
        }
        let [Some(rows @ 1..), Some(columns @ 1..)] = self.dims.map(|n| n.map(usize::from)) else {
            return Err("it does not say how many rows and columns it has".into());
        };
        let frames = self.frames.unwrap_or(0);
        if frames == 0 || frames != self.groups.len() {
            return Err(format!("it declares {frames} frames and describes {}", self.groups.len()));
        }
        let groups: Vec<Group> = self.groups.iter().map(|group| group.or(self.shared)).collect();
        let axes = groups[0].cosines.and_then(unit_axes).ok_or("its frames have no usable ImageOrientationPatient")?;
        let differs = |g: &Group| {
            let unit = g.cosines.and_then(unit_axes);
            unit.is_none_or(|unit| (0..2).any(|i| dot(unit[i], axes[i]) < 1.0 - 1e-6))
        };
        if groups.iter().any(differs) {
            return Err("its frames lie in several orientations, expected one".into());
        }
        let plausible = |mm: &f64| PLAUSIBLE_SPACING_MM.contains(mm);
        let spacing =
            groups[0].spacing_mm.filter(|s| s.iter().all(plausible)).ok_or("it has no usable PixelSpacing")?;
        let positions: Option<Vec<[f64; 3]>> = groups.iter().map(|g| g.position_mm).collect();
        let positions = positions.ok_or("one of its frames has no usable ImagePositionPatient")?;
        let normal = cross(axes[0], axes[1]);
        let along: Vec<f64> = positions.iter().map(|&position| dot(position, normal)).collect();
        let declared = groups[0].slice_step_mm.or(groups[0].thickness_mm).map(f64::abs).filter(plausible);
        let step_mm = slice_step(&along, declared);

        // In the direction in which the frames run.
        let [first, last] = ends(&along);
        let slice = |mm: &f64| ((mm - along[first]).abs() / step_mm).round() as usize;
        let dims = [slice(&along[last]) + 1, rows, columns];
        if dims[0].saturating_mul(rows * columns) > MOST_VOXELS {
            return Err(format!("its frames span {} slices of {rows} x {columns} pixels, too many", dims[0]));
        }
        let step = match dims[0] {
            1 => normal.map(|n| n * step_mm),
            n => [0, 1, 2].map(|r| (positions[last][r] - positions[first][r]) / (n - 1) as f64),
        };
        let [row, column] = axes;
        let affine = [0, 1, 2].map(|r| [row[r] * spacing[1], column[r] * spacing[0], step[r], positions[first][r]]);
        let number = |g: &Group| {
            let number = g.segment.and_then(|n| u8::try_from(n).ok()).filter(|n| *n > 0);
            number.ok_or("one of its frames names no segment from 1 to 255")
        };
        let places: Result<Vec<(usize, u8)>, _> =
            groups.iter().zip(&along).map(|(group, mm)| Ok::<_, &str>((slice(mm), number(group)?))).collect();
        let places = places?;
        let mut sorted = places.clone();
        sorted.sort_unstable();
        if sorted.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err("two of its frames hold the same slice of the same segment".into());
        }
        Ok(Stack { geometry: Geometry { affine }, dims, places })
    }

    /// Bits to labels. Frames follow each other without padding, the lowest bit of a byte first (PS3.5 8.1.1).
    fn mask(&self, stack: &Stack) -> Result<Mask, String> {
        let pixels = self.pixels.ok_or("it has no pixel data")?;
        if self.bits_allocated != Some(1) {
            return Err(format!("its pixels have {:?} bits, expected 1", self.bits_allocated.unwrap_or(0)));
        }
        let area = stack.dims[1] * stack.dims[2];
        let expected = (area * stack.places.len()).div_ceil(8);
        if pixels.len() != expected && pixels.len() != expected.next_multiple_of(2) {
            return Err(format!("its frames need {expected} bytes, its pixel data has {}", pixels.len()));
        }
        let mut mask = Mask::empty(stack.dims);
        for (frame, &(slice, label)) in stack.places.iter().enumerate() {
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
