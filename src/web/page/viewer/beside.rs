//! What stands over the picture of another series: its name, its shift, and whether it reaches this place.

use leptos::prelude::*;

use crate::web::page::state::beside::{Beside, SHIFT_MM};
use crate::web::page::state::shell::Shell;

/// The name of the other series, its shift in mm, and the way back to one series.
#[component]
pub(crate) fn BesideBar() -> impl IntoView {
    let beside = expect_context::<Beside>();
    let strings = &expect_context::<Shell>().strings().beside;
    let shift_mm = move || beside.shift_mm();
    let set_shift = move |event: web_sys::Event| {
        let before = untrack(shift_mm);
        beside.set_shift(event_target_value(&event).parse().unwrap_or(before));
    };
    view! {
        <div class="beside-bar" data-testid="beside-bar">
            <b data-testid="beside-name">{move || beside.name()}</b>
            <label title=strings.shift_title>{strings.shift}
                <input type="number" step="1" min=*SHIFT_MM.start() max=*SHIFT_MM.end() data-testid="beside-shift"
                    aria-label=strings.shift_title prop:value=move || shift_mm().to_string() on:change=set_shift/></label>
            <button class="small" data-testid="beside-close" aria-label=strings.close title=strings.close on:click=move |_| beside.close()>{"×"}</button>
        </div>
        <Show when=move || !beside.is_covered.get()>
            <p class="beside-outside" data-testid="beside-outside" role="status">{strings.outside}</p>
        </Show>
    }
}
