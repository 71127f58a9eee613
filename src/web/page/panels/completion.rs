//! Completing the other slices: the accepted slices, the ways to complete the others, and how good each is.

use leptos::prelude::*;

use crate::app::protocol::{CompletionInfo, CompletionWay, MaskSource, PropagationInfo, Request};
use crate::core::i18n::correct::CorrectStrings;
use crate::core::i18n::interpolate;
use crate::core::volumetry::millilitres;
use crate::web::page::io::session_client::SessionClient;
use crate::web::page::state::series::SeriesView;
use crate::web::page::state::shell::Shell;

/// The fewest accepted slices of which one can be left out between two others.
const FEWEST_ACCEPTED: usize = 3;

/// The name of a source of masks for tests.
pub(super) fn source_hook(source: MaskSource) -> &'static str {
    match source {
        MaskSource::AcceptedSlices => "accepted",
        MaskSource::Interpolation => "interpolation",
        MaskSource::Model => "model",
    }
}

/// The accepted slices as buttons that go there.
#[component]
pub(super) fn AcceptedSlices() -> impl IntoView {
    let series = expect_context::<SeriesView>();
    let strings = &expect_context::<Shell>().strings().correct;
    let accepted = Memo::new(move |_| series.accepted_slices());
    let chip = move |slice: usize| {
        let number = slice + 1;
        let title = interpolate(strings.go_to_accepted, &[("slice", &number)]);
        view! {
            <button title=title aria-pressed=move || (series.slice.get() == slice).to_string()
                on:click=move |_| series.slice.set(slice)>{number}</button>
        }
    };
    view! {
        <Show when=move || accepted.with(|accepted| !accepted.is_empty())>
            <p class="quiet">{strings.accepted_slices}": "{move || accepted.with(Vec::len)}</p>
            <div class="firsts" data-testid="accepted-slices">{move || accepted.get().into_iter().map(chip).collect_view()}</div>
        </Show>
    }
}

/// The button that tries every way to complete the other slices, and what it found.
#[component]
pub(super) fn CompleteSlices() -> impl IntoView {
    let session = expect_context::<SessionClient>();
    let series = expect_context::<SeriesView>();
    let strings = &expect_context::<Shell>().strings().correct;
    let info = series.completion;
    let is_running = move || info.with(|info| info.as_ref().is_some_and(|info| info.ways.is_empty()));
    let has_enough = move || series.accepted() >= FEWEST_ACCEPTED;
    let found = move || info.get().filter(|info| !info.ways.is_empty());
    let label = move || match info.get().filter(|info| info.ways.is_empty()) {
        Some(info) => interpolate(strings.completing, &[("done", &(info.done + 1)), ("total", &info.total)]),
        None => strings.complete.into(),
    };
    view! {
        <button data-testid="complete" class:primary=move || has_enough() && found().is_none()
            title=move || if has_enough() { strings.complete_title } else { strings.complete_needs }
            disabled=move || !has_enough() || is_running() on:click=move |_| session.send(&Request::Complete)>{label}</button>
        {move || found().map(|info| view! { <Ways info=info/> })}
    }
}

/// The ways to complete the slices, each with its figures and a button that shows it.
#[component]
fn Ways(
    /// What was found.
    info: CompletionInfo,
) -> impl IntoView {
    let all_strings = expect_context::<Shell>().strings();
    let strings = &all_strings.correct;
    let verdict = match info.best {
        Some(best) => interpolate(strings.best_way, &[("total", &info.total), ("way", &way_name(strings, best))]),
        None => strings.no_way.into(),
    };
    view! {
        <table class="scores ways" data-testid="ways">
            <thead><tr><th>{strings.way}</th><th>{all_strings.finetune.dsc}</th><th>"mL"</th></tr></thead>
            <tbody>{info.ways.into_iter().map(|way| view! { <Way way=way/> }).collect_view()}</tbody>
        </table>
        <p class="quiet" role="status" data-testid="best-way">{verdict}</p>
    }
}

pub(crate) fn way_name(strings: &CorrectStrings, source: MaskSource) -> &'static str {
    match source {
        MaskSource::AcceptedSlices => strings.way_accepted,
        MaskSource::Interpolation => strings.way_interpolation,
        MaskSource::Model => strings.way_model,
    }
}

/// What the masks follow from that are completed from accepted slices.
pub(crate) fn completed_from(strings: &CorrectStrings, info: &PropagationInfo) -> String {
    let sentence = if info.hears_model { strings.propagated_heard } else { strings.propagated };
    interpolate(sentence, &[("count", &info.accepted)])
}

/// One way.
#[component]
fn Way(
    /// The way.
    way: CompletionWay,
) -> impl IntoView {
    let series = expect_context::<SeriesView>();
    let strings: &CorrectStrings = &expect_context::<Shell>().strings().correct;
    let name = way_name(strings, way.source);
    let hook = source_hook(way.source);
    let dsc = way.dsc.map_or_else(|| "–".into(), |dsc| format!("{dsc:.3}"));
    let unjudged = if way.dsc.is_none() { strings.way_unjudged } else { "" };
    let doubtful = if way.is_doubtful { strings.way_doubtful } else { "" };
    let voxel_mm3 = series.info.with_untracked(|series| series.as_ref().and_then(|series| series.voxel_mm3));
    let volume = voxel_mm3.map_or_else(
        || "–".into(),
        |mm3| format!("{:.1}{}", millilitres(way.voxels as f64, mm3), if way.is_doubtful { " ?" } else { "" }),
    );
    let is_shown = move || series.propagation.get().shown == way.source;
    view! {
        <tr>
            <td><button class="small" data-testid=format!("way-{hook}") title=strings.way_title aria-pressed=move || is_shown().to_string()
                on:click=move |_| series.show_masks(way.source)>{name}</button></td>
            <td data-testid=format!("dsc-{hook}") title=unjudged>{dsc}</td>
            <td data-testid=format!("volume-{hook}") title=doubtful>{volume}</td>
        </tr>
    }
}
