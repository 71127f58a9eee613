//! The list of the measurements that a person has drawn on the open series.

use leptos::prelude::*;

use crate::core::drawn_measurement::DrawnMeasurement;
use crate::core::i18n::interpolate;
use crate::formats::measurement_table::MeasurementRow;
use crate::web::clock::local_time;
use crate::web::page::io::downloads::save_bytes;
use crate::web::page::state::series::SeriesView;
use crate::web::page::state::shell::Shell;
use crate::web::page::state::view::{ViewLayout, ViewState};

/// The measurements, if there are any, and a button that saves them.
#[component]
pub(crate) fn MeasurementList() -> impl IntoView {
    let series = expect_context::<SeriesView>();
    let strings = &expect_context::<Shell>().strings().measuring;
    let rows = Memo::new(move |_| series.measuring.rows());
    let save = move |_| {
        let key = series.info.with_untracked(|info| info.as_ref().map(|info| info.key.clone()));
        if let Some((key, csv)) = key.zip(series.measuring.csv(&local_time())) {
            save_bytes(&format!("islet_{}_measurements.csv", &key[..8]), &csv);
        }
    };
    view! {
        <Show when=move || !rows.with(Vec::is_empty)>
            <h2>{strings.title}</h2>
            <ol class="measured" data-testid="measurements">
                {move || rows.get().into_iter().enumerate().map(|(index, row)| view! { <MeasurementEntry index row/> }).collect_view()}
            </ol>
            <button data-testid="export-measurements" title=strings.save_title on:click=save>{strings.save}</button>
        </Show>
    }
}

/// A line of the list: a click goes to the slice of the measurement.
#[component]
fn MeasurementEntry(
    /// Its index in the list.
    index: usize,
    /// What it measures.
    row: MeasurementRow,
) -> impl IntoView {
    let series = expect_context::<SeriesView>();
    let view = expect_context::<ViewState>();
    let strings = expect_context::<Shell>().strings();
    let (strings, viewer) = (&strings.measuring, &strings.viewer);
    let MeasurementRow { drawn, statistics } = row;
    let grid = series.grid();
    let value = grid.map(|grid| strings.value(&drawn, &grid, statistics.as_ref())).unwrap_or_default();
    let count = grid.map_or(1, |grid| grid.count(drawn.plane));
    let place = interpolate(
        viewer.place,
        &[("plane", &viewer.plane(drawn.plane)), ("index", &(drawn.index + 1)), ("count", &count)],
    );
    let range = statistics.map(|statistics| strings.range(&statistics));
    let details: Vec<String> = [place].into_iter().chain(range).collect();
    let name = format!("{} {}", index + 1, strings.kind(&drawn.shape));
    view! {
        <li>
            <button class="jump" title=strings.jump data-testid="measurement" on:click=move |_| show(series, view, &drawn)>
                <b>{name}</b><span>{value}</span><small>{details.join(" · ")}</small>
            </button>
            <button class="small" title=strings.remove aria-label=strings.remove data-testid="measurement-remove"
                on:click=move |_| series.measuring.remove(index)>{"×"}</button>
        </li>
    }
}

/// Shows the plane of a measurement.
fn show(series: SeriesView, view: ViewState, drawn: &DrawnMeasurement) {
    match view.layout.get_untracked() {
        ViewLayout::Three => {}
        ViewLayout::One(plane) | ViewLayout::Beside(plane) if plane == drawn.plane => {}
        _ => view.show(ViewLayout::One(drawn.plane)),
    }
    view.active.set(drawn.plane);
    series.move_to(drawn.plane, drawn.index as isize);
    let Some(shape) = untrack(|| series.grid()).map(|grid| grid.shape(drawn.plane)) else { return };
    let middle = drawn.shape.middle();
    view.viewport(drawn.plane).update(|viewport| {
        if viewport.zoom > 1.0 {
            viewport.centre = [0, 1].map(|axis| (middle[axis] + 0.5) / shape[axis] as f64);
        }
    });
}
