//! The measurements on a picture: their lines, and a label with the value of each.

use leptos::prelude::*;

use crate::core::drawn_measurement::DrawnShape;
use crate::core::mpr::Plane;
use crate::web::page::state::measuring::ShownMeasurement;
use crate::web::page::state::series::SeriesView;
use crate::web::page::state::shell::Shell;

/// Labels of points further right than this, in percent of the picture, are on their left.
const RIGHT_PERCENT: f64 = 60.0;

/// The measurements on the plane in view.
#[component]
pub(crate) fn Measurements(
    /// The plane they lie on.
    plane: Plane,
) -> impl IntoView {
    let series = expect_context::<SeriesView>();
    let shown = Memo::new(move |_| series.measuring.on_plane(plane, series.index(plane)));
    let shape = move || series.grid().map_or([1; 2], |grid| grid.shape(plane));
    let percent = move |point: [f64; 2]| {
        let shape = shape();
        [0, 1].map(|axis| 100.0 * (point[axis] + 0.5) / shape[axis] as f64)
    };
    let label = move |shown: ShownMeasurement| {
        let [y, x] = percent(shown.row.drawn.shape.points().last().copied().unwrap_or_default());
        let style = format!("left:{x:.3}%;top:{y:.3}%");
        let is_left = x > RIGHT_PERCENT;
        view! { <Label shown style is_left/> }
    };
    view! {
        <svg class="rulers" viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">
            {move || shown.get().into_iter().map(|shown| lines(&shown.row.drawn.shape, percent)).collect_view()}
        </svg>
        {move || shown.get().into_iter().map(label).collect_view()}
    }
}

/// The lines of a shape, whose points are `[y, x]` in percent of the picture.
fn lines(shape: &DrawnShape, percent: impl Fn([f64; 2]) -> [f64; 2]) -> AnyView {
    let line = |from: [f64; 2], to: [f64; 2]| {
        let [[y1, x1], [y2, x2]] = [from, to].map(&percent);
        view! { <line x1=x1 y1=y1 x2=x2 y2=y2/> }
    };
    match *shape {
        DrawnShape::Length { ends: [from, to] } => line(from, to).into_any(),
        DrawnShape::Angle { points: [first, vertex, second] } => {
            [line(first, vertex), line(vertex, second)].collect_view().into_any()
        }
        DrawnShape::Ellipse { corners } => {
            let [[top, left], [bottom, right]] = corners.map(percent);
            let [cx, cy] = [(left + right) / 2.0, (top + bottom) / 2.0];
            let [rx, ry] = [(left - right).abs() / 2.0, (top - bottom).abs() / 2.0];
            view! { <ellipse cx=cx cy=cy rx=rx ry=ry/> }.into_any()
        }
    }
}

/// The value of a measurement, with its number in the list and a button that removes it.
#[component]
fn Label(
    /// The measurement.
    shown: ShownMeasurement,
    /// Where it is.
    style: String,
    /// True if it is on the left of its point.
    is_left: bool,
) -> impl IntoView {
    let series = expect_context::<SeriesView>();
    let strings = &expect_context::<Shell>().strings().measuring;
    let ShownMeasurement { index, row } = shown;
    let value = series.grid().map(|grid| strings.value(&row.drawn, &grid, row.statistics.as_ref())).unwrap_or_default();
    let hook = match row.drawn.shape {
        DrawnShape::Length { .. } => "ruler",
        DrawnShape::Angle { .. } => "angle",
        DrawnShape::Ellipse { .. } => "ellipse",
    };
    view! {
        <span class="length" class:leftward=is_left style=style>
            {index.map(|index| view! { <b class="number">{index + 1}</b> })}
            <output data-testid=hook>{value}</output>
            {index.map(|index| view! {
                <button title=strings.remove aria-label=strings.remove on:click=move |_| series.measuring.remove(index)>{"×"}</button>
            })}
        </span>
    }
}
