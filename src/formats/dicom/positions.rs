//! Where slices are along their normal, and what to do with several at one place.

use super::DicomSlice;
use crate::core::error::UserError;
use crate::core::i18n::messages::{Message, SeriesMessage};
use crate::core::volume::{cross, dot};

/// Two slices closer than this along the normal are at the same position.
const SAME_POSITION_MM: f64 = 0.01;
/// A note names this many positions at most.
const NAMED: usize = 4;

/// A slice and its place along the normal.
pub(super) struct Placed {
    pub(super) mm: f64,
    pub(super) slice: DicomSlice,
}

/// Slices with their places, ascending.
pub(super) fn placed(name: &str, slices: Vec<DicomSlice>) -> Result<Vec<Placed>, UserError> {
    let mut placed = Vec::with_capacity(slices.len());
    for slice in slices {
        let (Some(position), Some([row, column])) = (slice.position_mm, slice.axes) else {
            let reason = SeriesMessage::NoOrder { file: slice.file };
            return Err(UserError::new(name, reason, SeriesMessage::OneSliceOrNifti));
        };
        placed.push(Placed { mm: dot(position, cross(row, column)), slice });
    }
    placed.sort_by(|a, b| a.mm.total_cmp(&b.mm));
    Ok(placed)
}

/// The place of a slice as people name it: the coordinate of its first pixel, LPS in mm, along the axis that it faces (z where it
/// is axial).
pub(super) fn place_mm(slice: &DicomSlice) -> f64 {
    let normal = slice.axes.map_or([0.0, 0.0, 1.0], |[row, column]| cross(row, column));
    let axis = (0..3).max_by(|&a, &b| normal[a].abs().total_cmp(&normal[b].abs())).unwrap_or(2);
    slice.position_mm.unwrap_or_default()[axis]
}

/// Slices in order of place, divided so that none holds two at one place: identical ones are dropped, others go to acquisitions of
/// their own, by AcquisitionNumber where that tells them apart, else by InstanceNumber. All of them ascend.
pub(super) fn acquisitions(slices: Vec<Placed>, notes: &mut Vec<Message>) -> Vec<Vec<Placed>> {
    let total = slices.len();
    let mut groups: Vec<Vec<Placed>> = Vec::new();
    let mut dropped = Vec::new();
    for slice in slices {
        match groups.last_mut() {
            Some(group) if slice.mm - group[0].mm < SAME_POSITION_MM => {
                if group.iter().any(|other| other.slice.hu == slice.slice.hu) {
                    dropped.push(place_mm(&slice.slice));
                } else {
                    group.push(slice);
                }
            }
            _ => groups.push(vec![slice]),
        }
    }
    if !dropped.is_empty() {
        notes.push(SeriesMessage::Twice { count: dropped.len(), total, places: listed(&dropped) }.into());
    }
    let most = groups.iter().map(Vec::len).max().unwrap_or(0);
    if most <= 1 {
        return vec![groups.into_iter().flatten().collect()];
    }
    let crowded: Vec<f64> =
        groups.iter().filter(|group| group.len() > 1).map(|group| place_mm(&group[0].slice)).collect();
    let keys = acquisition_numbers(&groups);
    let mut acquisitions: Vec<Vec<Placed>> = Vec::new();
    for mut group in groups {
        group.sort_by_key(|placed| reading_order(&placed.slice));
        for (rank, placed) in group.into_iter().enumerate() {
            let index = keys.as_ref().map_or(rank, |keys| {
                keys.iter().position(|key| *key == placed.slice.about.acquisition_number).unwrap_or(rank)
            });
            acquisitions.resize_with(acquisitions.len().max(index + 1), Vec::new);
            acquisitions[index].push(placed);
        }
    }
    let (positions, places, series) = (crowded.len(), listed(&crowded), acquisitions.len());
    notes.push(match keys {
        Some(_) => SeriesMessage::PartedByAcquisition { positions, most, places, series }.into(),
        None => SeriesMessage::PartedByInstance { positions, most, places, series }.into(),
    });
    acquisitions
}

/// The acquisition numbers, ascending, if they tell apart all slices that share a place.
fn acquisition_numbers(groups: &[Vec<Placed>]) -> Option<Vec<Option<i64>>> {
    let numbers = |group: &[Placed]| {
        let mut numbers: Vec<Option<i64>> = group.iter().map(|placed| placed.slice.about.acquisition_number).collect();
        numbers.sort();
        numbers.dedup();
        numbers
    };
    if groups.iter().any(|group| numbers(group).len() < group.len()) {
        return None;
    }
    let mut all: Vec<Option<i64>> = groups.iter().flat_map(|group| numbers(group)).collect();
    all.sort();
    all.dedup();
    // Some scanners count every slice as an acquisition.
    let most = groups.iter().map(Vec::len).max();
    (Some(all.len()) == most).then_some(all)
}

fn reading_order(slice: &DicomSlice) -> (i64, String) {
    (slice.instance_number.unwrap_or(i64::MAX), slice.file.clone())
}

/// The first few places, in mm.
pub(super) fn listed(places_mm: &[f64]) -> Message {
    let named: Vec<String> = places_mm.iter().take(NAMED).map(|mm| format!("{mm:.1}")).collect();
    let more = if places_mm.len() > NAMED { ", ..." } else { "" };
    SeriesMessage::AtPlaces { places: format!("{}{more}", named.join(", ")) }.into()
}
