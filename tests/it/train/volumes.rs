//! Training of networks of volumes: it learns, goes on bit by bit, and its model is read by `predict`.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use burn::tensor::{Device, Tensor, TensorData};
use islet::cli::train::checkpoint::Checkpoint;
use islet::core::mask::Mask;
use islet::formats::{dataset, nifti};
use islet::imaging::metrics::Overlap;
use islet::imaging::patch_augment::{LabelledPatch, LabelledVolume, PatchAugmentConfig};
use islet::imaging::phantom::{Phantom, PhantomConfig, phantom};
use islet::nn::loss::Loss;
use islet::nn::model::weights::Precision;
use islet::nn::segmentation_model::SegmentationModel;
use islet::nn::train::{PatchBatch, StepConfig, TrainState};
use islet::nn::volume::{ModelSource, VolumeModelFile, VolumePreset, first_weights};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use tempfile::TempDir;

use super::{TRAIN, refused, signal, wait_until};
use crate::cli::ISLET;
use crate::datasets::with_ignore;
use crate::model::values;

/// 12 slices of 12 mm: at 8 mm fewer than a patch has, so that it is padded.
const COARSE: PhantomConfig = PhantomConfig { dims: [12, 80, 80], spacing_mm: [12.0, 4.8, 4.8] };

fn case(seed: u64) -> Phantom {
    phantom(&COARSE, seed)
}

/// Three phantoms, of which the last validates, as zips in a folder.
fn data() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for seed in 0..3 {
        let case = case(seed);
        let zip = dataset::write(&format!("case{}", seed + 1), &case.volume, &case.pancreas);
        fs::write(folder.path().join(format!("{seed}.zip")), zip).unwrap();
    }
    folder
}

fn command(folder: &Path, out: &str, more: &[&str]) -> Command {
    let mut command = Command::new(TRAIN);
    for seed in 0..3 {
        command.arg("--data").arg(folder.join(format!("{seed}.zip")));
    }
    command.args(["--train-cases", "1,2", "--val-cases", "3", "--seed", "5", "--learning-rate", "0.01"]);
    command.args(["--spacing-mm", "8", "--patch", "48x48x32", "--base-filters", "4"]);
    command.arg("--cache").arg(folder.join("cache")).arg("--out").arg(folder.join(out)).args(more);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn train(folder: &Path, out: &str, more: &[&str]) -> Output {
    command(folder, out, more).output().unwrap()
}

fn model(path: &Path) -> VolumeModelFile {
    match SegmentationModel::read(&fs::read(path).unwrap()).unwrap() {
        SegmentationModel::Volumes(file) => file,
        SegmentationModel::Slices(_) => panic!("{} is a model of slices", path.display()),
    }
}

fn losses(run: &Path) -> Vec<f64> {
    let log = fs::read_to_string(run.join("log.jsonl")).unwrap();
    log.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["loss"].as_f64().unwrap()).collect()
}

#[test]
fn a_network_of_volumes_learns_and_predict_reads_its_model() {
    let folder = data();
    let more = [
        "--preset",
        "paper",
        "--epochs",
        "12",
        "--patches-per-case",
        "4",
        "--validate-every",
        "6",
        "--loss",
        "dice-ce",
    ];
    let output = train(folder.path(), "run", &more);
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{output:?}");
    assert!(said.contains("patches/s") && !said.contains("slices/s"), "{said}");
    let run = folder.path().join("run");
    let losses = losses(&run);
    assert!(losses[11] < 0.6 * losses[0], "{losses:?}");

    let file = model(&run.join("model.safetensors"));
    let plan = &file.networks[0].plan;
    assert_eq!((&plan.pipeline.spacing_mm[..], &plan.pipeline.patch_size[..]), (&[8.0; 3][..], &[32, 48, 48][..]));
    let training = &file.passport.training;
    assert_eq!((&training.preset[..], training.seed, training.cases.len(), training.scores.len()), ("paper", 5, 2, 3));

    // The two slices that are most wrong, each with the attention of every gate.
    let page = fs::read_to_string(run.join("report.html")).unwrap();
    let gates = plan.gates_px().len();
    assert!(gates > 0 && page.contains(&format!("gate {gates}")) && page.contains(" at 8 mm: DSC 0."), "{gates} gates");
    assert_eq!(page.matches("data:image/png").count(), 2 * (1 + gates));

    // What predict makes of the case that validates is what the run says of it.
    let scan = folder.path().join("scan.nii.gz");
    fs::write(&scan, nifti::write_volume(&case(2).volume)).unwrap();
    let mask = folder.path().join("mask.nii.gz");
    let predicted = Command::new(ISLET)
        .args(["predict", "--model"])
        .arg(run.join("checkpoints/best.safetensors"))
        .arg("--input")
        .arg(&scan)
        .arg("--output")
        .arg(&mask)
        .output()
        .unwrap();
    assert!(predicted.status.success(), "{predicted:?}");
    let (labels, _) = nifti::read_mask("mask", &fs::read(&mask).unwrap()).unwrap();
    let truth: Mask = case(2).pancreas;
    let score = training.scores.iter().find(|score| score.case == "3").unwrap();
    let dsc = Overlap::of_label(&labels.labels, &truth.labels, 1).dsc();
    assert!(!score.trained_on && (score.dsc - dsc).abs() < 1e-6, "{score:?}, predict gives {dsc}");
    assert!(dsc > 0.1, "{dsc}");
}

