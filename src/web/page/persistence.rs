//! Corrections kept in this browser (OPFS, the origin's private file system), for whoever asks for that; and wiped.
//!
//! Off until it is switched on. The browser's storage is on this machine and belongs to this page alone.

use js_sys::{Function, Promise, Reflect, Uint8Array};
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};

use super::state::Page;
use crate::app::protocol::Request;
use crate::core::error::UserError;
use crate::core::i18n::interpolate;

/// Where the switch is remembered.
const SWITCH: &str = "islet-autosave";
/// The folder of the corrections, one file a series.
const FOLDER: &str = "corrections";
/// Changes closer together than this are saved once, in ms.
const REST_MS: u64 = 800;

thread_local! {
    /// Counts changes; a save that is due looks whether it is still the newest.
    static CHANGES: std::cell::Cell<u64> = const { std::cell::Cell::new(0) };
}

/// Whether the switch is on.
pub(crate) fn is_on() -> bool {
    window().local_storage().ok().flatten().and_then(|s| s.get_item(SWITCH).ok().flatten()).is_some()
}

/// Sets the switch; what is there is saved at once.
pub(crate) fn set_autosave(page: Page, on: bool) {
    if let Some(storage) = window().local_storage().ok().flatten() {
        let set = if on { storage.set_item(SWITCH, "on") } else { storage.remove_item(SWITCH) };
        set.ok();
    }
    page.learn.autosave.set(on);
    if on {
        page.send(&Request::SaveCorrections);
    }
}

/// Saves when the changes rest for a moment.
pub(crate) fn save_soon(page: Page) {
    if !page.learn.autosave.get_untracked() {
        return;
    }
    let change = CHANGES.get() + 1;
    CHANGES.set(change);
    let due = move || {
        if CHANGES.get() == change && page.learn.autosave.get_untracked() {
            page.send(&Request::SaveCorrections);
        }
    };
    set_timeout(due, std::time::Duration::from_millis(REST_MS));
}

/// Writes what the session gave to keep, unless the switch has been turned off since it was asked for.
pub(crate) fn save(page: Page, key: String, bytes: Vec<u8>) {
    if !page.learn.autosave.get_untracked() {
        return;
    }
    spawn_local(async move {
        let write = async {
            let file = call(&folder().await?, "getFileHandle", &[&key.into(), &create()]).await?;
            let stream = call(&file, "createWritable", &[]).await?;
            call(&stream, "write", &[&Uint8Array::from(&bytes[..])]).await?;
            call(&stream, "close", &[]).await
        };
        report(page, write.await.map(drop));
    });
}

/// Brings back what was kept of a series, if anything was.
pub(crate) fn restore(page: Page, key: &str) {
    if !page.learn.autosave.get_untracked() {
        return;
    }
    let key = key.to_owned();
    spawn_local(async move {
        let read = async {
            let file = call(&folder().await?, "getFileHandle", &[&key.as_str().into()]).await?;
            let file = call(&file, "getFile", &[]).await?;
            call(&file, "arrayBuffer", &[]).await
        };
        // None is kept of most series: that is no failure.
        if let Ok(buffer) = read.await {
            page.send(&Request::RestoreCorrections { bytes: Uint8Array::new(&buffer).to_vec() });
        }
    });
}

/// Removes everything that was kept, and the switch with it. What is open stays.
pub(crate) fn wipe(page: Page) {
    set_autosave(page, false);
    spawn_local(async move {
        let wipe = async {
            let options = js_sys::Object::new();
            Reflect::set(&options, &"recursive".into(), &JsValue::TRUE)?;
            call(&root().await?, "removeEntry", &[&FOLDER.into(), &options]).await
        };
        match wipe.await {
            Err(error) if name(&error) != "NotFoundError" => report(page, Err(error)),
            _ => {}
        }
    });
}

fn report(page: Page, result: Result<(), JsValue>) {
    if let Err(error) = result {
        let words = &page.words().correct;
        let why = interpolate(words.browser_refused, &[("why", &crate::web::transfer::text(&error))]);
        page.failure.set(Some(UserError::new(words.keeping, why, words.save_instead)));
    }
}

async fn root() -> Result<JsValue, JsValue> {
    let storage = Reflect::get(&window().navigator(), &"storage".into())?;
    call(&storage, "getDirectory", &[]).await
}

async fn folder() -> Result<JsValue, JsValue> {
    call(&root().await?, "getDirectoryHandle", &[&FOLDER.into(), &create()]).await
}

fn create() -> JsValue {
    let options = js_sys::Object::new();
    Reflect::set(&options, &"create".into(), &JsValue::TRUE).expect("a plain object");
    options.into()
}

/// Calls a method that gives a promise. By name: web-sys has these only as unstable interfaces.
async fn call(of: &JsValue, method: &str, with: &[&JsValue]) -> Result<JsValue, JsValue> {
    let function: Function = Reflect::get(of, &method.into())?.dyn_into()?;
    let given: js_sys::Array = with.iter().copied().collect();
    let promise: Promise = function.apply(of, &given)?.dyn_into()?;
    JsFuture::from(promise).await
}

fn name(error: &JsValue) -> String {
    Reflect::get(error, &"name".into()).ok().and_then(|name| name.as_string()).unwrap_or_default()
}
