//! Scores of many cases as one report: nnU-Net's `summary.json` with more in it, a table of the cases (CSV), and lines to print.
//! Scoring is in `metrics`, statistics in `statistics`; folders are read by `evaluate`.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use crate::core::statistics::{RESAMPLES, bootstrap_interval_95, mean, standard_deviation};
use crate::imaging::metrics::{ATTENTION_FOCUS, CaseScores, EMPTY_MASKS, Focus, GateFocus, LabelScores};

/// A number that reports give, by the name it has there.
type NamedScores<T, Of = LabelScores> = (&'static str, fn(&Of) -> T);

/// What reports say of an object; mm, mL or a share. `None` is undefined.
pub const METRICS: [NamedScores<Option<f64>>; 10] = [
    ("Dice", |s| Some(s.overlap.dsc())),
    ("IoU", |s| Some(s.overlap.iou())),
    ("precision", |s| s.overlap.precision()),
    ("recall", |s| s.overlap.recall()),
    ("HD95_mm", |s| s.hd95_mm),
    ("ASSD_mm", |s| s.assd_mm),
    ("NSD_1mm", |s| Some(s.nsd_1mm)),
    ("NSD_2mm", |s| Some(s.nsd_2mm)),
    ("volume_error_ml", |s| Some(s.volume_error_ml)),
    ("volume_error_relative", |s| s.volume_error_relative),
];

const COUNTS: [NamedScores<u64>; 6] = [
    ("TP", |s| s.overlap.true_positive),
    ("FP", |s| s.overlap.false_positive),
    ("FN", |s| s.overlap.false_negative),
    ("TN", |s| s.overlap.true_negative),
    ("n_pred", |s| s.overlap.n_pred()),
    ("n_ref", |s| s.overlap.n_ref()),
];

/// Every label together, beside the labels of masks that hold several.
const FOREGROUND: &str = "foreground";

/// What the names mean.
pub const DEFINITIONS: &str = "HD95_mm, NSD_1mm, NSD_2mm: as DeepMind's surface-distance; ASSD_mm: as MedPy's assd, connectivity 1; \
    volume errors: prediction less truth; sd: of the sample (n - 1); interval_95: percentile bootstrap of the mean";

/// A case and how it was scored.
#[derive(Clone, Debug)]
pub struct ScoredCase {
    /// Where the truth is; its file name pairs cases of several reports.
    pub reference: PathBuf,
    /// Where the prediction is.
    pub prediction: PathBuf,
    /// What it scored.
    pub scores: CaseScores,
    /// Where the network's gates looked, deepest first; nothing without gates, or where only masks are known.
    pub attention: Vec<GateFocus>,
}

/// The report. `foreground_mean`, `mean` and `metric_per_case` are nnU-Net's; objects go by label, `1` if no mask holds more than one
/// label, whatever its value, and else by value with `foreground` for all together. `without_prediction` names the truths that
/// nothing was predicted for, which is not a prediction that came out empty (`missed`, by object).
pub fn json(cases: &[ScoredCase], without_prediction: &[String]) -> Value {
    let objects = objects(cases);
    let mut by_object: BTreeMap<&str, Vec<(&ScoredCase, &LabelScores)>> = BTreeMap::new();
    for (case, scored) in cases.iter().zip(&objects) {
        for (object, scores) in scored {
            by_object.entry(object).or_default().push((case, scores));
        }
    }
    let (mut means, mut statistics, mut missed) = (Map::new(), Map::new(), Map::new());
    for (&object, scored) in &by_object {
        let of_metrics = METRICS.iter().map(|(name, score)| {
            (*name, summed_up(&scored.iter().map(|(_, scores)| score(scores)).collect::<Vec<_>>()))
        });
        let of_metrics: Map<String, Value> = of_metrics.map(|(name, value)| (name.to_owned(), value)).collect();
        let mut mean_of: Map<String, Value> =
            of_metrics.iter().map(|(name, value)| (name.clone(), value["mean"].clone())).collect();
        for (name, count) in COUNTS {
            let counts: Vec<f64> = scored.iter().map(|(_, scores)| count(scores) as f64).collect();
            mean_of.insert(name.into(), json!(mean(&counts)));
        }
        let missing = scored.iter().filter(|(_, scores)| scores.missed()).map(|(case, _)| file_name(&case.reference));
        missed.insert(object.into(), missing.collect());
        statistics.insert(object.into(), of_metrics.into());
        means.insert(object.into(), mean_of.into());
    }
    let per_case: Vec<_> = cases.iter().zip(&objects).map(|(case, scored)| per_case(case, scored)).collect();
    let mut report = json!({
        "foreground_mean": foreground_mean(&means), "mean": means, "metric_per_case": per_case,
        "statistics": statistics, "missed": missed, "without_prediction": without_prediction,
        "empty_masks": EMPTY_MASKS, "definitions": DEFINITIONS, "bootstrap_resamples": RESAMPLES,
    });
    let gates = gates(cases);
    if !gates.is_empty() {
        report["attention_focus"] = json!({ "gates": gates, "definition": ATTENTION_FOCUS });
    }
    report
}

/// What reports say of a gate's focus.
pub(super) const FOCUS: [NamedScores<Option<f64>, Focus>; 3] =
    [("share", Focus::share), ("baseline", Focus::baseline), ("ratio", Focus::ratio)];

/// Over all cases, gate by gate.
fn gates(cases: &[ScoredCase]) -> Vec<Value> {
    let most = cases.iter().map(|case| case.attention.len()).max().unwrap_or(0);
    let of_gate = |gate: usize| {
        let seen: Vec<&GateFocus> = cases.iter().filter_map(|case| case.attention.get(gate)).collect();
        let summed_up = FOCUS.map(|(name, value)| {
            (name.to_owned(), summed_up(&seen.iter().map(|seen| value(&seen.focus)).collect::<Vec<_>>()))
        });
        let mut json = Map::from_iter(summed_up);
        json.insert("gate".into(), json!(gate + 1));
        json.insert("size_px".into(), json!(seen[0].size_px));
        Value::from(json)
    };
    (0..most).map(of_gate).collect()
}

/// Of one case, gate by gate.
fn focus_of(case: &ScoredCase) -> Vec<Value> {
    let of_gate = |(gate, seen): (usize, &GateFocus)| {
        let mut json: Map<String, Value> =
            FOCUS.iter().map(|(name, value)| ((*name).to_owned(), json!(value(&seen.focus)))).collect();
        json.insert("gate".into(), json!(gate + 1));
        json.insert("size_px".into(), json!(seen.size_px));
        json.into()
    };
    case.attention.iter().enumerate().map(of_gate).collect()
}

/// One line per case and object; undefined values are empty fields. Where the network has gates, each one's focus follows.
pub fn csv(cases: &[ScoredCase]) -> String {
    let gates = cases.iter().map(|case| case.attention.len()).max().unwrap_or(0);
    let names =
        METRICS.iter().map(|(name, _)| (*name).to_owned()).chain(COUNTS.iter().map(|(name, _)| (*name).to_owned()));
    let focus = (1..=gates).flat_map(|gate| FOCUS.map(|(name, _)| format!("attention_{name}_gate{gate}")));
    let mut table =
        ["case", "label"].map(str::to_owned).into_iter().chain(names).chain(focus).collect::<Vec<_>>().join(",") + "\n";
    for (case, scored) in cases.iter().zip(objects(cases)) {
        for (object, scores) in &scored {
            let name = file_name(&case.reference).replace('"', "\"\"");
            let metrics = METRICS.iter().map(|(_, score)| score(scores).map_or(String::new(), |v| v.to_string()));
            let counts = COUNTS.iter().map(|(_, count)| count(scores).to_string());
            let focus = (0..gates).flat_map(|gate| {
                let seen = case.attention.get(gate);
                FOCUS
                    .map(|(_, value)| seen.and_then(|seen| value(&seen.focus)).map_or(String::new(), |v| v.to_string()))
            });
            let fields: Vec<String> = metrics.chain(counts).chain(focus).collect();
            let _ = writeln!(table, "\"{name}\",{object},{}", fields.join(","));
        }
    }
    table
}

/// What a report says over all cases, to print: a line per object and metric, and one per missed object.
pub fn lines(report: &Value) -> String {
    let mut text = String::new();
    let objects = report["statistics"].as_object();
    let several = objects.is_some_and(|objects| objects.len() > 1);
    for (object, statistics) in objects.into_iter().flatten() {
        for (name, _) in METRICS {
            let label = if several { format!("{object} ") } else { String::new() };
            let _ = writeln!(text, "{label}{name}: {}", in_words(&statistics[name]));
        }
        for name in report["missed"][object].as_array().into_iter().flatten().filter_map(Value::as_str) {
            let _ = writeln!(text, "missed: the prediction of {name} has no voxel of label {object}, the truth has");
        }
    }
    for gate in report["attention_focus"]["gates"].as_array().into_iter().flatten() {
        let _ = writeln!(text, "attention of gate {}, {1} x {1}:", gate["gate"], gate["size_px"]);
        for (name, _) in FOCUS {
            let _ = writeln!(text, "  {name}: {}", in_words(&gate[name]));
        }
    }
    text
}

/// What a report says over all cases, each metric by its name; where there are several `labels`, the Dice and HD95 of each. Nothing
/// without cases.
pub fn over_all(report: &Value, labels: &BTreeMap<u8, String>) -> Vec<(String, String)> {
    let (statistics, object) = (&report["statistics"], object(report));
    if labels.len() > 1 {
        let known = labels.iter().filter_map(|(label, name)| Some((name, statistics[label.to_string()].as_object()?)));
        let of = |(name, metrics): (&String, &Map<String, Value>)| {
            ["Dice", "HD95_mm"]
                .map(|metric| (format!("{name} {}", metric.replace('_', " ")), in_words(&metrics[metric])))
        };
        return known.flat_map(of).collect();
    }
    let known = METRICS.iter().filter(|(name, _)| statistics[object][name].is_object());
    known.map(|(name, _)| (name.replace('_', " "), in_words(&statistics[object][name]))).collect()
}

/// The key of a report's only object, or of all together.
pub(super) fn object(report: &Value) -> &'static str {
    if report["statistics"]["1"].is_object() { "1" } else { FOREGROUND }
}

