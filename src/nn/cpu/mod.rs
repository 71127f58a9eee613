//! Networks on a CPU: plain numbers in, plain numbers out, no tensors.
//!
//! Burn's CPU backend rearranges the input of every convolution twice, and adds bias, norm and
//! activation in separate passes. Here batch norms are folded into the convolutions (`parameters`),
//! feature maps keep one layout throughout (`feature_maps`), convolutions of 3 x 3 within a slice use
//! Winograd's algorithm (`winograd`) and all others are sums of products (`direct`,
//! `transposed`), and all products go through one kernel (`matmul`).
//!
//! Which layers there are says a [`NetworkGraph`](crate::nn::network::NetworkGraph); [`CpuNetwork`] runs it,
//! and [`CpuTraining`] runs it with the statistics of a batch and computes the gradients of its parameters.

mod conv_window;
mod direct;
mod direct_gradient;
mod feature_maps;
mod head;
mod in_place;
mod matmul;
mod memory;
mod network;
mod norm;
mod norm_gradient;
mod outer_products;
mod parameters;
mod prepared_layer;
mod sampling;
mod sampling_gradient;
mod slabs;
mod training;
mod transposed;
mod winograd;

pub use head::CpuHead;
pub use network::{CpuNetwork, CpuOutput, FeatureRows};
pub use training::{BatchStatistics, CpuTraining, ForwardPass};

// Another engine merges the same parameters, and samples at the same places.
pub(super) use parameters::{ConvParameters, ScaleShift};
pub(super) use sampling::neighbours;
