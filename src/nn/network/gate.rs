//! The layers of attention gates (Oktay et al. 2018, section 3.1).

use super::build::GraphBuilder;
use super::description::GateDescription;
use super::kinds::Activation;
use super::layer::{ConvLayer, Layer, MapIndex};

impl GraphBuilder<'_> {
    /// The signal of the deepest gates: a 1 x 1 x 1 convolution of the last stage.
    pub(super) fn gating_step(&mut self, x: MapIndex) -> MapIndex {
        let step = self.pointwise(&[x], "gating.conv1.0".into(), self.channels_of(x));
        let norm = Some(self.norm("gating.conv1.1".into()));
        self.conv(ConvLayer { norm, activation: Activation::Relu, ..step })
    }

    /// A skip connection weighted by its gates; as it is if it has none.
    pub(super) fn gated(&mut self, skip: MapIndex, signal: MapIndex, step: usize, stage: usize) -> MapIndex {
        let Some(gates) = &self.description.gates else { return skip };
        if gates.widths[stage] == 0 {
            return skip;
        }
        let prefix = self.description.names.gate(step, stage);
        if gates.combined == 0 {
            let alpha = self.attention_of(skip, signal, gates, stage, &prefix);
            return self.weighted(skip, alpha);
        }
        let channels = self.channels_of(skip);
        let outputs: Vec<MapIndex> = (1..=gates.combined)
            .map(|gate| {
                let prefix = format!("{prefix}.gate_block_{gate}");
                let alpha = self.attention_of(skip, signal, gates, stage, &prefix);
                let weighted = self.weighted(skip, alpha);
                let output = self.pointwise(&[weighted], format!("{prefix}.W.0"), channels);
                let norm = Some(self.norm(format!("{prefix}.W.1")));
                self.conv(ConvLayer { norm, ..output })
            })
            .collect();
        let combined = self.pointwise(&outputs, format!("{prefix}.combine_gates.0"), channels);
        let norm = Some(self.norm(format!("{prefix}.combine_gates.1")));
        self.conv(ConvLayer { norm, activation: Activation::Relu, ..combined })
    }

    /// The coefficients of one gate at the resolution of the skip connection, in [0, 1].
    fn attention_of(
        &mut self,
        skip: MapIndex,
        signal: MapIndex,
        gates: &GateDescription,
        stage: usize,
        prefix: &str,
    ) -> MapIndex {
        let (width, stride) = (gates.widths[stage], self.description.stages[stage + 1].stride);
        let inner = if gates.relu_before_sum { Activation::Relu } else { Activation::None };
        let theta = self.pointwise(&[skip], format!("{prefix}.theta"), width);
        let kernel = if gates.theta_covers_stride { stride } else { [1; 3] };
        let bias = !gates.theta_covers_stride;
        let theta = self.conv(ConvLayer { kernel, stride, bias, activation: inner, ..theta });
        let phi = self.pointwise(&[signal], format!("{prefix}.phi"), width);
        let mut phi = self.conv(ConvLayer { activation: inner, ..phi });
        if gates.theta_covers_stride {
            phi = self.push(Layer::ResizeLinear { input: phi, like: theta }, width);
        }
        let sum = self.push(Layer::Add { inputs: [theta, phi], activation: Activation::Relu }, width);
        let psi = self.pointwise(&[sum], format!("{prefix}.psi"), 1);
        let psi = self.conv(ConvLayer { activation: Activation::Sigmoid, ..psi });
        let resized = if gates.theta_covers_stride {
            Layer::ResizeLinear { input: psi, like: skip }
        } else {
            Layer::ResizeNearest { input: psi, like: skip }
        };
        let alpha = self.push(resized, 1);
        self.attention.push(alpha);
        alpha
    }

    fn weighted(&mut self, skip: MapIndex, alpha: MapIndex) -> MapIndex {
        let channels = self.channels_of(skip);
        self.push(Layer::Multiply { input: skip, weights: alpha }, channels)
    }
}
