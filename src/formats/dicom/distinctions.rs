//! What tells scans apart that share a series: attributes whose values differ, and orders that jump back in place.
//!
//! A distinction only proposes how to part slices. Whether that makes sense is decided in `scans`.

use super::DicomSlice;
use super::positions::{Placed, SAME_POSITION_MM};
use super::spacing::tolerance_mm;
use crate::core::i18n::messages::SeriesMessage;

/// A step over more slices than this is no missing slice.
const MOST_STEPS: f64 = 4.5;

/// An attribute that can tell scans apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Distinction {
    Series,
    Description,
    Study,
    FrameOfReference,
    Acquisition,
    AcquisitionTime,
    ImageType,
    Kernel,
    TubeVoltage,
    MonoenergeticEnergy,
    EchoTime,
    TemporalPosition,
    Contrast,
    InstanceRuns,
    AcquisitionTimeRuns,
    ContentTimeRuns,
}

/// How a distinction parts slices.
pub(super) struct Proposal {
    pub(super) distinction: Distinction,
    /// The number of each slice's part, from 0.
    pub(super) part_of: Vec<usize>,
}

impl Distinction {
    /// In the order in which they are preferred.
    const ALL: [Self; 16] = [
        Self::Series,
        Self::Description,
        Self::Study,
        Self::FrameOfReference,
        Self::Acquisition,
        Self::AcquisitionTime,
        Self::ImageType,
        Self::Kernel,
        Self::TubeVoltage,
        Self::MonoenergeticEnergy,
        Self::EchoTime,
        Self::TemporalPosition,
        Self::Contrast,
        Self::InstanceRuns,
        Self::AcquisitionTimeRuns,
        Self::ContentTimeRuns,
    ];

    /// What to call it.
    pub(super) fn name(self) -> SeriesMessage {
        match self {
            Self::Series => SeriesMessage::BySeriesNumber,
            Self::Description => SeriesMessage::ByDescription,
            Self::Study => SeriesMessage::ByStudy,
            Self::FrameOfReference => SeriesMessage::ByFrameOfReference,
            Self::Acquisition => SeriesMessage::ByAcquisitionNumber,
            Self::AcquisitionTime | Self::AcquisitionTimeRuns => SeriesMessage::ByAcquisitionTime,
            Self::ImageType => SeriesMessage::ByImageType,
            Self::Kernel => SeriesMessage::ByKernel,
            Self::TubeVoltage => SeriesMessage::ByTubeVoltage,
            Self::MonoenergeticEnergy => SeriesMessage::ByEnergy,
            Self::EchoTime => SeriesMessage::ByEchoTime,
            Self::TemporalPosition => SeriesMessage::ByTemporalPosition,
            Self::Contrast => SeriesMessage::ByContrast,
            Self::InstanceRuns => SeriesMessage::ByInstanceNumber,
            Self::ContentTimeRuns => SeriesMessage::ByContentTime,
        }
    }

    /// Whether it goes by values, and not by an order that jumps back.
    pub(super) fn is_by_value(self) -> bool {
        !matches!(self, Self::InstanceRuns | Self::AcquisitionTimeRuns | Self::ContentTimeRuns)
    }

    /// Its value on a slice, as text; empty where missing.
    fn value(self, slice: &DicomSlice) -> String {
        let about = &slice.about;
        let whole = |value: Option<i64>| value.map_or_else(String::new, |value| value.to_string());
        let number = |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
        match self {
            Self::Series => whole(about.series_number),
            Self::Description => slice.description.clone(),
            Self::Study => about.study_uid.clone(),
            Self::FrameOfReference => about.frame_of_reference_uid.clone(),
            Self::Acquisition => whole(about.acquisition_number),
            Self::AcquisitionTime | Self::AcquisitionTimeRuns => number(seconds(&about.acquisition_time)),
            Self::ImageType => about.image_type.join("\\"),
            Self::Kernel => about.convolution_kernel.clone(),
            Self::TubeVoltage => number(about.tube_kv),
            Self::MonoenergeticEnergy => number(about.monoenergetic_kev),
            Self::EchoTime => number(about.echo_time_ms),
            Self::TemporalPosition => whole(about.temporal_position),
            Self::Contrast => about.contrast_agent.clone(),
            Self::InstanceRuns => whole(slice.instance_number),
            Self::ContentTimeRuns => number(seconds(&about.content_time)),
        }
    }

