//! The surfaces of the organs of the open series, and the look at them.
//!
//! The session sends a surface whenever its mask has changed; until then the last one stays. All are wanted only while they
//! are on the screen.

use std::collections::BTreeMap;
use std::sync::Arc;

use leptos::prelude::*;

use super::display::Display;
use super::organs::OrganList;
use super::series::SeriesView;
use super::view::ViewState;
use crate::app::protocol::{OrganInfo, OrganSurface, Request, SurfaceLook, SurfaceMesh, from_bytes};
use crate::core::organ_colours::Rgb;
use crate::imaging::orbit_camera::{BoxMm, OrbitCamera, Ray, StandardView};
use crate::web::page::io::session_client::SessionClient;

/// What a key turns by, in degrees; the part of the pane that it pans by, and the factor by which it zooms.
const TURN_DEG: f64 = 10.0;
const PAN: f64 = 0.1;
const ZOOM: f64 = 1.25;

/// A surface as a graphics card takes it, and as a click finds it.
#[derive(Debug, Default)]
pub(crate) struct TriangleSurface {
    /// Corners in mm (LPS).
    pub(crate) points_mm: Vec<[f32; 3]>,
    /// Normals as [`SurfaceMesh`] has them.
    pub(crate) normals: Vec<u8>,
    /// Triangles.
    pub(crate) triangles: Vec<[u32; 3]>,
}

impl From<SurfaceMesh> for TriangleSurface {
    fn from(mesh: SurfaceMesh) -> Self {
        let triangles = from_bytes(&mesh.triangles);
        Self { points_mm: from_bytes(&mesh.points_mm), normals: mesh.normals, triangles }
    }
}

/// The surface of an organ.
#[derive(Debug)]
pub(crate) struct OrganTriangles {
    /// Tells this surface from all earlier ones.
    pub(crate) version: u64,
    /// The number of pieces of the organ.
    pub(crate) pieces: usize,
    /// The largest piece.
    pub(crate) largest: TriangleSurface,
    /// The same with few triangles.
    pub(crate) moving: TriangleSurface,
    /// All others.
    pub(crate) strays: TriangleSurface,
}

/// A surface that is drawn.
#[derive(Clone, Debug)]
pub(crate) struct ShownSurface {
    /// The label of its organ.
    pub(crate) label: u8,
    /// The name of its organ, as the model or the label map has it.
    pub(crate) name: String,
    /// Its colour.
    pub(crate) rgb: Rgb,
    /// Its opacity: its own, or else 1 for the organ that the tools act on, and that of all for the others.
    pub(crate) opacity: f32,
    /// The surface.
    pub(crate) surface: Arc<OrganTriangles>,
}

/// How many of the surfaces that are to be shown have come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SurfaceProgress {
    /// Surfaces that are there.
    pub(crate) done: usize,
    /// Surfaces that are to be shown.
    pub(crate) total: usize,
}

/// The camera as it was fitted without being asked.
#[derive(Clone, Copy, Debug)]
struct AutomaticFit {
    camera: OrbitCamera,
    /// The number of surfaces.
    total: usize,
}

/// The surfaces of the organs.
#[derive(Clone, Copy)]
pub(crate) struct Surfaces {
    session: SessionClient,
    series: SeriesView,
    view: ViewState,
    display: Display,
    organs: OrganList,
    all: RwSignal<BTreeMap<u8, Arc<OrganTriangles>>>,
    /// The look at them.
    pub(crate) camera: RwSignal<OrbitCamera>,
    /// True once the camera was fitted to the surfaces. Before that nothing is drawn, so that nothing jumps.
    pub(crate) is_fitted: RwSignal<bool>,
    /// True while a report waits for them.
    pub(crate) is_for_report: RwSignal<bool>,
    fit_by_itself: StoredValue<Option<AutomaticFit>>,
    versions: StoredValue<u64>,
}

impl Surfaces {
    /// No surfaces.
    pub(crate) fn new(
        session: SessionClient,
        series: SeriesView,
        view: ViewState,
        display: Display,
        organs: OrganList,
    ) -> Self {
        let all = RwSignal::new(BTreeMap::new());
        Self {
            session,
            series,
            view,
            display,
            organs,
            all,
            camera: RwSignal::new(OrbitCamera::default()),
            is_fitted: RwSignal::new(false),
            is_for_report: RwSignal::new(false),
            fit_by_itself: StoredValue::new(None),
            versions: StoredValue::new(0),
        }
    }

