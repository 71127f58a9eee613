//! A model of volumes as an ONNX graph, for ONNX Runtime and other programs.
//!
//! The graph follows from the [`NetworkGraph`], layer by layer, and from the names in the file. Nothing is
//! computed here.
//!
//! - Input: `input`, `[N, 1, D, H, W]`, where the caller chooses N, D, H and W; each is a multiple of
//!   [`NetworkDescription::divisor`](crate::nn::network::NetworkDescription::divisor). Networks of two
//!   dimensions have no D.
//! - Outputs: `logits` and `probability`, `[N, classes, D, H, W]`; `attention_0`, `attention_1` and so on,
//!   deepest gates first, each at the resolution of its skip connection.
//! - Initializers: every tensor of the model file under its own name, in single precision.
//! - Metadata: the same as in the model file.

use super::model_file::{NetworkPlan, VolumeModelFile, VolumeNetwork};
use crate::core::error::UserError;
use crate::core::i18n::messages::{NnMessage, VolumeMessage};
use crate::nn::model::onnx::graph::{Nodes, array, float, int, ints, model_bytes, tensor, word};
use crate::nn::model::onnx::proto::{Attribute, Graph, Tensor, ValueInfo};
use crate::nn::network::{
    Activation, AppliedNorm, ConvInput, ConvLayer, Layer, MapIndex, NetworkGraph, NormKind, Sampling,
};

/// The bytes of an .onnx file.
///
/// # Errors
/// A cascade, and a model of several folds: a graph holds one network.
pub fn encode(file: &VolumeModelFile) -> Result<Vec<u8>, UserError> {
    let refused = |why: VolumeMessage| Err(UserError::new(NnMessage::ModelFile, why, VolumeMessage::ExportOneNetwork));
    let [VolumeNetwork { plan, folds }] = &file.networks[..] else {
        return refused(VolumeMessage::ExportOfCascade { networks: file.networks.len() });
    };
    let [weights] = &folds[..] else {
        return refused(VolumeMessage::ExportOfFolds { folds: folds.len() });
    };
    let mut exporter = GraphExporter::new(plan);
    exporter.layers();
    let (input, output) = (exporter.value("input", plan.network.in_channels, [1; 3], INPUT), exporter.outputs(plan));
    let weights = weights.0.iter().map(|(name, weights)| tensor(name, &weights.shape, &weights.values));
    let graph = Graph {
        node: exporter.nodes.0,
        name: "islet".into(),
        initializer: weights.chain(exporter.scales).collect(),
        input: vec![input],
        output,
    };
    let is_grouped = matches!(plan.network.norm, NormKind::Group { .. });
    Ok(model_bytes(graph, is_grouped, file.to_metadata()))
}

const INPUT: &str = "A patch, prepared as the pipeline in the metadata's islet.networks says";

/// The nodes so far, and what is known of each of the network's maps.
struct GraphExporter {
    graph: NetworkGraph,
    nodes: Nodes,
    /// The factors of every upsampling.
    scales: Vec<Tensor>,
    /// The values that hold the maps; the input first.
    names: Vec<String>,
    /// How much lower than the input's their resolution is, `[z, y, x]`.
    shrinks: Vec<[usize; 3]>,
}

impl GraphExporter {
    fn new(plan: &NetworkPlan) -> Self {
        Self {
            graph: plan.network.graph(),
            nodes: Nodes::default(),
            scales: Vec::new(),
            names: vec!["input".into()],
            shrinks: vec![[1; 3]],
        }
    }

    /// Adds the nodes of all layers and of the head.
    fn layers(&mut self) {
        for (index, layer) in self.graph.layers.clone().into_iter().enumerate() {
            let name = self.name_of(MapIndex(index + 1), &layer);
            let (value, shrink) = self.layer(&layer, &name);
            self.names.push(value);
            self.shrinks.push(shrink);
        }
        if let Some(head) = self.graph.head.clone() {
            self.conv(&head, "logits");
        }
    }

