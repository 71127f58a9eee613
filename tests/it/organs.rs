//! Networks that tell several organs apart: what they compute, what they learn, and what becomes of their labels.

mod course;

use burn::tensor::{Device, Tensor, TensorData};
use islet::app::protocol::{Request, Response};
use islet::app::session::Session;
use islet::imaging::augment::{AugmentConfig, Sample, augment};
use islet::imaging::preprocess::{CropGeometry, Input};
use islet::nn::batch::stack_samples;
use islet::nn::finetune::FineTuneConfig;
use islet::nn::infer::{AttentionOutput, infer, labels_of, mask_of};
use islet::nn::loss::Loss;
use islet::nn::model::state_dict::StateDict;
use islet::nn::model::weights::{ModelFile, Precision};
use islet::nn::model::{Preset, probabilities};
use islet::nn::train::{StepConfig, TrainState};
use safetensors::tensor::SafeTensors;

use super::model::{assert_close, file_of, golden_network, passport, random_file, tensors_of, values};

/// Written by tests/golden/organs.py with Keras and NumPy.
const GOLDEN: &[u8] = include_bytes!("../golden/organs.safetensors");
const ORGANS: usize = 3;

fn golden(name: &str) -> Vec<f32> {
    let file = SafeTensors::deserialize(GOLDEN).unwrap();
    file.tensor(name).unwrap().data().as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()
}

#[test]
fn the_probabilities_are_the_softmax_that_keras_computes() {
    let device = Device::flex();
    let config = Preset::Islet.config().for_organs(ORGANS);
    let model = golden_network(&config, |_| true, &device);
    let pictures = values("input", 2 * 3 * 32 * 32);
    let expected = golden("probability");
    // The golden file has the background too.
    let organs: Vec<f32> = expected.chunks(4 * 1024).flat_map(|sample| sample[1024..].to_vec()).collect();
    let output = model.forward(Tensor::from_data(TensorData::new(pictures.clone(), [2, 3, 32, 32]), &device));
    assert_eq!(output.logits.dims(), [2, 4, 32, 32]);
    let found = probabilities(output.logits);
    assert_eq!(found.dims(), [2, 3, 32, 32]);
    assert_close(&found.into_data().try_to_vec::<f32>().unwrap(), &organs, "probabilities");

    let inputs: Vec<Input> =
        pictures.chunks(3 * 1024).map(|channels| Input { channels: channels.to_vec(), size_px: 32 }).collect();
    let found = pollster::block_on(infer(&model.for_inference(), &inputs, AttentionOutput::Include)).unwrap();
    assert_close(&found[1].probability, &organs[3 * 1024..], "the second input's");
    assert_eq!(found[0].attention.len(), 4);
}

#[test]
fn the_losses_are_those_that_numpy_computes() {
    let device = Device::flex();
    let logits: Vec<f32> = values("organ logits", 2 * 4 * 30).iter().map(|u| 8.0 * u - 4.0).collect();
    let targets: Vec<f32> = values("organ targets", 2 * ORGANS * 30).iter().map(|u| u / ORGANS as f32).collect();
    let logits = Tensor::<4>::from_data(TensorData::new(logits, [2, 4, 6, 5]), &device);
    let targets = Tensor::<4>::from_data(TensorData::new(targets, [2, ORGANS, 6, 5]), &device);
    for loss in Loss::ALL {
        let found = loss.of(logits.clone(), targets.clone()).into_scalar::<f32>();
        let expected = golden(&format!("loss.{}", loss.name()))[0];
        assert!((found - expected).abs() < 1e-5, "{}: {found}, expected {expected}", loss.name());
    }
}

#[test]
fn a_fresh_network_says_background() {
    let bias = |organs| {
        let network = Preset::Tiny.config().for_organs(organs).init(&Device::flex());
        pollster::block_on(StateDict::read_back(&network)).unwrap().0["head.bias"].values.clone()
    };
    assert_eq!(bias(1), [-3.0]);
    assert_eq!(bias(3), [0.0, -3.0, -3.0, -3.0]);
}

#[test]
fn the_likeliest_has_the_pixel() {
    // Background is what is missing to 1: 0.3, 0.5, 0.4, 0, 1.
    let organs: [&[f32]; 2] = [&[0.4, 0.2, 0.4, 0.5, 0.0], &[0.3, 0.3, 0.2, 0.5, 0.0]];
    assert_eq!(labels_of(&organs), [1, 0, 1, 1, 0]);
    assert_eq!(labels_of(&[&[0.49, 0.5, 0.51]]), [0, 1, 1], "one organ is where it is at least 0.5");
    // On a slice twice as fine as the input the boundary lies where interpolated probabilities cross, and outside is background.
    let placement = CropGeometry { origin_px: [0.5, 0.5], step_px: [2.0, 2.0], slice_dims: [1, 8], size_px: 2 };
    let [left, right] = [[1.0, 0.0, 1.0, 0.0], [0.0, 1.0, 0.0, 1.0]];
    let labels = mask_of(&[left, right].concat(), &placement);
    assert_eq!(labels[..4], [1, 1, 2, 2]);
    assert_eq!(labels[4..], [0; 4]);
}

