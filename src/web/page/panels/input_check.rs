//! The warning about images that differ from the training data.

use leptos::prelude::*;

use crate::core::i18n::input_check::InputCheckStrings;
use crate::core::i18n::interpolate;
use crate::imaging::input_check::InputWarning;
use crate::web::page::state::series::SeriesView;
use crate::web::page::state::shell::Shell;

/// The ways in which the series differs from the training data, if it does.
#[component]
pub(crate) fn InputWarnings() -> impl IntoView {
    let series = expect_context::<SeriesView>();
    let strings = &expect_context::<Shell>().strings().input_check;
    let sentences = move || {
        series.info.with(|series| {
            let warnings = series.iter().flat_map(|series| &series.unlike);
            warnings.map(|warning| sentence(strings, warning)).collect::<Vec<_>>()
        })
    };
    view! {
        <Show when=move || !sentences().is_empty()>
            <div class="warning" role="note" data-testid="unlike">
                <b title=strings.title_why>{strings.title}</b>
                <ul>{move || sentences().into_iter().map(|sentence| view! { <li>{sentence}</li> }).collect_view()}</ul>
            </div>
        </Show>
    }
}

fn sentence(strings: &InputCheckStrings, warning: &InputWarning) -> String {
    let whole = |value: f64| format!("{value:.0}");
    let tenths = |value: f64| format!("{value:.1}");
    match *warning {
        InputWarning::NotCalibrated => strings.not_calibrated.into(),
        InputWarning::NoAir => strings.no_air.into(),
        InputWarning::Values { median_hu } => interpolate(strings.values, &[("hu", &whole(median_hu))]),
        InputWarning::NoBody => strings.no_body.into(),
        InputWarning::SmallBody { width_mm } => interpolate(strings.small_body, &[("width", &whole(width_mm))]),
        InputWarning::LargeBody { width_mm, seen_mm } => {
            interpolate(strings.large_body, &[("width", &whole(width_mm)), ("seen", &whole(seen_mm))])
        }
        InputWarning::Coarse { spacing_mm, model_mm } => {
            interpolate(strings.coarse, &[("spacing", &tenths(spacing_mm)), ("model", &tenths(model_mm))])
        }
        InputWarning::FarApart { spacing_mm, model_mm } => {
            interpolate(strings.far_apart, &[("spacing", &tenths(spacing_mm)), ("model", &tenths(model_mm))])
        }
        InputWarning::NoContrast { share } => interpolate(strings.no_contrast, &[("percent", &whole(100.0 * share))]),
    }
}
