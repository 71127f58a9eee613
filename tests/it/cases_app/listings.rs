//! Data sets with listings of every kind, and several data sets together.

use std::fs;
use std::path::{Path, PathBuf};

use islet::cli::datasets::find::{FoundCases, find};
use islet::cli::datasets::labels::Labels;
use islet::cli::datasets::source::CaseSource;
use islet::cli::datasets::{DatasetLayout, LoadedCase, ct82, decathlon};
use islet::core::mask::Mask;
use islet::formats::{dicom, nifti};
use serde_json::{Value, json};

use super::{expected, shared, volume};

const DIMS: [usize; 3] = [4, 5, 6];

fn scan(seed: usize) -> islet::core::volume::Volume {
    volume(DIMS, (0..120).map(|i| ((i * 37 + seed * 11) % 500) as i16 - 250).collect())
}

fn mask() -> Vec<u8> {
    let mask = Mask { labels: (0..120).map(|i| u8::from(i % 7 == 0)).collect(), dims: DIMS };
    nifti::write_mask(&mask, scan(0).geometry.as_ref())
}

fn write(folder: &Path, files: &[(&str, Vec<u8>)]) {
    for (name, bytes) in files {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
}

/// A data set of cases 1 and 2 with images named as `image` says, and this description.
fn data_set(folder: &Path, image: &str, description: &Value) -> CaseSource {
    let description = description.to_string().into_bytes();
    write(folder, &[("dataset.json", description), ("imagesTr/._pancreas_1.nii.gz", b"macOS".to_vec())]);
    for id in [1, 2] {
        let image = image.replace('#', &id.to_string());
        let label = format!("labelsTr/pancreas_{id}.nii.gz");
        write(folder, &[(&format!("imagesTr/{image}"), nifti::write_volume(&scan(id))), (&label, mask())]);
    }
    CaseSource::open(folder).unwrap()
}

fn loaded(source: &CaseSource) -> anyhow::Result<Vec<LoadedCase>> {
    decathlon::find(source, 1)?.iter().map(|(id, case)| decathlon::load(*id, case, source, &mut Vec::new())).collect()
}

fn described(training: Value) -> Value {
    json!({ "labels": { "background": 0, "pancreas": 1 }, "numTraining": 7, "training": training })
}

#[test]
fn listings_of_every_kind_find_the_files_of_the_data_set() {
    let pairs = |image: &str, label: &str| {
        let pair = |id: u32| json!({ "image": image.replace('#', &id.to_string()), "label": label.replace('#', &id.to_string()) });
        json!([pair(1), pair(2)])
    };
    let (v1, v2) = ("pancreas_#.nii.gz", "pancreas_#_0000.nii.gz");
    let label = "./labelsTr/pancreas_#.nii.gz";
    let kinds: Vec<(&str, &str, Value)> = vec![
        ("as nnU-Net v1", v2, pairs("./imagesTr/pancreas_#.nii.gz", label)),
        ("with _0000 and files without", v1, pairs("imagesTr/pancreas_#_0000.nii.gz", label)),
        ("without endings", v2, pairs("./imagesTr/pancreas_#", "./labelsTr/pancreas_#")),
        ("with other endings", v2, pairs("imagesTr/pancreas_#.nii", "labelsTr/pancreas_#.nrrd")),
        ("with backslashes", v2, pairs(".\\imagesTr\\pancreas_#_0000.nii.gz", "labelsTr\\pancreas_#.nii.gz")),
        (
            "from a root",
            v2,
            pairs("/home/a/Task07/imagesTr/pancreas_#.nii.gz", "/home/a/Task07/labelsTr/pancreas_#.nii.gz"),
        ),
        ("from a drive", v2, pairs("D:\\data\\imagesTr\\pancreas_#.nii.gz", "D:\\data\\labelsTr\\pancreas_#.nii.gz")),
        (
            "from the folder above",
            v1,
            pairs("Task07/imagesTr/pancreas_#.nii.gz", "../Task07/labelsTr/pancreas_#.nii.gz"),
        ),
        ("without folders", v2, pairs("pancreas_#_0000.nii.gz", "pancreas_#.nii.gz")),
        ("names", v2, json!(["pancreas_1", "pancreas_2"])),
        ("images alone", v1, json!(["imagesTr/pancreas_1.nii.gz", "./imagesTr/pancreas_2.nii.gz"])),
        (
            "pairs",
            v2,
            json!([
                ["imagesTr/pancreas_1_0000.nii.gz", "labelsTr/pancreas_1.nii.gz"],
                ["imagesTr/pancreas_2.nii.gz", "labelsTr/pancreas_2.nii.gz"]
            ]),
        ),
        ("twice", v2, json!(["pancreas_1", "pancreas_2", "pancreas_1"])),
        (
            "channels",
            v2,
            json!([{ "image": ["imagesTr/pancreas_1_0000.nii.gz", "imagesTr/pancreas_1_0001.nii.gz"], "label": "labelsTr/pancreas_1.nii.gz" }, { "image": "imagesTr/pancreas_2", "label": "labelsTr/pancreas_2" }]),
        ),
        ("no list", v2, json!([])),
    ];
    for (kind, image, training) in kinds {
        let place = tempfile::tempdir().unwrap();
        let source = data_set(place.path(), image, &described(training));
        let cases = loaded(&source).unwrap_or_else(|error| panic!("{kind}: {error}"));
        assert_eq!(cases.iter().map(|case| case.id).collect::<Vec<_>>(), [1, 2], "{kind}");
        for (case, id) in cases.iter().zip([1, 2]) {
            assert_eq!(case.volume.hu, scan(id).hu, "{kind}: the image of case {id}");
        }
    }
}

#[test]
fn nnunet_v2_lists_its_cases_under_dataset() {
    let place = tempfile::tempdir().unwrap();
    let case = |id: u32| json!({ "images": [format!("../imagesTr/pancreas_{id}_0000.nii.gz")], "label": format!("/mnt/labelsTr/pancreas_{id}.nii.gz") });
    let description =
        json!({ "labels": { "background": 0, "pancreas": 1 }, "dataset": { "a": case(1), "b": case(2) } });
    let source = data_set(place.path(), "pancreas_#_0000.nii.gz", &description);
    assert_eq!(loaded(&source).unwrap().len(), 2);
}

#[test]
fn the_channel_that_is_ct_is_read() {
    let place = tempfile::tempdir().unwrap();
    let json = json!({ "labels": { "pancreas": 1 }, "channel_names": { "0": "PET", "1": "CT" } });
    let source = data_set(place.path(), "pancreas_#_0001.nii.gz", &json);
    write(place.path(), &[("imagesTr/pancreas_1_0000.nii.gz", nifti::write_volume(&scan(9)))]);
    let cases = loaded(&source).unwrap();
    assert_eq!((cases.len(), &cases[0].volume.hu), (2, &scan(1).hu));
}

#[test]
fn files_that_are_not_there_or_of_another_kind_are_named() {
    let elsewhere = json!([{ "image": "/srv/other/pancreas_1_0000.nii.gz", "label": "labelsTr/pancreas_1.nii.gz" }]);
    let gone = json!(["pancreas_1", "pancreas_8", "pancreas_9"]);
    let with = |key: &str, value: Value| {
        let mut json = described(json!([]));
        json[key] = value;
        json
    };
    for (description, says) in [
        (described(elsewhere), "it lists `/srv/other/pancreas_1_0000.nii.gz`, expected the path of a file inside"),
        (described(gone), "it lists \"pancreas_8\", for which there is no image and label"),
        (described(json!(["pancreas_1", "pancreas_8", "pancreas_9"])), ", and 1 such entries more"),
        (described(json!([{ "image": "pancreas_1" }])), "expected a path as its `label`"),
        (with("file_ending", json!(".tif")), "its files end in .tif, expected .nii.gz, .nii, .nrrd"),
    ] {
        let place = tempfile::tempdir().unwrap();
        let why = loaded(&data_set(place.path(), "pancreas_#_0000.nii.gz", &description)).unwrap_err().to_string();
        assert!(why.contains("dataset.json: ") && why.contains(says), "{why}\ndoes not say {says}");
    }
}

fn nrrd(kind: &str, voxels: Vec<u8>) -> Vec<u8> {
    let header = format!(
        "NRRD0004\ntype: {kind}\ndimension: 3\nspace: left-posterior-superior\nsizes: 6 5 4\nspace directions: (2,0,0) \
         (0,2,0) (0,0,3)\nspace origin: (0,0,0)\nendian: little\nencoding: raw\n\n"
    );
    [header.into_bytes(), voxels].concat()
}

#[test]
fn nnunet_v2_with_nrrd_is_read() {
    let place = tempfile::tempdir().unwrap();
    let json = json!({ "labels": { "background": 0, "pancreas": 1 }, "file_ending": ".nrrd" }).to_string();
    let labels: Vec<u8> = (0..120).map(|i| u8::from(i % 7 == 0)).collect();
    let image = nrrd("short", scan(3).hu.iter().flat_map(|hu| hu.to_le_bytes()).collect());
    let files = [("imagesTr/p_3_0000.nrrd", image.clone()), ("labelsTr/p_3.nrrd", nrrd("uchar", labels.clone()))];
    write(place.path(), &[("dataset.json", json.into_bytes())]);
    write(place.path(), &files);
    let source = CaseSource::open(place.path()).unwrap();
    let cases = loaded(&source).unwrap();
    assert_eq!((cases[0].id, &cases[0].volume.hu, &cases[0].truth.labels), (3, &scan(3).hu, &labels));
    write(place.path(), &[("labelsTr/p_3.nrrd", image)]);
    assert!(loaded(&source).unwrap_err().to_string().contains("p_3.nrrd: "), "an image is no label map");
}

#[test]
fn a_region_around_the_pancreas_is_left_out() {
    let read = |labels: Value| Labels::read(&labels).unwrap();
    let regions = read(json!({ "background": 0, "whole": [1, 2, 3], "pancreas": [2, 3], "tumor": 3 }));
    assert_eq!(regions.classes.into_iter().collect::<Vec<_>>(), [(1, "pancreas".to_string())]);
    assert_eq!(regions.truth_of.into_iter().collect::<Vec<_>>(), [(0, 0), (1, 0), (2, 1), (3, 1)]);
    let organs = read(json!({ "background": 0, "abdomen": [1, 2, 3], "pancreas": 1, "liver": 2, "spleen": 3 }));
    assert_eq!(organs.classes.len(), 3);
}

fn ids(found: &FoundCases) -> Vec<u32> {
    found.cases.keys().copied().collect()
}

fn found(paths: &[PathBuf]) -> anyhow::Result<FoundCases> {
    find(paths, DatasetLayout::Auto, None)
}

/// A patient as the archive lays it out.
fn patient(folder: &Path, id: u32, seed: usize) {
    let slices = folder.join(format!("Pancreas-CT/PANCREAS_{id:04}/study/series"));
    for (name, bytes) in dicom::write_series(&scan(seed), &format!("P{seed}"), "CT") {
        write(&slices, &[(&name.replace(".dcm", ".DCM"), bytes)]);
    }
    write(folder, &[(&format!("labels/label{id:04}.nii.gz"), mask())]);
}

#[test]
fn numbers_are_a_cases_only_within_its_data_set() {
    let place = tempfile::tempdir().unwrap();
    let of = |name: &str| place.path().join(name);
    let json = described(json!([]));
    data_set(&of("first"), "pancreas_#_0000.nii.gz", &json);
    data_set(&of("second"), "pancreas_#.nii.gz", &json);
    let both = found(&[of("first"), of("second")]).unwrap();
    assert_eq!(ids(&both), [1, 2, 3, 4]);
    let hu = |id: u32| both.cases[&id].load(id).unwrap().volume.hu;
    assert_eq!((hu(1), hu(3), hu(4)), (scan(1).hu, scan(1).hu, scan(2).hu), "in order");

    // The archive keeps its numbers, as the folds go by them, wherever it stands.
    [2, 3].into_iter().for_each(|id| patient(&of("ct82"), id, id as usize));
    let three = found(&[of("first"), of("ct82"), of("second")]).unwrap();
    assert_eq!((ids(&three), three.ids().1), (vec![2, 3, 4, 5, 6, 7], vec![2, 3]));
    assert_eq!(found(&[of("ct82"), of("ct82")]).unwrap().cases.len(), 4);
}

#[test]
fn two_downloads_in_one_folder_are_not_mixed() {
    let place = tempfile::tempdir().unwrap();
    for (download, seed) in [("a", 20), ("b", 40)] {
        [1, 2].into_iter().for_each(|id| patient(&place.path().join(download), id, seed + id as usize));
    }
    let source = CaseSource::open(place.path()).unwrap();
    let cases = ct82::find(&source).unwrap();
    assert_eq!(cases.keys().copied().collect::<Vec<_>>(), [1, 2, 83, 84]);
    let hu = |id: u32| ct82::load(id, &cases[&id], &source, &mut Vec::new()).unwrap();
    for (id, seed) in [(1, 21), (2, 22), (83, 41), (84, 42)] {
        let case = hu(id);
        let mut slices: Vec<i16> = case.volume.hu.clone();
        let mut expected = scan(seed).hu;
        slices.sort_unstable();
        expected.sort_unstable();
        assert_eq!(slices, expected, "case {id}");
        assert_eq!(case.kind, "scans laid out as NIH Pancreas-CT (CT-82)");
    }
    fs::remove_dir_all(place.path().join("b/labels")).unwrap();
    let cases = ct82::find(&source).unwrap();
    assert_eq!(cases.keys().copied().collect::<Vec<_>>(), [1, 2], "with one label they are one case");
    assert_eq!(
        ct82::load(1, &cases[&1], &source, &mut Vec::new()).unwrap().volume.hu.len(),
        scan(0).hu.len(),
        "of one scan"
    );
}

#[test]
#[ignore = "needs ../shared/cases"]
fn the_cases_of_training_data_are_found() {
    for case in ["t01a", "t01c", "t02"] {
        let expected = expected(case);
        let below: Vec<String> =
            serde_json::from_value(expected["data"].clone()).unwrap_or_else(|_| vec![String::new()]);
        let paths: Vec<PathBuf> = below.iter().map(|name| shared(case).join(name)).collect();
        let found = found(&paths).unwrap();
        assert_eq!(found.cases.len() as u64, expected["cases"].as_u64().unwrap(), "{case}");
        for (id, case) in &found.cases {
            case.load(*id).unwrap();
        }
    }
}
