//! The engine for devices equals our kernels for the CPU, on networks of every kind.

use islet::core::volume::{Geometry, Volume};
use islet::imaging::volume_pipeline::patch_sum::SumPrecision;
use islet::nn::cpu::CpuNetwork;
use islet::nn::device::{DeviceNetwork, NetworkDevice};
use islet::nn::model::config::{ModelConfig, Preset};
use islet::nn::network::{Activation, BlockKind, NetworkDescription, NormKind, StageDescription};
use islet::nn::volume::{EngineChoice, VolumeModel, VolumePreset, trial_deviation};
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::networks::{given, networks, state_dict};
use super::onnx_volumes::model_file;
use super::other_device::other_device;

fn device(most_buffer_bytes: usize) -> NetworkDevice {
    NetworkDevice { device: other_device(), most_buffer_bytes }
}

fn assert_close(name: &str, ours: &[f32], theirs: &[f32]) {
    assert_eq!(ours.len(), theirs.len(), "{name}");
    let largest = theirs.iter().fold(0.0_f32, |most, value| most.max(value.abs()));
    let worst = ours.iter().zip(theirs).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(worst <= 1e-4 * largest, "{name}: off by {worst}, the largest value is {largest}");
}

/// Features and attention of both engines for an input of `dims`, with buffers of at most `most_buffer_bytes`.
fn compare(name: &str, description: &NetworkDescription, dims: [usize; 3], most_buffer_bytes: usize) {
    let graph = description.graph();
    let state = state_dict(&graph);
    let input = given(name, description.in_channels * dims.iter().product::<usize>());
    let cpu = CpuNetwork::new(&graph, &state);
    let device = DeviceNetwork::new(&graph, &state, &device(most_buffer_bytes));
    let theirs = cpu.features(&input, dims);
    let ours = pollster::block_on(device.features(&input, dims)).unwrap();
    assert_eq!(ours.channels, theirs.channels, "{name}");
    assert_close(name, &ours.values, &theirs.values);
    assert_eq!(device.head().classify(&theirs.values), cpu.classify(&theirs.values), "{name}");
    let expected = cpu.forward(&input, dims, None).attention;
    assert_eq!(theirs.attention, expected, "{name}: one run gives features and attention");
    assert_eq!(ours.attention.len(), expected.len(), "{name}");
    for (ours, theirs) in ours.attention.iter().zip(&expected) {
        assert_close(name, ours, theirs);
    }
}

#[test]
fn published_networks_are_the_same_on_a_device() {
    for (name, description) in networks() {
        let divisor = description.divisor();
        let factors = if name == "vnet" { [1, 1, 2] } else { [1, 2, 3] };
        compare(name, &description, [0, 1, 2].map(|axis| factors[axis] * divisor[axis]), usize::MAX);
    }
    for preset in [Preset::Article, Preset::Islet] {
        let description = ModelConfig { base_filters: 4, ..preset.config() }.description();
        let [_, y, x] = description.divisor();
        compare(preset.name(), &description, [1, 2 * y, 3 * x], usize::MAX);
    }
}

#[test]
fn maps_in_slabs_of_channels_are_the_same() {
    for (name, description) in networks().into_iter().filter(|(name, _)| *name != "vnet") {
        let divisor = description.divisor();
        let dims = divisor.map(|divisor| 2 * divisor);
        // Three channels at full resolution, which is no multiple of any network's channels.
        compare(name, &description, dims, 3 * 4 * dims.iter().product::<usize>());
    }
    // V-Net repeats the channels of its input, and joins what a residual sum reads again.
    let vnet = VolumePreset::Vnet.description(4, 2);
    compare("small vnet", &vnet, [16, 16, 32], 3 * 4 * 16 * 16 * 32);
}

