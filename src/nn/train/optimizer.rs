//! The optimizers, Adam and AdamW, and gradient clipping by the common norm.

use burn::module::{Module, ModuleVisitor, Param};
use burn::optim::decay::WeightDecayConfig;
use burn::optim::{AdamConfig, AdamWConfig, GradientsParams, ModuleOptimizer};
use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

/// Adam's epsilon. With the usual 1e-8, a weight whose gradient is mostly rounding takes full steps
/// in the direction of the rounding, and training in a browser and natively diverge. The article's
/// Keras has 1e-7.
const EPSILON: f32 = 1e-6;

/// The optimizer of a training.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Optimizer {
    /// Adam (Kingma and Ba 2015); weight decay adds to the gradient.
    #[default]
    Adam,
    /// AdamW (Loshchilov and Hutter 2019): weight decay apart from the gradient.
    Adamw,
}

impl Optimizer {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Adam, Self::Adamw];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Adam => "adam",
            Self::Adamw => "adamw",
        }
    }

    /// The optimizer with betas of 0.9 and 0.999. The weight decay applies to every parameter,
    /// biases and norms included; 0 for none.
    pub(super) fn init(self, weight_decay: f64) -> ModuleOptimizer {
        let decay = weight_decay as f32;
        match self {
            Self::Adam => {
                let penalty = (decay > 0.0).then(|| WeightDecayConfig::new(decay));
                AdamConfig::new().with_epsilon(EPSILON).with_weight_decay(penalty).init()
            }
            Self::Adamw => AdamWConfig::new().with_epsilon(EPSILON).with_weight_decay(decay).init(),
        }
    }
}

/// The gradients, scaled down so that their common norm over all parameters of `module` is at most
/// `max_norm` (Pascanu et al. 2013). Nothing is read back from the device.
///
/// Burn's own clipping takes the norm of each parameter separately, which changes the direction of
/// the step.
pub fn clip_norm<M: Module>(gradients: GradientsParams, module: &M, max_norm: f64) -> GradientsParams {
    let mut squares = SumOfSquares { gradients: &gradients, sum: None };
    module.visit(&mut squares);
    let Some(sum) = squares.sum else { return gradients };
    let factor = (sum.sqrt() + f64::from(f32::MIN_POSITIVE)).recip().mul_scalar(max_norm).clamp_max(1.0);
    let mut scale = GradientScaler { gradients, factor };
    module.visit(&mut scale);
    scale.gradients
}

struct SumOfSquares<'a> {
    gradients: &'a GradientsParams,
    sum: Option<Tensor<1>>,
}

impl ModuleVisitor for SumOfSquares<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if let Some(gradient) = self.gradients.get::<D>(param.id) {
            let square = gradient.square().sum();
            self.sum = Some(match self.sum.take() {
                Some(sum) => sum + square,
                None => square,
            });
        }
    }
}

struct GradientScaler {
    gradients: GradientsParams,
    factor: Tensor<1>,
}

impl ModuleVisitor for GradientScaler {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if let Some(gradient) = self.gradients.remove::<D>(param.id) {
            self.gradients.register(param.id, gradient * self.factor.clone().unsqueeze());
        }
    }
}
