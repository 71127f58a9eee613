//! The kinds of worker that share one program, and how each is started.
//!
//! A worker finds its kind in its name, because it must know it before the first message arrives. `www/worker_loader.js`
//! knows the session worker's: it fetches the program, and the others wait for it to be sent.

use wasm_bindgen::{JsCast, JsValue};
use web_sys::{DedicatedWorkerGlobalScope, Worker, WorkerOptions};

/// A kind of worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WorkerKind {
    /// Reads files and holds the session.
    Session,
    /// Runs the network.
    Compute,
    /// Makes a model file of zips.
    Import,
}

impl WorkerKind {
    const ALL: [Self; 3] = [Self::Session, Self::Compute, Self::Import];

    /// The kind of the worker that this program runs in; `None` if its name is of no kind.
    pub fn of_this_worker() -> Option<Self> {
        let scope: DedicatedWorkerGlobalScope = js_sys::global().dyn_into().ok()?;
        let name = scope.name();
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Starts a worker of this kind from a script next to the page.
    ///
    /// # Errors
    ///
    /// Returns the browser's error if it cannot start a worker.
    pub(crate) fn start(self, script: &str) -> Result<Worker, JsValue> {
        let options = WorkerOptions::new();
        options.set_name(self.name());
        Worker::new_with_options(script, &options)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Compute => "compute",
            Self::Import => "import",
        }
    }
}
