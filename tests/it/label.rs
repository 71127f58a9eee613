//! `islet label`: scans labelled by a model, and networks that learn from such labels.

use std::fs;
use std::path::Path;

use islet::core::mask::Mask;
use islet::core::volume::Volume;
use islet::formats::{dicom, nifti};
use islet::imaging::phantom::{PhantomConfig, phantom};
use islet::nn::model::weights::ModelFile;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::cli::{ok, run, text};

const SHIPPED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/www/models/pancreas.safetensors");
const SMALL: PhantomConfig = PhantomConfig { dims: [12, 96, 96], spacing_mm: [12.0, 4.0, 4.0] };

fn scan(seed: u64) -> Volume {
    phantom(&SMALL, seed).volume
}

/// A NIfTI volume, a series as a folder, and a file that is no scan.
fn scans(folder: &Path) {
    fs::create_dir_all(folder.join("patient 2/slices")).unwrap();
    fs::write(folder.join("case1_0000.nii.gz"), nifti::write_volume(&scan(1))).unwrap();
    for (name, bytes) in dicom::write_series(&scan(2), "P2", "phantom") {
        fs::write(folder.join("patient 2/slices").join(name), bytes).unwrap();
    }
    fs::write(folder.join("broken.nii.gz"), b"no volume").unwrap();
    fs::write(folder.join("notes.txt"), b"left alone").unwrap();
}

fn label(model: &str, input: &Path, output: &Path) -> std::process::Output {
    run("label", &["--model", model, "--input", text(input), "--output", text(output), "--device", "cpu"])
}

fn mask(path: &Path) -> Mask {
    nifti::read_mask("mask", &fs::read(path).unwrap()).unwrap().0
}

fn refused(output: &std::process::Output, code: i32, says: &[&str]) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{said}");
    says.iter().for_each(|says| assert!(said.contains(says), "{says}: {said}"));
}

#[test]
fn a_network_that_learns_from_a_models_labels_names_the_model() {
    let folder = tempfile::tempdir().unwrap();
    let (input, data) = (folder.path().join("scans"), folder.path().join("data"));
    scans(&input);
    refused(&label(SHIPPED, &input, &data), 5, &["broken.nii.gz", "1 of 3 scans were not labelled"]);

    // The labels are those of `islet predict`.
    let alone = folder.path().join("alone.nii.gz");
    let first = input.join("case1_0000.nii.gz");
    ok(&run("predict", &["--model", SHIPPED, "--input", text(&first), "--output", text(&alone), "--device", "cpu"]));
    assert!(mask(&data.join("labelsTr/case1.nii.gz")) == mask(&alone));
    let copied = nifti::read_volume("copy", &fs::read(data.join("imagesTr/patient_2_0000.nii.gz")).unwrap()).unwrap();
    assert!(copied.volume.hu == scan(2).hu, "the scan is copied");

    let described: Value = serde_json::from_slice(&fs::read(data.join("dataset.json")).unwrap()).unwrap();
    let sha256 = islet::core::hex::hex(&Sha256::digest(fs::read(SHIPPED).unwrap()));
    assert_eq!(described["labelled_by"]["sha256"], sha256.as_str());
    assert_eq!(described["training"].as_array().unwrap().len(), 2);

    // Two cases are the least that can be divided into two sides.
    let trained = folder.path().join("run");
    let data_and_run = ["--data", text(&data), "--out", text(&trained), "--preset", "tiny", "--epochs", "1"];
    let output = run("train", &[&data_and_run[..], &["--train-cases", "1", "--val-cases", "2"]].concat());
    ok(&output);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("how far the network agrees with it") && said.contains(&sha256), "{said}");
    let passport = ModelFile::read(&fs::read(trained.join("model.safetensors")).unwrap()).unwrap().passport;
    let source = ModelFile::read(&fs::read(SHIPPED).unwrap()).unwrap().passport;
    for (text, holds) in [
        (&passport.training.dataset, &sha256),
        (&passport.training.dataset, &source.training.dataset),
        (&passport.license, &sha256),
        (&passport.license, &source.license),
    ] {
        assert!(text.contains(holds.as_str()), "{text}");
    }
}

#[test]
fn a_data_set_that_was_begun_is_gone_on_with_by_the_same_model_alone() {
    let folder = tempfile::tempdir().unwrap();
    let (input, data) = (folder.path().join("scans"), folder.path().join("data"));
    fs::create_dir(&input).unwrap();
    fs::write(input.join("case1.nii.gz"), nifti::write_volume(&scan(1))).unwrap();
    ok(&label(SHIPPED, &input, &data));
    let before = fs::metadata(data.join("labelsTr/case1.nii.gz")).unwrap().modified().unwrap();
    fs::write(input.join("case2.nii.gz"), nifti::write_volume(&scan(2))).unwrap();
    let said = ok(&label(SHIPPED, &input, &data));
    assert!(said.contains("case1: labelled before") && said.contains("holds 2 labelled scan(s)"), "{said}");
    assert_eq!(fs::metadata(data.join("labelsTr/case1.nii.gz")).unwrap().modified().unwrap(), before);

    let other = concat!(env!("CARGO_MANIFEST_DIR"), "/www/models/pancreas-3d-phantoms.safetensors");
    refused(&label(other, &input, &data), 3, &["dataset.json", "expected the model given", "another folder"]);
    fs::write(data.join("dataset.json"), "{}").unwrap();
    refused(&label(SHIPPED, &input, &data), 3, &["made by no model"]);
}

#[test]
fn scans_that_cannot_be_labelled_are_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let (input, data) = (folder.path().join("scans"), folder.path().join("data"));
    fs::create_dir(&input).unwrap();
    refused(&label(SHIPPED, &input, &data), 3, &["no CT series was found"]);
    refused(&label(SHIPPED, &folder.path().join("nowhere"), &data), 3, &["nowhere cannot be read"]);
    fs::write(input.join("a b.nii.gz"), nifti::write_volume(&scan(1))).unwrap();
    fs::write(input.join("a_b.nii"), b"").unwrap();
    refused(&label(SHIPPED, &input, &data), 3, &["it is called a_b", "Rename one of the two"]);
    assert!(!data.exists(), "nothing is written");
}
