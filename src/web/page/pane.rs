//! One picture: a plane through its window, with mask and attention, and what a reader expects around it. What the pointer does is in
//! [`pointer`](super::pointer).

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use leptos::html::Canvas;
use leptos::prelude::*;
use wasm_bindgen::{Clamped, JsCast};
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, ImageData};

use super::explain::{map_over, with_changes};
use super::pointer::Gestures;
use super::state::{Page, Picture};
use super::tools::BrushCircle;
use super::view::{Pane, Ruler, ViewLayout};
use crate::core::i18n::interpolate;
use crate::core::mpr::Plane;
use crate::core::window::Window;
use crate::imaging::overlay::{Layers, WindowLut, paint_into};

/// A picture and what is around it.
#[component]
pub(crate) fn PaneView(
    /// Which one.
    pane: Pane,
) -> impl IntoView {
    let page = expect_context::<Page>();
    let words = page.words().viewer;
    let plane = pane.plane();
    let canvas = NodeRef::<Canvas>::new();
    paint_as_things_change(page, pane, canvas);
    if pane != Pane::Of(Plane::Axial) {
        Effect::new(move |_| {
            page.index(plane);
            page.view.masks.track();
            page.study.track();
            page.ask(pane);
        });
    }
    let proportions = move || {
        page.grid().map_or(1.0, |grid| {
            let [height, width] = grid.size_mm(plane);
            width / height
        })
    };
    let sight = page.view.sight(plane);
    let place = move || {
        let (index, count) = (page.index(plane) + 1, page.grid().map_or(1, |grid| grid.count(plane)));
        interpolate(words.place, &[("plane", &name(page, pane)), ("index", &index), ("count", &count)])
    };
    let gestures = Gestures::new(page, pane);
    let many = move || page.view.layout.get() != ViewLayout::AXIAL;
    let letters = move || page.grid().and_then(|grid| grid.letters(plane));
    view! {
        <div class="pane" data-pane=pane.id() class:active=move || many() && page.view.active.get() == plane>
            <div class="stage" style:--proportions=move || proportions().to_string() style:--zoom=move || sight.get().zoom.to_string()>
                <div class="frame" style:--x=move || (-100.0 * sight.get().centre[1]).to_string() style:--y=move || (-100.0 * sight.get().centre[0]).to_string()>
                    <canvas node_ref=canvas tabindex="0" role="img" aria-label=place class:ruling=move || page.view.ruling.get()
                        on:pointerdown=move |event| gestures.down(&event) on:pointermove=move |event| gestures.moved(&event)
                        on:pointerup=move |event| gestures.up(&event) on:pointercancel=move |event| gestures.up(&event)
                        on:pointerleave=move |_| page.view.pointer.set(None) on:wheel=move |event| gestures.wheel(&event)
                        on:dblclick=move |_| gestures.double() on:focus=move |_| page.view.active.set(plane)
                        on:contextmenu=|event| event.prevent_default()/>
                    <Show when=move || pane == Pane::Of(Plane::Axial)><BrushCircle/></Show>
                    <Show when=move || !matches!(page.view.layout.get(), ViewLayout::One(Plane::Axial) | ViewLayout::Pair)>
                        <Crosshair plane=plane/>
                    </Show>
                    <Rulers plane=plane/>
                </div>
                {move || letters().map(|letters| ["west", "east", "north", "south"].into_iter().zip(letters).map(|(side, letter)| view! {
                    <span class=format!("letter {side}") title=side_name(page, letter)>{letter.to_string()}</span>
                }).collect_view())}
                <ScaleBar plane=plane/>
            </div>
            <Show when=many><span class="place">{place}</span></Show>
        </div>
    }
}

/// A pane's name, for people.
pub(crate) fn name(page: Page, pane: Pane) -> &'static str {
    let words = page.words().viewer;
    match pane {
        Pane::Before => words.before,
        Pane::Of(Plane::Axial) if page.view.layout.get() == ViewLayout::Pair => words.after,
        Pane::Of(Plane::Axial) => words.axial,
        Pane::Of(Plane::Coronal) => words.coronal,
        Pane::Of(Plane::Sagittal) => words.sagittal,
    }
}

