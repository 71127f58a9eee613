//! A training on several organs from the command line, and what goes on with its model.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use islet::core::mask::Mask;
use islet::core::volume::Orientation;
use islet::formats::dataset::{self, DatasetDescription};
use islet::formats::nifti;
use islet::imaging::metrics::Overlap;
use islet::imaging::phantom::{Organ, PhantomConfig, phantom};
use islet::nn::model::weights::{ModelFile, Precision};
use serde_json::Value;

use crate::cli::{ok, run, text};
use crate::model::{file_of, random_file, tensors_of};

/// Three small phantoms with every organ labelled, and a run on three organs of the first two.
struct Trained {
    folder: tempfile::TempDir,
    said: String,
}

const LABELS: &str = "liver,pancreas,Left Kidney";
/// Sixty steps, enough for a liver.
const COURSE: [&str; 10] =
    ["--epochs", "6", "--validate-every", "3", "--batch-size", "3", "--learning-rate", "0.015", "--seed", "3"];

impl Trained {
    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn json(&self, name: &str) -> Value {
        serde_json::from_slice(&fs::read(self.path(name)).unwrap()).unwrap()
    }
}

/// Writes phantoms of 96 x 96 pixels in nnU-Net's layout.
fn write_phantoms(folder: &Path) {
    let config = PhantomConfig { dims: [16, 96, 96], spacing_mm: [9.0, 4.0, 4.0] };
    let names: Vec<String> = (1..=3).map(|id| format!("phantom_{id}")).collect();
    let labels = Organ::NAMED.map(|(organ, name)| (name, organ as u8));
    for kind in ["imagesTr", "labelsTr"] {
        fs::create_dir_all(folder.join(kind)).unwrap();
    }
    let description = DatasetDescription { labels: &labels, ..DatasetDescription::of_images("p", "", &names) };
    fs::write(folder.join("dataset.json"), description.json()).unwrap();
    for (seed, name) in (50..).zip(&names) {
        let case = phantom(&config, seed);
        fs::write(folder.join(dataset::image_path(name)), nifti::write_volume(&case.volume)).unwrap();
        let map = nifti::write_mask(&case.organs, case.volume.geometry.as_ref());
        fs::write(folder.join(dataset::label_path(name)), map).unwrap();
    }
}

fn trained() -> &'static Trained {
    static TRAINED: OnceLock<Trained> = OnceLock::new();
    TRAINED.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let (data, out) = (folder.path().join("data"), folder.path().join("run"));
        write_phantoms(&data);
        let args = ["--data", text(&data), "--out", text(&out), "--labels", LABELS, "--preset", "tiny"];
        let said = ok(&run("train", &[&args[..], &COURSE].concat()));
        Trained { folder, said }
    })
}

#[test]
fn a_tiny_network_learns_three_organs_and_reports_each() {
    let trained = trained();
    let file = ModelFile::read(&fs::read(trained.path("run/model.safetensors")).unwrap()).unwrap();
    let passport = &file.passport;
    assert_eq!(passport.config.classes, 4);
    let named: Vec<(u8, &str)> = passport.labels.iter().map(|(value, name)| (*value, name.as_str())).collect();
    assert_eq!(named, [(1, "liver"), (2, "pancreas"), (3, "left kidney")], "in the order that was asked for");
    assert_eq!(passport.training.dataset, "2 synthetic phantoms");
    let score = &passport.training.scores[0];
    assert!((score.case.as_str(), score.trained_on) == ("3", false) && score.organs["liver"] > 0.7, "{score:?}");
    let mean = score.organs.values().sum::<f64>() / 3.0;
    assert!((score.dsc - mean).abs() < 1e-12, "a case comes to the mean of its organs");

    let table = fs::read_to_string(trained.path("run/metrics.csv")).unwrap();
    let rows: Vec<Vec<&str>> = table.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!(rows[0][5..], ["dsc_liver", "dsc_pancreas", "dsc_left_kidney"]);
    assert!(rows.iter().all(|row| row.len() == 8) && rows.len() == 7);
    assert!(rows[2][3].is_empty() && rows[2][5].is_empty(), "not validated");
    let number = |row: usize, column: usize| rows[row][column].parse::<f64>().unwrap();
    for row in [3, 6] {
        assert!((number(row, 3) - (number(row, 5) + number(row, 6) + number(row, 7)) / 3.0).abs() < 2e-5);
    }
    let log = fs::read_to_string(trained.path("run/log.jsonl")).unwrap();
    let last: Value = serde_json::from_str(log.lines().last().unwrap()).unwrap();
    assert!((last["organ_dsc"]["liver"].as_f64().unwrap() - number(6, 5)).abs() < 1e-5);
    assert!(trained.said.contains("left kidney 0.") && trained.said.contains("  liver: DSC 0."), "{}", trained.said);

    let summary = trained.json("run/summary.json");
    assert_eq!(summary["labels"]["1"], "liver");
    let dice = summary["metric_per_case"][0]["metrics"]["1"]["Dice"].as_f64().unwrap();
    assert!((dice - score.organs["liver"]).abs() < 1e-12);
    let page = fs::read_to_string(trained.path("run/report.html")).unwrap();
    for says in
        ["<dt>liver Dice</dt>", "<dt>pancreas HD95 mm</dt>", "scope=col>left kidney Dice</th>", "organ by organ"]
    {
        assert!(page.contains(says), "{says}");
    }
}

