//! Requests to the session that follow the state of the page.

use leptos::prelude::*;

use super::opened_thing::{OpenedThing, ShippedModel};
use super::session_client::SessionClient;
use crate::app::protocol::{MapKind, Request};
use crate::core::slab::Slab;
use crate::web::page::state::display::Display;
use crate::web::page::state::pictures::Pictures;
use crate::web::page::state::series::SeriesView;
use crate::web::page::state::shell::Shell;
use crate::web::page::state::view::{Pane, ViewState};

/// Opens a synthetic series: another one each time, in the same order for everyone. `model` is put into use first;
/// without it the one in use stays.
pub(crate) fn open_sample(session: SessionClient, shell: Shell, series: SeriesView, model: Option<ShippedModel>) {
    shell.begin_reading(1);
    if let Some(model) = model {
        session.open(OpenedThing::ShippedModel(model));
    }
    session.open(OpenedThing::Sample { seed: next_seed(&series) });
}

/// Requests whatever is to be shown, now and whenever that changes.
pub(crate) fn request_what_is_shown(
    session: SessionClient,
    series: SeriesView,
    view: ViewState,
    display: Display,
    pictures: Pictures,
    shell: Shell,
) {
    request_slices(session, series, display, pictures);
    request_slabs(session, series, view, pictures);
    request_maps(session, series, display, shell);
}

/// Requests the picture of the current slice, and its attention while that is shown.
fn request_slices(session: SessionClient, series: SeriesView, display: Display, pictures: Pictures) {
    Effect::new(move |_| {
        series.slice.track();
        series.info.track();
        // An opened series brings its first picture.
        if !pictures.is_current(Pane::AXIAL) {
            pictures.request(Pane::AXIAL);
        }
    });
    Effect::new(move |_| {
        let slice = series.slice.get();
        if display.gate.with(Option::is_some) && series.is_open() && !series.has_gates_of_slice() {
            session.send(&Request::Explain { slice });
        }
    });
}

/// Requests pictures of slabs whenever another slab is chosen, and for a series that has been opened.
fn request_slabs(session: SessionClient, series: SeriesView, view: ViewState, pictures: Pictures) {
    Effect::new(move |before: Option<Option<Slab>>| {
        let slab = view.slab();
        series.info.track();
        // A session that was started anew knows nothing of it.
        let is_new = before.flatten() != slab;
        if untrack(|| series.is_open()) && (is_new || slab.is_some()) {
            session.send(&Request::ShowSlab { slab });
            if is_new {
                let panes = view.layout.get_untracked().panes();
                panes.into_iter().filter(|pane| *pane != Pane::AXIAL).for_each(|pane| pictures.request(pane));
            }
            pictures.request(Pane::AXIAL);
        }
        slab
    });
}

/// Requests the maps of the current slice, and the effect of a gate, while they are shown.
fn request_maps(session: SessionClient, series: SeriesView, display: Display, shell: Shell) {
    Effect::new(move |before: Option<Option<MapKind>>| {
        let (slice, kind) = (series.slice.get(), display.map_kind.get());
        // The session sends a map again whenever it changes, until `None` is requested.
        if series.is_open() && (kind.is_some() || before.flatten().is_some()) {
            session.send(&Request::Map { slice, kind });
        }
        kind
    });
    Effect::new(move |before: Option<Option<usize>>| {
        let (slice, before) = (series.slice.get(), before.flatten());
        series.mask_settings.with(|settings| settings.threshold);
        let is_ready = series.is_open() && shell.model.with(Option::is_some);
        let gate = display.gate.get().filter(|_| is_ready && display.ablating.get());
        if shell.is_volume_model() && before.is_some() && gate != before {
            // A model of whole volumes runs over the whole series for a gate, so another one is asked for anew.
            display.ablating.set(false);
            session.send(&Request::CloseGate);
            return None;
        }
        if let Some(gate) = gate {
            session.send(&Request::Ablate { slice, gate });
        }
        gate
    });
}

/// The seed of the next sample: one more than that of the open one.
fn next_seed(series: &SeriesView) -> u64 {
    /// Samples are counted from a seed that training never used.
    const FIRST_SAMPLE: u64 = 5000;
    let shown = series.info.with_untracked(|info| info.as_ref().and_then(|series| series.sample_seed));
    shown.map_or(FIRST_SAMPLE, |seed| seed + 1)
}
