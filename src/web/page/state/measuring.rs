//! Measurements that a person draws on the pictures: the tool in use, the shape under the pointer, and what was measured on
//! each series.
//!
//! They are kept by the key of their series until series are closed, so that they are there again when it is shown again. What
//! a shape measures is in [`core::drawn_measurement`](crate::core::drawn_measurement); the session, which has the voxels, sends
//! the Hounsfield units in an ellipse.

use std::collections::BTreeMap;

use leptos::prelude::*;

use super::view::PlanePoint;
use crate::app::protocol::{OpenSeries, Request};
use crate::core::drawn_measurement::{DrawnMeasurement, DrawnShape, EllipseStatistics};
use crate::core::i18n::measuring::MeasuringStrings;
use crate::core::mpr::{Grid, Plane};
use crate::formats::measurement_table::{MeasurementRow, MeasurementTable};
use crate::web::page::io::session_client::SessionClient;

/// A tool that measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MeasuringTool {
    /// The distance between two points.
    Length,
    /// The angle between two lines.
    Angle,
    /// Area and Hounsfield units of an ellipse.
    Ellipse,
}

impl MeasuringTool {
    /// All tools in the order in which they are shown.
    pub(crate) const ALL: [Self; 3] = [Self::Length, Self::Angle, Self::Ellipse];

    /// Its effect, for people.
    pub(crate) fn title(self, strings: &MeasuringStrings) -> &'static str {
        match self {
            Self::Length => strings.length_title,
            Self::Angle => strings.angle_title,
            Self::Ellipse => strings.ellipse_title,
        }
    }

    /// The shape that begins at a point.
    fn begin(self, at: [f64; 2]) -> DrawnShape {
        match self {
            Self::Length => DrawnShape::Length { ends: [at; 2] },
            Self::Angle => DrawnShape::Angle { points: [at; 3] },
            Self::Ellipse => DrawnShape::Ellipse { corners: [at; 2] },
        }
    }
}

/// What the pointer draws of a shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// A button is held: the shape, or the first line of an angle.
    First,
    /// No button is held, and the second line of an angle follows the pointer.
    Following,
    /// A button is held: the second line of an angle.
    Second,
}

/// A shape that is not finished.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Unfinished {
    drawn: DrawnMeasurement,
    phase: Phase,
}

/// The way in which a drag has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DragEnd {
    /// The pointer has hardly moved.
    Click,
    /// The pointer has moved.
    Drag,
}

/// A measurement on a picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct ShownMeasurement {
    /// Its index in the list; `None` while it is being drawn.
    pub(crate) index: Option<usize>,
    /// What it measures.
    pub(crate) row: MeasurementRow,
}

/// The measurements of all series.
#[derive(Clone, Copy)]
pub(crate) struct Measuring {
    session: SessionClient,
    /// The open series.
    info: RwSignal<Option<OpenSeries>>,
    /// The tool that the next drag uses.
    pub(crate) tool: RwSignal<Option<MeasuringTool>>,
    unfinished: RwSignal<Option<Unfinished>>,
    kept: RwSignal<BTreeMap<String, Vec<MeasurementRow>>>,
}

impl Measuring {
    /// Nothing is measured.
    pub(crate) fn new(session: SessionClient, info: RwSignal<Option<OpenSeries>>) -> Self {
        Self {
            session,
            info,
            tool: RwSignal::new(None),
            unfinished: RwSignal::new(None),
            kept: RwSignal::new(BTreeMap::new()),
        }
    }

    /// Takes up a tool, or puts it down if it is in use.
    pub(crate) fn toggle(&self, tool: MeasuringTool) {
        let next = (self.tool.get_untracked() != Some(tool)).then_some(tool);
        self.put_down();
        self.tool.set(next);
    }

    /// Puts the tool down, and drops what is not finished.
    pub(crate) fn put_down(&self) {
        self.tool.set(None);
        self.unfinished.set(None);
    }