/// A report by its own path, or in its folder.
pub(super) fn path(report: &Path) -> PathBuf {
    if report.is_dir() { report.join("summary.json") } else { report.to_path_buf() }
}

/// One metric over all cases, as [`summed_up`] has it.
fn in_words(statistics: &Value) -> String {
    let number = |value: &Value| value.as_f64().map(|v| format!("{v:.4}"));
    let mut words = number(&statistics["mean"]).map_or("no mean".into(), |mean| format!("mean {mean}"));
    let [low, high] = [0, 1].map(|i| number(&statistics["interval_95"][i]));
    if let (Some(sd), Some(low), Some(high)) = (number(&statistics["sd"]), low, high) {
        words += &format!(", SD {sd}, 95 % interval {low} to {high}");
    }
    words += &format!(", n {}", statistics["n"]);
    if statistics["undefined"] != 0 {
        words += &format!(", undefined in {} more", statistics["undefined"]);
    }
    words
}

/// What each case reports on, by key.
fn objects(cases: &[ScoredCase]) -> Vec<BTreeMap<String, LabelScores>> {
    // A truth of 255 and a prediction of 1 are one object if neither side ever holds another value.
    let one_at_most = |voxels: fn(&LabelScores) -> u64| {
        let held = |case: &ScoredCase| {
            let labels = case.scores.labels.iter().filter(|(_, scores)| voxels(scores) > 0);
            labels.map(|(&label, _)| label).collect::<Vec<u8>>()
        };
        let mut labels: Vec<u8> = cases.iter().flat_map(held).collect();
        labels.sort_unstable();
        labels.dedup();
        labels.len() <= 1
    };
    let binary = one_at_most(|s| s.overlap.n_ref()) && one_at_most(|s| s.overlap.n_pred());
    let keyed = |scores: &CaseScores| -> BTreeMap<String, LabelScores> {
        if binary {
            return BTreeMap::from([("1".to_owned(), scores.foreground)]);
        }
        let labels = scores.labels.iter().map(|(label, &scores)| (label.to_string(), scores));
        labels.chain([(FOREGROUND.to_owned(), scores.foreground)]).collect()
    };
    cases.iter().map(|case| keyed(&case.scores)).collect()
}

