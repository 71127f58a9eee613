//! What mouse, wheel and fingers do on a picture, as in the viewers of the field: left drag window, middle or Shift drag pan, right drag
//! zoom, wheel slices, Ctrl and wheel zoom; one finger window, two fingers pinch or scroll. A tool in hand takes the left button, and the right one
//! then has the window.

use leptos::ev::{PointerEvent, WheelEvent};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use super::state::Page;
use super::tools::use_tool;
use super::view::{Pane, Ruler, ViewLayout};
use crate::core::mpr::Plane;

/// This near to a line of the crosshair a drag takes hold of it, in CSS pixels.
const NEAR_PX: f64 = 6.0;
/// A press that moves less than this is a click.
const CLICK_PX: f64 = 3.0;
/// Two fingers have made up their mind after this way, and a finger scrolls one slice on this way.
const DECIDED_PX: f64 = 16.0;
const SLICE_PX: f64 = 12.0;
/// A wheel without notches turns this far for a slice.
const WHEEL_PX: f64 = 30.0;

/// What a drag does.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Drag {
    Nothing,
    Window,
    Pan,
    /// Around a point, in shares of the plane.
    Zoom([f64; 2]),
    Crosshair,
    Ruler,
    Tool,
    Fingers(Fingers),
}

/// Two fingers: what they do once that is clear, how far apart they were, and where their middle was.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Fingers {
    does: Option<Pinch>,
    apart: f64,
    middle: [f64; 2],
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Pinch {
    Zoom,
    Scroll,
}

#[derive(Clone, Debug)]
struct State {
    drag: Drag,
    /// Where the drag began and where it is, `[y, x]` on the screen.
    from: [f64; 2],
    last: [f64; 2],
    /// Fingers on the picture, by their id.
    touches: Vec<(i32, [f64; 2])>,
    wheel: f64,
}

/// The pointer over one picture. A handle.
#[derive(Clone, Copy)]
pub(crate) struct Gestures {
    page: Page,
    pane: Pane,
    state: StoredValue<State>,
}

impl Gestures {
    pub(crate) fn new(page: Page, pane: Pane) -> Self {
        let state = State { drag: Drag::Nothing, from: [0.0; 2], last: [0.0; 2], touches: Vec::new(), wheel: 0.0 };
        Self { page, pane, state: StoredValue::new(state) }
    }

    pub(crate) fn down(&self, event: &PointerEvent) {
        let (page, plane) = (self.page, self.pane.plane());
        page.view.active.set(plane);
        self.hover(event);
        // The drag goes on when the pointer leaves the picture.
        if let Some(canvas) = target(event) {
            canvas.set_pointer_capture(event.pointer_id()).ok();
        }
        let at = on_screen(event);
        if event.pointer_type() == "touch" {
            self.state.update_value(|s| s.touches.push((event.pointer_id(), at)));
        }
        let touches = self.state.with_value(|s| s.touches.clone());
        let tool = page.tools.tool.get_untracked().is_some() && self.pane == Pane::Of(Plane::Axial);
        let drag = match (touches.as_slice(), event.button()) {
            ([a, b], _) => Drag::Fingers(Fingers { does: None, apart: distance(a.1, b.1), middle: middle(a.1, b.1) }),
            (_, 1) => Drag::Pan,
            (_, 0) if event.shift_key() => Drag::Pan,
            (_, 2) if tool => Drag::Window,
            (_, 2) => share(event).map_or(Drag::Nothing, Drag::Zoom),
            (_, 0) if page.view.ruling.get_untracked() => self.begin_ruler(),
            (_, 0) if tool => Drag::Tool,
            (_, 0) if self.is_near_crosshair(event) => Drag::Crosshair,
            (_, 0) => Drag::Window,
            _ => Drag::Nothing,
        };
        self.state.update_value(|s| (s.drag, s.from, s.last) = (drag, at, at));
        match drag {
            Drag::Tool => use_tool(page, event),
            // No scrolling by the middle button.
            Drag::Pan => event.prevent_default(),
            _ => {}
        }
    }

