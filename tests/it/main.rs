//! One binary for all integration tests: Burn is linked once.

mod geometry;
mod model;
