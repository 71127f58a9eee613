//! The panel that says why: which gate's attention lies over the picture.

use leptos::prelude::*;

use super::state::Page;
use crate::words::fill;

/// Which gate's attention lies over the picture.
#[component]
pub(crate) fn Attention() -> impl IntoView {
    let page = expect_context::<Page>();
    let words = &page.words().explain;
    let waiting = move || page.gate.with(Option::is_some) && !page.has_gates_of_slice();
    let gates = move || page.gates_px();
    view! {
        <Show when=move || page.study.with(Option::is_some) && !gates().is_empty()>
            <h2>{words.title}</h2>
            <div class="gates">
                {move || gates().into_iter().enumerate().map(|(gate, px)| view! {
                    <button data-testid=format!("gate-{gate}") class:on=move || page.gate.get() == Some(gate)
                        title=fill(words.gate_title, &[("px", &px)]) on:click=move |_| page.gate.set(Some(gate))>
                        {fill(words.gate, &[("number", &(gate + 1))])}
                    </button>
                }).collect_view()}
            </div>
            <p class="ramp" aria-hidden="true"><span>{words.lowest}</span><i></i><span>{words.highest}</span></p>
            <p class="quiet">{move || if waiting() { words.computing } else { words.meaning }}</p>
        </Show>
    }
}
