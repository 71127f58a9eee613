//! The keyboard. One table: what is bound, what it does, and what it is called. It is followed here and shown in [`help`](super::help), where
//! every key can be changed.

use std::collections::BTreeMap;

use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{HtmlInputElement, KeyboardEvent};

use super::finetune::toggle_compare;
use super::pointer::turn_window;
use super::state::Page;
use super::tools::{Tool, make, pick};
use super::view::ViewLayout;
use crate::app::protocol::Request;
use crate::core::i18n::keys::Keys as Strings;
use crate::core::mpr::Plane;
use crate::core::window::Window;
use crate::imaging::edit::Edit;

/// Something a key does.
pub(crate) struct Action {
    /// Its name in the browser's storage.
    pub(crate) id: &'static str,
    /// The keys it has unless somebody chose another. A letter stands for itself, whatever Caps Lock says.
    keys: &'static [&'static str],
    /// What it is called.
    pub(crate) name: fn(&Strings) -> &'static str,
    /// Whether it goes on while the key is held.
    repeats: bool,
    act: fn(Page),
}

const fn once(
    id: &'static str,
    keys: &'static [&'static str],
    name: fn(&Strings) -> &'static str,
    act: fn(Page),
) -> Action {
    Action { id, keys, name, repeats: false, act }
}

const fn held(
    id: &'static str,
    keys: &'static [&'static str],
    name: fn(&Strings) -> &'static str,
    act: fn(Page),
) -> Action {
    Action { id, keys, name, repeats: true, act }
}

/// Every action, in the order in which the sheet shows them.
#[rustfmt::skip]
pub(crate) const ACTIONS: &[Action] = &[
    held("slice-up", &["ArrowUp"], |w| w.slice_up, |page| page.step(-1)),
    held("slice-down", &["ArrowDown"], |w| w.slice_down, |page| page.step(1)),
    held("ten-up", &["PageUp"], |w| w.ten_up, |page| page.step(-10)),
    held("ten-down", &["PageDown"], |w| w.ten_down, |page| page.step(10)),
    once("first", &["Home"], |w| w.first, |page| page.step(isize::MIN / 2)),
    once("last", &["End"], |w| w.last, |page| page.step(isize::MAX / 2)),
    once("layout", &["l"], |w| w.layout, |page| if untrack(|| page.has_planes()) { page.view.cycle() }),
    once("maximise", &["z"], |w| w.maximise, |page| if untrack(|| page.has_planes()) { page.view.maximise(page.view.active.get_untracked()) }),
    once("plane", &["v"], |w| w.plane, next_plane),
    once("window-1", &["1"], |w| w.window_1, |page| page.window.set(Window::PRESETS[0])),
    once("window-2", &["2"], |w| w.window_2, |page| page.window.set(Window::PRESETS[1])),
    once("window-3", &["3"], |w| w.window_3, |page| page.window.set(Window::PRESETS[2])),
    once("window-4", &["4"], |w| w.window_4, |page| page.window.set(Window::PRESETS[3])),
    once("window-5", &["5"], |w| w.window_5, |page| page.window.set(Window::PRESETS[4])),
    held("brighter", &["Shift+ArrowUp"], |w| w.brighter, |page| turn_window(page, [-10.0, 0.0])),
    held("darker", &["Shift+ArrowDown"], |w| w.darker, |page| turn_window(page, [10.0, 0.0])),
    held("softer", &["Shift+ArrowRight"], |w| w.softer, |page| turn_window(page, [0.0, 10.0])),
    held("harder", &["Shift+ArrowLeft"], |w| w.harder, |page| turn_window(page, [0.0, -10.0])),
    once("invert", &["i"], |w| w.invert, |page| page.view.inverted.update(|inverted| *inverted = !*inverted)),
    held("zoom-in", &["+", "="], |w| w.zoom_in, |page| zoom(page, 1.25)),
    held("zoom-out", &["-"], |w| w.zoom_out, |page| zoom(page, 0.8)),
    held("pan-left", &["Ctrl+ArrowLeft"], |w| w.pan_left, |page| pan(page, [0.0, -0.05])),
    held("pan-right", &["Ctrl+ArrowRight"], |w| w.pan_right, |page| pan(page, [0.0, 0.05])),
    held("pan-up", &["Ctrl+ArrowUp"], |w| w.pan_up, |page| pan(page, [-0.05, 0.0])),
    held("pan-down", &["Ctrl+ArrowDown"], |w| w.pan_down, |page| pan(page, [0.05, 0.0])),
    once("fit", &["0"], |w| w.fit, |page| page.view.fit()),
    once("reset", &["r"], |w| w.reset, |page| page.reset_view()),
    once("ruler", &["m"], |w| w.ruler, |page| page.view.ruling.update(|ruling| *ruling = !*ruling)),
    once("unmeasure", &["Delete"], |w| w.unmeasure, |page| page.view.unmeasure()),
    once("peek", &["Space"], |w| w.peek, |page| page.peeking.set(true)),
    once("attention", &["a"], |w| w.attention, |page| page.toggle_attention()),
    once("brush", &["p"], |w| w.brush, |page| pick(page, Tool::Brush)),
    once("eraser", &["e"], |w| w.eraser, |page| pick(page, Tool::Eraser)),
    once("fill", &["f"], |w| w.interpolate, |page| pick(page, Tool::Fill)),
    once("grow", &["g"], |w| w.grow, |page| pick(page, Tool::Grow)),
    once("remove", &["x"], |w| w.remove, |page| pick(page, Tool::Remove)),
    held("smaller", &["["], |w| w.smaller, |page| page.tools.resize(0.8)),
    held("larger", &["]"], |w| w.larger, |page| page.tools.resize(1.25)),
    once("no-tool", &["Escape"], |w| w.no_tool, |page| { page.tools.tool.set(None); page.view.ruling.set(false); }),
    once("clear", &["c"], |w| w.clear, |page| make(page, Edit::Clear, false)),
    once("fill-holes", &["h"], |w| w.fill_holes, |page| make(page, Edit::FillHoles, false)),
    once("interpolate", &["j"], |w| w.interpolate, |page| page.send(&Request::Interpolate)),
    held("undo", &["Ctrl+z"], |w| w.undo, |page| page.send(&Request::Undo)),
    held("redo", &["Ctrl+y", "Ctrl+Shift+z"], |w| w.redo, |page| page.send(&Request::Redo)),
    once("accept", &["Enter"], |w| w.accept, |page| page.toggle_accept()),
    once("next", &["n"], |w| w.next, |page| page.go_to_next_correction()),
    once("compare", &["b"], |w| w.compare, toggle_compare),
    once("pair", &["s"], |w| w.pair, toggle_pair),
    once("help", &["?"], |w| w.help, |page| page.keys.open.set(true)),
];

