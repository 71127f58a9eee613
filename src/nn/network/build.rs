//! From a description to layers: the encoder, the decoder and the head.

use super::description::{
    BlockKind, Downsampling, HeadKind, NetworkDescription, SkipOrder, StageDescription, TensorNames, Upsampling,
};
use super::kinds::{Activation, NormKind};
use super::layer::{AppliedNorm, ConvInput, ConvLayer, Layer, MapIndex, NetworkGraph, Sampling};
use super::names::BlockPlace;

/// The layers so far, and the channels of all maps.
pub(super) struct GraphBuilder<'d> {
    pub(super) description: &'d NetworkDescription,
    layers: Vec<Layer>,
    /// Of each map; the input first.
    channels: Vec<usize>,
    pub(super) attention: Vec<MapIndex>,
}

impl NetworkDescription {
    /// The layers of the network.
    pub fn graph(&self) -> NetworkGraph {
        let mut builder = GraphBuilder {
            description: self,
            layers: Vec::new(),
            channels: vec![self.in_channels],
            attention: Vec::new(),
        };
        if self.block == BlockKind::WholeStage {
            return builder.vnet();
        }
        let skips = builder.encoder();
        let decoded = builder.decoder(skips);
        builder.finish(&decoded)
    }
}

impl GraphBuilder<'_> {
    /// Appends a layer, and returns the maps that it makes.
    pub(super) fn push(&mut self, layer: Layer, channels: usize) -> MapIndex {
        self.layers.push(layer);
        self.channels.push(channels);
        MapIndex(self.layers.len())
    }

    pub(super) fn channels_of(&self, map: MapIndex) -> usize {
        self.channels[map.0]
    }

    /// A convolution's input as it is.
    pub(super) fn input(&self, map: MapIndex) -> ConvInput {
        ConvInput { map, channels: self.channels_of(map), sampling: Sampling::AsIs }
    }

    pub(super) fn conv(&mut self, conv: ConvLayer) -> MapIndex {
        let channels = conv.out_channels;
        self.push(Layer::Conv(conv), channels)
    }

    /// A 1 x 1 x 1 convolution without norm and activation.
    pub(super) fn pointwise(&self, inputs: &[MapIndex], name: String, out_channels: usize) -> ConvLayer {
        ConvLayer {
            inputs: inputs.iter().map(|map| self.input(*map)).collect(),
            name,
            kernel: [1; 3],
            stride: [1; 3],
            out_channels,
            bias: true,
            norm: None,
            activation: Activation::None,
        }
    }

    /// The maps of each stage, finest first.
    fn encoder(&mut self) -> Vec<MapIndex> {
        let mut x = MapIndex(0);
        if self.description.block == BlockKind::Residual {
            x = self.stem(x);
        }
        let last = self.description.stages.len() - 1;
        let mut skips = Vec::with_capacity(last + 1);
        for (stage, described) in self.description.stages.iter().enumerate() {
            let mut stride = described.stride;
            if self.description.downsampling == Downsampling::MaxPool && stride != [1; 3] {
                x = self.push(Layer::MaxPool { input: x, size: stride }, self.channels_of(x));
                stride = [1; 3];
            }
            x = match self.description.block {
                BlockKind::Plain => {
                    let place = BlockPlace::Encoder { stage, is_last: stage == last };
                    let inputs = vec![self.input(x)];
                    self.convs(place, described, described.encoder_convs, inputs, stride)
                }
                BlockKind::Residual => self.residual_stage(x, stage, described, stride),
                BlockKind::WholeStage => unreachable!("has layers of its own"),
            };
            skips.push(x);
        }
        skips
    }

    /// The maps of each decoder block, deepest first.
    fn decoder(&mut self, mut skips: Vec<MapIndex>) -> Vec<MapIndex> {
        let description = self.description;
        let mut x = skips.pop().expect("a network has at least two stages");
        let mut signal =
            if description.gates.as_ref().is_some_and(|gates| gates.gating_step) { self.gating_step(x) } else { x };
        let mut decoded = Vec::with_capacity(skips.len());
        for (step, stage) in (0..skips.len()).rev().enumerate() {
            let skip = self.gated(skips[stage], signal, step, stage);
            let (described, below) = (&description.stages[stage], &description.stages[stage + 1]);
            let upsampled = self.upsampled(x, skips[stage], below, step);
            let mut inputs = vec![self.input(skip), upsampled];
            if description.skip_order == SkipOrder::UpsampledFirst {
                inputs.reverse();
            }
            let place = BlockPlace::Decoder { step, stage };
            x = self.convs(place, described, described.decoder_convs, inputs, [1; 3]);
            signal = x;
            decoded.push(x);
        }
        decoded
    }

    /// The maps of the stage below at the resolution of `skip`.
    fn upsampled(&mut self, x: MapIndex, skip: MapIndex, below: &StageDescription, step: usize) -> ConvInput {
        let channels = self.channels_of(x);
        match self.description.upsampling {
            Upsampling::TransposedConv => {
                let out_channels = self.channels_of(skip);
                let up = Layer::TransposedConv {
                    input: x,
                    in_channels: channels,
                    out_channels,
                    name: TensorNames::transposed_conv(step),
                    stride: below.stride,
                    bias: self.description.conv_bias,
                    norm: None,
                    activation: Activation::None,
                };
                let up = self.push(up, out_channels);
                self.input(up)
            }
            // Never made: the convolution reads the maps of the stage below.
            Upsampling::Nearest => ConvInput { map: x, channels, sampling: Sampling::RepeatedTwice },
            Upsampling::Linear => {
                let up = self.push(Layer::ResizeLinear { input: x, like: skip }, channels);
                self.input(up)
            }
        }
    }

    /// Some convolutions with norm and activation, the first of `stride`.
    fn convs(
        &mut self,
        place: BlockPlace,
        stage: &StageDescription,
        count: usize,
        mut inputs: Vec<ConvInput>,
        stride: [usize; 3],
    ) -> MapIndex {
        let mut x = inputs[0].map;
        for index in 0..count {
            let names = self.description.names.conv(place, index);
            let stride = if index == 0 { stride } else { [1; 3] };
            x = self.conv_norm(names, inputs, [stage.kernel, stride], stage.features);
            inputs = vec![self.input(x)];
        }
        x
    }

    /// A convolution with the description's norm and activation.
    pub(super) fn normed(
        &self,
        [name, norm]: [String; 2],
        inputs: Vec<ConvInput>,
        [kernel, stride]: [[usize; 3]; 2],
        out_channels: usize,
    ) -> ConvLayer {
        let description = self.description;
        ConvLayer {
            inputs,
            name,
            kernel,
            stride,
            out_channels,
            bias: description.conv_bias,
            norm: Some(self.norm(norm)),
            activation: description.activation,
        }
    }

    /// Appends a convolution with norm and activation.
    pub(super) fn conv_norm(
        &mut self,
        names: [String; 2],
        inputs: Vec<ConvInput>,
        kernel_and_stride: [[usize; 3]; 2],
        out_channels: usize,
    ) -> MapIndex {
        let conv = self.normed(names, inputs, kernel_and_stride, out_channels);
        self.conv(conv)
    }

    pub(super) fn norm(&self, name: String) -> AppliedNorm {
        AppliedNorm { name, kind: self.description.norm, after_activation: self.description.activation_first }
    }

    fn stem(&mut self, x: MapIndex) -> MapIndex {
        let names = ["conv", "norm"].map(|layer| format!("encoder.stem.convs.0.{layer}"));
        let (inputs, stage) = (vec![self.input(x)], &self.description.stages[0]);
        self.conv_norm(names, inputs, [stage.kernel, [1; 3]], stage.features)
    }

    /// The residual blocks of a stage; the first has the stride.
    fn residual_stage(
        &mut self,
        mut x: MapIndex,
        stage: usize,
        described: &StageDescription,
        stride: [usize; 3],
    ) -> MapIndex {
        for block in 0..described.encoder_convs {
            let stride = if block == 0 { stride } else { [1; 3] };
            x = self.residual_block(x, &TensorNames::residual_block(stage, block), described, stride);
        }
        x
    }

    /// `BasicBlockD`: convolution, norm and activation; convolution and norm; plus the input, which is
    /// averaged where there is a stride and projected where the channels differ; activation.
    fn residual_block(
        &mut self,
        x: MapIndex,
        prefix: &str,
        described: &StageDescription,
        stride: [usize; 3],
    ) -> MapIndex {
        let names = |conv: &str| ["conv", "norm"].map(|layer| format!("{prefix}.{conv}.{layer}"));
        let inputs = vec![self.input(x)];
        let inner = self.conv_norm(names("conv1"), inputs, [described.kernel, stride], described.features);
        let inputs = vec![self.input(inner)];
        let second = self.normed(names("conv2"), inputs, [described.kernel, [1; 3]], described.features);
        let inner = self.conv(ConvLayer { activation: Activation::None, ..second });
        let mut skip = x;
        let is_strided = stride != [1; 3];
        if is_strided {
            skip = self.push(Layer::AveragePool { input: skip, size: stride }, self.channels_of(skip));
        }
        if self.channels_of(skip) != described.features {
            let name = format!("{prefix}.skip.{}", usize::from(is_strided));
            let norm = self.norm(format!("{name}.norm"));
            let projection = self.pointwise(&[skip], format!("{name}.conv"), described.features);
            skip = self.conv(ConvLayer { bias: false, norm: Some(norm), ..projection });
        }
        let sum = Layer::Add { inputs: [inner, skip], activation: self.description.activation };
        self.push(sum, described.features)
    }

    /// The head.
    fn finish(mut self, decoded: &[MapIndex]) -> NetworkGraph {
        let description = self.description;
        let classes = description.classes;
        let finest = *decoded.last().expect("a network has at least one decoder block");
        let name = description.names.head(decoded.len());
        let (features, head) = match description.head {
            HeadKind::Last => (finest, Some(self.pointwise(&[finest], name, classes))),
            HeadKind::LastWithNorm { epsilon } => {
                let kind = NormKind::Batch { epsilon };
                let norm = Some(AppliedNorm { name: format!("{name}_norm"), kind, after_activation: false });
                (finest, Some(ConvLayer { norm, ..self.pointwise(&[finest], name, classes) }))
            }
            HeadKind::FusedStages => {
                let stages: Vec<MapIndex> =
                    decoded.iter().rev().enumerate().map(|(i, map)| self.stage_logits(i, *map, finest)).collect();
                let fused = self.pointwise(&stages, name, classes);
                (self.conv(fused), None)
            }
        };
        self.into_graph(features, head, decoded.to_vec())
    }

    /// The layers so far as a graph.
    pub(super) fn into_graph(
        self,
        features: MapIndex,
        head: Option<ConvLayer>,
        decoded: Vec<MapIndex>,
    ) -> NetworkGraph {
        let Self { description, layers, attention, .. } = self;
        NetworkGraph { layers, features, head, attention, decoded, rank: description.rank }
    }

    /// The logits of one decoder stage at the finest resolution.
    fn stage_logits(&mut self, stage: usize, map: MapIndex, finest: MapIndex) -> MapIndex {
        let classes = self.description.classes;
        let head = self.pointwise(&[map], TensorNames::stage_head(stage), classes);
        let logits = self.conv(head);
        if stage == 0 { logits } else { self.push(Layer::ResizeLinear { input: logits, like: finest }, classes) }
    }
}
