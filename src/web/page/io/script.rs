//! `window.islet`, for tests and scripts.

use std::cell::RefCell;

use js_sys::{Array, Function, Object, Promise, Reflect, Uint8Array};
use leptos::prelude::*;
use wasm_bindgen::prelude::*;

use super::session_client::SessionClient;
use crate::app::protocol::Request;
use crate::web::page::state::series::SeriesView;
use crate::web::page::state::shell::Shell;

/// The functions that settle a promise of a mask.
struct MaskPromise {
    resolve: Function,
    reject: Function,
}

thread_local! {
    /// The promises of masks that are not settled yet.
    static PENDING: RefCell<Vec<MaskPromise>> = const { RefCell::new(Vec::new()) };
}

/// Installs `window.islet`.
///
/// `islet.mask()` resolves to `{ width, height, depth, data: Uint8Array }` of the whole series in file order, once it is
/// segmented: the mask of the organ that tools act on, which is the pancreas unless another was chosen. `islet.correct(labels, slices)` accepts the given slices (counted from 0 in viewing order) with the labels
/// of a `Uint8Array` like that of `mask()`.
pub(crate) fn install(session: SessionClient, shell: Shell, series: SeriesView) {
    let mask = Closure::<dyn Fn() -> Promise>::new(move || {
        Promise::new(&mut |resolve, reject| {
            PENDING.with_borrow_mut(|pending| pending.push(MaskPromise { resolve, reject }));
            if untrack(|| series.is_open()) {
                session.send(&Request::Mask);
            } else {
                reject_masks(shell.strings().notices.none_open);
            }
        })
    });
    let correct = Closure::<dyn Fn(Uint8Array, Array)>::new(move |labels: Uint8Array, slices: Array| {
        let slices = slices.iter().filter_map(|slice| slice.as_f64()).map(|slice| slice as usize).collect();
        session.send(&Request::Correct { labels: labels.to_vec(), slices });
    });
    let islet = Object::new();
    Reflect::set(&islet, &"mask".into(), mask.as_ref()).expect("a plain object");
    Reflect::set(&islet, &"correct".into(), correct.as_ref()).expect("a plain object");
    Reflect::set(&window(), &"islet".into(), &islet).expect("a plain object");
    mask.forget();
    correct.forget();
}

/// Resolves every promise of a mask.
pub(crate) fn resolve_masks([depth, height, width]: [usize; 3], labels: &[u8]) {
    let result = Object::new();
    for (key, value) in [("width", width), ("height", height), ("depth", depth)] {
        Reflect::set(&result, &key.into(), &(value as f64).into()).expect("a plain object");
    }
    Reflect::set(&result, &"data".into(), &Uint8Array::from(labels)).expect("a plain object");
    for promise in PENDING.take() {
        promise.resolve.call1(&JsValue::NULL, &result).expect("resolving cannot fail");
    }
}

/// Rejects every promise of a mask.
pub(crate) fn reject_masks(reason: &str) {
    for promise in PENDING.take() {
        promise.reject.call1(&JsValue::NULL, &js_sys::Error::new(reason)).expect("rejecting cannot fail");
    }
}