#[test]
fn a_run_that_was_killed_ends_bit_by_bit_as_one_that_was_not() {
    let folder = data();
    let more = ["--preset", "paper-unet", "--epochs", "3", "--patches-per-case", "2", "--validate-every", "2"];
    assert!(train(folder.path(), "whole", &more).status.success());
    let (whole, stopped) = (folder.path().join("whole"), folder.path().join("stopped"));
    let often = [&more[..], &["--checkpoint-every", "0"]].concat();
    let checkpoint = stopped.join("checkpoints/resume.safetensors");
    for kill in ["KILL", "TERM"] {
        let resumed = if checkpoint.exists() { [&often[..], &["--resume"]].concat() } else { often.clone() };
        let before = fs::metadata(&checkpoint).and_then(|file| file.modified()).ok();
        let mut child = command(folder.path(), "stopped", &resumed).spawn().unwrap();
        wait_until(|| fs::metadata(&checkpoint).and_then(|file| file.modified()).ok() != before);
        signal(&child, kill);
        assert!(!child.wait().unwrap().success());
    }
    let output = train(folder.path(), "stopped", &[&often[..], &["--resume"]].concat());
    assert!(output.status.success(), "{output:?}");
    for name in ["model.safetensors", "checkpoints/best.safetensors", "checkpoints/last.safetensors"] {
        assert!(fs::read(whole.join(name)).unwrap() == fs::read(stopped.join(name)).unwrap(), "{name}");
    }
    let learner = |run: &Path| Checkpoint::read(&run.join("checkpoints/resume.safetensors")).unwrap().learner;
    assert!(learner(&whole) == learner(&stopped), "the moments differ");
    assert_eq!(losses(&whole), losses(&stopped));
    fs::remove_file(stopped.join("model.safetensors")).unwrap();
    let other = [&more[..], &["--resume", "--flip", "0"]].concat();
    refused(&train(folder.path(), "stopped", &other), 3, &["--flip", "started with 0.5, found 0"]);
}

