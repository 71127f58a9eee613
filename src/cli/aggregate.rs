//! `aggregate`: the reports of several runs as one: the folds of a cross-validation, or the same cases with several seeds.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::Parser;
use serde_json::{Map, Value, json};

use super::scored::{self, Cases, ScoreValues};
use super::summary::{self, FOCUS, METRICS, summed_up};
use super::{PartlyDone, files};
use crate::core::error::UserError;
use crate::core::statistics::mean;

/// Puts the reports of several runs into one table: run by run, and over all cases together. A case that several runs have, as with
/// several seeds, counts once, with the mean of its scores.
#[derive(Parser, Debug)]
#[command(name = "aggregate", version)]
pub struct Args {
    /// Run folders, or summary.json files.
    #[arg(required = true)]
    runs: Vec<PathBuf>,
    /// Where to write a report over all cases, as evaluate's (JSON).
    #[arg(long)]
    report: Option<PathBuf>,
}

/// Runs the command.
pub fn run(args: Args) -> Result<()> {
    let (mut runs, mut missing) = (Vec::new(), Vec::new());
    for path in &args.runs {
        if summary::path(path).exists() {
            runs.push((path.display().to_string(), scored::read(path)?));
        } else {
            missing.push(path.display().to_string());
        }
    }
    if runs.is_empty() {
        let why = format!("none of these has a summary.json: {}", missing.join(", "));
        bail!(UserError::new("the runs", why, "Name runs that are finished, or where their reports are"));
    }
    let report = collected(&runs, &missing);
    if let Some(path) = &args.report {
        files::write(path, &serde_json::to_vec_pretty(&report)?)?;
    }
    print!("{}", table(&report));
    if let Some(path) = &args.report {
        println!("\nwrote {}", path.display());
    }
    if !missing.is_empty() {
        bail!(PartlyDone(format!(
            "{} run(s) have no summary.json and are left out: {}",
            missing.len(),
            missing.join(", ")
        )));
    }
    Ok(())
}

/// One report over the cases of all runs, each by its name. `runs` in it has what each run comes to by itself, `missing` those that could not
/// be had.
pub fn collected(runs: &[(String, Cases)], missing: &[String]) -> Value {
    let names: BTreeSet<&String> = runs.iter().flat_map(|(_, cases)| cases.keys()).collect();
    let mut together = Cases::new();
    let mut times = BTreeMap::new();
    for name in names {
        let seen: Vec<_> = runs.iter().filter_map(|(_, cases)| cases.get(name)).collect();
        let mut case = seen[0].clone();
        for (label, values) in &mut case.metrics {
            *values = averaged(&seen.iter().filter_map(|case| case.metrics.get(label)).collect::<Vec<_>>());
        }
        for (gate, values) in case.attention_focus.iter_mut().enumerate() {
            *values = averaged(&seen.iter().filter_map(|case| case.attention_focus.get(gate)).collect::<Vec<_>>());
        }
        times.insert(name.clone(), seen.len());
        together.insert(name.clone(), case);
    }
    let per_case = together.iter().map(|(name, case)| {
        let mut json = json!({ "reference_file": name, "metrics": case.metrics, "runs": times[name] });
        if !case.attention_focus.is_empty() {
            json["attention_focus"] = json!(case.attention_focus);
        }
        json
    });
    let each = runs.iter().map(|(run, cases)| {
        let mut json = statistics(cases);
        json["run"] = json!(run);
        json["cases"] = json!(cases.len());
        json
    });
    let mut report = statistics(&together);
    report["metric_per_case"] = per_case.collect();
    report["runs"] = each.collect();
    report["missing"] = json!(missing);
    report["definitions"] = json!(summary::DEFINITIONS);
    report
}

/// The mean of each value where it is defined.
fn averaged(of: &[&ScoreValues]) -> ScoreValues {
    let names: BTreeSet<&String> = of.iter().flat_map(|values| values.keys()).collect();
    let value = |name: &String| {
        let defined: Vec<f64> = of.iter().filter_map(|values| values.get(name).copied().flatten()).collect();
        (name.clone(), mean(&defined))
    };
    names.into_iter().map(value).collect()
}

/// Over the cases: each label's metrics, and each gate's focus if there is any.
fn statistics(cases: &Cases) -> Value {
    let labels: BTreeSet<&String> = cases.values().flat_map(|case| case.metrics.keys()).collect();
    let of_label = |label: &String| -> Map<String, Value> {
        let value = |metric| {
            let values = cases.values().filter_map(|case| case.metrics.get(label));
            summed_up(&values.map(|values| values.get(metric).copied().flatten()).collect::<Vec<_>>())
        };
        METRICS.iter().map(|(metric, _)| ((*metric).to_owned(), value(*metric))).collect()
    };
    let by_label: Map<String, Value> =
        labels.into_iter().map(|label| (label.clone(), of_label(label).into())).collect();
    let gates = cases.values().map(|case| case.attention_focus.len()).max().unwrap_or(0);
    let of_gate = |gate: usize| -> Value {
        let seen: Vec<&ScoreValues> = cases.values().filter_map(|case| case.attention_focus.get(gate)).collect();
        let number = |name: &str| seen[0].get(name).copied().flatten().map(|number| number as u64);
        let value = |name: &str| summed_up(&seen.iter().map(|v| v.get(name).copied().flatten()).collect::<Vec<_>>());
        let mut json: Map<String, Value> = FOCUS.iter().map(|(name, _)| ((*name).to_owned(), value(name))).collect();
        json.extend(["gate", "size_px"].map(|name| (name.to_owned(), json!(number(name)))));
        json.into()
    };
    let mut report = json!({ "statistics": by_label });
    if gates > 0 {
        report["attention_focus"] = json!({ "gates": (0..gates).map(of_gate).collect::<Vec<_>>() });
    }
    report
}

/// The report to print: a Markdown table of the runs, then every metric over all cases.
pub fn table(report: &Value) -> String {
    let mut text = String::from("| run | cases | mean DSC | SD | 95 % interval |\n|---|---|---|---|---|\n");
    let all = json!({ "run": "all", "cases": report["metric_per_case"].as_array().map(Vec::len) });
    let empty = Vec::new();
    for run in report["runs"].as_array().unwrap_or(&empty) {
        text += &row(run, run);
    }
    text += &row(&all, report);
    for run in report["missing"].as_array().unwrap_or(&empty) {
        let _ = writeln!(text, "| {} | missing | | | |", run.as_str().unwrap_or_default());
    }
    text.push('\n');
    text + &summary::lines(report)
}

fn row(run: &Value, report: &Value) -> String {
    let dice = &report["statistics"][summary::object(report)]["Dice"];
    let number = |value: &Value| value.as_f64().map_or("-".into(), |value| format!("{value:.4}"));
    let interval = [0, 1].map(|end| number(&dice["interval_95"][end]));
    let name = run["run"].as_str().unwrap_or_default();
    let (mean, sd) = (number(&dice["mean"]), number(&dice["sd"]));
    format!("| {name} | {} | {mean} | {sd} | {} to {} |\n", run["cases"], interval[0], interval[1])
}
