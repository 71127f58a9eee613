//! Paints a picture into its canvas: grey values through the window, then map, mask and outlines.
//!
//! The layers are blended by [`crate::imaging::overlay`].

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use leptos::html::Canvas;
use leptos::prelude::*;
use web_sys::HtmlCanvasElement;

use crate::app::protocol::{Ablation, SliceMap};
use crate::core::mpr::Plane;
use crate::core::window::Window;
use crate::imaging::overlay::{
    ContourWidth, GAINED_RGB, LOST_RGB, Layers, OrganLayer, WindowLut, outlined, paint_into,
};
use crate::web::page::canvas::put_rgba;
use crate::web::page::state::display::Display;
use crate::web::page::state::organs::OrganList;
use crate::web::page::state::pictures::{Picture, Pictures};
use crate::web::page::state::series::{GateMaps, SeriesView};
use crate::web::page::state::shell::Shell;
use crate::web::page::state::view::Pane;

/// The lookup table of a window.
struct CachedLut {
    window: Window,
    inverted: bool,
    lut: WindowLut,
}

/// One pixel.
const BLACK: [u8; 4] = [0, 0, 0, 255];

/// Buffers that are used again for the next picture.
#[derive(Default)]
struct PaintBuffers {
    rgba: Vec<u8>,
    lut: Option<CachedLut>,
}

/// What is painted over the grey values.
#[derive(Clone, Copy)]
struct ShownLayers<'a> {
    map: Option<&'a [u8]>,
    shows_mask: bool,
    shows_organs: bool,
    shows_truth: bool,
}

/// Paints one pane from the state of the page.
#[derive(Clone, Copy)]
pub(crate) struct Painter {
    series: SeriesView,
    pictures: Pictures,
    display: Display,
    organs: OrganList,
    shell: Shell,
    pane: Pane,
}

/// Paints a pane at most once per frame, however much has changed.
pub(crate) fn paint_on_change(pane: Pane, canvas: NodeRef<Canvas>) {
    let painter = Painter::new(pane);
    let (is_scheduled, buffers) = (Rc::new(Cell::new(false)), Rc::new(RefCell::new(PaintBuffers::default())));
    Effect::new(move |_| {
        let Some(canvas) = canvas.get() else { return };
        if !painter.series.is_open() {
            // Nothing stays of a series that was open before. The first pixel that is ever painted takes its time.
            show(&canvas, &BLACK, [1, 1]);
        }
        if painter.pictures.of_pane(pane).is_none() {
            return;
        }
        painter.display.track();
        painter.organs.looks();
        painter.organs.mask_rgb();
        painter.organs.mask_fill();
        painter.shell.tab.track();
        painter.series.gates.track();
        painter.series.map.track();
        painter.series.ablation.track();
        if is_scheduled.replace(true) {
            return;
        }
        let (is_scheduled, buffers) = (is_scheduled.clone(), buffers.clone());
        request_animation_frame(move || {
            is_scheduled.set(false);
            untrack(|| {
                if let Some(picture) = painter.pictures.of_pane(pane) {
                    painter.paint(&canvas, &picture, &mut buffers.borrow_mut());
                }
            });
        });
    });
}

impl Painter {
    /// A painter of a pane, from the contexts of the page.
    pub(crate) fn new(pane: Pane) -> Self {
        Self {
            series: expect_context(),
            pictures: expect_context(),
            display: expect_context(),
            organs: expect_context(),
            shell: expect_context(),
            pane,
        }
    }

    /// The same for another pane.
    pub(crate) fn of_pane(self, pane: Pane) -> Self {
        Self { pane, ..self }
    }

    /// Paints a picture for a report: organs as they are shown, the mask if wanted, no maps.
    pub(crate) fn paint_for_report(&self, canvas: &HtmlCanvasElement, picture: &Picture, shows_mask: bool) {
        let layers = ShownLayers { map: None, shows_mask, shows_organs: true, shows_truth: false };
        let mut buffers = PaintBuffers::default();
        if let Some(size) = self.paint_layers(picture, &mut buffers, layers) {
            show(canvas, &buffers.rgba, size);
        }
    }

    fn paint(&self, canvas: &HtmlCanvasElement, picture: &Picture, buffers: &mut PaintBuffers) {
        // Maps exist for axial slices only.
        let map = (self.pane == Pane::Current(Plane::Axial)).then(|| self.map_over(picture.index)).flatten();
        let layers = ShownLayers {
            map: map.as_ref().map(SliceOverlay::values),
            shows_mask: self.display.shows_mask(),
            shows_organs: !self.display.peeking.get(),
            shows_truth: self.display.compare_truth.get(),
        };
        let Some(size) = self.paint_layers(picture, buffers, layers) else { return };
        let rgba = &mut buffers.rgba;
        if let Some(ablation) = self.ablation_over(picture.index) {
            *rgba = with_changes(std::mem::take(rgba), size[1] as usize, &ablation);
        }
        show(canvas, rgba, size);
    }

