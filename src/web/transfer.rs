//! Messages between threads: serde values as JavaScript objects whose byte arrays are transferred, not copied.

use js_sys::{Array, Object, Uint8Array};
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{DedicatedWorkerGlobalScope, ErrorEvent};

use crate::core::error::UserError;
use crate::core::i18n::messages::WebMessage;

/// Returns a value as a message, and the buffers in it that are to be transferred.
///
/// # Panics
///
/// Panics if the value is not plain data.
pub(crate) fn encode(value: &impl Serialize) -> (JsValue, Array) {
    let message = serde_wasm_bindgen::to_value(value).expect("plain data always serialises");
    let buffers = Array::new();
    collect(&message, &buffers);
    (message, buffers)
}

/// Sends a value from the worker with this scope to who started it.
///
/// # Panics
///
/// Panics if the value is not plain data.
pub(crate) fn post(scope: &DedicatedWorkerGlobalScope, value: &impl Serialize) {
    let (message, buffers) = encode(value);
    scope.post_message_with_transfer(&message, &buffers).expect("a plain message");
}

/// Returns a message as a value. The message's byte arrays are empty afterwards: the browser would otherwise keep them until
/// it next collects garbage, which a worker that computes puts off.
///
/// # Errors
///
/// Returns an error that names the first mismatch if the message is not of this type, and writes it to the console.
pub(crate) fn decode<T: DeserializeOwned>(message: JsValue) -> Result<T, UserError> {
    let value = serde_wasm_bindgen::from_value(message.clone());
    give_back(&message);
    value.map_err(|mismatch| {
        let reason = WebMessage::MessageNotUnderstood { why: mismatch.to_string() };
        let error = UserError::new(WebMessage::InternalMessage, reason, WebMessage::ReloadPage);
        web_sys::console::error_1(&error.to_string().into());
        error
    })
}

/// Empties the byte arrays of a message that has been read, by sending them into a channel that nobody reads: the browser
/// frees them at once. `ArrayBuffer.transfer` only takes them from the program's sight. Chromium keeps the memory until it
/// next collects garbage, and no longer counts it when it decides whether to.
fn give_back(message: &JsValue) {
    let buffers = Array::new();
    collect(message, &buffers);
    if buffers.length() == 0 {
        return;
    }
    let channel = MessageChannel::new();
    // Buffers that cannot be sent are collected later.
    channel.port1().post_message(&JsValue::NULL, &buffers).ok();
    channel.port1().close();
    channel.port2().close();
}

#[wasm_bindgen]
extern "C" {
    type MessageChannel;
    #[wasm_bindgen(constructor)]
    fn new() -> MessageChannel;
    #[wasm_bindgen(method, getter)]
    fn port1(this: &MessageChannel) -> MessagePort;
    #[wasm_bindgen(method, getter)]
    fn port2(this: &MessageChannel) -> MessagePort;

    type MessagePort;
    #[wasm_bindgen(method, catch, js_name = postMessage)]
    fn post_message(this: &MessagePort, message: &JsValue, transfer: &Array) -> Result<(), JsValue>;
    #[wasm_bindgen(method)]
    fn close(this: &MessagePort);
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

/// Returns the text of a worker's `error` event. A script that could not be fetched fires an event without text.
pub(crate) fn error_text(event: &web_sys::Event) -> String {
    let message = event.dyn_ref::<ErrorEvent>().map(ErrorEvent::message).filter(|message| !message.is_empty());
    message.unwrap_or_else(|| "its program could not be loaded".into())
}

/// Returns the text of a JavaScript exception of any type.
pub(crate) fn text(error: &JsValue) -> String {
    error
        .dyn_ref::<js_sys::Error>()
        .map(|error| String::from(error.message()))
        .or_else(|| error.as_string())
        .unwrap_or_else(|| format!("{error:?}"))
}
