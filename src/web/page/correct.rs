//! The panel with the correction tools.

use leptos::prelude::*;

use super::keys::titled;
use super::persistence;
use super::state::Page;
use super::tools::{RADII_PX, Tool, make, pick};
use crate::app::protocol::{Mark, Request};
use crate::core::i18n::interpolate;
use crate::imaging::edit::Edit;

/// Tools, history, and what has been made of this slice.
#[component]
pub(crate) fn Correct() -> impl IntoView {
    let page = expect_context::<Page>();
    let words = &page.words().correct;
    view! {
        <Show when=move || page.study.with(Option::is_some)>
            <Hand/>
            <div class="trio">
                <button data-testid="undo" title=move || titled(page, words.undo_title, "undo") disabled=move || !page.history.get()[0]
                    on:click=move |_| page.send(&Request::Undo)>{words.undo}</button>
                <button data-testid="redo" title=move || titled(page, words.redo_title, "redo") disabled=move || !page.history.get()[1]
                    on:click=move |_| page.send(&Request::Redo)>{words.redo}</button>
                <button data-testid="forget" title=words.discard_title disabled=move || page.mark() == Mark::None
                    on:click=move |_| page.send(&Request::Forget { slice: page.slice.get_untracked() })>{words.discard}</button>
            </div>
            <div class="pair">
                <button data-testid="fill-holes" title=move || titled(page, words.fill_holes_title, "fill-holes")
                    on:click=move |_| make(page, Edit::FillHoles, false)>{words.fill_holes}</button>
                <button data-testid="interpolate" title=move || titled(page, words.interpolate_title, "interpolate")
                    on:click=move |_| page.send(&Request::Interpolate)>{words.interpolate}</button>
            </div>
            <Verdict/>
        </Show>
    }
}

/// The tool in hand and its settings.
#[component]
fn Hand() -> impl IntoView {
    let page = expect_context::<Page>();
    let words = &page.words().correct;
    let tools = page.tools;
    let bound = move |end: usize| {
        move |event: web_sys::Event| {
            if let Ok(hu) = event_target_value(&event).parse::<i16>() {
                tools.range_hu.update(|range| range[end] = hu);
            }
        }
    };
    view! {
        <div class="trio" role="group" aria-label=page.words().tools.group>
            {Tool::ALL.into_iter().map(|(tool, hook)| {
                let (name, what) = tool.says(page.words());
                view! {
                    <button data-testid=hook title=move || titled(page, what, hook.trim_start_matches("tool-")) aria-pressed=move || (tools.tool.get() == Some(tool)).to_string()
                        on:click=move |_| pick(page, tool)>{name}</button>
                }
            }).collect_view()}
            <button data-testid="clear" title=move || titled(page, words.clear_title, "clear") on:click=move |_| make(page, Edit::Clear, false)>{words.clear}</button>
        </div>
        <label class="setting" title=move || titled(page, words.size_title, "larger")>
            <span>{words.size}</span>
            <input type="range" data-testid="brush-size" min=RADII_PX.start().to_string() max=RADII_PX.end().to_string() step="0.5"
                prop:value=move || tools.radius_px.get().to_string()
                on:input=move |event| tools.radius_px.set(event_target_value(&event).parse().unwrap_or(6.0))/>
            <output>{move || format!("{:.0} px", 2.0 * tools.radius_px.get())}</output>
        </label>
        <div class="setting">
            <label title=words.only_hu_title>
                <input type="checkbox" data-testid="brush-guard" prop:checked=move || tools.guarded.get()
                    on:change=move |event| tools.guarded.set(event_target_checked(&event))/>
                {words.only_hu}
            </label>
            <input type="number" aria-label=words.lowest_hu prop:value=move || tools.range_hu.get()[0].to_string() on:change=bound(0)/>
            <input type="number" aria-label=words.highest_hu prop:value=move || tools.range_hu.get()[1].to_string() on:change=bound(1)/>
        </div>
    }
}

/// Whether this slice is right, and which to look at next.
#[component]
fn Verdict() -> impl IntoView {
    let page = expect_context::<Page>();
    let words = &page.words().correct;
    let accepted = move || page.mark() == Mark::Accepted;
    view! {
        <button data-testid="accept" title=move || titled(page, words.accept_title, "accept") aria-pressed=move || accepted().to_string()
            on:click=move |_| page.toggle_accept()>{move || if accepted() { words.accepted } else { words.accept }}</button>
        <button data-testid="correct-next" title=move || titled(page, words.next_title, "next")
            disabled=move || page.correct_next().is_none() on:click=move |_| page.go_to_next_correction()>
            {move || page.correct_next().map_or(words.next_unknown.into(), |z| interpolate(words.next, &[("slice", &(z + 1))]))}
        </button>
    }
}

/// Corrections and the model as files, and corrections kept in this browser.
#[component]
pub(crate) fn Keeping() -> impl IntoView {
    let page = expect_context::<Page>();
    let words = &page.words().correct;
    view! {
        <div class="pair">
        <button data-testid="export-corrections" title=words.save_slices_title
            disabled=move || page.accepted() == 0 on:click=move |_| page.send(&Request::ExportCorrections)>{words.save_slices}</button>
        <button data-testid="export-model" title=words.save_model_title
            on:click=move |_| page.send(&Request::ExportModel)>{words.save_model}</button>
        </div>
        <div class="setting">
            <label title=words.keep_title>
                <input type="checkbox" data-testid="autosave" prop:checked=move || page.learn.autosave.get()
                    on:change=move |event| persistence::set_autosave(page, event_target_checked(&event))/>
                {words.keep}
            </label>
            <button class="small" data-testid="wipe" title=words.wipe_title on:click=move |_| persistence::wipe(page)>{words.wipe}</button>
        </div>
    }
}
