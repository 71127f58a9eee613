//! `report.html`: one self-contained page on a run and its results. It loads nothing else, neither
//! from the network nor from disk.
//!
//! Values come in and text goes out. [`chart`] draws curves and [`picture`] draws slices; runs are
//! read in `run_dir`, and cases are scored in `train`.

pub mod chart;
pub mod picture;

use std::collections::BTreeMap;
use std::fmt::Write;

use super::run_dir::EpochLog;
use crate::core::i18n::capitalised;
use crate::formats::report_page::html::escape;
use crate::imaging::metrics::{ATTENTION_FOCUS, GateFocus};
use chart::{Chart, Line};

/// The contents of a report.
#[derive(Debug)]
pub struct RunReport<'a> {
    /// Name of the run.
    pub title: &'a str,
    /// The command line that started the run.
    pub command: &'a str,
    /// The metadata of the model file, as JSON by key.
    pub passport: &'a BTreeMap<String, String>,
    /// The log of the training.
    pub epochs: &'a [EpochLog],
    /// Columns of the table of cases, after the name of the case.
    pub columns: &'a [Column],
    /// The scored cases, one row each.
    pub cases: &'a [CaseTableRow],
    /// Scores over the validation cases: name, and value with its spread.
    pub figures: &'a [(String, String)],
    /// Attention focus of the gates by case; empty without gates.
    pub attention: &'a [(String, Vec<GateFocus>)],
    /// The worst slices.
    pub slices: &'a [SlicePicture],
    /// Notes on the figures, such as how empty masks count.
    pub notes: &'a [String],
}

/// A column of the table of cases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Heading, with the unit.
    pub name: String,
    /// Decimal places.
    pub places: usize,
}

/// A case in the table.
#[derive(Clone, Debug, PartialEq)]
pub struct CaseTableRow {
    /// Name of the case.
    pub case: String,
    /// True if the network was trained on it.
    pub trained_on: bool,
    /// DSC, by which the table is sorted.
    pub dsc: f64,
    /// One value per column; `None` where it is not defined.
    pub values: Vec<Option<f64>>,
}

/// One slice with its outlines and attention maps.
#[derive(Clone, Debug, PartialEq)]
pub struct SlicePicture {
    /// Case, slice and score.
    pub caption: String,
    /// PNG with the truth and the prediction outlined.
    pub outlined: Vec<u8>,
    /// Name and attention map (PNG) of each gate.
    pub attention: Vec<(String, Vec<u8>)>,
}

/// The report as HTML.
pub fn html(report: &RunReport) -> String {
    let mut page = String::new();
    let title = escape(report.title);
    let _ = write!(
        page,
        "<!doctype html>\n<html lang=en><meta charset=utf-8><meta name=viewport content=\"width=device-width\">\n\
         <title>{title} - Islet</title>\n<style>{}</style>\n<main>\n<header><h1>{title}</h1><p><code>{}</code></p></header>\n",
        include_str!("style.css"),
        escape(report.command)
    );
    for part in [
        figures(report),
        curves(report.epochs),
        cases(report),
        attention(report.attention),
        slices(report.slices),
        passport(report.passport),
    ] {
        page.push_str(&part);
    }
    page.push_str("<footer>Islet. Not a medical device.</footer>\n</main>\n</html>\n");
    page
}

fn figures(report: &RunReport) -> String {
    let tiles = report
        .figures
        .iter()
        .map(|(name, value)| format!("<div><dt>{}</dt><dd>{}</dd></div>", escape(name), escape(value)));
    let notes = report.notes.iter().map(|note| format!("<p class=note>{}</p>", escape(note)));
    format!(
        "<section><h2>Scores</h2>\n<dl class=tiles>{}</dl>\n{}</section>\n",
        tiles.collect::<String>(),
        notes.collect::<String>()
    )
}

fn curves(epochs: &[EpochLog]) -> String {
    if epochs.is_empty() {
        return String::new();
    }
    let number = |epoch: &EpochLog| epoch.epoch as f64;
    let loss = Chart {
        title: "Training loss",
        lines: vec![Line { name: "loss".into(), points: epochs.iter().map(|e| (number(e), e.loss)).collect() }],
    };
    let mut lines: Vec<Line> = Vec::new();
    let validated = || epochs.iter().filter(|epoch| !epoch.validation_dsc.is_empty());
    lines.push(Line {
        name: "mean".into(),
        points: validated().filter_map(|e| Some((number(e), e.mean_validation_dsc()?))).collect(),
    });
    let names: Vec<&String> = validated().next().map(|epoch| epoch.validation_dsc.keys().collect()).unwrap_or_default();
    if names.len() > 1 && names.len() <= MOST_LINES {
        for name in names {
            let point = |epoch: &EpochLog| Some((number(epoch), *epoch.validation_dsc.get(name)?));
            lines.push(Line { name: format!("case {name}"), points: validated().filter_map(point).collect() });
        }
    }
    let dsc = Chart { title: "Validation DSC, whole volumes", lines };
    let organs = Chart { title: "Validation DSC, organ by organ", lines: organs(epochs) };
    format!(
        "<section><h2>Learning curves</h2>\n<div class=charts>{}{}{}</div></section>\n",
        loss.svg(),
        dsc.svg(),
        organs.svg()
    )
}

