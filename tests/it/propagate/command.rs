//! `islet propagate` as people run it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use islet::core::drawn_pixels::DrawnPixels;
use islet::core::mask::Mask;
use islet::formats::nifti;
use islet::imaging::propagate::{KnownLabels, PartialSlice};
use tempfile::TempDir;

use super::{DIMS, accepted, dsc, moving_ball, propagate};
use crate::cli::{ok, run, text};

/// A folder with a scan and labels, of which all slices but `kept` hold `filled`.
fn folder(kept: &[usize], filled: u8) -> (TempDir, Mask) {
    let folder = tempfile::tempdir().unwrap();
    let (volume, truth) = moving_ball();
    let mut labels = truth.clone();
    for slice in (0..DIMS[0]).filter(|slice| !kept.contains(slice)) {
        labels.slice_mut(slice).fill(filled);
    }
    fs::write(folder.path().join("scan.nii.gz"), nifti::write_volume(&volume)).unwrap();
    fs::write(folder.path().join("labels.nii.gz"), nifti::write_mask(&labels, volume.geometry.as_ref())).unwrap();
    (folder, truth)
}

fn propagated(folder: &Path, more: &[&str]) -> (std::process::Output, PathBuf) {
    let [scan, labels, output] = ["scan.nii.gz", "labels.nii.gz", "mask.nii.gz"].map(|name| folder.join(name));
    let args = ["--input", text(&scan), "--corrections", text(&labels), "--output", text(&output)];
    (run("propagate", &[&args[..], more].concat()), output)
}

#[test]
fn listed_slices_are_completed_as_the_library_does() {
    let (folder, truth) = folder(&[4, 12, 20], 0);
    let (output, mask) = propagated(folder.path(), &["--accepted", "4,12,20"]);
    let said = ok(&output);
    assert!(said.contains("of 24 slices, 3 of them accepted") && said.contains("next to accept: slice "), "{said}");
    let (mask, _) = nifti::read_mask("mask", &fs::read(mask).unwrap()).unwrap();
    let (volume, _) = moving_ball();
    assert_eq!(mask, propagate(&volume, &accepted(&truth, &[4, 12, 20])).unwrap());
}

#[test]
fn slices_that_hold_ignore_are_not_accepted() {
    let (folder, truth) = folder(&[4, 12, 20], 2);
    let (output, mask) = propagated(folder.path(), &[]);
    assert!(ok(&output).contains("3 of them accepted"));
    let (mask, _) = nifti::read_mask("mask", &fs::read(mask).unwrap()).unwrap();
    assert!(dsc(&mask, &truth) > 0.95);
}

#[test]
fn a_plane_across_slices_that_hold_ignore_is_known_too() {
    let (folder, truth) = folder(&[4, 20], 2);
    // The coronal plane of row 30, through the ball's centre, on the slices that are not accepted.
    let mut labels = truth.clone();
    let mut known = BTreeMap::new();
    for slice in (0..DIMS[0]).filter(|slice| ![4, 20].contains(slice)) {
        let plane: DrawnPixels =
            (0..DIMS[2]).map(|x| (30 * DIMS[2] + x, truth.slice(slice)[30 * DIMS[2] + x])).collect();
        labels.slice_mut(slice).fill(2);
        plane.write_over(labels.slice_mut(slice));
        known.insert(slice, plane);
    }
    let (volume, _) = moving_ball();
    let bytes = nifti::write_mask(&labels, volume.geometry.as_ref());
    fs::write(folder.path().join("labels.nii.gz"), bytes).unwrap();
    let named = r#"{"labels": {"background": 0, "pancreas": 1, "ignore": 2}}"#;
    fs::write(folder.path().join("dataset.json"), named).unwrap();
    let (output, path) = propagated(folder.path(), &[]);
    let said = ok(&output);
    assert!(said.contains("2 of them accepted") && said.contains("22 other slices are known in part"), "{said}");
    let (mask, _) = nifti::read_mask("mask", &fs::read(path).unwrap()).unwrap();
    let accepted = accepted(&truth, &[4, 20]);
    let partial: Vec<_> = known.iter().map(|(&slice, drawn)| PartialSlice { slice, drawn }).collect();
    let labels = KnownLabels { accepted: &accepted, partial: &partial };
    assert_eq!(mask, islet::imaging::propagate::propagate(&volume, &labels, None).unwrap().mask, "as in the page");
    let without = propagate(&volume, &accepted).unwrap();
    assert!(dsc(&mask, &truth) > dsc(&without, &truth) + 0.01, "{} {}", dsc(&mask, &truth), dsc(&without, &truth));
}

#[test]
fn what_leads_nowhere_is_refused_with_what_to_do() {
    let refused = |kept: &[usize], filled: u8, more: &[&str]| {
        let (folder, _) = folder(kept, filled);
        let (output, mask) = propagated(folder.path(), more);
        assert_eq!(output.status.code(), Some(3));
        assert!(!mask.exists());
        String::from_utf8(output.stderr).unwrap()
    };
    let error = refused(&[12], 2, &[]);
    assert!(error.contains("1 accepted slice(s) were found, expected at least two"), "{error}");
    let error = refused(&[4, 12, 20], 0, &[]);
    assert!(error.contains("all 24 slices count as accepted") && error.contains("--accepted"), "{error}");
    let error = refused(&[4, 12, 20], 0, &["--accepted", "4,30"]);
    assert!(error.contains("slice 30 is listed as accepted, expected slices from 0 to 23"), "{error}");
    let error = refused(&[], 0, &["--accepted", "4,12"]);
    assert!(error.contains("none of its 2 accepted slices holds a label"), "{error}");
}

#[test]
fn labels_on_another_grid_are_refused() {
    let (folder, _) = folder(&[4, 12, 20], 0);
    let (volume, truth) = moving_ball();
    let mut geometry = volume.geometry.unwrap();
    geometry.affine[0][3] += 40.0;
    fs::write(folder.path().join("labels.nii.gz"), nifti::write_mask(&truth, Some(&geometry))).unwrap();
    let (output, _) = propagated(folder.path(), &["--accepted", "4,12"]);
    assert_eq!(output.status.code(), Some(3));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("on another grid than the scan's"), "{error}");
}
