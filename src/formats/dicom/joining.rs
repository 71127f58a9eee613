//! Stacks that are one series, although their files do not say so: slices under several SeriesInstanceUIDs, as some
//! anonymisers leave them, and orientations that differ by a rounding.
//!
//! They are joined only if everything else agrees and their places make one even stack. The reverse, several scans under one UID,
//! is in `scans`.

use super::DicomSlice;
use super::distinctions::{Distinction, agree};
use super::positions::SAME_POSITION_MM;
use super::spacing::{Lattice, tolerance_mm};
use crate::core::i18n::messages::{FormatsMessage, Message, SeriesMessage};
use crate::core::volume::{cross, dot};

/// Direction cosines that differ by less than this may be one, written with two decimals.
const ROUNDED: f64 = 0.015;
/// A difference below this is not worth a note.
const NEGLIGIBLE: f64 = 1e-3;
/// Fewer slices than this make no even stack.
const LEAST_SLICES: usize = 3;

/// Slices that belong together, for [`assemble`](super::assemble), and what to say about that.
#[derive(Clone, Debug)]
pub struct Stack {
    /// The slices, of one SeriesInstanceUID and one orientation.
    pub slices: Vec<DicomSlice>,
    /// Why they are together, or apart.
    pub notes: Vec<Message>,
}

/// What must agree besides the places.
#[derive(Clone, Copy)]
enum Agreement {
    /// All that tells scans apart but the acquisitions, which may count the shots of one scan.
    Series,
    /// The acquisition number too.
    Acquisition,
    /// The UID too: only orientations differ.
    Uid,
}

/// The stacks, none of which is empty; those joined that are one series.
pub fn join(stacks: Vec<Vec<DicomSlice>>) -> Vec<Stack> {
    let mut stacks: Vec<Stack> = stacks.into_iter().map(|slices| Stack { slices, notes: Vec::new() }).collect();
    for agreement in [Agreement::Series, Agreement::Acquisition, Agreement::Uid] {
        stacks = joined(stacks, agreement);
    }
    // Which of two equal series comes first is not left to the names of files.
    stacks.sort_by_key(|stack| stack.slices[0].about.series_number);
    note_parted(&mut stacks);
    stacks
}

/// Says of stacks that they were parted: those of one series, and those of which only the number says the series.
fn note_parted(stacks: &mut [Stack]) {
    let series: Vec<SeriesKey<'_>> = stacks.iter().map(|stack| SeriesKey::of(&stack.slices[0])).collect();
    let mut without_uid: Vec<&SeriesKey<'_>> = series.iter().filter(|key| key.uid.is_empty()).collect();
    without_uid.sort();
    without_uid.dedup();
    let notes = |key: &SeriesKey<'_>| -> Vec<Message> {
        let parts = series.iter().filter(|other| *other == key).count();
        let several = (parts > 1).then_some(FormatsMessage::SeveralStacks { stacks: parts });
        let has_uid = !key.uid.is_empty() || without_uid.len() < 2;
        let by_number = (!has_uid).then_some(SeriesMessage::NoSeriesUid { series: without_uid.len() });
        several.map(Message::from).into_iter().chain(by_number.map(Message::from)).collect()
    };
    let notes: Vec<Vec<Message>> = series.iter().map(notes).collect();
    stacks.iter_mut().zip(notes).for_each(|(stack, notes)| stack.notes.extend(notes));
}

/// Which series a slice is of, as far as its file says.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct SeriesKey<'a> {
    uid: &'a str,
    /// StudyInstanceUID and SeriesNumber, where there is no UID.
    study_and_number: Option<(&'a str, Option<i64>)>,
}

impl<'a> SeriesKey<'a> {
    pub(super) fn of(slice: &'a DicomSlice) -> Self {
        let number = || (&slice.about.study_uid[..], slice.about.series_number);
        Self { uid: &slice.series_uid, study_and_number: slice.series_uid.is_empty().then(number) }
    }
}

fn joined(stacks: Vec<Stack>, agreement: Agreement) -> Vec<Stack> {
    let mut groups: Vec<Vec<Stack>> = Vec::new();
    for stack in stacks {
        let same = |group: &&mut Vec<Stack>| may_be_one(&group[0].slices[0], &stack.slices[0], agreement);
        match groups.iter_mut().find(same) {
            Some(group) => group.push(stack),
            None => groups.push(vec![stack]),
        }
    }
    let one = |group: Vec<Stack>| if is_one_stack(&group) { vec![merged(group)] } else { group };
    groups.into_iter().flat_map(one).collect()
}

