//! The correction tools: the one in use, its settings, and edits on their way to the session.
//!
//! An edit is applied to the picture at once and sent to the session, which keeps it. Edits of a coronal or sagittal plane
//! are sent together when the pointer is lifted, because each of them changes many slices. Edits themselves are in
//! [`crate::imaging::edit`].

use leptos::prelude::*;

use super::display::Display;
use super::pictures::{Picture, Pictures};
use super::series::SeriesView;
use super::view::{Pane, PlanePoint};
use crate::app::protocol::Request;
use crate::core::i18n::Strings;
use crate::core::mpr::{Grid, Plane};
use crate::imaging::edit::{Edit, EditedImage, Stroke, UndoStep, apply};
use crate::web::page::io::session_client::SessionClient;

/// A correction tool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tool {
    /// Paints a disc.
    Brush,
    /// Erases a disc.
    Eraser,
    /// Fills a closed outline.
    Fill,
    /// Adds connected pixels of similar HU.
    Grow,
    /// Removes a connected component.
    Remove,
}

/// The names of a tool in one language.
pub(crate) struct ToolLabel {
    /// Its name.
    pub(crate) name: &'static str,
    /// Its effect.
    pub(crate) description: &'static str,
}

impl Tool {
    /// All tools in the order in which they are shown.
    pub(crate) const ALL: [Self; 5] = [Self::Brush, Self::Eraser, Self::Fill, Self::Grow, Self::Remove];

    /// The name of its button for tests.
    pub(crate) fn hook(self) -> &'static str {
        match self {
            Self::Brush => "tool-brush",
            Self::Eraser => "tool-eraser",
            Self::Fill => "tool-fill",
            Self::Grow => "tool-grow",
            Self::Remove => "tool-remove",
        }
    }

    /// Its names in a language.
    pub(crate) fn label(self, strings: &Strings) -> ToolLabel {
        let strings = &strings.tools;
        let (name, description) = match self {
            Self::Brush => (strings.brush, strings.brush_use),
            Self::Eraser => (strings.eraser, strings.eraser_use),
            Self::Fill => (strings.fill, strings.fill_use),
            Self::Grow => (strings.grow, strings.grow_use),
            Self::Remove => (strings.remove, strings.remove_use),
        };
        ToolLabel { name, description }
    }

    /// True for tools that act along a drag, false for those that act at a click.
    pub(crate) fn paints(self) -> bool {
        matches!(self, Self::Brush | Self::Eraser)
    }
}

/// The range of the brush's radius, in pixels.
pub(crate) const RADII_PX: std::ops::RangeInclusive<f32> = 0.5..=40.0;
/// Growing adds pixels whose HU are this close to the start: about twice the noise of a CT slice.
const GROW_HU: i16 = 30;
/// Growing reaches this far, in mm: half the length of a pancreas.
const GROW_MM: f64 = 20.0;

/// The edits of a coronal or sagittal plane that are not sent yet.
#[derive(Clone, Debug)]
struct UnsentEdits {
    plane: Plane,
    index: usize,
    edits: Vec<Edit>,
}

/// The tool in use, its settings, and the stroke being drawn.
#[derive(Clone, Copy)]
pub(crate) struct Tools {
    session: SessionClient,
    series: SeriesView,
    pictures: Pictures,
    display: Display,
    /// The tool in use.
    pub(crate) tool: RwSignal<Option<Tool>>,
    /// The brush's radius in pixels.
    pub(crate) radius_px: RwSignal<f32>,
    /// True if the brush only paints pixels within [`range_hu`](Self::range_hu).
    pub(crate) range_limited: RwSignal<bool>,
    /// Lowest and highest HU that the brush paints.
    pub(crate) range_hu: RwSignal<[i16; 2]>,
    /// The number of slices that an operation on the whole mask has changed, until something else changes.
    pub(crate) changed_slices: RwSignal<Option<usize>>,
    /// The last point of the stroke being drawn, `[row, column]`.
    stroke_end: StoredValue<Option<[f32; 2]>>,
    /// The edits of the drag under way, if it is on a coronal or sagittal plane.
    unsent: StoredValue<Option<UnsentEdits>>,
    /// The number of edits that the session has not confirmed yet.
    unconfirmed: StoredValue<usize>,
}

impl Tools {
    /// No tool is in use.
    pub(crate) fn new(session: SessionClient, series: SeriesView, pictures: Pictures, display: Display) -> Self {
        Self {
            session,
            series,
            pictures,
            display,
            tool: RwSignal::new(None),
            radius_px: RwSignal::new(6.0),
            range_limited: RwSignal::new(false),
            range_hu: RwSignal::new([20, 180]),
            changed_slices: RwSignal::new(None),
            stroke_end: StoredValue::new(None),
            unsent: StoredValue::new(None),
            unconfirmed: StoredValue::new(0),
        }
    }

    /// Takes up a tool, or puts it down if it is in use. Returns true if it is in use now.
    pub(crate) fn toggle(&self, tool: Tool) -> bool {
        let next = (self.tool.get_untracked() != Some(tool)).then_some(tool);
        self.tool.set(next);
        next.is_some()
    }

    /// Scales the brush.
    pub(crate) fn resize(&self, factor: f32) {
        self.radius_px.update(|radius| *radius = (*radius * factor).clamp(*RADII_PX.start(), *RADII_PX.end()));
    }

