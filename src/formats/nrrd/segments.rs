//! Segments of 3D Slicer's segmentations (.seg.nrrd): what they are called, and several layers of
//! them as one label map.

use serde_json::{Map, Value};

use super::fields::NrrdFields;
use crate::core::i18n::messages::NrrdMessage;
use crate::core::mask::PANCREAS_NAME;
use crate::formats::labels::Labels;

/// The most segments that are read: as many as labels.
const MOST_SEGMENTS: usize = 255;

/// One segment: the voxels of a layer that have a value.
#[derive(Clone, Debug)]
pub(super) struct Segment {
    name: String,
    layer: usize,
    value: u8,
}

/// The segments of a header, whose values are labels from 0 to 255.
pub(super) fn segments(fields: &NrrdFields) -> Vec<Segment> {
    let segment = |i: usize| {
        let key = |what: &str| fields.get(&format!("=Segment{i}_{what}"));
        let layer = key("Layer").and_then(|layer| layer.parse().ok()).unwrap_or(0);
        Some(Segment { name: key("Name")?.into(), layer, value: key("LabelValue")?.parse().ok()? })
    };
    (0..MOST_SEGMENTS).map_while(segment).collect()
}

/// What values stand for, where segments are named and one is the pancreas or the only one.
pub(super) fn meaning(segments: &[Segment]) -> Option<Labels> {
    named(segments.iter().map(|segment| (segment.value, segment.name.as_str())))
}

fn named<'a>(segments: impl Iterator<Item = (u8, &'a str)>) -> Option<Labels> {
    let named: Map<String, Value> = segments.map(|(value, name)| (value.to_string(), Value::from(name))).collect();
    Labels::read(&Value::from(named)).ok()
}

/// Layers as one label map, whose labels are the segments' numbers from 1, and what those stand
/// for. `values` has the layers of each voxel side by side.
///
/// Where segments overlap a voxel is the pancreas if that is among them, otherwise the later one;
/// `meaning.notes` says so.
pub(super) fn flattened(values: &[i16], layers: usize, segments: &[Segment]) -> (Vec<u8>, Option<Labels>) {
    let mut overlaps = 0;
    let label = |voxel: &[i16]| {
        let mut holders = (1u8..).zip(segments).filter(|(_, segment)| {
            voxel.get(segment.layer).is_some_and(|&value| value == i16::from(segment.value) && value != 0)
        });
        let Some((mut label, mut holder)) = holders.next() else { return 0 };
        for (next, segment) in holders {
            overlaps += 1;
            if !holder.name.eq_ignore_ascii_case(PANCREAS_NAME) {
                (label, holder) = (next, segment);
            }
        }
        label
    };
    let labels = values.chunks_exact(layers).map(label).collect();
    let mut meaning = named((1u8..).zip(segments).map(|(label, segment)| (label, segment.name.as_str())));
    if let Some(meaning) = meaning.as_mut().filter(|_| overlaps > 0) {
        meaning.notes.push(NrrdMessage::SegmentsOverlap { voxels: overlaps }.into());
    }
    (labels, meaning)
}
