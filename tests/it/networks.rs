//! Networks by their descriptions: PyTorch computes the same, layer by layer and as a whole.

use std::collections::BTreeMap;

use islet::nn::cpu::CpuNetwork;
use islet::nn::model::state_dict::{StateDict, TensorValues};
use islet::nn::network::{
    Activation, AppliedNorm, BlockKind, ConvInput, ConvLayer, Layer, MapIndex, NetworkDescription, NetworkGraph,
    NormKind, Sampling, StageDescription,
};
use safetensors::SafeTensors;
use serde::Deserialize;

use super::model::{scaled, values};

/// Written by tests/golden/networks.py with PyTorch.
const GOLDEN: &[u8] = include_bytes!("../golden/networks.safetensors");

/// How a case of the golden file is computed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct GoldenCase {
    channels: Vec<usize>,
    out: usize,
    kernel: [usize; 3],
    stride: [usize; 3],
    size: Vec<usize>,
}

pub(super) struct Golden {
    tensors: SafeTensors<'static>,
    cases: BTreeMap<String, GoldenCase>,
    step: usize,
}

impl Golden {
    pub(super) fn read() -> Self {
        let (_, header) = SafeTensors::read_metadata(GOLDEN).unwrap();
        let entry = |key: &str| header.metadata().as_ref().unwrap()[key].clone();
        let cases = serde_json::from_str(&entry("cases")).unwrap();
        Self { tensors: SafeTensors::deserialize(GOLDEN).unwrap(), cases, step: entry("step").parse().unwrap() }
    }

    /// Compares every value that the file holds; at most 1e-4 of the largest.
    pub(super) fn assert_close(&self, name: &str, ours: &[f32]) {
        let bytes = self.tensors.tensor(name).unwrap().data();
        let theirs: Vec<f32> = bytes.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect();
        let ours: Vec<f32> = ours.iter().step_by(self.step).copied().collect();
        assert_eq!(ours.len(), theirs.len(), "{name}");
        let largest = theirs.iter().fold(0.0_f32, |most, value| most.max(value.abs()));
        let worst = ours.iter().zip(&theirs).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(worst <= 1e-4 * largest, "{name}: off by {worst}, the largest value is {largest}");
    }

    /// The sides of a network's input.
    pub(super) fn dims(&self, name: &str) -> [usize; 3] {
        dims(&self.cases[name].size)
    }
}

/// Uniform in [-0.5, 0.5), as `given` in networks.py.
pub(super) fn given(name: &str, count: usize) -> Vec<f32> {
    values(name, count).into_iter().map(|value| value - 0.5).collect()
}

pub(super) fn state_dict(graph: &NetworkGraph) -> StateDict {
    let tensor = |(name, shape): (String, Vec<usize>)| {
        let values = scaled(&name, &shape);
        (name, TensorValues { shape, values })
    };
    StateDict(graph.parameter_shapes().into_iter().map(tensor).collect())
}

/// The sides `[z, y, x]` of a size that may have two.
fn dims(size: &[usize]) -> [usize; 3] {
    if let [y, x] = *size { [1, y, x] } else { [size[0], size[1], size[2]] }
}

pub(super) fn nnunet(
    block: BlockKind,
    rank: usize,
    stages: [([usize; 3], [usize; 3], usize, usize); 3],
) -> NetworkDescription {
    let stage = |(kernel, stride, features, encoder_convs)| StageDescription {
        features,
        kernel,
        stride,
        encoder_convs,
        decoder_convs: 1,
    };
    NetworkDescription::nnunet(rank, [2, 3], block, stages.into_iter().map(stage).collect())
}

