//! The ONNX export: messages held to what ONNX's own package writes, graphs to figures counted by hand. What ONNX Runtime computes of them
//! is checked by tests/golden/onnx_check.py.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use islet::nn::model::onnx::proto::{FLOAT, Graph, Model, ValueInfo};
use islet::nn::model::weights::{ModelFile, Precision};
use islet::nn::model::{ModelConfig, Norm, Preset, onnx};
use prost::Message;

use super::cli::{ok, run, text};
use super::model::{passport, random_file};

/// Written by tests/golden/frameworks/onnx_sample.py with ONNX's own package.
const SAMPLE: &[u8] = include_bytes!("../golden/frameworks/sample.onnx");

fn exported(config: &ModelConfig) -> Model {
    let file = ModelFile::read(&random_file(config, Precision::F32)).unwrap();
    Model::decode(&onnx::encode(&file)[..]).unwrap()
}

/// The value's dimensions as text: numbers and names.
fn dims(value: &ValueInfo) -> Vec<String> {
    let tensor = value.value_type.as_ref().unwrap().tensor_type.as_ref().unwrap();
    assert_eq!(tensor.elem_type, FLOAT);
    let dims = &tensor.shape.as_ref().unwrap().dim;
    dims.iter().map(|d| d.dim_param.clone().unwrap_or_else(|| d.dim_value.unwrap().to_string())).collect()
}

fn counts(graph: &Graph) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    for node in &graph.node {
        *counts.entry(node.op_type.as_str()).or_default() += 1;
    }
    counts
}

#[test]
fn the_messages_have_onnx_field_numbers() {
    let model = Model::decode(SAMPLE).unwrap();
    assert_eq!((model.ir_version, model.producer_name.as_str(), model.producer_version.as_str()), (8, "maker", "7"));
    assert_eq!((model.opset_import[0].domain.as_str(), model.opset_import[0].version), ("", 17));
    assert_eq!((model.metadata_props[0].key.as_str(), model.metadata_props[0].value.as_str()), ("key", "value"));
    let graph = model.graph.as_ref().unwrap();
    assert_eq!(graph.name, "sample");
    assert_eq!((dims(&graph.input[0]).join(" "), graph.input[0].name.as_str()), ("N 3 H W".into(), "x"));
    assert_eq!(graph.input[0].doc_string, "what goes in");
    assert_eq!((dims(&graph.output[0]).join(" "), graph.output[0].name.as_str()), ("N 1 h w".into(), "y"));
    let weight = &graph.initializer[0];
    assert_eq!((weight.name.as_str(), &weight.dims[..], weight.data_type), ("w", &[1, 3, 1, 1][..], FLOAT));
    assert_eq!(weight.raw_data, [1.5_f32, -2.0, 0.25].map(f32::to_le_bytes).concat());
    let node = &graph.node[0];
    assert_eq!((node.name.as_str(), node.op_type.as_str()), ("first", "Conv"));
    assert_eq!(
        (&node.input[..], &node.output[..]),
        (&["x".to_owned(), "w".into(), "".into()][..], &["y".to_owned()][..])
    );
    let setting = |name: &str| node.attribute.iter().find(|a| a.name == name).unwrap();
    assert_eq!((setting("strides").kind, &setting("strides").ints[..]), (7, &[2, 3][..]));
    assert_eq!((setting("group").kind, setting("group").i), (2, 1));
    assert_eq!((setting("auto_pad").kind, &setting("auto_pad").s[..]), (3, &b"VALID"[..]));
    assert_eq!((setting("epsilon").kind, setting("epsilon").f), (1, 0.25));
    assert_eq!(Model::decode(&model.encode_to_vec()[..]).unwrap(), model);
}