/// Where chosen keys are remembered, one `action key` a line.
const CHOICE: &str = "islet-keys";

/// The keys somebody chose, by action, and whether the sheet is open. A handle.
#[derive(Clone, Copy)]
pub(crate) struct Keys {
    chosen: RwSignal<BTreeMap<String, String>>,
    pub(crate) open: RwSignal<bool>,
}

impl Keys {
    pub(crate) fn new() -> Self {
        let kept = storage().and_then(|s| s.get_item(CHOICE).ok().flatten()).unwrap_or_default();
        let chosen = kept.lines().filter_map(|line| line.split_once(' ')).map(|(id, key)| (id.into(), key.into()));
        Self { chosen: RwSignal::new(chosen.collect()), open: RwSignal::new(false) }
    }

    /// The keys of an action.
    pub(crate) fn of(&self, action: &Action) -> Vec<String> {
        let own = self.chosen.with(|chosen| chosen.get(action.id).cloned());
        own.map_or_else(|| action.keys.iter().map(|key| (*key).to_owned()).collect(), |key| vec![key])
    }

    /// The action that a key has.
    fn action(&self, key: &str) -> Option<&'static Action> {
        untrack(|| ACTIONS.iter().find(|action| self.of(action).iter().any(|own| own == key)))
    }

    /// Gives a key to an action, unless another has it: then that one.
    pub(crate) fn bind(&self, action: &Action, key: &str) -> Result<(), &'static Action> {
        match self.action(key).filter(|holder| holder.id != action.id) {
            Some(holder) => Err(holder),
            None => {
                self.chosen.update(|chosen| drop(chosen.insert(action.id.into(), key.into())));
                self.keep();
                Ok(())
            }
        }
    }

    /// Every key as it was.
    pub(crate) fn restore(&self) {
        self.chosen.set(BTreeMap::new());
        self.keep();
    }

    fn keep(&self) {
        let lines: String = self.chosen.with_untracked(|c| c.iter().map(|(id, key)| format!("{id} {key}\n")).collect());
        if let Some(storage) = storage() {
            storage.set_item(CHOICE, &lines).ok();
        }
    }
}

fn storage() -> Option<web_sys::Storage> {
    window().local_storage().ok().flatten()
}

/// A tooltip with the key of its action.
pub(crate) fn titled(page: Page, title: &str, id: &str) -> String {
    let key = ACTIONS.iter().find(|action| action.id == id).and_then(|action| page.keys.of(action).into_iter().next());
    key.map_or_else(|| title.to_owned(), |key| format!("{title} ({})", super::help::shown(page, &key)))
}

