//! How the series is looked at: which planes, where the crosshair is, zoom and pan, greys turned round, and rulers.

use std::sync::Arc;

use leptos::prelude::*;

use super::state::{Page, Picture};
use crate::app::protocol::Request;
use crate::core::mpr::{Grid, Plane};
use crate::core::window::Window;

/// One picture on the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pane {
    /// A plane with the mask as it is.
    Of(Plane),
    /// The axial slice with the mask of the model before a fine-tuning.
    Before,
}

impl Pane {
    /// Those that are cut in the session; the axial slice comes by itself.
    const CUT: [Self; 3] = [Self::Of(Plane::Coronal), Self::Of(Plane::Sagittal), Self::Before];

    pub(crate) fn plane(self) -> Plane {
        match self {
            Self::Of(plane) => plane,
            Self::Before => Plane::Axial,
        }
    }

    /// Its name for tests and styles.
    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::Of(Plane::Axial) => "axial",
            Self::Of(Plane::Coronal) => "coronal",
            Self::Of(Plane::Sagittal) => "sagittal",
            Self::Before => "before",
        }
    }

    fn cut(self) -> Option<usize> {
        Self::CUT.iter().position(|pane| *pane == self)
    }
}

/// Which pictures are on the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ViewLayout {
    One(Plane),
    Three,
    /// Before and after a fine-tuning, side by side.
    Pair,
}

impl ViewLayout {
    pub(crate) const AXIAL: Self = Self::One(Plane::Axial);

    pub(crate) fn panes(self) -> Vec<Pane> {
        match self {
            Self::One(plane) => vec![Pane::Of(plane)],
            Self::Three => Plane::ALL.map(Pane::Of).to_vec(),
            Self::Pair => vec![Pane::Before, Pane::Of(Plane::Axial)],
        }
    }

    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::One(plane) => Pane::Of(plane).id(),
            Self::Three => "three",
            Self::Pair => "pair",
        }
    }
}

/// Which part of a plane is seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Viewport {
    /// 1 shows all of it, as large as it fits.
    pub(crate) zoom: f64,
    /// What is in the middle, `[y, x]` as shares of the plane.
    pub(crate) centre: [f64; 2],
}

impl Viewport {
    const WHOLE: Self = Self { zoom: 1.0, centre: [0.5; 2] };

    /// Larger by a factor; what is `at` (shares of the plane) stays where it is on the screen.
    pub(crate) fn zoomed(self, factor: f64, at: [f64; 2]) -> Self {
        let zoom = (self.zoom * factor).clamp(0.5, 40.0);
        let shrunk = self.zoom / zoom;
        Self { zoom, centre: [0, 1].map(|i| at[i] - (at[i] - self.centre[i]) * shrunk) }
    }

    /// Moved along with the pointer, by shares of the plane. Its middle stays on the plane, so that it cannot be lost.
    pub(crate) fn panned(self, by: [f64; 2]) -> Self {
        Self { centre: [0, 1].map(|i| (self.centre[i] - by[i]).clamp(0.0, 1.0)), ..self }
    }
}

/// A distance measured on a plane, `[row, column]` in its pixels.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Ruler {
    pub(crate) plane: Plane,
    pub(crate) index: usize,
    pub(crate) ends: [[f64; 2]; 2],
}

/// How the series is looked at. A handle, as [`Page`] is.
#[derive(Clone, Copy)]
pub(crate) struct View {
    pub(crate) layout: RwSignal<ViewLayout>,
    /// The plane that keys move through: the one last pointed at or in focus.
    pub(crate) active: RwSignal<Plane>,
    /// Row and column of the crosshair; its slice is the slice looked at.
    pub(crate) across: RwSignal<[usize; 2]>,
    sights: [RwSignal<Viewport>; 3],
    cuts: [RwSignal<Option<Arc<Picture>>>; 3],
    /// For each cut: whether it was asked for and has not come, and whether it is wanted anew by then.
    asked: StoredValue<[(bool, bool); 3]>,
    /// Counts changes of any mask.
    pub(crate) masks: RwSignal<usize>,
    /// Black is white.
    pub(crate) inverted: RwSignal<bool>,
    /// The next drag measures.
    pub(crate) ruling: RwSignal<bool>,
    pub(crate) rulers: RwSignal<Vec<Ruler>>,
    /// Where the pointer is, `[row, column]` in pixels of a plane; centres are at whole numbers.
    pub(crate) pointer: RwSignal<Option<(Plane, [f64; 2])>>,
}

impl View {
    pub(crate) fn new() -> Self {
        Self {
            layout: RwSignal::new(ViewLayout::AXIAL),
            active: RwSignal::new(Plane::Axial),
            across: RwSignal::new([0; 2]),
            sights: [0; 3].map(|_| RwSignal::new(Viewport::WHOLE)),
            cuts: [0; 3].map(|_| RwSignal::new(None)),
            asked: StoredValue::new([(false, false); 3]),
            masks: RwSignal::new(0),
            inverted: RwSignal::new(false),
            ruling: RwSignal::new(false),
            rulers: RwSignal::new(Vec::new()),
            pointer: RwSignal::new(None),
        }
    }

