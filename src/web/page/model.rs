//! What the network is, and what it is worth.

use leptos::prelude::*;

use super::state::Page;
use crate::core::i18n::interpolate;

/// What the network is, and what it is worth.
#[component]
pub(crate) fn Model() -> impl IntoView {
    let page = expect_context::<Page>();
    let words = &page.words().model;
    let remarks = move || page.model.with(|m| m.as_ref().map(|m| m.training.remarks.clone())).unwrap_or_default();
    let organs = move || page.model.with(|m| m.as_ref().map(|m| m.organs.join(", "))).unwrap_or_default();
    let facts = move || {
        page.model.get().map(|m| {
            let t = m.training;
            let says =
                interpolate(words.training, &[("preset", &t.preset), ("epochs", &t.epochs), ("dataset", &t.dataset)]);
            view! { <p class="quiet" title=m.license>{says}</p> }
        })
    };
    view! {
        <Show when=move || page.study.with(Option::is_some)>
            <h2>{words.title}</h2>
            <p class="quiet" data-testid="model-remarks">{remarks}</p>
            <Show when=move || !organs().is_empty()>
                <p class="quiet" data-testid="model-organs">{move || interpolate(words.organs, &[("organs", &organs())])}</p>
            </Show>
            {facts}
        </Show>
    }
}
