//! Islet: pancreas segmentation on abdominal CT, in a web page and natively.
//!
//! Data flows one way: bytes become a [`volume::Volume`] ([`formats`]); a slice of it with its neighbours becomes a network
//! input and a placement ([`preprocess`]); the network ([`model`]) gives logits and attention maps; those become a mask on the slice's
//! own grid ([`infer`]), or a loss and a step ([`train`]). [`session`] drives that for the page, [`cli`] for the
//! command line.
//!
//! A module imports only from those above it in this list; `tests/it/layers.rs` checks that.

pub mod density;
pub mod envelope;
pub mod measure;
pub mod refusal;
pub mod statistics;
pub mod threads;
pub mod volume;
pub mod words;

pub mod component;
pub mod mask;
pub mod planes;
pub mod window;

pub mod formats;
pub mod mesh;
pub mod phantom;

pub mod augment;
pub mod edit;
pub mod metrics;
pub mod overlay;
pub mod preprocess;

pub mod probability;
pub mod unlike;

pub mod model;

pub mod batch;
pub mod loss;

pub mod infer;
pub mod train;

pub mod tune;

pub mod protocol;
pub mod session;

#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "web")]
pub mod web;
