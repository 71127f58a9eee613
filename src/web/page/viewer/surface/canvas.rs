//! The canvas of the surfaces: when it is drawn, how large it is, and what happens when the graphics go.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gloo::events::EventListener;
use leptos::html::Canvas;
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use web_sys::{HtmlCanvasElement, ResizeObserver};

use super::pace::Pace;
use super::renderer::{Renderer, SurfaceScene};
use crate::core::mpr::Plane;
use crate::imaging::organ_surface::SurfaceDetail;
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

/// Draws the surfaces in the state of the page.
#[derive(Clone, Copy)]
struct Artist {
    series: SeriesView,
    surfaces: Surfaces,
    graphics: RwSignal<Graphics>,
}

/// What belongs to one canvas.
#[derive(Default)]
struct Easel {
    renderer: Option<Renderer>,
    _listeners: Vec<EventListener>,
    observer: Option<(ResizeObserver, Closure<dyn FnMut()>)>,
}

/// Draws at most once a frame, however much has changed, and only while the pane is shown.
pub(super) fn draw_on_change(node: NodeRef<Canvas>, graphics: RwSignal<Graphics>, is_shown: Signal<bool>) {
    let artist = Artist { series: expect_context(), surfaces: expect_context(), graphics };
    let size_changes = RwSignal::new(0usize);
    let easel = Rc::new(RefCell::new(Easel::default()));
    let pace = Pace::new();
    let is_scheduled = Rc::new(Cell::new(false));
    let watched = easel.clone();
    Effect::new(move |_| {
        if let Some(canvas) = node.get() {
            *watched.borrow_mut() = artist.watch(&canvas, size_changes, Rc::downgrade(&watched));
        }
    });
    Effect::new(move |_| {
        let Some(canvas) = node.get().filter(|_| is_shown.get()) else { return };
        size_changes.track();
        pace.track();
        artist.track();
        if graphics.get() != Graphics::Ready || is_scheduled.replace(true) {
            return;
        }
        let (is_scheduled, easel) = (is_scheduled.clone(), easel.clone());
        request_animation_frame(move || {
            is_scheduled.set(false);
            let detail = pace.begin_frame();
            untrack(|| artist.draw(&canvas, &mut easel.borrow_mut().renderer, detail));
            pace.end_frame(detail);
        });
    });
}

impl Artist {
    /// Subscribes the running effect to everything that is drawn.
    fn track(&self) {
        self.surfaces.shown();
        self.surfaces.is_fitted.track();
        self.surfaces.camera.track();
        self.series.slice.track();
        self.series.crosshair_yx.track();
    }

    /// Listens to changes of the canvas's size, and to graphics that go and come back.
    fn watch(
        &self,
        canvas: &HtmlCanvasElement,
        size_changes: RwSignal<usize>,
        easel: std::rc::Weak<RefCell<Easel>>,
    ) -> Easel {
        let graphics = self.graphics;
        let lost = EventListener::new_with_options(
            canvas,
            "webglcontextlost",
            gloo::events::EventListenerOptions::enable_prevent_default(),
            move |event| {
                // Without this they never come back.
                event.prevent_default();
                if let Some(easel) = easel.upgrade() {
                    easel.borrow_mut().renderer = None;
                }
                graphics.set(Graphics::Lost);
            },
        );
        let restored = EventListener::new(canvas, "webglcontextrestored", move |_| graphics.set(Graphics::Ready));
        let resized = Closure::<dyn FnMut()>::new(move || size_changes.update(|changes| *changes += 1));
        let observer = ResizeObserver::new(resized.as_ref().unchecked_ref()).ok();
        observer.iter().for_each(|observer| observer.observe(canvas));
        let observer = observer.map(|observer| (observer, resized));
        let renderer = Renderer::new(canvas);
        if renderer.is_none() {
            graphics.set(Graphics::Missing);
        }
        Easel { renderer, _listeners: vec![lost, restored], observer }
    }

    fn draw(&self, canvas: &HtmlCanvasElement, renderer: &mut Option<Renderer>, detail: SurfaceDetail) {
        if renderer.is_none() {
            *renderer = Renderer::new(canvas);
        }
        let Some(renderer) = renderer else {
            self.graphics.set(Graphics::Missing);
            return;
        };
        let pixels = match detail {
            SurfaceDetail::Still => window().device_pixel_ratio().min(MOST_PIXELS),
            SurfaceDetail::Moving => MOVING_PIXELS,
        };
        let [width, height] =
            [canvas.client_width(), canvas.client_height()].map(|px| (f64::from(px) * pixels).round().max(1.0) as u32);
        if [canvas.width(), canvas.height()] != [width, height] {
            canvas.set_width(width);
            canvas.set_height(height);
        }
        let camera = self.surfaces.camera.get();
        // Nothing stays of a series that was open before.
        let (surfaces, crosshair) = match self.surfaces.is_fitted.get() {
            true => (self.surfaces.shown(), self.crosshair(camera.radius_mm)),
            false => (Vec::new(), Vec::new()),
        };
        renderer.draw(canvas, &SurfaceScene { surfaces, crosshair, camera, detail, background: [0; 3] });
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
