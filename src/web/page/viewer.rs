//! The part of the page with the pictures: the row of switches, the panes, what lies under the pointer, and the slices.

use leptos::html::Canvas;
use leptos::prelude::*;

use super::pane::{PaneView, context, name};
use super::state::Page;
use super::toolbar::Toolbar;
use super::view::{Pane, ViewLayout};
use crate::app::protocol::Mark;
use crate::core::i18n::interpolate;
use crate::core::mpr::Plane;

#[component]
pub(crate) fn Viewer() -> impl IntoView {
    let page = expect_context::<Page>();
    let words = page.words().viewer;
    let active = move || page.view.active.get();
    let count = move || page.grid().map_or(1, |grid| grid.count(active()));
    let lone = move || page.grid().is_none_or(|grid| grid.dims[0] == 1);
    view! {
        <section class="viewer" data-testid="viewer">
            <Toolbar/>
            <div class="panes" data-layout=move || page.view.layout.get().id()>
                {move || page.view.layout.get().panes().into_iter().map(|pane| view! { <PaneView pane=pane/> }).collect_view()}
            </div>
            <Readout/>
            <div class="slices" class:lone=lone>
                <Strip/>
                <input type="range" class="slider" min="0" max=move || count() - 1 data-testid="slice-slider" aria-label=words.slice
                    title=words.slice_title prop:value=move || page.index(active()).to_string()
                    on:input=move |event| page.move_to(active(), event_target_value(&event).parse().unwrap_or(0))/>
            </div>
        </section>
    }
}

/// Slice, window, and what lies under the pointer; with several planes and no pointer over them, under the crosshair.
#[component]
fn Readout() -> impl IntoView {
    let page = expect_context::<Page>();
    let words = page.words().viewer;
    let active = move || page.view.active.get();
    let slice =
        move || format!("{} / {}", page.index(active()) + 1, page.grid().map_or(1, |grid| grid.count(active())));
    let kind = move || if active() == Plane::Axial { words.slice } else { name(page, Pane::Of(active())) };
    let window = move || {
        let w = page.window.get();
        format!("W {:.0}  L {:.0}", w.width_hu, w.level_hu)
    };
    let value = move || {
        let grid = page.grid()?;
        let crosshair =
            || (page.view.layout.get() == ViewLayout::Three).then(|| grid.pixel(Plane::Axial, page.crosshair()));
        let (plane, pixel) = page.view.pointer.get().or_else(|| crosshair().map(|pixel| (Plane::Axial, pixel)))?;
        let [rows, columns] = grid.shape(plane);
        let pixel = pixel.map(f64::round);
        let inside = (0.0..rows as f64).contains(&pixel[0]) && (0.0..columns as f64).contains(&pixel[1]);
        let picture = page.picture_of(Pane::Of(plane)).filter(|_| inside)?;
        let hu = *picture.hu.get(pixel[0] as usize * columns + pixel[1] as usize)?;
        let calibrated = page.study.with(|s| s.as_ref().is_some_and(|s| s.calibrated));
        let value = if calibrated { format!("{hu} HU") } else { words.no_hu.into() };
        let Some(geometry) = grid.geometry else { return Some(value) };
        // LPS, as in DICOM: to the patient's left, to posterior, to superior.
        let [l, p, s] = geometry.position_mm(grid.voxel(plane, picture.slice, pixel));
        Some(format!("{value}  ·  L {l:.1}  P {p:.1}  S {s:.1} mm"))
    };
    view! {
        <div class="readout">
            <span>{kind}" "<output data-testid="slice-index">{slice}</output></span>
            <span data-testid="window">{window}</span>
            <span class="value" data-testid="value" title=words.value_title>{move || value().unwrap_or_default()}</span>
        </div>
    }
}

/// Where the mask is, and which slices are done.
#[component]
fn Strip() -> impl IntoView {
    let page = expect_context::<Page>();
    let canvas = NodeRef::<Canvas>::new();
    const HEIGHT: u32 = 16;
    Effect::new(move |_| {
        let (Some(canvas), pixels, marks) = (canvas.get(), page.pixels.get(), page.marks.get()) else { return };
        canvas.set_width(pixels.len() as u32);
        canvas.set_height(HEIGHT);
        let most = pixels.iter().flatten().copied().max().unwrap_or(0).max(1) as f64;
        let context = context(&canvas);
        for (z, count) in pixels.iter().enumerate() {
            let (colour, height) = match count {
                None => ("#24272b", 2.0),
                Some(0) => ("#565c64", 2.0),
                Some(count) => ("#e69f00", 2.0 + f64::from(HEIGHT - 2) * *count as f64 / most),
            };
            context.set_fill_style_str(colour);
            context.fill_rect(z as f64, f64::from(HEIGHT) - height, 1.0, height);
            // What a person has made of it, along the top.
            let mark = match marks.get(z) {
                Some(Mark::Accepted) => "#56b4e9",
                Some(Mark::Corrected) => "#9aa3ad",
                _ => continue,
            };
            context.set_fill_style_str(mark);
            context.fill_rect(z as f64, 0.0, 1.0, 3.0);
        }
    });
    // It counts axial slices; beside another plane's slider it would say something else.
    view! { <canvas node_ref=canvas class="strip" class:other=move || page.view.active.get() != Plane::Axial aria-hidden="true"/> }
}

/// The result in a sentence, and what is going on: for whoever hears the page. Single slices are not announced.
#[component]
pub(crate) fn Announcement() -> impl IntoView {
    let page = expect_context::<Page>();
    let words = page.words().viewer;
    let says = Memo::new(move |_| {
        let (done, all) = page.progress();
        if page.study.with(Option::is_none) {
            String::new()
        } else if done < all {
            words.segmenting.to_owned()
        } else {
            let filled = |slice: &(usize, &Option<usize>)| slice.1.is_some_and(|pixels| pixels > 0);
            let [first, last] = page.pixels.with(|pixels| {
                let mut filled = pixels.iter().enumerate().filter(filled).map(|(z, _)| z + 1);
                let first = filled.next();
                [first, filled.next_back().or(first)]
            });
            match (first, last, super::result::size(page)) {
                (Some(first), Some(last), Some((size, _))) => {
                    interpolate(words.summary, &[("size", &size), ("first", &first), ("last", &last)])
                }
                _ => words.nothing.to_owned(),
            }
        }
    });
    view! { <p class="unseen" role="status" aria-live="polite" data-testid="summary">{says}</p> }
}
