//! The cases in ../shared/cases, as their `expected.json` says.

use std::fs;
use std::path::{Path, PathBuf};

use islet::cli::files::read_series;
use islet::core::volume::{Orientation, Volume};
use islet::formats::{Series, nifti};
use serde_json::Value;

use crate::cli::{ok, run, text};

const CASES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/cases");
const SHIPPED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/www/models/pancreas.safetensors");

fn case(name: &str) -> PathBuf {
    Path::new(CASES).join(name)
}

fn expected(name: &str) -> Value {
    serde_json::from_slice(&fs::read(case(&format!("{name}.expected.json"))).unwrap()).unwrap()
}

/// Reads an input as `predict` does, and checks its grid.
fn read(name: &str, input: &Path) -> Series {
    let series = read_series(input).unwrap();
    let expected = expected(name);
    if let Some(dims) = expected["dims"].as_array() {
        let dims: Vec<u64> = dims.iter().map(|n| n.as_u64().unwrap()).collect();
        assert_eq!(series.volume.dims.map(|n| n as u64).to_vec(), dims, "{name}");
    }
    if let Some(spacing) = expected["spacing_mm"].as_array() {
        let found = series.volume.geometry.unwrap().spacing_mm();
        let same = |(found, expected): (f64, &Value)| (found - expected.as_f64().unwrap()).abs() < 1e-4;
        assert!(found.into_iter().zip(spacing).all(same), "{name}: {found:?}");
    }
    series
}

fn seen(volume: Volume) -> Volume {
    Orientation::axial(volume.geometry.as_ref().unwrap()).view_volume(volume)
}

#[test]
#[ignore = "needs ../shared/cases"]
fn scans_of_every_kind_are_their_references() {
    for (name, file) in [
        ("n04", "scan.nii.gz"),
        ("n06", "scan.nii.gz"),
        ("n10", ""),
        ("n11", ""),
        ("n11", "scan.hdr"),
        ("n11", "scan.img"),
        ("r04", ""),
        ("r04", "scan.nhdr"),
        ("z01a", "study.zip"),
    ] {
        let found = read(name, &case(name).join(file));
        assert!(found.notes.is_empty(), "{name}: {:?}", found.notes);
        let reference = fs::read(case(&format!("{name}.reference.nii.gz"))).unwrap();
        let (found, reference) =
            (seen(found.volume), seen(nifti::read_volume("reference", &reference).unwrap().volume));
        // Slices of a series may run the other way.
        let slices = |volume: &Volume| (0..volume.depth()).map(|z| volume.slice(z).hu.to_vec()).collect::<Vec<_>>();
        let upward = |volume: &Volume| volume.geometry.unwrap().step_mm(0)[2] > 0.0;
        let mut found_slices = slices(&found);
        if upward(&found) != upward(&reference) {
            found_slices.reverse();
        }
        assert!(found_slices == slices(&reference), "{name}/{file}");
    }
}

#[test]
#[ignore = "needs ../shared/cases"]
fn n01a_says_that_its_header_contradicts_itself() {
    let series = read("n01a", &case("n01a"));
    let [note] = &series.notes[..] else { panic!("{:?}", series.notes) };
    for word in expected("n01a")["noted"].as_array().unwrap() {
        assert!(note.contains(word.as_str().unwrap()), "{note}");
    }
    assert!(note.contains("5.333") && note.contains("4.000") && note.disputes_voxel_size(), "{note}");

    let folder = tempfile::tempdir().unwrap();
    let (mask, report) = (folder.path().join("mask.nii.gz"), folder.path().join("report.json"));
    let input = case("n01a");
    let args = ["--model", SHIPPED, "--input", text(&input), "--output", text(&mask), "--report", text(&report)];
    let said = ok(&run("predict", &args));
    assert!(said.contains("disputed voxel size"), "{said}");
    let report: Value = serde_json::from_slice(&fs::read(report).unwrap()).unwrap();
    assert!(report["volume_depends_on"].as_str().unwrap().contains("pixdim"), "{report}");
}

#[cfg(unix)]
#[test]
#[ignore = "needs ../shared/cases"]
fn n10_opens_without_what_its_links_lead_to() {
    let folder = tempfile::tempdir().unwrap();
    for slice in fs::read_dir(case("n10")).unwrap().map(|entry| entry.unwrap().path()) {
        if slice.extension().is_some_and(|ending| ending == "dcm") {
            fs::copy(&slice, folder.path().join(slice.file_name().unwrap())).unwrap();
        }
    }
    std::os::unix::fs::symlink("../.git/annex/objects/none/notes.json", folder.path().join("notes.json")).unwrap();
    let series = read("n10", folder.path());
    assert_eq!(series.files.len(), 20);
    let mask = folder.path().join("out/mask.nii.gz");
    let output = run("predict", &["--model", SHIPPED, "--input", text(folder.path()), "--output", text(&mask)]);
    ok(&output);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("notes.json") && said.contains("link"), "{said}");
}

#[test]
#[ignore = "needs ../shared/cases"]
fn masks_with_other_types_and_rounding_are_equal_to_their_truth() {
    for name in ["n03a", "n07"] {
        let folder = tempfile::tempdir().unwrap();
        let (truth, pred, report) = (case(name).join("truth"), case(name).join("pred"), folder.path().join("s.json"));
        ok(&run("evaluate", &["--truth", text(&truth), "--pred", text(&pred), "--report", text(&report)]));
        let json: Value = serde_json::from_slice(&fs::read(&report).unwrap()).unwrap();
        assert_eq!(json["foreground_mean"]["Dice"], expected(name)["dsc"], "{name}");
    }
}

#[test]
#[ignore = "needs ../shared/cases"]
fn n09_is_written_plain() {
    let folder = tempfile::tempdir().unwrap();
    let mask = folder.path().join(expected("n09")["output"].as_str().unwrap());
    let input = case("n09");
    ok(&run("predict", &["--model", SHIPPED, "--input", text(&input), "--output", text(&mask)]));
    assert_eq!(fs::read(&mask).unwrap()[..4], 348_i32.to_le_bytes());
}

#[test]
#[ignore = "needs ../shared/cases"]
fn pictures_are_read_upright_and_on_their_scale() {
    let turned = read("p02a", &case("p02a"));
    assert!(turned.notes.iter().any(|note| note.contains("EXIF")), "{:?}", turned.notes);
    let (offset, window) = (read("p01a", &case("p01a")), read("p01c", &case("p01c")));
    assert!(offset.volume.calibrated && !window.volume.calibrated);
    let folder = tempfile::tempdir().unwrap();
    let [offset, window] = ["p01a", "p01c"].map(|name| {
        let (input, mask) = (case(name), folder.path().join(format!("{name}.nii.gz")));
        ok(&run("predict", &["--model", SHIPPED, "--input", text(&input), "--output", text(&mask)]));
        gunzipped_labels(&fs::read(mask).unwrap())
    });
    assert_eq!(offset, window);
    assert!(window.iter().any(|&label| label != 0));
}

/// The labels after the header. Masks of pictures have no geometry, without which the library reads
/// none.
fn gunzipped_labels(mask: &[u8]) -> Vec<u8> {
    super::gunzipped(mask)[352..].to_vec()
}
