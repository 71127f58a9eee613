//! NIfTI and NRRD against nibabel, pynrrd and SimpleITK: tests/golden/grids/make.py made the files and says what those read.

use std::fs;
use std::path::PathBuf;

use islet::core::mask::PANCREAS;
use islet::core::volume::Orientation;
use islet::formats::{Contents, Importer};
use serde_json::Value;

fn golden(name: &str) -> Vec<u8> {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/grids"));
    fs::read(folder.join(name)).unwrap()
}

fn take_in(name: &str, bytes: &[u8]) -> Contents {
    let mut intake = Importer::new();
    intake.add(name, bytes);
    intake.finish()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|n| n.as_f64().unwrap()).collect()
}

#[test]
fn every_orientation_type_and_encoding_is_placed_as_others_do() {
    let expected: Value = serde_json::from_slice(&golden("grids.json")).unwrap();
    let mut read = 0;
    for (name, expected) in expected.as_object().unwrap().iter().filter(|(name, _)| !name.contains("seg")) {
        let contents = take_in(name, &golden(name));
        assert!(contents.refused.is_empty(), "{:?}", contents.refused);
        let volume = contents.series.into_iter().next().unwrap_or_else(|| panic!("{name} is no image")).volume;
        let geometry = volume.geometry.unwrap();
        for (row, expected) in geometry.affine.iter().zip(expected["affine_lps"].as_array().unwrap()) {
            for (found, expected) in row.iter().zip(numbers(expected)) {
                assert!((found - expected).abs() < 2e-5, "{name}: {geometry:?} is not {expected}");
            }
        }
        assert_eq!(volume.dims.map(|n| n as f64).to_vec(), numbers(&expected["dims"]), "{name}");
        let shown = Orientation::axial(&geometry).view_volume(volume);
        assert_eq!(shown.dims.map(|n| n as f64).to_vec(), numbers(&expected["viewing_dims"]), "{name}");
        let hu: Vec<f64> = shown.hu.iter().map(|&hu| f64::from(hu)).collect();
        assert_eq!(hu, numbers(&expected["viewing"]), "{name}");
        read += 1;
    }
    assert_eq!(read, 15, "eight NIfTI and seven NRRD files");
}

#[test]
fn a_cropped_segmentation_with_names_is_the_pancreas_of_its_image() {
    let contents = take_in("part.seg.nrrd", &golden("part.seg.nrrd"));
    let [map] = &contents.labels[..] else { panic!("{contents:?}") };
    let image = take_in("int16.nrrd", &golden("int16.nrrd")).series.remove(0).volume;
    let placed = map.on(&image.geometry.unwrap(), image.dims).unwrap();
    let truth = map.truth(&placed).unwrap();
    // Voxel (i, j, k) = (0, 1, 0) of a part that begins at (1, 1, 2).
    let at = (2 * 3 + 2) * 4 + 1;
    assert_eq!(truth.mask.labels.iter().position(|&label| label != 0), Some(at));
    assert_eq!((truth.mask.labels[at], truth.mask.count()), (PANCREAS, 1), "the liver is none");
    assert!(!truth.partial && truth.labelled == [true; 5]);
}

#[test]
fn a_detached_or_broken_nrrd_is_refused_in_words() {
    let detached = take_in("detached.nhdr", &golden("detached.nhdr")).refusal().unwrap();
    assert!(detached.reason.contains("`detached.raw`") && detached.hint.contains(".nrrd"), "{detached}");
    let plain = golden("int16.nrrd");
    let replaced = |from: &str, to: &str| {
        let text = String::from_utf8_lossy(&plain).into_owned();
        let at = text.find(from).unwrap();
        let bytes = [&plain[..at], to.as_bytes(), &plain[at + from.len()..]].concat();
        take_in("broken", &bytes).refusal().map(|refusal| refusal.reason.to_string()).unwrap_or_default()
    };
    for (from, to, says) in [
        ("encoding: raw", "encoding: bzip2", "encoding is bzip2"),
        ("type: int16", "type: block", "type is block"),
        ("dimension: 3", "dimension: 4", "sizes `4 3 5`"),
        ("sizes: 4 3 5", "sizes: 4 3 50", "its 120 can hold"),
        ("sizes: 4 3 5", "sizes: 4 3 99999999999999", "at most 512 million"),
        ("sizes: 4 3 5", "sizes: 4 0 5", "above zero"),
        ("space: left-posterior-superior", "space: left-posterior-superior-time", "has time"),
        ("endian: little", "byte skip: 7", "no `endian`"),
    ] {
        let why = replaced(from, to);
        assert!(why.contains(says), "{to}: {why}");
    }
    for end in (0..plain.len()).step_by(7) {
        assert!(take_in("cut", &plain[..end]).series.is_empty(), "cut at {end}");
    }
    for file in [plain, golden("part.seg.nrrd")] {
        for at in 0..file.len() {
            for value in [0x00, b'9', 0xFF] {
                let mut broken = file.clone();
                broken[at] = value;
                take_in("broken", &broken);
            }
        }
    }
}