/// A network with options drawn by a seed, and the sides of an input for it.
fn drawn(seed: u64) -> (NetworkDescription, [usize; 3]) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let rank = rng.random_range(2..=3);
    let along_z = |rng: &mut ChaCha8Rng, sizes: &[usize]| if rank == 2 { 1 } else { *sizes.choose(rng).unwrap() };
    let stages = (0..rng.random_range(2..=4)).map(|stage: usize| StageDescription {
        features: 4 * rng.random_range(1..=4),
        kernel: [along_z(&mut rng, &[1, 3]), 3, if rng.random() { 3 } else { 5 }],
        stride: if stage == 0 { [1; 3] } else { [along_z(&mut rng, &[1, 2, 3]), 2, rng.random_range(1..=3)] },
        encoder_convs: rng.random_range(1..=3),
        decoder_convs: rng.random_range(1..=2),
    });
    let stages = stages.collect();
    let block = if rng.random() { BlockKind::Plain } else { BlockKind::Residual };
    let channels = [rng.random_range(1..=3), rng.random_range(2..=5)];
    let described = NetworkDescription::nnunet(rank, channels, block, stages);
    let norms = [
        NormKind::Instance { epsilon: 1e-5 },
        NormKind::Batch { epsilon: 1e-5 },
        NormKind::Group { groups: 2, epsilon: 1e-5 },
    ];
    let activations = [Activation::LeakyRelu { slope: 0.01 }, Activation::Relu, Activation::Elu];
    let activation = *activations.choose(&mut rng).unwrap();
    let description = NetworkDescription {
        norm: *norms.choose(&mut rng).unwrap(),
        activation,
        activation_first: activation != Activation::Elu && rng.random(),
        conv_bias: rng.random(),
        ..described
    };
    let dims = description.divisor().map(|divisor| divisor * rng.random_range(2..=3));
    (description, if rank == 2 { [1, dims[1], dims[2]] } else { dims })
}

#[test]
fn random_networks_are_the_same_on_a_device() {
    for seed in 0..24 {
        let (description, dims) = drawn(seed);
        description.check().unwrap();
        let slabs = 5 * 4 * dims.iter().product::<usize>();
        compare(
            &format!("network {seed} on {dims:?}"),
            &description,
            dims,
            if seed % 2 == 0 { usize::MAX } else { slabs },
        );
    }
}

#[test]
fn a_scan_has_the_same_labels_whatever_runs_the_model() {
    let affine = [[-2.0, 0.0, 0.0, 0.0], [0.0, -2.0, 0.0, 0.0], [0.0, 0.0, 2.0, 0.0]];
    let hu = (0..40 * 36 * 33).map(|voxel| (voxel * voxel % 701) as i16 - 300).collect();
    let scan = Volume { hu, dims: [40, 36, 33], geometry: Some(Geometry { affine }), calibrated: true };
    for preset in [VolumePreset::Paper, VolumePreset::PaperUnet] {
        let mut file = model_file(preset, 2, &["pancreas", "spleen"]);
        file.networks[0].plan.pipeline.mirror_axes = vec![0, 2];
        let cpu = VolumeModel::new(file.clone());
        let on_device = VolumeModel::on(file.clone(), &EngineChoice::Device(device(1 << 18)));
        let trial = |model: &VolumeModel| pollster::block_on(model.trial()).unwrap();
        let expected = trial(&cpu);
        let deviation = trial_deviation(&trial(&on_device), &expected);
        assert!((0.0..1e-4).contains(&deviation), "{}: {deviation}", preset.name());
        let segment = |model: &VolumeModel| {
            let mut patches = Vec::new();
            let heard = |progress| patches.push(progress);
            let mask = pollster::block_on(model.segment(&scan, SumPrecision::Single, heard)).unwrap();
            (mask, patches)
        };
        let ((theirs, their_patches), (ours, our_patches)) = (segment(&cpu), segment(&on_device));
        assert_eq!(our_patches, their_patches);
        let wrong = ours.labels.iter().zip(&theirs.labels).filter(|(a, b)| a != b).count();
        assert!(wrong * 1000 <= ours.labels.len(), "{}: {wrong} voxels differ", preset.name());
        assert_eq!(file.largest_buffer_bytes(), 4 * 32 * 32 * 32);
        // Other weights are found out, and so is what is no number.
        for value in [0.5, f32::NAN] {
            let mut other = file.clone();
            other.networks[0].folds[0].0.values_mut().for_each(|tensor| tensor.values[0] = value);
            let other = VolumeModel::on(other, &EngineChoice::Device(device(1 << 18)));
            assert!(trial_deviation(&trial(&other), &expected) > 1e-3);
        }
    }
}