    /// True while the session has not confirmed every edit. Masks that it sends until then are older than the picture.
    pub(crate) fn awaits_confirmation(&self) -> bool {
        self.unconfirmed.get_value() > 0
    }

    /// The session has confirmed one edit.
    pub(crate) fn edit_confirmed(&self) {
        self.unconfirmed.update_value(|count| *count = count.saturating_sub(1));
    }

    /// Forgets edits that will not be confirmed, because the session has ended.
    pub(crate) fn forget_unconfirmed(&self) {
        self.unconfirmed.set_value(0);
    }

    /// Ends the stroke, and sends it if it is on a coronal or sagittal plane.
    pub(crate) fn end_stroke(&self) {
        self.stroke_end.set_value(None);
        let mut unsent = None;
        self.unsent.update_value(|edits| unsent = edits.take());
        if let Some(UnsentEdits { plane, index, edits }) = unsent {
            self.unconfirmed.update_value(|count| *count += 1);
            self.session.send(&Request::EditPlane { plane, index, edits });
        }
    }

    /// Uses the tool at a point.
    pub(crate) fn press(&self, at: PlanePoint) {
        self.end_stroke();
        self.use_at(at);
    }

    /// Continues a stroke to a point. A drag with a tool that acts at a click does nothing.
    pub(crate) fn drag(&self, at: PlanePoint) {
        if self.tool.get_untracked().is_some_and(Tool::paints) && self.stroke_end.get_value().is_some() {
            self.use_at(at);
        }
    }

    /// Draws what is not sent yet over a picture that the session made without it.
    pub(crate) fn draw_unsent(&self, plane: Plane, picture: &mut Picture) {
        let Some(grid) = untrack(|| self.series.grid()) else { return };
        self.unsent.with_value(|unsent| {
            let on_it = unsent.as_ref().filter(|unsent| unsent.plane == plane && unsent.index == picture.index);
            for edit in on_it.into_iter().flat_map(|unsent| &unsent.edits) {
                apply_to_picture(edit, &grid, plane, picture);
            }
        });
    }

    fn use_at(&self, at: PlanePoint) {
        let Some(tool) = self.tool.get_untracked() else { return };
        let to = at.pixel.map(|coordinate| coordinate as f32);
        let pixel = to.map(|coordinate| coordinate.round().max(0.0) as usize);
        let stroke_end = self.stroke_end.get_value();
        let edit = match tool {
            Tool::Brush | Tool::Eraser => Edit::Stroke(Stroke {
                from: stroke_end.unwrap_or(to),
                to,
                radius_px: self.radius_px.get_untracked(),
                erase: tool == Tool::Eraser,
                range_hu: self.range_limited.get_untracked().then(|| self.range_hu.get_untracked()),
            }),
            Tool::Fill => Edit::Fill { at: pixel },
            Tool::Grow => Edit::Grow { at: pixel, tolerance_hu: GROW_HU, reach_px: self.reach_px() },
            Tool::Remove => Edit::Remove { at: pixel },
        };
        self.stroke_end.set_value(Some(to));
        match at.plane() {
            Plane::Axial => self.apply(edit, if stroke_end.is_some() { UndoStep::JoinLatest } else { UndoStep::New }),
            plane => self.apply_to_plane(plane, edit),
        }
    }

    /// Applies an edit to the current slice: to the picture at once, and in the session.
    pub(crate) fn apply(&self, edit: Edit, step: UndoStep) {
        let slice = self.series.slice.get_untracked();
        if self.show(Plane::Axial, slice, &edit) {
            self.unconfirmed.update_value(|count| *count += 1);
            self.session.send(&Request::Edit { slice, edit, step });
        }
    }

    /// Applies an edit to the coronal or sagittal plane at the crosshair. It is sent when the stroke ends.
    fn apply_to_plane(&self, plane: Plane, edit: Edit) {
        let index = untrack(|| self.series.index(plane));
        if self.show(plane, index, &edit) {
            self.unsent.update_value(|unsent| {
                unsent.get_or_insert_with(|| UnsentEdits { plane, index, edits: Vec::new() }).edits.push(edit);
            });
        }
    }

    /// Applies an edit to the picture of a plane. Returns false if another picture is shown.
    fn show(&self, plane: Plane, index: usize, edit: &Edit) -> bool {
        let Some(grid) = untrack(|| self.series.grid()) else { return false };
        let [rows, columns] = grid.shape(plane);
        let mut is_shown = false;
        self.pictures.update(Pane::Current(plane), |picture| {
            is_shown = picture.hu.len() == rows * columns && picture.index == index;
            is_shown && apply_to_picture(edit, &grid, plane, picture)
        });
        if is_shown {
            self.display.mask_visible.set(true);
        }
        is_shown
    }

    fn reach_px(&self) -> f32 {
        let spacing_mm = self.series.info.with_untracked(|series| series.as_ref().and_then(|s| s.spacing_mm));
        (GROW_MM / spacing_mm.map_or(1.0, |[_, _, column_mm]| column_mm)) as f32
    }
}

/// Applies an edit to a picture. Returns true if that changed its mask.
fn apply_to_picture(edit: &Edit, grid: &Grid, plane: Plane, picture: &mut Picture) -> bool {
    let image = EditedImage { hu: &picture.hu, dims: grid.shape(plane), pixel_aspect: grid.pixel_aspect(plane) };
    apply(edit, &image, picture.mask.get_or_insert_with(|| vec![0; picture.hu.len()]))
}
