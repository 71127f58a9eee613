//! The row above the picture: what lies over it and how it is shown.

use leptos::prelude::*;

use super::state::Page;

/// Switches for the picture.
#[component]
pub(crate) fn Toolbar() -> impl IntoView {
    let page = expect_context::<Page>();
    let words = page.words().viewer;
    let has_gates = move || !page.gates_px().is_empty();
    view! {
        <div class="toolbar" role="toolbar" aria-label=words.tools>
            <Show when=has_gates>
                <button data-testid="attention-toggle" title=format!("{} (A)", words.attention_title)
                    aria-pressed=move || page.gate.with(Option::is_some).to_string()
                    on:click=move |_| page.toggle_attention()>{words.attention}</button>
            </Show>
        </div>
    }
}