/// Nine blocks of two convolutions with norm and ReLU, four poolings, four skips, the head; a gate is three convolutions, a sum, a ReLU
/// (three in the article), a sigmoid and an upsampling, and its product with the skip.
#[test]
fn the_graphs_have_the_operations_of_the_networks() {
    let of = |pairs: &[(&'static str, usize)]| pairs.iter().copied().collect::<BTreeMap<_, _>>();
    let unet = of(&[
        ("Conv", 9 * 2 + 1),
        ("BatchNormalization", 9 * 2),
        ("Relu", 9 * 2),
        ("MaxPool", 4),
        ("Resize", 4),
        ("Concat", 4),
        ("Sigmoid", 1),
    ]);
    let gates = of(&[("Conv", 31), ("Relu", 22), ("Resize", 8), ("Sigmoid", 5), ("Add", 4), ("Mul", 4)]);
    let islet: BTreeMap<_, _> = unet.clone().into_iter().chain(gates).collect();
    let article: BTreeMap<_, _> = islet.clone().into_iter().chain([("BatchNormalization", 19), ("Relu", 30)]).collect();
    // Parameters with statistics as Keras counts them (tests/golden/parity.py).
    for (preset, expected, parameters) in
        [(Preset::Unet, unet, 1_968_513), (Preset::Islet, islet, 2_001_517), (Preset::Article, article, 7_951_369)]
    {
        let model = exported(&preset.config());
        let graph = model.graph.as_ref().unwrap();
        assert_eq!(counts(graph), expected, "{}", preset.name());
        let numbers: i64 = graph.initializer.iter().map(|t| t.dims.iter().product::<i64>()).sum();
        assert_eq!(numbers, parameters + 4, "{} and the four factors of the upsampling", preset.name());
        assert!(graph.initializer.iter().all(|t| t.raw_data.len() as i64 == 4 * t.dims.iter().product::<i64>()));
        assert_eq!((model.ir_version, model.opset_import[0].version), (8, 17));
    }
}

#[test]
fn a_graph_says_what_it_takes_and_gives() {
    let model = exported(&Preset::Islet.config());
    let graph = model.graph.unwrap();
    let described =
        |values: &[ValueInfo]| values.iter().map(|v| format!("{} {}", v.name, dims(v).join(" "))).collect::<Vec<_>>();
    assert_eq!(described(&graph.input), ["input N 3 H W"]);
    let outputs = [
        "logits N 1 H W",
        "probability N 1 H W",
        "attention_0 N 1 H/8 W/8",
        "attention_1 N 1 H/4 W/4",
        "attention_2 N 1 H/2 W/2",
        "attention_3 N 1 H W",
    ];
    assert_eq!(described(&graph.output), outputs);
    let shape = |name: &str| graph.initializer.iter().find(|t| t.name == name).unwrap().dims.clone();
    assert_eq!(shape("encoder.0.conv1.weight"), [16, 3, 3, 3]);
    assert_eq!(shape("decoder.0.conv1.weight"), [128, 384, 3, 3], "skip and signal: 128 + 256");
    assert_eq!(shape("gates.3.theta.weight"), [8, 16, 1, 1], "half as wide as the skip");
    let metadata: BTreeMap<_, _> = model.metadata_props.into_iter().map(|e| (e.key, e.value)).collect();
    let expected: BTreeMap<_, _> = passport(Preset::Islet.config()).to_metadata();
    assert_eq!(metadata, expected);

    // Every value is made once, and before it is used.
    let mut made: BTreeSet<&str> = graph.initializer.iter().map(|t| t.name.as_str()).collect();
    made.extend(["input", ""]);
    for node in &graph.node {
        assert!(node.input.iter().all(|name| made.contains(name.as_str())), "{} takes {:?}", node.name, node.input);
        assert!(node.output.iter().all(|name| made.insert(name)), "{} is made twice", node.name);
    }
    assert!(graph.output.iter().all(|value| made.contains(value.name.as_str())));
}

#[test]
fn several_organs_leave_by_a_softmax_over_the_channels() {
    let graph = exported(&Preset::Tiny.config().for_organs(3)).graph.unwrap();
    let outputs: Vec<String> = graph.output.iter().map(|v| format!("{} {}", v.name, dims(v).join(" "))).collect();
    assert_eq!(outputs[..2], ["logits N 4 H W", "probability N 4 H W"]);
    let last = graph.node.last().unwrap();
    assert_eq!(
        (last.op_type.as_str(), &last.input[..], &last.output[..]),
        ("Softmax", &["logits".to_owned()][..], &["probability".to_owned()][..])
    );
    assert_eq!((last.attribute[0].name.as_str(), last.attribute[0].i), ("axis", 1));
    assert_eq!(counts(&graph)["Sigmoid"], 2, "those of the gates");
}

#[test]
fn group_norm_takes_a_later_set_of_operators() {
    let model = exported(&ModelConfig { norm: Norm::Group { groups: 2 }, ..Preset::Tiny.config() });
    assert_eq!(
        (model.ir_version, model.opset_import[0].version),
        (10, 21),
        "GroupNormalization is ill-defined before 21"
    );
    assert_eq!(counts(&model.graph.unwrap())["GroupNormalization"], 5 * 2);
}

#[test]
fn export_writes_a_file_that_reads_again() {
    let folder = tempfile::tempdir().unwrap();
    let (model, graph) = (folder.path().join("model.safetensors"), folder.path().join("model.onnx"));
    fs::write(&model, random_file(&Preset::Tiny.config(), Precision::F16)).unwrap();
    ok(&run("export", &["--model", text(&model), "--output", text(&graph)]));
    let written = Model::decode(&fs::read(&graph).unwrap()[..]).unwrap();
    // Three levels: two gates, the deeper one at half the input's size.
    let outputs: Vec<_> = written.graph.unwrap().output.iter().map(|v| v.name.clone()).collect();
    assert_eq!(outputs, ["logits", "probability", "attention_0", "attention_1"]);
    let refused = run("export", &["--model", text(&graph), "--output", text(&folder.path().join("x.onnx"))]);
    assert_eq!(refused.status.code(), Some(3), "{refused:?}");
}
