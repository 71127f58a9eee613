//! `islet aggregate`: the reports of several runs as one, such as the folds of a cross-validation or
//! the same cases with several seeds.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::Parser;
use serde::Serialize;

use super::summary::schema::{AttentionStatistics, Distribution, GateStatistics, ScoreValues, Statistics};
use super::summary::{CaseRow, Cases, DEFINITIONS, METRICS, lines, object_key, read_cases, report_path};
use super::{PartlyDone, files};
use crate::core::error::UserError;
use crate::core::statistics::mean;

/// Puts the reports of several runs into one table: run by run, and over all cases together. A case
/// that several runs have, as with several seeds, counts once, with the mean of its scores.
#[derive(Parser, Debug)]
#[command(name = "aggregate", version)]
pub struct Args {
    /// Run folders, or summary.json files.
    #[arg(required = true)]
    runs: Vec<PathBuf>,
    /// Report over all cases to write (JSON), like that of evaluate.
    #[arg(long)]
    report: Option<PathBuf>,
}

/// A report over several runs. Fields stand in alphabetical order, as in the file.
#[derive(Clone, Debug, Serialize)]
struct AggregateReport {
    #[serde(skip_serializing_if = "Option::is_none")]
    attention_focus: Option<AttentionStatistics>,
    definitions: &'static str,
    metric_per_case: Vec<AggregatedCase>,
    /// Runs without a report.
    missing: Vec<String>,
    runs: Vec<RunStatistics>,
    statistics: Statistics,
}

/// A case with the means of its scores.
#[derive(Clone, Debug, Serialize)]
struct AggregatedCase {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attention_focus: Vec<ScoreValues>,
    metrics: BTreeMap<String, ScoreValues>,
    reference_file: String,
    /// Number of runs that have the case.
    runs: usize,
}

/// The statistics of one run.
#[derive(Clone, Debug, Serialize)]
struct RunStatistics {
    #[serde(skip_serializing_if = "Option::is_none")]
    attention_focus: Option<AttentionStatistics>,
    cases: usize,
    run: String,
    statistics: Statistics,
}

/// Runs the command.
///
/// # Errors
/// A report that cannot be read or written; [`PartlyDone`] if a run has no report.
pub fn run(args: Args) -> Result<()> {
    let (mut runs, mut missing) = (Vec::new(), Vec::new());
    for path in &args.runs {
        if report_path(path).exists() {
            runs.push((path.display().to_string(), read_cases(path)?));
        } else {
            missing.push(path.display().to_string());
        }
    }
    let missing_names = missing.join(", ");
    if runs.is_empty() {
        let why = format!("none of these has a summary.json: {missing_names}");
        bail!(UserError::new("the runs", why, "Name runs that are finished, or where their reports are"));
    }
    let report = aggregate(&runs, missing);
    if let Some(path) = &args.report {
        files::write(path, &serde_json::to_vec_pretty(&report)?)?;
    }
    print!("{}", table(&report));
    if let Some(path) = &args.report {
        println!("\nwrote {}", path.display());
    }
    if !report.missing.is_empty() {
        let count = report.missing.len();
        bail!(PartlyDone(format!("{count} run(s) have no summary.json and are left out: {missing_names}")));
    }
    Ok(())
}

/// One report over the cases of all runs, each given with its name.
fn aggregate(runs: &[(String, Cases)], missing: Vec<String>) -> AggregateReport {
    let names: BTreeSet<&String> = runs.iter().flat_map(|(_, cases)| cases.keys()).collect();
    let metric_per_case: Vec<AggregatedCase> = names
        .into_iter()
        .map(|name| {
            let in_runs: Vec<&CaseRow> = runs.iter().filter_map(|(_, cases)| cases.get(name)).collect();
            aggregate_case(name, &in_runs)
        })
        .collect();
    let run_statistics = |(run, cases): &(String, Cases)| RunStatistics {
        attention_focus: attention_statistics(
            &cases.values().map(|case| &case.attention_focus[..]).collect::<Vec<_>>(),
        ),
        cases: cases.len(),
        run: run.clone(),
        statistics: statistics(&cases.values().map(|case| &case.metrics).collect::<Vec<_>>()),
    };
    let gates: Vec<&[ScoreValues]> = metric_per_case.iter().map(|case| &case.attention_focus[..]).collect();
    let metrics: Vec<&BTreeMap<String, ScoreValues>> = metric_per_case.iter().map(|case| &case.metrics).collect();
    AggregateReport {
        attention_focus: attention_statistics(&gates),
        definitions: DEFINITIONS,
        runs: runs.iter().map(run_statistics).collect(),
        missing,
        statistics: statistics(&metrics),
        metric_per_case,
    }
}