/// What a letter at the side of a plane stands for.
fn side_name(page: Page, letter: char) -> &'static str {
    let words = page.words().viewer;
    match letter {
        'R' => words.right,
        'L' => words.left,
        'A' => words.anterior,
        'P' => words.posterior,
        'S' => words.superior,
        _ => words.inferior,
    }
}

/// Where the other planes cut this one, each in the colour of the other.
#[component]
fn Crosshair(
    /// This one.
    plane: Plane,
) -> impl IntoView {
    let page = expect_context::<Page>();
    let others = match plane {
        Plane::Axial => [Plane::Coronal, Plane::Sagittal],
        Plane::Coronal => [Plane::Axial, Plane::Sagittal],
        Plane::Sagittal => [Plane::Axial, Plane::Coronal],
    };
    let at = move |axis: usize| {
        page.grid().map_or(0.0, |grid| {
            100.0 * (grid.pixel(plane, page.crosshair())[axis] + 0.5) / grid.shape(plane)[axis] as f64
        })
    };
    view! {
        <i class="cut across" data-plane=Pane::Of(others[0]).id() style:top=move || format!("{:.3}%", at(0))></i>
        <i class="cut down" data-plane=Pane::Of(others[1]).id() style:left=move || format!("{:.3}%", at(1))></i>
    }
}

/// What was measured on the plane looked at.
#[component]
fn Rulers(
    /// The plane.
    plane: Plane,
) -> impl IntoView {
    let page = expect_context::<Page>();
    let words = page.words().viewer;
    let here = move || {
        let index = page.index(plane);
        let rulers = page.view.rulers.get().into_iter().enumerate();
        rulers.filter(|(_, ruler)| ruler.plane == plane && ruler.index == index).collect::<Vec<_>>()
    };
    let shape = move || page.grid().map_or([1; 2], |grid| grid.shape(plane));
    let share = move |end: [f64; 2]| [0, 1].map(|i| 100.0 * (end[i] + 0.5) / shape()[i] as f64);
    let remove = move |number: usize| {
        page.view.rulers.update(|rulers| {
            rulers.remove(number);
        });
    };
    view! {
        <svg class="rulers" viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">
            {move || here().into_iter().map(|(_, ruler)| {
                let [[y1, x1], [y2, x2]] = ruler.ends.map(share);
                view! { <line x1=x1 y1=y1 x2=x2 y2=y2/> }
            }).collect_view()}
        </svg>
        {move || here().into_iter().map(|(number, ruler)| {
            let [y, x] = share(ruler.ends[1]);
            view! {
                <span class="length" style=format!("left:{x:.3}%;top:{y:.3}%")>
                    <output data-testid="ruler">{length(page, &ruler)}</output>
                    <button title=words.remove_ruler aria-label=words.remove_ruler on:click=move |_| remove(number)>{"×"}</button>
                </span>
            }
        }).collect_view()}
    }
}

/// The length of a ruler with its unit.
fn length(page: Page, ruler: &Ruler) -> String {
    let Some(grid) = page.grid() else { return String::new() };
    let [a, b] = ruler.ends.map(|end| grid.voxel(ruler.plane, ruler.index, end));
    grid.distance_mm(a, b).map_or_else(
        || format!("{:.1} px", (ruler.ends[0][0] - ruler.ends[1][0]).hypot(ruler.ends[0][1] - ruler.ends[1][1])),
        |mm| format!("{mm:.1} mm"),
    )
}

