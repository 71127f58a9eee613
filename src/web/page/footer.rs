//! What is happening, and what everybody must know.

use leptos::prelude::*;

use super::state::{Page, Status};
use crate::core::i18n::interpolate;

/// What is happening, and what everybody must know.
#[component]
pub(crate) fn Footer() -> impl IntoView {
    let page = expect_context::<Page>();
    let words = &page.words().footer;
    let says = move || match page.status() {
        Status::Loading => words.loading.to_owned(),
        Status::Ready => words.ready.into(),
        Status::Error => words.error.into(),
        Status::Done => words.done.into(),
        Status::Busy => match page.reading.get() {
            Some((done, total)) if total > 1 => interpolate(words.reading_files, &[("done", &done), ("total", &total)]),
            Some(_) => words.reading.into(),
            None if page.learn.is_running() => words.learning.into(),
            None => {
                let (done, all) = page.progress();
                interpolate(words.segmenting, &[("done", &done), ("all", &all)])
            }
        },
    };
    let share = move || {
        let learning = || page.learn.progress.get().filter(|_| page.learn.is_running()).map(|p| (p.done, p.total));
        let (done, all) = page.reading.get().or_else(learning).unwrap_or_else(|| page.progress());
        if all == 0 || page.status() != Status::Busy { 0.0 } else { done as f64 / all as f64 }
    };
    view! {
        <footer>
            <span class="status" data-testid="status" data-state=move || page.status().name()>
                <i class="bar" style:transform=move || format!("scaleX({:.3})", share())></i>
                {says}
            </span>
            <span class="credit">
                <b>{words.no_device}</b>
                {words.trained_on}
                <a href="https://doi.org/10.7937/K9/TCIA.2016.tNB1kqBU" target="_blank" rel="noreferrer"
                    title=words.citation>{words.source}</a>
                {words.and_phantoms}
            </span>
        </footer>
    }
}
