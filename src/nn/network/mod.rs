//! Networks as values: what a U-Net consists of, and the layers that follow from it.
//!
//! A [`NetworkDescription`] says in a few options which network is meant: that of a preset, the 3-D
//! network of Oktay et al. 2018, or one of nnU-Net's. [`NetworkDescription::graph`] turns it into
//! layers with named tensors. All lengths are `[z, y, x]`; a two-dimensional network has kernels and
//! strides of 1 along z. Nothing here computes.

mod build;
mod description;
mod gate;
mod kinds;
mod layer;
mod names;
mod open_gate;
mod vnet;

pub use description::{
    BlockKind, Downsampling, GateDescription, HeadKind, NetworkDescription, SkipOrder, StageDescription, TensorNames,
    Upsampling,
};
pub use kinds::{Activation, NormKind};
pub use layer::{AppliedNorm, ConvInput, ConvLayer, Layer, MapIndex, NetworkGraph, Sampling, last_readers};
pub use open_gate::check_open_gate;
