//! Distances between slices: wide gaps divide a series, missing slices and uneven distances are made even.

use super::DicomSlice;
use super::attribute_list::AttributeList;
use super::positions::{Placed, listed, place_mm};
use crate::core::error::UserError;
use crate::core::i18n::messages::{Message, SeriesMessage};

/// A gap of more than this many usual distances divides a series: too much would have to be made up. Three missing slices are not
/// enough for that.
const WIDE: f64 = 4.5;
/// An even grid has at most this many times the slices that there are.
const MOST_MADE_UP: usize = 4;
/// A slice of the even grid that is nearer than this to one that was scanned is that one.
const SAME_SLICE_MM: f64 = 0.11;

/// The slices, ascending, divided at wide gaps; each part with the note on the gap next to it.
pub(super) fn parts(slices: Vec<Placed>) -> Vec<(Vec<Placed>, Option<Message>)> {
    let gaps_mm = gaps(&slices);
    let Some(usual) = usual(&gaps_mm) else { return vec![(slices, None)] };
    let wide: Vec<usize> = (0..gaps_mm.len()).filter(|&i| gaps_mm[i] > WIDE * usual).collect();
    // Distances that are wide as a rule are no gaps.
    if wide.is_empty() || wide.len() > (gaps_mm.len() / 10).max(1) {
        return vec![(slices, None)];
    }
    let first = wide[0];
    let count = (gaps_mm[first] / usual).round() as usize - 1;
    let note = Message::from(SeriesMessage::TooManyMissing { count, places: gap_places(&slices, &wide, 1) });
    let mut found = Vec::new();
    let mut part = Vec::new();
    for (z, slice) in slices.into_iter().enumerate() {
        part.push(slice);
        if wide.contains(&z) {
            found.push((std::mem::take(&mut part), Some(note.clone())));
        }
    }
    found.push((part, Some(note)));
    found
}

/// The slices, in order, on an even grid: themselves where they are evenly spaced, else at the usual distance, linear between
/// those beside. A slice that was made up has no file name and no SOPInstanceUID.
pub(super) fn even(name: &str, slices: Vec<Placed>, notes: &mut Vec<Message>) -> Result<Vec<DicomSlice>, UserError> {
    let gaps_mm = gaps(&slices);
    let plain = |slices: Vec<Placed>| slices.into_iter().map(|placed| placed.slice).collect();
    let Some(usual) = usual(&gaps_mm) else { return Ok(plain(slices)) };
    let uneven = |gap: f64, steps: f64| (gap - steps * usual).abs() > tolerance_mm(usual);
    let odd: Vec<usize> = (0..gaps_mm.len()).filter(|&i| uneven(gaps_mm[i], 1.0)).collect();
    if odd.is_empty() {
        return Ok(plain(slices));
    }
    let only_missing = gaps_mm.iter().all(|&gap| gap > 0.5 * usual && !uneven(gap, (gap / usual).round()));
    let span_mm: f64 = gaps_mm.iter().sum();
    // The grid ends within half a step of the last slice.
    let count = (span_mm / usual).round() as usize + 1;
    let (least, most) =
        gaps_mm.iter().fold((f64::INFINITY, 0.0_f64), |(least, most), &gap| (least.min(gap), most.max(gap)));
    if count > MOST_MADE_UP * slices.len() {
        let reason = SeriesMessage::MostWouldBeMadeUp {
            count: slices.len(),
            least_mm: format!("{least:.1}"),
            most_mm: format!("{most:.1}"),
        };
        return Err(UserError::new(name, reason, SeriesMessage::WholeSeriesOrOneSlice));
    }
    notes.push(if only_missing {
        let missing = gaps_mm.iter().map(|gap| (gap / usual).round() as usize - 1).sum();
        let places = gap_places(&slices, &odd, 3);
        match missing {
            1 => SeriesMessage::OneSliceMissing { places }.into(),
            count => SeriesMessage::SlicesMissing { count, places }.into(),
        }
    } else {
        let places: Vec<f64> = odd.iter().map(|&i| place_mm(&slices[i].slice)).collect();
        let [least_mm, most_mm, usual_mm] = [least, most, usual].map(|mm| format!("{mm:.1}"));
        SeriesMessage::Uneven { least_mm, most_mm, usual_mm, count: odd.len(), places: listed(&places) }.into()
    });
    Ok(if only_missing { filled(&slices, usual) } else { (0..count).map(|k| at(&slices, k as f64 * usual)).collect() })
}

