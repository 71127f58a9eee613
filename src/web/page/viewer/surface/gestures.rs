//! The gestures of mouse, wheel and fingers on surfaces.
//!
//! Dragging turns, with the middle button or Shift it pans, with the right button it zooms, as the wheel does. A click moves
//! the crosshair. One finger turns, two fingers pinch and pan.

use leptos::ev::{PointerEvent, WheelEvent};
use leptos::prelude::*;

use crate::web::page::state::surfaces::Surfaces;
use crate::web::page::state::view::ViewState;
use crate::web::page::viewer::pointer_geometry::{distance, fraction, midpoint, on_screen, size_on_screen, target};

/// A press that moves less than this is a click, in CSS pixels.
const CLICK_PX: f64 = 3.0;
/// Degrees for a drag over the smaller side of the pane.
const TURN_DEG: f64 = 180.0;

/// The effect of a drag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SurfaceDrag {
    Turn,
    Pan,
    Zoom,
}

/// A pointer that is down.
#[derive(Clone, Copy, Debug)]
struct Pressed {
    pointer_id: i32,
    /// Its position on the screen, `[y, x]`.
    position: [f64; 2],
}

#[derive(Clone, Debug, Default)]
struct SurfacePointers {
    drag: Option<SurfaceDrag>,
    /// The point where the drag began, `[y, x]` on the screen; `None` once it cannot be a click any more.
    start: Option<[f64; 2]>,
    pressed: Vec<Pressed>,
}

/// The pointer over the surfaces.
#[derive(Clone, Copy)]
pub(super) struct SurfaceGestures {
    surfaces: Surfaces,
    view: ViewState,
    state: StoredValue<SurfacePointers>,
}

impl SurfaceGestures {
    /// The gestures, from the contexts of the component that calls this.
    pub(super) fn new() -> Self {
        Self { surfaces: expect_context(), view: expect_context(), state: StoredValue::new(SurfacePointers::default()) }
    }

    /// A button is pressed, or a finger touches the pane.
    pub(super) fn down(&self, event: &PointerEvent) {
        // The drag continues while the pointer is outside.
        if let Some(canvas) = target(event) {
            canvas.set_pointer_capture(event.pointer_id()).ok();
        }
        let drag = match event.button() {
            1 => SurfaceDrag::Pan,
            2 => SurfaceDrag::Zoom,
            _ if event.shift_key() => SurfaceDrag::Pan,
            _ => SurfaceDrag::Turn,
        };
        // The middle button does not scroll the page.
        if event.button() == 1 {
            event.prevent_default();
        }
        let position = on_screen(event);
        self.state.update_value(|state| {
            state.pressed.push(Pressed { pointer_id: event.pointer_id(), position });
            let is_click = state.pressed.len() == 1 && event.button() == 0;
            (state.drag, state.start) = (Some(drag), is_click.then_some(position));
        });
    }

    /// The pointer moves.
    pub(super) fn moved(&self, event: &PointerEvent) {
        let position = on_screen(event);
        let before = self.state.with_value(Clone::clone);
        self.state.update_value(|state| {
            if let Some(own) = state.pressed.iter_mut().find(|own| own.pointer_id == event.pointer_id()) {
                own.position = position;
            }
            if state.start.is_some_and(|start| distance(start, position) >= CLICK_PX) {
                state.start = None;
            }
        });
        let Some(own) = before.pressed.iter().find(|own| own.pointer_id == event.pointer_id()) else { return };
        let Some(half_px) = half_side(event) else { return };
        if let [a, b] = before.pressed.as_slice() {
            let other = if a.pointer_id == own.pointer_id { b } else { a };
            self.pinch([own.position, position], other.position, half_px, event);
            return;
        }
        let [down, right] = [0, 1].map(|i| (position[i] - own.position[i]) / half_px);
        self.surfaces.camera.update(|camera| {
            *camera = match before.drag {
                Some(SurfaceDrag::Turn) => camera.turned(TURN_DEG / 2.0 * right, TURN_DEG / 2.0 * down),
                Some(SurfaceDrag::Pan) => camera.panned([right, -down]),
                Some(SurfaceDrag::Zoom) => camera.zoomed((-2.0 * down).exp(), [0.0; 2]),
                None => *camera,
            };
        });
    }

    /// A button or a finger is lifted. A click moves the crosshair to the surface under it.
    pub(super) fn up(&self, event: &PointerEvent) {
        let is_click = self.state.with_value(|state| state.start.is_some()) && event.type_() == "pointerup";
        self.state.update_value(|state| {
            state.pressed.retain(|own| own.pointer_id != event.pointer_id());
            state.start = None;
            // The finger that stays goes on turning.
            state.drag = state.drag.filter(|_| !state.pressed.is_empty());
        });
        let Some(([y, x], [height, width])) = fraction(event).zip(size_on_screen(event)).filter(|_| is_click) else {
            return;
        };
        let ray = self.surfaces.camera.get_untracked().ray([2.0 * x - 1.0, 1.0 - 2.0 * y], [width, height]);
        self.surfaces.pick(&ray);
    }

    /// The wheel zooms at the pointer.
    pub(super) fn wheel(&self, event: &WheelEvent) {
        event.prevent_default();
        let factor = (-0.0025 * event.delta_y().clamp(-100.0, 100.0)).exp();
        if let Some(anchor) = anchor(event, on_screen(event)) {
            self.surfaces.camera.update(|camera| *camera = camera.zoomed(factor, anchor));
        }
    }

    /// A double click shows the surfaces alone, or all planes with them again.
    pub(super) fn double_click(&self) {
        self.view.maximise_surface();
    }

    /// One of two fingers moves.
    fn pinch(&self, [from, to]: [[f64; 2]; 2], other: [f64; 2], half_px: f64, event: &PointerEvent) {
        let (before, now) = (distance(from, other), distance(to, other));
        let (middle, moved) = (midpoint(from, other), midpoint(to, other));
        let Some(anchor) = anchor(event, middle).filter(|_| before > 0.0) else { return };
        let [down, right] = [0, 1].map(|i| (moved[i] - middle[i]) / half_px);
        self.surfaces.camera.update(|camera| *camera = camera.zoomed(now / before, anchor).panned([right, -down]));
    }
}

/// Half of the smaller side of the pane, in CSS pixels.
fn half_side(event: &web_sys::MouseEvent) -> Option<f64> {
    let [height, width] = size_on_screen(event)?;
    Some(height.min(width) / 2.0)
}

/// A point of the screen, `[y, x]`, as a camera takes it: `[right, up]` from the middle of the pane, where 1 leads to the
/// nearer edge.
fn anchor(event: &web_sys::MouseEvent, [y, x]: [f64; 2]) -> Option<[f64; 2]> {
    let rect = target(event)?.get_bounding_client_rect();
    let half_px = half_side(event)?;
    Some([(x - rect.left() - rect.width() / 2.0) / half_px, (rect.top() + rect.height() / 2.0 - y) / half_px])
}
