//! One picture with everything around it. How it is painted is in [`paint`](super::paint), what the pointer does in
//! [`pointer`](super::pointer).

use leptos::html::Canvas;
use leptos::prelude::*;

use super::annotations::Annotations;
use super::beside::BesideBar;
use super::labels::{direction_name, pane_name};
use super::measurements::Measurements;
use super::overlays::{BrushCircle, Crosshair, ScaleBar};
use super::paint::paint_on_change;
use super::pointer::Gestures;
use crate::core::i18n::interpolate;
use crate::core::mpr::Plane;
use crate::web::page::state::beside::Beside;
use crate::web::page::state::pictures::Pictures;
use crate::web::page::state::series::SeriesView;
use crate::web::page::state::shell::Shell;
use crate::web::page::state::view::{Pane, ViewLayout, ViewState};

/// One picture with its overlays.
#[component]
pub(crate) fn PaneView(
    /// The picture.
    pane: Pane,
) -> impl IntoView {
    let series = expect_context::<SeriesView>();
    let state = expect_context::<ViewState>();
    let pictures = expect_context::<Pictures>();
    let strings = expect_context::<Shell>().strings().viewer;
    let plane = pane.plane();
    let canvas = NodeRef::<Canvas>::new();
    paint_on_change(pane, canvas);
    request_on_change(pane);
    let size_mm = move || series.grid().map_or([1.0; 2], |grid| grid.size_mm(plane));
    let aspect = move || size_mm()[1] / size_mm()[0];
    let viewport = state.viewport(plane);
    let position = move || {
        let (index, count) = (series.index(plane) + 1, series.grid().map_or(1, |grid| grid.count(plane)));
        let name = pane_name(&strings, &state, pane);
        interpolate(strings.place, &[("plane", &name), ("index", &index), ("count", &count)])
    };
    let slab_strings = expect_context::<Shell>().strings().slab;
    let slab = move || {
        let (picture, grid) = (pictures.of_pane(pane)?, series.grid()?);
        let slab = picture.slab?;
        Some(slab_strings.slab(&slab, slab.covered_mm(&grid, plane, picture.index)?))
    };
    let gestures = Gestures::new(pane);
    let is_one_of_several = move || state.layout.get() != ViewLayout::AXIAL;
    let has_crosshair = move || !matches!(state.layout.get(), ViewLayout::One(Plane::Axial) | ViewLayout::Pair);
    let letters = move || series.grid().and_then(|grid| grid.letters(plane));
    view! {
        <div class="pane" data-pane=pane.id() class:active=move || is_one_of_several() && state.active.get() == plane>
            <div class="stage" style:--proportions=move || aspect().to_string() style:--zoom=move || viewport.get().zoom.to_string()>
                <div class="frame" style:--x=move || (-100.0 * viewport.get().centre[1]).to_string() style:--y=move || (-100.0 * viewport.get().centre[0]).to_string()>
                    <canvas node_ref=canvas tabindex="0" role="img" aria-label=position class:ruling=move || series.measuring.tool.get().is_some()
                        on:pointerdown=move |event| gestures.down(&event) on:pointermove=move |event| gestures.moved(&event)
                        on:pointerup=move |event| gestures.up(&event) on:pointercancel=move |event| gestures.up(&event)
                        on:pointerleave=move |_| state.pointer.set(None) on:wheel=move |event| gestures.wheel(&event)
                        on:dblclick=move |_| gestures.double_click() on:focus=move |_| state.active.set(plane)
                        on:contextmenu=|event| event.prevent_default()/>
                    <Show when=move || matches!(pane, Pane::Current(_))><BrushCircle plane=plane/></Show>
                    <Show when=has_crosshair><Crosshair plane=plane/></Show>
                    <Show when=move || !matches!(pane, Pane::Beside(_))><Measurements plane=plane/></Show>
                </div>
                {move || letters().map(|letters| ["west", "east", "north", "south"].into_iter().zip(letters).map(|(side, letter)| view! {
                    <span class=format!("letter {side}") title=direction_name(&strings, letter)>{letter.to_string()}</span>
                }).collect_view())}
                <ScaleBar plane=plane/>
                <Annotations pane=pane/>
            </div>
            <Show when=move || matches!(pane, Pane::Beside(_))><BesideBar/></Show>
            <Show when=is_one_of_several><span class="place">{position}</span></Show>
            {move || slab().map(|slab| view! { <span class="slab-name" data-testid="slab-name">{slab}</span> })}
        </div>
    }
}

/// Requests the pane's picture whenever the crosshair, the mask or the series changes. The axial picture is requested
/// whether it is on the screen or not.
fn request_on_change(pane: Pane) {
    let series = expect_context::<SeriesView>();
    let pictures = expect_context::<Pictures>();
    let beside = expect_context::<Beside>();
    if pane != Pane::AXIAL {
        Effect::new(move |_| {
            series.index(pane.plane());
            series.mask_changes.track();
            series.info.track();
            if matches!(pane, Pane::Beside(_)) {
                beside.chosen();
            }
            pictures.request(pane);
        });
    }
}