/// The places of the gaps after the slices `gaps`. The first `named` of them are named and the others
/// counted.
fn gap_places(slices: &[Placed], gaps: &[usize], named: usize) -> Vec<Message> {
    let between = |&i: &usize| -> Message {
        let [from_mm, to_mm] = [i, i + 1].map(|z| format!("{:.1}", place_mm(&slices[z].slice)));
        SeriesMessage::Between { from_mm, to_mm }.into()
    };
    let places: Vec<Message> = gaps.iter().take(named).map(between).collect();
    match gaps.len().saturating_sub(named) {
        0 => places,
        count => vec![SeriesMessage::AndInMoreGaps { places, count }.into()],
    }
}

/// The slices with what is missing between them.
fn filled(slices: &[Placed], usual: f64) -> Vec<DicomSlice> {
    let mut all = Vec::new();
    for pair in slices.windows(2) {
        let [a, b] = pair else { continue };
        let steps = ((b.mm - a.mm).abs() / usual).round() as usize;
        all.push(a.slice.clone());
        all.extend((1..steps).map(|step| blend(&a.slice, &b.slice, step as f64 / steps as f64)));
    }
    all.extend(slices.last().map(|last| last.slice.clone()));
    all
}

/// The slice at a distance from the first; there may be none behind it.
fn at(slices: &[Placed], distance_mm: f64) -> DicomSlice {
    let along = |z: usize| (slices[z].mm - slices[0].mm).abs();
    let above = (1..slices.len()).find(|&z| along(z) >= distance_mm).unwrap_or(slices.len() - 1);
    let (a, b) = (&slices[above - 1].slice, &slices[above].slice);
    let gap_mm = along(above) - along(above - 1);
    let share = ((distance_mm - along(above - 1)) / gap_mm).clamp(0.0, 1.0);
    let slice = match share {
        _ if share * gap_mm < SAME_SLICE_MM => a.clone(),
        _ if (1.0 - share) * gap_mm < SAME_SLICE_MM => b.clone(),
        _ => blend(a, b, share),
    };
    let ends = slices[0].slice.position_mm.zip(slices[slices.len() - 1].slice.position_mm);
    let share = distance_mm / along(slices.len() - 1);
    DicomSlice { position_mm: ends.map(|(first, last)| between(first, last, share)), ..slice }
}

fn between(a: [f64; 3], b: [f64; 3], share: f64) -> [f64; 3] {
    [0, 1, 2].map(|r| a[r] + share * (b[r] - a[r]))
}

/// A slice between two.
fn blend(a: &DicomSlice, b: &DicomSlice, share: f64) -> DicomSlice {
    let hu = |(&a, &b): (&i16, &i16)| (f64::from(a) + share * (f64::from(b) - f64::from(a))).round() as i16;
    let mut made_up = DicomSlice {
        file: String::new(),
        header: AttributeList::default(),
        frame: None,
        instance_number: None,
        hu: a.hu.iter().zip(&b.hu).map(hu).collect(),
        position_mm: a.position_mm.zip(b.position_mm).map(|(a, b)| between(a, b, share)),
        ..a.clone()
    };
    made_up.about.sop_instance_uid.clear();
    made_up
}

fn gaps(slices: &[Placed]) -> Vec<f64> {
    slices.windows(2).map(|pair| (pair[1].mm - pair[0].mm).abs()).collect()
}

/// The distance that half of the others are not below; of two in the middle the lesser.
fn usual(gaps_mm: &[f64]) -> Option<f64> {
    let mut by_size = gaps_mm.to_vec();
    by_size.sort_by(f64::total_cmp);
    by_size.get(by_size.len().checked_sub(1)? / 2).copied()
}

/// Positions are often written with one decimal: two of them make an error of 0.1 mm.
pub(super) fn tolerance_mm(usual: f64) -> f64 {
    0.1 + 0.01 * usual
}

/// Places at whole numbers of steps.
pub(super) struct Lattice {
    pub(super) step_mm: f64,
    /// How many places between the first and the last are empty.
    pub(super) missing: usize,
}

impl Lattice {
    /// That of places that ascend; `None` if they are not on one, or fewer than two.
    pub(super) fn of(places_mm: &[f64]) -> Option<Self> {
        let gaps_mm: Vec<f64> = places_mm.windows(2).map(|pair| pair[1] - pair[0]).collect();
        let step_mm = usual(&gaps_mm)?;
        let steps = |gap: f64| (gap / step_mm).round();
        let fits = |&gap: &f64| steps(gap) >= 1.0 && (gap - steps(gap) * step_mm).abs() <= tolerance_mm(step_mm);
        let missing = gaps_mm.iter().map(|&gap| (steps(gap) - 1.0).max(0.0) as usize).sum();
        gaps_mm.iter().all(fits).then_some(Self { step_mm, missing })
    }
}

/// Whether places that ascend are those of an even stack, in which a few slices may be missing.
pub(super) fn is_even(places_mm: &[f64]) -> bool {
    let few = (places_mm.len() / 10).max(1);
    places_mm.len() < 3 || Lattice::of(places_mm).is_some_and(|lattice| lattice.missing <= few)
}
