//! The sheet with the keys and what the mouse does. A key is changed by pressing another. The browser keeps the focus in an open dialog, and closes it on Escape.

use leptos::html::Dialog;
use leptos::prelude::*;
use web_sys::KeyboardEvent;

use super::keys::{ACTIONS, Action, key_of};
use super::state::Page;
use crate::core::i18n::interpolate;

/// The sheet.
#[component]
pub(crate) fn Help() -> impl IntoView {
    let page = expect_context::<Page>();
    let words = page.words().keys;
    let dialog = NodeRef::<Dialog>::new();
    // The action whose new key is waited for, and what came of the last.
    let changing = RwSignal::new(None::<&'static str>);
    let said = RwSignal::new(String::new());
    Effect::new(move |_| {
        let (open, Some(dialog)) = (page.keys.open.get(), dialog.get()) else { return };
        if open && !dialog.open() {
            changing.set(None);
            said.set(String::new());
            dialog.show_modal().expect("a dialog in the document");
        } else if !open && dialog.open() {
            dialog.close();
        }
    });
    let pressed = move |event: KeyboardEvent| {
        let Some(action) = changing.get_untracked().and_then(|id| ACTIONS.iter().find(|action| action.id == id)) else {
            return;
        };
        let Some(key) = key_of(&event) else { return };
        event.prevent_default();
        event.stop_propagation();
        changing.set(None);
        if key == "Escape" && action.id != "no-tool" {
            return;
        }
        let name = (action.name)(&words);
        said.set(match page.keys.bind(action, &key) {
            Ok(()) => interpolate(words.bound, &[("key", &shown(page, &key)), ("action", &name)]),
            Err(holder) => interpolate(words.taken, &[("key", &shown(page, &key)), ("action", &(holder.name)(&words))]),
        });
    };
    let row = move |action: &'static Action| {
        let name = (action.name)(&words);
        let waits = move || changing.get() == Some(action.id);
        let keys =
            move || page.keys.of(action).iter().map(|key| view! { <kbd>{shown(page, key)}</kbd> }).collect_view();
        view! {
            <tr data-action=action.id>
                <th scope="row">{name}</th>
                <td>{keys}</td>
                <td><button class="small" aria-label=interpolate(words.change_of, &[("action", &name)]) aria-pressed=move || waits().to_string()
                    on:click=move |_| { said.set(String::new()); changing.set(Some(action.id)); }>
                    {move || if waits() { words.press } else { words.change }}</button></td>
            </tr>
        }
    };
    let mouse = [
        (words.drag, words.drag_does),
        (words.click, words.click_does),
        (words.middle, words.middle_does),
        (words.right_drag, words.right_does),
        (words.wheel, words.wheel_does),
        (words.ctrl_wheel, words.ctrl_wheel_does),
        (words.double, words.double_does),
        (words.finger, words.finger_does),
        (words.pinch, words.pinch_does),
        (words.two_fingers, words.two_fingers_do),
    ];
    view! {
        <dialog node_ref=dialog class="help" data-testid="help" aria-labelledby="help-title" on:keydown=pressed
            on:close=move |_| page.keys.open.set(false)>
            <h1 id="help-title">{words.title}</h1>
            <p class="quiet" role="status" data-testid="keys-said">{move || said.get()}</p>
            <div class="sheet">
                {ACTIONS.chunks(ACTIONS.len().div_ceil(2)).map(|half| view! {
                    <table class="keys"><tbody>{half.iter().map(row).collect_view()}</tbody></table>
                }).collect_view()}
                <table class="keys"><tbody>
                    {mouse.into_iter().map(|(what, does)| view! { <tr><th scope="row">{does}</th><td>{what}</td></tr> }).collect_view()}
                </tbody></table>
            </div>
            <div class="actions">
                <button data-testid="keys-restore" on:click=move |_| { page.keys.restore(); said.set(words.restored.into()); }>{words.restore}</button>
                <button class="primary" data-testid="help-close" autofocus on:click=move |_| page.keys.open.set(false)>{words.close}</button>
            </div>
        </dialog>
    }
}

/// A key, for people.
pub(crate) fn shown(page: Page, key: &str) -> String {
    let words = page.words().keys;
    let one = |part: &str| match part {
        "Ctrl" => words.ctrl.to_owned(),
        "Shift" => words.shift.into(),
        "Alt" => "Alt".into(),
        "Space" => words.space.into(),
        "Delete" => words.delete.into(),
        "Enter" => words.enter.into(),
        "Escape" => "Esc".into(),
        "ArrowUp" => "↑".into(),
        "ArrowDown" => "↓".into(),
        "ArrowLeft" => "←".into(),
        "ArrowRight" => "→".into(),
        "PageUp" => words.page_up.into(),
        "PageDown" => words.page_down.into(),
        "Home" => words.home.into(),
        "End" => words.end.into(),
        other => other.to_uppercase(),
    };
    // A plus at the end is the key itself.
    match key.strip_suffix("++") {
        Some(held) => format!("{} + +", one(held)),
        None if key == "+" => "+".into(),
        None => key.split('+').map(one).collect::<Vec<_>>().join(" "),
    }
}