pub(super) fn networks() -> [(&'static str, NetworkDescription); 6] {
    let (cube, flat) = ([3; 3], [1, 3, 3]);
    let plain = [(flat, [1; 3], 8, 2), (cube, [1, 2, 2], 16, 2), (cube, [2; 3], 24, 3)];
    let residual = [(cube, [1; 3], 8, 1), (cube, [2; 3], 16, 2), (cube, [1, 2, 2], 20, 2)];
    let plain_2d = [(flat, [1; 3], 8, 2), (flat, [1, 2, 2], 16, 2), (flat, [1, 2, 2], 24, 2)];
    [
        ("paper", NetworkDescription::paper(8, 4, true)),
        ("paper-unet", NetworkDescription::paper(8, 4, false)),
        ("vnet", NetworkDescription::vnet(2)),
        ("plain", nnunet(BlockKind::Plain, 3, plain)),
        ("residual", nnunet(BlockKind::Residual, 3, residual)),
        ("plain-2d", nnunet(BlockKind::Plain, 2, plain_2d)),
    ]
}

#[test]
fn networks_compute_what_pytorch_computes() {
    let golden = Golden::read();
    for (name, description) in networks() {
        let graph = description.graph();
        let size = dims(&golden.cases[name].size);
        let count = description.in_channels * size.iter().product::<usize>();
        let network = CpuNetwork::new(&graph, &state_dict(&graph));
        let input = given(&format!("{name}.input"), count);
        let output = network.forward(&input, size, None);
        golden.assert_close(&format!("{name}.logits"), &output.logits);
        for (i, alpha) in output.attention.iter().enumerate() {
            golden.assert_close(&format!("{name}.attention.{i}"), alpha);
        }
        assert_eq!(output.attention.len(), if name == "paper" { 6 } else { 0 });
        let rows = network.features(&input, size);
        let logits = network.classify(&rows.values);
        let voxels = size.iter().product::<usize>();
        let (class, voxel) = (description.classes - 1, voxels / 3);
        assert_eq!(logits[voxel * description.classes + class], output.logits[class * voxels + voxel], "{name}");
    }
}

#[test]
fn networks_have_as_many_parameters_as_published() {
    let count = |description: NetworkDescription| -> usize {
        let shapes = description.graph().parameter_shapes();
        let learned = shapes.iter().filter(|(name, _)| !name.contains("running_"));
        learned.map(|(_, shape)| shape.iter().product::<usize>()).sum()
    };
    assert_eq!(count(NetworkDescription::paper(16, 4, true)), 6_473_322);
    assert_eq!(count(NetworkDescription::paper(16, 4, false)), 5_888_004);
    assert_eq!(count(NetworkDescription::vnet(2)), 45_597_898);
}

/// A network of one layer, whose inputs are parts of the network's input where there are several.
fn single(layer: Layer) -> NetworkGraph {
    NetworkGraph {
        layers: vec![layer],
        features: MapIndex(1),
        head: None,
        attention: Vec::new(),
        decoded: Vec::new(),
        rank: 3,
    }
}

/// A convolution of the network's whole input.
fn conv(name: &str, case: &GoldenCase, inputs: Vec<ConvInput>) -> ConvLayer {
    ConvLayer {
        inputs,
        name: name.to_owned(),
        kernel: case.kernel,
        stride: case.stride,
        out_channels: case.out,
        bias: true,
        norm: None,
        activation: Activation::None,
    }
}

/// A 1 x 1 x 1 convolution that picks some channels of the input, as a layer, and its weights.
fn pick(name: &str, channels: std::ops::Range<usize>, of: usize) -> (Layer, (String, TensorValues)) {
    let input = ConvInput { map: MapIndex(0), channels: of, sampling: Sampling::AsIs };
    let case = GoldenCase { out: channels.len(), kernel: [1; 3], stride: [1; 3], ..GoldenCase::default() };
    let layer = ConvLayer { bias: false, ..conv(name, &case, vec![input]) };
    let mut values = vec![0.0; channels.len() * of];
    channels.enumerate().for_each(|(out, channel)| values[out * of + channel] = 1.0);
    let shape = vec![case.out, of, 1, 1, 1];
    (Layer::Conv(layer), (format!("{name}.weight"), TensorValues { shape, values }))
}

fn run(graph: &NetworkGraph, state: &StateDict, case: &GoldenCase, input: &[f32]) -> Vec<f32> {
    CpuNetwork::new(graph, state).forward(input, dims(&case.size), None).logits
}

#[test]
fn convolutions_of_every_kind_equal_pytorch() {
    let golden = Golden::read();
    for (name, case) in golden.cases.iter().filter(|(name, _)| name.starts_with("conv.")) {
        let voxels: usize = case.size.iter().product();
        let input: Vec<f32> = (0..case.channels.len())
            .flat_map(|part| given(&format!("{name}.input.{part}"), case.channels[part] * voxels))
            .collect();
        let of: usize = case.channels.iter().sum();
        let (mut layers, mut picked, mut first) = (Vec::new(), BTreeMap::new(), 0);
        let mut inputs = Vec::new();
        for (part, &channels) in case.channels.iter().enumerate() {
            let (layer, weights) = pick(&format!("pick{part}"), first..first + channels, of);
            layers.push(layer);
            picked.extend([weights]);
            inputs.push(ConvInput { map: MapIndex(part + 1), channels, sampling: Sampling::AsIs });
            first += channels;
        }
        layers.push(Layer::Conv(conv(name, case, inputs)));
        let graph = NetworkGraph {
            features: MapIndex(layers.len()),
            layers,
            head: None,
            attention: Vec::new(),
            decoded: Vec::new(),
            rank: 3,
        };
        let mut state = state_dict(&graph);
        state.0.extend(picked);
        golden.assert_close(name, &run(&graph, &state, case, &input));
    }
}

#[test]
fn transposed_convolutions_and_instance_norm_equal_pytorch() {
    let golden = Golden::read();
    let (input, mut seen) = (MapIndex(0), 0);
    for (name, case) in &golden.cases {
        let kind = name.split('.').next().unwrap();
        let channels = case.channels.first().copied().unwrap_or(0);
        let count = channels * case.size.iter().product::<usize>();
        let mut x = given(&format!("{name}.input"), count);
        let graph = match kind {
            "transposed" => single(Layer::TransposedConv {
                input,
                in_channels: channels,
                out_channels: case.out,
                name: name.clone(),
                stride: case.stride,
                bias: true,
                norm: None,
                activation: Activation::None,
            }),
            "normed" => {
                x.iter_mut().for_each(|value| *value += 40.0);
                let norm = AppliedNorm {
                    name: format!("{name}.norm"),
                    kind: NormKind::Instance { epsilon: 1e-5 },
                    after_activation: false,
                };
                let (Layer::Conv(identity), _) = pick("identity", 0..channels, channels) else { unreachable!() };
                let activation = Activation::LeakyRelu { slope: 0.01 };
                single(Layer::Conv(ConvLayer { norm: Some(norm), activation, ..identity }))
            }
            _ => continue,
        };
        let mut state = state_dict(&graph);
        if kind == "normed" {
            state.0.extend([pick("identity", 0..channels, channels).1]);
        }
        golden.assert_close(name, &run(&graph, &state, case, &x));
        seen += 1;
    }
    assert_eq!(seen, 5);
}

fn with_threads<T: Send>(threads: usize, work: impl FnOnce() -> T + Send) -> T {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(work)
}

#[test]
fn maps_written_over_others_are_the_same_to_the_last_bit() {
    // One thread works in slabs of 8 slices, of which the last has four; 16 threads compute these maps as a whole.
    let (cube, dims) = ([3; 3], [28, 96, 108]);
    for block in [BlockKind::Plain, BlockKind::Residual] {
        let stages = [(cube, [1; 3], 16, 2), (cube, [2; 3], 20, 1), (cube, [1, 2, 2], 24, 1)];
        let description = NetworkDescription { in_channels: 1, ..nnunet(block, 3, stages) };
        let graph = description.graph();
        let [in_slabs, whole] = [1, 16].map(|threads| with_threads(threads, || graph.peak_bytes(1, dims)));
        assert!(in_slabs < whole, "{in_slabs} and {whole} bytes");
        let network = CpuNetwork::new(&graph, &state_dict(&graph));
        let input = given("slabs", dims.iter().product());
        let [in_slabs, whole] = [1, 16].map(|threads| with_threads(threads, || network.features(&input, dims).values));
        assert!(whole.iter().any(|value| *value != whole[0]) && whole.iter().all(|value| value.is_finite()));
        assert!(in_slabs == whole, "{block:?}");
    }
}

#[test]
fn interpolated_maps_that_are_made_in_slabs_are_the_same_to_the_last_bit() {
    // The decoder interpolates the maps of the level below, and the head those of every level.
    let dims = [32, 96, 96];
    for gated in [true, false] {
        let graph = NetworkDescription::paper(16, 3, gated).graph();
        let [in_slabs, whole] = [1, 16].map(|threads| with_threads(threads, || graph.peak_bytes(1, dims)));
        // Without the slabs, all maps of 32 channels at full resolution and four sums of 16 would stand.
        assert!(3 * in_slabs < 2 * whole, "{in_slabs} and {whole} bytes");
        let network = CpuNetwork::new(&graph, &state_dict(&graph));
        let input = given("slabs", dims.iter().product());
        let [in_slabs, whole] = [1, 16].map(|threads| with_threads(threads, || network.forward(&input, dims, None)));
        assert!(whole.logits.iter().any(|value| *value != whole.logits[0]));
        assert!(whole.logits.iter().all(|value| value.is_finite()));
        assert!(in_slabs.logits == whole.logits && in_slabs.attention == whole.attention, "gates: {gated}");
    }
}

#[test]
fn the_memory_of_a_patch_is_known_before_it_is_taken() {
    // A patch of 112 x 112 x 128 voxels of TotalSegmentator's network: with many threads three maps of 32 channels at
    // full resolution stand at once, 588 MiB, and smaller ones. With few, one of 196 MiB and one of 64 channels at half
    // the resolution of 49 MiB do, and slabs of 8 slices a thread, 14 MiB each.
    let stages = [([3; 3], [1; 3], 32, 2), ([3; 3], [2; 3], 64, 2), ([3; 3], [2; 3], 128, 2)];
    let description = NetworkDescription { in_channels: 1, ..nnunet(BlockKind::Plain, 3, stages) };
    let mib = |threads: usize| with_threads(threads, || description.graph().peak_bytes(1, [112, 112, 128]) >> 20);
    assert!((588..650).contains(&mib(16)), "{} MiB", mib(16));
    let [one, two] = [1, 2].map(mib);
    // The last block reads and writes all of them, and 10 or 18 slices that it makes. The patch itself, 98 MiB as maps of 16
    // channels, is laid out slab by slab.
    assert!((290..294).contains(&one) && (331..336).contains(&two), "{one} and {two} MiB");
    assert_eq!(description.graph().feature_channels(), 32);
    assert_eq!(NetworkDescription::paper(16, 4, true).graph().feature_channels(), 4);
}
