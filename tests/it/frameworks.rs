//! Weights from other frameworks: what Keras and PyTorch wrote through the scripts in tools/ computes here what it computes there.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use burn::tensor::{Device, Tensor, TensorData};
use islet::core::window::Window;
use islet::nn::cpu::CpuNetwork;
use islet::nn::model::config::GateConfig;
use islet::nn::model::weights::{ModelFile, Precision};
use islet::nn::model::{Gates, ModelConfig, Preset};
use islet::nn::volume::{VolumeModelFile, VolumePreset};

use super::cli::{ok, run, text};
use super::model::{Tensors, assert_close, file_of, passport, random_file, scaled, tensors_of, values};
use super::networks::{Golden, given};

/// Written by tests/golden/frameworks/*.py: the weights as the scripts in tools/ leave them, and what the framework computes with them.
const KERAS: &[u8] = include_bytes!("../golden/frameworks/keras_article.safetensors");
const KERAS_SAYS: &[u8] = include_bytes!("../golden/frameworks/keras_article_says.safetensors");
const PYTORCH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/frameworks/pytorch_tiny.safetensors");
/// Names and shapes of PyTorch's networks of volumes, written by tests/golden/frameworks/pytorch_volumes.py.
const PYTORCH_VOLUMES: &str = include_str!("../golden/frameworks/pytorch_volumes.json");
const PYTORCH_SAYS: &[u8] = include_bytes!("../golden/frameworks/pytorch_tiny_says.safetensors");

/// The article's network, narrow enough to lie in the repository.
fn narrow_article() -> ModelConfig {
    let gates = Gates::Additive(GateConfig { width: Some(4), relu_before_sum: true });
    ModelConfig { base_filters: 2, gates, ..Preset::Article.config() }
}

/// Holds the network's logits and attention of a `[2, 3, 32, 32]` input to what a framework said.
fn assert_says(file: &ModelFile, input: Vec<f32>, said: &[u8], gates: usize) {
    let device = Device::flex();
    let output = file.load(&device).forward(Tensor::from_data(TensorData::new(input, [2, 3, 32, 32]), &device));
    let expected = tensors_of(said);
    let expected = |name: &str| &expected.iter().find(|(n, ..)| n == name).unwrap().2;
    assert_close(&output.logits.into_data().try_to_vec::<f32>().unwrap(), expected("logits"), "logits");
    assert_eq!(output.attention.len(), gates);
    for (i, alpha) in output.attention.into_iter().enumerate() {
        let name = format!("attention.{i}");
        assert_close(&alpha.into_data().try_to_vec::<f32>().unwrap(), expected(&name), &name);
    }
}

#[test]
fn the_articles_network_says_here_what_it_says_in_keras() {
    let file = ModelFile::adopt(KERAS, passport(narrow_article())).unwrap();
    assert_says(&file, values("input", 2 * 3 * 32 * 32), KERAS_SAYS, 4);
}

#[test]
fn a_network_of_pytorch_is_imported_and_used() {
    let folder = tempfile::tempdir().unwrap();
    let model = folder.path().join("model.safetensors");
    let of = ["--weights", PYTORCH, "--preset", "tiny", "--epsilon", "1e-5", "--out", text(&model)];
    let stated = ["--name", "a test", "--license", "CC0", "--low-hu", "-150", "--high-hu", "250", "--spacing-mm", "2"];
    ok(&run("import", &[&of[..], &stated].concat()));

    let file = ModelFile::read(&fs::read(&model).unwrap()).unwrap();
    let said = &file.passport;
    assert_eq!(said.config, ModelConfig { epsilon: 1e-5, ..Preset::Tiny.config() });
    assert_eq!(said.preprocess.window, Window { level_hu: 50.0, width_hu: 400.0 });
    assert_eq!((said.preprocess.spacing_mm, said.preprocess.size_px), (2.0, 224));
    assert_eq!((said.training.preset.as_str(), said.license.as_str()), ("tiny", "CC0"));
    assert!(said.training.dataset.contains("a test") && said.training.cases.is_empty(), "{:?}", said.training);

    let input = tensors_of(PYTORCH_SAYS).into_iter().find(|(name, ..)| name == "input").unwrap().2;
    assert_says(&file, input, PYTORCH_SAYS, 2);

    let picture = folder.path().join("grey.png");
    image::GrayImage::new(64, 64).save(&picture).unwrap();
    let mask = folder.path().join("mask.nii.gz");
    ok(&run("predict", &["--model", text(&model), "--input", text(&picture), "--output", text(&mask)]));
    assert!(mask.is_file());
}

#[test]
fn weights_that_do_not_fit_are_refused_by_the_name_of_the_tensor() {
    let refused = |change: fn(&mut Tensors)| {
        let mut tensors = tensors_of(KERAS);
        change(&mut tensors);
        let refusal = ModelFile::adopt(&file_of(&tensors, [].into()), passport(narrow_article())).unwrap_err();
        (refusal.subject.to_string(), refusal.reason.to_string())
    };
    // As Keras calls it, and as Keras lays it out.
    let (what, why) = refused(|t| t.iter_mut().find(|(n, ..)| n == "head.weight").unwrap().0 = "head/kernel".into());
    assert_eq!(what, "head.weight");
    assert!(why.contains("lacks") && why.contains("[1, 2, 1, 1]"), "{why}");
    let (what, why) =
        refused(|t| t.iter_mut().find(|(n, ..)| n == "encoder.1.conv1.weight").unwrap().1 = vec![3, 3, 2, 4]);
    assert_eq!(what, "encoder.1.conv1.weight");
    assert!(why.contains("[3, 3, 2, 4]") && why.contains("[4, 2, 3, 3]"), "{why}");
    let (what, _) = refused(|t| t.push(("gates.4.psi.bias".into(), vec![1], vec![0.0])));
    assert_eq!(what, "gates.4.psi.bias");
}

