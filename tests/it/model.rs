//! The network: parity with Keras, parameter counts, model files, and a step that learns.

mod files;
mod random;

use std::collections::BTreeMap;
use std::ops::Range;

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::activation::sigmoid;
use burn::tensor::{Device, Tensor, TensorData};
use islet::imaging::augment::{AugmentConfig, Sample, augment};
use islet::imaging::preprocess::Input;
use islet::nn::batch::stack_samples;
use islet::nn::cpu::CpuOutput;
use islet::nn::infer::{AttentionOutput, infer};
use islet::nn::model::weights::{ModelFile, Precision, write};
use islet::nn::model::{
    AttentionUnet, Engine, InferenceModel, ModelConfig, ModelOutput, Norm, Preset, probabilities,
    probabilities_of_sample, safetensors_file,
};
use islet::nn::train::TrainState;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};

pub(crate) use self::random::{passport, random_file};

/// Written by tests/golden/parity.py with Keras.
const GOLDEN: &[u8] = include_bytes!("../golden/parity.safetensors");

/// The numbers that stand for a tensor on both sides; see `values` in parity.py.
pub(super) fn values(name: &str, count: usize) -> Vec<f32> {
    let seed = name
        .bytes()
        .fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3));
    let splitmix = |i: u64| {
        let z = seed.wrapping_add(i.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    };
    (1..=count as u64).map(|i| ((splitmix(i) >> 40) as f64 / f64::from(1 << 24)) as f32).collect()
}

pub(super) fn scaled(name: &str, shape: &[usize]) -> Vec<f32> {
    let u = values(name, shape.iter().product());
    let last = name.rsplit('.').next().unwrap();
    let fan_in: usize = shape[1..].iter().product();
    let scale = (6.0 / fan_in as f64).sqrt() as f32;
    let value = |u: f32| match (shape.len(), last) {
        (4 | 5, _) => (2.0 * u - 1.0) * scale,
        (_, "running_var" | "weight") => 0.5 + u,
        _ => 0.4 * (u - 0.5),
    };
    u.into_iter().map(value).collect()
}

pub(super) type Tensors = Vec<(String, Vec<usize>, Vec<f32>)>;

/// The tensors of a model file.
pub(super) fn tensors_of(file: &[u8]) -> Tensors {
    let parsed = SafeTensors::deserialize(file).unwrap();
    let read = |view: &TensorView<'_>| {
        view.data().chunks_exact(4).map(|b| f32::from_le_bytes(b.try_into().unwrap())).collect()
    };
    let mut tensors: Tensors =
        parsed.tensors().iter().map(|(name, view)| (name.clone(), view.shape().to_vec(), read(view))).collect();
    tensors.sort_by(|a, b| a.0.cmp(&b.0));
    tensors
}

pub(super) fn file_of(tensors: &Tensors, metadata: BTreeMap<String, String>) -> Vec<u8> {
    let bytes: Vec<Vec<u8>> =
        tensors.iter().map(|(_, _, v)| v.iter().flat_map(|f| f.to_le_bytes()).collect()).collect();
    let views = tensors
        .iter()
        .zip(&bytes)
        .map(|((name, shape, _), bytes)| (name.clone(), TensorView::new(Dtype::F32, shape.clone(), bytes).unwrap()));
    safetensors::serialize(views, Some(metadata.into_iter().collect())).unwrap()
}

/// A network with the numbers Keras was given, in the tensors that `which` picks by their shapes.
pub(super) fn golden_network(config: &ModelConfig, which: fn(&[usize]) -> bool, device: &Device) -> AttentionUnet {
    let mut tensors = tensors_of(&random_file(config, Precision::F32));
    for (name, shape, data) in tensors.iter_mut().filter(|(_, shape, _)| which(shape)) {
        *data = scaled(name, shape);
    }
    let file = file_of(&tensors, passport(config.clone()).to_metadata());
    ModelFile::read(&file).unwrap().load(device)
}

fn golden(name: &str) -> Vec<f32> {
    let file = SafeTensors::deserialize(GOLDEN).unwrap();
    let view = file.tensor(name).unwrap();
    view.data().chunks_exact(4).map(|b| f32::from_le_bytes(b.try_into().unwrap())).collect()
}

