//! The warning about images that differ from the training data.

use leptos::prelude::*;

use crate::app::protocol::OpenSeries;
use crate::core::i18n::Language;
use crate::web::page::state::series::SeriesView;
use crate::web::page::state::shell::Shell;

/// The ways in which a series differs from the training data, a sentence each.
pub(crate) fn input_warnings(series: Option<&OpenSeries>, language: Language) -> Vec<String> {
    let warnings = series.into_iter().flat_map(|series| &series.unlike);
    warnings.map(|warning| warning.message().text(language) + ".").collect()
}

/// The ways in which the series differs from the training data, if it does.
#[component]
pub(crate) fn InputWarnings() -> impl IntoView {
    let series = expect_context::<SeriesView>();
    let shell = expect_context::<Shell>();
    let strings = &shell.strings().input_check;
    let language = shell.language.get_untracked();
    let sentences = move || series.info.with(|series| input_warnings(series.as_ref(), language));
    view! {
        <Show when=move || !sentences().is_empty()>
            <div class="warning" role="note" data-testid="unlike">
                <b title=strings.title_why>{strings.title}</b>
                <ul>{move || sentences().into_iter().map(|sentence| view! { <li>{sentence}</li> }).collect_view()}</ul>
            </div>
        </Show>
    }
}
