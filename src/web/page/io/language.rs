//! The language of the page: the one chosen before, else the browser's, else English.

use leptos::prelude::*;

use super::storage;
use crate::core::i18n::Language;

const STORAGE_KEY: &str = "islet-language";

/// The language at the start.
pub(crate) fn preferred() -> Language {
    let tag = storage::get(STORAGE_KEY).or_else(|| window().navigator().language());
    tag.and_then(|tag| Language::from_tag(&tag)).unwrap_or_default()
}

/// Stores the language whenever another is chosen, and declares it to screen readers.
pub(crate) fn follow(language: RwSignal<Language>) {
    Effect::new(move |before: Option<Language>| {
        let now = language.get();
        if let Some(root) = document().document_element() {
            root.set_attribute("lang", now.code()).expect("a valid attribute name");
        }
        if before.is_some_and(|before| before != now) {
            storage::set(STORAGE_KEY, now.code());
        }
        now
    });
}