    /// The name of the value that holds a map: that of an output, or of the layer that makes it.
    fn name_of(&self, map: MapIndex, layer: &Layer) -> String {
        let NetworkGraph { features, head, attention, .. } = &self.graph;
        if head.is_none() && map == *features {
            return "logits".into();
        }
        if let Some(gate) = attention.iter().position(|alpha| *alpha == map) {
            return format!("attention_{gate}");
        }
        match layer {
            Layer::Conv(ConvLayer { name, .. }) | Layer::TransposedConv { name, .. } => format!("{name}.output"),
            Layer::Concatenate { .. } => format!("concatenated_{}", map.0),
            Layer::MaxPool { .. } | Layer::AveragePool { .. } => format!("pooled_{}", map.0),
            Layer::Add { .. } => format!("sum_{}", map.0),
            Layer::Multiply { .. } => format!("product_{}", map.0),
            Layer::ResizeLinear { .. } | Layer::ResizeNearest { .. } => format!("resized_{}", map.0),
        }
    }

    /// Adds the nodes of a layer, the last of which has the name `name`. Returns its value, and how much lower
    /// than the input's its resolution is.
    fn layer(&mut self, layer: &Layer, name: &str) -> (String, [usize; 3]) {
        let of = |map: &MapIndex| (self.names[map.0].clone(), self.shrinks[map.0]);
        match layer {
            Layer::Conv(conv) => self.conv(conv, name),
            Layer::TransposedConv { input, name: layer, stride, bias, norm, activation, .. } => {
                let (x, shrink) = of(input);
                let attributes = vec![self.axes("kernel_shape", *stride), self.axes("strides", *stride)];
                let parameters = [Some(format!("{layer}.weight")), bias.then(|| format!("{layer}.bias"))];
                let inputs: Vec<String> = std::iter::once(x).chain(parameters.into_iter().flatten()).collect();
                let convolved = NodeStep { op: "ConvTranspose", inputs, attributes };
                let value = self.steps(convolved, norm.as_ref(), *activation, name);
                (value, [0, 1, 2].map(|axis| shrink[axis] / stride[axis]))
            }
            Layer::Concatenate { inputs: [first, second] } => {
                let ((x, shrink), (y, _)) = (of(first), of(second));
                (self.nodes.add("Concat", name, &[&x, &y], vec![int("axis", 1)]), shrink)
            }
            Layer::MaxPool { input, size } | Layer::AveragePool { input, size } => {
                let (x, shrink) = of(input);
                let op = if matches!(layer, Layer::MaxPool { .. }) { "MaxPool" } else { "AveragePool" };
                let window = vec![self.axes("kernel_shape", *size), self.axes("strides", *size)];
                (self.nodes.add(op, name, &[&x], window), [0, 1, 2].map(|axis| shrink[axis] * size[axis]))
            }
            // A second map of fewer channels has one, which ONNX repeats.
            Layer::Add { inputs: [first, second], activation } => {
                let ((x, shrink), (y, _)) = (of(first), of(second));
                let sum = NodeStep { op: "Add", inputs: vec![x, y], attributes: Vec::new() };
                (self.steps(sum, None, *activation, name), shrink)
            }
            Layer::Multiply { input, weights } => {
                let ((x, shrink), (alpha, _)) = (of(input), of(weights));
                (self.nodes.add("Mul", name, &[&x, &alpha], Vec::new()), shrink)
            }
            Layer::ResizeLinear { input, like } | Layer::ResizeNearest { input, like } => {
                let ((x, from), (_, to)) = (of(input), of(like));
                let is_linear = matches!(layer, Layer::ResizeLinear { .. });
                let factors = [0, 1, 2].map(|axis| from[axis] as f32 / to[axis] as f32);
                let rule: &[[&str; 2]] = if is_linear { &LINEAR } else { &REPEATED };
                (self.resize(&x, rule, factors, name), to)
            }
        }
    }