/// Two organs side by side and a third on top, on a slice of 24 x 24.
fn sample(organs: usize) -> Sample {
    let labels: Vec<u8> = (0..24 * 24).map(|i| [1, 2, 0, 3][(i / 24 / 12) * 2 + i % 24 / 12]).collect();
    let labels: Vec<u8> = labels.iter().map(|&label| if usize::from(label) <= organs { label } else { 0 }).collect();
    let placement = CropGeometry { origin_px: [0.2, -0.4], step_px: [1.5, 1.5], slice_dims: [24, 24], size_px: 16 };
    Sample::placed(Input { channels: values("slice", 3 * 256), size_px: 16 }, &placement, &labels, organs)
}

#[test]
fn targets_are_a_share_for_each_organ_and_vary_as_one_would_alone() {
    let all = sample(3);
    assert_eq!((all.organs(), all.target.len()), (3, 3 * 256));
    let sums: Vec<f32> = (0..256).map(|i| (0..3).map(|organ| all.target[organ * 256 + i]).sum()).collect();
    assert!(sums.iter().all(|sum| (-1e-5..=1.0 + 1e-5).contains(sum)) && sums.iter().any(|sum| *sum < 0.5));
    assert!(all.target.iter().any(|share| (0.2..0.8).contains(share)), "boundaries are shared");

    let config = AugmentConfig { crop_px: 12, flip: 0.5, ..AugmentConfig::default() };
    for seed in 0..6 {
        let varied = augment(&all, &config, seed);
        assert_eq!(varied.target.len(), 3 * 144);
        for organ in 0..3 {
            let alone = Sample { target: all.target[organ * 256..(organ + 1) * 256].to_vec(), ..all.clone() };
            let alone = augment(&alone, &config, seed);
            assert_eq!(varied.target[organ * 144..(organ + 1) * 144], alone.target, "seed {seed}, organ {organ}");
            assert_eq!(varied.input, alone.input);
        }
    }
    let batch = stack_samples(&[all, sample(3)], &Device::flex());
    assert_eq!(batch.targets.dims(), [2, 3, 16, 16]);
}

#[test]
fn deep_supervision_has_heads_for_every_organ() {
    let device = Device::flex().autodiff();
    let network = golden_network(&Preset::Tiny.config().for_organs(3), |shape| shape.len() == 4, &device);
    let method = StepConfig { deep_supervision: true, ..StepConfig::default() };
    let mut learner = TrainState::with_method(network, method);
    let heads = &pollster::block_on(learner.state()).unwrap().weights.0["heads.0.weight"].shape;
    assert_eq!(heads[0], 4);
    let mut losses = Vec::new();
    for _ in 0..45 {
        let (next, loss) = learner.step(stack_samples(&[sample(3)], &device), 1e-2);
        learner = next;
        losses.push(loss.into_scalar::<f32>());
    }
    assert!(losses[44] < 0.6 * losses[0], "the loss went from {} to {}", losses[0], losses[44]);
}

#[test]
fn a_passport_names_every_channel_and_the_pancreas_among_them() {
    let config = Preset::Tiny.config().for_organs(2);
    let tensors = tensors_of(&random_file(&config, Precision::F32));
    let read = |labels: &[(u8, &str)]| {
        let labels = labels.iter().map(|(value, name)| (*value, (*name).to_owned())).collect();
        let metadata = islet::nn::model::metadata::ModelMetadata { labels, ..passport(config.clone()) }.to_metadata();
        ModelFile::read(&file_of(&tensors, metadata)).map(|file| file.passport.pancreas())
    };
    assert_eq!(read(&[(1, "pancreas"), (2, "liver")]).unwrap(), 0);
    assert_eq!(read(&[(1, "liver"), (2, "pancreas")]).unwrap(), 1);
    for (labels, says) in [
        (&[(1, "pancreas")][..], "expected the values 1 to 2"),
        (&[(1, "pancreas"), (3, "liver")], "expected the values 1 to 2"),
        (&[(1, "spleen"), (2, "liver")], "found spleen, liver, expected pancreas among them"),
    ] {
        let refusal = read(labels).unwrap_err();
        assert!(refusal.subject == "islet.labels" && refusal.reason.contains(says), "{refusal}");
    }
}

#[test]
fn the_page_says_what_a_model_tells_apart_and_does_not_tune_it() {
    let bytes = random_file(&Preset::Tiny.config().for_organs(2), Precision::F16);
    let mut session = Session::new(ModelFile::read(&bytes).unwrap(), bytes);
    assert_eq!(session.model_info().organs, ["pancreas", "organ 2"]);
    session.handle(Request::OpenSample { seed: 1 });
    let refused = session.handle(Request::FineTune(FineTuneConfig::default()));
    assert!(
        matches!(&refused[..], [Response::Failed(r)] if r.reason.contains("pancreas, organ 2 apart")),
        "{refused:?}"
    );
    let one = random_file(&Preset::Tiny.config(), Precision::F16);
    assert!(matches!(&session.load_model("one", one)[..], [Response::Model(info), ..] if info.organs.is_empty()));
}