#[test]
fn a_network_of_volumes_is_trained_further_and_brings_its_own_preparation() {
    let folder = data();
    let first = ["--preset", "paper-unet", "--epochs", "4", "--patches-per-case", "4", "--loss", "dice-ce"];
    assert!(train(folder.path(), "first", &first).status.success());
    let earlier = folder.path().join("first/model.safetensors");
    let further = |init: &Path, out: &str, more: &[&str]| {
        let mut command = Command::new(TRAIN);
        for seed in 0..3 {
            command.arg("--data").arg(folder.path().join(format!("{seed}.zip")));
        }
        command.args(["--preset", "paper-unet", "--train-cases", "1,3", "--val-cases", "2", "--epochs", "1"]);
        command.args(["--patches-per-case", "4", "--loss", "dice-ce"]).args(more).arg("--init").arg(init);
        command.arg("--cache").arg(folder.path().join("cache")).arg("--out").arg(folder.path().join(out));
        command.output().unwrap()
    };
    let output = further(&earlier, "further", &[]);
    assert!(output.status.success(), "{output:?}");
    let run = folder.path().join("further");
    let [earlier_model, later] = [&earlier, &run.join("model.safetensors")].map(|path| model(path));
    assert_eq!(later.networks[0].plan, earlier_model.networks[0].plan, "8 mm and its patch are not asked for again");
    assert!(losses(&run)[0] < 0.8 * losses(&folder.path().join("first"))[0], "it begins with what it had learned");
    let training = &later.passport.training;
    let cases: Vec<&str> = training.cases.iter().map(|case| case.id.as_str()).collect();
    assert_eq!((training.epochs, cases), (earlier_model.passport.training.epochs + 1, vec!["1", "2", "3"]));
    assert!(training.dataset.contains("; then 2 "), "{}", training.dataset);
    // What it had learned from is no case to judge it by.
    let scores: Vec<(&str, bool)> =
        training.scores.iter().map(|score| (score.case.as_str(), score.trained_on)).collect();
    assert_eq!(scores, [("2", true), ("1", true), ("3", true)]);

    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("www/models/pancreas.safetensors");
    refused(&further(&shipped, "slices", &[]), 3, &["pancreas.safetensors", "expected one of volumes"]);
    let labels = ["--labels", "pancreas,liver"];
    refused(&further(&earlier, "labels", &labels), 3, &["--labels", "expected what the --init model tells apart"]);
    let mut imported = earlier_model;
    imported.passport.sources.push(ModelSource::default());
    let theirs = folder.path().join("theirs.safetensors");
    fs::write(&theirs, imported.write(Precision::F16).unwrap()).unwrap();
    refused(&further(&theirs, "theirs", &[]), 3, &["theirs.safetensors", "was not trained with Islet"]);
}

#[test]
fn options_of_the_other_kind_of_network_are_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let refuse = |args: &[&str], code: i32, says: &[&str]| {
        let mut command = Command::new(TRAIN);
        let output = command.args(["--data", "nowhere", "--out"]).arg(folder.path().join("run")).args(args);
        refused(&output.output().unwrap(), code, says);
    };
    for (flag, value) in
        [("--spacing-mm", "2"), ("--patch", "32x32x32"), ("--base-filters", "8"), ("--patches-per-case", "2")]
    {
        refuse(&[flag, value], 3, &[flag, "it is for networks of volumes, found --preset islet"]);
    }
    let paper = ["--preset", "paper"];
    let init = [&paper[..], &["--init", "a.safetensors"]].concat();
    refuse(&[&init[..], &["--spacing-mm", "3"]].concat(), 3, &["--spacing-mm", "the --init model brings its own"]);
    refuse(&[&init[..], &["--finetune", "all"]].concat(), 3, &["--finetune", "for networks of slices", "paper"]);
    refuse(&[&paper[..], &["--deep-supervision"]].concat(), 3, &["--deep-supervision", "heads on every stage"]);
    refuse(
        &[&paper[..], &["--patch", "100x96x48"]].concat(),
        3,
        &["--patch", "100x96x48", "multiples of 16, 16 and 16"],
    );
    refuse(&[&paper[..], &["--patch", "96x96"]].concat(), 2, &["x, y and z such as 160x160x96"]);
    refuse(&[&paper[..], &["--spacing-mm", "0"]].concat(), 3, &["--spacing-mm", "found 0"]);
}

#[test]
fn a_scan_that_is_not_labelled_throughout_is_refused() {
    let folder = data();
    let half = case(0);
    let mut labelled = [true; 12];
    labelled[3] = false;
    let zip = dataset::write("case1", &half.volume, &with_ignore(&half.pancreas, &labelled));
    fs::write(folder.path().join("0.zip"), zip).unwrap();
    let output = train(folder.path(), "run", &["--preset", "paper", "--epochs", "1"]);
    refused(&output, 3, &["case 1", "1 of its slices are not labelled", "--preset islet"]);
}