fn may_be_one(a: &DicomSlice, b: &DicomSlice, agreement: Agreement) -> bool {
    let is_same_series = match agreement {
        Agreement::Uid => a.series_uid == b.series_uid,
        _ => !a.about.study_uid.is_empty(),
    };
    let but: &[Distinction] = match agreement {
        Agreement::Series => &[Distinction::Acquisition, Distinction::AcquisitionTime],
        _ => &[Distinction::AcquisitionTime],
    };
    let close = |a: &[f64], b: &[f64], most: f64| a.iter().zip(b).all(|(a, b)| (a - b).abs() < most);
    let axes = a.axes.zip(b.axes).is_some_and(|(a, b)| close(a.as_flattened(), b.as_flattened(), ROUNDED));
    let spacing = a.spacing_mm.zip(b.spacing_mm).is_some_and(|(a, b)| close(&a, &b, 1e-3));
    is_same_series
        && agree(a, b, but)
        && a.dims == b.dims
        && a.stack == b.stack
        && a.rescaled == b.rescaled
        && a.about.rescale_type == b.about.rescale_type
        && axes
        && spacing
}

/// Whether stacks make one even stack, numbered along it or not at all.
fn is_one_stack(stacks: &[Stack]) -> bool {
    let Some([row, column]) = stacks[0].slices[0].axes else { return false };
    let normal = cross(row, column);
    let mut at: Vec<(f64, &DicomSlice)> = Vec::new();
    for slice in stacks.iter().flat_map(|stack| &stack.slices) {
        let Some(position) = slice.position_mm else { return false };
        at.push((dot(position, normal), slice));
    }
    at.sort_by(|a, b| a.0.total_cmp(&b.0));
    at.dedup_by(|b, a| (a.0 - b.0).abs() < SAME_POSITION_MM && a.1.hu == b.1.hu);
    let places: Vec<f64> = at.iter().map(|(mm, _)| *mm).collect();
    let Some(lattice) = Lattice::of(&places).filter(|_| stacks.len() > 1 && at.len() >= LEAST_SLICES) else {
        return false;
    };
    let numbers: Vec<Option<i64>> = at.iter().map(|(_, slice)| slice.instance_number).collect();
    if numbers.iter().all(|number| *number == numbers[0]) {
        return lattice.missing == 0 && !lie_between(stacks, normal);
    }
    let Some(numbers) = numbers.into_iter().collect::<Option<Vec<i64>>>() else { return false };
    let direction = if numbers[0] < numbers[numbers.len() - 1] { 1.0 } else { -1.0 };
    let counts_on = |(mm, n): (&[f64], &[i64])| {
        let steps = direction * n[1].saturating_sub(n[0]) as f64;
        (mm[1] - mm[0] - steps * lattice.step_mm).abs() <= tolerance_mm(lattice.step_mm)
    };
    places.windows(2).zip(numbers.windows(2)).all(counts_on)
}

/// Whether one of the stacks begins before another ends.
fn lie_between(stacks: &[Stack], normal: [f64; 3]) -> bool {
    let ends = |stack: &Stack| {
        let along = stack.slices.iter().filter_map(|slice| Some(dot(slice.position_mm?, normal)));
        along.fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), mm| (least.min(mm), most.max(mm)))
    };
    let mut ends: Vec<(f64, f64)> = stacks.iter().map(ends).collect();
    ends.sort_by(|a, b| a.0.total_cmp(&b.0));
    ends.windows(2).any(|pair| pair[1].0 < pair[0].1)
}

/// One stack of several, under the UID of the first and in the orientation of the largest.
fn merged(mut stacks: Vec<Stack>) -> Stack {
    let mut notes: Vec<Message> = stacks.iter_mut().flat_map(|stack| std::mem::take(&mut stack.notes)).collect();
    let mut uids: Vec<String> = stacks.iter().map(|stack| stack.slices[0].series_uid.clone()).collect();
    let uid = uids[0].clone();
    uids.sort();
    uids.dedup();
    if uids.len() > 1 {
        notes.push(SeriesMessage::JoinedUids { uids: uids.len() }.into());
    }
    let largest = stacks.iter().rev().max_by_key(|stack| stack.slices.len()).map(|stack| stack.slices[0].clone());
    let mut slices: Vec<DicomSlice> = stacks.into_iter().flat_map(|stack| stack.slices).collect();
    let most = largest.unwrap_or_else(|| slices[0].clone());
    let off = |slice: &DicomSlice| {
        let pairs = slice.axes.iter().flatten().flatten().zip(most.axes.iter().flatten().flatten());
        pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
    };
    let off = slices.iter().map(off).fold(0.0, f64::max);
    if off >= NEGLIGIBLE {
        notes.push(SeriesMessage::OrientationRounded { degrees: format!("{:.2}", off.to_degrees()) }.into());
    }
    for slice in &mut slices {
        (slice.series_uid, slice.axes, slice.spacing_mm) = (uid.clone(), most.axes, most.spacing_mm);
    }
    Stack { slices, notes }
}
