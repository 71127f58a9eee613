//! How the mask compares with a label that was dropped beside the series.

use leptos::prelude::*;

use super::state::Page;
use crate::core::i18n::interpolate;
use crate::imaging::overlay::{FALSE_NEGATIVE_RGB, FALSE_POSITIVE_RGB, TRUE_POSITIVE_RGB};

/// A colour as style sheets write it.
fn css(rgb: [f32; 3]) -> String {
    let parts = rgb.map(|part| part.to_string()).join(" ");
    ["rgb(", &parts, ")"].concat()
}

/// Scores of the whole volume, and the switch that shows on the picture where they come from.
#[component]
pub(crate) fn Compare() -> impl IntoView {
    let page = expect_context::<Page>();
    let words = &page.words().truth;
    let overlap = move || page.truth.get().map(|truth| truth.overlap);
    let share = |value: Option<f64>| value.map_or_else(String::new, |value| format!("{value:.3}"));
    let volume = move || {
        let (overlap, voxel_mm3) = (overlap()?, page.study.with(|study| study.as_ref()?.voxel_mm3)?);
        let ml = |voxels: u64| voxels as f64 * voxel_mm3 / 1000.0;
        let difference = format!("{:+.1}", ml(overlap.n_pred()) - ml(overlap.n_ref()));
        Some(interpolate(
            words.difference,
            &[("difference", &difference), ("volume", &format!("{:.1}", ml(overlap.n_ref())))],
        ))
    };
    let extent = move || {
        page.truth.get().map(|truth| {
            let all = page.pixels.with(Vec::len);
            let template = if truth.slices < all { words.so_far } else { words.over_all };
            interpolate(template, &[("done", &truth.slices), ("all", &all)])
        })
    };
    let legend = [
        ("true-positive", TRUE_POSITIVE_RGB, words.true_positive),
        ("false-positive", FALSE_POSITIVE_RGB, words.false_positive),
        ("false-negative", FALSE_NEGATIVE_RGB, words.false_negative),
    ];
    view! {
        <Show when=move || page.truth.with(Option::is_some)>
            <h2>{words.title}</h2>
            <p class="quiet name-of-file">{move || page.truth.get().map(|truth| truth.name)}</p>
            <label class="switch" title=words.compare_title>
                <input type="checkbox" data-testid="compare-truth" prop:checked=move || page.compare.get()
                    on:change=move |event| page.compare.set(event_target_checked(&event))/>
                {words.compare}
            </label>
            <ul class="legend">
                {legend.map(|(hook, rgb, what)| view! {
                    <li data-testid=hook><i style:background=css(rgb)></i>{what}</li>
                }).collect_view()}
            </ul>
            <table class="scores">
                <tbody>
                    <tr><th>{words.dsc}</th><td data-testid="truth-dsc">{move || share(overlap().map(|o| o.dsc()))}</td></tr>
                    <tr><th>{words.precision}</th><td data-testid="truth-precision">{move || share(overlap().and_then(|o| o.precision()))}</td></tr>
                    <tr><th>{words.recall}</th><td data-testid="truth-recall">{move || share(overlap().and_then(|o| o.recall()))}</td></tr>
                </tbody>
            </table>
            <p class="quiet" data-testid="truth-volume">{move || volume()}</p>
            <p class="quiet" data-testid="truth-extent">{move || extent()}</p>
        </Show>
    }
}
