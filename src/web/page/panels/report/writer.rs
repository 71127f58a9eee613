//! Puts a report together from what the page shows and what the session knows.

use std::sync::Arc;

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlCanvasElement;

use crate::app::protocol::{MaskSource, ModelKind, OrganFacts, PatientData, PlaneView, ReportFacts};
use crate::core::i18n::{capitalised, interpolate};
use crate::core::mask::PANCREAS_NAME;
use crate::core::organ_codes::is_anatomical;
use crate::core::volumetry::measure_volume;
use crate::formats::measurement_table::MeasurementRow;
use crate::formats::report::ISLET_VERSION;
use crate::formats::report_page::{
    PlanePicture, ReportPage, ReportedMeasurement, ReportedOrgan, ReportedPatient, ReportedSurface,
};
use crate::web::page::io::downloads::save_bytes;
use crate::web::page::panels::completion::{completed_from, way_name};
use crate::web::page::panels::input_check::input_warnings;
use crate::web::page::panels::measurement::{doubt_texts, measurement, warning_texts};
use crate::web::page::state::attributes::{CornerFacts, FileAttributesView};
use crate::web::page::state::display::Display;
use crate::web::page::state::organs::OrganList;
use crate::web::page::state::pictures::Picture;
use crate::web::page::state::series::SeriesView;
use crate::web::page::state::shell::Shell;
use crate::web::page::state::surfaces::Surfaces;
use crate::web::page::state::view::Pane;
use crate::web::page::viewer::annotations::position;
use crate::web::page::viewer::paint::Painter;
use crate::web::page::viewer::surface::PaperEasel;

/// Puts a report together from what the page shows and what the session knows.
#[derive(Clone, Copy)]
pub(super) struct ReportWriter {
    shell: Shell,
    series: SeriesView,
    organs: OrganList,
    display: Display,
    surfaces: Surfaces,
    attributes: FileAttributesView,
    painter: Painter,
}

impl ReportWriter {
    /// A writer, from the contexts of the page.
    pub(super) fn new() -> Self {
        Self {
            shell: expect_context(),
            series: expect_context(),
            organs: expect_context(),
            display: expect_context(),
            surfaces: expect_context(),
            attributes: expect_context(),
            painter: Painter::new(Pane::AXIAL),
        }
    }

    /// Saves the report.
    pub(super) fn save(&self, facts: &Arc<ReportFacts>, easel: StoredValue<Option<PaperEasel>, LocalStorage>) {
        let mut surface = ReportedSurface::NoGraphics;
        easel.update_value(|easel| {
            if let Some(easel) = easel {
                surface = self.surface(easel);
            }
        });
        if !self.series.has_planes() {
            surface = ReportedSurface::Nothing;
        }
        if let Some(page) = self.page(facts, surface) {
            save_bytes(&facts.file_name, page.to_html().as_bytes());
        }
    }

    fn surface(&self, easel: &mut PaperEasel) -> ReportedSurface {
        match easel.draw(&self.surfaces) {
            Some(drawn) => ReportedSurface::Drawn { png: drawn.png, size_px: drawn.size_px, letters: drawn.letters },
            None => ReportedSurface::Nothing,
        }
    }

