//! In what an image is unlike those that a network learns from: portal-venous CT of an adult's
//! abdomen, in Hounsfield units, at about the network's own resolution. Prediction and the page ask
//! this check; what values alone say is in [`value_check`](super::value_check).
//!
//! Each finding rests on the median over a few slices of the series, so that one odd slice, or a
//! scan that goes on into chest and pelvis, raises none.

use serde::{Deserialize, Serialize};

use crate::core::error::UserError;
use crate::core::hounsfield::AIR_HU;
use crate::core::i18n::messages::{InputCheckMessage, Message};
use crate::core::statistics::quantile;
use crate::core::volume::{Slice, Volume};
use crate::imaging::preprocess::{Body, PreprocessConfig, body};
use crate::imaging::value_check::{Certainty, ValueFinding, check_values};

/// One way in which an image is unlike what a network learned from.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum InputWarning {
    /// Its values are not Hounsfield units, but grey taken for them.
    NotCalibrated,
    /// Its values are certainly not Hounsfield units.
    NotHounsfield(ValueFinding),
    /// No air in or around the body: cut out, or not in Hounsfield units.
    NoAir,
    /// Its tissue is neither fat nor muscle by its values.
    Values {
        /// Median over the body, in HU.
        median_hu: f64,
    },
    /// There is no body on it.
    NoBody,
    /// The body is small: a child, a limb, a head, or a spacing that is wrong.
    SmallBody {
        /// Width of the body, in mm.
        width_mm: f64,
    },
    /// The body is far larger than what the network sees of it.
    LargeBody {
        /// Width of the body, in mm.
        width_mm: f64,
        /// Width of what the network sees, in mm.
        seen_mm: f64,
    },
    /// Pixels much coarser than the network's.
    Coarse {
        /// Spacing in plane, in mm.
        spacing_mm: f64,
        /// The network's.
        model_mm: f64,
    },
    /// Slices much farther apart than those the network knows as neighbours.
    FarApart {
        /// Distance of the slices, in mm.
        spacing_mm: f64,
        /// The network's.
        model_mm: f64,
    },
    /// Hardly any tissue is as bright as vessels, kidneys and liver with a contrast agent.
    NoContrast {
        /// Share of the soft tissue that is.
        share: f64,
    },
}

/// Slices that are looked at.
const LOOKED_AT: usize = 7;
/// Less air than this, as a share of the slice, is none. A scanner's field of view is round and
/// shown as a square, and holds air around the body besides: half a slice and more (0.6 to 0.8 in
/// the two patients of CT-82 at hand).
const LEAST_AIR: f64 = 0.02;
/// The median over a body lies between that of pure fat and that of enhanced muscle: -87 to 83 HU
/// in those patients' slices.
const MEDIAN_HU: std::ops::RangeInclusive<f64> = -130.0..=120.0;
/// A smaller region is not a body, in mm²; in pixels where their size is unknown.
const LEAST_BODY_MM2: f64 = 2000.0;
/// A body's width as shares of what the network sees: 336 mm of 294 to 390 mm wide patients.
const BODY_WIDTH: std::ops::RangeInclusive<f64> = 0.5..=1.5;
/// A spacing this many times the network's blurs away, or skips, what it learned to see.
const COARSER: f64 = 1.5;
/// Soft tissue and blood; fat and air are below, most bone above.
const SOFT_HU: std::ops::RangeInclusive<f32> = 0.0..=300.0;
/// Muscle, bowel, and every organ without contrast agent stay below: 30 to 70 HU. In the
/// portal-venous phase liver, spleen, kidneys and vessels are above, at 100 to 200.
const ENHANCED_HU: f32 = 90.0;
/// Means over squares of this side, in mm, are compared with that: single pixels are too noisy.
const SQUARE_MM: f64 = 5.0;
/// A smaller share of enhanced soft tissue is that of bone alone. Those patients have 0.2 to 0.6 on
/// their slices, and about 0.08 with the enhancement above 40 HU cut to three tenths.
const LEAST_ENHANCED: f64 = 0.15;