#[test]
fn predict_writes_every_organ_under_its_label() {
    let trained = trained();
    let (pred, report) = (trained.path("pred/phantom_3.nii.gz"), trained.path("pred/report.json"));
    let (model, scan) = (trained.path("run/model.safetensors"), trained.path("data/imagesTr/phantom_3_0000.nii.gz"));
    let to = ["--output", text(&pred), "--report", text(&report)];
    let said = ok(&run("predict", &[&["--model", text(&model), "--input", text(&scan)][..], &to].concat()));
    assert!(said.contains("  1 liver: ") && said.contains(" mL"), "{said}");

    // Against the truth as it was drawn, not as `train` reads it.
    let read = |path: &Path| nifti::read_mask("mask", &fs::read(path).unwrap()).unwrap();
    let (found, lies) = read(&pred);
    let (truth, truth_lies) = read(&trained.path("data/labelsTr/phantom_3.nii.gz"));
    let fit = Orientation::between(&lies, found.dims, &truth_lies, truth.dims).unwrap();
    let found = found.view(&fit);
    let file = ModelFile::read(&fs::read(&model).unwrap()).unwrap();
    let organs = [(1, Organ::Liver, "liver"), (2, Organ::Pancreas, "pancreas"), (3, Organ::LeftKidney, "left kidney")];
    let ml = |mask: &Mask| mask.count() as f64 * 9.0 * 4.0 * 4.0 / 1000.0;
    let json = trained.json("pred/report.json");
    for (label, organ, name) in organs {
        let (found, truth) = (found.only(label), truth.only(organ as u8));
        let dsc = Overlap::of(&found.labels, &truth.labels).dsc();
        // In half precision, as the model file is.
        assert!((dsc - file.passport.training.scores[0].organs[name]).abs() < 0.01, "{name}: {dsc}");
        assert!((json["organs"][name]["volume_ml"].as_f64().unwrap() - ml(&found)).abs() < 1e-6);
        assert_eq!(json["organs"][name]["label"], label);
        assert_eq!(json["organs"][name]["voxels"], found.count());
    }
    assert_eq!(json["voxels"], found.only(2).count(), "the pancreas's own");
    assert!(found.labels.iter().all(|label| *label <= 3));

    // `evaluate` scores labels of the same numbers.
    let truths = trained.path("truth");
    fs::create_dir_all(&truths).unwrap();
    let number = BTreeMap::from(organs.map(|(label, organ, _)| (organ as u8, label)));
    let renumbered = truth.labels.iter().map(|label| number.get(label).copied().unwrap_or(0)).collect();
    let map = nifti::write_mask(&Mask { labels: renumbered, ..truth }, Some(&truth_lies));
    fs::write(truths.join("phantom_3.nii.gz"), map).unwrap();
    let summary = trained.path("evaluated.json");
    let folders = ["--truth", text(&truths), "--pred", text(pred.parent().unwrap()), "--report", text(&summary)];
    let said = ok(&run("evaluate", &folders));
    assert!(said.contains("\n1 Dice: mean 0.") && said.contains("\n3 Dice: mean 0."), "{said}");
    let scored = trained.json("evaluated.json")["mean"]["3"]["Dice"].as_f64().unwrap();
    assert!((scored - file.passport.training.scores[0].organs["left kidney"]).abs() < 0.01);
}

