//! Closes open menus as people expect: at a press beside them, and with Escape. So is the sheet with the series, which
//! lies over the pictures on narrow screens.

use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, Node};

use crate::web::page::state::shell::Shell;

/// A menu that is open.
const OPEN_MENU: &str = ".take>details[open]";

/// What a press on it does not close the sheet with the series: the sheet, and the button that opens it.
const SHEET: &str = ".left,.series-sheet";

/// Closes the open menu and the sheet with the series at a press outside of them or when Escape is pressed.
pub(crate) fn close_menus(shell: Shell) {
    let pressed = window_event_listener(ev::pointerdown, move |event| {
        let target = event.target().and_then(|target| target.dyn_into::<Node>().ok());
        let pressed = target.as_ref().and_then(|target| target.dyn_ref::<Element>());
        if pressed.and_then(|element| element.closest(SHEET).ok().flatten()).is_none() {
            close_sheet(shell);
        }
        if let Some(menu) = open_menu().filter(|menu| !menu.contains(target.as_ref())) {
            close(&menu);
        }
    });
    let typed = window_event_listener(ev::keydown, move |event| {
        if event.key() == "Escape" {
            close_sheet(shell);
        }
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

fn close_sheet(shell: Shell) {
    shell.series_sheet_open.maybe_update(std::mem::take);
}

fn open_menu() -> Option<Element> {
    document().query_selector(OPEN_MENU).ok().flatten()
}

fn close(menu: &Element) {
    menu.remove_attribute("open").ok();
}
