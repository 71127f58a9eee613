//! The canvas of the surfaces: when a picture is drawn, how large, and what happens when the graphics go.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use std::time::Duration;

use gloo::events::{EventListener, EventListenerOptions};
use leptos::html::Canvas;
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use web_sys::{HtmlCanvasElement, ResizeObserver};

use super::pace::Pace;
use super::renderer::{Renderer, SurfaceScene, UnreadyRenderer};
use crate::core::mpr::Plane;
use crate::imaging::organ_surface::SurfaceDetail;
use crate::web::clock::now_ms;
use crate::web::page::state::series::SeriesView;
use crate::web::page::state::surfaces::Surfaces;

/// Half the length of the crosshair's lines, as a part of what is seen at a magnification of 1.
const CROSSHAIR: f64 = 0.2;
/// More pixels than this for each CSS pixel are not seen, and take their time.
const MOST_PIXELS: f64 = 2.0;
/// The pixels for each CSS pixel while something moves where drawing is slow.
const MOVING_PIXELS: f64 = 0.5;

/// The state of the graphics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Graphics {
    /// They work, or nothing is drawn yet.
    Ready,
    /// The browser has no WebGL 2.
    Missing,
    /// The browser has taken them away for a while.
    Lost,
}

impl Graphics {
    /// The name for tests.
    pub(super) fn id(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Missing => "missing",
            Self::Lost => "lost",
        }
    }
}

/// What the pane knows of its canvas.
#[derive(Clone, Copy)]
pub(super) struct CanvasState {
    /// The state of the graphics.
    pub(super) graphics: RwSignal<Graphics>,
    /// True while the canvas shows everything as it is now, with all triangles.
    pub(super) is_current: RwSignal<bool>,
}

impl CanvasState {
    /// Nothing is drawn yet.
    pub(super) fn new() -> Self {
        Self { graphics: RwSignal::new(Graphics::Ready), is_current: RwSignal::new(false) }
    }
}

/// When the next step is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum NextStep {
    /// With the next frame.
    Frame,
    /// In a task of its own, as soon as there is time.
    Task,
}

/// A renderer on its way.
#[derive(Default)]
enum RendererState {
    /// There is none yet, or none any more.
    #[default]
    None,
    /// The browser compiles its programs.
    Unready(UnreadyRenderer),
    /// It draws.
    Ready(Renderer),
}

/// What belongs to one canvas.
#[derive(Default)]
struct Easel {
    renderer: RendererState,
    /// The picture that is being drawn: how finely, and since when on the [clock](now_ms).
    begun: Option<(SurfaceDetail, f64)>,
    _listeners: Vec<EventListener>,
    observer: Option<(ResizeObserver, Closure<dyn FnMut()>)>,
}

/// Draws the surfaces in the state of the page.
struct Artist {
    series: SeriesView,
    surfaces: Surfaces,
    state: CanvasState,
    pace: Pace,
    easel: Rc<RefCell<Easel>>,
    /// True if something has changed since the last picture was begun.
    is_changed: Cell<bool>,
    is_scheduled: Cell<bool>,
}

/// Draws one picture after the other, however much has changed meanwhile, and only while the pane is shown.
pub(super) fn draw_on_change(node: NodeRef<Canvas>, state: CanvasState, is_shown: Signal<bool>) {
    let artist = Rc::new(Artist {
        series: expect_context(),
        surfaces: expect_context(),
        state,
        pace: Pace::new(),
        easel: Rc::default(),
        is_changed: Cell::new(false),
        is_scheduled: Cell::new(false),
    });
    let size_changes = RwSignal::new(0usize);
    let watched = artist.easel.clone();
    Effect::new(move |_| {
        if let Some(canvas) = node.get() {
            *watched.borrow_mut() = watch(&canvas, state.graphics, size_changes, Rc::downgrade(&watched));
        }
    });
    Effect::new(move |_| {
        let Some(canvas) = node.get().filter(|_| is_shown.get()) else { return };
        size_changes.track();
        artist.track();
        artist.is_changed.set(true);
        state.is_current.maybe_update(std::mem::take);
        // The first graphics of a canvas take their time, so they are not made in a frame.
        let has_none = matches!(artist.easel.borrow().renderer, RendererState::None);
        artist.schedule(&canvas, if has_none { NextStep::Task } else { NextStep::Frame });
    });
}

/// Listens to changes of the canvas's size, and to graphics that go and come back.
fn watch(
    canvas: &HtmlCanvasElement,
    graphics: RwSignal<Graphics>,
    size_changes: RwSignal<usize>,
    easel: Weak<RefCell<Easel>>,
) -> Easel {
    let option = EventListenerOptions::enable_prevent_default();
    let lost = EventListener::new_with_options(canvas, "webglcontextlost", option, move |event| {
        // Without this they never come back.
        event.prevent_default();
        if let Some(easel) = easel.upgrade() {
            let mut easel = easel.borrow_mut();
            (easel.renderer, easel.begun) = (RendererState::None, None);
        }
        graphics.set(Graphics::Lost);
    });
    let restored = EventListener::new(canvas, "webglcontextrestored", move |_| graphics.set(Graphics::Ready));
    let resized = Closure::<dyn FnMut()>::new(move || size_changes.update(|changes| *changes += 1));
    let observer = ResizeObserver::new(resized.as_ref().unchecked_ref()).ok();
    observer.iter().for_each(|observer| observer.observe(canvas));
    let observer = observer.map(|observer| (observer, resized));
    Easel { renderer: RendererState::None, begun: None, _listeners: vec![lost, restored], observer }
}

