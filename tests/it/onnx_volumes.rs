//! The ONNX export of networks of volumes: graphs held to figures counted by hand. What ONNX Runtime computes of them is
//! checked by tests/golden/onnx_volumes_check.py.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use islet::nn::model::metadata::Training;
use islet::nn::model::onnx::proto::{Graph, Model, ValueInfo};
use islet::nn::model::weights::Precision;
use islet::nn::volume::{
    NetworkPlan, OutputChannel, VolumeModelFile, VolumePassport, VolumePreset, onnx, training_pipeline,
};
use prost::Message;

use super::cli::{ok, run, text};
use super::networks::state_dict;

pub(super) fn model_file(preset: VolumePreset, base_filters: usize, organs: &[&str]) -> VolumeModelFile {
    let network = preset.description(base_filters, 1 + organs.len());
    let weights = state_dict(&network.graph());
    let names = ["background"].into_iter().chain(organs.iter().copied());
    let plan = NetworkPlan {
        network,
        pipeline: training_pipeline(2.0, [32; 3]),
        outputs: (0..).zip(names).map(|(value, name)| OutputChannel { name: name.into(), value }).collect(),
        regions_order: None,
        folds: 1,
    };
    let passport = VolumePassport {
        labels: plan.labels(),
        cascade: None,
        training: Training::default(),
        sources: Vec::new(),
        license: "CC0".into(),
        version: "0".into(),
    };
    VolumeModelFile::of_training(passport, plan, weights).unwrap()
}

fn exported(file: &VolumeModelFile) -> Model {
    Model::decode(&onnx::encode(file).unwrap()[..]).unwrap()
}

fn counts(graph: &Graph) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    for node in &graph.node {
        *counts.entry(node.op_type.as_str()).or_default() += 1;
    }
    counts
}

fn described(values: &[ValueInfo]) -> Vec<String> {
    let describe = |value: &ValueInfo| {
        let tensor = value.value_type.as_ref().unwrap().tensor_type.as_ref().unwrap();
        let dims = tensor.shape.as_ref().unwrap().dim.iter();
        let dims = dims.map(|dim| dim.dim_param.clone().unwrap_or_else(|| dim.dim_value.unwrap().to_string()));
        format!("{} {}", value.name, dims.collect::<Vec<_>>().join(" "))
    };
    values.iter().map(describe).collect()
}

/// Nine blocks of two convolutions with norm and ReLU, four poolings, four upsamplings; four heads, three of which are
/// resized, and the one over all of them. Three skips have two gates each: theta, phi and psi, a sum, a ReLU, a sigmoid,
/// an upsampling, the product, W with its norm; and a convolution with norm and ReLU that combines them. The gating step
/// is one more.
#[test]
fn the_graphs_have_the_operations_of_the_networks() {
    let of = |pairs: &[(&'static str, usize)]| pairs.iter().copied().collect::<BTreeMap<_, _>>();
    let unet = of(&[
        ("Conv", 9 * 2 + 4 + 1),
        ("BatchNormalization", 9 * 2),
        ("Relu", 9 * 2),
        ("MaxPool", 4),
        ("Resize", 4 + 3),
        ("Concat", 4 + 1),
        ("Softmax", 1),
    ]);
    let gates = of(&[
        ("Conv", 23 + 3 * (2 * 4 + 1) + 1),
        ("BatchNormalization", 18 + 3 * (2 + 1) + 1),
        ("Relu", 18 + 3 * (2 + 1) + 1),
        ("Resize", 7 + 3 * 2),
        ("Concat", 5 + 3),
        ("Sigmoid", 3 * 2),
        ("Add", 3 * 2),
        ("Mul", 3 * 2),
    ]);
    let paper: BTreeMap<_, _> = unet.clone().into_iter().chain(gates).collect();
    // One convolution, then eight on the way down and four that lower the resolution, six on the way up, the block of the
    // output and its head. Each but the head has a norm, and an ELU unless it is the first; nine sums have one too.
    let vnet = of(&[
        ("Conv", 1 + 8 + 4 + 6 + 1 + 1),
        ("ConvTranspose", 4),
        ("BatchNormalization", 20 + 4),
        ("Elu", 19 + 4 + 9),
        ("Add", 9),
        ("Concat", 4),
        ("Softmax", 1),
    ]);
    for (preset, expected) in
        [(VolumePreset::Paper, paper), (VolumePreset::PaperUnet, unet), (VolumePreset::Vnet, vnet)]
    {
        let model = exported(&model_file(preset, 2, &["pancreas"]));
        assert_eq!(counts(model.graph.as_ref().unwrap()), expected, "{}", preset.name());
        assert_eq!((model.ir_version, model.opset_import[0].version), (8, 17));
    }
    // As published, with running statistics; each of 13 resizings has five factors.
    let model = exported(&model_file(VolumePreset::Paper, 16, &["spleen", "pancreas", "liver"]));
    let initializer = &model.graph.as_ref().unwrap().initializer;
    let numbers: i64 = initializer.iter().map(|tensor| tensor.dims.iter().product::<i64>()).sum();
    assert_eq!(numbers, 6_478_122 + 13 * 5);
}

#[test]
fn a_graph_says_what_it_takes_and_gives() {
    let file = model_file(VolumePreset::Paper, 4, &["pancreas", "spleen"]);
    let model = exported(&file);
    let graph = model.graph.unwrap();
    assert_eq!(described(&graph.input), ["input N 1 D H W"]);
    let mut expected = vec!["logits N 3 D H W".to_owned(), "probability N 3 D H W".into()];
    let attention = ["D/8 H/8 W/8", "D/8 H/8 W/8", "D/4 H/4 W/4", "D/4 H/4 W/4", "D/2 H/2 W/2", "D/2 H/2 W/2"];
    expected.extend(attention.iter().enumerate().map(|(gate, dims)| format!("attention_{gate} N 1 {dims}")));
    assert_eq!(described(&graph.output), expected);
    let metadata: BTreeMap<_, _> = model.metadata_props.into_iter().map(|e| (e.key, e.value)).collect();
    assert_eq!(metadata, file.to_metadata());

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
fn what_a_graph_cannot_hold_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let [path, graph] = ["model.safetensors", "model.onnx"].map(|name| folder.path().join(name));
    let file = model_file(VolumePreset::PaperUnet, 1, &["pancreas"]);
    fs::write(&path, file.write(Precision::F16).unwrap()).unwrap();
    ok(&run("export", &["--model", text(&path), "--onnx", text(&graph)]));
    assert!(Model::decode(&fs::read(&graph).unwrap()[..]).is_ok());

    let mut folds = file.clone();
    folds.networks[0].plan.folds = 2;
    let weights = folds.networks[0].folds[0].clone();
    folds.networks[0].folds.push(weights);
    fs::remove_file(&graph).unwrap();
    fs::write(&path, folds.write(Precision::F16).unwrap()).unwrap();
    let refused = run("export", &["--model", text(&path), "--onnx", text(&graph)]);
    assert_eq!(refused.status.code(), Some(3));
    let err = String::from_utf8_lossy(&refused.stderr);
    assert!(err.contains("2 folds") && !graph.exists(), "{err}");

    let mut cascade = file;
    let network = cascade.networks[0].clone();
    cascade.networks.push(network);
    let refusal = onnx::encode(&cascade).unwrap_err();
    assert!(refusal.to_string().contains("cascade of 2 networks"), "{refusal}");
}
