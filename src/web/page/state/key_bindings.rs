//! The keyboard shortcuts: one table of actions with their default keys, and the keys that the reader chose instead.
//!
//! The actions are performed by [`keyboard`](crate::web::page::keyboard).

use std::collections::BTreeMap;

use leptos::prelude::*;

use super::shell::Shell;
use crate::core::i18n::keys::KeysStrings;
use crate::web::page::io::storage;

/// The behaviour of an action while its key is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// Once per key press.
    Once,
    /// Again and again.
    Held,
}

/// Something that a key does.
pub(crate) struct Shortcut {
    /// The action.
    pub(crate) action: Action,
    /// The action's name in storage and for tests.
    pub(crate) id: &'static str,
    /// The default keys. A letter stands for itself, with or without Caps Lock.
    default_keys: &'static [&'static str],
    /// The action's name for people.
    pub(crate) label: fn(&KeysStrings) -> &'static str,
    /// The behaviour while its key is held.
    pub(crate) repeat: Repeat,
}

macro_rules! shortcuts {
    ($($action:ident, $id:literal, [$($key:literal),+], $label:ident, $repeat:ident;)*) => {
        /// An action that can have a key.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Action {
            $(#[doc = concat!("`", $id, "`.")] $action,)*
        }

        /// Every action with its default keys, in the order in which the help shows them.
        pub(crate) const SHORTCUTS: &[Shortcut] = &[$(Shortcut {
            action: Action::$action,
            id: $id,
            default_keys: &[$($key),+],
            label: |strings| strings.$label,
            repeat: Repeat::$repeat,
        },)*];
    };
}

shortcuts! {
    PreviousSlice, "slice-up", ["ArrowUp"], slice_up, Held;
    NextSlice, "slice-down", ["ArrowDown"], slice_down, Held;
    TenBack, "ten-up", ["PageUp"], ten_up, Held;
    TenForward, "ten-down", ["PageDown"], ten_down, Held;
    FirstSlice, "first", ["Home"], first, Once;
    LastSlice, "last", ["End"], last, Once;
    Cine, "cine", ["k"], cine, Once;
    Layout, "layout", ["l"], layout, Once;
    Maximise, "maximise", ["z"], maximise, Once;
    NextPlane, "plane", ["v"], plane, Once;
    Surface, "surface", ["d"], surface, Once;
    Slab, "slab", ["t"], slab, Once;
    ThinnerSlab, "thinner-slab", [","], thinner_slab, Held;
    ThickerSlab, "thicker-slab", ["."], thicker_slab, Held;
    Window1, "window-1", ["1"], window_1, Once;
    Window2, "window-2", ["2"], window_2, Once;
    Window3, "window-3", ["3"], window_3, Once;
    Window4, "window-4", ["4"], window_4, Once;
    Window5, "window-5", ["5"], window_5, Once;
    LowerLevel, "brighter", ["Shift+ArrowUp"], lower_level, Held;
    RaiseLevel, "darker", ["Shift+ArrowDown"], raise_level, Held;
    WidenWindow, "softer", ["Shift+ArrowRight"], widen_window, Held;
    NarrowWindow, "harder", ["Shift+ArrowLeft"], narrow_window, Held;
    Invert, "invert", ["i"], invert, Once;
    ZoomIn, "zoom-in", ["+", "="], zoom_in, Held;
    ZoomOut, "zoom-out", ["-"], zoom_out, Held;
    PanLeft, "pan-left", ["Ctrl+ArrowLeft"], pan_left, Held;
    PanRight, "pan-right", ["Ctrl+ArrowRight"], pan_right, Held;
    PanUp, "pan-up", ["Ctrl+ArrowUp"], pan_up, Held;
    PanDown, "pan-down", ["Ctrl+ArrowDown"], pan_down, Held;
    Fit, "fit", ["0"], fit, Once;
    Reset, "reset", ["r"], reset, Once;
    Ruler, "ruler", ["m"], ruler, Once;
    Angle, "angle", ["w"], angle, Once;
    Ellipse, "ellipse", ["o"], ellipse, Once;
    RemoveMeasurement, "unmeasure", ["Delete"], remove_measurement, Once;
    Annotations, "annotations", ["u"], annotations, Once;
    HideMask, "peek", ["Space"], hide_mask, Once;
    Attention, "attention", ["a"], attention, Once;
    Brush, "brush", ["p"], brush, Once;
    Eraser, "eraser", ["e"], eraser, Once;
    Fill, "fill", ["f"], fill, Once;
    Grow, "grow", ["g"], grow, Once;
    Remove, "remove", ["x"], remove, Once;
    SmallerBrush, "smaller", ["["], smaller, Held;
    LargerBrush, "larger", ["]"], larger, Held;
    NoTool, "no-tool", ["Escape"], no_tool, Once;
    ClearSlice, "clear", ["c"], clear, Once;
    FillHoles, "fill-holes", ["h"], fill_holes, Once;
    Interpolate, "interpolate", ["j"], interpolate, Once;
    Undo, "undo", ["Ctrl+z"], undo, Held;
    Redo, "redo", ["Ctrl+y", "Ctrl+Shift+z"], redo, Held;
    Accept, "accept", ["Enter"], accept, Once;
    NextCorrection, "next", ["n"], next, Once;
    CompareModels, "compare", ["b"], compare, Once;
    SideBySide, "pair", ["s"], pair, Once;
    Beside, "beside", ["y"], beside, Once;
    Help, "help", ["?"], help, Once;
}

