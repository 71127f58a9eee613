//! The panel with the correction tools.

use leptos::prelude::*;

use super::keep;
use super::state::Page;
use super::tools::{RADII_PX, Tool, make};
use crate::edit::Edit;
use crate::protocol::{Mark, Request};

/// Tools, history, and what has been made of this slice.
#[component]
pub(crate) fn Correct() -> impl IntoView {
    let page = expect_context::<Page>();
    view! {
        <Show when=move || page.study.with(Option::is_some)>
            <h2>"Correct"</h2>
            <Hand/>
            <div class="trio">
                <button data-testid="undo" title="Undo the last change, on whatever slice (Ctrl+Z)" disabled=move || !page.history.get()[0]
                    on:click=move |_| page.send(&Request::Undo)>"Undo"</button>
                <button data-testid="redo" title="Redo (Ctrl+Y)" disabled=move || !page.history.get()[1]
                    on:click=move |_| page.send(&Request::Redo)>"Redo"</button>
                <button data-testid="forget" title="Forget what was corrected on this slice" disabled=move || page.mark() == Mark::None
                    on:click=move |_| page.send(&Request::Forget { slice: page.slice.get_untracked() })>"Discard"</button>
            </div>
            <div class="pair">
                <button data-testid="fill-holes" title="Fill every hole of the mask on this slice (H)"
                    on:click=move |_| make(page, Edit::FillHoles, false)>"Fill holes"</button>
                <button data-testid="interpolate" title="Fill the slices between corrected ones (I)"
                    on:click=move |_| page.send(&Request::Interpolate)>"Interpolate"</button>
            </div>
            <Verdict/>
        </Show>
    }
}

/// The tool in hand and its settings.
#[component]
fn Hand() -> impl IntoView {
    let page = expect_context::<Page>();
    let tools = page.tools;
    let bound = move |end: usize| {
        move |event: web_sys::Event| {
            if let Ok(hu) = event_target_value(&event).parse::<i16>() {
                tools.range_hu.update(|range| range[end] = hu);
            }
        }
    };
    view! {
        <div class="trio" role="group" aria-label="Tools">
            {Tool::ALL.into_iter().map(|(tool, hook, name, key, what)| view! {
                <button data-testid=hook title=format!("{what} ({key})") aria-pressed=move || (tools.tool.get() == Some(tool)).to_string()
                    on:click=move |_| tools.pick(tool)>{name}</button>
            }).collect_view()}
            <button data-testid="clear" title="Empty this slice (C)" on:click=move |_| make(page, Edit::Clear, false)>"Clear"</button>
        </div>
        <label class="setting" title="Brush size ([ and ])">
            <span>"Size"</span>
            <input type="range" data-testid="brush-size" min=RADII_PX.start().to_string() max=RADII_PX.end().to_string() step="0.5"
                prop:value=move || tools.radius_px.get().to_string()
                on:input=move |event| tools.radius_px.set(event_target_value(&event).parse().unwrap_or(6.0))/>
            <output>{move || format!("{:.0} px", 2.0 * tools.radius_px.get())}</output>
        </label>
        <div class="setting">
            <label title="The brush paints only pixels in this range of HU">
                <input type="checkbox" data-testid="brush-guard" prop:checked=move || tools.guarded.get()
                    on:change=move |event| tools.guarded.set(event_target_checked(&event))/>
                "Only HU"
            </label>
            <input type="number" aria-label="Lowest HU" prop:value=move || tools.range_hu.get()[0].to_string() on:change=bound(0)/>
            <input type="number" aria-label="Highest HU" prop:value=move || tools.range_hu.get()[1].to_string() on:change=bound(1)/>
        </div>
    }
}

/// Whether this slice is right, and which to look at next.
#[component]
fn Verdict() -> impl IntoView {
    let page = expect_context::<Page>();
    let accepted = move || page.mark() == Mark::Accepted;
    view! {
        <button data-testid="accept" title="This slice's mask is right: learn from it (Enter)" aria-pressed=move || accepted().to_string()
            on:click=move |_| page.toggle_accept()>{move || if accepted() { "Accepted" } else { "Accept slice" }}</button>
        <button data-testid="correct-next" title="Where the model doubts most, away from what is corrected (N)"
            disabled=move || page.correct_next().is_none() on:click=move |_| page.go_to_next_correction()>
            {move || page.correct_next().map_or("Correct next: not yet known".into(), |z| format!("Correct next: slice {}", z + 1))}
        </button>
    }
}

/// Corrections and the model as files, and corrections kept in this browser.
#[component]
pub(crate) fn Keeping() -> impl IntoView {
    let page = expect_context::<Page>();
    view! {
        <div class="pair">
        <button data-testid="export-corrections" title="Save the series with its accepted slices as a data set that train reads. It holds the images."
            disabled=move || page.accepted() == 0 on:click=move |_| page.send(&Request::ExportCorrections)>"Save slices"</button>
        <button data-testid="export-model" title="Save the model in use; drop the file here to use it again"
            on:click=move |_| page.send(&Request::ExportModel)>"Save model"</button>
        </div>
        <div class="setting">
            <label title="Keep corrections in this browser's own storage, on this machine, and bring them back when the same series is opened">
                <input type="checkbox" data-testid="autosave" prop:checked=move || page.learn.autosave.get()
                    on:change=move |event| keep::set_autosave(page, event_target_checked(&event))/>
                "Keep in this browser"
            </label>
            <button class="small" data-testid="wipe" title="Remove every correction kept in this browser" on:click=move |_| keep::wipe(page)>"Wipe"</button>
        </div>
    }
}
