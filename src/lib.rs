//! Islet: pancreas segmentation on abdominal CT, in a web page and natively.

pub mod core;
pub mod formats;
pub mod imaging;
pub mod nn;

pub mod app;

#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "web")]
pub mod web;
