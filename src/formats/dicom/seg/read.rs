//! A segmentation to labels on a grid. The grid is that of the file's own frames: what it belongs to is the caller's affair.

use std::collections::BTreeMap;

use dicom_dictionary_std::tags;

use super::frames::{SegmentationKind, StoredFrames};
use super::grid::{FrameGrid, segment_number};
use crate::core::error::UserError;
use crate::core::i18n::messages::{DicomMessage, Message};
use crate::core::mask::{Mask, PANCREAS_NAME};
use crate::core::volume::Geometry;
use crate::formats::damaged;
use crate::formats::dicom::attributes::{Attributes, Headers};
use crate::formats::dicom::codec::FrameLayout;
use crate::formats::dicom::parse::DataSet;
use crate::formats::dicom::syntax::{self, Coding};

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
    /// What a person should know about its reading, without final stops.
    pub notes: Vec<Message>,
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

/// Reads a segmentation: binary (uncompressed), fractional or a label map (PS3.3 C.8.20.2).
///
/// Frames are placed by their ImagePositionPatient along the normal of their orientation (PS3.3 C.7.6.16.2.3); the distance of slices is
/// SpacingBetweenSlices where the positions agree with it, else the smallest between two of them. A voxel belongs to a fractional
/// segment from half of MaximumFractionalValue on. Where segments overlap, the pancreas counts, else the later frame.
///
/// # Errors
/// Frames without a place, in several orientations or twice in one place; other numbers of bits; pixels of another size than declared;
/// more segments than labels; damaged files.
pub fn read_seg(name: &str, bytes: &[u8]) -> Result<Segmentation, UserError> {
    let damaged = |reason: DicomMessage| damaged(name, reason);
    let refused = |why: Message| UserError::new(name, why, DicomMessage::SaveAsBinary);
    let data_set = DataSet::open(bytes).map_err(damaged)?;
    let parsed = data_set.parse().map_err(damaged)?;
    let headers = Headers::decode(&parsed).map_err(damaged)?;
    let coding = match data_set.syntax.as_deref() {
        None => Coding::Native,
        Some(uid) => syntax::coding(uid).ok_or_else(|| syntax::unsupported(name, uid))?,
    };
    let pixels = parsed.pixels.as_ref().ok_or_else(|| refused(DicomMessage::NoPixelData.into()))?;
    let kind = SegmentationKind::of(&headers.frame(0)).map_err(|why| refused(why.into()))?;
    let grid = FrameGrid::of(&headers, kind).map_err(|why| refused(why.into()))?;
    let segments = segments(&headers).map_err(|why| refused(why.into()))?;
    let [_, rows, columns] = grid.dims;
    let layout =
        FrameLayout { dims: [rows, columns], sample_bytes: kind.sample_bytes(), big_endian: parsed.big_endian };
    let stored =
        StoredFrames::of(pixels, coding, layout, kind, grid.places.len()).map_err(|why| refused(why.into()))?;
    let (mask, notes) = painted(&grid, &stored, &segments).map_err(refused)?;
    Ok(Segmentation { mask, geometry: grid.geometry, segments, notes })
}

/// SegmentNumber and SegmentLabel of every segment but the background, which in a label map has number 0.
fn segments(headers: &Headers) -> Result<BTreeMap<u8, String>, DicomMessage> {
    let of = |segment: Attributes<'_>| {
        let number = segment_number(segment.whole(tags::SEGMENT_NUMBER)).ok_or(DicomMessage::SegSegmentNumber)?;
        Ok((number, segment.text(tags::SEGMENT_LABEL).unwrap_or_default()))
    };
    headers.segments().filter(|segment| segment.whole(tags::SEGMENT_NUMBER) != Some(0)).map(of).collect()
}

/// The labels on the grid, and what to know about them.
fn painted(
    grid: &FrameGrid,
    stored: &StoredFrames<'_>,
    segments: &BTreeMap<u8, String>,
) -> Result<(Mask, Vec<Message>), Message> {
    let is_pancreas = |label: &u8| segments.get(label).is_some_and(|name| is_pancreas_name(name));
    // The pancreas last, on top of what it overlaps.
    let mut order: Vec<usize> = (0..grid.places.len()).collect();
    order.sort_by_key(|&frame| is_pancreas(&grid.places[frame].1));
    let mut mask = Mask::empty(grid.dims);
    let mut overlapping = 0;
    for frame in order {
        let (slice, segment) = grid.places[frame];
        let labels = stored.labels(frame, segment)?;
        for (voxel, label) in mask.slice_mut(slice).iter_mut().zip(labels).filter(|(_, label)| *label != 0) {
            overlapping += usize::from(*voxel != 0 && *voxel != label);
            *voxel = label;
        }
    }
    let mut notes = Vec::new();
    if matches!(stored.kind, SegmentationKind::Fractional { .. }) {
        notes.push(DicomMessage::SegCutAtHalf.into());
    }
    if overlapping > 0 {
        notes.push(DicomMessage::SegOverlap { count: overlapping }.into());
    }
    Ok((mask, notes))
}

fn is_pancreas_name(name: &str) -> bool {
    name.trim().eq_ignore_ascii_case(PANCREAS_NAME)
}
