//! The gestures of mouse, wheel and fingers on a picture, as in other DICOM viewers.
//!
//! Dragging with the left button changes the window, with the middle button or Shift pans, with the right button zooms.
//! The wheel scrolls through slices, with Ctrl it zooms. One finger scrolls through slices, two fingers pinch or change
//! the window.
//! While a tool is in use it has the left button, and the right button changes the window.

use leptos::ev::{PointerEvent, WheelEvent};
use leptos::prelude::*;

use super::pointer_geometry::{distance, fraction, midpoint, on_screen, size_on_screen, target};
use super::two_fingers::{TwoFingerGesture, TwoFingers};
use crate::web::page::state::cine::Cine;
use crate::web::page::state::display::Display;
use crate::web::page::state::measuring::{DragEnd, Measuring};
use crate::web::page::state::series::SeriesView;
use crate::web::page::state::tools::Tools;
use crate::web::page::state::view::{Pane, PlanePoint, ViewLayout, ViewState, Viewport};

/// A drag that begins this close to a line of the crosshair moves the crosshair, in CSS pixels.
const CROSSHAIR_PX: f64 = 6.0;
/// A press that moves less than this is a click.
const CLICK_PX: f64 = 3.0;
/// A finger scrolls by one slice per this distance.
const SLICE_PX: f64 = 12.0;
/// A wheel without notches scrolls by one slice per this distance.
const WHEEL_PX: f64 = 30.0;

/// The effect of a drag.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Drag {
    Nothing,
    Window,
    /// Scrolls through slices from where a finger was when the last one was shown, down the screen.
    Scroll(f64),
    Pan,
    /// Zooms around a point, given in fractions of the plane.
    Zoom([f64; 2]),
    Crosshair,
    Measure,
    Tool,
    TwoFingers(TwoFingers),
}

/// A finger on the picture.
#[derive(Clone, Copy, Debug)]
struct Touch {
    pointer_id: i32,
    /// Its position on the screen, `[y, x]`.
    position: [f64; 2],
}

#[derive(Clone, Debug)]
struct PointerState {
    drag: Drag,
    /// The point where the drag began, `[y, x]` on the screen.
    start: [f64; 2],
    /// The point of the last event, `[y, x]` on the screen.
    last: [f64; 2],
    touches: Vec<Touch>,
    /// The distance that a wheel without notches has turned since the last slice.
    wheel: f64,
}

/// The pointer over one picture.
#[derive(Clone, Copy)]
pub(crate) struct Gestures {
    pane: Pane,
    series: SeriesView,
    view: ViewState,
    display: Display,
    tools: Tools,
    cine: Cine,
    state: StoredValue<PointerState>,
}

impl Gestures {
    /// The gestures of a pane, from the contexts of the component that calls this.
    pub(crate) fn new(pane: Pane) -> Self {
        let state =
            PointerState { drag: Drag::Nothing, start: [0.0; 2], last: [0.0; 2], touches: Vec::new(), wheel: 0.0 };
        Self {
            pane,
            series: expect_context(),
            view: expect_context(),
            display: expect_context(),
            tools: expect_context(),
            cine: expect_context(),
            state: StoredValue::new(state),
        }
    }

    fn viewport(&self) -> RwSignal<Viewport> {
        self.view.viewport(self.pane.plane())
    }

    /// A button is pressed, or a finger touches the picture.
    pub(crate) fn down(&self, event: &PointerEvent) {
        self.view.active.set(self.pane.plane());
        self.update_position(event);
        // The drag continues while the pointer is outside the picture.
        if let Some(canvas) = target(event) {
            canvas.set_pointer_capture(event.pointer_id()).ok();
        }
        let position = on_screen(event);
        if event.pointer_type() == "touch" {
            let touch = Touch { pointer_id: event.pointer_id(), position };
            self.state.update_value(|state| state.touches.push(touch));
        }
        let drag = self.drag_of(event);
        self.state.update_value(|state| (state.drag, state.start, state.last) = (drag, position, position));
        if drag != Drag::Tool {
            self.tools.end_stroke();
        }
        if matches!(drag, Drag::Tool | Drag::Measure | Drag::Crosshair) {
            self.cine.stop();
        }
        if drag != Drag::Measure {
            self.measuring().interrupt();
        }
        match drag {
            Drag::Tool => self.use_tool(event),
            // The middle button does not scroll the page.
            Drag::Pan => event.prevent_default(),
            _ => {}
        }
    }

