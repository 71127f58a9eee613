//! The pane with the surfaces of the visible organs.
//!
//! It is drawn only when something in it has changed, and the page does not wait for it. What is drawn is in [`renderer`],
//! what the pointer does in [`gestures`]; keys come from [`keyboard`](crate::web::page::keyboard).

mod canvas;
mod gestures;
mod offscreen;
mod pace;
mod paper;
mod renderer;
mod shaders;

use leptos::html::Canvas;
use leptos::prelude::*;

use self::canvas::{CanvasState, Graphics, draw_on_change};
use self::gestures::SurfaceGestures;
pub(crate) use self::paper::PaperEasel;
use super::labels::direction_name;
use crate::core::i18n::interpolate;
use crate::core::i18n::surface::SurfaceStrings;
use crate::imaging::orbit_camera::StandardView;
use crate::web::page::state::series::SeriesView;
use crate::web::page::state::shell::Shell;
use crate::web::page::state::surfaces::{SurfaceProgress, Surfaces};

/// The organs whose pieces are counted at most; more would cover the surfaces.
const COUNTED_ORGANS: usize = 4;

/// The pane.
#[component]
pub(crate) fn SurfacePane(
    /// True while it is on the screen.
    #[prop(into)]
    is_shown: Signal<bool>,
) -> impl IntoView {
    let surfaces = expect_context::<Surfaces>();
    let strings = expect_context::<Shell>().strings();
    let viewer = strings.viewer;
    let node = NodeRef::<Canvas>::new();
    let state @ CanvasState { graphics, is_current } = CanvasState::new();
    draw_on_change(node, state, is_shown);
    let gestures = SurfaceGestures::new();
    let has_graphics = move || graphics.get() == Graphics::Ready;
    let angle = move |index: usize| {
        let camera = surfaces.camera.get();
        format!("{:.0}", [camera.azimuth_deg, camera.elevation_deg][index])
    };
    let letters = Memo::new(move |_| surfaces.camera.get().letters());
    view! {
        <div class="pane surface" data-pane="surface" hidden=move || !is_shown.get() data-graphics=move || graphics.get().id()
            data-azimuth=move || angle(0) data-elevation=move || angle(1) data-zoom=move || format!("{:.2}", surfaces.camera.get().zoom)
            data-triangles=move || triangles(&surfaces).to_string() data-current=move || is_current.get().to_string()>
            <div class="stage">
                <canvas node_ref=node tabindex="0" role="img" aria-label=strings.surface.spoken hidden=move || !has_graphics()
                    on:pointerdown=move |event| gestures.down(&event) on:pointermove=move |event| gestures.moved(&event)
                    on:pointerup=move |event| gestures.up(&event) on:pointercancel=move |event| gestures.up(&event)
                    on:wheel=move |event| gestures.wheel(&event) on:dblclick=move |_| gestures.double_click()
                    on:contextmenu=|event| event.prevent_default()/>
                <Show when=move || has_graphics() && surfaces.is_fitted.get()>
                    {move || ["west", "east", "north", "south"].into_iter().zip(letters.get()).map(|(side, text)| {
                        let title = text.chars().map(|letter| direction_name(&viewer, letter)).collect::<Vec<_>>().join(", ");
                        view! { <span class=format!("letter {side}") title=title>{text.clone()}</span> }
                    }).collect_view()}
                </Show>
            </div>
            <span class="place">{strings.surface.name}</span>
            <Show when=has_graphics><PieceCounts/><ViewButtons/></Show>
            <Notice graphics/>
        </div>
    }
}

/// The standard views, and everything.
#[component]
fn ViewButtons() -> impl IntoView {
    let surfaces = expect_context::<Surfaces>();
    let strings = expect_context::<Shell>().strings().surface;
    view! {
        <div class="views" role="group" aria-label=strings.views>
            {StandardView::ALL.into_iter().map(|view| {
                let (letter, title) = view_name(&strings, view);
                view! {
                    <button data-testid=format!("view-{letter}") title=title aria-label=title
                        on:click=move |_| surfaces.look_from(view)>{letter}</button>
                }
            }).collect_view()}
            <button class="wide" data-testid="view-all" title=strings.reset_title on:click=move |_| surfaces.fit()>
                {strings.reset}</button>
        </div>
    }
}

/// The letter of a view, and its name for people.
fn view_name(strings: &SurfaceStrings, view: StandardView) -> (&'static str, &'static str) {
    match view {
        StandardView::Anterior => ("A", strings.anterior),
        StandardView::Posterior => ("P", strings.posterior),
        StandardView::Left => ("L", strings.left),
        StandardView::Right => ("R", strings.right),
        StandardView::Superior => ("S", strings.superior),
        StandardView::Inferior => ("I", strings.inferior),
    }
}

/// The organs that are in several pieces.
#[component]
fn PieceCounts() -> impl IntoView {
    let surfaces = expect_context::<Surfaces>();
    let shell = expect_context::<Shell>();
    let strings = shell.strings().surface;
    let lines = move || {
        let shown = surfaces.shown().into_iter().filter(|shown| shown.surface.pieces > 1);
        let line = |(name, pieces): (String, usize)| {
            interpolate(strings.pieces, &[("organ", &shell.organ_title(&name)), ("count", &pieces)])
        };
        shown.take(COUNTED_ORGANS).map(|shown| line((shown.name, shown.surface.pieces))).collect::<Vec<_>>()
    };
    view! {
        <Show when=move || !lines().is_empty()>
            <p class="pieces" data-testid="surface-pieces">
                {move || lines().into_iter().map(|line| view! { <span class="piece">{line}</span> }).collect_view()}
                <span class="piece strays">{strings.strays}</span>
            </p>
        </Show>
    }
}

/// Why there is nothing to see, or not yet.
#[component]
fn Notice(
    /// The state of the graphics.
    graphics: RwSignal<Graphics>,
) -> impl IntoView {
    let surfaces = expect_context::<Surfaces>();
    let series = expect_context::<SeriesView>();
    let strings = expect_context::<Shell>().strings().surface;
    let notice = Memo::new(move |_| match graphics.get() {
        Graphics::Missing => strings.no_webgl.to_owned(),
        Graphics::Lost => strings.lost.to_owned(),
        Graphics::Ready if !series.is_segmented() => strings.waits.to_owned(),
        Graphics::Ready => match surfaces.progress() {
            SurfaceProgress { done, total } if done < total => {
                interpolate(strings.computing, &[("done", &done), ("total", &total)])
            }
            _ if triangles(&surfaces) == 0 => strings.nothing.to_owned(),
            _ => String::new(),
        },
    });
    view! {
        <Show when=move || !notice.get().is_empty()>
            <p class="notice" role="status" data-testid="surface-notice">{notice}</p>
        </Show>
    }
}

/// The triangles that are drawn.
fn triangles(surfaces: &Surfaces) -> usize {
    let parts = surfaces.shown().into_iter().map(|shown| {
        let surface = shown.surface;
        surface.largest.triangles.len() + surface.strays.triangles.len()
    });
    parts.sum()
}
