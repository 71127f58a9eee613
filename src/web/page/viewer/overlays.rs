//! The overlays of a picture: crosshair, rulers, scale bar, and the brush under the pointer.

use leptos::prelude::*;

use crate::core::mpr::Plane;
use crate::web::page::state::series::{Ruler, SeriesView};
use crate::web::page::state::shell::Shell;
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

/// The distances measured on the plane in view.
#[component]
pub(crate) fn Rulers(
    /// The plane they lie on.
    plane: Plane,
) -> impl IntoView {
    let series = expect_context::<SeriesView>();
    let strings = expect_context::<Shell>().strings().viewer;
    let visible = move || {
        let index = series.index(plane);
        let rulers = series.rulers.get().into_iter().enumerate();
        rulers.filter(|(_, ruler)| ruler.plane == plane && ruler.index == index).collect::<Vec<_>>()
    };
    let shape = move || series.grid().map_or([1; 2], |grid| grid.shape(plane));
    let percent = move |end: [f64; 2]| [0, 1].map(|i| 100.0 * (end[i] + 0.5) / shape()[i] as f64);
    let remove = move |number: usize| {
        series.rulers.update(|rulers| {
            rulers.remove(number);
        });
    };
    view! {
        <svg class="rulers" viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">
            {move || visible().into_iter().map(|(_, ruler)| {
                let [[y1, x1], [y2, x2]] = ruler.ends.map(percent);
                view! { <line x1=x1 y1=y1 x2=x2 y2=y2/> }
            }).collect_view()}
        </svg>
        {move || visible().into_iter().map(|(number, ruler)| {
            let [y, x] = percent(ruler.ends[1]);
            view! {
                <span class="length" style=format!("left:{x:.3}%;top:{y:.3}%")>
                    <output data-testid="ruler">{length(&series, &ruler)}</output>
                    <button title=strings.remove_ruler aria-label=strings.remove_ruler on:click=move |_| remove(number)>{"×"}</button>
                </span>
            }
        }).collect_view()}
    }
}

/// The length of a ruler with its unit.
fn length(series: &SeriesView, ruler: &Ruler) -> String {
    let Some(grid) = series.grid() else { return String::new() };
    let [from, to] = ruler.ends;
    let [from_voxel, to_voxel] = ruler.ends.map(|end| grid.voxel(ruler.plane, ruler.index, end));
    grid.distance_mm(from_voxel, to_voxel)
        .map_or_else(|| format!("{:.1} px", (from[0] - to[0]).hypot(from[1] - to[1])), |mm| format!("{mm:.1} mm"))
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
        let [y, x] = state.pointer.get().filter(|point| point.plane == plane)?.pixel;
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
