//! Downloads: files that the page offers to save.

use gloo::file::{Blob, ObjectUrl};
use leptos::prelude::document;
use wasm_bindgen::JsCast;
use web_sys::HtmlAnchorElement;

/// Offers bytes as a download.
pub(crate) fn save_bytes(name: &str, bytes: &[u8]) {
    save_blob(name, Blob::new(bytes));
}

/// Offers a blob as a download.
pub(crate) fn save_blob(name: &str, blob: Blob) {
    // The address is revoked when it is dropped; the browser has begun to save by then.
    let url = ObjectUrl::from(blob);
    let link: HtmlAnchorElement = document().create_element("a").expect("a valid tag name").unchecked_into();
    link.set_href(&url);
    link.set_download(name);
    link.click();
}
