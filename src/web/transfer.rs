//! Messages between threads: serde values as JavaScript objects whose byte arrays are handed over, not copied.

use js_sys::{Array, Object, Uint8Array};
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::{JsCast, JsValue};

/// A value as a message, and the buffers in it to hand over.
pub(crate) fn encode(value: &impl Serialize) -> (JsValue, Array) {
    let message = serde_wasm_bindgen::to_value(value).expect("plain data always serialises");
    let buffers = Array::new();
    collect(&message, &buffers);
    (message, buffers)
}

/// A message as a value; `None` for what is not one of ours.
pub(crate) fn decode<T: DeserializeOwned>(message: JsValue) -> Option<T> {
    serde_wasm_bindgen::from_value(message).ok()
}

fn collect(value: &JsValue, buffers: &Array) {
    if let Some(bytes) = value.dyn_ref::<Uint8Array>() {
        buffers.push(&bytes.buffer());
    } else if Array::is_array(value) {
        Array::from(value).iter().for_each(|item| collect(&item, buffers));
    } else if let Some(object) = value.dyn_ref::<Object>() {
        Object::values(object).iter().for_each(|item| collect(&item, buffers));
    }
}

/// What a worker's `error` event says. A script that could not be fetched fires a plain event without words.
pub(crate) fn error_text(event: &JsValue) -> String {
    let message = js_sys::Reflect::get(event, &"message".into()).ok().and_then(|message| message.as_string());
    message.unwrap_or_else(|| "its program could not be loaded".into())
}

/// The text of whatever JavaScript threw.
pub(crate) fn text(error: &JsValue) -> String {
    error
        .dyn_ref::<js_sys::Error>()
        .map(|error| String::from(error.message()))
        .or_else(|| error.as_string())
        .unwrap_or_else(|| format!("{error:?}"))
}
