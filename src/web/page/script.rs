//! `window.islet`, for tests and scripts.

use std::cell::RefCell;

use js_sys::{Array, Function, Object, Promise, Reflect, Uint8Array};
use leptos::prelude::*;
use wasm_bindgen::prelude::*;

use super::state::Page;
use crate::app::protocol::Request;

thread_local! {
    /// How to answer whoever waits for a mask: yes, and no.
    static WAITING: RefCell<Vec<[Function; 2]>> = const { RefCell::new(Vec::new()) };
}

/// Installs `window.islet.mask()`, which resolves to `{ width, height, depth, data: Uint8Array }` of the whole series in file order once
/// it is segmented; and `window.islet.correct(labels, slices)`, which accepts the given slices (counted from 0 as they are shown) with the labels
/// of a `Uint8Array` like that of `mask()`.
pub(crate) fn install(page: Page) {
    let mask = Closure::<dyn Fn() -> Promise>::new(move || {
        Promise::new(&mut |resolve, reject| {
            WAITING.with_borrow_mut(|waiting| waiting.push([resolve, reject]));
            if page.study.with_untracked(Option::is_some) {
                page.send(&Request::Mask);
            } else {
                reject_masks(page.words().notices.none_open);
            }
        })
    });
    let correct = Closure::<dyn Fn(Uint8Array, Array)>::new(move |labels: Uint8Array, slices: Array| {
        let slices = slices.iter().filter_map(|slice| slice.as_f64()).map(|slice| slice as usize).collect();
        page.send(&Request::Correct { labels: labels.to_vec(), slices });
    });
    let islet = Object::new();
    Reflect::set(&islet, &"mask".into(), mask.as_ref()).expect("a plain object");
    Reflect::set(&islet, &"correct".into(), correct.as_ref()).expect("a plain object");
    Reflect::set(&window(), &"islet".into(), &islet).expect("a plain object");
    mask.forget();
    correct.forget();
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
