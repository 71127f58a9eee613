//! The help: every keyboard shortcut, which can be changed here, and what the mouse does.
//!
//! It is a modal dialog, so the browser keeps the focus in it and closes it on Escape.

use leptos::html::Dialog;
use leptos::prelude::*;
use web_sys::KeyboardEvent;

use crate::core::i18n::interpolate;
use crate::core::i18n::keys::KeysStrings;
use crate::web::page::keyboard::key_of;
use crate::web::page::state::key_bindings::{Action, KeyBindings, SHORTCUTS, Shortcut};
use crate::web::page::state::shell::Shell;

/// A change of a shortcut.
#[derive(Clone, Copy)]
struct ShortcutEditor {
    bindings: KeyBindings,
    strings: KeysStrings,
    /// The action whose new key is awaited.
    editing: RwSignal<Option<Action>>,
    /// The result of the last change.
    message: RwSignal<String>,
}

impl ShortcutEditor {
    fn clear(&self) {
        self.editing.set(None);
        self.message.set(String::new());
    }

    fn edit(&self, action: Action) {
        self.message.set(String::new());
        self.editing.set(Some(action));
    }

    fn restore_defaults(&self) {
        self.bindings.restore_defaults();
        self.message.set(self.strings.restored.into());
    }

    /// Gives the pressed key to the action that awaits one.
    fn key_down(&self, event: &KeyboardEvent) {
        let Some(action) = self.editing.get_untracked() else { return };
        let Some(key) = key_of(event) else { return };
        event.prevent_default();
        event.stop_propagation();
        self.editing.set(None);
        if key == "Escape" && action != Action::NoTool {
            return;
        }
        let (template, shortcut) = match self.bindings.bind(action, &key) {
            Ok(()) => (self.strings.bound, action.shortcut()),
            Err(holder) => (self.strings.taken, holder),
        };
        let (key, name) = (self.bindings.key_label(&key), (shortcut.label)(&self.strings));
        self.message.set(interpolate(template, &[("key", &key), ("action", &name)]));
    }
}

/// The help dialog.
#[component]
pub(crate) fn Help() -> impl IntoView {
    let bindings = expect_context::<KeyBindings>();
    let strings = expect_context::<Shell>().strings().keys;
    let editor =
        ShortcutEditor { bindings, strings, editing: RwSignal::new(None), message: RwSignal::new(String::new()) };
    let dialog = NodeRef::<Dialog>::new();
    Effect::new(move |_| {
        let (open, Some(dialog)) = (bindings.help_open.get(), dialog.get()) else { return };
        if open && !dialog.open() {
            editor.clear();
            dialog.show_modal().expect("a dialog in the document");
        } else if !open && dialog.open() {
            dialog.close();
        }
    });
    view! {
        <dialog node_ref=dialog class="help" data-testid="help" aria-labelledby="help-title" on:keydown=move |event| editor.key_down(&event)
            on:close=move |_| bindings.help_open.set(false)>
            <h1 id="help-title">{strings.title}</h1>
            <p class="quiet" role="status" data-testid="keys-said">{move || editor.message.get()}</p>
            <div class="sheet">
                {SHORTCUTS.chunks(SHORTCUTS.len().div_ceil(2)).map(|half| view! {
                    <table class="keys"><tbody>{half.iter().map(|shortcut| shortcut_row(editor, shortcut)).collect_view()}</tbody></table>
                }).collect_view()}
                <table class="keys"><tbody>
                    {mouse_gestures(&strings).into_iter().map(|gesture| view! {
                        <tr><th scope="row">{gesture.effect}</th><td>{gesture.name}</td></tr>
                    }).collect_view()}
                </tbody></table>
            </div>
            // Written by tools/licences.mjs.
            <p class="quiet"><a href="licences.txt" target="_blank" rel="noreferrer" data-testid="licences">{strings.licences}</a></p>
            <div class="actions">
                <button data-testid="keys-restore" on:click=move |_| editor.restore_defaults()>{strings.restore}</button>
                <button class="primary" data-testid="help-close" autofocus on:click=move |_| bindings.help_open.set(false)>{strings.close}</button>
            </div>
        </dialog>
    }
}

fn shortcut_row(editor: ShortcutEditor, shortcut: &'static Shortcut) -> impl IntoView {
    let ShortcutEditor { bindings, strings, editing, .. } = editor;
    let name = (shortcut.label)(&strings);
    let is_edited = move || editing.get() == Some(shortcut.action);
    let keys = move || {
        bindings.keys(shortcut.action).iter().map(|key| view! { <kbd>{bindings.key_label(key)}</kbd> }).collect_view()
    };
    view! {
        <tr data-action=shortcut.id>
            <th scope="row">{name}</th>
            <td>{keys}</td>
            <td><button class="small" aria-label=interpolate(strings.change_of, &[("action", &name)]) aria-pressed=move || is_edited().to_string()
                on:click=move |_| editor.edit(shortcut.action)>
                {move || if is_edited() { strings.press } else { strings.change }}</button></td>
        </tr>
    }
}

/// A gesture of mouse or fingers and its effect.
struct GestureHelp {
    name: &'static str,
    effect: &'static str,
}

fn mouse_gestures(strings: &KeysStrings) -> [GestureHelp; 12] {
    [
        GestureHelp { name: strings.drag, effect: strings.drag_does },
        GestureHelp { name: strings.click, effect: strings.click_does },
        GestureHelp { name: strings.middle, effect: strings.middle_does },
        GestureHelp { name: strings.right_drag, effect: strings.right_does },
        GestureHelp { name: strings.wheel, effect: strings.wheel_does },
        GestureHelp { name: strings.ctrl_wheel, effect: strings.ctrl_wheel_does },
        GestureHelp { name: strings.double, effect: strings.double_does },
        GestureHelp { name: strings.surface_drag, effect: strings.surface_drag_does },
        GestureHelp { name: strings.on_surface, effect: strings.on_surface_does },
        GestureHelp { name: strings.finger, effect: strings.finger_does },
        GestureHelp { name: strings.pinch, effect: strings.pinch_does },
        GestureHelp { name: strings.two_fingers, effect: strings.two_fingers_do },
    ]
}
