//! The section about the loaded model.

use leptos::prelude::*;

use crate::core::i18n::interpolate;
use crate::web::page::state::series::SeriesView;
use crate::web::page::state::shell::Shell;

/// The model's training and limits, and the organs that it distinguishes.
#[component]
pub(crate) fn ModelSection() -> impl IntoView {
    let shell = expect_context::<Shell>();
    let series = expect_context::<SeriesView>();
    let strings = &shell.strings().model;
    let remarks = move || shell.model.with(|m| m.as_ref().map(|m| m.training.remarks.clone())).unwrap_or_default();
    let organs = move || shell.model.with(|m| m.as_ref().map(|m| m.organs.join(", "))).unwrap_or_default();
    let facts = move || {
        shell.model.get().map(|m| {
            let t = m.training;
            let text =
                interpolate(strings.training, &[("preset", &t.preset), ("epochs", &t.epochs), ("dataset", &t.dataset)]);
            view! { <p class="quiet" title=m.license>{text}</p> }
        })
    };
    view! {
        <Show when=move || series.is_open()>
            <h2>{strings.title}</h2>
            <p class="quiet" data-testid="model-remarks">{remarks}</p>
            <Show when=move || !organs().is_empty()>
                <p class="quiet" data-testid="model-organs">{move || interpolate(strings.organs, &[("organs", &organs())])}</p>
            </Show>
            {facts}
        </Show>
    }
}