    /// The effect of a drag that begins with this event.
    fn drag_of(&self, event: &PointerEvent) -> Drag {
        let has_tool = self.tools.tool.get_untracked().is_some() && matches!(self.pane, Pane::Current(_));
        if let Some([a, b]) = self.two_touches() {
            let fingers = TwoFingers { gesture: None, distance: distance(a, b), midpoint: midpoint(a, b) };
            return Drag::TwoFingers(fingers);
        }
        match event.button() {
            1 => Drag::Pan,
            0 if event.shift_key() => Drag::Pan,
            2 if has_tool => Drag::Window,
            2 => fraction(event).map_or(Drag::Nothing, Drag::Zoom),
            0 if self.measuring().tool.get_untracked().is_some() && !matches!(self.pane, Pane::Beside(_)) => {
                self.begin_measurement()
            }
            0 if has_tool => Drag::Tool,
            0 if self.is_near_crosshair(event) => Drag::Crosshair,
            0 if event.pointer_type() == "touch" => Drag::Scroll(on_screen(event)[0]),
            0 => Drag::Window,
            _ => Drag::Nothing,
        }
    }

    fn two_touches(&self) -> Option<[[f64; 2]; 2]> {
        self.state.with_value(|state| match state.touches.as_slice() {
            [a, b] => Some([a.position, b.position]),
            _ => None,
        })
    }

    /// The pointer moves.
    pub(crate) fn moved(&self, event: &PointerEvent) {
        self.update_position(event);
        let position = on_screen(event);
        self.state.update_value(|state| {
            if let Some(touch) = state.touches.iter_mut().find(|touch| touch.pointer_id == event.pointer_id()) {
                touch.position = position;
            }
        });
        let (drag, last) = self.state.with_value(|state| (state.drag, state.last));
        let [down, right] = [position[0] - last[0], position[1] - last[1]];
        match drag {
            Drag::Nothing => {
                self.stretch_measurement();
                return;
            }
            Drag::Window => self.display.shift_window(down as f32, 2.0 * right as f32),
            Drag::Pan => {
                let Some([height, width]) = size_on_screen(event) else { return };
                self.viewport().update(|viewport| *viewport = viewport.panned([down / height, right / width]));
            }
            Drag::Zoom(anchor) => {
                self.viewport().update(|viewport| *viewport = viewport.zoomed((-0.01 * down).exp(), anchor));
            }
            Drag::Scroll(from) => self.scroll(from, position[0]),
            Drag::Crosshair => self.move_crosshair(),
            Drag::Measure => self.stretch_measurement(),
            Drag::Tool => self.use_tool(event),
            Drag::TwoFingers(fingers) => self.move_fingers(event, fingers),
        }
        self.state.update_value(|state| state.last = position);
    }

    /// A button or a finger is lifted.
    pub(crate) fn up(&self, event: &PointerEvent) {
        let (drag, start) = self.state.with_value(|state| (state.drag, state.start));
        let is_click = distance(start, on_screen(event)) < CLICK_PX;
        match drag {
            Drag::Window | Drag::Scroll(_) if is_click && event.button() == 0 && event.type_() == "pointerup" => {
                self.move_crosshair()
            }
            Drag::Measure => self.measuring().release(if is_click { DragEnd::Click } else { DragEnd::Drag }),
            Drag::Tool => self.use_tool(event),
            _ => {}
        }
        self.state.update_value(|state| {
            state.touches.retain(|touch| touch.pointer_id != event.pointer_id());
            state.drag = Drag::Nothing;
        });
        // A lifted finger no longer points at anything.
        if event.pointer_type() == "touch" {
            self.view.pointer.set(None);
        }
    }

    /// The wheel scrolls through slices; with Ctrl, or as a pinch on a trackpad, it zooms at the pointer.
    pub(crate) fn wheel(&self, event: &WheelEvent) {
        event.prevent_default();
        let plane = self.pane.plane();
        self.view.active.set(plane);
        if event.ctrl_key() {
            let factor = (-0.0025 * event.delta_y().clamp(-100.0, 100.0)).exp();
            if let Some(anchor) = fraction(event) {
                self.viewport().update(|viewport| *viewport = viewport.zoomed(factor, anchor));
            }
            return;
        }
        let turned = event.delta_y();
        // A mouse wheel has notches, of one slice each. The small steps of a trackpad are added up.
        let has_notches = event.delta_mode() != WheelEvent::DOM_DELTA_PIXEL || turned.abs() >= 50.0;
        let wheel = match has_notches {
            true => WHEEL_PX * turned.signum(),
            false => self.state.with_value(|state| state.wheel) + turned,
        };
        let slices = (wheel / WHEEL_PX).trunc();
        self.state.update_value(|state| state.wheel = if has_notches { 0.0 } else { wheel - slices * WHEEL_PX });
        if slices != 0.0 {
            self.series.move_by(plane, slices as isize);
        }
    }

