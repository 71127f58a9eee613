//! All scores of one case: of everything that is labelled, and of each label. How each is defined
//! is said in `overlap` and `surface`. The treatment of empty masks is described in
//! [`EMPTY_MASKS`], which every report repeats.

use std::collections::BTreeMap;

use super::{Overlap, SurfaceDistances};
use crate::core::mask::Mask;
use crate::core::volume::Geometry;
use crate::core::volumetry::millilitres;

/// The scores of empty masks, as a sentence for reports.
pub const EMPTY_MASKS: &str = "both masks empty: Dice, IoU, precision, recall and NSD are 1, distances are undefined; \
    only one empty: Dice, IoU and NSD are 0, distances and the ratio with nothing to divide by are undefined; \
    no relative volume error where the truth is empty; undefined is null, left out of means and counted";

/// One object of a prediction against the same object of the truth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LabelScores {
    /// Voxels by what both say of them.
    pub overlap: Overlap,
    /// 95th percentile of the distance between the surfaces, as DeepMind's `surface-distance`
    /// defines it; `None` if one is empty.
    pub hd95_mm: Option<f64>,
    /// Average symmetric surface distance, as MedPy defines it; `None` if one is empty.
    pub assd_mm: Option<f64>,
    /// Normalised surface Dice at a tolerance of 1 mm, as DeepMind's `surface-distance` defines it.
    pub nsd_1mm: f64,
    /// Normalised surface Dice at a tolerance of 2 mm.
    pub nsd_2mm: f64,
    /// Predicted volume less the true one.
    pub volume_error_ml: f64,
    /// The same as a share of the true volume; `None` where that is 0.
    pub volume_error_relative: Option<f64>,
}

/// The scores of one case.
#[derive(Clone, Debug, PartialEq)]
pub struct CaseScores {
    /// Of every label but 0 as one object.
    pub foreground: LabelScores,
    /// Of each label but 0 that the prediction or the truth holds.
    pub labels: BTreeMap<u8, LabelScores>,
}

impl CaseScores {
    /// Scores `pred` against `truth`, masks of one grid that lies in the patient as `geometry`
    /// says. Distances take the axes to be perpendicular; volumes do not.
    ///
    /// # Panics
    /// If the shapes of the masks differ.
    pub fn of(pred: &Mask, truth: &Mask, geometry: &Geometry) -> Self {
        let foreground = LabelScores::of(pred, truth, |label| label != 0, geometry);
        let values =
            (1..=255).zip(present([pred, truth]).into_iter().skip(1)).filter_map(|(v, found)| found.then_some(v));
        let values: Vec<u8> = values.collect();
        let scores = |value| match values.len() {
            1 => foreground,
            _ => LabelScores::of(pred, truth, |label| label == value, geometry),
        };
        Self { foreground, labels: values.iter().map(|&value| (value, scores(value))).collect() }
    }
}

impl LabelScores {
    /// Scores what `inside` accepts of both masks' labels.
    fn of(pred: &Mask, truth: &Mask, inside: impl Fn(u8) -> bool, geometry: &Geometry) -> Self {
        let overlap = Overlap::within(&pred.labels, &truth.labels, &inside);
        let distances = SurfaceDistances::between(pred, truth, inside, geometry.spacing_mm());
        let both_empty = overlap.n_pred() + overlap.n_ref() == 0;
        let nsd = |tolerance_mm| distances.as_ref().map_or(f64::from(u8::from(both_empty)), |d| d.nsd(tolerance_mm));
        let surplus = overlap.n_pred() as f64 - overlap.n_ref() as f64;
        Self {
            overlap,
            hd95_mm: distances.as_ref().map(|d| d.robust_hausdorff_mm(95.0)),
            assd_mm: distances.as_ref().map(SurfaceDistances::assd_mm),
            nsd_1mm: nsd(1.0),
            nsd_2mm: nsd(2.0),
            volume_error_ml: millilitres(surplus, geometry.voxel_mm3()),
            volume_error_relative: (overlap.n_ref() > 0).then(|| surplus / overlap.n_ref() as f64),
        }
    }

    /// True if the truth is not empty and the prediction is.
    pub fn missed(&self) -> bool {
        self.overlap.n_pred() == 0 && self.overlap.n_ref() > 0
    }
}

/// In short, for one line.
impl std::fmt::Display for LabelScores {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let defined = |value: Option<f64>, places: usize| value.map_or("undefined".into(), |v| format!("{v:.places$}"));
        write!(
            f,
            "DSC {:.4}, precision {}, recall {}, HD95 {} mm, ASSD {} mm, NSD {:.4} at 1 mm and {:.4} at 2 mm, volume {:+.2} mL",
            self.overlap.dsc(),
            defined(self.overlap.precision(), 4),
            defined(self.overlap.recall(), 4),
            defined(self.hd95_mm, 2),
            defined(self.assd_mm, 2),
            self.nsd_1mm,
            self.nsd_2mm,
            self.volume_error_ml,
        )
    }
}

/// The label values that occur.
fn present(masks: [&Mask; 2]) -> [bool; 256] {
    let mut found = [false; 256];
    for label in masks.into_iter().flat_map(|mask| &mask.labels) {
        found[usize::from(*label)] = true;
    }
    found
}
