//! One binary for all integration tests: Burn is linked once.

mod cli;
mod datasets;
mod edit;
mod evaluate;
mod formats;
mod frameworks;
mod geometry;
mod layers;
mod mesh;
mod metrics;
mod model;
mod onnx;
mod phantom;
mod report;
mod seg;
mod session;
mod take;
mod train;
mod tune;
mod words;
