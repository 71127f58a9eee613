//! The program of the session worker, of the compute workers on the CPU and of import workers.

use islet::web::worker_kind::WorkerKind;
use islet::web::{compute_worker, import_worker, session_worker};

fn main() {
    console_error_panic_hook::set_once();
    match WorkerKind::of_this_worker() {
        Some(WorkerKind::Session) => session_worker::run(),
        Some(WorkerKind::Compute) => compute_worker::run_cpu(),
        Some(WorkerKind::Import) => import_worker::run(),
        None => web_sys::console::error_1(&"A worker was started under an unknown name.".into()),
    }
}
