//! Which language the page speaks: the one chosen before, else the browser's, else English.

use leptos::prelude::*;
use wasm_bindgen::JsCast;

use super::state::Page;
use crate::core::i18n::Language;

/// Where the choice is remembered.
const CHOICE: &str = "islet-language";

/// The language to begin with.
pub(crate) fn preferred() -> Language {
    let chosen = window().local_storage().ok().flatten().and_then(|s| s.get_item(CHOICE).ok().flatten());
    chosen.or_else(|| window().navigator().language()).and_then(|tag| Language::of(&tag)).unwrap_or_default()
}

/// Follows the choice: remembers it, and tells the document for screen readers.
pub(crate) fn follow(language: RwSignal<Language>) {
    Effect::new(move |before: Option<Language>| {
        let now = language.get();
        if let Some(root) = document().document_element() {
            root.set_attribute("lang", now.code()).expect("a plain attribute");
        }
        if before.is_some_and(|before| before != now)
            && let Some(storage) = window().local_storage().ok().flatten()
        {
            storage.set_item(CHOICE, now.code()).ok();
        }
        now
    });
}

/// Chooses among the languages.
#[component]
pub(crate) fn Languages() -> impl IntoView {
    let page = expect_context::<Page>();
    let language = page.language;
    let choose = move |event: web_sys::Event| {
        language.set(Language::of(&event_target_value(&event)).unwrap_or_default());
        // The page is drawn anew, this element too: whoever uses the keyboard stays where they were.
        request_animation_frame(|| {
            let anew = document().query_selector("select.language").ok().flatten();
            if let Some(element) = anew.and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok()) {
                element.focus().ok();
            }
        });
    };
    view! {
        <select class="language" data-testid="language" aria-label=page.words().header.language on:change=choose>
            {Language::ALL.into_iter().map(|one| view! {
                <option value=one.code() selected=one == language.get_untracked()>{one.name()}</option>
            }).collect_view()}
        </select>
    }
}