    pub(crate) fn sight(&self, plane: Plane) -> RwSignal<Viewport> {
        self.sights[plane.axis()]
    }

    /// Another series is open: the crosshair in its middle, nothing measured yet.
    pub(crate) fn opened(&self, [depth, height, width]: [usize; 3]) {
        self.across.set([height / 2, width / 2]);
        self.rulers.set(Vec::new());
        self.pointer.set(None);
        self.cuts.iter().for_each(|cut| cut.set(None));
        self.asked.set_value([(false, false); 3]);
        if depth == 1 {
            self.show(ViewLayout::AXIAL);
        }
        self.fit();
    }

    /// Shows these pictures.
    pub(crate) fn show(&self, layout: ViewLayout) {
        let plane = match layout {
            ViewLayout::One(plane) => plane,
            ViewLayout::Three | ViewLayout::Pair => Plane::Axial,
        };
        self.active.set(plane);
        self.layout.set(layout);
    }

    /// Axial alone, or all three.
    pub(crate) fn cycle(&self) {
        self.show(if self.layout.get_untracked() == ViewLayout::AXIAL { ViewLayout::Three } else { ViewLayout::AXIAL });
    }

    /// One of the three alone, or all three again.
    pub(crate) fn maximise(&self, plane: Plane) {
        self.show(match self.layout.get_untracked() {
            ViewLayout::Three => ViewLayout::One(plane),
            ViewLayout::One(_) => ViewLayout::Three,
            ViewLayout::Pair => ViewLayout::AXIAL,
        });
    }

    /// Removes the last ruler.
    pub(crate) fn unmeasure(&self) {
        self.rulers.update(|rulers| {
            rulers.pop();
        });
    }

    /// Every plane whole again.
    pub(crate) fn fit(&self) {
        self.sights.iter().for_each(|sight| sight.set(Viewport::WHOLE));
    }
}

impl Page {
    /// The grid of the series, if one is open.
    pub(crate) fn grid(&self) -> Option<Grid> {
        self.study.with(|study| study.as_ref().map(|study| Grid { dims: study.dims, geometry: study.geometry }))
    }

    /// Which of a plane is looked at.
    pub(crate) fn index(&self, plane: Plane) -> usize {
        match plane {
            Plane::Axial => self.slice.get(),
            Plane::Coronal => self.view.across.get()[0],
            Plane::Sagittal => self.view.across.get()[1],
        }
    }

    /// Where the crosshair is, `[z, y, x]`.
    pub(crate) fn crosshair(&self) -> [f64; 3] {
        Plane::ALL.map(|plane| self.index(plane) as f64)
    }

    /// Looks at another of a plane, as near as there is one.
    pub(crate) fn move_to(&self, plane: Plane, index: isize) {
        let Some(count) = untrack(|| self.grid()).map(|grid| grid.count(plane)) else { return };
        let index = index.clamp(0, count as isize - 1) as usize;
        match plane {
            Plane::Axial => self.slice.set(index),
            Plane::Coronal => self.view.across.update(|across| across[0] = index),
            Plane::Sagittal => self.view.across.update(|across| across[1] = index),
        }
    }

    pub(crate) fn move_by(&self, plane: Plane, steps: isize) {
        self.move_to(plane, untrack(|| self.index(plane)) as isize + steps);
    }

    /// Puts the crosshair onto a voxel `[z, y, x]`.
    pub(crate) fn point_at(&self, voxel: [f64; 3]) {
        for plane in Plane::ALL {
            self.move_to(plane, voxel[plane.axis()].round() as isize);
        }
    }

    /// Whether there is more than one plane to look at: more than one slice, and a known place for each.
    pub(crate) fn has_planes(&self) -> bool {
        self.study.with(|study| study.as_ref().is_some_and(|study| study.dims[0] > 1 && study.geometry.is_some()))
    }

    /// Window, zoom and pan as at the start.
    pub(crate) fn reset_view(&self) {
        self.window.set(Window::ABDOMEN);
        self.view.inverted.set(false);
        self.view.fit();
    }

    /// The picture a pane shows, if it has come.
    pub(crate) fn picture_of(&self, pane: Pane) -> Option<Arc<Picture>> {
        pane.cut().map_or(self.picture, |cut| self.view.cuts[cut]).get()
    }

    /// Asks for a cut, unless one is on its way: then the newest wish goes out when that has come.
    pub(crate) fn ask(&self, pane: Pane) {
        let Some(cut) = pane.cut() else { return };
        let mut waits = false;
        self.view.asked.update_value(|asked| {
            waits = asked[cut].0;
            asked[cut] = (true, waits);
        });
        if !waits {
            let index = untrack(|| self.index(pane.plane()));
            self.send(&Request::Cut { plane: pane.plane(), index, before: pane == Pane::Before });
        }
    }

    /// Takes a cut that has come.
    pub(crate) fn take_cut(&self, pane: Pane, picture: Picture) {
        let Some(cut) = pane.cut() else { return };
        self.view.cuts[cut].set(Some(Arc::new(picture)));
        let mut again = false;
        self.view.asked.update_value(|asked| again = std::mem::take(&mut asked[cut]).1);
        if again {
            self.ask(pane);
        }
    }
}