/// Values over cases: how many are defined, their mean, spread and interval.
pub(super) fn summed_up(values: &[Option<f64>]) -> Value {
    let defined: Vec<f64> = values.iter().copied().flatten().collect();
    json!({
        "n": defined.len(), "undefined": values.len() - defined.len(), "mean": mean(&defined),
        "sd": standard_deviation(&defined), "interval_95": bootstrap_interval_95(&defined, 0),
    })
}

/// As nnU-Net has it: the mean of the labels' means.
fn foreground_mean(means: &Map<String, Value>) -> Map<String, Value> {
    let labels: Vec<&Value> = means.iter().filter(|(object, _)| *object != FOREGROUND).map(|(_, mean)| mean).collect();
    let names = METRICS.iter().map(|(name, _)| *name).chain(COUNTS.iter().map(|(name, _)| *name));
    let over_labels = |name| mean(&labels.iter().filter_map(|label| label[name].as_f64()).collect::<Vec<_>>());
    names.map(|name| (name.to_owned(), json!(over_labels(name)))).collect()
}

fn per_case(case: &ScoredCase, scored: &BTreeMap<String, LabelScores>) -> Value {
    let values = |scores: &LabelScores| -> Map<String, Value> {
        let metrics = METRICS.iter().map(|(name, score)| ((*name).to_owned(), json!(score(scores))));
        metrics.chain(COUNTS.iter().map(|(name, count)| ((*name).to_owned(), json!(count(scores))))).collect()
    };
    let metrics: Map<String, Value> =
        scored.iter().map(|(object, scores)| (object.clone(), values(scores).into())).collect();
    let mut json = json!({ "reference_file": case.reference, "prediction_file": case.prediction, "metrics": metrics });
    if !case.attention.is_empty() {
        json["attention_focus"] = focus_of(case).into();
    }
    json
}

/// What a case is called in reports: its truth's file name.
pub fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}
