//! Scans and labels that do not fit, and one scan under several numbers.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use islet::cli::datasets::fingerprint::{DuplicateIndex, Fingerprint};
use islet::cli::datasets::source::CaseSource;
use islet::cli::datasets::split::Split;
use islet::cli::datasets::training_cases::{CaseSelection, TrainingCases};
use islet::cli::datasets::{DatasetLayout, LoadedCase, check, ct82};
use islet::core::mask::Mask;
use islet::core::volume::{Geometry, Volume};
use islet::formats::nifti;
use islet::imaging::phantom::{PhantomConfig, phantom};
use islet::imaging::preprocess::PreprocessConfig;
use serde_json::json;

/// Little to draw and to write: 120 x 384 x 384 mm.
pub(super) const COARSE: PhantomConfig = PhantomConfig { dims: [12, 96, 96], spacing_mm: [10.0, 4.0, 4.0] };

/// A case that fits.
pub(super) fn coarse(seed: u64) -> LoadedCase {
    let phantom = phantom(&COARSE, seed);
    LoadedCase::new(seed as u32, phantom.volume, phantom.pancreas, vec![true; 12])
}

fn checked(case: &LoadedCase) -> Result<(), String> {
    check::scan("case 7", &case.volume)
        .and_then(|()| check::case("case 7", case))
        .map_err(|refusal| refusal.to_string())
}

fn with_hu(hu: impl Fn(i16) -> i16) -> LoadedCase {
    let mut case = coarse(7);
    case.volume.hu.iter_mut().for_each(|value| *value = hu(*value));
    case
}

fn with_steps(x: [f64; 3], y: [f64; 3], z: [f64; 3]) -> LoadedCase {
    let mut case = coarse(7);
    case.volume.geometry = Some(Geometry { affine: [0, 1, 2].map(|r| [x[r], y[r], z[r], 0.0]) });
    case
}

fn with_spacing(spacing_mm: [f64; 3]) -> LoadedCase {
    let mut case = coarse(7);
    case.volume.geometry = Some(Geometry::with_spacing_mm(spacing_mm));
    case
}

fn with_label(label: impl Fn(usize, usize) -> bool) -> LoadedCase {
    let mut case = coarse(7);
    case.truth.labels.iter_mut().enumerate().for_each(|(i, l)| *l = u8::from(label(i / 96 % 96, i % 96)));
    case
}

fn cropped(from: usize, to: usize) -> LoadedCase {
    let LoadedCase { volume, truth, .. } = coarse(7);
    let (area, dims) = (96 * 96, [to - from, 96, 96]);
    let hu = volume.hu[from * area..to * area].to_vec();
    let truth = Mask { labels: truth.labels[from * area..to * area].to_vec(), dims };
    LoadedCase::new(7, Volume { hu, dims, ..volume }, truth, vec![true; to - from])
}

