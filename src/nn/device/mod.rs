//! Networks on a device of Burn's, such as a GPU: the layers of a [`NetworkGraph`](crate::nn::network::NetworkGraph) as
//! operations on its tensors.
//!
//! It is the second engine beside the kernels of [`cpu`](crate::nn::cpu), for the same descriptions, weights and inputs.
//! Tensors are `[1, channels, z, y, x]`; networks of two dimensions have one slice. A device limits the size of a buffer,
//! and WebGPU promises no more than 128 MiB, so maps are kept in slabs of channels that fit
//! (`channel_slabs`). Burn has no 3-D interpolation and pooling, and no operation that joins a convolution with what
//! follows it; `sampling` and `after_conv` compose these.

mod after_conv;
mod channel_slabs;
mod conv;
mod layers;
mod network;
mod sampling;
mod training;

pub use after_conv::BatchMoments;
pub use layers::NetworkDevice;
pub use network::DeviceNetwork;
pub use training::{DeviceTraining, TrainingPass};
