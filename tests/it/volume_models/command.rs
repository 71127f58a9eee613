//! `islet import --nnunet` and `islet predict` as people run them.

use std::fs;
use std::path::Path;

use islet::core::mask::Mask;
use islet::formats::{Importer, nifti};

use super::{TOTAL, golden, truth};
use crate::cli::{ok, run, text};

fn imported(folder: &Path, args: &[&str]) -> std::process::Output {
    run("import", &[args, &["--output", text(&folder.join("model.safetensors"))]].concat())
}

#[test]
fn a_release_becomes_a_model_that_predict_runs() {
    let folder = tempfile::tempdir().unwrap();
    let (model, mask, report) = (
        folder.path().join("model.safetensors"),
        folder.path().join("mask.seg.nrrd"),
        folder.path().join("report.json"),
    );
    ok(&imported(folder.path(), &["--nnunet", text(&golden(TOTAL)), "--precision", "f32"]));
    let scan = golden("total/scan_0000.nii.gz");
    let predict = |output: &Path, more: &[&str]| {
        let args = ["--model", text(&model), "--input", text(&scan), "--output", text(output)];
        run("predict", &[&args[..], more].concat())
    };
    let output = predict(&mask, &["--report", text(&report), "--exact"]);
    ok(&output);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("Dataset297_TotalSegmentator_total_3mm_1559subj (licence: Apache-2.0"), "{said}");
    assert!(String::from_utf8_lossy(&fs::read(&mask).unwrap()).contains("Segment6_Name:=pancreas"));
    let report: serde_json::Value = serde_json::from_slice(&fs::read(&report).unwrap()).unwrap();
    let truth = truth("total");
    assert_eq!(report["organs"].as_object().unwrap().len(), 117);
    assert_eq!(report["organs"]["pancreas"]["voxels"], truth.only(7).count());
    assert_eq!(report["voxels"], truth.only(7).count());

    let nifti_mask = folder.path().join("mask.nii.gz");
    ok(&predict(&nifti_mask, &["--exact"]));
    let (whole, geometry) = nifti::read_mask("mask", &fs::read(nifti_mask).unwrap()).unwrap();
    assert!(whole == truth);
    // Every organ as segments and as contours.
    for name in ["organs.dcm", "organs.rtstruct.dcm"] {
        let path = folder.path().join(name);
        ok(&predict(&path, &["--exact"]));
        let mut importer = Importer::new();
        importer.add(name, &fs::read(path).unwrap());
        let contents = importer.finish();
        let [map] = &contents.labels[..] else { panic!("{name}: {:?}", contents.refused) };
        let placed = map.on(&geometry, truth.dims).unwrap();
        let is_there = |mask: &Mask| -> Vec<bool> { mask.labels.iter().map(|&label| label != 0).collect() };
        assert!(is_there(&placed) == is_there(&truth), "{name}");
        assert!(map.truth(&placed).unwrap().mask == truth.only(7), "{name}");
    }
}

#[test]
fn a_folder_or_one_fold_of_it_is_imported() {
    let folder = tempfile::tempdir().unwrap();
    let size = |args: &[&str]| {
        ok(&imported(folder.path(), args));
        fs::metadata(folder.path().join("model.safetensors")).unwrap().len()
    };
    let model = golden("residual/model");
    let both = size(&["--nnunet", text(&model)]);
    let one = size(&["--nnunet", text(&model), "--fold", "1"]);
    assert_eq!(size(&["--nnunet", text(&model.join("fold_1"))]), one);
    assert!(both > one * 18 / 10, "{both} and {one}");
}

#[test]
fn what_cannot_be_imported_is_refused_by_a_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let small = golden("small/model");
    let cut = folder.path().join("cut.zip");
    let total = golden(TOTAL);
    let bytes = fs::read(&total).unwrap();
    fs::write(&cut, &bytes[..bytes.len() / 2]).unwrap();
    let cases: [(&[&str], &str); 5] = [
        (&["--nnunet", text(&cut)], "damaged or cut short"),
        (&["--nnunet", text(folder.path())], "expected a model of nnU-Net v2"),
        (&["--nnunet", text(&small), "--roi", "pancreas"], "--roi needs --nnunet twice"),
        (&["--nnunet", text(&small), "--nnunet", text(&small)], "two models need --roi"),
        (&["--nnunet", text(&small), "--nnunet", text(&total), "--roi", "aorta"], "does not find aorta"),
    ];
    for (args, expected) in cases {
        let output = imported(folder.path(), args);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && said.contains(expected), "{args:?}: {said}");
        assert!(!folder.path().join("model.safetensors").exists());
    }
}
