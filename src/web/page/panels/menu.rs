//! Closes open menus as people expect: at a press beside them, and with Escape.

use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, Node};

/// A menu that is open.
const OPEN_MENU: &str = ".take>details[open]";

/// Closes the open menu at a press outside of it or when Escape is pressed.
pub(crate) fn close_menus() {
    let pressed = window_event_listener(ev::pointerdown, |event| {
        let target = event.target().and_then(|target| target.dyn_into::<Node>().ok());
        if let Some(menu) = open_menu().filter(|menu| !menu.contains(target.as_ref())) {
            close(&menu);
        }
    });
    let typed = window_event_listener(ev::keydown, |event| {
        if let Some(menu) = open_menu().filter(|_| event.key() == "Escape") {
            // The tool in use stays.
            event.prevent_default();
            close(&menu);
            let summary = menu.query_selector("summary").ok().flatten();
            if let Some(summary) = summary.and_then(|summary| summary.dyn_into::<HtmlElement>().ok()) {
                summary.focus().ok();
            }
        }
    });
    on_cleanup(move || {
        pressed.remove();
        typed.remove();
    });
}

fn open_menu() -> Option<Element> {
    document().query_selector(OPEN_MENU).ok().flatten()
}

fn close(menu: &Element) {
    menu.remove_attribute("open").ok();
}