    pub(crate) fn moved(&self, event: &PointerEvent) {
        self.hover(event);
        let at = on_screen(event);
        self.state.update_value(|s| {
            if let Some(touch) = s.touches.iter_mut().find(|touch| touch.0 == event.pointer_id()) {
                touch.1 = at;
            }
        });
        let (drag, last) = self.state.with_value(|s| (s.drag, s.last));
        let by = [at[0] - last[0], at[1] - last[1]];
        let sight = self.page.view.sight(self.pane.plane());
        match drag {
            Drag::Nothing => return,
            Drag::Window => turn_window(self.page, by),
            Drag::Pan => {
                let Some([height, width]) = size(event) else { return };
                sight.update(|sight| *sight = sight.panned([by[0] / height, by[1] / width]));
            }
            Drag::Zoom(around) => sight.update(|sight| *sight = sight.zoomed((-0.01 * by[0]).exp(), around)),
            Drag::Crosshair => self.point(),
            Drag::Ruler => self.stretch_ruler(),
            Drag::Tool => use_tool(self.page, event),
            Drag::Fingers(fingers) => self.fingers(event, fingers),
        }
        self.state.update_value(|s| s.last = at);
    }

    pub(crate) fn up(&self, event: &PointerEvent) {
        let (drag, from) = self.state.with_value(|s| (s.drag, s.from));
        let still = distance(from, on_screen(event)) < CLICK_PX;
        match drag {
            Drag::Window if still && event.button() == 0 && event.type_() == "pointerup" => self.point(),
            Drag::Ruler if still => self.page.view.unmeasure(),
            Drag::Tool => use_tool(self.page, event),
            _ => {}
        }
        self.state.update_value(|s| {
            s.touches.retain(|touch| touch.0 != event.pointer_id());
            s.drag = Drag::Nothing;
        });
        // A finger's place is nobody's once it is lifted.
        if event.pointer_type() == "touch" {
            self.page.view.pointer.set(None);
        }
    }

    /// The wheel steps through slices, with Ctrl (or two fingers on a trackpad) it zooms at the pointer.
    pub(crate) fn wheel(&self, event: &WheelEvent) {
        event.prevent_default();
        let plane = self.pane.plane();
        self.page.view.active.set(plane);
        if event.ctrl_key() {
            let factor = (-0.0025 * event.delta_y().clamp(-100.0, 100.0)).exp();
            if let Some(at) = share(event) {
                self.page.view.sight(plane).update(|sight| *sight = sight.zoomed(factor, at));
            }
            return;
        }
        let turned = event.delta_y();
        // A mouse's wheel has notches: one each. A trackpad's has not: they are counted together.
        let notch = event.delta_mode() != WheelEvent::DOM_DELTA_PIXEL || turned.abs() >= 50.0;
        let wheel = if notch { WHEEL_PX * turned.signum() } else { self.state.with_value(|s| s.wheel) + turned };
        let slices = (wheel / WHEEL_PX).trunc();
        self.state.update_value(|s| s.wheel = if notch { 0.0 } else { wheel - slices * WHEEL_PX });
        if slices != 0.0 {
            self.page.move_by(plane, slices as isize);
        }
    }

    pub(crate) fn double(&self) {
        if self.page.tools.tool.get_untracked().is_none() && untrack(|| self.page.has_planes()) {
            self.page.view.maximise(self.pane.plane());
        }
    }

    /// Remembers what lies under the pointer.
    fn hover(&self, event: &PointerEvent) {
        let shape = untrack(|| self.page.grid()).map(|grid| grid.shape(self.pane.plane()));
        let pixel = share(event).zip(shape).map(|(at, shape)| [0, 1].map(|i| at[i] * shape[i] as f64 - 0.5));
        self.page.view.pointer.set(pixel.map(|pixel| (self.pane.plane(), pixel)));
    }

    /// Puts the crosshair under the pointer.
    fn point(&self) {
        let (Some((plane, pixel)), Some(grid)) = (self.page.view.pointer.get_untracked(), untrack(|| self.page.grid()))
        else {
            return;
        };
        let index = untrack(|| self.page.index(plane));
        self.page.point_at(grid.voxel(plane, index, pixel));
    }

    fn is_near_crosshair(&self, event: &PointerEvent) -> bool {
        let near = || {
            let (at, size, grid) = (share(event)?, size(event)?, self.page.grid()?);
            let plane = self.pane.plane();
            let (pixel, shape) = (grid.pixel(plane, self.page.crosshair()), grid.shape(plane));
            Some((0..2).any(|i| ((pixel[i] + 0.5) / shape[i] as f64 - at[i]).abs() * size[i] < NEAR_PX))
        };
        self.page.view.layout.get_untracked() == ViewLayout::Three && untrack(near) == Some(true)
    }

