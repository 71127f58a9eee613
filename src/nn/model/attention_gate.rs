//! The additive attention gate (Oktay et al. 2018, section 3.1, figure 2).

use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::tensor::activation::{relu, sigmoid};
use burn::tensor::{Device, Tensor};

use super::config::GateConfig;
use super::upsample;
use crate::nn::convolution::convolve_slices;

/// Computes the weights of a skip connection from the connection and the gating signal, which comes
/// from one level deeper.
#[derive(Module, Debug)]
pub struct AttentionGate {
    theta: Conv2d,
    phi: Conv2d,
    psi: Conv2d,
    relu_before_sum: bool,
}

impl AttentionGate {
    /// A gate for a skip connection of `skip_channels`, driven by a signal of `gate_channels` at
    /// half its resolution.
    pub fn new(skip_channels: usize, gate_channels: usize, config: &GateConfig, device: &Device) -> Self {
        let width = config.width.unwrap_or((skip_channels / 2).max(1));
        Self {
            theta: Conv2dConfig::new([skip_channels, width], [1, 1]).with_stride([2, 2]).init(device),
            phi: Conv2dConfig::new([gate_channels, width], [1, 1]).init(device),
            psi: Conv2dConfig::new([width, 1], [1, 1]).init(device),
            relu_before_sum: config.relu_before_sum,
        }
    }

    /// The attention coefficients alpha, `[N, 1, H, W]` in [0, 1], for a skip connection
    /// `[N, skip_channels, H, W]` and a gating signal `[N, gate_channels, H/2, W/2]`.
    pub fn forward(&self, skip: Tensor<4>, signal: Tensor<4>) -> Tensor<4> {
        let (theta, phi) = (convolve_slices(&self.theta, skip), convolve_slices(&self.phi, signal));
        let sum = if self.relu_before_sum { relu(theta) + relu(phi) } else { theta + phi };
        upsample(sigmoid(convolve_slices(&self.psi, relu(sum))))
    }
}