    fn conv(&mut self, conv: &ConvLayer, name: &str) -> (String, [usize; 3]) {
        let inputs: Vec<String> = conv.inputs.iter().map(|input| self.conv_input(input)).collect();
        let shrink = match &conv.inputs[0] {
            ConvInput { map, sampling: Sampling::AsIs, .. } => self.shrinks[map.0],
            ConvInput { map, sampling: Sampling::RepeatedTwice, .. } => repeated_twice(self.shrinks[map.0]),
        };
        let x = match &inputs[..] {
            [x] => x.clone(),
            several => {
                let several: Vec<&str> = several.iter().map(String::as_str).collect();
                self.nodes.add("Concat", &format!("{}.input", conv.name), &several, vec![int("axis", 1)])
            }
        };
        let padding = conv.kernel[3 - self.graph.rank..].iter().map(|taps| (*taps as i64 - 1) / 2);
        let pads: Vec<i64> = padding.clone().chain(padding).collect();
        let attributes =
            vec![self.axes("kernel_shape", conv.kernel), self.axes("strides", conv.stride), ints("pads", &pads)];
        let parameters = [Some(format!("{}.weight", conv.name)), conv.bias.then(|| format!("{}.bias", conv.name))];
        let inputs = std::iter::once(x).chain(parameters.into_iter().flatten()).collect();
        let convolved = NodeStep { op: "Conv", inputs, attributes };
        let value = self.steps(convolved, conv.norm.as_ref(), conv.activation, name);
        (value, [0, 1, 2].map(|axis| shrink[axis] * conv.stride[axis]))
    }

    /// A convolution's input at the resolution of the others.
    fn conv_input(&mut self, input: &ConvInput) -> String {
        let x = self.names[input.map.0].clone();
        match input.sampling {
            Sampling::AsIs => x,
            Sampling::RepeatedTwice => self.resize(&x, &REPEATED, [1.0, 2.0, 2.0], &format!("{x}.repeated")),
        }
    }

    /// Adds a node that changes the resolution; none where it stays.
    fn resize(&mut self, x: &str, rule: &[[&str; 2]], factors: [f32; 3], name: &str) -> String {
        if factors == [1.0; 3] && !name.starts_with("attention_") {
            return x.to_owned();
        }
        let scales = format!("{name}.scales");
        let factors: Vec<f32> = [1.0; 2].into_iter().chain(factors[3 - self.graph.rank..].iter().copied()).collect();
        self.scales.push(tensor(&scales, &[factors.len()], &factors));
        let attributes = rule.iter().map(|[key, value]| word(key, value)).collect();
        self.nodes.add("Resize", name, &[x, "", &scales], attributes)
    }

    /// Adds an operation with the norm and the activation that follow it; the last has the name `name`.
    fn steps(&mut self, first: NodeStep, norm: Option<&AppliedNorm>, activation: Activation, name: &str) -> String {
        let mut steps = vec![first];
        let norm = norm.map(|norm| (norm_step(norm), norm.after_activation));
        let activation = activation_step(activation);
        match norm {
            Some((norm, true)) => steps.extend(activation.into_iter().chain([norm])),
            Some((norm, false)) => steps.extend([norm].into_iter().chain(activation)),
            None => steps.extend(activation),
        }
        let last = steps.len() - 1;
        let mut value = String::new();
        for (index, NodeStep { op, mut inputs, attributes }) in steps.into_iter().enumerate() {
            if index > 0 {
                inputs.insert(0, value);
            }
            let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
            let name = if index == last { name.to_owned() } else { format!("{name}.{}", op.to_lowercase()) };
            value = self.nodes.add(op, &name, &inputs, attributes);
        }
        value
    }

