//! `islet predict --measurements`: a structured report with the figures of the mask.

use std::fs;

use islet::formats::nifti;
use serde_json::Value;

use super::cli::{ok, run, text};
use super::sr::{groups, name_of};

const OF_VOLUMES: &str = "www/models/pancreas-3d-phantoms.safetensors";

#[test]
fn the_report_in_dicom_has_the_volume_and_the_hounsfield_units_of_the_mask() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    ok(&run("phantom", &["--output", text(&path("phantom")), "--cases", "1", "--seed", "5001"]));
    let scan = path("phantom").join("Pancreas-CT");
    let [mask, report, measurements] = ["mask.nii.gz", "report.json", "measurements.dcm"].map(path);
    let given = ["--model", OF_VOLUMES, "--input", text(&scan), "--output", text(&mask)];
    let files = ["--report", text(&report), "--measurements", text(&measurements)];
    let said = ok(&run("predict", &[&given[..], &files[..]].concat()));
    assert!(said.contains("measurements.dcm"), "{said}");
    let json: Value = serde_json::from_slice(&fs::read(report).unwrap()).unwrap();
    let [pancreas] = &groups(&fs::read(&measurements).unwrap())[..] else { panic!("one organ") };
    assert_eq!(name_of(pancreas), "Pancreas");
    let (ml, unit) = pancreas.child("118565006 SCT").number();
    assert!((ml - json["volume_ml"].as_f64().unwrap()).abs() < 1e-6 && unit == "ml UCUM", "{ml} {unit}");

    // The mean from the mask and the scan themselves, both in file order.
    let series = islet::cli::files::read_series(&scan).unwrap();
    let (labels, _) = nifti::read_mask("mask", &fs::read(&mask).unwrap()).unwrap();
    let inside = series.volume.hu.iter().zip(&labels.labels).filter(|(_, label)| **label != 0);
    let inside: Vec<f64> = inside.map(|(hu, _)| f64::from(*hu)).collect();
    let mean = inside.iter().sum::<f64>() / inside.len() as f64;
    assert!((pancreas.hu("373098007 SCT") - mean).abs() < 1e-6, "{mean}");

    // The scan is DICOM, so the report says whose it is; a picture has no sizes, and is refused before any work.
    let of = |path: &std::path::Path, tag| {
        let file = dicom_object::open_file(path).unwrap();
        file.element(tag).unwrap().to_str().unwrap().into_owned()
    };
    let first = fs::read_dir(&scan).unwrap().next();
    let slice = islet::cli::files::walk(&first.unwrap().unwrap().path()).unwrap().remove(0);
    let study = dicom_dictionary_std::tags::STUDY_INSTANCE_UID;
    assert_eq!(of(&measurements, study), of(&slice, study));
    let refused = path("picture.dcm");
    let given = ["--model", "www/models/pancreas.safetensors", "--input", "www/icon-192.png"];
    let files = ["--output", text(&mask), "--measurements", text(&refused)];
    let output = run("predict", &[&given[..], &files[..]].concat());
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!((output.status.code(), refused.exists()), (Some(3), false), "{error}");
    assert!(error.contains("size of a pixel is unknown"), "{error}");
}