impl Artist {
    /// Subscribes the running effect to everything that is drawn.
    fn track(&self) {
        self.state.graphics.track();
        self.pace.track();
        self.surfaces.shown();
        self.surfaces.is_fitted.track();
        self.surfaces.camera.track();
        self.series.slice.track();
        self.series.crosshair_yx.track();
    }

    /// Goes on until nothing is left to do.
    fn schedule(self: &Rc<Self>, canvas: &HtmlCanvasElement, next: NextStep) {
        if self.is_scheduled.replace(true) {
            return;
        }
        let (this, canvas) = (self.clone(), canvas.clone());
        let step = move || {
            this.is_scheduled.set(false);
            if let Some(next) = untrack(|| this.advance(&canvas)) {
                this.schedule(&canvas, next);
            }
        };
        match next {
            NextStep::Frame => request_animation_frame(step),
            NextStep::Task => set_timeout(step, Duration::ZERO),
        }
    }

    /// Takes one step: makes the renderer, waits for it, shows a picture that is done, begins the next. Returns when
    /// to go on, if there is more to do.
    fn advance(&self, canvas: &HtmlCanvasElement) -> Option<NextStep> {
        // The pane may be gone.
        if self.state.graphics.try_get() != Some(Graphics::Ready) {
            return None;
        }
        let mut easel = self.easel.borrow_mut();
        let renderer = match std::mem::take(&mut easel.renderer) {
            RendererState::None => UnreadyRenderer::new(canvas).map(RendererState::Unready),
            RendererState::Unready(unready) => unready.ready().map(RendererState::Ready),
            ready @ RendererState::Ready(_) => Some(ready),
        };
        let Some(renderer) = renderer else {
            self.state.graphics.set(Graphics::Missing);
            return None;
        };
        easel.renderer = renderer;
        let Easel { renderer: RendererState::Ready(renderer), begun, .. } = &mut *easel else {
            return Some(NextStep::Frame);
        };
        if let Some((detail, begun_ms)) = *begun {
            if !renderer.is_done() {
                return Some(NextStep::Frame);
            }
            renderer.show(canvas);
            *begun = None;
            self.pace.done(detail, now_ms() - begun_ms);
            self.state.is_current.set(detail == SurfaceDetail::Still && !self.is_changed.get());
            // Without a graphics card the browser fetches what is shown at the end of this frame, and would wait for the
            // next picture as well.
            return self.is_changed.get().then_some(NextStep::Task);
        }
        self.is_changed.replace(false).then(|| {
            let detail = self.pace.next_detail();
            *begun = Some((detail, now_ms()));
            self.draw(canvas, renderer, detail);
            self.pace.begun(detail);
            NextStep::Frame
        })
    }

    /// Begins to draw a picture.
    fn draw(&self, canvas: &HtmlCanvasElement, renderer: &mut Renderer, detail: SurfaceDetail) {
        let pixels = match detail {
            SurfaceDetail::Still => window().device_pixel_ratio().min(MOST_PIXELS),
            SurfaceDetail::Moving => MOVING_PIXELS,
        };
        let size_px =
            [canvas.client_height(), canvas.client_width()].map(|px| (f64::from(px) * pixels).round().max(1.0) as u32);
        let camera = self.surfaces.camera.get();
        // Nothing stays of a series that was open before.
        let (surfaces, crosshair) = match self.surfaces.is_fitted.get() {
            true => (self.surfaces.shown(), self.crosshair(camera.radius_mm)),
            false => (Vec::new(), Vec::new()),
        };
        renderer.draw(size_px, &SurfaceScene { surfaces, crosshair, camera, detail, background: [0; 3] });
    }

    /// The lines of the crosshair, along the axes of the voxels: both ends in mm (LPS).
    fn crosshair(&self, radius_mm: f64) -> Vec<[[f64; 3]; 2]> {
        let Some(geometry) = self.series.grid().and_then(|grid| grid.geometry) else { return Vec::new() };
        let middle_mm = geometry.position_mm(self.series.crosshair());
        let spacing_mm = geometry.spacing_mm();
        let line = |plane: Plane| {
            let step_mm = geometry.step_mm(plane.axis());
            let reach = CROSSHAIR * radius_mm / spacing_mm[plane.axis()];
            let end = |sign: f64| [0, 1, 2].map(|i| middle_mm[i] + sign * reach * step_mm[i]);
            [end(-1.0), end(1.0)]
        };
        Plane::ALL.into_iter().map(line).collect()
    }
}

impl Drop for Easel {
    fn drop(&mut self) {
        if let Some((observer, _)) = &self.observer {
            observer.disconnect();
        }
    }
}
