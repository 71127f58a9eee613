//! The keyboard. One table: what is bound, and what the help says.

use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::KeyboardEvent;

use super::state::Page;
use crate::window::Window;

/// Keys and what they do, for people.
pub(crate) const HELP: [(&str, &str); 6] = [
    ("Up Down", "slice"),
    ("PgUp PgDn", "ten slices"),
    ("1 to 5", "window"),
    ("Space", "hide the mask"),
    ("A", "attention"),
    ("R", "reset window"),
];

/// Listens for as long as the page is there.
pub(crate) fn listen(page: Page) {
    let down = window_event_listener(ev::keydown, move |event: KeyboardEvent| {
        let typing = event.target().is_some_and(|target| {
            target
                .dyn_ref::<web_sys::HtmlInputElement>()
                .is_some_and(|input| !["range", "checkbox"].contains(&input.type_().as_str()))
        });
        if !typing && !event.ctrl_key() && !event.meta_key() && !event.alt_key() && press(page, &event) {
            event.prevent_default();
        }
    });
    let up = window_event_listener(ev::keyup, move |event: KeyboardEvent| {
        if event.key() == " " {
            page.peeking.set(false);
        }
    });
    on_cleanup(move || {
        down.remove();
        up.remove();
    });
}

fn press(page: Page, event: &KeyboardEvent) -> bool {
    if page.study.with_untracked(Option::is_none) {
        return false;
    }
    let key = event.key();
    match key.as_str() {
        "ArrowUp" => page.go_by(-1),
        "ArrowDown" => page.go_by(1),
        "PageUp" => page.go_by(-10),
        "PageDown" => page.go_by(10),
        "Home" => page.go_to(0),
        "End" => page.go_to(isize::MAX),
        " " if !on_a_button(event) => page.peeking.set(true),
        "a" | "A" => page.toggle_attention(),
        "r" | "R" => page.window.set(Window::ABDOMEN),
        digit => match digit.parse::<usize>() {
            Ok(n @ 1..=5) => page.window.set(Window::PRESETS[n - 1].1),
            _ => return false,
        },
    }
    true
}

/// Space presses a button or a checkbox that has the focus, as everywhere.
fn on_a_button(event: &KeyboardEvent) -> bool {
    let checkbox = |input: &web_sys::HtmlInputElement| input.type_() == "checkbox";
    event.target().is_some_and(|target| {
        target.dyn_ref::<web_sys::HtmlButtonElement>().is_some()
            || target.dyn_ref::<web_sys::HtmlInputElement>().is_some_and(checkbox)
    })
}
