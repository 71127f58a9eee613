//! The panel that says why: which gate's attention lies over the picture.

use leptos::prelude::*;

use super::state::Page;

/// Which gate's attention lies over the picture.
#[component]
pub(crate) fn Attention() -> impl IntoView {
    let page = expect_context::<Page>();
    let waiting = move || page.gate.with(Option::is_some) && !page.has_gates_of_slice();
    let gates = move || page.gates_px();
    view! {
        <Show when=move || page.study.with(Option::is_some) && !gates().is_empty()>
            <h2>"Attention"</h2>
            <div class="gates">
                {move || gates().into_iter().enumerate().map(|(gate, px)| view! {
                    <button data-testid=format!("gate-{gate}") class:on=move || page.gate.get() == Some(gate)
                        title=format!("{px} x {px} over the input") on:click=move |_| page.gate.set(Some(gate))>
                        {format!("Gate {}", gate + 1)}
                    </button>
                }).collect_view()}
            </div>
            <p class="ramp" aria-hidden="true"><span>"0"</span><i></i><span>"1"</span></p>
            <p class="quiet">{move || if waiting() { "computing…" } else { "Attention, not probability: where a gate lets the skip through." }}</p>
        </Show>
    }
}