impl InputWarning {
    /// What was found, a sentence without a final stop.
    pub fn message(&self) -> Message {
        let whole = |value: f64| format!("{value:.0}");
        let tenths = |value: f64| format!("{value:.1}");
        let said = match *self {
            Self::NotCalibrated => InputCheckMessage::NotCalibrated,
            Self::NotHounsfield(finding) => return finding.message(),
            Self::NoAir => InputCheckMessage::NoAir,
            Self::Values { median_hu } => InputCheckMessage::Values { hu: whole(median_hu) },
            Self::NoBody => InputCheckMessage::NoBody,
            Self::SmallBody { width_mm } => InputCheckMessage::SmallBody { width: whole(width_mm) },
            Self::LargeBody { width_mm, seen_mm } => {
                InputCheckMessage::LargeBody { width: whole(width_mm), seen: whole(seen_mm) }
            }
            Self::Coarse { spacing_mm, model_mm } => {
                InputCheckMessage::Coarse { spacing: tenths(spacing_mm), model: tenths(model_mm) }
            }
            Self::FarApart { spacing_mm, model_mm } => {
                InputCheckMessage::FarApart { spacing: tenths(spacing_mm), model: tenths(model_mm) }
            }
            Self::NoContrast { share } => InputCheckMessage::NoContrast { percent: whole(100.0 * share) },
        };
        said.into()
    }

    /// Why an image with this difference, which `subject` names, is not segmented: its values mean nothing to a
    /// network. `None` if a mask of it may still be right.
    pub fn refusal(&self, subject: impl Into<Message>) -> Option<UserError> {
        match self {
            Self::NotHounsfield(finding) => Some(finding.refusal(subject)),
            _ => None,
        }
    }
}

/// In what a volume in viewing order is unlike any CT of an abdomen: what does not depend on how a
/// network looks at it.
pub fn check_values_and_body(volume: &Volume) -> Vec<InputWarning> {
    let mut findings = check_input(volume, &PreprocessConfig::default());
    findings.retain(|finding| match finding {
        InputWarning::NotCalibrated
        | InputWarning::NotHounsfield(_)
        | InputWarning::NoAir
        | InputWarning::Values { .. }
        | InputWarning::NoBody => true,
        InputWarning::SmallBody { .. }
        | InputWarning::LargeBody { .. }
        | InputWarning::Coarse { .. }
        | InputWarning::FarApart { .. }
        | InputWarning::NoContrast { .. } => false,
    });
    findings
}

/// In what a volume in viewing order is unlike what a network with this preprocessing learned from;
/// empty if in nothing.
pub fn check_input(volume: &Volume, config: &PreprocessConfig) -> Vec<InputWarning> {
    let mut findings = spacing(volume, config);
    if !volume.calibrated {
        findings.push(InputWarning::NotCalibrated);
        if volume.geometry.is_none() {
            // A picture's grey was put on the scale of Hounsfield units, so there is nothing to find.
            return findings;
        }
    }
    let is_certain = |finding: &ValueFinding| finding.certainty() == Certainty::Certain;
    findings.extend(check_values(volume).filter(is_certain).map(InputWarning::NotHounsfield));
    let count = volume.depth().min(LOOKED_AT);
    let seen: Vec<SliceFindings> =
        (0..count).map(|i| SliceFindings::of(&volume.slice((2 * i + 1) * volume.depth() / (2 * count)))).collect();
    let median = |value: fn(&SliceFindings) -> Option<f64>| {
        let mut values: Vec<f64> = seen.iter().filter_map(value).collect();
        values.sort_by(f64::total_cmp);
        (!values.is_empty()).then(|| quantile(&values, 0.5))
    };
    let bodies = seen.iter().filter(|seen| seen.body_hu.is_some()).count();
    if median(|seen| Some(seen.air)).is_some_and(|air| air < LEAST_AIR) {
        // Without air around it there is no telling the body from what is around it.
        findings.push(InputWarning::NoAir);
    } else if 2 * bodies < count {
        findings.push(InputWarning::NoBody);
    } else {
        findings.extend(median(|seen| seen.body_mm).and_then(|width_mm| width(width_mm, config)));
    }
    if let Some(median_hu) = median(|seen| seen.body_hu).filter(|hu| !MEDIAN_HU.contains(hu)) {
        findings.push(InputWarning::Values { median_hu });
    } else if let Some(share) = median(|seen| seen.enhanced).filter(|share| *share < LEAST_ENHANCED) {
        findings.push(InputWarning::NoContrast { share });
    }
    findings
}

