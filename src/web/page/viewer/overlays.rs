//! The overlays of a picture: crosshair, scale bar, and the brush under the pointer.

use leptos::prelude::*;

use crate::core::mpr::Plane;
use crate::web::page::state::series::SeriesView;
use crate::web::page::state::tools::{Tool, Tools};
use crate::web::page::state::view::{Pane, ViewState};

/// The lines along which the other planes intersect this one, each in the colour of the other plane.
#[component]
pub(crate) fn Crosshair(
    /// The plane it lies on.
    plane: Plane,
) -> impl IntoView {
    let series = expect_context::<SeriesView>();
    let others = match plane {
        Plane::Axial => [Plane::Coronal, Plane::Sagittal],
        Plane::Coronal => [Plane::Axial, Plane::Sagittal],
        Plane::Sagittal => [Plane::Axial, Plane::Coronal],
    };
    let percent = move |axis: usize| {
        let position = series.grid().map_or(0.0, |grid| {
            100.0 * (grid.pixel(plane, series.crosshair())[axis] + 0.5) / grid.shape(plane)[axis] as f64
        });
        format!("{position:.3}%")
    };
    view! {
        <i class="cut across" data-plane=Pane::Current(others[0]).id() style:top=move || percent(0)></i>
        <i class="cut down" data-plane=Pane::Current(others[1]).id() style:left=move || percent(1)></i>
    }
}

/// A scale bar of a round length, which is shorter at a higher zoom.
#[component]
pub(crate) fn ScaleBar(
    /// The plane it lies on.
    plane: Plane,
) -> impl IntoView {
    let series = expect_context::<SeriesView>();
    let viewport = expect_context::<ViewState>().viewport(plane);
    let length_mm = move || {
        let longest = 50.0 / viewport.get().zoom.max(1.0);
        [50.0, 20.0, 10.0, 5.0, 2.0].into_iter().find(|mm| *mm <= longest).unwrap_or(1.0)
    };
    let share = move || {
        let grid = series.grid().filter(|grid| grid.geometry.is_some())?;
        Some(length_mm() / grid.size_mm(plane)[1])
    };
    let label = move || match length_mm() {
        mm if mm >= 10.0 => format!("{:.0} cm", mm / 10.0),
        mm => format!("{mm:.0} mm"),
    };
    view! {
        <Show when=move || share().is_some()>
            <span class="scale" data-testid="scale" style:--share=move || share().unwrap_or(0.0).to_string()>{label}</span>
        </Show>
    }
}

/// The brush as a circle under the pointer.
#[component]
pub(crate) fn BrushCircle(
    /// The plane it lies on.
    plane: Plane,
) -> impl IntoView {
    let series = expect_context::<SeriesView>();
    let state = expect_context::<ViewState>();
    let tools = expect_context::<Tools>();
    let paints = move || tools.tool.get().is_some_and(Tool::paints);
    // In percent of the picture, which is as large as the plane.
    let style = move || {
        let grid = series.grid()?;
        let [y, x] = state.pointer.get().filter(|point| point.pane == Pane::Current(plane))?.pixel;
        let [rows, columns] = grid.shape(plane).map(|length| length as f64);
        let radius = f64::from(tools.radius_px.get()).max(0.5);
        let radius_rows = radius / grid.pixel_aspect(plane);
        Some(format!(
            "left:{:.3}%;top:{:.3}%;width:{:.3}%;height:{:.3}%",
            100.0 * (x + 0.5 - radius) / columns,
            100.0 * (y + 0.5 - radius_rows) / rows,
            200.0 * radius / columns,
            200.0 * radius_rows / rows
        ))
    };
    view! {
        <Show when=move || paints() && style().is_some()>
            <i class="brush" class:erases=move || tools.tool.get() == Some(Tool::Eraser) style=move || style().unwrap_or_default()></i>
        </Show>
    }
}
