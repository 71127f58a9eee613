//! What a reader should know of the series, and what went wrong.

use leptos::prelude::*;

use super::state::Page;

/// What a reader should know of the series, and what went wrong.
#[component]
pub(crate) fn Notices() -> impl IntoView {
    let page = expect_context::<Page>();
    let notes = move || {
        let mut notes = page.study.with(|s| s.as_ref().map(|s| s.notes.clone())).unwrap_or_default();
        notes.extend(page.device.with(|d| d.as_ref().and_then(|d| d.note.clone())));
        notes.extend(page.refused.get().iter().map(|r| format!("Left out: {}: {}", r.what, r.why)));
        notes
    };
    view! {
        <div class="notices" role="status" aria-live="polite">
            {move || page.failure.get().map(|refusal| view! {
                <div class="failure" role="alert" data-testid="error">
                    <div><b>{refusal.what}</b>": "{refusal.why}"." <p>{refusal.hint}"."</p></div>
                    <button title="Close this message" aria-label="Close this message" on:click=move |_| page.failure.set(None)>"×"</button>
                </div>
            })}
            {move || notes().into_iter().map(|note| view! { <p class="note">{note}"."</p> }).collect_view()}
        </div>
    }
}