    /// The report; `None` if the series has been closed meanwhile.
    fn page(&self, facts: &ReportFacts, surface: ReportedSurface) -> Option<ReportPage> {
        let info = self.series.info.get()?;
        let active = self.organs.active();
        let is_shown = |facts: &&OrganFacts| active.as_ref().is_some_and(|active| active.label == facts.organ.label);
        let shown = facts.organs.iter().find(is_shown);
        let middle = shown.or(facts.organs.first());
        let patient = (facts.request.patient == PatientData::Include).then(|| self.patient());
        let names_patient = patient.is_some();
        let name = |facts: &OrganFacts| self.organ_name(&facts.organ.name, facts.organ.label, names_patient);
        let active_organ = active.as_ref().map(|organ| self.organ_name(&organ.name, organ.label, names_patient));
        Some(ReportPage {
            language: self.shell.language.get(),
            patient,
            series_key: info.key,
            dims: info.dims,
            spacing_mm: info.spacing_mm,
            pictures_title: self.pictures_title(&middle.map(name).unwrap_or_default(), info.calibrated),
            planes: facts.planes.iter().filter_map(|view| self.plane(view, shown.is_some())).collect(),
            surface,
            organs: facts.organs.iter().map(|facts| self.organ(facts, name(facts))).collect(),
            active_organ: active_organ.unwrap_or_default(),
            hand_work: facts.hand_work.clone(),
            other_slices: if facts.hand_work.is_empty() { Vec::new() } else { self.other_slices() },
            settings: self.settings(facts.threshold),
            measurements: self.measurements(),
            model_name: self.model_name(&facts.model.preset),
            model: facts.model.clone(),
            model_limits: self.model_limits(),
            warnings: self.warnings(),
            made_at: facts.request.at.clone(),
            version: ISLET_VERSION.into(),
        })
    }

    fn patient(&self) -> ReportedPatient {
        let CornerFacts { patient_name, patient_id, study_date, .. } = self.attributes.facts.get();
        let language = self.shell.language.get();
        let (series, notes) = self.series.info.with(|info| {
            let notes = info.iter().flat_map(|info| &info.notes).map(|note| note.text(language) + ".");
            (info.as_ref().map(|info| info.name.clone()).unwrap_or_default(), notes.collect())
        });
        ReportedPatient { name: patient_name, id: patient_id, study_date, series, notes }
    }

    /// The name of an organ. One that comes from a file and is not that of a structure may say anything, so it is left out
    /// of a report without a patient.
    fn organ_name(&self, name: &str, label: u8, names_patient: bool) -> String {
        let strings = self.shell.strings();
        if name == PANCREAS_NAME {
            strings.result.title.into()
        } else if names_patient || self.organs.label_map().is_none() || is_anatomical(name) {
            capitalised(&self.shell.organ_title(name))
        } else {
            interpolate(strings.report.label, &[("value", &label)])
        }
    }

    fn pictures_title(&self, organ: &str, is_calibrated: bool) -> String {
        let strings = &self.shell.strings().report;
        let window = self.display.window.get();
        let [width, level] = [window.width_hu, window.level_hu].map(|value| format!("{value:.0}"));
        let template = if is_calibrated { strings.pictures } else { strings.pictures_in_greys };
        interpolate(template, &[("organ", &organ), ("width", &width), ("level", &level)])
    }

    fn plane(&self, view: &PlaneView, shows_mask: bool) -> Option<PlanePicture> {
        let strings = &self.shell.strings().viewer;
        let grid = self.series.grid()?;
        let (plane, index) = (view.plane, view.index);
        let canvas: HtmlCanvasElement = document().create_element("canvas").ok()?.dyn_into().ok()?;
        let picture = Picture::from(view.clone());
        self.painter.of_pane(Pane::Current(plane)).paint_for_report(&canvas, &picture, shows_mask);
        let (number, count) = (index + 1, grid.count(plane));
        let place = [("plane", &strings.plane(plane) as _), ("index", &number as _), ("count", &count as _)];
        let caption = [interpolate(strings.place, &place)].into_iter().chain(position(&grid, plane, index));
        Some(PlanePicture {
            caption: caption.collect::<Vec<_>>().join(" · "),
            png: canvas.to_data_url().ok()?,
            size: grid.size_mm(plane),
            is_in_mm: grid.geometry.is_some(),
            letters: grid.letters(plane),
        })
    }

    fn organ(&self, facts: &OrganFacts, name: String) -> ReportedOrgan {
        let OrganFacts { organ, pixels, pieces } = facts;
        let (spacing_mm, voxel_mm3) =
            self.series.info.with(|info| info.as_ref().map_or((None, None), |info| (info.spacing_mm, info.voxel_mm3)));
        let pixels: Vec<Option<usize>> = pixels.iter().copied().map(Some).collect();
        ReportedOrgan {
            name,
            rgb: self.organs.rgb_of(organ),
            measured: measure_volume(&pixels, spacing_mm, voxel_mm3),
            hu: organ.hu.map(|hu| [hu.mean_hu, hu.sd_hu]),
            pieces: *pieces,
            corrected: organ.corrected,
        }
    }

