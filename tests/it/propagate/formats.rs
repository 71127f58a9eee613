//! `islet propagate` takes labels in every format in which Islet writes them.

use std::fs;
use std::path::Path;

use islet::core::mask::Mask;
use islet::formats::{OrganLabel, nifti, nrrd};

use super::moving_ball;
use crate::cli::{ok, run, text};

/// The mask that follows from the labels in a file and from a model's in another.
fn completed(folder: &Path, corrections: &str, predicted: &str) -> Mask {
    let [scan, corrections, predicted, output] =
        ["scan.nii.gz", corrections, predicted, "completed.nii.gz"].map(|name| folder.join(name));
    let args = ["--input", text(&scan), "--corrections", text(&corrections), "--predicted", text(&predicted)];
    let output_args = ["--accepted", "4,12,20", "--output", text(&output)];
    ok(&run("propagate", &[&args[..], &output_args[..]].concat()));
    nifti::read_mask("mask", &fs::read(output).unwrap()).unwrap().0
}

#[test]
fn labels_count_alike_in_every_format() {
    let folder = tempfile::tempdir().unwrap();
    let (volume, truth) = moving_ball();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("scan.nii.gz"), nifti::write_volume(&volume)).unwrap();
    fs::write(path("labels.nii.gz"), nifti::write_mask(&truth, volume.geometry.as_ref())).unwrap();
    // What the command itself writes in each format is the same mask, which then serves as labels and as a model's.
    let names = ["full.nii.gz", "full.nrrd", "full.seg.nrrd", "full.dcm", "full.rtstruct.dcm"];
    for name in names {
        let [scan, labels, output] = ["scan.nii.gz", "labels.nii.gz", name].map(path);
        let args = ["--input", text(&scan), "--corrections", text(&labels), "--accepted", "2,8,14,21"];
        ok(&run("propagate", &[&args[..], &["--output", text(&output)]].concat()));
    }
    let expected = completed(folder.path(), names[0], names[0]);
    assert!(expected.count() > 0);
    for name in &names[1..] {
        assert!(completed(folder.path(), name, names[0]) == expected, "corrections in {name}");
        assert!(completed(folder.path(), names[0], name) == expected, "a model's mask in {name}");
    }

    let refused = |corrections: &Path, says: &str| {
        let [scan, output] = ["scan.nii.gz", "refused.nii.gz"].map(path);
        let args = ["--input", text(&scan), "--corrections", text(corrections), "--output", text(&output)];
        let output = run("propagate", &args);
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(3), "{error}");
        assert!(error.contains(says), "{error}");
    };
    refused(&path("nowhere.dcm"), "nowhere.dcm");
    refused(folder.path(), "several label maps");
    let image = path("image.nii.gz");
    let mut noise = volume.clone();
    noise.hu.iter_mut().zip(0_i32..).for_each(|(hu, i)| *hu = ((i * 7919) % 2003 - 1000) as i16);
    fs::write(&image, nifti::write_volume(&noise)).unwrap();
    refused(&image, "holds no labels");
}

#[test]
fn segments_that_are_named_ignore_are_not_accepted() {
    let folder = tempfile::tempdir().unwrap();
    let (volume, truth) = moving_ball();
    let mut labels = truth.clone();
    let area = labels.labels.len() / labels.dims[0];
    for slice in (0..labels.dims[0]).filter(|slice| ![4, 12, 20].contains(slice)) {
        // Not throughout: only the name tells.
        labels.slice_mut(slice)[..area / 2].fill(2);
    }
    let organs = [(1, "pancreas"), (2, "ignore")].map(|(label, name)| OrganLabel { label, name: name.into() });
    let [scan, corrections, output] = ["scan.nii.gz", "labels.seg.nrrd", "mask.nii.gz"].map(|n| folder.path().join(n));
    fs::write(&scan, nifti::write_volume(&volume)).unwrap();
    fs::write(&corrections, nrrd::write_mask(&labels, volume.geometry.as_ref(), &organs)).unwrap();
    let args = ["--input", text(&scan), "--corrections", text(&corrections), "--output", text(&output)];
    let said = ok(&run("propagate", &args));
    assert!(said.contains("3 of them accepted"), "{said}");
}