    fn begin_ruler(&self) -> Drag {
        let Some((plane, at)) = self.page.view.pointer.get_untracked() else { return Drag::Nothing };
        let index = untrack(|| self.page.index(plane));
        self.page.view.rulers.update(|rulers| rulers.push(Ruler { plane, index, ends: [at; 2] }));
        Drag::Ruler
    }

    fn stretch_ruler(&self) {
        if let Some((_, at)) = self.page.view.pointer.get_untracked() {
            self.page.view.rulers.update(|rulers| {
                if let Some(ruler) = rulers.last_mut() {
                    ruler.ends[1] = at;
                }
            });
        }
    }

    fn fingers(&self, event: &PointerEvent, was: Fingers) {
        let [a, b] = match self.state.with_value(|s| s.touches.clone()).as_slice() {
            [a, b] => [a.1, b.1],
            _ => return,
        };
        let (apart, middle) = (distance(a, b), middle(a, b));
        let spread = (apart - was.apart).abs();
        // Fingers side by side report one after the other: the way of their middle counts twice.
        let went = 2.0 * (middle[0] - was.middle[0]).abs();
        let plane = self.pane.plane();
        let does = was.does.or(match spread.max(went) {
            way if way < DECIDED_PX => None,
            _ if spread > went => Some(Pinch::Zoom),
            _ => Some(Pinch::Scroll),
        });
        let mut now = Fingers { does, ..was };
        match does {
            None => return,
            Some(Pinch::Scroll) => {
                let slices = ((middle[0] - was.middle[0]) / SLICE_PX).trunc();
                if slices != 0.0 {
                    self.page.move_by(plane, slices as isize);
                    now.middle = [was.middle[0] + slices * SLICE_PX, middle[1]];
                }
            }
            Some(Pinch::Zoom) => {
                if let (Some(rect), true) = (target(event).map(|t| t.get_bounding_client_rect()), was.apart > 0.0) {
                    let size = [rect.height(), rect.width()];
                    let at = [(middle[0] - rect.top()) / size[0], (middle[1] - rect.left()) / size[1]];
                    let by = [0, 1].map(|i| (middle[i] - was.middle[i]) / size[i]);
                    let sight = self.page.view.sight(plane);
                    sight.update(|sight| {
                        *sight = sight.panned(by).zoomed(apart / was.apart, [0, 1].map(|i| at[i] - by[i]))
                    });
                }
                now = Fingers { does, apart, middle };
            }
        }
        self.state.update_value(|s| s.drag = Drag::Fingers(now));
    }
}

/// Across changes the width, up and down the level.
pub(crate) fn turn_window(page: Page, by: [f64; 2]) {
    page.window.update(|w| {
        w.width_hu = (w.width_hu + 2.0 * by[1] as f32).clamp(1.0, 4000.0);
        w.level_hu = (w.level_hu + by[0] as f32).clamp(-1000.0, 3000.0);
    });
}

fn target(event: &web_sys::MouseEvent) -> Option<HtmlElement> {
    event.target()?.dyn_into().ok()
}

fn on_screen(event: &web_sys::MouseEvent) -> [f64; 2] {
    [f64::from(event.client_y()), f64::from(event.client_x())]
}

/// `[height, width]` of the picture on the screen.
fn size(event: &web_sys::MouseEvent) -> Option<[f64; 2]> {
    let rect = target(event)?.get_bounding_client_rect();
    Some([rect.height().max(1.0), rect.width().max(1.0)])
}

/// Where an event is, `[y, x]` in shares of the picture; a captured pointer may be outside.
fn share(event: &web_sys::MouseEvent) -> Option<[f64; 2]> {
    let rect = target(event)?.get_bounding_client_rect();
    let [height, width] = [rect.height().max(1.0), rect.width().max(1.0)];
    let [y, x] = on_screen(event);
    Some([(y - rect.top()) / height, (x - rect.left()) / width])
}

fn distance(a: [f64; 2], b: [f64; 2]) -> f64 {
    (a[0] - b[0]).hypot(a[1] - b[1])
}

fn middle(a: [f64; 2], b: [f64; 2]) -> [f64; 2] {
    [0, 1].map(|i| (a[i] + b[i]) / 2.0)
}
