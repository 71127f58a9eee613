//! The keyboard. One table: what is bound, and what the help says.

use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::KeyboardEvent;

use super::learn::toggle_compare;
use super::state::Page;
use super::tools::{Tool, make, pick};
use crate::edit::Edit;
use crate::protocol::Request;
use crate::window::Window;
use crate::words::Words;

/// Keys and what they do, for people.
pub(crate) fn help(words: &Words) -> [(&'static str, &'static str); 13] {
    let words = &words.keys;
    [
        (words.slice_keys, words.slice),
        (words.ten_slices_keys, words.ten_slices),
        (words.window_keys, words.window),
        (words.hide_keys, words.hide),
        (words.attention_keys, words.attention),
        (words.reset_keys, words.reset),
        (words.tools_keys, words.tools),
        (words.size_keys, words.size),
        (words.none_keys, words.none),
        (words.history_keys, words.history),
        (words.accept_keys, words.accept),
        (words.edits_keys, words.edits),
        (words.learn_keys, words.learn),
    ]
}

/// Listens for as long as the page is there.
pub(crate) fn listen(page: Page) {
    let down = window_event_listener(ev::keydown, move |event: KeyboardEvent| {
        let typing = event.target().is_some_and(|target| {
            target
                .dyn_ref::<web_sys::HtmlInputElement>()
                .is_some_and(|input| !["range", "checkbox"].contains(&input.type_().as_str()))
        });
        let command = event.ctrl_key() || event.meta_key();
        // A row of tabs has taken it.
        let typing = typing || event.default_prevented();
        let done = match (command, event.alt_key()) {
            _ if typing => false,
            (true, false) => history(page, &event),
            (false, false) => press(page, &event),
            _ => false,
        };
        if done {
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

/// Ctrl and a letter.
fn history(page: Page, event: &KeyboardEvent) -> bool {
    match event.key().as_str() {
        "z" => page.send(&Request::Undo),
        "y" | "Z" => page.send(&Request::Redo),
        _ => return false,
    }
    true
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
        "[" => page.tools.resize(0.8),
        "]" => page.tools.resize(1.25),
        "Escape" => page.tools.tool.set(None),
        "Enter" if !on_a_button(event) => page.toggle_accept(),
        "c" | "C" => make(page, Edit::Clear, false),
        "h" | "H" => make(page, Edit::FillHoles, false),
        "i" | "I" => page.send(&Request::Interpolate),
        "n" | "N" => page.go_to_next_correction(),
        "b" | "B" => toggle_compare(page),
        letter if tool(letter).is_some() => tool(letter).into_iter().for_each(|tool| pick(page, tool)),
        digit => match digit.parse::<usize>() {
            Ok(n @ 1..=5) => page.window.set(Window::PRESETS[n - 1]),
            _ => return false,
        },
    }
    true
}

fn tool(key: &str) -> Option<Tool> {
    Tool::ALL.into_iter().find(|(_, _, own)| own.eq_ignore_ascii_case(key)).map(|(tool, ..)| tool)
}

/// Space presses a button or a checkbox that has the focus, as everywhere.
fn on_a_button(event: &KeyboardEvent) -> bool {
    let checkbox = |input: &web_sys::HtmlInputElement| input.type_() == "checkbox";
    event.target().is_some_and(|target| {
        target.dyn_ref::<web_sys::HtmlButtonElement>().is_some()
            || target.dyn_ref::<web_sys::HtmlInputElement>().is_some_and(checkbox)
    })
}