    /// How the slices that are not corrected came about.
    fn other_slices(&self) -> Vec<String> {
        let strings = &self.shell.strings().correct;
        let info = self.series.propagation.get();
        let shown = if self.series.shows_completed() { info.shown } else { MaskSource::Model };
        let origin = match shown {
            MaskSource::AcceptedSlices => completed_from(strings, &info),
            MaskSource::Interpolation => strings.interpolation_shown.into(),
            MaskSource::Model => strings.predicted.into(),
        };
        let judged = self.series.completion.get().filter(|completion| completion.best == Some(shown));
        let judged = judged.map(|completion| {
            interpolate(strings.best_way, &[("total", &completion.total), ("way", &way_name(strings, shown))])
        });
        [origin].into_iter().chain(judged).collect()
    }

    /// The settings that masks are computed with, as far as the model has them.
    fn settings(&self, threshold: Option<f32>) -> Vec<String> {
        let strings = &self.shell.strings().report;
        let settings = self.series.mask_settings.get();
        let threshold = threshold.map(|value| interpolate(strings.threshold, &[("value", &format!("{value:.2}"))]));
        let largest = settings.clean_up.then(|| strings.largest_only.into());
        let mean = settings.mean.then(|| strings.mean_of_mirrored.into());
        threshold.into_iter().chain(largest).chain(mean).collect()
    }

    fn measurements(&self) -> Vec<ReportedMeasurement> {
        let strings = self.shell.strings();
        let (measuring, viewer) = (&strings.measuring, &strings.viewer);
        let Some(grid) = self.series.grid() else { return Vec::new() };
        let row = |(index, row): (usize, MeasurementRow)| {
            let plane = viewer.plane(row.drawn.plane);
            let (number, count) = (row.drawn.index + 1, grid.count(row.drawn.plane));
            let place = [("plane", &plane as _), ("index", &number as _), ("count", &count as _)];
            ReportedMeasurement {
                name: format!("{} {}", index + 1, measuring.kind(&row.drawn.shape)),
                value: measuring.value(&row.drawn, &grid, row.statistics.as_ref()),
                place: interpolate(viewer.place, &place),
            }
        };
        self.series.measuring.rows().into_iter().enumerate().map(row).collect()
    }

    fn model_name(&self, preset: &str) -> String {
        let imported = self.shell.model.with(|model| model.as_ref().and_then(|model| model.imported_name()));
        imported.unwrap_or_else(|| preset.to_owned())
    }

    fn model_limits(&self) -> String {
        let remarks = self.shell.model.with(|model| model.as_ref().map(|model| model.training.remarks.clone()));
        let remarks = remarks.filter(|remarks| !remarks.is_empty());
        remarks.map(|remarks| format!("{}: {remarks}", self.shell.strings().result.limits)).unwrap_or_default()
    }

    /// What the page says against the result.
    fn warnings(&self) -> Vec<String> {
        let strings = self.shell.strings();
        let language = self.shell.language.get();
        let title = strings.input_check.title;
        let unlike = self.series.info.with(|info| input_warnings(info.as_ref(), language));
        let unlike = unlike.into_iter().map(|warning| format!("{title}: {warning}"));
        let measured = measurement(&self.series).map(|measured| warning_texts(&strings.result, &measured));
        let doubts = doubt_texts(&strings.result, &self.series, &self.organs);
        let is_not_commercial = self
            .shell
            .model
            .with(|model| model.as_ref().is_some_and(|m| m.kind == ModelKind::Volumes && m.is_not_commercial()));
        let licence = is_not_commercial.then(|| strings.volume.not_commercial.to_owned());
        unlike.chain(measured.unwrap_or_default()).chain(doubts).chain(licence).collect()
    }
}