#[test]
fn what_does_not_go_with_the_organs_is_refused_by_name() {
    let trained = trained();
    let (data, model, out) = (trained.path("data"), trained.path("run/model.safetensors"), trained.path("other"));
    let refused = |out: &Path, more: &[&str], says: &[&str]| {
        let base = ["--data", text(&data), "--out", text(out), "--preset", "tiny", "--epochs", "1"];
        let base = if more.contains(&"--tune") { &base[..4] } else { &base[..] };
        let output = run("train", &[base, more].concat());
        let err = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(3), "{err}");
        assert!(says.iter().all(|words| err.contains(words)), "{err}");
    };
    refused(&out, &["--labels", "pancreas,gizzard"], &["expected `gizzard`", "`bowel`"]);
    refused(&out, &["--labels", "liver"], &["the pancreas is not among them"]);
    let init = ["--init", text(&model)];
    refused(&out, &[&init[..], &["--labels", "pancreas"]].concat(), &["--labels", "liver,pancreas,left kidney"]);
    refused(&out, &[&init[..], &["--tune", "all"]].concat(), &["Fine-tuning", "liver, pancreas, left kidney apart"]);
    // What a run was started with holds for its going on.
    let course = [&COURSE[..], &["--resume"]].concat();
    let run_folder = trained.path("run");
    let base = ["--data", text(&data), "--out", text(&run_folder), "--preset", "tiny"];
    let said = ok(&run("train", &[&base[..], &course[..], &["--labels", LABELS]].concat()));
    assert!(said.contains("is finished"), "{said}");
    let output = run("train", &[&base[..], &course[..], &["--labels", "pancreas,liver,left kidney"]].concat());
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(err.contains("--labels") && err.contains("started with liver,pancreas,left kidney"), "{err}");
}

#[test]
fn a_model_goes_on_with_its_organs() {
    let trained = trained();
    let (data, model, out) = (trained.path("data"), trained.path("run/model.safetensors"), trained.path("further"));
    let args = ["--data", text(&data), "--out", text(&out), "--init", text(&model), "--epochs", "1"];
    let said = ok(&run("train", &[&args[..], &["--learning-rate", "1e-4"]].concat()));
    let further = ModelFile::read(&fs::read(out.join("model.safetensors")).unwrap()).unwrap().passport;
    assert_eq!(further.labels.values().collect::<Vec<_>>(), ["liver", "pancreas", "left kidney"], "{said}");
    assert!(further.training.scores[0].organs["liver"] > 0.6);
}

#[test]
fn phantoms_come_with_every_organ_when_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    ok(&run("phantom", &["--output", text(folder.path()), "--cases", "1", "--seed", "5", "--organs"]));
    let json: Value = serde_json::from_slice(&fs::read(folder.path().join("dataset.json")).unwrap()).unwrap();
    assert_eq!((&json["labels"]["background"], &json["labels"]["liver"]), (&0.into(), &2.into()));
    let (map, _) =
        nifti::read_mask("map", &fs::read(folder.path().join("labelsTr/phantom_1001.nii.gz")).unwrap()).unwrap();
    let drawn = phantom(&PhantomConfig::SMALL, 5);
    assert_eq!(map.count(), drawn.organs.count());
    for (organ, name) in Organ::NAMED {
        assert_eq!(json["labels"][name], organ as u8);
        assert_eq!(map.only(organ as u8).count(), drawn.organs.only(organ as u8).count(), "{name}");
    }
    assert!(folder.path().join("imagesTr/phantom_1001_0000.nii.gz").is_file());
}

#[test]
fn weights_of_several_organs_are_imported_with_their_names() {
    let folder = tempfile::tempdir().unwrap();
    let (weights, out) = (folder.path().join("bare.safetensors"), folder.path().join("model.safetensors"));
    let bare = tensors_of(&random_file(&islet::nn::model::Preset::Tiny.config().for_organs(2), Precision::F32));
    fs::write(&weights, file_of(&bare, Default::default())).unwrap();
    let args = ["--weights", text(&weights), "--preset", "tiny", "--out", text(&out)];
    let output = run("import", &args);
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(3) && err.contains("head") && err.contains("[3"), "{err}");
    ok(&run("import", &[&args[..], &["--labels", "liver,pancreas"]].concat()));
    let passport = ModelFile::read(&fs::read(&out).unwrap()).unwrap().passport;
    assert_eq!((passport.config.classes, passport.pancreas()), (3, 1));
}
