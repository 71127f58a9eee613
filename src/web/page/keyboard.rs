//! Follows the keyboard: finds the action of a key and performs it. The table of keys is in
//! [`key_bindings`](super::state::key_bindings).

use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{HtmlInputElement, KeyboardEvent};

use super::io::session_client::SessionClient;
use super::state::beside::Beside;
use super::state::cine::Cine;
use super::state::display::Display;
use super::state::finetuning::FineTuning;
use super::state::key_bindings::{Action, KeyBindings, Repeat};
use super::state::measuring::MeasuringTool;
use super::state::series::SeriesView;
use super::state::shell::{Shell, Tab};
use super::state::surfaces::Surfaces;
use super::state::tools::{Tool, Tools};
use super::state::view::{ViewLayout, ViewState};
use crate::app::protocol::Request;
use crate::core::window::Window;
use crate::imaging::edit::Edit;
use crate::imaging::edit::UndoStep;

/// The share of a pane by which a key press pans.
const PAN_STEP: f64 = 0.05;

/// The step by which a key press makes a slab thicker, in mm.
const SLAB_STEP_MM: f64 = 1.0;

/// The state that the keys act on.
#[derive(Clone, Copy)]
struct Keyboard {
    session: SessionClient,
    shell: Shell,
    series: SeriesView,
    view: ViewState,
    display: Display,
    tools: Tools,
    tuning: FineTuning,
    surfaces: Surfaces,
    cine: Cine,
    beside: Beside,
    bindings: KeyBindings,
}

/// Listens to the keyboard until the page is gone.
pub(crate) fn listen() {
    let keyboard = Keyboard {
        session: expect_context(),
        shell: expect_context(),
        series: expect_context(),
        view: expect_context(),
        display: expect_context(),
        tools: expect_context(),
        tuning: expect_context(),
        surfaces: expect_context(),
        cine: expect_context(),
        beside: expect_context(),
        bindings: expect_context(),
    };
    let down = window_event_listener(ev::keydown, move |event: KeyboardEvent| keyboard.key_down(&event));
    let up = window_event_listener(ev::keyup, move |event: KeyboardEvent| keyboard.key_up(&event));
    on_cleanup(move || {
        down.remove();
        up.remove();
    });
}

impl Keyboard {
    fn key_down(&self, event: &KeyboardEvent) {
        // A row of tabs or the open help has handled the key already.
        if event.default_prevented() || self.bindings.help_open.get_untracked() {
            return;
        }
        let key = key_of(event).filter(|key| !belongs_to_focus(event, key));
        if key.as_ref().is_some_and(|key| self.is_for_surface(event) && self.act_on_surface(key)) {
            event.prevent_default();
            return;
        }
        let Some(shortcut) = key.and_then(|key| self.bindings.shortcut(&key)) else { return };
        if !untrack(|| self.series.is_open()) && shortcut.action != Action::Help {
            return;
        }
        event.prevent_default();
        if shortcut.repeat == Repeat::Held || !event.repeat() {
            self.perform(shortcut.action);
        }
    }

    /// True if the surfaces have the focus, or the screen for themselves.
    fn is_for_surface(&self, event: &KeyboardEvent) -> bool {
        let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
        let has_focus = target.and_then(|target| target.closest("[data-pane=surface]").ok().flatten()).is_some();
        has_focus || self.view.layout.get_untracked() == ViewLayout::Surface
    }

    /// Turns, zooms or resets the surfaces, or shows them alone. Returns true if the key does one of these.
    fn act_on_surface(&self, key: &str) -> bool {
        if self.surfaces.act_on_key(key) {
            return true;
        }
        let action = self.bindings.shortcut(key).map(|shortcut| shortcut.action);
        if action == Some(Action::Maximise) {
            self.view.maximise_surface();
        }
        action == Some(Action::Maximise)
    }

    fn key_up(&self, event: &KeyboardEvent) {
        // Other keys may be pressed meanwhile, to look at more slices without the mask: modifiers do not count.
        let without_modifiers = |key: &str| key.rsplit('+').next().map(str::to_owned);
        let released = key_of(event).and_then(|key| without_modifiers(&key));
        let peek_keys = untrack(|| self.bindings.keys(Action::HideMask));
        if self.display.peeking.get_untracked() && peek_keys.iter().any(|key| without_modifiers(key) == released) {
            self.display.peeking.set(false);
        }
    }

    fn perform(&self, action: Action) {
        self.navigate(action);
        self.change_window(action);
        self.change_viewport(action);
        self.correct(action);
        self.judge(action);
    }

    fn navigate(&self, action: Action) {
        let step = |steps: isize| self.series.move_by(self.view.active.get_untracked(), steps);
        let has_planes = || untrack(|| self.series.has_planes());
        match action {
            Action::PreviousSlice => step(-1),
            Action::NextSlice => step(1),
            Action::TenBack => step(-10),
            Action::TenForward => step(10),
            Action::FirstSlice => step(isize::MIN / 2),
            Action::LastSlice => step(isize::MAX / 2),
            Action::Layout if has_planes() => self.view.toggle_planes(),
            Action::Maximise if has_planes() => self.view.maximise(self.view.active.get_untracked()),
            Action::NextPlane => self.view.activate_next(),
            Action::Surface if has_planes() => self.view.maximise_surface(),
            Action::Slab if has_planes() => self.view.next_projection(),
            Action::ThinnerSlab => self.view.change_thickness(-SLAB_STEP_MM),
            Action::ThickerSlab => self.view.change_thickness(SLAB_STEP_MM),
            Action::Cine => self.cine.toggle(),
            Action::Help => self.bindings.help_open.set(true),
            _ => {}
        }
    }

