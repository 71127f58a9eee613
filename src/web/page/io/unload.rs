//! Asks before the page is left or loaded again while corrections or measurements would be lost.

use leptos::ev;
use leptos::prelude::*;

use super::persistence::Persistence;
use crate::app::protocol::Mark;
use crate::web::page::state::organs::OrganList;
use crate::web::page::state::series::SeriesView;
use crate::web::page::state::shell::Shell;

/// Has the browser ask before the page goes while there are corrections that are stored nowhere, or measurements, which
/// never are.
pub(crate) fn ask_before_leaving(shell: Shell, series: SeriesView, organs: OrganList, persistence: Persistence) {
    let listener = window_event_listener(ev::beforeunload, move |event| {
        let is_corrected = series.marks.with_untracked(|marks| marks.iter().any(|mark| *mark != Mark::None));
        let are_kept = shell.kept_slices.get_untracked() > 0;
        let has_corrections = is_corrected || are_kept || organs.has_other_corrections();
        let would_lose = has_corrections && !persistence.enabled.get_untracked();
        if would_lose || untrack(|| series.measuring.are_any()) {
            event.prevent_default();
        }
    });
    on_cleanup(move || listener.remove());
}
