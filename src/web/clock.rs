//! The clock of the page and of its workers.

use wasm_bindgen::JsCast;
use web_sys::{DedicatedWorkerGlobalScope, Window};

/// Milliseconds on the clock of this thread, which only runs forward.
pub(crate) fn now_ms() -> f64 {
    let global = js_sys::global();
    let clock = match global.dyn_ref::<DedicatedWorkerGlobalScope>() {
        Some(worker) => worker.performance(),
        None => global.dyn_ref::<Window>().and_then(Window::performance),
    };
    clock.map_or(0.0, |clock| clock.now())
}
