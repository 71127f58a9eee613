//! The state of the page: a few structs of signals, each given to the components as a context.
//!
//! Every struct is a handle: copies share the same signals. Here is what the page knows and the rules for changing it;
//! what it looks like is in the components, and what arrives from the session is in [`io`](super::io).

pub(crate) mod attributes;
pub(crate) mod beside;
pub(crate) mod cine;
pub(crate) mod display;
pub(crate) mod finetuning;
pub(crate) mod key_bindings;
pub(crate) mod measuring;
pub(crate) mod organs;
pub(crate) mod page_parts;
pub(crate) mod pictures;
pub(crate) mod place;
pub(crate) mod report;
pub(crate) mod series;
pub(crate) mod server;
pub(crate) mod shell;
pub(crate) mod status;
pub(crate) mod surfaces;
pub(crate) mod tools;
pub(crate) mod view;
pub(crate) mod volume;
