//! What a finished run says of its network: `summary.json` and `summary.csv` over the cases that validate, `report.html` over all that
//! were scored. Scoring itself is in [`super::score`].

use std::path::PathBuf;

use anyhow::Result;

use crate::augment::Sample;
use crate::cli::datasets::Case;
use crate::cli::device;
use crate::cli::files;
use crate::cli::report::picture::{judged, png};
use crate::cli::report::{Column, Report, Row, SlicePicture, html};
use crate::cli::run_dir::RunDir;
use crate::cli::summary::{self, METRICS, ScoredCase};
use crate::infer::{THRESHOLD, infer};
use crate::mask::Mask;
use crate::metrics::{CaseScores, EMPTY_MASKS, GateFocus, Overlap};
use crate::model::Folded;
use crate::model::passport::Passport;
use crate::overlay::viridis;

/// A case, scored by the run's network.
pub(super) struct Judged {
    /// What it is called in reports.
    pub(super) name: String,
    /// Whether the network has learned from it.
    pub(super) trained_on: bool,
    /// Its scores.
    pub(super) scores: CaseScores,
    /// Where its gates looked, if it has any and the case validates.
    pub(super) attention: Vec<GateFocus>,
    /// Its worst slices.
    pub(super) worst: Vec<Worst>,
}

/// A slice of a case, and how much of it is wrong.
pub(super) struct Worst {
    wrong_voxels: u64,
    picture: SlicePicture,
}

/// Slices shown of one case, and of all.
const WORST_OF_CASE: usize = 2;
const WORST_OF_ALL: usize = 6;

/// The slices of a case with the most voxels in which `pred` is not `truth`, as pictures on the network's grid.
///
/// # Errors
/// A cache that cannot be read; a device that fails.
pub(super) fn worst(model: &Folded, case: &Case, [pred, truth]: [&Mask; 2], passport: &Passport) -> Result<Vec<Worst>> {
    let mut slices = Vec::new();
    for z in case.labelled_slices() {
        let overlap = Overlap::of(pred.slice(z), truth.slice(z));
        slices.push((overlap.false_positive + overlap.false_negative, z, overlap.dsc()));
    }
    slices.sort_by_key(|(wrong, z, _)| (std::cmp::Reverse(*wrong), *z));
    slices.truncate(WORST_OF_CASE);
    slices.retain(|(wrong, ..)| *wrong > 0);
    let shown = slices.into_iter().map(|(wrong_voxels, z, dsc)| {
        let caption = format!("case {}, slice {} of {}: DSC {dsc:.3}", case.id, z + 1, case.dims[0]);
        Ok(Worst { wrong_voxels, picture: picture(model, case, z, truth.slice(z), caption, passport)? })
    });
    shown.collect()
}

fn picture(
    model: &Folded,
    case: &Case,
    z: usize,
    truth: &[u8],
    caption: String,
    passport: &Passport,
) -> Result<SlicePicture> {
    let (input, placement) = case.input(z)?;
    let said = pollster::block_on(infer(model, std::slice::from_ref(&input), true));
    let said = said.map_err(device::failed)?.remove(0);
    let cut = |values: &[f32]| values.iter().map(|&v| u8::from(v >= THRESHOLD)).collect::<Vec<u8>>();
    let Sample { input, target } = Sample::placed(input, &placement, truth);
    let (window, area) = (passport.preprocess.window, target.len());
    let hu = |value: &f32| (window.level_hu + (value - 0.5) * window.width_hu).round() as i16;
    let hu: Vec<i16> = input.channels[area..2 * area].iter().map(hu).collect();
    let attention = said.attention.iter().enumerate().map(|(gate, map)| {
        let rgba = |alpha: &f32| {
            let [r, g, b] = viridis(*alpha).map(|c| c.round() as u8);
            [r, g, b, 255]
        };
        let name = format!("gate {}, {1} x {1}", gate + 1, map.size_px);
        (name, png(&map.alpha.iter().flat_map(rgba).collect::<Vec<u8>>(), map.size_px))
    });
    Ok(SlicePicture {
        caption,
        outlined: judged(&hu, input.size_px, window, &cut(&target), &cut(&said.probability)),
        attention: attention.collect(),
    })
}

/// Writes the reports of a run.
///
/// # Errors
/// Logs that cannot be read; files that cannot be written.
pub(super) fn write(dir: &RunDir, passport: &Passport, cases: Vec<Judged>) -> Result<()> {
    let scored: Vec<ScoredCase> = cases
        .iter()
        .filter(|case| !case.trained_on)
        .map(|case| ScoredCase {
            reference: PathBuf::from(&case.name),
            prediction: dir.model(),
            scores: case.scores.clone(),
            attention: case.attention.clone(),
        })
        .collect();
    let report = summary::json(&scored, &[]);
    files::write(&dir.summary(), &serde_json::to_vec_pretty(&report)?)?;
    files::write(&dir.summary().with_extension("csv"), summary::csv(&scored).as_bytes())?;

    let values = |scores: &CaseScores| METRICS.map(|(_, value)| value(&scores.foreground)).to_vec();
    let rows: Vec<Row> = cases
        .iter()
        .map(|case| Row {
            case: case.name.clone(),
            trained_on: case.trained_on,
            dsc: case.scores.foreground.overlap.dsc(),
            values: values(&case.scores),
        })
        .collect();
    let in_units = |name: &str| name.ends_with("_mm") || name.ends_with("_ml");
    let columns =
        METRICS.map(|(name, _)| Column { name: name.replace('_', " "), places: if in_units(name) { 2 } else { 3 } });
    let attention: Vec<(String, Vec<GateFocus>)> = cases
        .iter()
        .filter(|case| !case.attention.is_empty())
        .map(|case| (case.name.clone(), case.attention.clone()))
        .collect();
    let mut worst: Vec<Worst> = cases.into_iter().filter(|case| !case.trained_on).flat_map(|case| case.worst).collect();
    worst.sort_by_key(|slice| std::cmp::Reverse(slice.wrong_voxels));
    worst.truncate(WORST_OF_ALL);
    let slices: Vec<SlicePicture> = worst.into_iter().map(|slice| slice.picture).collect();
    let missed = scored.iter().filter(|case| case.scores.foreground.missed()).count();
    let page = html(&Report {
        title: &dir.name(),
        command: &std::env::args().collect::<Vec<_>>().join(" "),
        passport,
        epochs: &dir.epochs()?,
        columns: &columns,
        cases: &rows,
        figures: &summary::over_all(&report),
        attention: &attention,
        slices: &slices,
        notes: &[
            format!(
                "Figures are over the {} case(s) that the network has not learned from; {missed} missed altogether.",
                scored.len()
            ),
            format!("Empty masks: {EMPTY_MASKS}."),
            format!("{}.", summary::DEFINITIONS),
        ],
    });
    files::write(&dir.report(), page.as_bytes())
}
