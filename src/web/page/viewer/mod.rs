//! The viewer: the toolbar, the panes with planes and surfaces, the value under the pointer, and the slider through the slices.

pub(crate) mod annotations;
mod beside;
mod cine;
mod labels;
mod measurements;
mod overlays;
pub(crate) mod paint;
mod pane;
mod pointer;
mod pointer_geometry;
mod readout;
mod strip;
pub(crate) mod surface;
mod toolbar;
mod two_fingers;

use std::time::Duration;

use leptos::prelude::*;

use self::pane::PaneView;
use self::readout::Readout;
use self::strip::Strip;
use self::surface::SurfacePane;
use self::toolbar::Toolbar;
use super::state::series::SeriesView;
use super::state::shell::Shell;
use super::state::view::ViewState;

/// The parts of the viewer that are made one after the other.
const PARTS: usize = 3;

/// The part of the page with the pictures. It takes its time, so its parts are made in tasks of their own, and are shown
/// together.
#[component]
pub(crate) fn Viewer() -> impl IntoView {
    let series = expect_context::<SeriesView>();
    let state = expect_context::<ViewState>();
    let strings = expect_context::<Shell>().strings().viewer;
    let active = move || state.active.get();
    let count = move || series.grid().map_or(1, |grid| grid.count(active()));
    // The pane keeps its graphics while it is not on the screen.
    let shows_surface = Signal::derive(move || state.layout.get().shows_surface());
    let has_shown_surface = Memo::new(move |before: Option<&bool>| before == Some(&true) || shows_surface.get());
    let made = RwSignal::new(0);
    make_next(made);
    let is_single = move || series.grid().is_none_or(|grid| grid.dims[0] == 1);
    view! {
        <section class="viewer" data-testid="viewer" class:unmade=move || { made.get() < PARTS }>
            <Show when=move || { made.get() >= 3 }><Toolbar/></Show>
            <div class="panes" data-layout=move || state.layout.get().id()>
                <Show when=move || { made.get() >= 2 }>
                    {move || state.layout.get().panes().into_iter().map(|pane| view! { <PaneView pane=pane/> }).collect_view()}
                </Show>
                <Show when=move || has_shown_surface.get()><SurfacePane is_shown=shows_surface/></Show>
            </div>
            <Show when=move || { made.get() >= 1 }>
                <Readout/>
                <div class="slices" class:lone=is_single>
                    <Strip/>
                    <input type="range" class="slider" min="0" max=move || count() - 1 data-testid="slice-slider" aria-label=strings.slice
                        title=strings.slice_title prop:value=move || series.index(active()).to_string()
                        on:input=move |event| series.move_to(active(), event_target_value(&event).parse().unwrap_or(0))/>
                </div>
            </Show>
        </section>
    }
}

/// Has the next part made in another task, and those after it.
fn make_next(made: RwSignal<usize>) {
    let next = move || {
        // The viewer may be gone.
        let parts = made.try_update(|parts| {
            *parts += 1;
            *parts
        });
        if parts.is_some_and(|parts| parts < PARTS) {
            make_next(made);
        }
    };
    set_timeout(next, Duration::ZERO);
}