    /// Paints into the buffers. Returns `[height, width]`; `None` if the picture is not one of the open series.
    fn paint_layers(&self, picture: &Picture, buffers: &mut PaintBuffers, shown: ShownLayers<'_>) -> Option<[u32; 2]> {
        let [height, width] = self.series.grid().map(|grid| grid.shape(self.pane.plane()))?;
        if picture.hu.len() != height * width {
            return None;
        }
        let PaintBuffers { rgba, lut } = buffers;
        let lut = self.cached_lut(lut);
        let mask = picture.mask.as_deref().filter(|_| shown.shows_mask);
        let truth = picture.truth.as_deref().filter(|_| mask.is_some() && shown.shows_truth);
        let looks = self.organs.looks();
        let labels = picture.organs.as_deref().filter(|_| shown.shows_organs);
        let layers = Layers {
            map: shown.map,
            organs: labels.map(|labels| OrganLayer { labels, looks: &looks }),
            mask,
            mask_rgb: self.organs.mask_rgb(),
            truth,
            fill: self.display.fill(),
            mask_fill: self.organs.mask_fill(),
        };
        paint_into(rgba, &picture.hu, width, lut, &layers);
        Some([height as u32, width as u32])
    }

    fn cached_lut<'a>(&self, cache: &'a mut Option<CachedLut>) -> &'a WindowLut {
        let (window, inverted) = (self.display.window.get(), self.display.inverted.get());
        let cached = cache.take().filter(|cached| (cached.window, cached.inverted) == (window, inverted));
        let new = || CachedLut { window, inverted, lut: WindowLut::new(window, inverted) };
        &cache.insert(cached.unwrap_or_else(new)).lut
    }

    /// The map that lies over a slice: a gate's attention, else the chosen map, once it has arrived.
    fn map_over(&self, slice: usize) -> Option<SliceOverlay> {
        if let Some(gate) = self.display.gate.get() {
            let gates = self.series.gates.get().filter(|gates| gates.slice == slice && gate < gates.maps.len());
            return gates.map(|gates| SliceOverlay::Gate { gates, gate });
        }
        // A map has its controls in that panel, and covers what one draws elsewhere.
        let kind = self.display.map_kind.get().filter(|_| !self.shell.tab.get().is_for_drawing())?;
        self.series.map.get().filter(|map| (map.slice, map.kind) == (slice, kind)).map(SliceOverlay::Map)
    }

    /// The effect of a gate on a slice of the axial pane, if it is shown and has arrived.
    fn ablation_over(&self, slice: usize) -> Option<Arc<Ablation>> {
        if self.pane != Pane::AXIAL || self.display.peeking.get() || !self.display.ablating.get() {
            return None;
        }
        let gate = self.display.gate.get()?;
        let is_current = slice == self.series.slice.get();
        self.series.ablation.get().filter(|ablation| is_current && (ablation.slice, ablation.gate) == (slice, gate))
    }
}

/// Shows a picture in a canvas of its size, `[height, width]`.
fn show(canvas: &HtmlCanvasElement, rgba: &[u8], size: [u32; 2]) {
    if [canvas.height(), canvas.width()] != size {
        canvas.set_height(size[0]);
        canvas.set_width(size[1]);
    }
    put_rgba(canvas, rgba, size);
}

/// A map of a slice, shared with the state that holds it.
enum SliceOverlay {
    Gate { gates: Arc<GateMaps>, gate: usize },
    Map(Arc<SliceMap>),
}

impl SliceOverlay {
    fn values(&self) -> &[u8] {
        match self {
            Self::Gate { gates, gate } => &gates.maps[*gate],
            Self::Map(map) => &map.map,
        }
    }
}

/// The picture with the pixels that a gate changes outlined.
fn with_changes(rgba: Vec<u8>, width: usize, ablation: &Ablation) -> Vec<u8> {
    let [gained, lost] = [1, 2].map(|kind| ablation.change.iter().map(|c| u8::from(*c == kind)).collect::<Vec<_>>());
    let outlines = [ContourWidth { mask: &gained, rgb: GAINED_RGB }, ContourWidth { mask: &lost, rgb: LOST_RGB }];
    outlined(rgba, width, &outlines)
}