/// The means of a case over the runs that have it. Its labels and gates are those of the first.
fn aggregate_case(name: &str, in_runs: &[&CaseRow]) -> AggregatedCase {
    let metrics = in_runs[0].metrics.keys().map(|label| {
        let values: Vec<&ScoreValues> = in_runs.iter().filter_map(|case| case.metrics.get(label)).collect();
        (label.clone(), mean_values(&values))
    });
    let gates = (0..in_runs[0].attention_focus.len())
        .map(|gate| mean_values(&in_runs.iter().filter_map(|case| case.attention_focus.get(gate)).collect::<Vec<_>>()));
    AggregatedCase {
        attention_focus: gates.collect(),
        metrics: metrics.collect(),
        reference_file: name.to_owned(),
        runs: in_runs.len(),
    }
}

/// The mean of each value over the runs where it is defined.
fn mean_values(runs: &[&ScoreValues]) -> ScoreValues {
    let names: BTreeSet<&String> = runs.iter().flat_map(|values| values.keys()).collect();
    let mean_value = |name: &String| {
        let defined: Vec<f64> = runs.iter().filter_map(|values| values.get(name).copied().flatten()).collect();
        (name.clone(), mean(&defined))
    };
    names.into_iter().map(mean_value).collect()
}

/// The distribution of every metric over the cases, label by label.
fn statistics(cases: &[&BTreeMap<String, ScoreValues>]) -> Statistics {
    let labels: BTreeSet<&String> = cases.iter().flat_map(|metrics| metrics.keys()).collect();
    let distributions = |label: &String| -> BTreeMap<String, Distribution> {
        let distribution = |metric: &str| {
            let values = cases.iter().filter_map(|metrics| metrics.get(label));
            Distribution::new(values.map(|values| values.get(metric).copied().flatten()))
        };
        METRICS.iter().map(|(metric, _)| ((*metric).to_owned(), distribution(metric))).collect()
    };
    labels.into_iter().map(|label| (label.clone(), distributions(label))).collect()
}

/// The distribution of each gate's focus over the cases; `None` without gates.
fn attention_statistics(cases: &[&[ScoreValues]]) -> Option<AttentionStatistics> {
    let gates = cases.iter().map(|gates| gates.len()).max().filter(|&gates| gates > 0)?;
    let gate_statistics = |gate: usize| {
        let on_cases: Vec<&ScoreValues> = cases.iter().filter_map(|gates| gates.get(gate)).collect();
        let value = |values: &ScoreValues, name: &str| values.get(name).copied().flatten();
        let distribution = |name: &str| Distribution::new(on_cases.iter().map(|values| value(values, name)));
        let number = |name: &str| value(on_cases[0], name).map_or(0, |number| number as usize);
        GateStatistics {
            baseline: distribution("baseline"),
            gate: number("gate"),
            ratio: distribution("ratio"),
            share: distribution("share"),
            size_px: number("size_px"),
        }
    };
    Some(AttentionStatistics { definition: None, gates: (0..gates).map(gate_statistics).collect() })
}

/// The report to print: a Markdown table of the runs, then every metric over all cases.
fn table(report: &AggregateReport) -> String {
    let mut text = String::from("| run | cases | mean DSC | SD | 95 % interval |\n|---|---|---|---|---|\n");
    for run in &report.runs {
        text += &row(&run.run, run.cases, &run.statistics);
    }
    text += &row("all", report.metric_per_case.len(), &report.statistics);
    for run in &report.missing {
        let _ = writeln!(text, "| {run} | missing | | | |");
    }
    text.push('\n');
    text + &lines(&report.statistics, &BTreeMap::new(), report.attention_focus.as_ref())
}

fn row(name: &str, cases: usize, statistics: &Statistics) -> String {
    let dice = statistics.get(object_key(statistics)).and_then(|distributions| distributions.get("Dice"));
    let number = |value: Option<f64>| value.map_or("-".into(), |value| format!("{value:.4}"));
    let interval = dice.and_then(|dice| dice.interval_95);
    let [low, high] = [0, 1].map(|end| number(interval.map(|interval| interval[end])));
    let (mean, sd) = (number(dice.and_then(|dice| dice.mean)), number(dice.and_then(|dice| dice.sd)));
    format!("| {name} | {cases} | {mean} | {sd} | {low} to {high} |\n")
}
