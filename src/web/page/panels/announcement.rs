//! The result in a sentence for screen readers.

use leptos::prelude::*;

use super::measurement::measurement;
use crate::core::i18n::interpolate;
use crate::core::volumetry::OrganSlices;
use crate::web::page::state::series::SeriesView;
use crate::web::page::state::shell::Shell;

/// Announces that segmentation has started, and its result. Single slices are not announced.
#[component]
pub(crate) fn Announcement() -> impl IntoView {
    let series = expect_context::<SeriesView>();
    let strings = expect_context::<Shell>().strings();
    let sentence = Memo::new(move |_| {
        if !series.is_open() {
            return String::new();
        }
        if !series.is_segmented() {
            return strings.viewer.segmenting.to_owned();
        }
        let measurement = measurement(&series);
        match measurement.and_then(|measurement| Some((measurement.slices?, measurement.size))) {
            Some((OrganSlices { first, last, .. }, size)) => {
                let size = strings.result.size(size);
                interpolate(strings.viewer.summary, &[("size", &size), ("first", &(first + 1)), ("last", &(last + 1))])
            }
            None => strings.viewer.nothing.to_owned(),
        }
    });
    view! { <p class="unseen" role="status" aria-live="polite" data-testid="summary">{sentence}</p> }
}
