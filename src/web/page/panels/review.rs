//! The slices to review first, and the check with mirrored input.

use leptos::prelude::*;

use crate::app::protocol::{Checked, Request, ReviewBasis};
use crate::core::i18n::interpolate;
use crate::web::page::io::session_client::SessionClient;
use crate::web::page::state::series::SeriesView;
use crate::web::page::state::shell::Shell;
use crate::web::page::state::volume::VolumeRun;

/// The most uncertain slices, and the check that refines their order.
#[component]
pub(crate) fn ReviewSection() -> impl IntoView {
    let series = expect_context::<SeriesView>();
    let shell = expect_context::<Shell>();
    let volume = expect_context::<VolumeRun>();
    let strings = &shell.strings().explain;
    let note = move || {
        series.review.with(|review| match review {
            Some(review) if volume.lacks_probability() && review.basis == ReviewBasis::Uncertainty => {
                shell.strings().volume.no_review
            }
            None => strings.review_pending,
            Some(review) if review.slices.is_empty() => strings.review_empty,
            Some(review) => match review.basis {
                ReviewBasis::MirroredInput => strings.by_mirrored_input,
                ReviewBasis::Uncertainty => strings.by_uncertainty,
                ReviewBasis::AcceptedSlices => strings.by_accepted_slices,
            },
        })
    };
    let buttons = move || {
        let slices = series.review.with(|review| review.as_ref().map(|review| review.slices.clone()));
        let button = |(rank, slice): (usize, usize)| {
            let number = slice + 1;
            let title = interpolate(strings.review_rank, &[("slice", &number), ("rank", &(rank + 1))]);
            view! {
                <button data-testid=format!("first-{rank}") title=title aria-pressed=move || (series.slice.get() == slice).to_string()
                    on:click=move |_| series.slice.set(slice)>{number}</button>
            }
        };
        slices.unwrap_or_default().into_iter().enumerate().map(button).collect_view()
    };
    view! {
        <h2>{strings.review_first}</h2>
        <div class="firsts" data-testid="look-first">{buttons}</div>
        <p class="quiet">{note}</p>
        <MirroredCheck/>
    }
}

/// Runs the network on mirrored input, and allows the mask to be made from the mean of both.
#[component]
fn MirroredCheck() -> impl IntoView {
    let session = expect_context::<SessionClient>();
    let series = expect_context::<SeriesView>();
    let shell = expect_context::<Shell>();
    let strings = &shell.strings().explain;
    let checked = series.checked;
    let all = move || series.pixels.with(Vec::len);
    let is_complete = move || all() > 0 && checked.get().done == all();
    let label = move || match checked.get() {
        Checked { done, running: true } => interpolate(strings.stop_check, &[("done", &done), ("all", &all())]),
        Checked { .. } if is_complete() => strings.checked.into(),
        Checked { .. } => strings.check_mirrored.into(),
    };
    let share = move || checked.get().done as f64 / all().max(1) as f64;
    let toggle = move |_| session.send(&Request::CheckMirrored { on: !checked.get_untracked().running });
    view! {
        <button data-testid="check-mirrored" title=move || shell.title_of_slices(strings.check_title)
            disabled=move || is_complete() || shell.is_volume_model() aria-pressed=move || checked.get().running.to_string()
            on:click=toggle>{label}</button>
        <p class="progress" aria-hidden="true" class:idle=move || checked.get().done == 0><i style:transform=move || format!("scaleX({:.3})", share())></i></p>
        <label class="switch" title=move || shell.title_of_slices(strings.use_mean_title)>
            <input type="checkbox" data-testid="use-mean" disabled=move || !is_complete() || shell.is_volume_model()
                prop:checked=move || series.mask_settings.get().mean
                on:change=move |event| series.change_mask_settings(|s| s.mean = event_target_checked(&event))/>
            {strings.use_mean}
        </label>
    }
}
