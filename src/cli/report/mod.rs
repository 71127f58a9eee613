//! `report.html`: one file that says what a run was and what came of it. It asks for nothing else, over the network or on disk.
//!
//! Values in, text out; reading runs and scoring cases is done elsewhere. Charts are in [`chart`], pictures of slices in [`picture`].

pub mod chart;
pub mod picture;

use std::fmt::Write;

use super::run_dir::EpochLog;
use crate::imaging::metrics::{ATTENTION_FOCUS, GateFocus};
use crate::nn::model::metadata::ModelMetadata;
use chart::{Chart, Line};

/// Everything a report shows.
#[derive(Debug)]
pub struct RunReport<'a> {
    /// Name of the run.
    pub title: &'a str,
    /// The command line it was started with.
    pub command: &'a str,
    /// Who the network is.
    pub passport: &'a ModelMetadata,
    /// Its training, epoch by epoch.
    pub epochs: &'a [EpochLog],
    /// Columns of the table of cases, after the case's name.
    pub columns: &'a [Column],
    /// The cases scored.
    pub cases: &'a [CaseTableRow],
    /// What the scores come to over the cases that validate: name and value with its spread.
    pub figures: &'a [(String, String)],
    /// Where the gates looked, case by case; nothing without gates.
    pub attention: &'a [(String, Vec<GateFocus>)],
    /// The worst slices.
    pub slices: &'a [SlicePicture],
    /// Sentences to know before reading the figures, such as how empty masks count.
    pub notes: &'a [String],
}

/// A column of the table of cases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its heading, with the unit.
    pub name: String,
    /// Decimal places.
    pub places: usize,
}

/// A case in the table.
#[derive(Clone, Debug, PartialEq)]
pub struct CaseTableRow {
    /// Name of the case.
    pub case: String,
    /// Whether the network has learned from it.
    pub trained_on: bool,
    /// What the table is sorted by.
    pub dsc: f64,
    /// One value per column; `None` where it is not defined.
    pub values: Vec<Option<f64>>,
}

/// One slice, seen and judged.
#[derive(Clone, Debug, PartialEq)]
pub struct SlicePicture {
    /// Which slice of which case, and how well it was found.
    pub caption: String,
    /// PNG with the truth and the prediction outlined.
    pub outlined: Vec<u8>,
    /// Of each gate its name and a PNG of its attention.
    pub attention: Vec<(String, Vec<u8>)>,
}

/// The report as one HTML file.
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
    let at = |epoch: &EpochLog| epoch.epoch as f64;
    let loss = Chart {
        title: "Training loss",
        lines: vec![Line { name: "loss".into(), points: epochs.iter().map(|e| (at(e), e.loss)).collect() }],
    };
    let mut lines: Vec<Line> = Vec::new();
    let validated = || epochs.iter().filter(|epoch| !epoch.validation_dsc.is_empty());
    lines.push(Line {
        name: "mean".into(),
        points: validated().filter_map(|e| Some((at(e), e.mean_validation_dsc()?))).collect(),
    });
    let names: Vec<&String> = validated().next().map(|epoch| epoch.validation_dsc.keys().collect()).unwrap_or_default();
    if names.len() > 1 && names.len() <= MOST_LINES {
        for name in names {
            let of = |epoch: &EpochLog| Some((at(epoch), *epoch.validation_dsc.get(name)?));
            lines.push(Line { name: format!("case {name}"), points: validated().filter_map(of).collect() });
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

/// The mean over the cases of each organ, where there are several.
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

/// Focus of each gate, and how many times chance that is.
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

fn capitalised(text: &str) -> String {
    text.chars().take(1).flat_map(char::to_uppercase).chain(text.chars().skip(1)).collect()
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

fn passport(passport: &ModelMetadata) -> String {
    let rows = passport.to_metadata();
    let rows = rows.iter().map(|(key, value)| {
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

/// Text as HTML shows it.
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
