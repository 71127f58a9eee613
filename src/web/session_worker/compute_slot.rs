//! One compute worker, as the session worker holds it.

use wasm_bindgen::JsValue;

use super::started_worker::StartedWorker;
use crate::app::protocol::{DeviceKind, InferMode, Job};
use crate::core::error::UserError;
use crate::web::worker_kind::WorkerKind;

/// A compute worker.
pub(super) struct Slot {
    pub(super) worker: StartedWorker,
    pub(super) kind: DeviceKind,
    pub(super) state: SlotState,
    /// The version of the model that it was last sent; `None` before that.
    pub(super) model: Option<u64>,
    /// The lock that it holds while it lives, once it listens.
    pub(super) lifeline: Option<String>,
}

/// The work of a compute worker.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum SlotState {
    Starting,
    Idle,
    Loading,
    Inferring {
        opening: u64,
        slice: usize,
        ask: InferMode,
    },
    Segmenting {
        opening: u64,
    },
    Tuning,
    /// Ended until the model in use needs it.
    Resting,
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
        let worker = StartedWorker::start(WorkerKind::Compute, script, on_message, on_error)?;
        if kind == DeviceKind::Cpu {
            worker.send_program();
        }
        Ok(Self { worker, kind, state: SlotState::Starting, model: None, lifeline: None })
    }

    /// Sends a job.
    pub(super) fn post(&self, job: &Job) {
        self.worker.post(job);
    }

    /// Ends the worker, so that its memory is given back, until it is needed again.
    pub(super) fn rest(&mut self) {
        self.worker.end();
        // Its end is no failure.
        self.lifeline = None;
        self.state = SlotState::Resting;
    }
}
