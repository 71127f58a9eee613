//! What a report says in words and numbers.

use super::html::Html;
use super::{ReportPage, ReportedOrgan};
use crate::core::i18n::interpolate;
use crate::core::volumetry::{OrganSize, OrganSlices, SizeWarning};

/// With more lines than this the type is smaller.
const MANY_LINES: usize = 20;
/// More organs, measurements or notes do not fit on the sheet.
const MOST_ORGANS: usize = 20;
const MOST_MEASUREMENTS: usize = 10;
const MOST_NOTES: usize = 4;
/// The most characters of the limits of a model.
const MOST_OF_LIMITS: usize = 600;
/// The most characters of another text from a file.
const MOST_CHARACTERS: usize = 300;

/// True if there is so much to say that the sheet needs small type.
pub(super) fn are_many(report: &ReportPage) -> bool {
    let notes = report.patient.as_ref().map_or(0, |patient| patient.notes.len());
    let rows = report.organs.len() + report.measurements.len();
    rows + report.warnings.len() + notes > MANY_LINES
}

/// Patient, if wanted, and scan.
pub(super) fn identity(body: &mut Html, report: &ReportPage) {
    let strings = &report.language.strings().report;
    let [depth, height, width] = report.dims;
    let of_series = &report.language.strings().series;
    let slices = match depth {
        1 => of_series.one_slice.to_owned(),
        depth => interpolate(of_series.slices, &[("count", &depth)]),
    };
    let size = interpolate(strings.size_value, &[("columns", &width), ("rows", &height), ("slices", &slices)]);
    let spacing = report.spacing_mm.map_or_else(
        || strings.spacing_unknown.to_owned(),
        |spacing_mm| {
            let [z, y, x] = spacing_mm.map(|mm| format!("{mm:.3}"));
            interpolate(strings.spacing_value, &[("column", &x), ("row", &y), ("slice", &z)])
        },
    );
    body.raw("<section class=identity>\n<dl>");
    match &report.patient {
        None => {
            body.element("dt", "", strings.patient).element("dd", "", strings.anonymous);
        }
        Some(patient) => {
            let rows = [
                (strings.patient, &patient.name),
                (strings.patient_id, &patient.id),
                (strings.study_date, &patient.study_date),
                (strings.series, &patient.series),
            ];
            for (name, value) in rows {
                body.element("dt", "", name).element("dd", "", or_dash(&clipped(value)));
            }
        }
    }
    body.raw("</dl>\n<dl>").element("dt", "", strings.size).element("dd", "", size);
    body.element("dt", "", strings.spacing).element("dd", "", spacing);
    body.element("dt", "", strings.hash).element("dd", "class=hash", &report.series_key);
    let at = report.made_at.replace('T', " ");
    let made = interpolate(strings.made, &[("at", &at), ("version", &report.version)]);
    body.element("dt", "", strings.date).element("dd", "", made).raw("</dl>\n</section>\n");
}

/// The table of organs.
pub(super) fn organs(body: &mut Html, report: &ReportPage) {
    let strings = &report.language.strings().report;
    let is_area = |organ: &ReportedOrgan| !matches!(organ.measured.size, OrganSize::VolumeMl(_));
    let size = if report.organs.iter().any(is_area) { strings.area } else { strings.volume };
    body.raw("<section>").element("h2", "", strings.organs).raw("\n<table>\n<thead><tr>");
    for name in [strings.organ, size, strings.hu, strings.pieces, strings.slices, strings.corrected] {
        body.element("th", "scope=col", name);
    }
    body.raw("</tr></thead>\n<tbody>\n");
    report.organs.iter().take(MOST_ORGANS).for_each(|organ| organ_row(body, report, organ));
    body.raw("</tbody>\n</table>\n");
    if report.organs.iter().take(MOST_ORGANS).any(is_cut_off) {
        body.element("p", "class=small", strings.cut_off);
    }
    left_out(body, strings.more_organs, report.organs.len(), MOST_ORGANS);
    body.raw("</section>\n");
}

fn organ_row(body: &mut Html, report: &ReportPage, organ: &ReportedOrgan) {
    let all = report.language.strings();
    let [red, green, blue] = organ.rgb;
    let colour = format!("#{red:02x}{green:02x}{blue:02x}");
    let size = all.result.size(organ.measured.size) + if is_cut_off(organ) { " *" } else { "" };
    let hu = organ.hu.map_or_else(String::new, |[mean, sd]| {
        interpolate(all.organs.hu, &[("mean", &format!("{mean:.0}")), ("sd", &format!("{sd:.0}"))])
    });
    let slices = match organ.measured.slices {
        None => String::new(),
        Some(OrganSlices { first, last, .. }) if first == last => (first + 1).to_string(),
        Some(OrganSlices { first, last, .. }) => {
            interpolate(all.report.slices_value, &[("first", &(first + 1)), ("last", &(last + 1))])
        }
    };
    body.raw("<tr><th scope=row><svg class=swatch viewBox=\"0 0 1 1\" aria-hidden=true><rect width=1 height=1 fill=\"");
    body.raw(&colour).raw("\"/></svg>").text(clipped(&organ.name)).raw("</th>");
    for value in [size, or_dash(&hu), organ.pieces.to_string(), or_dash(&slices), organ.corrected.to_string()] {
        body.element("td", "", value);
    }
    body.raw("</tr>\n");
}

