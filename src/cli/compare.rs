//! `islet compare`: two reports on the same cases, difference by difference.
//!
//! Reports are those of `evaluate`, `train` and `aggregate`, and nnU-Net's own `summary.json`.

use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::Parser;

use super::summary::{Cases, METRICS, read_cases};
use crate::core::error::UserError;
use crate::core::statistics::{FEWEST_PAIRS, bootstrap_interval_95, mean, wilcoxon_p};

/// Compares two runs on the cases they share: means, their paired difference with a bootstrap
/// interval, and Wilcoxon's signed-rank test (two-sided).
#[derive(Parser, Debug)]
#[command(name = "compare", version)]
pub struct Args {
    /// Run A: a summary.json, or a folder that contains one.
    run_a: PathBuf,
    /// Run B.
    run_b: PathBuf,
}

/// Runs the command.
///
/// # Errors
/// A report that cannot be read; reports without a common case.
pub fn run(args: Args) -> Result<()> {
    let (a, b) = (read_cases(&args.run_a)?, read_cases(&args.run_b)?);
    let paired: Vec<&String> = a.keys().filter(|name| b.contains_key(*name)).collect();
    if paired.is_empty() {
        let [in_a, in_b] = [&a, &b].map(|run| run.keys().next().map_or("no case", String::as_str));
        let why = format!("none of its cases is in {} ({in_a} is in one, {in_b} in the other)", args.run_b.display());
        let hint = "Compare runs that were evaluated against the same truth; cases pair by its file names";
        bail!(UserError::new(args.run_a.display().to_string(), why, hint));
    }
    println!("A: {} ({} cases)\nB: {} ({} cases)", args.run_a.display(), a.len(), args.run_b.display(), b.len());
    println!("{} case(s) paired by the truth's file name", paired.len());
    print_unpaired(&a, &b);
    print_mismatches(&a, &b, &paired);
    let fewest = print_differences(&a, &b, &paired);
    println!("\nA case counts where both runs have a value. p is of Wilcoxon's signed-rank test, two-sided,");
    println!("and not corrected for testing several metrics.");
    if fewest.is_some_and(|fewest| fewest < FEWEST_PAIRS) {
        println!(
            "With fewer than {FEWEST_PAIRS} pairs p cannot go below 0.05: n is too small for it to mean anything."
        );
    }
    Ok(())
}

/// Prints the cases that only one run has.
fn print_unpaired(a: &Cases, b: &Cases) {
    for (run, cases, others) in [("A", a, b), ("B", b, a)] {
        let alone: Vec<&str> = cases.keys().filter(|name| !others.contains_key(*name)).map(String::as_str).collect();
        if !alone.is_empty() {
            println!("only in {run}, not compared: {}", alone.join(", "));
        }
    }
}

/// Prints the labels that only one run has, and the truths that differ under one name.
fn print_mismatches(a: &Cases, b: &Cases, paired: &[&String]) {
    for (run, cases, others) in [("A", a, b), ("B", b, a)] {
        for name in paired {
            let labels = cases[*name].metrics.keys().filter(|label| !others[*name].metrics.contains_key(*label));
            for label in labels {
                eprintln!("note: {name}: only {run} has label {label}, which is not compared");
            }
        }
    }
    for name in paired {
        let voxels = |run: &Cases, label: &str| run[*name].metrics.get(label)?.get("n_ref").copied().flatten();
        let differs = |label: &&String| voxels(a, label).zip(voxels(b, label)).is_some_and(|(n, other)| n != other);
        if a[*name].metrics.keys().any(|label| differs(&label)) {
            eprintln!(
                "note: {name}: its truth has another size in A than in B; the runs were scored against different ones"
            );
        }
    }
}

/// Prints a line for each label and metric, and returns the smallest number of pairs in a line;
/// `None` without a line.
fn print_differences(a: &Cases, b: &Cases, paired: &[&String]) -> Option<usize> {
    println!("\n{:<34} {:>4} {:>10} {:>10} {:>10}   {:<22} p", "", "n", "mean A", "mean B", "B - A", "95 % interval");
    let labels: BTreeSet<&String> = paired.iter().flat_map(|name| a[*name].metrics.keys()).collect();
    let mut fewest = None;
    for label in &labels {
        for (metric, _) in METRICS {
            let value = |run: &Cases, name: &String| run[name].metrics.get(*label)?.get(metric).copied().flatten();
            let pairs = paired.iter().filter_map(|name| Some((value(a, name)?, value(b, name)?)));
            let (values_a, values_b): (Vec<f64>, Vec<f64>) = pairs.unzip();
            let title = if labels.len() == 1 { metric.to_owned() } else { format!("{label} {metric}") };
            if let Some(line) = line(&values_a, &values_b) {
                println!("{title:<34} {line}");
                fewest = Some(fewest.unwrap_or(usize::MAX).min(values_a.len()));
            }
        }
    }
    fewest
}

/// Number of pairs, both means, the mean difference, its interval, and p; `None` without a pair.
fn line(a: &[f64], b: &[f64]) -> Option<String> {
    let differences: Vec<f64> = a.iter().zip(b).map(|(a, b)| b - a).collect();
    let interval =
        bootstrap_interval_95(&differences, 0).map_or("-".into(), |[low, high]| format!("{low:+.4} to {high:+.4}"));
    let (mean_a, mean_b, difference, p) = (mean(a)?, mean(b)?, mean(&differences)?, wilcoxon_p(&differences));
    let p = if p < 1e-4 { format!("{p:.1e}") } else { format!("{p:.4}") };
    Some(format!("{:>4} {mean_a:>10.4} {mean_b:>10.4} {difference:>+10.4}   {interval:<22} {p}", a.len()))
}
