//! Statistics as lines to print.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::metrics::{METRICS, object_key};
use super::schema::{AttentionStatistics, Distribution, GateStatistics, Statistics, SummaryReport};

/// One line for each object and metric, for each missed object, and for each figure of the gates.
pub fn lines(
    statistics: &Statistics,
    missed: &BTreeMap<String, Vec<String>>,
    attention: Option<&AttentionStatistics>,
) -> String {
    let mut text = String::new();
    for (object, distributions) in statistics {
        let label = if statistics.len() > 1 { format!("{object} ") } else { String::new() };
        for (name, distribution) in METRICS.iter().filter_map(|(name, _)| Some((name, distributions.get(*name)?))) {
            let _ = writeln!(text, "{label}{name}: {}", in_words(distribution));
        }
        for name in missed.get(object).into_iter().flatten() {
            let _ = writeln!(text, "missed: the prediction of {name} has no voxel of label {object}, the truth has");
        }
    }
    for GateStatistics { baseline, gate, ratio, share, size_px } in attention.into_iter().flat_map(|a| &a.gates) {
        let _ = writeln!(text, "attention of gate {gate}, {size_px} x {size_px}:");
        for (name, distribution) in [("share", share), ("baseline", baseline), ("ratio", ratio)] {
            let _ = writeln!(text, "  {name}: {}", in_words(distribution));
        }
    }
    text
}

/// Names and values of a report's main figures: every metric, or the Dice and HD95 of each label if
/// there are several. Empty without cases.
pub fn over_all(report: &SummaryReport, labels: &BTreeMap<u8, String>) -> Vec<(String, String)> {
    let statistics = &report.statistics;
    if labels.len() > 1 {
        let scored = labels.iter().filter_map(|(label, name)| Some((name, statistics.get(&label.to_string())?)));
        let figures = |(name, distributions): (&String, &BTreeMap<String, Distribution>)| {
            ["Dice", "HD95_mm"]
                .map(|metric| (format!("{name} {}", metric.replace('_', " ")), in_words(&distributions[metric])))
        };
        return scored.flat_map(figures).collect();
    }
    let Some(distributions) = statistics.get(object_key(statistics)) else { return Vec::new() };
    METRICS.iter().map(|(name, _)| (name.replace('_', " "), in_words(&distributions[*name]))).collect()
}

fn in_words(distribution: &Distribution) -> String {
    let mut words = distribution.mean.map_or("no mean".into(), |mean| format!("mean {mean:.4}"));
    if let (Some(sd), Some([low, high])) = (distribution.sd, distribution.interval_95) {
        words += &format!(", SD {sd:.4}, 95 % interval {low:.4} to {high:.4}");
    }
    words += &format!(", n {}", distribution.n);
    if distribution.undefined != 0 {
        words += &format!(", undefined in {} more", distribution.undefined);
    }
    words
}