#[test]
fn import_refuses_what_is_not_bare_weights_of_that_architecture() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out.safetensors");
    let own = folder.path().join("own.safetensors");
    fs::write(&own, random_file(&Preset::Tiny.config(), Precision::F32)).unwrap();
    let failed = |weights: &Path, more: &[&str], code: i32, says: &str| {
        let output = run("import", &[&["--weights", text(weights), "--out", text(&out)], more].concat());
        let err = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{err}");
        assert!(err.contains(says), "{err}");
        assert!(!out.exists(), "a failure leaves no file");
    };
    let pytorch = Path::new(PYTORCH);
    failed(&own, &["--preset", "tiny"], 3, "passport of their own");
    failed(pytorch, &["--preset", "islet"], 3, "pytorch_tiny.safetensors (decoder.0.conv1.bias)");
    failed(pytorch, &["--preset", "tiny", "--size-px", "30"], 3, "islet.preprocess");
    failed(pytorch, &["--preset", "tiny", "--low-hu", "300"], 3, "islet.preprocess");
    failed(pytorch, &["--preset", "tiny", "--epsilon", "0"], 3, "islet.config");
    failed(pytorch, &[], 2, "--preset");
}

/// The tensors of PyTorch's networks of volumes: their names, each with its shape.
fn pytorch_volumes() -> BTreeMap<String, BTreeMap<String, Vec<usize>>> {
    serde_json::from_str(PYTORCH_VOLUMES).unwrap()
}

/// The numbers of tests/golden/networks.py for PyTorch's names, as a file of bare weights.
fn bare_weights(shapes: &BTreeMap<String, Vec<usize>>) -> Vec<u8> {
    let tensor = |(name, shape): (&String, &Vec<usize>)| (name.clone(), shape.clone(), scaled(name, shape));
    file_of(&shapes.iter().map(tensor).collect::<Vec<_>>(), [].into())
}

#[test]
fn networks_of_volumes_are_imported_and_say_what_they_say_in_pytorch() {
    let (folder, golden) = (tempfile::tempdir().unwrap(), Golden::read());
    let [weights, model] = ["weights", "model"].map(|name| folder.path().join(name));
    for preset in ["paper", "paper-unet"] {
        fs::write(&weights, bare_weights(&pytorch_volumes()[preset])).unwrap();
        let of = ["--weights", text(&weights), "--preset", preset, "--output", text(&model)];
        let stated = ["--base-filters", "8", "--labels", "spleen,pancreas,liver", "--spacing-mm", "2.5"];
        ok(&run("import", &[&of[..], &stated, &["--patch", "64x48x32", "--license", "CC0"]].concat()));

        let mut file = VolumeModelFile::read(&fs::read(&model).unwrap()).unwrap();
        let organs: Vec<&str> = file.passport.labels.values().map(String::as_str).collect();
        assert_eq!((organs, file.passport.license.as_str()), (vec!["spleen", "pancreas", "liver"], "CC0"));
        let network = file.networks.remove(0);
        assert_eq!(network.plan.pipeline.patch_size, [32, 48, 64]);
        assert_eq!(network.plan.pipeline.spacing_mm, [2.5; 3]);
        let input = given(&format!("{preset}.input"), golden.dims(preset).iter().product());
        let network = CpuNetwork::new(&network.plan.network.graph(), &network.folds[0]);
        let output = network.forward(&input, golden.dims(preset), None);
        golden.assert_close(&format!("{preset}.logits"), &output.logits);
    }
}

#[test]
fn v_net_has_the_tensors_that_it_has_in_monai() {
    let ours = VolumePreset::Vnet.description(16, 2).graph().parameter_shapes();
    assert_eq!(ours, pytorch_volumes()["vnet"]);
}

#[test]
fn an_import_of_a_network_of_volumes_that_does_not_fit_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let [weights, own, out] = ["weights", "own", "out"].map(|name| folder.path().join(name));
    fs::write(&weights, bare_weights(&pytorch_volumes()["paper-unet"])).unwrap();
    let refused = |weights: &Path, more: &[&str], says: &str| {
        let labels = ["--labels", "spleen,pancreas,liver"];
        let output =
            run("import", &[&["--weights", text(weights), "--output", text(&out)], &labels[..], more].concat());
        let err = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(3), "{err}");
        assert!(err.contains(says), "{err}");
        assert!(!out.exists(), "a failure leaves no file");
    };
    let unet = ["--preset", "paper-unet", "--base-filters", "8"];
    refused(&weights, &["--preset", "paper", "--base-filters", "8"], "weights (attentionblock2.combine_gates.0.bias)");
    refused(&weights, &["--preset", "paper-unet"], "(center.conv1.0.bias)");
    refused(&weights, &[&unet[..], &["--low-hu", "-100"]].concat(), "--low-hu");
    refused(&weights, &[&unet[..], &["--patch", "50x64x64"]].concat(), "--patch");
    refused(&weights, &[&unet[..], &["--epsilon", "1e-5", "--spacing-mm", "0"]].concat(), "--spacing-mm");
    refused(Path::new(PYTORCH), &["--preset", "tiny", "--base-filters", "8"], "--base-filters");
    ok(&run(
        "import",
        &[&["--weights", text(&weights), "--output", text(&own), "--labels", "a,pancreas,b"], &unet[..]].concat(),
    ));
    refused(&own, &unet, "passport of their own");
}
