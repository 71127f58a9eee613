//! The line below the pictures: slice, window, cine, and the value under the pointer.

use leptos::prelude::*;

use super::cine::CineControls;
use super::labels::pane_name;
use crate::core::mpr::Plane;
use crate::web::page::state::beside::Beside;
use crate::web::page::state::display::Display;
use crate::web::page::state::pictures::Pictures;
use crate::web::page::state::series::SeriesView;
use crate::web::page::state::shell::Shell;
use crate::web::page::state::view::{Pane, PlanePoint, ViewLayout, ViewState};

/// Slice, window, and the value under the pointer. While the pointer is elsewhere and three planes are shown, the value
/// is that at the crosshair.
#[component]
pub(crate) fn Readout() -> impl IntoView {
    let series = expect_context::<SeriesView>();
    let pictures = expect_context::<Pictures>();
    let beside = expect_context::<Beside>();
    let display = expect_context::<Display>();
    let state = expect_context::<ViewState>();
    let strings = expect_context::<Shell>().strings().viewer;
    let active = move || state.active.get();
    let slice =
        move || format!("{} / {}", series.index(active()) + 1, series.grid().map_or(1, |grid| grid.count(active())));
    let plane_name = move || match active() {
        Plane::Axial => strings.slice,
        plane => pane_name(&strings, &state, Pane::Current(plane)),
    };
    let letters = &expect_context::<Shell>().strings().series;
    let window = move || letters.window_text(display.window.get());
    let value = move || {
        let grid = series.grid()?;
        let at_crosshair = || {
            let pixel = grid.pixel(Plane::Axial, series.crosshair());
            (state.layout.get() == ViewLayout::Three).then_some(PlanePoint { pane: Pane::AXIAL, pixel })
        };
        let at = state.pointer.get().or_else(at_crosshair)?;
        let (plane, pixel) = (at.plane(), at.pixel);
        let [rows, columns] = grid.shape(plane);
        let pixel = pixel.map(f64::round);
        let is_inside = (0.0..rows as f64).contains(&pixel[0]) && (0.0..columns as f64).contains(&pixel[1]);
        let picture = pictures.of_pane(at.pane).filter(|_| is_inside)?;
        let hu = *picture.hu.get(pixel[0] as usize * columns + pixel[1] as usize)?;
        let (is_calibrated, shift_mm) = match at.pane {
            Pane::Beside(_) => (beside.is_calibrated.get(), beside.shift_mm()),
            _ => (series.info.with(|series| series.as_ref().is_some_and(|series| series.calibrated)), 0.0),
        };
        let value = if is_calibrated { format!("{hu} HU") } else { strings.no_hu.into() };
        let Some(geometry) = grid.geometry else { return Some(value) };
        // LPS as in DICOM: towards the patient's left, posterior, superior.
        let [l, p, s] = geometry.position_mm(grid.voxel(plane, picture.index, pixel));
        Some(format!("{value}  ·  L {l:.1}  P {p:.1}  S {:.1} mm", s + shift_mm))
    };
    view! {
        <div class="readout">
            <span>{plane_name}" "<output data-testid=move || series.is_open().then_some("slice-index")>{slice}</output></span>
            <span data-testid="window">{window}</span>
            <Show when=move || series.grid().is_some_and(|grid| grid.dims[0] > 1)><CineControls/></Show>
            <span class="value" data-testid="value" title=strings.value_title>{move || value().unwrap_or_default()}</span>
        </div>
    }
}
