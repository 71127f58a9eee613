//! A worker that the session worker has started, with its listeners.

use gloo::events::{EventListener, EventListenerOptions};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Event, MessageEvent, Worker};

use crate::core::error::UserError;
use crate::core::i18n::messages::WebMessage;
use crate::web::messages::Program;
use crate::web::transfer::{encode, error_text, text};
use crate::web::worker_kind::WorkerKind;

/// A worker that the session worker has started. It lives until it is ended.
pub(super) struct StartedWorker {
    worker: Worker,
    _listeners: [EventListener; 2],
}

impl StartedWorker {
    /// Starts a worker; `on_message` receives what it sends, `on_error` the reason if it fails.
    ///
    /// # Errors
    ///
    /// Returns an error if the browser cannot start a worker.
    pub(super) fn start(
        kind: WorkerKind,
        script: &str,
        on_message: impl Fn(JsValue) + 'static,
        on_error: impl Fn(&str) + 'static,
    ) -> Result<Self, UserError> {
        let worker = kind.start(script).map_err(|error| {
            let reason = WebMessage::NotStarted { why: text(&error) };
            UserError::new(WebMessage::AComputeWorker, reason, WebMessage::ReloadPage)
        })?;
        let message_listener = EventListener::new(&worker, "message", move |event| {
            if let Some(event) = event.dyn_ref::<MessageEvent>() {
                on_message(event.data());
            }
        });
        // The event must not reach the page, which would take it for an error of the session worker.
        let options = EventListenerOptions::enable_prevent_default();
        let error_listener = EventListener::new_with_options(&worker, "error", options, move |event: &Event| {
            event.prevent_default();
            on_error(&error_text(event));
        });
        let _listeners = [message_listener, error_listener];
        Ok(Self { worker, _listeners })
    }

    /// Sends the compiled program of this worker to one that runs the same program. A browser that cannot send a module
    /// gets an empty message through, and the worker fetches the program.
    pub(super) fn send_program(&self) {
        let (message, _) = encode(&Program { module: wasm_bindgen::module() });
        let sent = self.worker.post_message(&message);
        sent.or_else(|_| self.worker.post_message(&js_sys::Object::new())).expect("a plain message");
    }

    /// Sends a message.
    pub(super) fn post(&self, message: &impl serde::Serialize) {
        let (message, buffers) = encode(message);
        self.worker.post_message_with_transfer(&message, &buffers).expect("a plain message");
    }

    /// Ends the worker, whatever it is doing.
    pub(super) fn end(&self) {
        self.worker.terminate();
    }
}
