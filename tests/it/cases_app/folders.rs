//! Folders with what systems leave in them, and masks that are none.

use std::fs;
use std::path::Path;

use islet::cli::files::walk;
use islet::core::mask::Mask;
use islet::core::volume::{Geometry, Volume};
use islet::formats::nifti;
use serde_json::{Value, json};

use super::{expected, said, shared, volume};
use crate::cli::{ok, run, text};

fn save(path: &Path, labels: Vec<u8>) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let mask = Mask { labels, dims: [2, 3, 40] };
    fs::write(path, nifti::write_mask(&mask, Some(&Geometry::with_spacing_mm([3.0, 2.0, 2.0])))).unwrap();
}

fn evaluated(truth: &Path, pred: &Path) -> (std::process::Output, Option<Value>) {
    let place = tempfile::tempdir().unwrap();
    let report = place.path().join("summary.json");
    let output = run("evaluate", &["--truth", text(truth), "--pred", text(pred), "--report", text(&report)]);
    (output, fs::read(report).ok().map(|bytes| serde_json::from_slice(&bytes).unwrap()))
}

fn block(labels: [u8; 2]) -> Vec<u8> {
    (0..240).map(|i| labels[usize::from(i % 40 > 20)]).collect()
}

#[test]
fn what_systems_leave_in_folders_is_no_case() {
    let place = tempfile::tempdir().unwrap();
    let (truth, pred) = (place.path().join("truth"), place.path().join("pred"));
    for folder in [&truth, &pred] {
        save(&folder.join("a.nii.gz"), block([0, 1]));
        fs::write(folder.join("._a.nii.gz"), b"\0\x05\x16\x07").unwrap();
        fs::write(folder.join(".DS_Store"), b"Bud1").unwrap();
        for hidden in ["__MACOSX", ".ipynb_checkpoints", ".Trash"] {
            save(&folder.join(hidden).join("b.nii.gz"), block([0, 1]));
        }
    }
    let (output, report) = evaluated(&truth, &pred);
    ok(&output);
    let report = report.unwrap();
    assert_eq!(report["without_prediction"], json!([]));
    assert_eq!(report["metric_per_case"].as_array().unwrap().len(), 1);
    assert_eq!(report["foreground_mean"]["Dice"], 1.0);
    // The folder that is named may be hidden itself.
    let hidden = place.path().join(".data");
    save(&hidden.join("a.nii.gz"), block([0, 1]));
    assert_eq!(walk(&hidden).unwrap(), [hidden.join("a.nii.gz")]);
}

#[cfg(unix)]
#[test]
fn links_that_lead_nowhere_or_in_a_circle_are_left_out() {
    use std::os::unix::fs::symlink;
    let place = tempfile::tempdir().unwrap();
    save(&place.path().join("one/a.nii.gz"), block([0, 1]));
    symlink(place.path().join("gone.nii.gz"), place.path().join("one/b.nii.gz")).unwrap();
    symlink(place.path(), place.path().join("one/again")).unwrap();
    symlink(place.path().join("one/a.nii.gz"), place.path().join("c.nii.gz")).unwrap();
    let expected = ["c.nii.gz", "one/a.nii.gz"].map(|name| place.path().join(name));
    assert_eq!(walk(place.path()).unwrap(), expected);
}

#[test]
fn masks_are_paired_whether_they_are_compressed_or_not() {
    let place = tempfile::tempdir().unwrap();
    let (truth, pred) = (place.path().join("truth"), place.path().join("pred"));
    save(&truth.join("a.nii.gz"), block([0, 1]));
    save(&pred.join("a.nii"), block([0, 1]));
    let report = evaluated(&truth, &pred).1.unwrap();
    assert_eq!((&report["without_prediction"], &report["foreground_mean"]["Dice"]), (&json!([]), &json!(1.0)));
}

#[test]
fn a_scan_is_no_mask_and_other_labels_are_said() {
    let place = tempfile::tempdir().unwrap();
    let (truth, pred) = (place.path().join("truth"), place.path().join("pred"));
    let dims = [2, 3, 40];
    // A scan that was scaled to a picture: every voxel that is not 0 would count as pancreas.
    let picture: Volume = volume(dims, (0..240).map(|i| (i * 97 % 251) as i16).collect());
    fs::create_dir_all(&pred).unwrap();
    fs::write(pred.join("a.nii.gz"), nifti::write_volume(&picture)).unwrap();
    save(&truth.join("a.nii.gz"), block([0, 1]));
    let (output, report) = evaluated(&truth, &pred);
    let why = said(&output);
    assert_eq!((output.status.code(), report), (Some(3), None), "{why}");
    assert!(why.contains("a.nii.gz: it holds 240 different values") && why.contains("expected labels"), "{why}");

    save(&pred.join("a.nii.gz"), block([7, 1]));
    let (output, _) = evaluated(&truth, &pred);
    assert!(said(&output).contains("a.nii.gz: 1 of its labels are not in its truth"), "{}", said(&output));
    save(&pred.join("a.nii.gz"), block([0, 255]));
    let (output, _) = evaluated(&truth, &pred);
    assert!(!said(&output).contains("warning:"), "one label written in another way");
}

#[test]
#[ignore = "needs ../shared/cases"]
fn the_case_with_files_of_macos_is_evaluated() {
    let (output, report) = evaluated(&shared("e01a/truth"), &shared("e01a/pred"));
    ok(&output);
    let (report, expected) = (report.unwrap(), expected("e01a"));
    assert_eq!(report["without_prediction"], expected["without_prediction"]);
    assert_eq!(report["foreground_mean"]["Dice"], expected["dsc"]);
}
