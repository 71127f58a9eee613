//! The parameters of convolutions and norms as the kernels take them, merged where they can be.
//!
//! A batch norm with fixed running statistics is `scale * x + shift` per channel. Directly after a
//! convolution it is folded into the weights and the bias; after an activation it stays in the
//! [`Epilogue`].

use std::ops::Range;

use pulp::Simd;

use super::feature_maps::{load, padded_values, store};
use crate::nn::model::state_dict::StateDict;
use crate::nn::network::Activation;

/// The parameters of a convolution.
pub(in crate::nn) struct ConvParameters {
    /// `[out, in, kernel]`.
    pub(in crate::nn) weights: Vec<f32>,
    /// `[out]`; zeros where the convolution has no bias.
    pub(in crate::nn) bias: Vec<f32>,
}

/// A batch norm with its running statistics in force, or an affine norm's own factors, per channel.
#[derive(Clone, Debug)]
pub(in crate::nn) struct ScaleShift {
    pub(in crate::nn) scale: Vec<f32>,
    pub(in crate::nn) shift: Vec<f32>,
}

/// The operations on the sums of a convolution before they are stored: bias, activation, scale and
/// shift. Everything is per channel, padded with zeros.
#[derive(Clone, Debug)]
pub(super) struct Epilogue {
    bias: Vec<f32>,
    rectifier: Rectifier,
    /// Scale and shift after the activation. They cannot be folded into the next convolution, because
    /// that one pads its input with zeros.
    norm: Option<[Vec<f32>; 2]>,
}

/// An activation that is a matter of one comparison.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Rectifier {
    None,
    Relu,
    Leaky(f32),
}

/// The values of a tensor that the network has; empty if it has none, as a convolution without bias.
pub(super) fn values(state: &StateDict, name: &str) -> Vec<f32> {
    state.0.get(name).map(|tensor| tensor.values.clone()).unwrap_or_default()
}

impl ConvParameters {
    /// The parameters of the convolution `name`.
    pub(in crate::nn) fn of(state: &StateDict, name: &str, out_channels: usize) -> Self {
        let mut bias = values(state, &format!("{name}.bias"));
        bias.resize(out_channels, 0.0);
        Self { weights: values(state, &format!("{name}.weight")), bias }
    }

    pub(super) fn out_channels(&self) -> usize {
        self.bias.len()
    }

    /// Weights of one output channel: input channels times the voxels of the kernel.
    pub(super) fn weights_per_output(&self) -> usize {
        self.weights.len() / self.bias.len()
    }

    /// The weights that multiply some of the input channels, `[out, channels, kernel]`, for a kernel of `taps` voxels.
    pub(super) fn weights_of(&self, channels: Range<usize>, taps: usize) -> Vec<f32> {
        let outputs = self.weights.chunks_exact(self.weights_per_output());
        outputs.flat_map(|output| &output[channels.start * taps..channels.end * taps]).copied().collect()
    }

    /// The convolution that gives the same as this one followed by `norm`.
    pub(in crate::nn) fn fold(mut self, norm: &ScaleShift) -> Self {
        let per_output = self.weights_per_output();
        for (weights, scale) in self.weights.chunks_exact_mut(per_output).zip(&norm.scale) {
            weights.iter_mut().for_each(|weight| *weight *= scale);
        }
        for ((bias, scale), shift) in self.bias.iter_mut().zip(&norm.scale).zip(&norm.shift) {
            *bias = *bias * scale + shift;
        }
        self
    }
}

impl ScaleShift {
    /// The scale and shift that the batch norm `name` applies in inference.
    pub(in crate::nn) fn of_batch_norm(state: &StateDict, name: &str, epsilon: f64) -> Self {
        let [mean, variance, gamma, beta] =
            ["running_mean", "running_var", "weight", "bias"].map(|part| values(state, &format!("{name}.{part}")));
        let scale: Vec<f32> =
            gamma.iter().zip(variance).map(|(g, v)| (f64::from(*g) / (f64::from(v) + epsilon).sqrt()) as f32).collect();
        let shift = beta.iter().zip(&mean).zip(&scale).map(|((b, m), s)| b - m * s).collect();
        Self { scale, shift }
    }

    /// The scale and shift of the norm `name` after it has made mean and variance standard.
    pub(in crate::nn) fn of_affine(state: &StateDict, name: &str) -> Self {
        let [scale, shift] = ["weight", "bias"].map(|part| values(state, &format!("{name}.{part}")));
        Self { scale, shift }
    }
}

impl Epilogue {
    /// An epilogue of as many channels as `bias` has. Of the activations it applies those that are a
    /// comparison; see [`needs_pass`].
    pub(super) fn new(bias: Vec<f32>, activation: Activation, norm: Option<ScaleShift>) -> Self {
        let rectifier = match activation {
            Activation::Relu => Rectifier::Relu,
            Activation::LeakyRelu { slope } => Rectifier::Leaky(slope),
            Activation::None | Activation::Elu | Activation::Sigmoid => Rectifier::None,
        };
        let norm = norm.map(|norm| [norm.scale, norm.shift].map(padded_values));
        Self { bias: padded_values(bias), rectifier, norm }
    }

    /// Applies the epilogue to `sums`, one vector of channels that starts at `channel`.
    #[inline(always)]
    pub(super) fn apply<S: Simd>(&self, simd: S, sums: S::f32s, channel: usize) -> S::f32s {
        let mut values = simd.add_f32s(sums, load::<S>(&self.bias, channel));
        match self.rectifier {
            Rectifier::None => (),
            Rectifier::Relu => values = simd.max_f32s(values, simd.splat_f32s(0.0)),
            Rectifier::Leaky(slope) => values = simd.max_f32s(values, simd.mul_f32s(values, simd.splat_f32s(slope))),
        }
        if let Some([scale, shift]) = &self.norm {
            values = simd.mul_add_e_f32s(values, load::<S>(scale, channel), load::<S>(shift, channel));
        }
        values
    }

    /// Applies the epilogue to all channels of some voxels.
    #[inline(always)]
    pub(super) fn apply_to<S: Simd>(&self, simd: S, voxels: &mut [f32]) {
        for voxel in voxels.chunks_exact_mut(self.bias.len()) {
            for channel in (0..voxel.len()).step_by(S::F32_LANES) {
                let sums = load::<S>(voxel, channel);
                store::<S>(voxel, channel, self.apply(simd, sums, channel));
            }
        }
    }
}

/// True if an activation needs a pass of its own, because it takes exponentials.
pub(super) fn needs_pass(activation: Activation) -> bool {
    matches!(activation, Activation::Elu | Activation::Sigmoid)
}