    /// Requests surfaces while they are on the screen, and fits the camera once the first have come.
    pub(crate) fn follow(&self) {
        let this = *self;
        Effect::new(move |were_wanted: Option<bool>| {
            this.series.info.track();
            let is_shown = this.view.layout.get().shows_surface() || this.is_for_report.get();
            let is_wanted = is_shown && this.series.has_planes();
            if is_wanted {
                this.session.send(&Request::ShowSurfaces { hidden: this.organs.hidden_labels() });
            } else if were_wanted == Some(true) {
                this.session.send(&Request::HideSurfaces);
            }
            is_wanted
        });
        Effect::new(move |_| {
            let SurfaceProgress { done, total } = this.progress();
            if done > 0 && done == total {
                untrack(|| this.fit_once(total));
            }
        });
    }

    /// Requests surfaces before a report is requested, which waits for them.
    pub(crate) fn want_for_report(&self) {
        self.session.send(&Request::ShowSurfaces { hidden: untrack(|| self.organs.hidden_labels()) });
        self.is_for_report.set(true);
    }

    /// A look at all of them from where the page looks, or from anterior.
    pub(crate) fn camera_for_report(&self) -> Option<OrbitCamera> {
        let OrbitCamera { azimuth_deg, elevation_deg, .. } = self.camera.get();
        Some(OrbitCamera { azimuth_deg, elevation_deg, ..OrbitCamera::fitted(self.shown_box()?) })
    }

    /// Another series is open, or none.
    pub(crate) fn reset(&self) {
        self.clear();
        self.camera.set(OrbitCamera::default());
        self.is_fitted.set(false);
        self.fit_by_itself.set_value(None);
    }

    /// Another model is in use, or other masks.
    pub(crate) fn clear(&self) {
        self.all.set(BTreeMap::new());
    }

    /// Takes a surface from the session.
    pub(crate) fn receive(&self, surface: OrganSurface) {
        self.versions.update_value(|version| *version += 1);
        let OrganSurface { label, pieces, largest, moving, strays } = surface;
        let version = self.versions.get_value();
        let [largest, moving, strays] = [largest, moving, strays].map(TriangleSurface::from);
        let surface = OrganTriangles { version, pieces, largest, moving, strays };
        self.all.update(|all| drop(all.insert(label, Arc::new(surface))));
    }

    /// The surfaces that are drawn, those that one sees through last.
    pub(crate) fn shown(&self) -> Vec<ShownSurface> {
        let visible = self.visible();
        self.all.with(|all| {
            let shown = visible.into_iter().filter_map(|organ| {
                let surface = all.get(&organ.label)?.clone();
                let SurfaceLook { label, rgb, opacity } = self.look_of(&organ);
                Some(ShownSurface { label, name: organ.name, rgb, opacity, surface })
            });
            shown.filter(|shown| shown.opacity > 0.0).collect()
        })
    }

    /// The look of every organ that is drawn, whether its surface has come or not.
    pub(crate) fn looks(&self) -> Vec<SurfaceLook> {
        self.visible().iter().map(|organ| self.look_of(organ)).filter(|look| look.opacity > 0.0).collect()
    }

    /// The look of an organ: its own opacity, or else 1 for the organ that the tools act on, and that of all for the others.
    fn look_of(&self, organ: &OrganInfo) -> SurfaceLook {
        let usual = if self.organs.is_active(organ.label) { 1.0 } else { self.display.opacity.get() };
        let opacity = self.organs.own_opacity(organ.label).unwrap_or(usual);
        SurfaceLook { label: organ.label, rgb: self.organs.rgb_of(organ), opacity }
    }

    /// How many of the surfaces that are to be shown have come.
    pub(crate) fn progress(&self) -> SurfaceProgress {
        let visible = self.visible();
        let done = self.all.with(|all| visible.iter().filter(|organ| all.contains_key(&organ.label)).count());
        SurfaceProgress { done, total: visible.len() }
    }

    /// Shows all surfaces as a whole, from anterior.
    pub(crate) fn fit(&self) {
        if let Some(around) = self.shown_box() {
            self.camera.set(OrbitCamera::fitted(around));
            self.is_fitted.set(true);
        }
    }

