//! The line at the bottom: what the page is doing, and the notices that everyone must see.

use leptos::prelude::*;

use super::volume::progress_text;
use crate::core::i18n::interpolate;
use crate::web::page::state::finetuning::FineTuning;
use crate::web::page::state::series::SeriesView;
use crate::web::page::state::shell::{ReadProgress, Shell};
use crate::web::page::state::status::{Status, status};
use crate::web::page::state::volume::VolumeRun;

/// The status with a progress bar, and the credits.
#[component]
pub(crate) fn Footer() -> impl IntoView {
    let strings = &expect_context::<Shell>().strings().footer;
    view! {
        <footer>
            <StatusLine/>
            <span class="credit">
                <b>{strings.no_device}</b>
                {strings.trained_on}
                <a href="https://doi.org/10.7937/K9/TCIA.2016.tNB1kqBU" target="_blank" rel="noreferrer"
                    title=strings.citation>{strings.source}</a>
                {strings.and_phantoms}
            </span>
        </footer>
    }
}

#[component]
fn StatusLine() -> impl IntoView {
    let shell = expect_context::<Shell>();
    let series = expect_context::<SeriesView>();
    let tuning = expect_context::<FineTuning>();
    let volume = expect_context::<VolumeRun>();
    let strings = &shell.strings().footer;
    let status = move || status(&shell, &series, &tuning);
    let text = move || match status() {
        Status::Loading => strings.loading.to_owned(),
        Status::Ready => strings.ready.into(),
        Status::Error => strings.error.into(),
        Status::Done => strings.done.into(),
        Status::Busy => match shell.reading.get() {
            Some(ReadProgress { done, total }) if total > 1 => {
                interpolate(strings.reading_files, &[("done", &done), ("total", &total)])
            }
            Some(_) => strings.reading.into(),
            None if tuning.is_running() => strings.learning.into(),
            None => progress_text(&shell, &volume).unwrap_or_else(|| {
                let (done, all) = series.progress();
                interpolate(strings.segmenting, &[("done", &done), ("all", &all)])
            }),
        },
    };
    let share = move || {
        let reading = shell.reading.get().map(|progress| (progress.done, progress.total));
        let learning = || tuning.progress.get().filter(|_| tuning.is_running()).map(|p| (p.done, p.total));
        let patches = || volume.patches().map(|patches| (patches.done, patches.all));
        let (done, all) = reading.or_else(learning).or_else(patches).unwrap_or_else(|| series.progress());
        if all == 0 || status() != Status::Busy { 0.0 } else { done as f64 / all as f64 }
    };
    view! {
        <span class="status" data-testid="status" data-state=move || status().id()>
            <i class="bar" style:transform=move || format!("scaleX({:.3})", share())></i>
            {text}
        </span>
    }
}