    /// An attribute with a number for each of the network's axes.
    fn axes(&self, name: &str, lengths: [usize; 3]) -> Attribute {
        let lengths: Vec<i64> = lengths[3 - self.graph.rank..].iter().map(|length| *length as i64).collect();
        ints(name, &lengths)
    }

    /// An input or output whose resolution is lower than the input's by `shrink`.
    fn value(&self, name: &str, channels: usize, shrink: [usize; 3], doc_string: &str) -> ValueInfo {
        let axes = ["D", "H", "W"].into_iter().zip(shrink).skip(3 - self.graph.rank);
        let length = |(letter, shrink): (&str, usize)| match shrink {
            1 => letter.to_owned(),
            _ => format!("{letter}/{shrink}"),
        };
        array(name, channels, axes.map(length).collect(), doc_string)
    }

    /// Adds the probability, and describes all outputs.
    fn outputs(&mut self, plan: &NetworkPlan) -> Vec<ValueInfo> {
        let classes = plan.network.classes;
        let meaning = "Of the outputs in the metadata's islet.networks";
        match plan.regions_order {
            Some(_) => self.nodes.add("Sigmoid", "probability", &["logits"], Vec::new()),
            None => self.nodes.add("Softmax", "probability", &["logits"], vec![int("axis", 1)]),
        };
        let gate = |(gate, map): (usize, &MapIndex)| {
            let meaning = "Where the gate looks, in [0, 1]";
            self.value(&format!("attention_{gate}"), 1, self.shrinks[map.0], meaning)
        };
        let attention = self.graph.attention.iter().enumerate().map(gate);
        let logits = ["logits", "probability"].map(|name| self.value(name, classes, [1; 3], meaning));
        logits.into_iter().chain(attention).collect()
    }
}

/// An operation whose first input, but for the first of a series, is the value before it.
struct NodeStep {
    op: &'static str,
    inputs: Vec<String>,
    attributes: Vec<Attribute>,
}

/// PyTorch's `align_corners=False`.
const LINEAR: [[&str; 2]; 2] = [["mode", "linear"], ["coordinate_transformation_mode", "half_pixel"]];
/// ONNX has several definitions of nearest; this one repeats every voxel.
const REPEATED: [[&str; 2]; 3] =
    [["mode", "nearest"], ["coordinate_transformation_mode", "asymmetric"], ["nearest_mode", "floor"]];

fn repeated_twice([z, y, x]: [usize; 3]) -> [usize; 3] {
    [z, y / 2, x / 2]
}

fn norm_step(norm: &AppliedNorm) -> NodeStep {
    let parameters = |parts: &[&str]| parts.iter().map(|part| format!("{}.{part}", norm.name)).collect();
    let (op, inputs, attributes) = match norm.kind {
        NormKind::Batch { epsilon } => {
            let inputs = parameters(&["weight", "bias", "running_mean", "running_var"]);
            ("BatchNormalization", inputs, vec![float("epsilon", epsilon)])
        }
        NormKind::Instance { epsilon } => {
            ("InstanceNormalization", parameters(&["weight", "bias"]), vec![float("epsilon", epsilon)])
        }
        NormKind::Group { groups, epsilon } => {
            let attributes = vec![float("epsilon", epsilon), int("num_groups", groups as i64)];
            ("GroupNormalization", parameters(&["weight", "bias"]), attributes)
        }
    };
    NodeStep { op, inputs, attributes }
}

fn activation_step(activation: Activation) -> Option<NodeStep> {
    let step = |op, attributes| Some(NodeStep { op, inputs: Vec::new(), attributes });
    match activation {
        Activation::None => None,
        Activation::Relu => step("Relu", Vec::new()),
        Activation::LeakyRelu { slope } => step("LeakyRelu", vec![float("alpha", f64::from(slope))]),
        Activation::Elu => step("Elu", vec![float("alpha", 1.0)]),
        Activation::Sigmoid => step("Sigmoid", Vec::new()),
    }
}
