//! Counts of voxels and the ratios made of them. Distances are in `surface`.

use serde::{Deserialize, Serialize};

/// Counts of voxels, by what the prediction and the truth say of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overlap {
    /// In both.
    pub true_positive: u64,
    /// Predicted only.
    pub false_positive: u64,
    /// In the truth only.
    pub false_negative: u64,
    /// In neither.
    pub true_negative: u64,
}

impl Overlap {
    /// Compares two masks of the same grid; every label but 0 counts as foreground.
    ///
    /// # Panics
    /// If their lengths differ.
    pub fn of(pred: &[u8], truth: &[u8]) -> Self {
        Self::within(pred, truth, |label| label != 0)
    }

    /// Compares one label of two label maps of the same grid.
    ///
    /// # Panics
    /// If their lengths differ.
    pub fn of_label(pred: &[u8], truth: &[u8], label: u8) -> Self {
        Self::within(pred, truth, |found| found == label)
    }

    /// Compares the voxels of two masks of the same grid whose label `inside` accepts.
    ///
    /// # Panics
    /// If their lengths differ.
    pub(super) fn within(pred: &[u8], truth: &[u8], inside: impl Fn(u8) -> bool) -> Self {
        assert_eq!(pred.len(), truth.len(), "masks of one grid");
        let mut counts = [0u64; 4];
        for (p, t) in pred.iter().zip(truth) {
            counts[usize::from(inside(*p)) * 2 + usize::from(inside(*t))] += 1;
        }
        let [true_negative, false_negative, false_positive, true_positive] = counts;
        Self { true_positive, false_positive, false_negative, true_negative }
    }

    /// The counts of two parts of a whole together.
    pub fn plus(self, other: Self) -> Self {
        Self {
            true_positive: self.true_positive + other.true_positive,
            false_positive: self.false_positive + other.false_positive,
            false_negative: self.false_negative + other.false_negative,
            true_negative: self.true_negative + other.true_negative,
        }
    }

    /// Dice similarity coefficient, 2 TP / (2 TP + FP + FN). An empty prediction of an empty truth
    /// counts 1.
    pub fn dsc(&self) -> f64 {
        ratio(2 * self.true_positive, 2 * self.true_positive + self.false_positive + self.false_negative)
    }

    /// Jaccard index, TP / (TP + FP + FN). An empty prediction of an empty truth counts 1.
    pub fn iou(&self) -> f64 {
        ratio(self.true_positive, self.true_positive + self.false_positive + self.false_negative)
    }

    /// Share of the prediction that is right. 1 if both masks are empty; `None` if only the
    /// prediction is.
    pub fn precision(&self) -> Option<f64> {
        (self.n_pred() > 0 || self.n_ref() == 0).then(|| ratio(self.true_positive, self.n_pred()))
    }

    /// Share of the truth that is found. 1 if both masks are empty; `None` if only the truth is.
    pub fn recall(&self) -> Option<f64> {
        (self.n_ref() > 0 || self.n_pred() == 0).then(|| ratio(self.true_positive, self.n_ref()))
    }

    /// Voxels of the prediction.
    pub fn n_pred(&self) -> u64 {
        self.true_positive + self.false_positive
    }

    /// Voxels of the truth.
    pub fn n_ref(&self) -> u64 {
        self.true_positive + self.false_negative
    }
}

fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 1.0 } else { part as f64 / whole as f64 }
}