#[test]
fn what_does_not_fit_is_refused_with_its_reason() {
    checked(&coarse(7)).unwrap();
    let tilted = |degrees: f64| {
        let (sin, cos) = degrees.to_radians().sin_cos();
        with_steps([4.0, 0.0, 0.0], [0.0, 4.0 * cos, 4.0 * sin], [0.0, -10.0 * sin, 10.0 * cos])
    };
    checked(&tilted(10.0)).unwrap();
    // Beyond the reconstructed circle, scanners write a value of their own.
    let mut padded = with_hu(|hu| hu + 1024);
    let outside = |i: usize| (i / 96 % 96).abs_diff(48).pow(2) + (i % 96).abs_diff(48).pow(2) > 40 * 40;
    padded.volume.hu.iter_mut().enumerate().filter(|(i, _)| outside(*i)).for_each(|(_, hu)| *hu = -2000);
    let cases = [
        (with_hu(|_| 40), "every voxel of it is 40"),
        (with_hu(|hu| i16::from(hu > 0)), "from 0 to 1, as if it had been scaled"),
        (with_hu(|hu| (hu.clamp(-160, 240) + 160) / 2), "as if it had been scaled to a picture"),
        (with_hu(|hu| hu + 1024), "with no air in it"),
        (with_hu(|hu| hu.clamp(-175, 250)), "with no air in it, as if it had been clipped"),
        (padded, "of its body are above 500"),
        (with_hu(|hu| hu - 1024), "as if it had been rescaled twice"),
        (tilted(30.0), "oblique, 30 degrees from axial"),
        (with_spacing([4.0, 4.0, 1.0]), "its slices are not axial"),
        (with_spacing([10.0, 40.0, 40.0]), "its voxels are 10.000 x 40.000 x 40.000 mm"),
        (with_spacing([100.0, 4.0, 4.0]), "its voxels are 100.000 x 4.000 x 4.000 mm"),
        (with_spacing([10.0, 0.5, 0.5]), "its slices are 48 x 48 mm"),
        (cropped(3, 10), "it has 7 slices"),
        (with_label(|_, _| false), "its label is empty, expected pancreas"),
        (with_label(|y, x| y < 4 && x < 4), "192 of the 192 voxels labelled pancreas are air"),
    ];
    for (case, says) in cases {
        let why = checked(&case).unwrap_err();
        assert!(why.starts_with("case 7: ") && why.contains(says), "{why}\ndoes not say {says}");
    }
    // A label on slices that are not labelled throughout says nothing.
    assert!(
        checked(&LoadedCase { labelled: vec![false; 12], ..coarse(7) }).unwrap_err().contains("its label is empty")
    );
}

#[test]
fn a_scan_is_known_by_its_slices() {
    let whole = coarse(7);
    let mut known = DuplicateIndex::default();
    known.add(7, &whole.scan);
    assert_eq!(known.alike(&coarse(8).scan), None);
    assert_eq!(known.alike(&cropped(2, 11).scan), Some((7, 9)), "a crop of it");
    let mut turned = whole.volume.clone();
    turned.hu = turned.hu.chunks(96 * 96).rev().flatten().copied().collect();
    let turned = Fingerprint::of(&turned);
    assert_eq!(known.alike(&turned), Some((7, 12)), "slices the other way round");
    assert_ne!(turned.sha256, whole.scan.sha256);
    let air = Fingerprint::of(&Volume { hu: vec![-1000; 12 * 96 * 96], ..whole.volume.clone() });
    known.add(9, &air);
    assert_eq!(known.alike(&air), None, "all air is alike");

    let other_label = LoadedCase::new(7, whole.volume.clone(), Mask::empty(whole.truth.dims), vec![true; 12]);
    assert_eq!(other_label.scan, whole.scan);
    assert_ne!(other_label.sha256, whole.sha256);
    let reshaped = Fingerprint::of(&Volume { dims: [12, 48, 192], ..whole.volume.clone() });
    assert_ne!(reshaped.sha256, whole.scan.sha256, "the shape counts");
    // As `(struct.pack("<3Q", 1, 1, 2) + struct.pack("<2h", 1, -2))` under Python's hashlib.sha256.
    let two = Volume { hu: vec![1, -2], dims: [1, 1, 2], geometry: None, calibrated: true };
    assert_eq!(Fingerprint::of(&two).sha256, "c1bea528b1006a5ea8e8a1e9e735d3782b5dfc06243c869619a610e5210eb69c");
}

/// Writes cases in nnU-Net's layout and divides them in the middle.
pub(super) fn data_set(folder: &Path, cases: &[&LoadedCase]) -> Vec<PathBuf> {
    let json = json!({ "labels": { "background": 0, "pancreas": 1 } }).to_string();
    for name in ["imagesTr", "labelsTr"] {
        fs::create_dir_all(folder.join(name)).unwrap();
    }
    fs::write(folder.join("dataset.json"), json).unwrap();
    for (id, case) in (1..).zip(cases) {
        let geometry = case.volume.geometry.as_ref();
        fs::write(folder.join(format!("imagesTr/a_{id}.nii.gz")), nifti::write_volume(&case.volume)).unwrap();
        fs::write(folder.join(format!("labelsTr/a_{id}.nii.gz")), nifti::write_mask(&case.truth, geometry)).unwrap();
    }
    vec![folder.to_path_buf()]
}