/// One line per organ: its mean DSC over the cases. Empty for a network of one organ.
fn organs(epochs: &[EpochLog]) -> Vec<Line> {
    let names = epochs.iter().find(|epoch| !epoch.organ_dsc.is_empty()).map(|epoch| epoch.organ_dsc.keys());
    let line = |name: &String| Line {
        name: name.clone(),
        points: epochs.iter().filter_map(|e| Some((e.epoch as f64, *e.organ_dsc.get(name)?))).collect(),
    };
    names.into_iter().flatten().map(line).collect()
}

/// With more validation cases than this a chart shows their mean alone.
const MOST_LINES: usize = 6;

fn cases(report: &RunReport) -> String {
    let mut rows: Vec<&CaseTableRow> = report.cases.iter().collect();
    rows.sort_by(|a, b| a.dsc.total_cmp(&b.dsc).then_with(|| a.case.cmp(&b.case)));
    let head: String =
        report.columns.iter().map(|column| format!("<th scope=col>{}</th>", escape(&column.name))).collect();
    let body = rows.into_iter().map(|row| {
        let cells = row.values.iter().zip(report.columns).map(|(value, Column { places, .. })| match value {
            Some(value) => format!("<td>{value:.places$}</td>"),
            None => "<td title=\"not defined: one of the masks is empty\">&ndash;</td>".into(),
        });
        let side = if row.trained_on { "<span class=tag>trained on</span>" } else { "" };
        format!("<tr><th scope=row>{}{side}</th>{}</tr>\n", escape(&row.case), cells.collect::<String>())
    });
    format!(
        "<section><h2>Cases, worst first</h2>\n<div class=wide><table><thead><tr><th scope=col>case</th>{head}</tr></thead>\n<tbody>\n{}</tbody></table></div></section>\n",
        body.collect::<String>()
    )
}

/// The focus of each gate, and its ratio to the baseline.
fn attention(cases: &[(String, Vec<GateFocus>)]) -> String {
    let Some((_, gates)) = cases.iter().max_by_key(|(_, gates)| gates.len()) else { return String::new() };
    let head = gates.iter().enumerate();
    let head = head.map(|(gate, GateFocus { size_px, .. })| {
        format!("<th scope=col>gate {}, {size_px} x {size_px}</th>", gate + 1)
    });
    let rows = cases.iter().map(|(case, gates)| {
        let baseline = gates.last().and_then(|gate| gate.focus.baseline());
        let percent = |share: Option<f64>| share.map_or("&ndash;".into(), |share| format!("{:.2} %", 100.0 * share));
        let cells = gates.iter().map(|GateFocus { focus, .. }| {
            let ratio = focus.ratio().map_or(String::new(), |ratio| format!(" ({ratio:.1} x)"));
            format!("<td>{}{ratio}</td>", percent(focus.share()))
        });
        format!(
            "<tr><th scope=row>{}</th><td>{}</td>{}</tr>\n",
            escape(case),
            percent(baseline),
            cells.collect::<String>()
        )
    });
    format!(
        "<section><h2>Attention focus</h2>\n<p class=note>{}. In brackets: how many times the baseline.</p>\n\
         <div class=wide><table><thead><tr><th scope=col>case</th><th scope=col>baseline</th>{}</tr></thead>\n<tbody>\n{}</tbody></table></div></section>\n",
        escape(&capitalised(ATTENTION_FOCUS)),
        head.collect::<String>(),
        rows.collect::<String>()
    )
}

fn slices(slices: &[SlicePicture]) -> String {
    if slices.is_empty() {
        return String::new();
    }
    let figures = slices.iter().map(|slice| {
        let attention = slice.attention.iter().map(|(gate, png)| {
            format!("<figure class=gate><img alt=\"attention of {0}\" src=\"{1}\"><figcaption>{0}</figcaption></figure>", escape(gate), picture::data_uri(png))
        });
        format!(
            "<article><figure><img alt=\"{0}\" src=\"{1}\"><figcaption>{0}</figcaption></figure><div class=gates>{2}</div></article>\n",
            escape(&slice.caption),
            picture::data_uri(&slice.outlined),
            attention.collect::<String>()
        )
    });
    format!(
        "<section><h2>The worst slices</h2>\n<p class=note><span class=truth>truth</span> and <span class=pred>prediction</span> outlined; \
         below, each gate's attention, which is not a probability.</p>\n<div class=slices>{}</div></section>\n",
        figures.collect::<String>()
    )
}

fn passport(passport: &BTreeMap<String, String>) -> String {
    let rows = passport.iter().map(|(key, value)| {
        let value: serde_json::Value = serde_json::from_str(value).unwrap_or_default();
        let text = match value {
            serde_json::Value::String(text) => text,
            other => serde_json::to_string_pretty(&other).unwrap_or_default(),
        };
        format!("<tr><th scope=row>{}</th><td><pre>{}</pre></td></tr>\n", escape(key), escape(&text))
    });
    format!(
        "<section><h2>Passport</h2>\n<table class=passport><tbody>\n{}</tbody></table></section>\n",
        rows.collect::<String>()
    )
}
