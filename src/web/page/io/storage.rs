//! The browser's local storage. A browser that blocks it, or that is full, behaves like one that is empty.

use leptos::prelude::window;
use web_sys::Storage;

fn storage() -> Option<Storage> {
    window().local_storage().ok().flatten()
}

/// The value stored under a key.
pub(crate) fn get(key: &str) -> Option<String> {
    storage()?.get_item(key).ok().flatten()
}

/// Stores a value under a key.
pub(crate) fn set(key: &str, value: &str) {
    storage().and_then(|storage| storage.set_item(key, value).ok());
}

/// Removes a key.
pub(crate) fn remove(key: &str) {
    storage().and_then(|storage| storage.remove_item(key).ok());
}
