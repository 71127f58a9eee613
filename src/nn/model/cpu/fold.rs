//! Batch-norm folding: Burn's convolutions and batch norms as plain numbers, merged where they can
//! be.
//!
//! A batch norm with fixed running statistics is `scale * x + shift` per channel. Directly after a
//! convolution it is folded into the weights and the bias; after a ReLU it stays in the
//! [`Epilogue`].

use burn::nn::BatchNorm;
use burn::nn::conv::Conv2d;
use burn::tensor::Tensor;
use pulp::Simd;

use super::feature_maps::{load, padded};

/// The parameters of a convolution.
pub(super) struct ConvParameters {
    /// `[out, in, kh, kw]`.
    pub(super) weights: Vec<f32>,
    /// `[out]`; zeros where the convolution has no bias.
    pub(super) bias: Vec<f32>,
}

/// A batch norm with its running statistics in force, per channel.
pub(super) struct ScaleShift {
    scale: Vec<f32>,
    shift: Vec<f32>,
}

/// The activation after a convolution or batch norm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Activation {
    None,
    Relu,
}

/// The operations on the sums of a convolution before they are stored: bias, ReLU, scale and shift.
/// Everything is per channel, padded with zeros.
#[derive(Clone, Debug)]
pub(super) struct Epilogue {
    bias: Vec<f32>,
    activation: Activation,
    /// Scale and shift after the ReLU. They cannot be folded into the next convolution, because
    /// that one pads its input with zeros.
    norm: Option<[Vec<f32>; 2]>,
}

impl ConvParameters {
    /// Reads the parameters of `conv` from its device.
    pub(super) fn read(conv: &Conv2d) -> Self {
        let weights = to_vec(conv.weight.val());
        let bias = match &conv.bias {
            Some(bias) => to_vec(bias.val()),
            None => vec![0.0; conv.weight.dims()[0]],
        };
        Self { weights, bias }
    }

    pub(super) fn out_channels(&self) -> usize {
        self.bias.len()
    }

    /// Weights of one output channel: input channels times height times width of the kernel.
    pub(super) fn weights_per_output(&self) -> usize {
        self.weights.len() / self.bias.len()
    }

    /// The convolution that gives the same as this one followed by `norm`.
    pub(super) fn fold(mut self, norm: &ScaleShift) -> Self {
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
    /// The scale and shift that `norm` applies in inference.
    pub(super) fn read(norm: &BatchNorm) -> Self {
        let [mean, variance] = [&norm.running_mean, &norm.running_var].map(|state| to_vec(state.value()));
        let [gamma, beta] = [&norm.gamma, &norm.beta].map(|param| to_vec(param.val()));
        let scale: Vec<f32> = gamma
            .iter()
            .zip(variance)
            .map(|(g, v)| (f64::from(*g) / (f64::from(v) + norm.epsilon).sqrt()) as f32)
            .collect();
        let shift = beta.iter().zip(&mean).zip(&scale).map(|((b, m), s)| b - m * s).collect();
        Self { scale, shift }
    }
}

impl Epilogue {
    /// An epilogue of as many channels as `bias` has.
    pub(super) fn new(bias: Vec<f32>, activation: Activation, norm: Option<ScaleShift>) -> Self {
        let pad = |mut values: Vec<f32>| {
            values.resize(padded(values.len()), 0.0);
            values
        };
        Self { bias: pad(bias), activation, norm: norm.map(|norm| [pad(norm.scale), pad(norm.shift)]) }
    }

    /// Applies the epilogue to `sums`, one vector of channels that starts at `channel`.
    #[inline(always)]
    pub(super) fn apply<S: Simd>(&self, simd: S, sums: S::f32s, channel: usize) -> S::f32s {
        let mut values = simd.add_f32s(sums, load::<S>(&self.bias, channel));
        if self.activation == Activation::Relu {
            values = simd.max_f32s(values, simd.splat_f32s(0.0));
        }
        if let Some([scale, shift]) = &self.norm {
            values = simd.mul_add_e_f32s(values, load::<S>(scale, channel), load::<S>(shift, channel));
        }
        values
    }
}

fn to_vec<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().iter::<f32>().collect()
}