pub(super) fn assert_close(ours: &[f32], theirs: &[f32], what: &str) {
    assert_eq!(ours.len(), theirs.len(), "{what}");
    for (i, (a, b)) in ours.iter().zip(theirs).enumerate() {
        assert!((a - b).abs() <= 1e-4, "{what}: {a} at {i}, expected {b}");
    }
}

#[test]
fn every_preset_computes_what_keras_computes() {
    let device = Device::flex();
    let data = TensorData::new(values("input", 2 * 3 * 32 * 32), [2, 3, 32, 32]);
    // `tiny` is `islet` with other numbers.
    for preset in [Preset::Islet, Preset::Article, Preset::Unet] {
        let name = preset.name();
        let network = golden_network(&preset.config(), |_| true, &device);
        let input = || Tensor::from_data(data.clone(), &device);
        for output in [network.forward(input()), forward(&network.for_inference(), input())] {
            assert_close(&numbers(output.logits), &golden(&format!("{name}.logits")), name);
            assert_eq!(output.attention.len(), if preset == Preset::Unet { 0 } else { 4 });
            for (i, alpha) in output.attention.into_iter().enumerate() {
                let key = format!("{name}.attention.{i}");
                assert_close(&numbers(alpha), &golden(&key), &key);
            }
        }
    }
}

/// A batch through the engine that inference uses, whichever it is.
fn forward(model: &InferenceModel, input: Tensor<4>) -> ModelOutput {
    let network = match model.engine() {
        Engine::Burn(network) => return network.forward(input),
        Engine::Cpu(network) => network,
    };
    let [count, channels, height, width] = input.dims();
    let device = input.device();
    let values = numbers(input);
    let outputs: Vec<CpuOutput> = values
        .chunks_exact(channels * height * width)
        .map(|sample| network.forward(sample, [1, height, width], None))
        .collect();
    let stacked = |maps: Vec<&[f32]>, [height, width]: [usize; 2]| {
        let channels = maps[0].len() / (height * width);
        Tensor::from_data(TensorData::new(maps.concat(), [count, channels, height, width]), &device)
    };
    let gates = outputs[0].attention.len();
    let attention = |gate: usize| {
        let maps = outputs.iter().map(|output| output.attention[gate].as_slice()).collect();
        stacked(maps, [height >> (gates - 1 - gate), width >> (gates - 1 - gate)])
    };
    ModelOutput {
        logits: stacked(outputs.iter().map(|output| output.logits.as_slice()).collect(), [height, width]),
        attention: (0..gates).map(attention).collect(),
    }
}

#[test]
fn probabilities_have_the_same_bits_with_and_without_tensors() {
    for classes in [1, 2, 4, 11] {
        let area = 30 * 17;
        let mut logits: Vec<f32> = values("logits", classes * area).iter().map(|u| 40.0 * u - 20.0).collect();
        logits[..4].copy_from_slice(&[0.0, -0.0, 120.0, -120.0]);
        let data = TensorData::new(logits.clone(), [1, classes, 30, 17]);
        let expected = numbers(probabilities(Tensor::from_data(data, &Device::flex())));
        let found = probabilities_of_sample(logits, area);
        let bits = |values: &[f32]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&found), bits(&expected), "{classes} classes");
    }
}

fn numbers(tensor: Tensor<4>) -> Vec<f32> {
    tensor.into_data().try_to_vec::<f32>().unwrap()
}