/// A length that is easy to read, and shorter the nearer one looks.
#[component]
fn ScaleBar(
    /// The plane it lies on.
    plane: Plane,
) -> impl IntoView {
    let page = expect_context::<Page>();
    let zoom = page.view.sight(plane);
    let mm = move || {
        let most = 50.0 / zoom.get().zoom.max(1.0);
        [50.0, 20.0, 10.0, 5.0, 2.0].into_iter().find(|mm| *mm <= most).unwrap_or(1.0)
    };
    let share = move || {
        let grid = page.grid().filter(|grid| grid.geometry.is_some())?;
        Some(mm() / grid.size_mm(plane)[1])
    };
    let label = move || if mm() >= 10.0 { format!("{:.0} cm", mm() / 10.0) } else { format!("{:.0} mm", mm()) };
    view! {
        <Show when=move || share().is_some()>
            <span class="scale" data-testid="scale" style:--share=move || share().unwrap_or(0.0).to_string()>{label}</span>
        </Show>
    }
}

/// What one painting needs and the next may use again.
#[derive(Default)]
struct Paint {
    rgba: Vec<u8>,
    greys: Option<(Window, bool, WindowLut)>,
}

/// Paints at most once a frame, however much has changed.
fn paint_as_things_change(page: Page, pane: Pane, canvas: NodeRef<Canvas>) {
    let (due, paint) = (Rc::new(Cell::new(false)), Rc::new(RefCell::new(Paint::default())));
    Effect::new(move |_| {
        let (Some(canvas), Some(picture)) = (canvas.get(), page.picture_of(pane)) else { return };
        page.window.track();
        page.view.inverted.track();
        page.show_mask.track();
        page.peeking.track();
        page.gate.track();
        page.gates.track();
        page.compare.track();
        page.shown.fill.track();
        page.why.kind.track();
        page.why.map.track();
        page.why.opening.track();
        page.why.ablation.track();
        drop(picture);
        if due.replace(true) {
            return;
        }
        let (due, paint) = (due.clone(), paint.clone());
        request_animation_frame(move || {
            due.set(false);
            untrack(|| {
                if let Some(picture) = page.picture_of(pane) {
                    put(page, pane, &canvas, &picture, &mut paint.borrow_mut());
                }
            });
        });
    });
}

fn put(page: Page, pane: Pane, canvas: &HtmlCanvasElement, picture: &Picture, paint: &mut Paint) {
    let Some([height, width]) = page.grid().map(|grid| grid.shape(pane.plane())) else { return };
    if picture.hu.len() != height * width {
        return;
    }
    let (window, inverted) = (page.window.get(), page.view.inverted.get());
    if !paint.greys.as_ref().is_some_and(|(w, i, _)| (*w, *i) == (window, inverted)) {
        paint.greys = Some((window, inverted, WindowLut::new(window, inverted)));
    }
    let Some((.., greys)) = &paint.greys else { return };
    // Maps are of axial slices.
    let axial = pane == Pane::Of(Plane::Axial);
    let map = axial.then(|| map_over(page, picture.slice)).flatten();
    let mask = picture.mask.as_deref().filter(|_| page.show_mask.get() && !page.peeking.get());
    let truth = picture.truth.as_deref().filter(|_| mask.is_some() && page.compare.get());
    paint_into(
        &mut paint.rgba,
        &picture.hu,
        width,
        greys,
        &Layers { map: map.as_deref(), mask, truth, fill: page.shown.fill.get() },
    );
    if axial {
        paint.rgba = with_changes(page, std::mem::take(&mut paint.rgba), width, picture.slice);
    }
    if (canvas.width(), canvas.height()) != (width as u32, height as u32) {
        canvas.set_width(width as u32);
        canvas.set_height(height as u32);
    }
    let image = ImageData::new_with_u8_clamped_array_and_sh(Clamped(&paint.rgba), width as u32, height as u32);
    context(canvas).put_image_data(&image.expect("four bytes a pixel"), 0.0, 0.0).expect("an image of ours");
}

/// A canvas to draw on.
pub(crate) fn context(canvas: &HtmlCanvasElement) -> CanvasRenderingContext2d {
    canvas.get_context("2d").expect("asked for once").expect("every browser has it").unchecked_into()
}
