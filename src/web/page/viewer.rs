//! The picture: slice, window, mask and attention, with what a reader expects around it.

use leptos::ev::{PointerEvent, WheelEvent};
use leptos::html::Canvas;
use leptos::prelude::*;
use wasm_bindgen::{Clamped, JsCast};
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, HtmlElement, ImageData};

use super::explain::{map_over, with_changes};
use super::state::Page;
use super::toolbar::Toolbar;
use super::tools::{BrushCircle, use_tool};
use crate::overlay::{Layers, paint};
use crate::protocol::Mark;
use crate::words::fill;

#[component]
pub(crate) fn Viewer() -> impl IntoView {
    let page = expect_context::<Page>();
    let words = &page.words().viewer;
    let canvas = NodeRef::<Canvas>::new();
    paint_as_things_change(page, canvas);

    let study = move || page.study.get();
    let depth = move || study().map_or(1, |s| s.dims[0]);
    // Width over height of the whole slice, in mm where known.
    let proportions = move || {
        study().map_or(1.0, |s| {
            let [y, x] = s.spacing_mm.map_or([1.0, 1.0], |[_, y, x]| [y, x]);
            (s.dims[2] as f64 * x) / (s.dims[1] as f64 * y)
        })
    };
    let wheel = move |event: WheelEvent| {
        event.prevent_default();
        if event.delta_y() != 0.0 {
            page.go_by(event.delta_y().signum() as isize);
        }
    };
    let drag = window_drag(page);
    let hover = move |event: PointerEvent| {
        page.pointer.set(pixel_under(&event, page));
        if !use_tool(page, &event) {
            drag(event);
        }
    };
    let left_of_body = move || study().is_some_and(|s| s.spacing_mm.is_some());
    view! {
        <section class="viewer" data-testid="viewer" on:wheel=wheel>
            <Toolbar/>
            <div class="stage" style:--proportions=move || proportions().to_string()>
                <div class="frame">
                    <canvas node_ref=canvas aria-label=words.picture on:pointerdown=hover on:pointermove=hover
                        on:pointerup=hover on:pointercancel=hover
                        on:pointerleave=move |_| page.pointer.set(None) on:contextmenu=|event| event.prevent_default()/>
                    <BrushCircle/>
                    <Show when=left_of_body>
                        <span class="letter west" title=words.right_title>{words.right}</span>
                        <span class="letter east" title=words.left_title>{words.left}</span>
                        <span class="letter north" title=words.anterior_title>{words.anterior}</span>
                        <span class="letter south" title=words.posterior_title>{words.posterior}</span>
                        <ScaleBar/>
                    </Show>
                </div>
            </div>
            <Readout/>
            <div class="slices" class:lone=move || depth() == 1>
                <Strip/>
                <input type="range" min="0" max=move || depth() - 1 data-testid="slice-slider" aria-label=words.slice title=words.slice_title
                    prop:value=move || page.slice.get().to_string()
                    on:input=move |event| page.go_to(event_target_value(&event).parse().unwrap_or(0))/>
            </div>
        </section>
    }
}

/// Fifty millimetres.
#[component]
fn ScaleBar() -> impl IntoView {
    let page = expect_context::<Page>();
    let share = move || {
        page.study.with(|study| {
            let s = study.as_ref()?;
            Some(100.0 * 50.0 / (s.dims[2] as f64 * s.spacing_mm?[2]))
        })
    };
    view! { <span class="scale" style:width=move || format!("{:.2}%", share().unwrap_or(0.0))>{page.words().viewer.scale}</span> }
}

/// Slice, window, and what lies under the pointer.
#[component]
fn Readout() -> impl IntoView {
    let page = expect_context::<Page>();
    let words = &page.words().viewer;
    let slice = move || format!("{} / {}", page.slice.get() + 1, page.pixels.with(Vec::len));
    let window = move || {
        let w = page.window.get();
        fill(words.window, &[("width", &w.width_hu.round()), ("level", &w.level_hu.round())])
    };
    let value = move || {
        let [_, height, width] = page.study.with(|s| s.as_ref().map(|s| s.dims))?;
        let [y, x] = page.pointer.get()?.map(|c| c.round().max(0.0) as usize);
        if y >= height || x >= width {
            return None;
        }
        let calibrated = page.study.with(|s| s.as_ref().is_some_and(|s| s.calibrated));
        let hu = page.picture.with(|p| p.as_ref().and_then(|p| p.hu.get(y * width + x).copied()))?;
        Some(if calibrated { format!("{hu} HU") } else { words.no_hu.into() })
    };
    view! {
        <div class="readout">
            <span>{words.slice}" "<output data-testid="slice-index">{slice}</output></span>
            <span>{window}</span>
            <span class="value">{move || value().unwrap_or_default()}</span>
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
    view! { <canvas node_ref=canvas class="strip" aria-hidden="true"/> }
}

fn paint_as_things_change(page: Page, canvas: NodeRef<Canvas>) {
    Effect::new(move |_| {
        let (Some(canvas), Some(study)) = (canvas.get(), page.study.get()) else { return };
        let Some(picture) = page.picture.get() else { return };
        let [_, height, width] = study.dims;
        if picture.hu.len() != height * width {
            return;
        }
        let map = map_over(page, picture.slice);
        let mask = picture.mask.as_deref().filter(|_| page.show_mask.get() && !page.peeking.get());
        let truth = picture.truth.as_deref().filter(|_| mask.is_some() && page.compare.get());
        let layers = Layers { map: map.as_deref(), mask, truth, fill: page.shown.fill.get() };
        let rgba = paint(&picture.hu, width, page.window.get(), &layers);
        let rgba = with_changes(page, rgba, width, picture.slice);
        canvas.set_width(width as u32);
        canvas.set_height(height as u32);
        let image = ImageData::new_with_u8_clamped_array_and_sh(Clamped(&rgba), width as u32, height as u32);
        context(&canvas).put_image_data(&image.expect("four bytes a pixel"), 0.0, 0.0).expect("an image of ours");
    });
}

/// What draws on a canvas.
pub(crate) fn context(canvas: &HtmlCanvasElement) -> CanvasRenderingContext2d {
    canvas.get_context("2d").expect("asked for once").expect("every browser has it").unchecked_into()
}

/// Left drag, or right drag with a tool in hand: across changes the width, up and down the level.
fn window_drag(page: Page) -> impl Fn(PointerEvent) + Copy {
    move |event: PointerEvent| {
        let button = if page.tools.tool.get_untracked().is_some() { 2 } else { 1 };
        if event.buttons() & button == 0 || event.type_() != "pointermove" {
            return;
        }
        page.window.update(|w| {
            w.width_hu = (w.width_hu + 2.0 * event.movement_x() as f32).clamp(1.0, 4000.0);
            w.level_hu = (w.level_hu + event.movement_y() as f32).clamp(-1000.0, 3000.0);
        });
    }
}

/// Where the pointer is on the slice, `[y, x]` in pixels; a captured pointer may be outside.
fn pixel_under(event: &PointerEvent, page: Page) -> Option<[f32; 2]> {
    let target: HtmlElement = event.target()?.dyn_into().ok()?;
    let [_, height, width] = page.study.with_untracked(|s| s.as_ref().map(|s| s.dims))?;
    let at = |offset: i32, extent: i32, pixels: usize| offset as f32 / extent.max(1) as f32 * pixels as f32 - 0.5;
    Some([at(event.offset_y(), target.client_height(), height), at(event.offset_x(), target.client_width(), width)])
}
