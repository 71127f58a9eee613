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

use leptos::prelude::*;

use self::pane::PaneView;
use self::readout::Readout;
use self::strip::Strip;
use self::surface::SurfacePane;
use self::toolbar::Toolbar;
use super::state::page_parts::{PagePart, PageParts};
use super::state::series::SeriesView;
use super::state::shell::Shell;
use super::state::view::ViewState;

/// The part of the page with the pictures. It takes its time, so it is made before a series is opened, and hidden until then.
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
    let parts = expect_context::<PageParts>();
    let has = move |part| parts.has(part);
    let is_shown = move || series.is_open() && has(PagePart::Toolbar);
    let is_single = move || series.grid().is_none_or(|grid| grid.dims[0] == 1);
    view! {
        // Scripts tell by the name whether a series is open.
        <section class="viewer" data-testid=move || is_shown().then_some("viewer") class:waiting=move || !is_shown()>
            <Show when=move || has(PagePart::Toolbar)><Toolbar/></Show>
            <div class="panes" data-layout=move || state.layout.get().id()>
                <Show when=move || has(PagePart::Pictures)>
                    {move || state.layout.get().panes().into_iter().map(|pane| view! { <PaneView pane=pane/> }).collect_view()}
                </Show>
                <Show when=move || has_shown_surface.get()><SurfacePane is_shown=shows_surface/></Show>
            </div>
            <Show when=move || has(PagePart::Slider)>
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
