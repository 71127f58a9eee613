//! The structure of `summary.json`, as nnU-Net defines it, with additions.
//!
//! `foreground_mean`, `mean` and `metric_per_case` are nnU-Net's. Fields stand in alphabetical order,
//! which is their order in the file.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Serialize;

use crate::core::statistics::{bootstrap_interval_95, mean, standard_deviation};

/// Values by metric; `None` is undefined.
pub type ScoreValues = BTreeMap<String, Option<f64>>;

/// Distribution of every metric over the cases: by object, then by metric.
pub type Statistics = BTreeMap<String, BTreeMap<String, Distribution>>;

/// The report on the cases of one evaluation. Objects go by label; a report on masks of one label
/// has the single object `1`, whatever the label's value, and a report on masks of several labels has
/// `foreground` for all of them together.
#[derive(Clone, Debug, Serialize)]
pub struct SummaryReport {
    /// Focus of the attention gates; absent for a network without gates.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attention_focus: Option<AttentionStatistics>,
    /// Resamples behind each interval.
    pub bootstrap_resamples: usize,
    /// Definitions of the metrics.
    pub definitions: &'static str,
    /// How empty masks are scored.
    pub empty_masks: &'static str,
    /// Means over the labels of the means over the cases.
    pub foreground_mean: ScoreValues,
    /// Names of the labels, in reports on several organs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub labels: Option<BTreeMap<String, String>>,
    /// Means over the cases, by object.
    pub mean: BTreeMap<String, ScoreValues>,
    /// The cases.
    pub metric_per_case: Vec<CaseEntry>,
    /// Truths whose prediction is empty, by object.
    pub missed: BTreeMap<String, Vec<String>>,
    /// Distribution of every metric over the cases.
    pub statistics: Statistics,
    /// Truths without a prediction, which are not counted.
    pub without_prediction: Vec<String>,
}

/// One case of a report.
#[derive(Clone, Debug, Serialize)]
pub struct CaseEntry {
    /// Focus of each gate, deepest first; absent for a network without gates.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attention_focus: Vec<GateEntry>,
    /// Values by object, then by metric.
    pub metrics: BTreeMap<String, BTreeMap<String, CaseValue>>,
    /// The predicted mask.
    pub prediction_file: PathBuf,
    /// The true mask; its file name pairs the cases of several reports.
    pub reference_file: PathBuf,
}

/// A value of one case.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum CaseValue {
    /// A number of voxels.
    Count(u64),
    /// A score; `None` is undefined.
    Score(Option<f64>),
}

/// Attention focus of one gate on one case.
#[derive(Clone, Debug, Serialize)]
pub struct GateEntry {
    /// Share of the image that is organ.
    pub baseline: Option<f64>,
    /// Number of the gate, from 1 for the deepest.
    pub gate: usize,
    /// Share divided by baseline.
    pub ratio: Option<f64>,
    /// Share of the attention that lies on the organ.
    pub share: Option<f64>,
    /// Height and width of the gate's attention map.
    pub size_px: usize,
}

/// Attention focus of all gates over the cases.
#[derive(Clone, Debug, Serialize)]
pub struct AttentionStatistics {
    /// Definition of the figures; absent from reports that only repeat others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub definition: Option<&'static str>,
    /// The gates, deepest first.
    pub gates: Vec<GateStatistics>,
}

/// Attention focus of one gate over the cases, as [`GateEntry`].
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs)]
pub struct GateStatistics {
    pub baseline: Distribution,
    pub gate: usize,
    pub ratio: Distribution,
    pub share: Distribution,
    pub size_px: usize,
}

/// Values over cases.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Distribution {
    /// Bootstrapped 95 % interval of the mean.
    pub interval_95: Option<[f64; 2]>,
    /// Mean of the defined values.
    pub mean: Option<f64>,
    /// Number of defined values.
    pub n: usize,
    /// Standard deviation of the sample (n - 1).
    pub sd: Option<f64>,
    /// Number of undefined values.
    pub undefined: usize,
}

impl Distribution {
    /// The distribution of values, of which `None` is undefined.
    pub fn new(values: impl IntoIterator<Item = Option<f64>>) -> Self {
        let values: Vec<Option<f64>> = values.into_iter().collect();
        let defined: Vec<f64> = values.iter().copied().flatten().collect();
        Self {
            interval_95: bootstrap_interval_95(&defined, 0),
            mean: mean(&defined),
            n: defined.len(),
            sd: standard_deviation(&defined),
            undefined: values.len() - defined.len(),
        }
    }
}
