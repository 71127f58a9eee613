//! One binary for all integration tests: Burn is linked once.

mod cli;
mod datasets;
mod edit;
mod evaluate;
mod formats;
mod frameworks;
mod geometry;
mod layers;
mod metrics;
mod model;
mod onnx;
mod overlay;
mod phantom;
mod planes;
mod report;
mod session;
mod train;
mod tune;
mod words;
