//! A gate held open: the network computes what it would if that gate's own weights let everything through.

use std::fs;
use std::path::Path;

use burn::tensor::Device;
use islet::core::mask::Mask;
use islet::core::volume::{Geometry, Volume};
use islet::formats::nifti;
use islet::nn::cpu::CpuNetwork;
use islet::nn::device::{DeviceNetwork, NetworkDevice};
use islet::nn::model::state_dict::StateDict;
use islet::nn::model::weights::{ModelFile, Precision};
use islet::nn::network::{Layer, MapIndex, NetworkDescription, NetworkGraph};
use islet::nn::volume::{EngineChoice, StoredVolumeModel, VolumeModel, VolumeModelFile, VolumePreset};
use pollster::block_on;
use serde_json::Value;

use super::cli::{ok, run, text};
use super::networks::{given, state_dict};
use super::onnx_volumes::model_file;

const OF_VOLUMES: &str = "www/models/pancreas-3d-phantoms.safetensors";
const OF_SLICES: &str = "www/models/pancreas.safetensors";

/// The name of the convolution that gives a gate's coefficients before they are brought to the resolution of the skip
/// connection.
fn psi(graph: &NetworkGraph, gate: usize) -> String {
    let maker = |map: MapIndex| &graph.layers[map.0 - 1];
    match maker(graph.attention[gate]) {
        Layer::ResizeLinear { input, .. } | Layer::ResizeNearest { input, .. } => match maker(*input) {
            Layer::Conv(conv) => conv.name.clone(),
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

/// The weights with which a gate's coefficients are 1 everywhere: the sigmoid of 100 is that in single precision.
fn let_through(mut weights: StateDict, psi: &str) -> StateDict {
    for (part, value) in [("weight", 0.0), ("bias", 100.0)] {
        weights.0.get_mut(&format!("{psi}.{part}")).unwrap().values.fill(value);
    }
    weights
}

fn largest_difference(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

/// Networks with gates of both kinds: two for each skip connection with convolutions between, and one that the decoder reads.
fn gated() -> [NetworkDescription; 2] {
    let paper = NetworkDescription::paper(2, 3, true);
    let mut single = paper.clone();
    if let Some(gates) = &mut single.gates {
        gates.combined = 0;
    }
    [paper, single]
}

#[test]
fn a_network_with_an_open_gate_is_the_one_whose_gate_lets_everything_through() {
    for (kind, description) in gated().into_iter().enumerate() {
        let (graph, dims) = (description.graph(), [32; 3]);
        let weights = state_dict(&graph);
        let input = given("open gate", 32 * 32 * 32);
        let as_it_is = CpuNetwork::new(&graph, &weights).features(&input, dims);
        assert_eq!(graph.attention.len(), [6, 3][kind]);
        for gate in 0..graph.attention.len() {
            let open = graph.with_open_gate(gate).unwrap();
            assert_eq!(open.layers.len() + 1, graph.layers.len());
            assert_eq!(open.parameter_shapes(), graph.parameter_shapes());
            let forced = let_through(weights.clone(), &psi(&graph, gate));
            let expected = CpuNetwork::new(&graph, &forced).features(&input, dims);
            let found = CpuNetwork::new(&open, &weights).features(&input, dims);
            let largest = expected.values.iter().fold(0.0_f32, |most, value| most.max(value.abs()));
            let off = |values: &[f32]| largest_difference(values, &expected.values) / largest;
            assert!(off(&found.values) < 1e-6, "kind {kind}, gate {gate}: off by {}", off(&found.values));
            assert!(off(&as_it_is.values) > 1e-4, "gate {gate} of kind {kind} changes nothing");
            // Its own coefficients are still computed, and those of the others follow from the opened one.
            for (other, alpha) in found.attention.iter().enumerate() {
                let expected = if other == gate { &as_it_is.attention[gate] } else { &expected.attention[other] };
                assert!(largest_difference(alpha, expected) < 1e-6, "gate {gate}, attention of {other}");
            }
            let device = NetworkDevice { device: Device::flex(), most_buffer_bytes: 1 << 20 };
            let on_device = block_on(DeviceNetwork::new(&open, &weights, &device).features(&input, dims)).unwrap();
            assert!(off(&on_device.values) < 1e-4, "on a device, gate {gate}: off by {}", off(&on_device.values));
        }
    }
}

#[test]
fn a_gate_that_the_network_does_not_have_is_refused() {
    let paper = NetworkDescription::paper(1, 2, true).graph();
    assert!(paper.with_open_gate(5).is_ok());
    let refused = paper.with_open_gate(6).unwrap_err().to_string();
    assert!(refused.contains("gate 7") && refused.contains("1 to 6"), "{refused}");
    let refused = NetworkDescription::vnet(2).graph().with_open_gate(0).unwrap_err().to_string();
    assert!(refused.contains("no attention gates"), "{refused}");
    let file = model_file(VolumePreset::Paper, 1, &["pancreas"]);
    assert!(VolumeModel::with_open_gate(file, &EngineChoice::Cpu, 6).is_err());
    let slices = ModelFile::read(&fs::read(OF_SLICES).unwrap()).unwrap().load(&Device::flex()).for_inference();
    assert!(slices.with_open_gate(4).unwrap_err().to_string().contains("1 to 4"));
}

#[test]
fn a_model_that_stays_in_its_file_holds_the_same_gate_open() {
    let affine = [[-2.0, 0.0, 0.0, 0.0], [0.0, -2.0, 0.0, 0.0], [0.0, 0.0, 2.0, 0.0]];
    let hu = (0..32 * 32 * 32).map(|voxel| (voxel % 701) as i16 - 300).collect();
    let scan = Volume { hu, dims: [32; 3], geometry: Some(Geometry { affine }), calibrated: true };
    let file = model_file(VolumePreset::Paper, 1, &["pancreas"]);
    let bytes = file.write(Precision::F32).unwrap();
    let file = VolumeModelFile::read(&bytes).unwrap();
    let explained = |model: VolumeModel| block_on(model.segment_explained(scan.clone(), 1, |_| ())).unwrap();
    let closed = explained(VolumeModel::new(file.clone()));
    let opened = explained(VolumeModel::with_open_gate(file, &EngineChoice::Cpu, 2).unwrap());
    assert_ne!(closed.probability, opened.probability);
    let stored = StoredVolumeModel::new(bytes.clone().into()).unwrap().with_open_gate(2).unwrap();
    assert_eq!(block_on(stored.segment_explained(scan.clone(), 1, |_| ())).unwrap(), opened);
    let whole = StoredVolumeModel::new(bytes.clone().into()).unwrap().with_open_gate(2).unwrap();
    assert_eq!(block_on(whole.segment_region(scan.clone(), 1, |_| ())).unwrap(), opened);
    assert!(StoredVolumeModel::new(bytes.into()).unwrap().with_open_gate(6).is_err());
}

fn mask_of(path: &Path) -> Mask {
    nifti::read_mask("mask", &fs::read(path).unwrap()).unwrap().0
}

/// Writes the file of a model whose gate lets everything through.
fn write_let_through(model: &str, psi_of: impl Fn(&VolumeModelFile) -> String, to: &Path) {
    let mut file = VolumeModelFile::read(&fs::read(model).unwrap()).unwrap();
    let psi = psi_of(&file);
    let weights = std::mem::take(&mut file.networks[0].folds[0]);
    file.networks[0].folds[0] = let_through(weights, &psi);
    fs::write(to, file.write(Precision::F32).unwrap()).unwrap();
}

#[test]
fn predict_writes_the_mask_with_the_gate_open_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let phantom = folder.path().join("phantom");
    ok(&run("phantom", &["--output", text(&phantom), "--cases", "1", "--seed", "5000"]));
    let scan = phantom.join("Pancreas-CT");
    let [volumes, slices] = ["volumes", "slices"].map(|name| folder.path().join(format!("{name}.safetensors")));
    // The finest gates, which are the last.
    write_let_through(OF_VOLUMES, |file| psi(&file.networks[0].plan.network.graph(), 5), &volumes);
    let mut file = ModelFile::read(&fs::read(OF_SLICES).unwrap()).unwrap();
    file.values = let_through(std::mem::take(&mut file.values), "gates.3.psi");
    fs::write(&slices, file.write(Precision::F32).unwrap()).unwrap();

    let report = folder.path().join("report.json");
    let predicted = |name: &str, model: &str, more: &[&str]| {
        let output = folder.path().join(format!("{name}.nii.gz"));
        let given = ["--model", model, "--input", text(&scan), "--output", text(&output), "--report", text(&report)];
        let said = ok(&run("predict", &[&given[..], more].concat()));
        let report: Value = serde_json::from_slice(&fs::read(&report).unwrap()).unwrap();
        (mask_of(&output), said, report)
    };
    for (model, forced, gate) in [(OF_VOLUMES, &volumes, "6"), (OF_SLICES, &slices, "4")] {
        let (plain, said, json) = predicted("plain", model, &[]);
        assert!(!said.contains("held open") && json.get("open_gate").is_none());
        let (expected, ..) = predicted("expected", text(forced), &[]);
        let (found, said, json) = predicted("found", model, &["--open-gate", gate]);
        assert!(said.contains(&format!("gate {gate} was held open")), "{said}");
        assert_eq!(json["open_gate"].to_string(), gate);
        assert_ne!(found.labels, plain.labels, "{model}");
        let differing = found.labels.iter().zip(&expected.labels).filter(|(a, b)| a != b).count();
        assert!(differing <= found.labels.len() / 100_000, "{model}: {differing} voxels differ");
        assert_eq!(json["voxels"], found.labels.iter().filter(|label| **label != 0).count());
    }

    // DICOM files say it too, and what cannot be done is refused before anything is computed.
    let seg = folder.path().join("mask.dcm");
    let given = ["--model", OF_SLICES, "--input", text(&scan), "--open-gate", "4", "--output", text(&seg)];
    ok(&run("predict", &given));
    let bytes = fs::read(&seg).unwrap();
    let says = b", gate 4 held open";
    assert!(bytes.windows(says.len()).any(|part| part == says), "the SEG is silent");
    let refused = |gate: &str, code: i32, says: &str| {
        let given = ["--model", OF_SLICES, "--input", text(&scan), "--open-gate", gate, "--output", text(&seg)];
        let output = run("predict", &given);
        let err = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{err}");
        assert!(err.contains(says), "{err}");
    };
    refused("5", 3, "expected 1 to 4");
    refused("0", 2, "--open-gate");
}