    /// Another series was opened. Ellipses that were not measured when it was closed are measured now.
    pub(crate) fn series_opened(&self) {
        self.unfinished.set(None);
        let rows = untrack(|| self.rows());
        rows.iter().filter(|row| row.statistics.is_none()).for_each(|row| self.request(&row.drawn));
    }

    /// The series were closed: nothing of them stays.
    pub(crate) fn forget(&self) {
        self.unfinished.set(None);
        self.kept.set(BTreeMap::new());
    }

    /// The measurements of the open series, in the order in which they were made.
    pub(crate) fn rows(&self) -> Vec<MeasurementRow> {
        let key = self.key();
        self.kept.with(|kept| key.and_then(|key| kept.get(&key).cloned()).unwrap_or_default())
    }

    /// True if there are measurements of any series.
    pub(crate) fn are_any(&self) -> bool {
        self.kept.with(|kept| kept.values().any(|rows| !rows.is_empty()))
    }

    /// The measurements on a plane, the unfinished one last.
    pub(crate) fn on_plane(&self, plane: Plane, index: usize) -> Vec<ShownMeasurement> {
        let is_on_it = |drawn: &DrawnMeasurement| drawn.plane == plane && drawn.index == index;
        let kept = self.rows().into_iter().enumerate();
        let kept = kept.map(|(index, row)| ShownMeasurement { index: Some(index), row });
        let unfinished = self.unfinished.get().map(|unfinished| {
            let row = MeasurementRow { drawn: unfinished.drawn, statistics: None };
            ShownMeasurement { index: None, row }
        });
        kept.chain(unfinished).filter(|shown| is_on_it(&shown.row.drawn)).collect()
    }

    /// A button is pressed at a point of a plane while a tool is in use.
    pub(crate) fn press(&self, at: PlanePoint, index: usize) {
        let Some(tool) = self.tool.get_untracked() else { return };
        let pixel = self.on_picture(at);
        let next = self.unfinished.get_untracked().filter(|before| {
            let drawn = &before.drawn;
            before.phase == Phase::Following && drawn.plane == at.plane() && drawn.index == index
        });
        let next = match next {
            Some(before) => Unfinished { phase: Phase::Second, drawn: with_last(before.drawn, pixel) },
            None => {
                let drawn = DrawnMeasurement { plane: at.plane(), index, shape: tool.begin(pixel) };
                Unfinished { drawn, phase: Phase::First }
            }
        };
        self.unfinished.set(Some(next));
    }

    /// The pointer moves: the unfinished shape on its plane follows it.
    pub(crate) fn follow(&self, at: PlanePoint) {
        let Some(before) = self.unfinished.get_untracked().filter(|before| before.drawn.plane == at.plane()) else {
            return;
        };
        let pixel = self.on_picture(at);
        let drawn = match (before.phase, before.drawn.shape) {
            (Phase::First, DrawnShape::Angle { points: [first, ..] }) => {
                DrawnMeasurement { shape: DrawnShape::Angle { points: [first, pixel, pixel] }, ..before.drawn }
            }
            _ => with_last(before.drawn, pixel),
        };
        self.unfinished.set(Some(Unfinished { drawn, ..before }));
    }

    /// The button is lifted. A click draws no line, but it ends the second line of an angle.
    pub(crate) fn release(&self, end: DragEnd) {
        let Some(Unfinished { drawn, phase }) = self.unfinished.get_untracked() else { return };
        let next = match (phase, drawn.shape) {
            (Phase::First, _) if end == DragEnd::Click => None,
            (Phase::First, DrawnShape::Angle { .. }) => Some(Unfinished { drawn, phase: Phase::Following }),
            // A second line without a length makes no angle.
            (_, DrawnShape::Angle { points: [_, vertex, last] }) if vertex == last => {
                Some(Unfinished { drawn, phase: Phase::Following })
            }
            _ => {
                self.keep(drawn);
                None
            }
        };
        self.unfinished.set(next);
    }

