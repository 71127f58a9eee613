//! The page: what people see and touch.
//!
//! It is made of Leptos components and values, and knows neither Burn nor the session, which runs in a worker. The order
//! of the folders is the order of dependence: `io` sends requests, `state` holds what the page knows as signals, `viewer`
//! and `panels` show it, and `app` puts it together. (The parts of `io` that receive use `state` in turn.)

#![allow(unreachable_pub)] // The component macro makes its items `pub`.

mod app;
mod canvas;
mod io;
mod keyboard;
mod panels;
mod state;
mod viewer;

/// Puts the page into the document and starts the session worker.
pub fn mount() {
    leptos::mount::mount_to_body(app::App);
}
