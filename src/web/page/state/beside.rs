//! Another series of the drop beside the open one, at the same place in the patient.

use leptos::prelude::*;

use super::series::SeriesView;
use super::view::{ViewLayout, ViewState};
use crate::app::protocol::SeriesBeside;

/// The range of shifts against the open series, in mm.
pub(crate) const SHIFT_MM: std::ops::RangeInclusive<f64> = -2000.0..=2000.0;

/// Another series beside the open one.
#[derive(Clone, Copy)]
pub(crate) struct Beside {
    series: SeriesView,
    view: ViewState,
    chosen: RwSignal<Option<SeriesBeside>>,
    /// False if no pixel of the picture that arrived last lies in the other series.
    pub(crate) is_covered: RwSignal<bool>,
    /// True if its values are Hounsfield units.
    pub(crate) is_calibrated: RwSignal<bool>,
}

impl Beside {
    /// No other series is chosen.
    pub(crate) fn new(series: SeriesView, view: ViewState) -> Self {
        Self {
            series,
            view,
            chosen: RwSignal::new(None),
            is_covered: RwSignal::new(true),
            is_calibrated: RwSignal::new(true),
        }
    }

    /// Forgets the other series when another layout is chosen, and shows no layout for two without it.
    pub(crate) fn follow(&self) {
        let this = *self;
        Effect::new(move |_| {
            let layout = this.view.layout.get();
            let is_beside = matches!(layout, ViewLayout::Beside(_));
            match (layout, this.chosen.with_untracked(Option::is_some)) {
                (ViewLayout::Beside(plane), false) => this.view.show(ViewLayout::One(plane)),
                (_, true) if !is_beside => this.chosen.set(None),
                _ => {}
            }
        });
    }

    /// The other series, with its shift.
    pub(crate) fn chosen(&self) -> Option<SeriesBeside> {
        self.chosen.get()
    }

    /// The distance towards the head by which the other series is shifted.
    pub(crate) fn shift_mm(&self) -> f64 {
        self.chosen().map_or(0.0, |beside| beside.shift_mm)
    }

    /// The name of the other series.
    pub(crate) fn name(&self) -> Option<String> {
        let index = self.chosen()?.series;
        self.series.dropped.with(|dropped| dropped.entries.get(index).map(|entry| entry.name.clone()))
    }

    /// True if a series of the drop is beside the open one.
    pub(crate) fn is_chosen(&self, series: usize) -> bool {
        self.chosen().is_some_and(|beside| beside.series == series)
    }

    /// Shows a series of the drop beside the open one, on the active plane, or closes it if it is there.
    pub(crate) fn toggle(&self, series: usize) {
        if untrack(|| self.is_chosen(series)) {
            self.close();
            return;
        }
        self.is_covered.set(true);
        self.chosen.set(Some(SeriesBeside { series, shift_mm: 0.0 }));
        self.view.show(ViewLayout::Beside(self.view.active.get_untracked()));
    }

    /// Shows the next series of the drop beside the open one, and none after the last.
    pub(crate) fn next(&self) {
        let after = self.chosen.with_untracked(|chosen| chosen.map_or(0, |beside| beside.series + 1));
        let next = self.series.dropped.with_untracked(|dropped| {
            let can_be = |index: &usize| *index != dropped.open && dropped.entries[*index].why_not.is_none();
            (after..dropped.entries.len()).find(can_be)
        });
        match next {
            Some(series) => self.toggle(series),
            None => self.close(),
        }
    }

    /// Shifts the other series towards the head.
    pub(crate) fn set_shift(&self, shift_mm: f64) {
        if shift_mm.is_finite() {
            let shift_mm = shift_mm.clamp(*SHIFT_MM.start(), *SHIFT_MM.end());
            self.chosen.update(|chosen| *chosen = chosen.map(|beside| SeriesBeside { shift_mm, ..beside }));
        }
    }

    /// Shows the open series alone.
    pub(crate) fn close(&self) {
        if self.chosen.with_untracked(Option::is_some) {
            self.chosen.set(None);
        }
        if let ViewLayout::Beside(plane) = self.view.layout.get_untracked() {
            self.view.show(ViewLayout::One(plane));
        }
    }
}