#[test]
fn a_folded_network_says_the_same_of_any_batch() {
    let device = Device::flex();
    let group = ModelConfig { norm: Norm::Group { groups: 2 }, ..small() };
    let configs = Preset::ALL.map(Preset::config).into_iter().chain([group]);
    for (config, [height, width]) in configs.zip([[48, 32], [32, 80], [64, 64], [20, 12], [16, 8]]) {
        let network = golden_network(&config, |_| true, &device);
        let for_inference = network.for_inference();
        let sample = 3 * height * width;
        let input = values("folded", 5 * sample);
        let batch = |samples: Range<usize>| {
            let shape = [samples.len(), 3, height, width];
            Tensor::from_data(
                TensorData::new(input[samples.start * sample..samples.end * sample].to_vec(), shape),
                &device,
            )
        };
        let (ours, theirs) = (forward(&for_inference, batch(0..5)), network.forward(batch(0..5)));
        let alone = forward(&for_inference, batch(3..4));
        let within = |ours: Tensor<4>, theirs: Tensor<4>, alone: Tensor<4>| {
            let dims = ours.dims();
            assert_eq!(dims, theirs.dims());
            let (ours, theirs, alone) = (numbers(ours), numbers(theirs), numbers(alone));
            let worst = ours.iter().zip(&theirs).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(worst <= 1e-5, "{config:?}: off by {worst}");
            let area = dims[1] * dims[2] * dims[3];
            assert!(ours[3 * area..4 * area] == alone, "a sample is the same to the last bit in any company");
        };
        within(sigmoid(ours.logits), sigmoid(theirs.logits), sigmoid(alone.logits));
        for ((ours, theirs), alone) in ours.attention.into_iter().zip(theirs.attention).zip(alone.attention) {
            within(ours, theirs, alone);
        }
    }
}

#[test]
fn the_article_has_its_published_number_of_parameters() {
    #[derive(Default)]
    struct Count(usize);
    impl ModuleVisitor for Count {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            self.0 += param.lazy_shape().num_elements();
        }
    }
    let mut count = Count::default();
    Preset::Article.config().init(&Device::flex()).visit(&mut count);
    assert_eq!(count.0, 7_951_369, "counting batch-norm statistics");
}

fn small() -> ModelConfig {
    ModelConfig { base_filters: 4, depth: 3, ..Preset::Islet.config() }
}

/// A bright disc on a dark ground, and its mask.
fn disc(size: usize) -> Sample {
    let inside = |i: usize| {
        let (y, x) = ((i / size) as f32 - 14.0, (i % size) as f32 - 18.0);
        f32::from(u8::from(y * y + x * x < 49.0))
    };
    let target: Vec<f32> = (0..size * size).map(inside).collect();
    let plane: Vec<f32> =
        target.iter().enumerate().map(|(i, t)| 0.3 + 0.4 * t + 0.05 * ((i * 7 % 11) as f32 / 11.0)).collect();
    Sample { input: Input { channels: [&plane[..], &plane, &plane].concat(), size_px: size }, target }
}

#[test]
fn training_learns_and_inference_uses_what_was_learned() {
    let device = Device::flex();
    // Convolutions that are the same on every run: a device's generator is shared with the tests that run beside this one.
    let mut learner = TrainState::new(golden_network(&small(), |shape| shape.len() == 4, &device.clone().autodiff()));
    let samples: Vec<Sample> = (0..4).map(|seed| augment(&disc(32), &AugmentConfig::default(), seed)).collect();
    let mut losses = Vec::new();
    for _ in 0..80 {
        let (next, loss) = learner.step(stack_samples(&samples, &device.clone().autodiff()), 1e-2);
        learner = next;
        losses.push(loss.into_scalar::<f32>());
    }
    assert!(losses[79] < 0.5 * losses[0], "the loss went from {} to {}", losses[0], losses[79]);
    let found =
        pollster::block_on(infer(&learner.snapshot().for_inference(), &[disc(32).input], AttentionOutput::Include))
            .unwrap();
    let (mut both, mut either) = (0.0, 0.0);
    for (p, t) in found[0].probability.iter().zip(&disc(32).target) {
        let p = f32::from(u8::from(*p >= 0.5));
        both += 2.0 * p * t;
        either += p + t;
    }
    assert!(both / either > 0.8, "DSC {}", both / either);
    let sizes: Vec<usize> = found[0].attention.iter().map(|map| map.size_px).collect();
    assert_eq!(sizes, [16, 32]);
    assert!(found[0].attention.iter().flat_map(|map| &map.alpha).all(|a| (0.0..=1.0).contains(a)));
}

#[test]
fn a_seed_gives_the_same_sample_again() {
    let config = AugmentConfig::default();
    let of = |seed| augment(&disc(32), &config, seed);
    assert_eq!(of(7).input, of(7).input);
    assert_ne!(of(7).input, of(8).input);
}
