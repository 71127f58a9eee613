//! Which slices to look at first, and the check with mirrored input.

use leptos::prelude::*;

use super::result::set;
use super::state::Page;
use crate::app::protocol::{Checked, Request};
use crate::core::i18n::interpolate;

/// The slices most in doubt, and the check that says more of it.
#[component]
pub(crate) fn LookFirst() -> impl IntoView {
    let page = expect_context::<Page>();
    let words = &page.words().explain;
    let first = page.why.first;
    let note = move || {
        first.with(|first| match first {
            None => words.not_yet,
            Some((slices, _)) if slices.is_empty() => words.nothing_first,
            Some((_, true)) => words.by_mirror,
            Some((_, false)) => words.by_doubt,
        })
    };
    let buttons = move || {
        let slices = first.with(|first| first.as_ref().map(|(slices, _)| slices.clone())).unwrap_or_default();
        let button = |(rank, slice): (usize, usize)| {
            let number = slice + 1;
            let title = interpolate(words.look_first_title, &[("slice", &number), ("rank", &(rank + 1))]);
            view! {
                <button data-testid=format!("first-{rank}") title=title aria-pressed=move || (page.slice.get() == slice).to_string()
                    on:click=move |_| page.slice.set(slice)>{number}</button>
            }
        };
        slices.into_iter().enumerate().map(button).collect_view()
    };
    view! {
        <h2>{words.look_first}</h2>
        <div class="firsts" data-testid="look-first">{buttons}</div>
        <p class="quiet">{note}</p>
        <Mirrored/>
    }
}

/// Runs the network on mirrored inputs, and lets the mask be cut from the mean.
#[component]
fn Mirrored() -> impl IntoView {
    let page = expect_context::<Page>();
    let words = &page.words().explain;
    let checked = page.why.checked;
    let all = move || page.pixels.with(Vec::len);
    let complete = move || all() > 0 && checked.get().done == all();
    let label = move || match checked.get() {
        Checked { done, running: true } => interpolate(words.stop_check, &[("done", &done), ("all", &all())]),
        Checked { .. } if complete() => words.checked.into(),
        Checked { .. } => words.check_mirrored.into(),
    };
    let share = move || checked.get().done as f64 / all().max(1) as f64;
    view! {
        <button data-testid="check-mirrored" title=words.check_title disabled=complete aria-pressed=move || checked.get().running.to_string()
            on:click=move |_| page.send(&Request::CheckMirrored { on: !checked.get_untracked().running })>{label}</button>
        <p class="progress" aria-hidden="true"><i style:transform=move || format!("scaleX({:.3})", share())></i></p>
        <label class="switch" title=words.use_mean_title>
            <input type="checkbox" data-testid="use-mean" disabled=move || !complete()
                prop:checked=move || page.shown.settings.get().mean
                on:change=move |event| set(page, |s| s.mean = event_target_checked(&event))/>
            {words.use_mean}
        </label>
    }
}
