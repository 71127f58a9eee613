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

/// The local date and time, ISO 8601 to the second.
#[cfg(feature = "web")]
pub(crate) fn local_time() -> String {
    let now = js_sys::Date::new_0();
    let date = format!("{:04}-{:02}-{:02}", now.get_full_year(), now.get_month() + 1, now.get_date());
    format!("{date}T{:02}:{:02}:{:02}", now.get_hours(), now.get_minutes(), now.get_seconds())
}