/// Listens for as long as the page is there.
pub(crate) fn listen(page: Page) {
    let down = window_event_listener(ev::keydown, move |event: KeyboardEvent| {
        // Whoever has taken it already: a row of tabs, the sheet.
        if event.default_prevented() || page.keys.open.get_untracked() {
            return;
        }
        let Some(action) =
            key_of(&event).filter(|key| !belongs_elsewhere(&event, key)).and_then(|key| page.keys.action(&key))
        else {
            return;
        };
        if page.study.with_untracked(Option::is_none) && action.id != "help" {
            return;
        }
        event.prevent_default();
        if action.repeats || !event.repeat() {
            (action.act)(page);
        }
    });
    let up = window_event_listener(ev::keyup, move |event: KeyboardEvent| {
        // Other keys may come and go meanwhile: one looks at more slices without the mask.
        let bare = |key: &str| key.rsplit('+').next().map(str::to_owned);
        let lifted = key_of(&event).and_then(|key| bare(&key));
        let holds = |action: &Action| action.id == "peek" && page.keys.of(action).iter().any(|key| bare(key) == lifted);
        if page.peeking.get_untracked() && untrack(|| ACTIONS.iter().any(holds)) {
            page.peeking.set(false);
        }
    });
    on_cleanup(move || {
        down.remove();
        up.remove();
    });
}

/// The name of the key that was pressed, with what was held: `a`, `Ctrl+Shift+z`, `ArrowUp`, `Space`, `?`.
pub(crate) fn key_of(event: &KeyboardEvent) -> Option<String> {
    let key = event.key();
    let letter = key.chars().count() == 1;
    let name = match key.as_str() {
        "Control" | "Shift" | "Alt" | "Meta" | "AltGraph" | "CapsLock" | "Tab" | "Dead" | "Process"
        | "Unidentified" => return None,
        " " => "Space".to_owned(),
        _ if letter => key.to_lowercase(),
        _ => key.clone(),
    };
    // Which keys a sign takes differs between keyboards: Shift is part of it. Of a letter it is not.
    let sign = letter && !key.chars().all(char::is_alphabetic) && key != " ";
    let mut held = String::new();
    for (is, name) in [
        (event.ctrl_key() || event.meta_key(), "Ctrl+"),
        (event.alt_key(), "Alt+"),
        (event.shift_key() && !sign && (event.ctrl_key() || !letter), "Shift+"),
    ] {
        held += if is { name } else { "" };
    }
    Some(held + &name)
}

/// Whether a key means something to what has the focus: text, a list, a slider, a button.
fn belongs_elsewhere(event: &KeyboardEvent, key: &str) -> bool {
    let Some(target) = event.target() else { return false };
    if target.dyn_ref::<web_sys::HtmlSelectElement>().is_some() {
        return true;
    }
    if let Some(input) = target.dyn_ref::<HtmlInputElement>() {
        return match input.type_().as_str() {
            "checkbox" | "radio" => key == "Space",
            // The slider below the picture moves as the picture does.
            "range" => {
                !input.class_list().contains("slider")
                    && (key.starts_with("Arrow") || ["Home", "End", "PageUp", "PageDown"].contains(&key))
            }
            _ => true,
        };
    }
    let pressed = ["BUTTON", "SUMMARY", "A"].contains(&target.unchecked_ref::<web_sys::Element>().tag_name().as_str());
    pressed && ["Space", "Enter"].contains(&key)
}

fn zoom(page: Page, factor: f64) {
    page.view.sight(page.view.active.get_untracked()).update(|sight| *sight = sight.zoomed(factor, sight.centre));
}

fn pan(page: Page, share: [f64; 2]) {
    let sight = page.view.sight(page.view.active.get_untracked());
    sight.update(|sight| *sight = sight.panned(share.map(|share| share / sight.zoom)));
}

/// The keys move through the next of the planes that are shown.
fn next_plane(page: Page) {
    let panes = page.view.layout.get_untracked().panes();
    let at = panes.iter().position(|pane| pane.plane() == page.view.active.get_untracked()).unwrap_or(0);
    page.view.active.set(panes[(at + 1) % panes.len()].plane());
}

fn toggle_pair(page: Page) {
    match page.view.layout.get_untracked() {
        ViewLayout::Pair => page.view.show(ViewLayout::One(Plane::Axial)),
        _ if page.learn.outcome.with_untracked(Option::is_some) => page.view.show(ViewLayout::Pair),
        _ => {}
    }
}
