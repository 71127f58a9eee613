//! The comparison of the mask with a ground truth that was dropped together with the series.

use leptos::prelude::*;

use crate::core::i18n::interpolate;
use crate::core::volumetry::millilitres;
use crate::imaging::overlay::{FALSE_NEGATIVE_RGB, FALSE_POSITIVE_RGB, TRUE_POSITIVE_RGB};
use crate::web::page::state::display::Display;
use crate::web::page::state::series::SeriesView;
use crate::web::page::state::shell::Shell;

/// A colour in CSS.
fn css_colour(rgb: [f32; 3]) -> String {
    let parts = rgb.map(|part| part.to_string()).join(" ");
    ["rgb(", &parts, ")"].concat()
}

/// The scores of all segmented slices, and a switch that shows the differences in the pictures.
#[component]
pub(crate) fn TruthSection() -> impl IntoView {
    let series = expect_context::<SeriesView>();
    let display = expect_context::<Display>();
    let strings = &expect_context::<Shell>().strings().truth;
    let overlap = move || series.truth.get().map(|truth| truth.overlap);
    let score = |value: Option<f64>| value.map_or_else(String::new, |value| format!("{value:.3}"));
    let volume = move || {
        let (overlap, voxel_mm3) = (overlap()?, series.info.with(|series| series.as_ref()?.voxel_mm3)?);
        let ml = |voxels: u64| millilitres(voxels as f64, voxel_mm3);
        let difference = format!("{:+.1}", ml(overlap.n_pred()) - ml(overlap.n_ref()));
        Some(interpolate(
            strings.difference,
            &[("difference", &difference), ("volume", &format!("{:.1}", ml(overlap.n_ref())))],
        ))
    };
    let extent = move || {
        series.truth.get().map(|truth| {
            let all = series.pixels.with(Vec::len);
            let template = if truth.slices < all { strings.so_far } else { strings.over_all };
            interpolate(template, &[("done", &truth.slices), ("all", &all)])
        })
    };
    let legend = [
        ("true-positive", TRUE_POSITIVE_RGB, strings.true_positive),
        ("false-positive", FALSE_POSITIVE_RGB, strings.false_positive),
        ("false-negative", FALSE_NEGATIVE_RGB, strings.false_negative),
    ];
    view! {
        <Show when=move || series.truth.with(Option::is_some)>
            <h2>{strings.title}</h2>
            <p class="quiet name-of-file">{move || series.truth.get().map(|truth| truth.name)}</p>
            <label class="switch" title=strings.compare_title>
                <input type="checkbox" data-testid="compare-truth" prop:checked=move || display.compare_truth.get()
                    on:change=move |event| display.compare_truth.set(event_target_checked(&event))/>
                {strings.compare}
            </label>
            <ul class="legend">
                {legend.map(|(hook, rgb, what)| view! {
                    <li data-testid=hook><i style:background=css_colour(rgb)></i>{what}</li>
                }).collect_view()}
            </ul>
            <table class="scores">
                <tbody>
                    <tr><th>{strings.dsc}</th><td data-testid="truth-dsc">{move || score(overlap().map(|o| o.dsc()))}</td></tr>
                    <tr><th>{strings.precision}</th><td data-testid="truth-precision">{move || score(overlap().and_then(|o| o.precision()))}</td></tr>
                    <tr><th>{strings.recall}</th><td data-testid="truth-recall">{move || score(overlap().and_then(|o| o.recall()))}</td></tr>
                </tbody>
            </table>
            <p class="quiet" data-testid="truth-volume">{move || volume()}</p>
            <p class="quiet" data-testid="truth-extent">{move || extent()}</p>
        </Show>
    }
}
