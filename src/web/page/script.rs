//! `window.islet`, for tests and scripts.

use std::cell::RefCell;

use js_sys::{Function, Object, Promise, Reflect, Uint8Array};
use leptos::prelude::*;
use wasm_bindgen::prelude::*;

use super::state::Page;
use crate::protocol::Request;

thread_local! {
    /// How to answer whoever waits for a mask: yes, and no.
    static WAITING: RefCell<Vec<[Function; 2]>> = const { RefCell::new(Vec::new()) };
}

/// Installs `window.islet.mask()`, which resolves to `{ width, height, depth, data: Uint8Array }` of the whole series in file order once
/// it is segmented.
pub(crate) fn install(page: Page) {
    let mask = Closure::<dyn Fn() -> Promise>::new(move || {
        Promise::new(&mut |resolve, reject| {
            WAITING.with_borrow_mut(|waiting| waiting.push([resolve, reject]));
            if page.study.with_untracked(Option::is_some) {
                page.send(&Request::Mask);
            } else {
                reject_masks("no series is open; drop one first");
            }
        })
    });
    let islet = Object::new();
    Reflect::set(&islet, &"mask".into(), mask.as_ref()).expect("a plain object");
    Reflect::set(&window(), &"islet".into(), &islet).expect("a plain object");
    mask.forget();
}

/// Gives the mask to everybody who waits for it.
pub(crate) fn resolve_masks([depth, height, width]: [usize; 3], labels: &[u8]) {
    let result = Object::new();
    for (key, value) in [("width", width), ("height", height), ("depth", depth)] {
        Reflect::set(&result, &key.into(), &(value as f64).into()).expect("a plain object");
    }
    Reflect::set(&result, &"data".into(), &Uint8Array::from(labels)).expect("a plain object");
    for [resolve, _] in WAITING.take() {
        resolve.call1(&JsValue::NULL, &result).expect("resolving cannot fail");
    }
}

/// Tells everybody who waits for a mask why there will be none.
pub(crate) fn reject_masks(why: &str) {
    for [_, reject] in WAITING.take() {
        reject.call1(&JsValue::NULL, &js_sys::Error::new(why)).expect("rejecting cannot fail");
    }
}
