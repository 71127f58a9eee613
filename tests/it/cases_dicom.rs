//! DICOM as people have it: the cases of ../shared/cases, against what pydicom, nibabel and highdicom read.

use std::fs;
use std::path::{Path, PathBuf};

use islet::core::volume::{Orientation, Volume};
use islet::formats::{Contents, Importer, nifti};
use serde_json::Value;

const CASES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/cases");

fn files(path: &Path) -> Vec<PathBuf> {
    if !path.is_dir() {
        return vec![path.to_path_buf()];
    }
    let mut entries: Vec<PathBuf> = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    entries.iter().flat_map(|path| files(path)).collect()
}

fn contents(case: &str) -> Contents {
    let mut importer = Importer::new();
    for path in files(&Path::new(CASES).join(case)) {
        importer.add(path.to_str().unwrap(), &fs::read(&path).unwrap());
    }
    importer.finish()
}

fn expected(case: &str) -> Value {
    serde_json::from_slice(&fs::read(Path::new(CASES).join(format!("{case}.expected.json"))).unwrap()).unwrap()
}

/// A volume as it lies in the patient: in viewing order, slices upwards.
fn shown(volume: Volume) -> Volume {
    let geometry = volume.geometry.unwrap();
    let shown = Orientation::axial(&geometry).view_volume(volume);
    if shown.geometry.unwrap().step_mm(0)[2] > 0.0 {
        return shown;
    }
    Orientation { source: [0, 1, 2], flip: [true, false, false] }.view_volume(shown)
}

fn references(case: &str) -> Vec<(String, Volume)> {
    let mut names: Vec<String> = fs::read_dir(CASES)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_str().unwrap().to_owned())
        .filter(|name| name.starts_with(&format!("{case}.reference")))
        .collect();
    names.sort();
    let read = |name: String| {
        let bytes = fs::read(Path::new(CASES).join(&name)).unwrap();
        let volume = shown(nifti::read_volume(&name, &bytes).unwrap().volume);
        (name, volume)
    };
    names.into_iter().map(read).collect()
}

fn same(a: &Volume, b: &Volume) -> bool {
    let (left, right) = (a.geometry.unwrap().affine, b.geometry.unwrap().affine);
    let close = left.as_flattened().iter().zip(right.as_flattened()).all(|(a, b)| (a - b).abs() < 1e-3);
    a.dims == b.dims && a.hu == b.hu && close
}

/// Everything that is said about what was given, in one text.
fn said(contents: &Contents) -> String {
    let notes = contents.series.iter().flat_map(|series| series.notes.iter().map(ToString::to_string));
    let listed = contents.listed.iter().map(|listed| listed.reason.to_string());
    let refused = contents.refused.iter().map(ToString::to_string);
    notes.chain(listed).chain(refused).collect::<Vec<_>>().join("\n")
}

fn words(expected: &Value, key: &str) -> Vec<String> {
    expected[key].as_array().into_iter().flatten().map(|word| word.as_str().unwrap().to_owned()).collect()
}

#[test]
#[ignore = "needs ../shared/cases"]
fn every_case_is_read_as_an_independent_reader_does_or_says_why_not() {
    for case in ["d01", "d03", "d04", "d05", "d06", "d10a", "d10b", "d11a", "d15a", "d16"] {
        let (contents, expected) = (contents(case), expected(case));
        let said = said(&contents);
        let first = contents.series.into_iter().next().unwrap_or_else(|| panic!("{case}: {said}")).volume;
        if let Some(dims) = expected["dims"].as_array() {
            assert_eq!(serde_json::json!(first.dims), serde_json::json!(dims), "{case}");
        }
        if let Some(spacing) = expected["spacing_mm"].as_array() {
            let found = first.geometry.unwrap().spacing_mm();
            let is_close = |(found, mm): (&f64, &Value)| (found - mm.as_f64().unwrap()).abs() < 1e-6;
            assert!(found.iter().zip(spacing).all(is_close), "{case}: {found:?}");
        }
        let references = references(case);
        let shown = shown(first);
        let is_one = references.is_empty() || references.iter().any(|(_, reference)| same(reference, &shown));
        assert!(is_one, "{case} is none of its references");
        let any = words(&expected, "refused_or_noted");
        assert!(any.is_empty() || any.iter().any(|word| said.contains(word)), "{case}: {said}");
        for word in words(&expected, "not_said") {
            assert!(!said.contains(&word), "{case}: {said}");
        }
    }
}

#[test]
#[ignore = "needs ../shared/cases"]
fn every_scan_of_a_case_with_two_is_one_of_the_series() {
    for case in ["d01", "d04"] {
        let found: Vec<Volume> = contents(case).series.into_iter().map(|series| shown(series.volume)).collect();
        assert_eq!(found.len(), 2, "{case}");
        for (name, reference) in references(case) {
            assert!(found.iter().any(|volume| same(volume, &reference)), "{name}");
        }
    }
}

#[test]
#[ignore = "needs ../shared/cases"]
fn which_scan_comes_first_does_not_depend_on_the_names_of_files() {
    for case in ["d01", "d03", "d04"] {
        let paths = files(&Path::new(CASES).join(case));
        let read = |paths: &mut dyn Iterator<Item = &PathBuf>| {
            let mut importer = Importer::new();
            for (nth, path) in paths.enumerate() {
                importer.add(&format!("{nth}"), &fs::read(path).unwrap());
            }
            importer.finish().series.into_iter().map(|series| series.volume.hu).collect::<Vec<_>>()
        };
        assert_eq!(read(&mut paths.iter()), read(&mut paths.iter().rev()), "{case}");
    }
}

#[test]
#[ignore = "needs ../shared/cases"]
fn a_label_map_segmentation_labels_its_scan() {
    let contents = contents("d15a");
    assert!(contents.listed.is_empty() && contents.refused.is_empty(), "{}", said(&contents));
    let ([map], [series]) = (&contents.labels[..], &contents.series[..]) else { panic!("{}", said(&contents)) };
    let placed = map.on(&series.volume.geometry.unwrap(), series.volume.dims).unwrap();
    let truth = map.truth(&placed).unwrap();
    let slices: Vec<usize> = (0..20).filter(|&z| truth.mask.has_labels(z)).collect();
    let expected = &expected("d15a")["segmentation"];
    assert_eq!(serde_json::json!(truth.mask.count()), expected["voxels"]);
    assert_eq!(serde_json::json!([slices[0], slices[slices.len() - 1]]), expected["slices"]);
}
