//! A growing list of ONNX nodes. Each call adds one operation and returns the name of its value.
//! The operations of a network of slices are listed in [`super`].

use prost::Message;

use super::proto::{
    Attribute, Dimension, Entry, FLOAT, Graph, Model, Node, OperatorSet, Shape, Tensor, TensorType, Type, ValueInfo,
};

/// Name of the constant with the factors of every upsampling.
const SCALES: &str = "upsample.scales";

/// The nodes so far. A value has the name of its node.
#[derive(Default)]
pub(in crate::nn) struct Nodes(pub(in crate::nn) Vec<Node>);

impl Nodes {
    /// Adds the operator `op` on `inputs` under `name`.
    pub(in crate::nn) fn add(&mut self, op: &str, name: &str, inputs: &[&str], attribute: Vec<Attribute>) -> String {
        self.0.push(Node {
            input: inputs.iter().map(|input| (*input).to_owned()).collect(),
            output: vec![name.to_owned()],
            name: name.to_owned(),
            op_type: op.to_owned(),
            attribute,
        });
        name.to_owned()
    }

    /// Adds a square convolution with bias. Its parameters are the model file's `{layer}.weight`
    /// and `{layer}.bias`.
    pub(super) fn conv(&mut self, x: &str, layer: &str, name: &str, kernel: i64, stride: i64) -> String {
        let attributes =
            vec![ints("kernel_shape", &[kernel; 2]), ints("strides", &[stride; 2]), ints("pads", &[kernel / 2; 4])];
        self.add("Conv", name, &[x, &format!("{layer}.weight"), &format!("{layer}.bias")], attributes)
    }

    /// Adds a batch norm with running statistics. Its parameters have the model file's names below
    /// `layer`.
    pub(super) fn batch_norm(&mut self, x: &str, layer: &str, name: &str, epsilon: f64) -> String {
        let parameters = ["weight", "bias", "running_mean", "running_var"].map(|p| format!("{layer}.{p}"));
        let [weight, bias, mean, variance] = &parameters;
        self.add("BatchNormalization", name, &[x, weight, bias, mean, variance], vec![float("epsilon", epsilon)])
    }

    /// Adds a nearest-neighbour upsampling by two. ONNX has several definitions of nearest; this
    /// one repeats every pixel.
    pub(super) fn upsample(&mut self, x: &str, name: &str) -> String {
        let attributes = vec![
            word("mode", "nearest"),
            word("coordinate_transformation_mode", "asymmetric"),
            word("nearest_mode", "floor"),
        ];
        self.add("Resize", name, &[x, "", SCALES], attributes)
    }
}

/// The factors of [`Nodes::upsample`].
pub(super) fn scales() -> Tensor {
    tensor(SCALES, &[4], &[1.0, 1.0, 2.0, 2.0])
}

/// The bytes of an .onnx file with this graph. Versions of ONNX's schema and operators are as old as
/// possible for the sake of older runtimes; the group norm operator is recent.
pub(in crate::nn) fn model_bytes(
    graph: Graph,
    has_group_norm: bool,
    metadata: impl IntoIterator<Item = (String, String)>,
) -> Vec<u8> {
    let (ir_version, version) = if has_group_norm { (10, 21) } else { (8, 17) };
    let model = Model {
        ir_version,
        producer_name: "islet".into(),
        producer_version: env!("CARGO_PKG_VERSION").into(),
        graph: Some(graph),
        opset_import: vec![OperatorSet { domain: String::new(), version }],
        metadata_props: metadata.into_iter().map(|(key, value)| Entry { key, value }).collect(),
    };
    model.encode_to_vec()
}

/// A tensor of `shape`, row-major.
pub(in crate::nn) fn tensor(name: &str, shape: &[usize], values: &[f32]) -> Tensor {
    Tensor {
        dims: shape.iter().map(|&n| n as i64).collect(),
        data_type: FLOAT,
        name: name.to_owned(),
        raw_data: values.iter().flat_map(|v| v.to_le_bytes()).collect(),
    }
}

/// An input or output `[N, channels, H, W]`, with `H` and `W` divided by `shrink`.
pub(super) fn image(name: &str, channels: usize, shrink: usize, doc_string: &str) -> ValueInfo {
    let length = |letter: &str| if shrink == 1 { letter.to_owned() } else { format!("{letter}/{shrink}") };
    array(name, channels, ["H", "W"].map(length).to_vec(), doc_string)
}

/// An input or output `[N, channels, ...]`, with the names of the other lengths.
pub(in crate::nn) fn array(name: &str, channels: usize, lengths: Vec<String>, doc_string: &str) -> ValueInfo {
    let dimension = |name: String| Dimension { dim_value: None, dim_param: Some(name) };
    let mut dim = vec![dimension("N".to_owned()), Dimension { dim_value: Some(channels as i64), dim_param: None }];
    dim.extend(lengths.into_iter().map(dimension));
    let tensor_type = TensorType { elem_type: FLOAT, shape: Some(Shape { dim }) };
    let value_type = Some(Type { tensor_type: Some(tensor_type) });
    ValueInfo { name: name.to_owned(), value_type, doc_string: doc_string.to_owned() }
}

// The kinds are `AttributeProto.AttributeType`.

pub(in crate::nn) fn float(name: &str, f: f64) -> Attribute {
    Attribute { name: name.to_owned(), f: f as f32, kind: 1, ..Attribute::default() }
}

pub(in crate::nn) fn int(name: &str, i: i64) -> Attribute {
    Attribute { name: name.to_owned(), i, kind: 2, ..Attribute::default() }
}

pub(in crate::nn) fn word(name: &str, s: &str) -> Attribute {
    Attribute { name: name.to_owned(), s: s.into(), kind: 3, ..Attribute::default() }
}

pub(in crate::nn) fn ints(name: &str, ints: &[i64]) -> Attribute {
    Attribute { name: name.to_owned(), ints: ints.to_vec(), kind: 7, ..Attribute::default() }
}
