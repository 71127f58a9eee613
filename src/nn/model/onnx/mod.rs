//! A model file as an ONNX graph, for ONNX Runtime and other programs.
//!
//! The graph follows from [`ModelConfig`] and the names in the file, and does what
//! `AttentionUnet::forward` does. Nothing is computed here.
//!
//! - Input: `input`, `[N, 3, H, W]`, where the caller chooses N, H and W; H and W are multiples of
//!   [`ModelConfig::stride`].
//! - Outputs: `logits` and `probability`, `[N, classes, H, W]`, with the background first if there
//!   are several classes; `attention_0`, `attention_1` and so on, deepest gate first, each at the
//!   resolution of its skip connection.
//! - Initializers: every tensor of the model file under its own name, in single precision.
//! - Metadata: the same as in the model file.

pub(in crate::nn) mod graph;
pub mod proto;

use super::config::{GateConfig, Gates, LayerOrder, ModelConfig, Norm};
use super::weights::ModelFile;
use graph::{Nodes, float, image, int, ints, model_bytes, scales, tensor};
use proto::{Graph, ValueInfo};

/// The bytes of an .onnx file.
pub fn encode(file: &ModelFile) -> Vec<u8> {
    let passport = &file.passport;
    let mut initializer: Vec<_> =
        file.values.0.iter().map(|(name, weights)| tensor(name, &weights.shape, &weights.values)).collect();
    initializer.push(scales());
    let graph = Graph {
        node: network(&passport.config).0,
        name: "islet".into(),
        initializer,
        input: vec![image("input", passport.config.in_channels, 1, INPUT)],
        output: outputs(&passport.config),
    };
    model_bytes(graph, matches!(passport.config.norm, Norm::Group { .. }), passport.to_metadata())
}

const INPUT: &str =
    "Slice below, slice, slice above, prepared as the metadata's islet.preprocess says; values in [0, 1]";

fn outputs(config: &ModelConfig) -> Vec<ValueInfo> {
    let (logits, probability) = match config.classes {
        1 => ("Before the sigmoid", "Of pancreas; a mask is where it is at least 0.5"),
        _ => ("Before the softmax", "Of background and of the metadata's islet.labels; the likeliest has the pixel"),
    };
    let mut outputs =
        vec![image("logits", config.classes, 1, logits), image("probability", config.classes, 1, probability)];
    if matches!(config.gates, Gates::Additive(_)) {
        let map = |i| {
            let shrink = 1_usize << (config.depth - 2 - i);
            image(&format!("attention_{i}"), 1, shrink, "Where the gate looks, in [0, 1]")
        };
        outputs.extend((0..config.depth - 1).map(map));
    }
    outputs
}

fn network(config: &ModelConfig) -> Nodes {
    let mut nodes = Nodes::default();
    let mut x = "input".to_owned();
    let mut skips = Vec::new();
    for level in 0..config.depth {
        let name = format!("encoder.{level}");
        if level > 0 {
            let window = vec![ints("kernel_shape", &[2, 2]), ints("strides", &[2, 2])];
            x = nodes.add("MaxPool", &format!("{name}.pool"), &[&x], window);
        }
        x = block(&mut nodes, &x, &name, config);
        skips.push(x.clone());
    }
    skips.pop();
    for (i, mut skip) in skips.into_iter().rev().enumerate() {
        let name = format!("decoder.{i}");
        if let Gates::Additive(gate_config) = &config.gates {
            let alpha = gate(&mut nodes, &skip, &x, i, gate_config);
            skip = nodes.add("Mul", &format!("{name}.skip"), &[&skip, &alpha], Vec::new());
        }
        let up = nodes.upsample(&x, &format!("{name}.up"));
        let joined = nodes.add("Concat", &format!("{name}.concat"), &[&skip, &up], vec![int("axis", 1)]);
        x = block(&mut nodes, &joined, &name, config);
    }
    if config.head_norm {
        x = nodes.conv(&x, "head", "head", 1, 1);
        nodes.batch_norm(&x, "head_norm", "logits", config.epsilon);
    } else {
        nodes.conv(&x, "head", "logits", 1, 1);
    }
    match config.classes {
        1 => nodes.add("Sigmoid", "probability", &["logits"], Vec::new()),
        _ => nodes.add("Softmax", "probability", &["logits"], vec![int("axis", 1)]),
    };
    nodes
}

fn block(nodes: &mut Nodes, x: &str, name: &str, config: &ModelConfig) -> String {
    let mut x = x.to_owned();
    for i in 1..=2 {
        let (conv, layer, rectified) =
            (format!("{name}.conv{i}"), format!("{name}.norm{i}"), format!("{name}.relu{i}"));
        x = nodes.conv(&x, &conv, &conv, 3, 1);
        match config.order {
            LayerOrder::ConvReluNorm => {
                x = nodes.add("Relu", &rectified, &[&x], Vec::new());
                x = norm(nodes, &x, &layer, config);
            }
            LayerOrder::ConvNormRelu => {
                x = norm(nodes, &x, &layer, config);
                x = nodes.add("Relu", &rectified, &[&x], Vec::new());
            }
        }
    }
    x
}

fn norm(nodes: &mut Nodes, x: &str, layer: &str, config: &ModelConfig) -> String {
    match config.norm {
        Norm::Batch => nodes.batch_norm(x, layer, layer, config.epsilon),
        Norm::Group { groups } => {
            let attributes = vec![float("epsilon", config.epsilon), int("num_groups", groups as i64)];
            let (weight, bias) = (format!("{layer}.weight"), format!("{layer}.bias"));
            nodes.add("GroupNormalization", layer, &[x, &weight, &bias], attributes)
        }
    }
}

fn gate(nodes: &mut Nodes, skip: &str, signal: &str, i: usize, config: &GateConfig) -> String {
    let parameter = |part: &str| format!("gates.{i}.{part}");
    let mut theta = nodes.conv(skip, &parameter("theta"), &parameter("theta"), 1, 2);
    let mut phi = nodes.conv(signal, &parameter("phi"), &parameter("phi"), 1, 1);
    if config.relu_before_sum {
        theta = nodes.add("Relu", &parameter("theta.relu"), &[&theta], Vec::new());
        phi = nodes.add("Relu", &parameter("phi.relu"), &[&phi], Vec::new());
    }
    let sum = nodes.add("Add", &parameter("sum"), &[&theta, &phi], Vec::new());
    let rectified = nodes.add("Relu", &parameter("sum.relu"), &[&sum], Vec::new());
    let psi = nodes.conv(&rectified, &parameter("psi"), &parameter("psi"), 1, 1);
    let alpha = nodes.add("Sigmoid", &parameter("alpha"), &[&psi], Vec::new());
    nodes.upsample(&alpha, &format!("attention_{i}"))
}
