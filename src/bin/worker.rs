//! The worker for reading, for the session and for computing on the CPU; its name says which.

use wasm_bindgen::JsCast;

fn main() {
    console_error_panic_hook::set_once();
    let scope: web_sys::DedicatedWorkerGlobalScope = js_sys::global().unchecked_into();
    match scope.name().as_str() {
        "compute" => islet::web::compute_worker::run_cpu(),
        _ => islet::web::session_worker::run(),
    }
}