impl Action {
    /// The action's shortcut.
    pub(crate) fn shortcut(self) -> &'static Shortcut {
        // The table has one entry per variant, in the order of the variants.
        &SHORTCUTS[self as usize]
    }

    /// The action that chooses a window preset, counted from 0.
    pub(crate) fn window_preset(index: usize) -> Option<Self> {
        [Self::Window1, Self::Window2, Self::Window3, Self::Window4, Self::Window5].get(index).copied()
    }
}

/// The storage key of the chosen keys, one `action key` per line.
const STORAGE_KEY: &str = "islet-keys";

/// The keys that the reader chose, and whether the help is open.
#[derive(Clone, Copy)]
pub(crate) struct KeyBindings {
    shell: Shell,
    chosen: RwSignal<BTreeMap<String, String>>,
    /// True while the help with all shortcuts is open.
    pub(crate) help_open: RwSignal<bool>,
}

impl KeyBindings {
    /// The keys in the browser's storage.
    pub(crate) fn load(shell: Shell) -> Self {
        let stored = storage::get(STORAGE_KEY).unwrap_or_default();
        let chosen = stored.lines().filter_map(|line| line.split_once(' ')).map(|(id, key)| (id.into(), key.into()));
        Self { shell, chosen: RwSignal::new(chosen.collect()), help_open: RwSignal::new(false) }
    }

    /// The keys of an action.
    pub(crate) fn keys(&self, action: Action) -> Vec<String> {
        let shortcut = action.shortcut();
        let chosen = self.chosen.with(|chosen| chosen.get(shortcut.id).cloned());
        chosen.map_or_else(|| shortcut.default_keys.iter().map(|key| (*key).to_owned()).collect(), |key| vec![key])
    }

    /// The shortcut of a key.
    pub(crate) fn shortcut(&self, key: &str) -> Option<&'static Shortcut> {
        let has_key = |shortcut: &&Shortcut| self.keys(shortcut.action).iter().any(|own| own == key);
        untrack(|| SHORTCUTS.iter().find(has_key))
    }

    /// Gives a key to an action.
    ///
    /// # Errors
    ///
    /// Returns the shortcut that has the key already.
    pub(crate) fn bind(&self, action: Action, key: &str) -> Result<(), &'static Shortcut> {
        match self.shortcut(key).filter(|holder| holder.action != action) {
            Some(holder) => Err(holder),
            None => {
                self.chosen.update(|chosen| drop(chosen.insert(action.shortcut().id.into(), key.into())));
                self.save();
                Ok(())
            }
        }
    }

    /// Restores the default keys.
    pub(crate) fn restore_defaults(&self) {
        self.chosen.set(BTreeMap::new());
        self.save();
    }

    fn save(&self) {
        let lines: String = self.chosen.with_untracked(|c| c.iter().map(|(id, key)| format!("{id} {key}\n")).collect());
        storage::set(STORAGE_KEY, &lines);
    }

    /// A tooltip followed by the key of an action.
    pub(crate) fn tooltip(&self, text: &str, action: Action) -> String {
        let key = self.keys(action).into_iter().next();
        key.map_or_else(|| text.to_owned(), |key| format!("{text} ({})", self.key_label(&key)))
    }

    /// A key's name for people, such as `Ctrl Z`.
    pub(crate) fn key_label(&self, key: &str) -> String {
        let strings = self.shell.strings().keys;
        let one = |part: &str| match part {
            "Ctrl" => strings.ctrl.to_owned(),
            "Shift" => strings.shift.into(),
            "Alt" => "Alt".into(),
            "Space" => strings.space.into(),
            "Delete" => strings.delete.into(),
            "Enter" => strings.enter.into(),
            "Escape" => "Esc".into(),
            "ArrowUp" => "↑".into(),
            "ArrowDown" => "↓".into(),
            "ArrowLeft" => "←".into(),
            "ArrowRight" => "→".into(),
            "PageUp" => strings.page_up.into(),
            "PageDown" => strings.page_down.into(),
            "Home" => strings.home.into(),
            "End" => strings.end.into(),
            other => other.to_uppercase(),
        };
        // A plus at the end is the key itself.
        match key.strip_suffix("++") {
            Some(held) => format!("{} + +", one(held)),
            None if key == "+" => "+".into(),
            None => key.split('+').map(one).collect::<Vec<_>>().join(" "),
        }
    }
}