    /// A double click shows one plane alone, or all planes again.
    pub(crate) fn double_click(&self) {
        if self.tools.tool.get_untracked().is_none() && untrack(|| self.series.has_planes()) {
            self.view.maximise(self.pane.plane());
        }
    }

    fn update_position(&self, event: &PointerEvent) {
        let plane = self.pane.plane();
        let shape = untrack(|| self.series.grid()).map(|grid| grid.shape(plane));
        let pixel = fraction(event).zip(shape).map(|(at, shape)| [0, 1].map(|i| at[i] * shape[i] as f64 - 0.5));
        self.view.pointer.set(pixel.map(|pixel| PlanePoint { pane: self.pane, pixel }));
    }

    /// Uses the tool at the pointer. A button that is not pressed any more ends the stroke.
    fn use_tool(&self, event: &PointerEvent) {
        if event.buttons() & 1 == 0 {
            self.tools.end_stroke();
        } else if let Some(at) = self.view.pointer.get_untracked() {
            match event.type_().as_str() {
                "pointerdown" => self.tools.press(at),
                _ => self.tools.drag(at),
            }
        }
    }

    fn move_crosshair(&self) {
        let Some(at) = self.view.pointer.get_untracked() else { return };
        let Some(grid) = untrack(|| self.series.grid()) else { return };
        let index = untrack(|| self.series.index(at.plane()));
        self.series.move_crosshair(grid.voxel(at.plane(), index, at.pixel));
    }

    fn is_near_crosshair(&self, event: &PointerEvent) -> bool {
        let is_near = || {
            let (point, size, grid) = (fraction(event)?, size_on_screen(event)?, self.series.grid()?);
            let plane = self.pane.plane();
            let (pixel, shape) = (grid.pixel(plane, self.series.crosshair()), grid.shape(plane));
            let offset_px = |i: usize| ((pixel[i] + 0.5) / shape[i] as f64 - point[i]).abs() * size[i];
            Some((0..2).any(|i| offset_px(i) < CROSSHAIR_PX))
        };
        let has_lines = matches!(self.view.layout.get_untracked(), ViewLayout::Three | ViewLayout::Beside(_));
        has_lines && untrack(is_near) == Some(true)
    }

    fn measuring(&self) -> Measuring {
        self.series.measuring
    }

    fn begin_measurement(&self) -> Drag {
        let Some(at) = self.view.pointer.get_untracked() else { return Drag::Nothing };
        self.measuring().press(at, untrack(|| self.series.index(at.plane())));
        Drag::Measure
    }

    fn stretch_measurement(&self) {
        if let Some(at) = self.view.pointer.get_untracked() {
            self.measuring().follow(at);
        }
    }

    /// Shows the slice that a finger has come to.
    fn scroll(&self, from: f64, to: f64) {
        let slices = ((to - from) / SLICE_PX).trunc();
        if slices != 0.0 {
            self.series.move_by(self.pane.plane(), slices as isize);
            self.state.update_value(|state| state.drag = Drag::Scroll(from + slices * SLICE_PX));
        }
    }

    fn move_fingers(&self, event: &PointerEvent, before: TwoFingers) {
        let Some([a, b]) = self.two_touches() else { return };
        let (distance, midpoint) = (distance(a, b), midpoint(a, b));
        let Some(gesture) = before.gesture.or_else(|| before.decided(distance, midpoint)) else { return };
        let now = TwoFingers { gesture: Some(gesture), distance, midpoint };
        match gesture {
            TwoFingerGesture::Window => {
                let [down, right] = [0, 1].map(|i| midpoint[i] - before.midpoint[i]);
                self.display.shift_window(down as f32, 2.0 * right as f32);
            }
            TwoFingerGesture::Zoom => self.pinch(event, &before, &now),
        }
        self.state.update_value(|state| state.drag = Drag::TwoFingers(now));
    }

    fn pinch(&self, event: &PointerEvent, before: &TwoFingers, now: &TwoFingers) {
        let Some(rect) = target(event).map(|target| target.get_bounding_client_rect()) else { return };
        if before.distance > 0.0 {
            let size = [rect.height(), rect.width()];
            let anchor = [(now.midpoint[0] - rect.top()) / size[0], (now.midpoint[1] - rect.left()) / size[1]];
            let offset = [0, 1].map(|i| (now.midpoint[i] - before.midpoint[i]) / size[i]);
            let factor = now.distance / before.distance;
            self.viewport().update(|viewport| {
                *viewport = viewport.panned(offset).zoomed(factor, [0, 1].map(|i| anchor[i] - offset[i]));
            });
        }
    }
}