fn is_cut_off(organ: &ReportedOrgan) -> bool {
    let is_end =
        |w: &SizeWarning| matches!(w, SizeWarning::TouchesFirst | SizeWarning::TouchesLast | SizeWarning::TouchesBoth);
    organ.measured.caveats.iter().any(is_end)
}

/// What was corrected by hand, and how the rest of the mask came about.
pub(super) fn hand_work(body: &mut Html, report: &ReportPage) {
    let strings = &report.language.strings().report;
    let work = &report.hand_work;
    let title = interpolate(strings.by_hand, &[("organ", &clipped(&report.active_organ))]);
    body.raw("<section>").element("h2", "", title).raw("<ul>");
    if work.is_empty() {
        body.element("li", "", strings.nothing_by_hand);
    }
    for (template, slices) in [(strings.accepted, &work.accepted), (strings.drafts, &work.corrected)] {
        if !slices.is_empty() {
            body.element("li", "", interpolate(template, &[("slices", &ranges(slices))]));
        }
    }
    if !work.drawn_on.is_empty() {
        let slices = ranges(&work.drawn_on);
        let drawn = interpolate(strings.drawn, &[("pixels", &work.drawn_pixels), ("slices", &slices)]);
        body.element("li", "", drawn);
    }
    if !work.is_empty() {
        let changed = interpolate(strings.changed, &[("added", &work.added), ("removed", &work.removed)]);
        body.element("li", "", changed);
    }
    for text in report.other_slices.iter().chain(&report.settings) {
        body.element("li", "", text);
    }
    body.raw("</ul></section>\n");
}

/// Slices as `3, 5 to 8` is written: `3, 5–8`.
fn ranges(slices: &[usize]) -> String {
    let runs = slices.chunk_by(|a, b| a + 1 == *b);
    let shown = runs.map(|run| match run {
        [first, .., last] => format!("{first}–{last}"),
        _ => run[0].to_string(),
    });
    shown.collect::<Vec<_>>().join(", ")
}

/// What was measured on the pictures.
pub(super) fn measurements(body: &mut Html, report: &ReportPage) {
    let strings = &report.language.strings().report;
    if report.measurements.is_empty() {
        return;
    }
    body.raw("<section>").element("h2", "", strings.measurements).raw("<ul>");
    for row in report.measurements.iter().take(MOST_MEASUREMENTS) {
        body.element("li", "", format!("{}: {} · {}", row.name, row.value, row.place));
    }
    body.raw("</ul>");
    left_out(body, strings.more_measurements, report.measurements.len(), MOST_MEASUREMENTS);
    body.raw("</section>\n");
}

/// The model: name, hash, training, licence.
pub(super) fn model(body: &mut Html, report: &ReportPage) {
    let strings = &report.language.strings().report;
    let model = &report.model;
    body.raw("<section>").element("h2", "", format!("{}: {}", strings.model, clipped(&report.model_name)));
    body.element("p", "", interpolate(strings.trained_on, &[("dataset", &clipped(&model.trained_on))]));
    let cases = match model.cases {
        0 => strings.cases_unknown.to_owned(),
        count => interpolate(strings.cases, &[("count", &count)]),
    };
    body.element("p", "", cases);
    if model.fine_tunings > 0 {
        body.element("p", "", interpolate(strings.tuned, &[("count", &model.fine_tunings)]));
    }
    body.element("p", "class=small", interpolate(strings.licence, &[("licence", &clipped(&model.license))]));
    body.element("p", "class=hash", format!("SHA-256 {}", model.sha256)).raw("</section>\n");
}

/// What speaks against the result, and the limits of the model; with the patient the notes on the series too.
pub(super) fn warnings(body: &mut Html, report: &ReportPage) {
    let strings = &report.language.strings().report;
    body.raw("<section class=warnings>").element("h2", "", strings.warnings).raw("<ul>");
    if report.warnings.is_empty() {
        body.element("li", "", strings.no_warnings);
    }
    for text in &report.warnings {
        body.element("li", "", clipped(text));
    }
    if !report.model_limits.is_empty() {
        body.element("li", "", beginning(&report.model_limits, MOST_OF_LIMITS));
    }
    body.raw("</ul></section>\n");
    let notes = report.patient.iter().flat_map(|patient| &patient.notes);
    if notes.clone().next().is_some() {
        body.raw("<section class=warnings>").element("h2", "", strings.notes).raw("<ul>");
        for note in notes.clone().take(MOST_NOTES) {
            body.element("li", "", clipped(note));
        }
        body.raw("</ul>");
        left_out(body, strings.more_notes, notes.count(), MOST_NOTES);
        body.raw("</section>\n");
    }
}

/// A sentence about what does not fit on the sheet.
fn left_out(body: &mut Html, template: &str, count: usize, most: usize) {
    if count > most {
        body.element("p", "class=small", interpolate(template, &[("count", &(count - most))]));
    }
}

/// A text with its end left out if it is too long for the sheet.
fn clipped(text: &str) -> String {
    beginning(text, MOST_CHARACTERS)
}

fn beginning(text: &str, most_characters: usize) -> String {
    let mut characters = text.chars();
    let kept: String = characters.by_ref().take(most_characters).collect();
    if characters.next().is_some() { kept + "…" } else { kept }
}

fn or_dash(text: &str) -> String {
    if text.is_empty() { "–".into() } else { text.into() }
}
