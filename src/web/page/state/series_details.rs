//! What the page makes of a series besides its pictures: later, since all of it at once would be felt.

use std::time::Duration;

use leptos::prelude::*;

use super::series::SeriesView;

/// Whether what stands beside the pictures of the open series is due.
#[derive(Clone, Copy)]
pub(crate) struct SeriesDetails(RwSignal<bool>);

impl SeriesDetails {
    /// No series is open.
    pub(crate) fn new() -> Self {
        Self(RwSignal::new(false))
    }

    /// Follows the series: due in the task after the one that opens it, and no longer once none is open.
    pub(crate) fn follow(&self, series: SeriesView) {
        let Self(are_due) = *self;
        let is_open = Memo::new(move |_| series.is_open());
        Effect::new(move |_| {
            if is_open.get() {
                set_timeout(move || are_due.set(is_open.get_untracked()), Duration::ZERO);
            } else {
                are_due.set(false);
            }
        });
    }

    /// True once it is due.
    pub(crate) fn are_due(&self) -> bool {
        self.0.get()
    }
}
