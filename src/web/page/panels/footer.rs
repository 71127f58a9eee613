//! The line at the bottom: what the page is doing, and the notices that everyone must see.

use leptos::prelude::*;

use super::header::WhatLeaves;
use super::volume::progress_text;
use crate::app::protocol::{ModelInfo, ModelKind};
use crate::core::i18n::footer::FooterStrings;
use crate::core::i18n::interpolate;
use crate::web::page::state::finetuning::FineTuning;
use crate::web::page::state::series::SeriesView;
use crate::web::page::state::shell::{ReadProgress, Shell};
use crate::web::page::state::status::{Status, status};
use crate::web::page::state::volume::VolumeRun;

/// The status with a progress bar, and the credits.
#[component]
pub(crate) fn Footer() -> impl IntoView {
    let shell = expect_context::<Shell>();
    let strings = &shell.strings().footer;
    let of_volumes = move || shell.model.with(|model| volume_model_text(strings, model.as_ref()?));
    view! {
        <footer>
            <StatusLine/>
            // Where the line at the top has no room for it.
            <WhatLeaves/>
            <span class="credit">
                <b>{strings.no_device}</b>
                <Show when=move || of_volumes().is_none() fallback=of_volumes>
                    {strings.trained_on}
                    <a href="https://doi.org/10.7937/K9/TCIA.2016.tNB1kqBU" target="_blank" rel="noreferrer"
                        title=strings.citation>{strings.source}</a>
                    {strings.and_phantoms}
                </Show>
            </span>
        </footer>
    }
}

/// What a model of volumes learned from, or where it was imported from and its licence; `None` for a model of slices.
fn volume_model_text(strings: &FooterStrings, model: &ModelInfo) -> Option<String> {
    let of_volumes = Some(model).filter(|model| model.kind == ModelKind::Volumes)?;
    if of_volumes.sources.is_empty() {
        return Some(interpolate(strings.learned_from, &[("dataset", &of_volumes.training.dataset)]));
    }
    let datasets: Vec<&str> = of_volumes.sources.iter().map(|source| source.dataset.as_str()).collect();
    Some(interpolate(strings.imported, &[("datasets", &datasets.join(", ")), ("licence", &of_volumes.license)]))
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
