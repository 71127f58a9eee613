//! The layers of V-Net (Milletari et al. 2016, arXiv 1606.04797) as MONAI builds it: each stage adds
//! its input to its output, and convolutions lower the resolution.

use super::build::GraphBuilder;
use super::description::StageDescription;
use super::kinds::Activation;
use super::layer::{ConvLayer, Layer, MapIndex, NetworkGraph};

impl GraphBuilder<'_> {
    /// All layers.
    pub(super) fn vnet(mut self) -> NetworkGraph {
        let description = self.description;
        let mut skips = vec![self.input_transition(&description.stages[0])];
        for stage in &description.stages[1..] {
            let below = *skips.last().expect("the first stage is there");
            skips.push(self.down_transition(below, stage));
        }
        let mut x = skips.pop().expect("a network has at least two stages");
        for stage in description.stages[..skips.len()].iter().rev() {
            let skip = skips.pop().expect("one skip connection per stage");
            x = self.up_transition(x, skip, stage);
        }
        let classes = description.classes;
        let inputs = vec![self.input(x)];
        let names = ["out_tr.conv_block.conv", "out_tr.conv_block.adn.N"].map(str::to_owned);
        let features = self.conv_norm(names, inputs, [description.stages[0].kernel, [1; 3]], classes);
        let head = self.pointwise(&[features], "out_tr.conv2".into(), classes);
        self.into_graph(features, Some(head), Vec::new())
    }

    fn input_transition(&mut self, stage: &StageDescription) -> MapIndex {
        let names = ["in_tr.conv_block.conv", "in_tr.conv_block.adn.N"].map(str::to_owned);
        let inputs = vec![self.input(MapIndex(0))];
        let conv = self.normed(names, inputs, [stage.kernel, [1; 3]], stage.features);
        let x = self.conv(ConvLayer { activation: Activation::None, ..conv });
        self.residual_sum(x, MapIndex(0))
    }

    fn down_transition(&mut self, x: MapIndex, stage: &StageDescription) -> MapIndex {
        let prefix = format!("down_tr{}", stage.features);
        let names = ["down_conv", "bn1"].map(|layer| format!("{prefix}.{layer}"));
        let inputs = vec![self.input(x)];
        let down = self.conv_norm(names, inputs, [stage.stride; 2], stage.features);
        let out = self.stage_convs(down, &prefix, stage, stage.encoder_convs);
        self.residual_sum(out, down)
    }

    /// The decoder of a stage: its convolutions have as many channels as skip connection and upsampled
    /// maps together.
    fn up_transition(&mut self, x: MapIndex, skip: MapIndex, stage: &StageDescription) -> MapIndex {
        let prefix = format!("up_tr{}", 2 * stage.features);
        let norm = self.norm(format!("{prefix}.bn1"));
        let up = Layer::TransposedConv {
            input: x,
            in_channels: self.channels_of(x),
            out_channels: stage.features,
            name: format!("{prefix}.up_conv"),
            stride: [2; 3],
            bias: true,
            norm: Some(norm),
            activation: self.description.activation,
        };
        let up = self.push(up, stage.features);
        let both = self.push(Layer::Concatenate { inputs: [up, skip] }, 2 * stage.features);
        let out = self.stage_convs(both, &prefix, stage, stage.decoder_convs);
        self.residual_sum(out, both)
    }

    fn stage_convs(&mut self, mut x: MapIndex, prefix: &str, stage: &StageDescription, count: usize) -> MapIndex {
        let channels = self.channels_of(x);
        for i in 0..count {
            let names = ["conv", "adn.N"].map(|layer| format!("{prefix}.ops.{i}.conv_block.{layer}"));
            let inputs = vec![self.input(x)];
            x = self.conv_norm(names, inputs, [stage.kernel, [1; 3]], channels);
        }
        x
    }

    fn residual_sum(&mut self, x: MapIndex, other: MapIndex) -> MapIndex {
        let sum = Layer::Add { inputs: [x, other], activation: self.description.activation };
        self.push(sum, self.channels_of(x))
    }
}
