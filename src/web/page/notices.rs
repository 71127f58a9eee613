//! What a reader should know of the series, and what went wrong.

use leptos::prelude::*;

use super::state::Page;
use crate::core::i18n::interpolate;
use crate::core::i18n::messages::Message;

/// What a reader should know of the series, and what went wrong.
#[component]
pub(crate) fn Notices() -> impl IntoView {
    let page = expect_context::<Page>();
    let words = &page.words().notices;
    let language = page.language.get_untracked();
    let notes = move || {
        let mut notes = page.study.with(|s| {
            s.as_ref().map_or_else(Vec::new, |s| s.notes.iter().map(|note| note.text(language)).collect::<Vec<_>>())
        });
        if let Some(truth) = page.truth.get() {
            let label =
                |note: &Message| interpolate(words.label, &[("name", &truth.name), ("note", &note.text(language))]);
            notes.extend(truth.notes.iter().map(label));
        }
        notes.extend(page.device.with(|d| d.as_ref().and_then(|d| d.note.clone())));
        notes.extend(page.refused.get().iter().map(|r| {
            interpolate(words.left_out, &[("what", &r.subject.text(language)), ("why", &r.reason.text(language))])
        }));
        notes
    };
    // The truth's scores change with every slice, its notes do not.
    let notes = Memo::new(move |_| notes());
    view! {
        <div class="notices" role="status" aria-live="polite">
            {move || page.failure.get().map(|refusal| view! {
                <div class="failure" role="alert" data-testid="error">
                    <div><b>{refusal.subject.text(language)}</b>{format!(": {}. ", refusal.reason.text(language))}<p>{refusal.hint.text(language) + "."}</p></div>
                    <button title=words.close aria-label=words.close on:click=move |_| page.failure.set(None)>{words.cross}</button>
                </div>
            })}
            <div class="notes" data-testid="notes" tabindex=move || notes.with(|notes| (notes.len() > 3).then_some("0"))>
                {move || notes.get().into_iter().map(|note| view! { <p class="note">{note + "."}</p> }).collect_view()}
            </div>
        </div>
    }
}
