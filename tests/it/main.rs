//! One binary for all integration tests: Burn is linked once.

mod cli;
mod datasets;
mod dicom;
mod edit;
mod evaluate;
mod focus;
mod formats;
mod frameworks;
mod geometry;
mod grids;
mod intake;
mod layers;
mod mesh;
mod metrics;
mod model;
mod onnx;
mod organs;
mod phantom;
mod report;
mod result;
mod seg;
mod session;
mod take;
mod train;
mod tune;
mod words;
