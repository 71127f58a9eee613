//! Scores to a report.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::metrics::{COUNTS, DEFINITIONS, FOREGROUND, METRICS};
use super::schema::{
    AttentionStatistics, CaseEntry, CaseValue, Distribution, GateEntry, GateStatistics, ScoreValues, SummaryReport,
};
use crate::core::statistics::{RESAMPLES, mean};
use crate::imaging::metrics::{ATTENTION_FOCUS, CaseScores, EMPTY_MASKS, Focus, GateFocus, LabelScores};

/// A case and its scores.
#[derive(Clone, Debug)]
pub struct ScoredCase {
    /// The true mask; its file name pairs the cases of several reports.
    pub reference: PathBuf,
    /// The predicted mask.
    pub prediction: PathBuf,
    /// The scores.
    pub scores: CaseScores,
    /// Attention focus of the network's gates, deepest first; empty without gates, or if only masks
    /// are known.
    pub attention: Vec<GateFocus>,
}

/// The report on scored cases. `without_prediction` names the truths that have no prediction, which
/// differs from an empty prediction.
pub fn report(cases: &[ScoredCase], without_prediction: &[String]) -> SummaryReport {
    let objects = scores_by_object(cases);
    let mut by_object: BTreeMap<&String, Vec<(&ScoredCase, &LabelScores)>> = BTreeMap::new();
    for (case, scored) in cases.iter().zip(&objects) {
        for (object, scores) in scored {
            by_object.entry(object).or_default().push((case, scores));
        }
    }
    let (mut means, mut statistics, mut missed) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    for (object, scored) in by_object {
        let distribution =
            |value: fn(&LabelScores) -> Option<f64>| Distribution::new(scored.iter().map(|(_, scores)| value(scores)));
        let of_metrics: BTreeMap<String, Distribution> =
            METRICS.iter().map(|(name, value)| ((*name).to_owned(), distribution(*value))).collect();
        let mut object_means: ScoreValues =
            of_metrics.iter().map(|(name, distribution)| (name.clone(), distribution.mean)).collect();
        for (name, count) in COUNTS {
            let counts: Vec<f64> = scored.iter().map(|(_, scores)| count(scores) as f64).collect();
            object_means.insert(name.into(), mean(&counts));
        }
        let empty = scored.iter().filter(|(_, scores)| scores.missed()).map(|(case, _)| file_name(&case.reference));
        missed.insert(object.clone(), empty.collect());
        statistics.insert(object.clone(), of_metrics);
        means.insert(object.clone(), object_means);
    }
    let gates = gate_statistics(cases);
    SummaryReport {
        attention_focus: (!gates.is_empty())
            .then_some(AttentionStatistics { definition: Some(ATTENTION_FOCUS), gates }),
        bootstrap_resamples: RESAMPLES,
        definitions: DEFINITIONS,
        empty_masks: EMPTY_MASKS,
        foreground_mean: foreground_mean(&means),
        labels: None,
        mean: means,
        metric_per_case: cases.iter().zip(&objects).map(|(case, scored)| case_entry(case, scored)).collect(),
        missed,
        statistics,
        without_prediction: without_prediction.to_vec(),
    }
}

/// The name of a case in reports: the file name of its truth.
pub fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// The scores of each case by the report's objects.
pub(super) fn scores_by_object(cases: &[ScoredCase]) -> Vec<BTreeMap<String, LabelScores>> {
    // A truth of 255 and a prediction of 1 are one object if neither side ever holds another value.
    let has_one_label_at_most = |voxels: fn(&LabelScores) -> u64| {
        let present = |case: &ScoredCase| {
            let labels = case.scores.labels.iter().filter(|(_, scores)| voxels(scores) > 0);
            labels.map(|(&label, _)| label).collect::<Vec<u8>>()
        };
        let mut labels: Vec<u8> = cases.iter().flat_map(present).collect();
        labels.sort_unstable();
        labels.dedup();
        labels.len() <= 1
    };
    let binary = has_one_label_at_most(|s| s.overlap.n_ref()) && has_one_label_at_most(|s| s.overlap.n_pred());
    let by_key = |scores: &CaseScores| -> BTreeMap<String, LabelScores> {
        if binary {
            return BTreeMap::from([("1".to_owned(), scores.foreground)]);
        }
        let labels = scores.labels.iter().map(|(label, &scores)| (label.to_string(), scores));
        labels.chain([(FOREGROUND.to_owned(), scores.foreground)]).collect()
    };
    cases.iter().map(|case| by_key(&case.scores)).collect()
}

fn gate_statistics(cases: &[ScoredCase]) -> Vec<GateStatistics> {
    let gates = cases.iter().map(|case| case.attention.len()).max().unwrap_or(0);
    let statistics = |gate: usize| {
        let on_cases: Vec<&GateFocus> = cases.iter().filter_map(|case| case.attention.get(gate)).collect();
        let distribution =
            |value: fn(&Focus) -> Option<f64>| Distribution::new(on_cases.iter().map(|on_case| value(&on_case.focus)));
        GateStatistics {
            baseline: distribution(Focus::baseline),
            gate: gate + 1,
            ratio: distribution(Focus::ratio),
            share: distribution(Focus::share),
            size_px: on_cases[0].size_px,
        }
    };
    (0..gates).map(statistics).collect()
}

/// The mean of the labels' means, as nnU-Net has it.
fn foreground_mean(means: &BTreeMap<String, ScoreValues>) -> ScoreValues {
    let labels: Vec<&ScoreValues> =
        means.iter().filter(|(object, _)| *object != FOREGROUND).map(|(_, means)| means).collect();
    let names = METRICS.iter().map(|(name, _)| *name).chain(COUNTS.iter().map(|(name, _)| *name));
    let over_labels =
        |name: &str| mean(&labels.iter().filter_map(|label| label.get(name).copied().flatten()).collect::<Vec<_>>());
    names.map(|name| (name.to_owned(), over_labels(name))).collect()
}

fn case_entry(case: &ScoredCase, scored: &BTreeMap<String, LabelScores>) -> CaseEntry {
    let values = |scores: &LabelScores| -> BTreeMap<String, CaseValue> {
        let metrics = METRICS.iter().map(|(name, score)| ((*name).to_owned(), CaseValue::Score(score(scores))));
        metrics
            .chain(COUNTS.iter().map(|(name, count)| ((*name).to_owned(), CaseValue::Count(count(scores)))))
            .collect()
    };
    let gate_entry = |(gate, GateFocus { size_px, focus }): (usize, &GateFocus)| GateEntry {
        baseline: focus.baseline(),
        gate: gate + 1,
        ratio: focus.ratio(),
        share: focus.share(),
        size_px: *size_px,
    };
    CaseEntry {
        attention_focus: case.attention.iter().enumerate().map(gate_entry).collect(),
        metrics: scored.iter().map(|(object, scores)| (object.clone(), values(scores))).collect(),
        prediction_file: case.prediction.clone(),
        reference_file: case.reference.clone(),
    }
}
