//! The planes on the screen and the visible part of each: layout, zoom, pan, and the slab that pictures are made from.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::core::mpr::Plane;
use crate::core::slab::{Projection, Slab};

/// The range of slabs, in mm.
pub(crate) const SLAB_MM: std::ops::RangeInclusive<f64> = 1.0..=200.0;

/// One picture on the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pane {
    /// A plane with the current mask.
    Current(Plane),
    /// The axial slice with the mask of the model before fine-tuning.
    Before,
    /// Another series at the place of a plane.
    Beside(Plane),
}

impl Pane {
    /// The pane with the axial slice.
    pub(crate) const AXIAL: Self = Self::Current(Plane::Axial);

    /// The plane that the pane shows.
    pub(crate) fn plane(self) -> Plane {
        match self {
            Self::Current(plane) | Self::Beside(plane) => plane,
            Self::Before => Plane::Axial,
        }
    }

    /// The pane's name for tests and styles.
    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::Current(plane) => plane.name(),
            Self::Before => "before",
            Self::Beside(_) => "beside",
        }
    }
}

/// The pictures on the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum ViewLayout {
    /// One plane.
    One(Plane),
    /// All three planes, and the surfaces of organs.
    Three,
    /// The surfaces of organs alone.
    Surface,
    /// Before and after fine-tuning, side by side.
    Pair,
    /// A plane of the series, and another series at the same place.
    Beside(Plane),
}

impl ViewLayout {
    /// The axial slice alone.
    pub(crate) const AXIAL: Self = Self::One(Plane::Axial);

    /// The panes of the layout, in reading order.
    pub(crate) fn panes(self) -> Vec<Pane> {
        match self {
            Self::One(plane) => vec![Pane::Current(plane)],
            Self::Three => Plane::ALL.map(Pane::Current).to_vec(),
            Self::Surface => Vec::new(),
            Self::Pair => vec![Pane::Before, Pane::AXIAL],
            Self::Beside(plane) => vec![Pane::Current(plane), Pane::Beside(plane)],
        }
    }

    /// True if the surfaces of organs are on the screen.
    pub(crate) fn shows_surface(self) -> bool {
        matches!(self, Self::Three | Self::Surface)
    }

    /// The layout's name for tests and styles.
    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::One(plane) => Pane::Current(plane).id(),
            Self::Three => "three",
            Self::Surface => "surface",
            Self::Pair => "pair",
            Self::Beside(_) => "beside",
        }
    }
}

/// The visible part of a plane.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Viewport {
    /// Magnification; at 1 the whole plane fits the pane.
    pub(crate) zoom: f64,
    /// The point in the middle of the pane, `[y, x]` as fractions of the plane.
    pub(crate) centre: [f64; 2],
}

impl Viewport {
    const WHOLE: Self = Self { zoom: 1.0, centre: [0.5; 2] };

    /// The same within the limits of zooming and moving, for one that comes from a file.
    pub(crate) fn limited(self) -> Self {
        self.zoomed(1.0, self.centre).panned([0.0; 2])
    }

    /// Zoomed by a factor; the point `anchor` (fractions of the plane) stays where it is on the screen.
    pub(crate) fn zoomed(self, factor: f64, anchor: [f64; 2]) -> Self {
        let zoom = (self.zoom * factor).clamp(0.5, 40.0);
        let shrunk = self.zoom / zoom;
        Self { zoom, centre: [0, 1].map(|i| anchor[i] - (anchor[i] - self.centre[i]) * shrunk) }
    }

    /// Moved along with the pointer by fractions of the plane. The middle of the pane stays on the plane, so that
    /// the plane cannot be lost.
    pub(crate) fn panned(self, offset: [f64; 2]) -> Self {
        Self { centre: [0, 1].map(|i| (self.centre[i] - offset[i]).clamp(0.0, 1.0)), ..self }
    }
}

/// A position on a plane.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct PlanePoint {
    /// The picture that it was pointed at in.
    pub(crate) pane: Pane,
    /// `[row, column]` in pixels of the plane; pixel centres are at whole numbers.
    pub(crate) pixel: [f64; 2],
}

impl PlanePoint {
    /// The plane.
    pub(crate) fn plane(&self) -> Plane {
        self.pane.plane()
    }
}

/// The planes on the screen, and the visible part of each.
#[derive(Clone, Copy)]
pub(crate) struct ViewState {
    /// The pictures on the screen.
    pub(crate) layout: RwSignal<ViewLayout>,
    /// The plane that the keys act on: the one last pointed at or focused.
    pub(crate) active: RwSignal<Plane>,
    /// The position of the pointer, while it is over a picture.
    pub(crate) pointer: RwSignal<Option<PlanePoint>>,
    /// What becomes of the values of a slab; `None` for pictures of single planes.
    pub(crate) projection: RwSignal<Option<Projection>>,
    /// The thickness of a slab.
    pub(crate) thickness_mm: RwSignal<f64>,
    viewports: [RwSignal<Viewport>; 3],
}

