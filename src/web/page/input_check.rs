//! The warning that an image is unlike what the model learned from.

use leptos::prelude::*;

use super::state::Page;
use crate::core::i18n::interpolate;
use crate::imaging::input_check::InputWarning;

/// Says in what the series is unlike the training data, if it is.
#[component]
pub(crate) fn Warnings() -> impl IntoView {
    let page = expect_context::<Page>();
    let words = &page.words().input_check;
    let findings = move || page.study.with(|s| s.as_ref().map(|s| s.unlike.clone())).unwrap_or_default();
    view! {
        <Show when=move || !findings().is_empty()>
            <div class="warning" role="note" data-testid="unlike">
                <b title=words.title_why>{words.title}</b>
                <ul>{move || findings().iter().map(|finding| view! { <li>{sentence(page, finding)}</li> }).collect_view()}</ul>
            </div>
        </Show>
    }
}

fn sentence(page: Page, finding: &InputWarning) -> String {
    let words = &page.words().input_check;
    let mm = |value: f64| format!("{value:.0}");
    let fine_mm = |value: f64| format!("{value:.1}");
    match *finding {
        InputWarning::NotCalibrated => words.not_calibrated.into(),
        InputWarning::NoAir => words.no_air.into(),
        InputWarning::Values { median_hu } => interpolate(words.values, &[("hu", &mm(median_hu))]),
        InputWarning::NoBody => words.no_body.into(),
        InputWarning::SmallBody { width_mm } => interpolate(words.small_body, &[("width", &mm(width_mm))]),
        InputWarning::LargeBody { width_mm, seen_mm } => {
            interpolate(words.large_body, &[("width", &mm(width_mm)), ("seen", &mm(seen_mm))])
        }
        InputWarning::Coarse { spacing_mm, model_mm } => {
            interpolate(words.coarse, &[("spacing", &fine_mm(spacing_mm)), ("model", &fine_mm(model_mm))])
        }
        InputWarning::FarApart { spacing_mm, model_mm } => {
            interpolate(words.far_apart, &[("spacing", &fine_mm(spacing_mm)), ("model", &fine_mm(model_mm))])
        }
        InputWarning::NoContrast { share } => interpolate(words.no_contrast, &[("percent", &mm(100.0 * share))]),
    }
}