/// The first `learn` cases to learn from, the others to validate on.
pub(super) fn divided(place: &Path, cases: &[&LoadedCase], learn: usize) -> anyhow::Result<TrainingCases> {
    let data = data_set(&place.join("data"), cases);
    let list = |range: String| range.parse().unwrap();
    let sides = Split::Lists { train: list(format!("1-{learn}")), val: list(format!("{}-{}", learn + 1, cases.len())) };
    let (layout, cache) = (DatasetLayout::Auto, place.join("cache"));
    let selection = CaseSelection { paths: &data, layout, wanted: None, sides: &sides, cache: Some(&cache) };
    selection.slices(&PreprocessConfig::default())
}

#[test]
fn one_scan_is_never_two_cases() {
    let (a, b, c) = (coarse(7), coarse(8), coarse(9));
    let relabelled = with_label(|y, x| (40..44).contains(&y) && (40..44).contains(&x));
    let refused = |cases: &[&LoadedCase]| {
        let place = tempfile::tempdir().unwrap();
        divided(place.path(), cases, 2).unwrap_err().to_string()
    };
    let why = refused(&[&a, &b, &relabelled]);
    assert!(why.contains("case 3: 12 of its 12 slices are those of case 1, on the other side"), "{why}");
    let why = refused(&[&a, &relabelled, &c]);
    assert!(why.contains("case 2: 12 of its 12 slices are those of case 1, on the same side"), "{why}");
    let why = refused(&[&a, &b, &cropped(1, 10)]);
    assert!(why.contains("case 3: 9 of its 9 slices are those of case 1"), "{why}");
    let place = tempfile::tempdir().unwrap();
    let split = divided(place.path(), &[&a, &b, &c], 2).unwrap();
    let ids = |cases: &[islet::cli::datasets::Case]| cases.iter().map(|case| case.id).collect::<Vec<_>>();
    assert_eq!((ids(&split.train), ids(&split.val)), (vec![1, 2], vec![3]));
    assert_eq!(split.labels.into_iter().collect::<Vec<_>>(), [(1, "pancreas".to_string())]);
}

#[test]
fn what_ct82_withdrew_is_left_out_by_number() {
    let place = tempfile::tempdir().unwrap();
    for id in [2, 25, 70, 82] {
        let folder = place.path().join(format!("Pancreas-CT/PANCREAS_{id:04}/a/b"));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("1-001.dcm"), b"not read here").unwrap();
        fs::write(place.path().join(format!("label{id:04}.nii.gz")), b"nor this").unwrap();
    }
    let cases = ct82::find(&CaseSource::open(place.path()).unwrap()).unwrap();
    assert_eq!(cases.into_keys().collect::<Vec<_>>(), [2, 82]);
}

#[test]
fn every_bad_case_is_named_at_once() {
    let place = tempfile::tempdir().unwrap();
    let (good, fine) = (coarse(8), coarse(9));
    let (offset, empty) = (with_hu(|hu| hu + 1024), with_label(|_, _| false));
    let data = place.path().join("data");
    let cases = [&offset, &good, &empty, &fine, &fine];
    data_set(&data, &cases);
    fs::write(data.join("imagesTr/a_4.nii.gz"), b"cut").unwrap();
    let sides = Split::Lists { train: "1-4".parse().unwrap(), val: "5".parse().unwrap() };
    let cache = place.path().join("cache");
    let error =
        CaseSelection { paths: &[data], layout: DatasetLayout::Auto, wanted: None, sides: &sides, cache: Some(&cache) }
            .slices(&PreprocessConfig::default())
            .unwrap_err();
    let why = error.to_string();
    assert!(why.starts_with("3 of 5 cases: they cannot be used:\n"), "{why}");
    for says in ["\n  case 1: its values go from ", "\n  case 3: its label is empty", "a_4.nii.gz: "] {
        assert!(why.contains(says), "{why}\ndoes not say {says}");
    }
    assert!(!why.contains("case 2:") && !why.contains("case 5:") && !why.contains(".."), "{why}");
}

