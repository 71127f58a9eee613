//! The browser shell: the page (Leptos, no Burn) and the workers (Burn, no Leptos).
//!
//! The page starts one *session worker*, which reads files and holds the series. That starts *compute workers*: one per
//! core for the CPU, a single one for WebGPU. A compute worker that fails loses nothing but the job it was working on. A
//! session worker that fails is replaced, and the page has the new one open everything again. For a zip the session worker
//! starts an *import worker*, which lives no longer than the import of a model.

mod browser_folder;
mod clock;
pub mod compute_worker;
pub mod device;
mod file_reading;
pub mod import_worker;
mod lifeline;
mod messages;
#[cfg(feature = "web")]
pub mod page;
pub mod session_worker;
mod transfer;
mod volume_engine;
pub mod worker_kind;
