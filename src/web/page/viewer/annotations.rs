//! The texts in the corners of a picture, where radiologists look for them: patient, date, series, position, thickness, window
//! and zoom.
//!
//! What may tell of a patient has the class `patient`, and is left out of saved pictures.

use leptos::prelude::*;

use crate::core::i18n::interpolate;
use crate::core::mpr::{Grid, Plane};
use crate::web::page::state::attributes::{CornerFacts, FileAttributesView};
use crate::web::page::state::display::Display;
use crate::web::page::state::series::SeriesView;
use crate::web::page::state::shell::Shell;
use crate::web::page::state::view::{Pane, ViewState};

/// The texts of a pane. Those of the patient are in the first pane on the screen only.
#[component]
pub(crate) fn Annotations(
    /// The pane.
    pane: Pane,
) -> impl IntoView {
    let display = expect_context::<Display>();
    view! { <Show when=move || display.shows_annotations.get()><Corners pane/></Show> }
}

#[component]
fn Corners(
    /// The pane.
    pane: Pane,
) -> impl IntoView {
    let series = expect_context::<SeriesView>();
    let state = expect_context::<ViewState>();
    let facts = expect_context::<FileAttributesView>().facts;
    let plane = pane.plane();
    let is_first = move || state.layout.get().panes().first() == Some(&pane);
    let person = move || {
        let CornerFacts { patient_name, patient_id, .. } = facts.get();
        [patient_name, patient_id]
    };
    let study = move || {
        let name = series.info.with(|info| info.as_ref().map(|info| info.name.clone()));
        [facts.get().study_date, name.unwrap_or_default()]
    };
    let position = move || series.grid().and_then(|grid| position(&grid, plane, series.index(plane)));
    let window = expect_context::<Display>().window;
    let letters = &expect_context::<Shell>().strings().series;
    let window = move || letters.window_text(window.get());
    let zoom = move || format!("{:.1}×", state.viewport(plane).get().zoom);
    let thickness = move || thickness(&series, &facts.get(), plane);
    let lines = |lines: Vec<String>, class: &'static str| {
        let lines = lines.into_iter().filter(|line| !line.is_empty());
        lines.map(|line| view! { <span class=class>{line}</span> }).collect_view()
    };
    view! {
        <Show when=is_first>
            <div class="corner north-west" data-testid="corner-patient">{move || lines(person().to_vec(), "patient")}</div>
            <div class="corner north-east" data-testid="corner-study">{move || lines(study().to_vec(), "patient")}</div>
        </Show>
        <Show when=move || !matches!(pane, Pane::Beside(_))>
            <div class="corner south-west" data-testid="corner-position">
                {move || lines(position().into_iter().chain(thickness()).collect(), "")}
            </div>
        </Show>
        <div class="corner south-east" data-testid="corner-view">{move || lines(vec![window(), zoom()], "")}</div>
    }
}

/// Where the middle of a plane is along the axis of the patient that it is crossed by, with the letter of the direction.
pub(crate) fn position(grid: &Grid, plane: Plane, index: usize) -> Option<String> {
    let middle = grid.shape(plane).map(|length| (length as f64 - 1.0) / 2.0);
    let place_mm = grid.geometry?.position_mm(grid.voxel(plane, index, middle));
    let (axis, [towards, away]) = match plane {
        Plane::Axial => (2, ["S", "I"]),
        Plane::Coronal => (1, ["P", "A"]),
        Plane::Sagittal => (0, ["L", "R"]),
    };
    // Not "I 0.0" for a position that is a rounding below zero.
    let mm = (place_mm[axis] * 10.0).round() / 10.0;
    Some(format!("{} {:.1} mm", if mm < 0.0 { away } else { towards }, mm.abs()))
}

/// SliceThickness, where the file says it; else the distance of the slices. Of axial planes only: others are cut.
fn thickness(series: &SeriesView, facts: &CornerFacts, plane: Plane) -> Option<String> {
    let strings = &expect_context::<Shell>().strings().attributes;
    let distance_mm = series.info.with(|info| info.as_ref().and_then(|info| Some(info.spacing_mm?[0])));
    let (template, mm) = match facts.thickness_mm {
        Some(mm) => (strings.thickness, mm),
        None => (strings.distance, distance_mm?),
    };
    let mm = format!("{mm:.2}");
    (plane == Plane::Axial).then(|| interpolate(template, &[("mm", &mm)]))
}
