//! Cine: the slices of the active plane, one after the other.
//!
//! It waits for each picture before it goes on, so that a slow machine shows fewer slices and none twice. Any other move
//! through the slices stops it.

use std::time::Duration;

use leptos::leptos_dom::helpers::IntervalHandle;
use leptos::prelude::*;

use super::pictures::Pictures;
use super::series::SeriesView;
use super::view::{Pane, ViewState};
use crate::core::mpr::Plane;

/// The speeds that can be chosen, in slices per second.
pub(crate) const SPEEDS: [u32; 6] = [2, 5, 10, 15, 20, 30];

/// What follows the last slice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CineCourse {
    /// The first slice.
    Loop,
    /// The slice before.
    BackAndForth,
}

/// Where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct CinePosition {
    plane: Plane,
    index: usize,
    /// The step to the next slice: 1 or -1.
    step: isize,
}

/// Plays through the slices.
#[derive(Clone, Copy)]
pub(crate) struct Cine {
    series: SeriesView,
    view: ViewState,
    pictures: Pictures,
    /// The slice that is shown by it; `None` while it does not play.
    position: RwSignal<Option<CinePosition>>,
    /// Slices per second.
    pub(crate) speed: RwSignal<u32>,
    /// What follows the last slice.
    pub(crate) course: RwSignal<CineCourse>,
}

impl Cine {
    /// It does not play.
    pub(crate) fn new(series: SeriesView, view: ViewState, pictures: Pictures) -> Self {
        Self {
            series,
            view,
            pictures,
            position: RwSignal::new(None),
            speed: RwSignal::new(10),
            course: RwSignal::new(CineCourse::Loop),
        }
    }

    /// True while it plays.
    pub(crate) fn is_playing(&self) -> bool {
        self.position.with(Option::is_some)
    }

    /// Begins to play on the active plane, or stops.
    pub(crate) fn toggle(&self) {
        let plane = self.view.active.get_untracked();
        let is_on_screen = untrack(|| self.is_on_screen(plane));
        let count = untrack(|| self.series.grid()).map_or(1, |grid| grid.count(plane));
        let index = untrack(|| self.series.index(plane));
        let begins = self.position.get_untracked().is_none() && is_on_screen && count > 1;
        self.position.set(begins.then_some(CinePosition { plane, index, step: 1 }));
    }

    /// Stops.
    pub(crate) fn stop(&self) {
        if self.position.get_untracked().is_some() {
            self.position.set(None);
        }
    }

    /// Keeps time while it plays, and stops when another slice or plane is shown than its own.
    pub(crate) fn follow(self) {
        let timer: StoredValue<Option<IntervalHandle>> = StoredValue::new(None);
        let is_playing = Memo::new(move |_| self.is_playing());
        Effect::new(move |_| {
            timer.update_value(|timer| {
                if let Some(timer) = timer.take() {
                    timer.clear();
                }
            });
            let pause = Duration::from_secs_f64(1.0 / f64::from(self.speed.get().max(1)));
            if is_playing.get() {
                timer.set_value(set_interval_with_handle(move || self.go_on(), pause).ok());
            }
        });
        Effect::new(move |_| {
            let active = self.view.active.get();
            let shown = Plane::ALL.map(|plane| self.series.index(plane));
            self.series.info.track();
            let is_elsewhere =
                |at: CinePosition| at.plane != active || shown[at.plane.axis()] != at.index || !self.series.is_open();
            let is_hidden = |at: CinePosition| !self.is_on_screen(at.plane);
            if self.position.get_untracked().is_some_and(|at| is_hidden(at) || is_elsewhere(at)) {
                self.stop();
            }
        });
    }

    fn is_on_screen(&self, plane: Plane) -> bool {
        self.view.layout.get().panes().iter().any(|pane| pane.plane() == plane)
    }

    /// Shows the next slice, once the one before is on the screen.
    fn go_on(&self) {
        let Some(CinePosition { plane, index, step }) = self.position.get_untracked() else { return };
        let Some(count) = untrack(|| self.series.grid()).map(|grid| grid.count(plane)) else { return };
        if !self.pictures.is_current(Pane::Current(plane)) {
            return;
        }
        let next = index.checked_add_signed(step).filter(|next| *next < count);
        let (index, step) = match (next, self.course.get_untracked()) {
            (Some(next), _) => (next, step),
            (None, CineCourse::Loop) => (if step > 0 { 0 } else { count - 1 }, step),
            (None, CineCourse::BackAndForth) => (index.saturating_add_signed(-step).min(count - 1), -step),
        };
        self.position.set(Some(CinePosition { plane, index, step }));
        self.series.move_to(plane, index as isize);
    }
}
