//! The row above the picture: which planes are shown, what lies over them and how, and the way to the keys.

use leptos::prelude::*;

use super::keys::titled;
use super::state::Page;
use super::view::ViewLayout;
use crate::core::mpr::Plane;

/// Switches for the picture.
#[component]
pub(crate) fn Toolbar() -> impl IntoView {
    let page = expect_context::<Page>();
    let words = page.words().viewer;
    let view = page.view;
    let has_gates = move || !page.gates_px().is_empty();
    let shown = move |layout: ViewLayout| (view.layout.get() == layout).to_string();
    let choice = move |layout: ViewLayout, name: &'static str, title: &'static str, key: &'static str| {
        view! {
            <button data-testid=format!("layout-{}", layout.id()) title=move || titled(page, title, key) aria-pressed=move || shown(layout)
                disabled=move || layout != ViewLayout::AXIAL && layout != ViewLayout::Pair && !page.has_planes()
                on:click=move |_| view.show(layout)>{name}</button>
        }
    };
    let waits = move || page.learn.outcome.with(Option::is_some);
    // The pair is gone with the decision.
    Effect::new(move |_| {
        if !waits() && view.layout.get() == ViewLayout::Pair {
            view.show(ViewLayout::AXIAL);
        }
    });
    view! {
        <div class="toolbar" role="group" aria-label=words.tools>
            {choice(ViewLayout::AXIAL, words.axial, words.axial_title, "layout")}
            {choice(ViewLayout::One(Plane::Coronal), words.coronal, words.coronal_title, "maximise")}
            {choice(ViewLayout::One(Plane::Sagittal), words.sagittal, words.sagittal_title, "maximise")}
            {choice(ViewLayout::Three, words.three, words.three_title, "layout")}
            <Show when=waits>{choice(ViewLayout::Pair, words.pair, words.pair_title, "pair")}</Show>
            <i class="gap"></i>
            <Show when=has_gates>
                <button data-testid="attention-toggle" title=move || titled(page, words.attention_title, "attention")
                    aria-pressed=move || page.gate.with(Option::is_some).to_string()
                    on:click=move |_| page.toggle_attention()>{words.attention}</button>
            </Show>
            <button data-testid="ruler-toggle" title=move || titled(page, words.ruler_title, "ruler")
                aria-pressed=move || view.ruling.get().to_string()
                on:click=move |_| view.ruling.update(|ruling| *ruling = !*ruling)>{words.ruler}</button>
            <button data-testid="invert" title=move || titled(page, words.invert_title, "invert")
                aria-pressed=move || view.inverted.get().to_string()
                on:click=move |_| view.inverted.update(|inverted| *inverted = !*inverted)>{words.invert}</button>
            <button data-testid="reset" title=move || titled(page, words.reset_title, "reset") on:click=move |_| page.reset_view()>{words.reset}</button>
            <button data-testid="help-button" title=move || titled(page, words.keys_title, "help") aria-label=words.keys_title
                on:click=move |_| page.keys.open.set(true)>{"?"}</button>
        </div>
    }
}
