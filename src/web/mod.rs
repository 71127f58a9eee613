//! The browser shell: the page (Leptos, no Burn), and the workers (Burn, no Leptos).
//!
//! `app` is what people see. It starts one *session* worker, which reads files, holds the series and starts *compute* workers of its
//! own: as many as there are cores on the CPU, one on WebGPU. A compute worker that dies takes nothing with it.

pub mod compute_worker;
pub mod device;
pub mod page;
pub mod session_worker;
mod transfer;