    /// The ways in which it parts slices into two or more.
    fn proposals(self, slices: &[&Placed]) -> Vec<Proposal> {
        let values: Vec<String> = slices.iter().map(|placed| self.value(&placed.slice)).collect();
        let found = if self.is_by_value() {
            vec![by_value(&values)]
        } else {
            // Slices of one time have no order of their own.
            [1.0, -1.0].iter().filter_map(|direction| runs(slices, &values, *direction)).collect()
        };
        let several = found.into_iter().filter(|part_of| part_of.iter().any(|&part| part > 0));
        several.map(|part_of| Proposal { distinction: self, part_of }).collect()
    }
}

/// Whether two slices agree in everything by which scans are told apart but their places in an order and the given.
pub(super) fn agree(a: &DicomSlice, b: &DicomSlice, but: &[Distinction]) -> bool {
    let mut asked = Distinction::ALL.into_iter().filter(|kind| kind.is_by_value() && !but.contains(kind));
    asked.all(|kind| kind.value(a) == kind.value(b))
}

/// Every way in which slices may be parted, preferred ones first.
pub(super) fn proposals(slices: &[&Placed]) -> Vec<Proposal> {
    Distinction::ALL.into_iter().flat_map(|distinction| distinction.proposals(slices)).collect()
}

/// Whether times or numbers other than InstanceNumber vary among the slices, as they do among phases.
pub(super) fn tells_phases(slices: &[&Placed]) -> bool {
    let phases = [Distinction::Acquisition, Distinction::AcquisitionTime, Distinction::TemporalPosition];
    phases.iter().any(|distinction| !distinction.proposals(slices).is_empty())
}

/// A time (TM) or a time with its date (DT), as a number that grows with it.
fn seconds(text: &str) -> Option<f64> {
    let digits: String = text.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
    digits.parse().ok()
}

/// Slices of one value are a part; parts ascend with the value.
fn by_value(values: &[String]) -> Vec<usize> {
    let mut all: Vec<&String> = values.iter().collect();
    all.sort_by(|a, b| match (a.parse::<f64>(), b.parse::<f64>()) {
        (Ok(a), Ok(b)) => a.total_cmp(&b),
        _ => a.cmp(b),
    });
    all.dedup();
    values.iter().map(|value| all.iter().position(|known| *known == value).unwrap_or(0)).collect()
}

/// Slices in the order of their values, which are numbers, parted wherever the next is not a step further in the same direction.
/// `direction` orders those of one value. `None` if a value is missing, or does not order two slices of one place.
fn runs(slices: &[&Placed], values: &[String], direction: f64) -> Option<Vec<usize>> {
    let keys: Vec<f64> = values.iter().map(|value| value.parse().ok()).collect::<Option<_>>()?;
    let mut order: Vec<usize> = (0..slices.len()).collect();
    let mm = |i: usize| slices[i].mm;
    order.sort_by(|&a, &b| keys[a].total_cmp(&keys[b]).then((direction * mm(a)).total_cmp(&(direction * mm(b)))));
    let mut part_of = vec![0; slices.len()];
    let (mut number, mut run) = (0, Run::default());
    for pair in order.windows(2) {
        let next_mm = mm(pair[1]) - mm(pair[0]);
        let is_tie = keys[pair[0]] == keys[pair[1]];
        if is_tie && next_mm.abs() < SAME_POSITION_MM {
            return None;
        }
        run = run.continued(next_mm).unwrap_or_else(|| {
            number += 1;
            Run::default()
        });
        part_of[pair[1]] = number;
    }
    Some(part_of)
}

/// Slices one step after the other.
#[derive(Clone, Copy, Default)]
struct Run {
    steps: usize,
    step_mm: f64,
}

impl Run {
    /// The run with one more step; `None` if that step is none of it.
    fn continued(self, next_mm: f64) -> Option<Self> {
        if next_mm.abs() < SAME_POSITION_MM {
            return None;
        }
        if self.steps == 0 {
            return Some(Self { steps: 1, step_mm: next_mm });
        }
        // A slice may be missing, also at the first step.
        let is_less = self.steps == 1 && 1.5 * next_mm.abs() < self.step_mm.abs();
        let step_mm = if is_less { next_mm } else { self.step_mm };
        let steps = if is_less { self.step_mm / step_mm } else { next_mm / step_mm };
        let off_mm = (steps - steps.round()).abs() * step_mm.abs();
        let goes_on = self.step_mm * next_mm > 0.0 && steps.round() >= 1.0 && steps < MOST_STEPS;
        // Both steps have an error.
        (goes_on && off_mm <= 2.0 * tolerance_mm(step_mm.abs())).then_some(Self { steps: self.steps + 1, step_mm })
    }
}