impl ViewState {
    /// The axial slice alone, and all of it.
    pub(crate) fn new() -> Self {
        Self {
            layout: RwSignal::new(ViewLayout::AXIAL),
            active: RwSignal::new(Plane::Axial),
            pointer: RwSignal::new(None),
            projection: RwSignal::new(None),
            thickness_mm: RwSignal::new(10.0),
            viewports: Plane::ALL.map(|_| RwSignal::new(Viewport::WHOLE)),
        }
    }

    /// The visible part of a plane.
    pub(crate) fn viewport(&self, plane: Plane) -> RwSignal<Viewport> {
        self.viewports[plane.axis()]
    }

    /// The visible part of the active plane.
    pub(crate) fn active_viewport(&self) -> RwSignal<Viewport> {
        self.viewport(self.active.get_untracked())
    }

    /// The visible parts of all planes.
    pub(crate) fn viewports(&self) -> [Viewport; 3] {
        self.viewports.map(|viewport| viewport.get_untracked())
    }

    /// Shows these parts of all planes.
    pub(crate) fn set_viewports(&self, viewports: [Viewport; 3]) {
        self.viewports.iter().zip(viewports).for_each(|(signal, viewport)| signal.set(viewport));
    }

    /// Adapts to a newly opened series of `depth` slices.
    pub(crate) fn series_opened(&self, depth: usize) {
        self.pointer.set(None);
        if depth == 1 {
            self.projection.set(None);
            self.show(ViewLayout::AXIAL);
        }
        self.fit();
    }

    /// Shows the pictures of a layout.
    pub(crate) fn show(&self, layout: ViewLayout) {
        let plane = match layout {
            ViewLayout::One(plane) | ViewLayout::Beside(plane) => plane,
            ViewLayout::Surface => self.active.get_untracked(),
            ViewLayout::Three | ViewLayout::Pair => Plane::Axial,
        };
        self.active.set(plane);
        self.layout.set(layout);
    }

    /// Switches between the axial slice alone and all planes with the surface.
    pub(crate) fn toggle_planes(&self) {
        self.show(if self.layout.get_untracked() == ViewLayout::AXIAL { ViewLayout::Three } else { ViewLayout::AXIAL });
    }

    /// Shows one of the three planes alone, or all three again.
    pub(crate) fn maximise(&self, plane: Plane) {
        self.show(match self.layout.get_untracked() {
            ViewLayout::Three => ViewLayout::One(plane),
            ViewLayout::One(_) | ViewLayout::Surface => ViewLayout::Three,
            ViewLayout::Beside(plane) => ViewLayout::One(plane),
            ViewLayout::Pair => ViewLayout::AXIAL,
        });
    }

    /// Shows the surfaces of organs alone, or all planes with them again.
    pub(crate) fn maximise_surface(&self) {
        self.show(match self.layout.get_untracked() {
            ViewLayout::Surface => ViewLayout::Three,
            _ => ViewLayout::Surface,
        });
    }

    /// The slab that pictures are made from.
    pub(crate) fn slab(&self) -> Option<Slab> {
        let thickness_mm = self.thickness_mm.get();
        self.projection.get().map(|projection| Slab { projection, thickness_mm })
    }

    /// Goes on to the next way of showing a slab, and back to single planes after the last.
    pub(crate) fn next_projection(&self) {
        self.projection.update(|projection| {
            *projection = match projection {
                None => Some(Projection::Mean),
                Some(Projection::Mean) => Some(Projection::Maximum),
                Some(Projection::Maximum) => Some(Projection::Minimum),
                Some(Projection::Minimum) => None,
            };
        });
    }

    /// Makes the slab thicker or thinner, while one is shown.
    pub(crate) fn change_thickness(&self, mm: f64) {
        if self.projection.with_untracked(Option::is_some) {
            self.set_thickness(self.thickness_mm.get_untracked() + mm);
        }
    }

    /// Sets the thickness of the slab.
    pub(crate) fn set_thickness(&self, mm: f64) {
        if mm.is_finite() {
            self.thickness_mm.set(mm.clamp(*SLAB_MM.start(), *SLAB_MM.end()));
        }
    }

    /// Makes the next of the planes on the screen the active one.
    pub(crate) fn activate_next(&self) {
        let panes = self.layout.get_untracked().panes();
        if panes.is_empty() {
            return;
        }
        let current = panes.iter().position(|pane| pane.plane() == self.active.get_untracked()).unwrap_or(0);
        self.active.set(panes[(current + 1) % panes.len()].plane());
    }

    /// Shows every plane as a whole.
    pub(crate) fn fit(&self) {
        self.viewports.iter().for_each(|viewport| viewport.set(Viewport::WHOLE));
    }
}