    /// Another gesture begins while a button is held.
    pub(crate) fn interrupt(&self) {
        if self.unfinished.get_untracked().is_some_and(|unfinished| unfinished.phase != Phase::Following) {
            self.unfinished.set(None);
        }
    }

    /// Adds measurements of the open series that are not there yet. Those that lie outside of it are left out.
    pub(crate) fn add(&self, drawn: &[DrawnMeasurement]) {
        let Some(grid) = untrack(|| self.grid()) else { return };
        let known = untrack(|| self.rows());
        let is_new = |drawn: &&DrawnMeasurement| drawn.fits(&grid) && known.iter().all(|row| row.drawn != **drawn);
        drawn.iter().filter(is_new).for_each(|drawn| self.keep(*drawn));
    }

    /// Removes a measurement of the open series.
    pub(crate) fn remove(&self, index: usize) {
        self.change(|rows| {
            if index < rows.len() {
                rows.remove(index);
            }
        });
    }

    /// Drops the unfinished measurement, or removes the last one of the open series.
    pub(crate) fn remove_last(&self) {
        if self.unfinished.get_untracked().is_some() {
            self.unfinished.set(None);
        } else {
            self.change(|rows| rows.truncate(rows.len().saturating_sub(1)));
        }
    }

    /// The Hounsfield units in an ellipse have come.
    pub(crate) fn measured(&self, key: &str, ellipse: DrawnMeasurement, statistics: Option<EllipseStatistics>) {
        self.kept.update(|kept| {
            let rows = kept.get_mut(key).into_iter().flatten();
            rows.filter(|row| row.drawn == ellipse).for_each(|row| row.statistics = statistics);
        });
    }

    /// The measurements of the open series as CSV; `made_at` is local date and time, ISO 8601.
    pub(crate) fn csv(&self, made_at: &str) -> Option<Vec<u8>> {
        let (series_key, grid) = untrack(|| self.key().zip(self.grid()))?;
        let table = MeasurementTable { series_key: &series_key, grid, made_at };
        Some(table.to_csv(&untrack(|| self.rows())))
    }

    fn key(&self) -> Option<String> {
        self.info.with(|info| info.as_ref().map(|info| info.key.clone()))
    }

    fn grid(&self) -> Option<Grid> {
        self.info.with(|info| info.as_ref().map(|info| Grid { dims: info.dims, geometry: info.geometry }))
    }

    fn keep(&self, drawn: DrawnMeasurement) {
        self.change(|rows| rows.push(MeasurementRow { drawn, statistics: None }));
        self.request(&drawn);
    }

    fn change(&self, change: impl FnOnce(&mut Vec<MeasurementRow>)) {
        if let Some(key) = untrack(|| self.key()) {
            self.kept.update(|kept| change(kept.entry(key).or_default()));
        }
    }

    fn request(&self, drawn: &DrawnMeasurement) {
        if let (DrawnShape::Ellipse { .. }, Some(key)) = (drawn.shape, untrack(|| self.key())) {
            self.session.send(&Request::MeasureEllipse { key, ellipse: *drawn });
        }
    }

    /// The pixel of a point, moved onto the picture: a captured pointer may be outside.
    fn on_picture(&self, at: PlanePoint) -> [f64; 2] {
        let shape = untrack(|| self.grid()).map_or([1; 2], |grid| grid.shape(at.plane()));
        [0, 1].map(|axis| at.pixel[axis].clamp(-0.5, shape[axis] as f64 - 0.5))
    }
}

/// A measurement with its last point elsewhere.
fn with_last(drawn: DrawnMeasurement, pixel: [f64; 2]) -> DrawnMeasurement {
    let mut shape = drawn.shape;
    match &mut shape {
        DrawnShape::Length { ends: [.., last] }
        | DrawnShape::Angle { points: [.., last] }
        | DrawnShape::Ellipse { corners: [.., last] } => *last = pixel,
    }
    DrawnMeasurement { shape, ..drawn }
}
