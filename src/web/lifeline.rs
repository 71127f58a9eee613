//! How a worker's end is noticed when the browser reports no error: it was closed, or ended for its memory.
//!
//! A worker holds a lock of the browser (Web Locks, W3C) for as long as it lives. Who started it asks for the same
//! lock, and gets it once the worker is gone. A browser or an address without such locks does without.

use std::cell::Cell;
use std::rc::Rc;

use js_sys::{Function, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = LockManager)]
    type LockManager;

    #[wasm_bindgen(method, catch)]
    fn request(this: &LockManager, name: &str, callback: &Function) -> Result<Promise, JsValue>;
}

/// The locks of the browser, in a page or a worker.
fn locks() -> Option<LockManager> {
    let navigator = Reflect::get(&js_sys::global(), &"navigator".into()).ok()?;
    let locks = Reflect::get(&navigator, &"locks".into()).ok()?;
    (!locks.is_undefined()).then(|| locks.unchecked_into())
}

/// Takes a lock that this worker holds until it ends, and then calls `on_held` with its name; with `None` where the
/// browser gives no locks.
pub(crate) fn hold(on_held: impl FnOnce(Option<String>) + 'static) {
    let Some(locks) = locks() else { return on_held(None) };
    // A lock belongs to one worker: as many as there are tabs may run.
    let name = format!("islet-worker-{:x}", (js_sys::Math::random() * 2f64.powi(53)) as u64);
    let once = Rc::new(Cell::new(Some(on_held)));
    let (held_once, held_name) = (once.clone(), name.clone());
    let forever = Closure::once_into_js(move || {
        if let Some(on_held) = held_once.take() {
            on_held(Some(held_name));
        }
        Promise::new(&mut |_, _| ())
    });
    let request = locks.request(&name, forever.unchecked_ref());
    spawn_local(async move {
        let refused = match request {
            Ok(request) => JsFuture::from(request).await.is_err(),
            Err(_) => true,
        };
        if let Some(on_held) = once.take().filter(|_| refused) {
            on_held(None);
        }
    });
}

/// Calls `on_end` once the worker that holds a lock has ended, however it did.
pub(crate) fn watch(name: &str, on_end: impl FnOnce() + 'static) {
    let Some(locks) = locks() else { return };
    let ended = Closure::once_into_js(on_end);
    let request = locks.request(name, ended.unchecked_ref());
    // Without the lock an end goes unnoticed unless it fires an error, as in browsers that have no locks.
    spawn_local(async move {
        if let Ok(request) = request {
            JsFuture::from(request).await.ok();
        }
    });
}