#[test]
fn data_sets_that_are_labelled_differently_meet_in_what_they_share() {
    let place = tempfile::tempdir().unwrap();
    // One has the pancreas as 3 beside the spleen, the other as 1 beside a liver.
    let sets: [(&str, &[u64], serde_json::Value, [u8; 2]); 2] = [
        ("one", &[1, 2], json!({ "spleen": 2, "pancreas": 3 }), [3, 2]),
        ("two", &[3], json!({ "pancreas": 1, "liver": 2 }), [1, 2]),
    ];
    let mut paths = Vec::new();
    for (name, seeds, labels, [pancreas, other]) in sets {
        let mut cases: Vec<LoadedCase> = seeds.iter().map(|seed| coarse(*seed)).collect();
        for (i, label) in cases.iter_mut().flat_map(|case| &mut case.truth.labels).enumerate() {
            *label = match (*label, i % 7) {
                (1, _) => pancreas,
                (_, 0) => other,
                _ => 0,
            };
        }
        let folder = place.path().join(name);
        paths.extend(data_set(&folder, &cases.iter().collect::<Vec<_>>()));
        fs::write(folder.join("dataset.json"), json!({ "labels": labels }).to_string()).unwrap();
    }
    for kind in ["imagesTr", "labelsTr"] {
        let of = |id| paths[1].join(format!("{kind}/a_{id}.nii.gz"));
        fs::rename(of(1), of(3)).unwrap();
    }
    let cache = place.path().join("cache");
    let loaded = |paths: &[PathBuf], wanted: &[&str]| {
        let wanted: Vec<String> = wanted.iter().map(|name| name.to_string()).collect();
        let wanted = (!wanted.is_empty()).then_some(&wanted[..]);
        let (layout, sides) = (DatasetLayout::Auto, &Split::LastFifth);
        CaseSelection { paths, layout, wanted, sides, cache: Some(&cache) }.slices(&PreprocessConfig::default())
    };
    let names = |labels: &BTreeMap<u8, String>| labels.values().cloned().collect::<Vec<_>>();
    let why = loaded(&paths, &["pancreas", "spleen"]).unwrap_err().to_string();
    assert!(why.contains("two: its labels are `pancreas`, `liver`, expected `spleen`"), "{why}");
    assert!(!cache.exists(), "nothing is read before that");
    assert!(loaded(&paths, &["pancreas", "pancreas"]).unwrap_err().to_string().contains("twice"));
    assert!(loaded(&paths[..1], &["spleen"]).unwrap_err().to_string().contains("pancreas is not among them"));

    let shared = loaded(&paths, &[]).unwrap();
    assert_eq!(names(&shared.labels), ["pancreas"]);
    let truth = |split: &TrainingCases| -> Vec<u8> {
        split.train.iter().flat_map(|c| c.truth_mask().unwrap().labels).collect()
    };
    let both = loaded(&paths[..1], &[]).unwrap();
    assert_eq!(names(&both.labels), ["spleen", "pancreas"]);
    let turned = loaded(&paths[..1], &["pancreas", "spleen"]).unwrap();
    let counts = |labels: &[u8]| [1, 2].map(|label| labels.iter().filter(|found| **found == label).count());
    let (alone, [spleen, pancreas]) =
        (counts(&truth(&loaded(&paths[..1], &["pancreas"]).unwrap())), counts(&truth(&both)));
    assert!(spleen > 0 && pancreas > 0);
    assert_eq!(counts(&truth(&turned)), [pancreas, spleen], "numbered in the order that was asked for");
    assert_eq!(alone, [pancreas, 0], "what is left out becomes background");
    assert_ne!(both.train[0].sha256, turned.train[0].sha256, "and what is learned from is told by content");
}
