//! Play and pause, the speed, and what follows the last slice.

use leptos::prelude::*;

use crate::core::i18n::interpolate;
use crate::web::page::state::cine::{Cine, CineCourse, SPEEDS};
use crate::web::page::state::key_bindings::{Action, KeyBindings};
use crate::web::page::state::shell::Shell;

/// The controls of cine.
#[component]
pub(crate) fn CineControls() -> impl IntoView {
    let cine = expect_context::<Cine>();
    let keys = expect_context::<KeyBindings>();
    let strings = &expect_context::<Shell>().strings().cine;
    let title = move || if cine.is_playing() { strings.pause } else { strings.play };
    let picture = move || if cine.is_playing() { "M4 2 h3 v12 H4 z M9 2 h3 v12 H9 z" } else { "M3 1 l11 7 -11 7 z" };
    let returns = move || cine.course.get() == CineCourse::BackAndForth;
    let turn = move |_| {
        cine.course.set(if returns() { CineCourse::Loop } else { CineCourse::BackAndForth });
    };
    view! {
        <span class="cine" role="group" aria-label=strings.title>
            <button class="icon" data-testid="cine" aria-label=title title=move || keys.tooltip(title(), Action::Cine)
                aria-pressed=move || cine.is_playing().to_string() on:click=move |_| cine.toggle()>
                <svg class="solid" viewBox="0 0 16 16" aria-hidden="true"><path d=picture/></svg>
            </button>
            <select data-testid="cine-speed" aria-label=strings.speed title=strings.speed prop:value=move || cine.speed.get().to_string()
                on:change=move |event| cine.speed.set(event_target_value(&event).parse().unwrap_or(10))>
                {SPEEDS.map(|speed| view! {
                    <option value=speed selected=move || cine.speed.get() == speed>{interpolate(strings.per_second, &[("count", &speed)])}</option>
                })}
            </select>
            <button class="icon" data-testid="cine-turn" aria-label=strings.back_and_forth title=strings.back_and_forth
                aria-pressed=move || returns().to_string() on:click=turn>
                <svg viewBox="0 0 16 16" aria-hidden="true"><path d="M1 5h13M11 2l3 3-3 3M15 11H2M5 8l-3 3 3 3"/></svg>
            </button>
        </span>
    }
}