#[test]
fn patches_are_cut_as_they_are_and_mirrored_when_asked_for() {
    let dims = [2, 4, 6];
    let values: Vec<f32> = (1..=48).map(|value| value as f32).collect();
    let labels: Vec<u8> = (1..=48).collect();
    let volume = LabelledVolume { values: &values, labels: &labels, dims };
    let still = PatchAugmentConfig { shift: 0.0, rotate_deg: 0.0, zoom: 0.0, flip: 0.0 };
    let cut =
        |first, dims, config: &PatchAugmentConfig| volume.patch(first, dims, config, &mut ChaCha8Rng::seed_from_u64(1));
    assert_eq!(cut([0, 0, 0], dims, &still).input, values);
    let inside = cut([1, 1, 2], [1, 2, 3], &still);
    assert_eq!(
        (&inside.input[..], &inside.labels[..]),
        (&[33.0, 34.0, 35.0, 39.0, 40.0, 41.0][..], &[33, 34, 35, 39, 40, 41][..])
    );
    let beyond = cut([-1, 3, 4], [2, 2, 3], &still);
    assert_eq!(beyond.labels, [0, 0, 0, 0, 0, 0, 23, 24, 0, 0, 0, 0]);
    let mirrored = cut([1, 1, 2], [1, 2, 3], &PatchAugmentConfig { flip: 1.0, ..still });
    assert_eq!(mirrored.labels, [41, 40, 39, 35, 34, 33]);
    assert_eq!(mirrored.input, [41.0, 40.0, 39.0, 35.0, 34.0, 33.0]);
}

#[test]
fn the_first_weights_follow_the_seed_and_keep_the_scale_of_what_passes() {
    for preset in VolumePreset::ALL {
        let graph = preset.description(4, 2).graph();
        let weights = first_weights(&graph, 1);
        assert_eq!(weights, first_weights(&graph, 1));
        assert_ne!(weights, first_weights(&graph, 2));
        weights.check_shapes(&graph.parameter_shapes()).unwrap();
    }
    // The figure of the published network, with its running statistics.
    let paper = first_weights(&VolumePreset::Paper.description(16, 4).graph(), 0);
    assert_eq!(paper.flatten().len(), 6_478_122);
    let conv = &paper.0["center.conv2.0.weight"];
    let variance = conv.values.iter().map(|w| f64::from(*w).powi(2)).sum::<f64>() / conv.values.len() as f64;
    // Of 27 x 256 products, with half of what comes in cut off.
    assert!((variance * 27.0 * 256.0 - 2.0).abs() < 0.02, "{variance}");
}

#[test]
fn the_loss_of_the_paper_counts_the_background() {
    let device = Device::flex();
    let tensor =
        |values: Vec<f32>, channels| Tensor::<4>::from_data(TensorData::new(values, [1, channels, 1, 2]), &device);
    let (logits, targets) = (tensor(vec![0.0; 4], 2), tensor(vec![1.0, 0.0], 1));
    // Of either class half of one voxel of two is right: (2 x 0.5 + 0.01) / (1 + 1 + 0.01).
    let loss = Loss::PaperDice.of(logits, targets).into_scalar::<f32>();
    assert!((loss - (1.0 - 1.01 / 2.01)).abs() < 1e-6, "{loss}");
}

#[test]
fn every_preset_of_volumes_learns_a_patch_by_heart() {
    let dims = [16, 32, 32];
    let ball = |voxel: usize| {
        let [z, y, x] = [voxel / 1024, voxel / 32 % 32, voxel % 32];
        z.abs_diff(7).pow(2) + y.abs_diff(12).pow(2) + x.abs_diff(18).pow(2) < 36
    };
    let labels: Vec<u8> = (0..16 * 1024).map(|voxel| u8::from(ball(voxel))).collect();
    let noise = values("noise", labels.len()).into_iter();
    let input = noise.zip(&labels).map(|(noise, label)| noise - 0.5 + f32::from(*label)).collect();
    let patch = LabelledPatch { input, labels, dims };
    for preset in VolumePreset::ALL {
        let description = preset.description(4, 2);
        let weights = first_weights(&description.graph(), 3);
        let method = StepConfig { loss: Loss::DiceCe, ..StepConfig::default() };
        let mut training = TrainState::of_description(&description, &weights, method, &[Device::flex()]);
        let mut losses = Vec::new();
        for _ in 0..8 {
            let batch = PatchBatch { patches: vec![patch.clone()], organs: 1 };
            let loss;
            (training, loss) = training.step(batch, 1e-2);
            losses.push(loss.into_scalar::<f32>());
        }
        assert!(losses[7] < 0.85 * losses[0], "{}: {losses:?}", preset.name());
        let learned = training.state_dict();
        learned.check_shapes(&description.graph().parameter_shapes()).unwrap();
        assert_ne!(learned, weights);
    }
}
