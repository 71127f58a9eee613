//! One compute worker, as the session worker holds it.

use gloo::events::{EventListener, EventListenerOptions};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Event, MessageEvent, Worker};

use crate::app::protocol::{DeviceKind, InferMode, Job};
use crate::core::error::UserError;
use crate::core::i18n::messages::WebMessage;
use crate::web::messages::Program;
use crate::web::transfer::{encode, error_text, text};
use crate::web::worker_kind::WorkerKind;

/// A compute worker.
pub(super) struct Slot {
    pub(super) worker: Worker,
    pub(super) kind: DeviceKind,
    pub(super) state: SlotState,
    /// The version of the model that it was last sent; `None` before that.
    pub(super) model: Option<u64>,
    /// The lock that it holds while it lives, once it listens.
    pub(super) lifeline: Option<String>,
    _listeners: [EventListener; 2],
}

/// The work of a compute worker.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum SlotState {
    Starting,
    Idle,
    Loading,
    Inferring { opening: u64, slice: usize, ask: InferMode },
    Segmenting { opening: u64 },
    Tuning,
    Dead,
}

impl Slot {
    /// Starts a worker; `on_message` receives what it sends, `on_error` the reason if it fails.
    ///
    /// # Errors
    ///
    /// Returns an error if the browser cannot start a worker.
    pub(super) fn start(
        kind: DeviceKind,
        on_message: impl Fn(JsValue) + 'static,
        on_error: impl Fn(&str) + 'static,
    ) -> Result<Self, UserError> {
        let script = match kind {
            DeviceKind::Cpu => "./worker_loader.js",
            DeviceKind::WebGpu => "./worker_gpu_loader.js",
        };
        let worker = WorkerKind::Compute.start(script).map_err(|error| {
            let reason = WebMessage::NotStarted { why: text(&error) };
            UserError::new(WebMessage::AComputeWorker, reason, WebMessage::ReloadPage)
        })?;
        if kind == DeviceKind::Cpu {
            send_program(&worker);
        }
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
        Ok(Self { worker, kind, state: SlotState::Starting, model: None, lifeline: None, _listeners })
    }

    /// Sends a job.
    pub(super) fn post(&self, job: &Job) {
        let (message, buffers) = encode(job);
        self.worker.post_message_with_transfer(&message, &buffers).expect("a plain message");
    }
}

/// Sends the compiled program of this worker, which is that of a compute worker on the CPU too. A browser that cannot
/// send a module gets an empty message through, and the worker fetches the program.
fn send_program(worker: &Worker) {
    let (message, _) = encode(&Program { module: wasm_bindgen::module() });
    worker.post_message(&message).or_else(|_| worker.post_message(&js_sys::Object::new())).expect("a plain message");
}
