//! Convolutions and batch norms as Burn holds them, in plain numbers, and the one folded into the other.

use burn::nn::BatchNorm;
use burn::nn::conv::Conv2d;
use burn::tensor::Tensor;
use pulp::Simd;

use super::maps::{filled, vector};

/// A convolution as Burn has it.
pub(super) struct Plain {
    /// `[out, in, kh, kw]`.
    pub(super) weights: Vec<f32>,
    pub(super) bias: Vec<f32>,
}

/// A batch norm with its running statistics in force: factor and summand per channel.
pub(super) struct Affine {
    scale: Vec<f32>,
    shift: Vec<f32>,
}

/// What becomes of a convolution's sums. Per channel, filled up with zeros.
#[derive(Clone, Debug)]
pub(super) struct Finish {
    bias: Vec<f32>,
    relu: bool,
    /// What is multiplied by after the ReLU, and what is added then. Between them nothing folds, as a convolution that follows surrounds
    /// what it gets with zeros.
    after: Option<[Vec<f32>; 2]>,
}

impl Plain {
    pub(super) fn of(conv: &Conv2d) -> Self {
        let weights = numbers(conv.weight.val());
        let bias = match &conv.bias {
            Some(bias) => numbers(bias.val()),
            None => vec![0.0; conv.weight.dims()[0]],
        };
        Self { weights, bias }
    }

    pub(super) fn out_channels(&self) -> usize {
        self.bias.len()
    }

    /// Weights of one output channel: input channels times height times width of the window.
    pub(super) fn per_output(&self) -> usize {
        self.weights.len() / self.bias.len()
    }

    /// The same followed by `norm`, in one.
    pub(super) fn then(mut self, norm: &Affine) -> Self {
        let per_output = self.per_output();
        for (weights, scale) in self.weights.chunks_exact_mut(per_output).zip(&norm.scale) {
            weights.iter_mut().for_each(|weight| *weight *= scale);
        }
        for ((bias, scale), shift) in self.bias.iter_mut().zip(&norm.scale).zip(&norm.shift) {
            *bias = *bias * scale + shift;
        }
        self
    }
}

impl Affine {
    pub(super) fn of(norm: &BatchNorm) -> Self {
        let [mean, variance] = [&norm.running_mean, &norm.running_var].map(|state| numbers(state.value()));
        let [gamma, beta] = [&norm.gamma, &norm.beta].map(|param| numbers(param.val()));
        let scale: Vec<f32> = gamma
            .iter()
            .zip(variance)
            .map(|(g, v)| (f64::from(*g) / (f64::from(v) + norm.epsilon).sqrt()) as f32)
            .collect();
        let shift = beta.iter().zip(&mean).zip(&scale).map(|((b, m), s)| b - m * s).collect();
        Self { scale, shift }
    }
}

impl Finish {
    pub(super) fn of(bias: Vec<f32>, relu: bool, after: Option<Affine>) -> Self {
        let fill = |mut values: Vec<f32>| {
            values.resize(filled(values.len()), 0.0);
            values
        };
        Self { bias: fill(bias), relu, after: after.map(|norm| [fill(norm.scale), fill(norm.shift)]) }
    }

    /// `sums` of as many channels as a vector holds, from `channel` on.
    #[inline(always)]
    pub(super) fn apply<S: Simd>(&self, simd: S, sums: S::f32s, channel: usize) -> S::f32s {
        let mut values = simd.add_f32s(sums, vector::<S>(&self.bias, channel));
        if self.relu {
            values = simd.max_f32s(values, simd.splat_f32s(0.0));
        }
        if let Some([scale, shift]) = &self.after {
            values = simd.mul_add_e_f32s(values, vector::<S>(scale, channel), vector::<S>(shift, channel));
        }
        values
    }
}

fn numbers<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().iter::<f32>().collect()
}