    /// Fits the camera to the first surfaces, and again to more of them, as those of a label map, unless a person has
    /// turned them.
    fn fit_once(&self, total: usize) {
        let fitted = self.fit_by_itself.get_value();
        let is_due = fitted.is_none_or(|fit| total > fit.total && self.camera.get_untracked() == fit.camera);
        if is_due && (fitted.is_some() || !self.is_fitted.get_untracked()) {
            self.fit();
            let fit = AutomaticFit { camera: self.camera.get_untracked(), total };
            self.fit_by_itself.set_value(Some(fit).filter(|_| self.is_fitted.get_untracked()));
        }
    }

    /// Looks from a standard direction.
    pub(crate) fn look_from(&self, view: StandardView) {
        self.camera.update(|camera| *camera = camera.seen_from(view));
    }

    /// Turns, pans, zooms or resets. Returns true if the key does one of these.
    pub(crate) fn act_on_key(&self, key: &str) -> bool {
        let is_view = |view: &&StandardView| key.parse() == Ok(**view as usize + 1);
        let camera = self.camera.get_untracked();
        let changed = match key {
            "ArrowLeft" => camera.turned(-TURN_DEG, 0.0),
            "ArrowRight" => camera.turned(TURN_DEG, 0.0),
            "ArrowUp" => camera.turned(0.0, -TURN_DEG),
            "ArrowDown" => camera.turned(0.0, TURN_DEG),
            "Ctrl+ArrowLeft" => camera.panned([-PAN, 0.0]),
            "Ctrl+ArrowRight" => camera.panned([PAN, 0.0]),
            "Ctrl+ArrowUp" => camera.panned([0.0, PAN]),
            "Ctrl+ArrowDown" => camera.panned([0.0, -PAN]),
            "+" | "=" => camera.zoomed(ZOOM, [0.0; 2]),
            "-" => camera.zoomed(1.0 / ZOOM, [0.0; 2]),
            "0" => {
                untrack(|| self.fit());
                return true;
            }
            _ => match StandardView::ALL.iter().find(is_view) {
                Some(view) => camera.seen_from(*view),
                None => return false,
            },
        };
        self.camera.set(changed);
        true
    }

    /// Moves the crosshair to the first surface on a line of sight: an opaque one, else one that one sees through.
    /// Returns true if there is one.
    pub(crate) fn pick(&self, ray: &Ray) -> bool {
        let shown = untrack(|| self.shown());
        let hit = |are_opaque: bool| {
            let parts = shown
                .iter()
                .flat_map(|shown| [(&shown.surface.largest, shown.opacity), (&shown.surface.strays, 1.0)])
                .filter(|(_, opacity)| (*opacity >= 1.0) == are_opaque);
            parts.filter_map(|(part, _)| ray.first_hit_mm(&part.points_mm, &part.triangles)).min_by(f64::total_cmp)
        };
        let distance_mm = hit(true).or_else(|| hit(false));
        let geometry = untrack(|| self.series.grid()).and_then(|grid| grid.geometry);
        let Some((distance_mm, geometry)) = distance_mm.zip(geometry) else { return false };
        self.series.move_crosshair(geometry.voxel_at(ray.at_mm(distance_mm)));
        true
    }

    /// Organs of which something is there.
    fn listed(&self) -> Vec<OrganInfo> {
        let found = |organ: &&OrganInfo| organ.voxels > 0;
        self.organs.info.with(|info| info.iter().flat_map(|info| &info.organs).filter(found).cloned().collect())
    }

    fn visible(&self) -> Vec<OrganInfo> {
        self.listed().into_iter().filter(|organ| self.organs.is_visible(organ.label)).collect()
    }

    /// The box around everything that is drawn.
    fn shown_box(&self) -> Option<BoxMm> {
        let mut around: Option<BoxMm> = None;
        for shown in self.shown() {
            for point in shown.surface.largest.points_mm.iter().chain(&shown.surface.strays.points_mm) {
                let point = point.map(f64::from);
                let [low, high] = around.get_or_insert([point; 2]);
                for axis in 0..3 {
                    low[axis] = low[axis].min(point[axis]);
                    high[axis] = high[axis].max(point[axis]);
                }
            }
        }
        around
    }
}