fn spacing(volume: &Volume, config: &PreprocessConfig) -> Vec<InputWarning> {
    let Some([z, y, x]) = volume.geometry.map(|g| g.spacing_mm()) else { return Vec::new() };
    let mut findings = Vec::new();
    if y.max(x) > COARSER * config.spacing_mm {
        findings.push(InputWarning::Coarse { spacing_mm: y.max(x), model_mm: config.spacing_mm });
    }
    if volume.depth() > 1 && z > COARSER * config.slice_distance_mm {
        findings.push(InputWarning::FarApart { spacing_mm: z, model_mm: config.slice_distance_mm });
    }
    findings
}

fn width(width_mm: f64, config: &PreprocessConfig) -> Option<InputWarning> {
    let seen_mm = config.size_px as f64 * config.spacing_mm;
    if width_mm < BODY_WIDTH.start() * seen_mm {
        Some(InputWarning::SmallBody { width_mm })
    } else if width_mm > BODY_WIDTH.end() * seen_mm {
        Some(InputWarning::LargeBody { width_mm, seen_mm })
    } else {
        None
    }
}

/// The measurements on one slice.
struct SliceFindings {
    /// Share of air.
    air: f64,
    /// Median of the body, if there is one.
    body_hu: Option<f64>,
    /// Its width, where pixels have a size.
    body_mm: Option<f64>,
    /// Share of the soft tissue that is enhanced, if there is any.
    enhanced: Option<f64>,
}

impl SliceFindings {
    fn of(slice: &Slice<'_>) -> Self {
        let pixel_mm2 = slice.spacing_mm.map_or(1.0, |[y, x]| y * x);
        let body = body(slice).filter(|body| body.pixels as f64 * pixel_mm2 >= LEAST_BODY_MM2);
        let median_hu = |body: Body| {
            let row = |y: usize| &slice.hu[y * slice.dims[1]..][body.columns[0]..=body.columns[1]];
            let inside = (body.rows[0]..=body.rows[1]).flat_map(row).filter(|hu| **hu > AIR_HU);
            let mut hu: Vec<i16> = inside.copied().collect();
            let middle = hu.len() / 2;
            f64::from(*hu.select_nth_unstable(middle).1)
        };
        Self {
            air: slice.hu.iter().filter(|hu| **hu < AIR_HU).count() as f64 / slice.hu.len() as f64,
            body_hu: body.map(median_hu),
            body_mm: body
                .zip(slice.spacing_mm)
                .map(|(body, [_, x])| (body.columns[1] - body.columns[0] + 1) as f64 * x),
            enhanced: enhanced(slice),
        }
    }
}

/// The share of soft tissue, as means over squares, that is as bright as with a contrast agent.
fn enhanced(slice: &Slice<'_>) -> Option<f64> {
    let [height, width] = slice.dims;
    // Where pixels have no size, as many as a scanner's usual 0.8 mm make.
    let side = slice.spacing_mm.unwrap_or([0.8; 2]).map(|mm| (SQUARE_MM / mm).round().max(1.0) as usize);
    let (mut soft, mut bright) = (0usize, 0usize);
    for y in (0..(height + 1).saturating_sub(side[0])).step_by(side[0]) {
        for x in (0..(width + 1).saturating_sub(side[1])).step_by(side[1]) {
            let rows = (y..y + side[0]).flat_map(|y| &slice.hu[y * width + x..][..side[1]]);
            let mean = rows.map(|hu| f32::from(*hu)).sum::<f32>() / (side[0] * side[1]) as f32;
            if SOFT_HU.contains(&mean) {
                soft += 1;
                bright += usize::from(mean > ENHANCED_HU);
            }
        }
    }
    (soft > 0).then(|| bright as f64 / soft as f64)
}
