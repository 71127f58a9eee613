//! One binary for all integration tests: Burn is linked once.

mod cli;
mod datasets;
mod edit;
mod formats;
mod frameworks;
mod geometry;
mod layers;
mod model;
mod onnx;
mod phantom;
mod session;
mod tune;