    fn change_window(&self, action: Action) {
        let display = &self.display;
        match action {
            Action::Window1 => display.window.set(Window::PRESETS[0]),
            Action::Window2 => display.window.set(Window::PRESETS[1]),
            Action::Window3 => display.window.set(Window::PRESETS[2]),
            Action::Window4 => display.window.set(Window::PRESETS[3]),
            Action::Window5 => display.window.set(Window::PRESETS[4]),
            Action::LowerLevel => display.shift_window(-10.0, 0.0),
            Action::RaiseLevel => display.shift_window(10.0, 0.0),
            Action::WidenWindow => display.shift_window(0.0, 10.0),
            Action::NarrowWindow => display.shift_window(0.0, -10.0),
            Action::Invert => display.inverted.update(|inverted| *inverted = !*inverted),
            Action::HideMask => display.peeking.set(true),
            Action::Annotations => display.shows_annotations.update(|shown| *shown = !*shown),
            Action::Attention => display.toggle_attention(untrack(|| self.shell.gates_px()).len()),
            _ => {}
        }
    }

    fn change_viewport(&self, action: Action) {
        let viewport = self.view.active_viewport();
        let zoom = |factor: f64| viewport.update(|viewport| *viewport = viewport.zoomed(factor, viewport.centre));
        let pan = |down: f64, right: f64| {
            viewport.update(|viewport| *viewport = viewport.panned([down, right].map(|step| step / viewport.zoom)));
        };
        match action {
            Action::ZoomIn => zoom(1.25),
            Action::ZoomOut => zoom(0.8),
            Action::PanLeft => pan(0.0, -PAN_STEP),
            Action::PanRight => pan(0.0, PAN_STEP),
            Action::PanUp => pan(-PAN_STEP, 0.0),
            Action::PanDown => pan(PAN_STEP, 0.0),
            Action::Fit => self.view.fit(),
            Action::Reset => {
                self.display.reset_window();
                self.view.fit();
            }
            Action::Ruler => self.series.measuring.toggle(MeasuringTool::Length),
            Action::Angle => self.series.measuring.toggle(MeasuringTool::Angle),
            Action::Ellipse => self.series.measuring.toggle(MeasuringTool::Ellipse),
            Action::RemoveMeasurement => self.series.measuring.remove_last(),
            _ => {}
        }
    }

    fn correct(&self, action: Action) {
        let pick = |tool: Tool| {
            if self.tools.toggle(tool) {
                self.shell.tab.set(Tab::Correct);
            }
        };
        match action {
            Action::Brush => pick(Tool::Brush),
            Action::Eraser => pick(Tool::Eraser),
            Action::Fill => pick(Tool::Fill),
            Action::Grow => pick(Tool::Grow),
            Action::Remove => pick(Tool::Remove),
            Action::SmallerBrush => self.tools.resize(0.8),
            Action::LargerBrush => self.tools.resize(1.25),
            Action::NoTool => {
                self.tools.tool.set(None);
                self.series.measuring.put_down();
            }
            Action::ClearSlice => self.tools.apply(Edit::Clear, UndoStep::New),
            Action::FillHoles => self.tools.apply(Edit::FillHoles, UndoStep::New),
            Action::Interpolate => self.session.send(&Request::Interpolate),
            Action::Undo => self.session.send(&Request::Undo),
            Action::Redo => self.session.send(&Request::Redo),
            _ => {}
        }
    }

    fn judge(&self, action: Action) {
        match action {
            Action::Accept => self.series.accept(self.view.active.get_untracked()),
            Action::NextCorrection => self.series.go_to_next_correction(),
            Action::Beside => self.beside.next(),
            Action::CompareModels if untrack(|| self.tuning.awaits_decision()) => self.tuning.toggle_before(),
            Action::CompareModels => self.series.toggle_mask_source(),
            Action::SideBySide => match self.view.layout.get_untracked() {
                ViewLayout::Pair => self.view.show(ViewLayout::AXIAL),
                _ if untrack(|| self.tuning.awaits_decision()) => self.view.show(ViewLayout::Pair),
                _ => {}
            },
            _ => {}
        }
    }
}

/// The name of a pressed key with its modifiers: `a`, `Ctrl+Shift+z`, `ArrowUp`, `Space`, `?`.
pub(crate) fn key_of(event: &KeyboardEvent) -> Option<String> {
    let key = event.key();
    let is_character = key.chars().count() == 1;
    let name = match key.as_str() {
        "Control" | "Shift" | "Alt" | "Meta" | "AltGraph" | "CapsLock" | "Tab" | "Dead" | "Process"
        | "Unidentified" => return None,
        " " => "Space".to_owned(),
        _ if is_character => key.to_lowercase(),
        _ => key.clone(),
    };
    // Keyboards differ in which signs need Shift, so for signs Shift is part of the key. For letters it is not.
    let is_sign = is_character && !key.chars().all(char::is_alphabetic) && key != " ";
    let mut modifiers = String::new();
    for (pressed, modifier) in [
        (event.ctrl_key() || event.meta_key(), "Ctrl+"),
        (event.alt_key(), "Alt+"),
        (event.shift_key() && !is_sign && (event.ctrl_key() || !is_character), "Shift+"),
    ] {
        modifiers += if pressed { modifier } else { "" };
    }
    Some(modifiers + &name)
}

/// True if the focused element uses the key itself: a text field, a list, a slider, a button.
fn belongs_to_focus(event: &KeyboardEvent, key: &str) -> bool {
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
    let tag = target.unchecked_ref::<web_sys::Element>().tag_name();
    ["BUTTON", "SUMMARY", "A"].contains(&tag.as_str()) && ["Space", "Enter"].contains(&key)
}
