//! Data sets as the page exports them, as the Decathlon and nnU-Net lay them out, and as an enemy packs them.

mod cache;
mod checks;
mod hostile;
mod labels;
mod readings;
mod sides;

use std::collections::BTreeMap;
use std::fs;
use std::io::{Cursor, Read, Write};
use std::path::Path;
use std::process::Command;

use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use islet::cli::datasets::cache::keep;
use islet::cli::datasets::sampler::draw_epoch;
use islet::cli::datasets::source::CaseSource;
use islet::cli::datasets::{DatasetLayout, LoadedCase, ct82, decathlon};
use islet::core::mask::Mask;
use islet::core::volume::{Geometry, Orientation, Volume};
use islet::formats::{dataset, nifti, zip as zips};
use islet::imaging::phantom::{PhantomConfig, phantom};
use islet::imaging::preprocess::PreprocessConfig;
use islet::nn::model::weights::ModelFile;
use rand::SeedableRng;
use serde_json::{Value, json};
use zip::write::{SimpleFileOptions, ZipWriter};

const DIMS: [usize; 3] = [6, 3, 4];
/// Rows run to anterior, slices down: not viewing order.
const UPSIDE_DOWN: Geometry =
    Geometry { affine: [[0.8, 0.0, 0.0, -9.0], [0.0, -0.8, 0.0, 7.0], [0.0, 0.0, -2.5, 31.0]] };
const LABELLED: [bool; 6] = [true, false, true, true, false, true];

fn volume() -> Volume {
    let hu = (0..72).map(|i| 17 * i - 600).collect();
    Volume { hu, dims: DIMS, geometry: Some(UPSIDE_DOWN), calibrated: true }
}

/// Differs in every direction and from slice to slice.
fn truth() -> Mask {
    Mask { labels: (0..72).map(|i| u8::from(i * i % 7 < 3)).collect(), dims: DIMS }
}

/// A label map of which the slices that are not labelled are to be ignored.
pub(crate) fn with_ignore(truth: &Mask, labelled: &[bool]) -> Mask {
    let mut map = truth.clone();
    (0..truth.dims[0]).filter(|&z| !labelled[z]).for_each(|z| map.slice_mut(z).fill(dataset::IGNORE));
    map
}

fn values(values: impl Fn(usize) -> u8) -> Mask {
    Mask { labels: (0..72).map(values).collect(), dims: DIMS }
}

/// A file's path inside and its content.
type Named<'a> = (&'a str, Vec<u8>);

/// Writes files below `folder` and opens it.
fn folder(folder: &Path, files: &[Named]) -> CaseSource {
    for (name, bytes) in files {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    CaseSource::open(folder).unwrap()
}

fn packed(files: &[Named], method: zip::CompressionMethod) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        zip.start_file(*name, SimpleFileOptions::default().compression_method(method)).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn opened(zip: &[u8]) -> CaseSource {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), zip).unwrap();
    CaseSource::open(file.path()).unwrap()
}

fn image() -> Vec<u8> {
    nifti::write_volume(&volume())
}

fn label(mask: &Mask) -> Vec<u8> {
    nifti::write_mask(mask, Some(&UPSIDE_DOWN))
}

fn described(labels: Value) -> Vec<u8> {
    json!({ "labels": labels }).to_string().into_bytes()
}

fn plain_labels() -> Vec<u8> {
    described(json!({ "background": 0, "pancreas": 1 }))
}

/// As MONAI's Task07: a fourth dimension of one.
fn four_dimensional(image: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    GzDecoder::new(image).read_to_end(&mut plain).unwrap();
    plain[40] = 4;
    let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(&plain).unwrap();
    encoder.finish().unwrap()
}

/// What is said of a data set that is refused while its cases are found or loaded.
fn refusal(source: &CaseSource) -> String {
    let load = || {
        let cases = decathlon::find(source, 1)?;
        cases
            .iter()
            .map(|(id, case)| decathlon::load(*id, case, source, &mut Vec::new()))
            .collect::<anyhow::Result<Vec<LoadedCase>>>()
    };
    load().expect_err("refused").to_string()
}

#[test]
fn what_the_page_exports_is_what_training_loads() {
    let zip = dataset::write("CT abdomen", &volume(), &with_ignore(&truth(), &LABELLED));
    assert_eq!(zip, dataset::write("CT abdomen", &volume(), &with_ignore(&truth(), &LABELLED)), "no clock");
    let files: BTreeMap<_, _> = zips::read("export.zip", &zip).unwrap().into_iter().collect();
    let names: Vec<&str> = files.keys().map(String::as_str).collect();
    assert_eq!(names, ["dataset.json", "imagesTr/CT_abdomen_0000.nii.gz", "labelsTr/CT_abdomen.nii.gz"]);
    let json: Value = serde_json::from_slice(&files["dataset.json"]).unwrap();
    assert_eq!(json["labels"], json!({ "background": 0, "pancreas": 1, "ignore": 2 }));
    assert_eq!((&json["channel_names"], &json["numTraining"]), (&json!({ "0": "CT" }), &json!(1)));
    assert_eq!(json["file_ending"], ".nii.gz");
    let (mask, geometry) = nifti::read_mask("mask", &files[names[2]]).unwrap();
    for (z, labelled) in LABELLED.into_iter().enumerate() {
        let expected = if labelled { truth().slice(z).to_vec() } else { vec![dataset::IGNORE; 12] };
        assert_eq!(mask.slice(z), expected, "slice {z}");
    }

    let source = opened(&zip);
    assert_eq!(DatasetLayout::Auto.tell(&source), DatasetLayout::Decathlon);
    let cases = decathlon::find(&source, 1).unwrap();
    let case = decathlon::load(1, &cases[&1], &source, &mut Vec::new()).unwrap();
    let axial = Orientation::axial(&geometry);
    assert_eq!(axial.flip, [false, true, false], "the file is upside down");
    assert_eq!(case.volume.hu, axial.view_volume(volume()).hu);
    assert_eq!(case.labelled, LABELLED);
    assert_eq!(case.labelled_slices().collect::<Vec<_>>(), [0, 2, 3, 5]);
    for (z, labelled) in LABELLED.into_iter().enumerate() {
        let expected = if labelled { truth().view(&axial).slice(z).to_vec() } else { vec![0; 12] };
        assert_eq!(case.truth.slice(z), expected, "slice {z}");
    }
    assert!(case.volume.geometry.unwrap().step_mm(1)[1] > 0.0 && case.volume.geometry.unwrap().step_mm(0)[2] < 0.0);
}

#[test]
fn a_name_becomes_a_file_name() {
    for (name, expected) in [("Hans/../x y", "Hans____x_y"), ("", "case"), ("a-1_B", "a-1_B"), ("ä", "_")] {
        let files = zips::read("zip", &dataset::write(name, &volume(), &truth())).unwrap();
        assert_eq!(files[2].0, format!("labelsTr/{expected}.nii.gz"));
    }
    let long = dataset::write(&"long".repeat(50_000), &volume(), &with_ignore(&truth(), &LABELLED));
    assert!(zips::read("zip", &long).unwrap().iter().all(|(name, _)| name.len() < 100));
}

#[test]
fn the_decathlon_is_read_by_its_list_with_tumours_as_pancreas() {
    let json = json!({
        "labels": { "0": "background", "1": "pancreas", "2": "cancer" },
        "training": [
            { "image": "./imagesTr/pancreas_012.nii.gz", "label": "./labelsTr/pancreas_012.nii.gz" },
            { "image": "./imagesTr/pancreas_004.nii.gz", "label": "./labelsTr/pancreas_004.nii.gz" },
        ],
    });
    let map = values(|i| (i % 3) as u8);
    let (image, label) = (four_dimensional(&image()), four_dimensional(&label(&map)));
    let place = tempfile::tempdir().unwrap();
    let files = [
        ("dataset.json", json.to_string().into_bytes()),
        ("imagesTr/pancreas_004.nii.gz", image.clone()),
        ("labelsTr/pancreas_004.nii.gz", label.clone()),
        ("imagesTr/pancreas_012.nii.gz", image.clone()),
        ("labelsTr/pancreas_012.nii.gz", label),
        // Not listed, and without a label.
        ("imagesTr/pancreas_099.nii.gz", image),
    ];
    let source = folder(place.path(), &files);
    let cases = decathlon::find(&source, 1).unwrap();
    assert_eq!(cases.keys().copied().collect::<Vec<_>>(), [4, 12]);
    let case = decathlon::load(12, &cases[&12], &source, &mut Vec::new()).unwrap();
    let expected = values(|i| u8::from(i % 3 != 0)).view(&Orientation::axial(&UPSIDE_DOWN));
    assert_eq!((case.truth, case.labelled), (expected, vec![true; 6]));
}

#[test]
fn nnunet_is_read_from_its_folders_and_from_a_zip_of_its_folder() {
    let json = described(json!({ "background": 0, "liver": 1, "Pancreas": 2, "tumor": 3, "ignore": 4 }));
    let map = values(|i| if i < 12 { 4 } else { (i % 4) as u8 });
    let files = [
        ("dataset.json", json),
        ("imagesTr/b_0000.nii.gz", image()),
        ("imagesTr/b_0001.nii.gz", b"another channel".to_vec()),
        ("labelsTr/b.nii.gz", label(&map)),
        ("imagesTr/a_0000.nii.gz", image()),
        ("labelsTr/a.nii.gz", label(&values(|i| 2 * u8::from(i == 0)))),
        ("labelsTr/._a.nii.gz", b"what macOS leaves".to_vec()),
    ];
    let place = tempfile::tempdir().unwrap();
    let nested: Vec<(String, Vec<u8>)> = files.iter().map(|(n, b)| (format!("Dataset007/{n}"), b.clone())).collect();
    let mut nested: Vec<Named> = nested.iter().map(|(n, b)| (n.as_str(), b.clone())).collect();
    nested.push(("__MACOSX/Dataset007/._dataset.json", Vec::new()));
    let zipped = opened(&packed(&nested, zip::CompressionMethod::Deflated));
    for source in [folder(place.path(), &files), zipped] {
        assert_eq!(DatasetLayout::Auto.tell(&source), DatasetLayout::Decathlon);
        let cases = decathlon::find(&source, 5).unwrap();
        let names: Vec<_> = cases.iter().map(|(id, case)| (*id, case.name.as_str())).collect();
        assert_eq!(names, [(5, "a"), (6, "b")], "numbered by name, as the names have no numbers");
        let case = decathlon::load(6, &cases[&6], &source, &mut Vec::new()).unwrap();
        assert_eq!(case.labelled, [false, true, true, true, true, true]);
        let expected = values(|i| if i < 12 { 0 } else { (i % 4) as u8 }).view(&Orientation::axial(&UPSIDE_DOWN));
        assert_eq!(case.truth, expected, "with another organ every label is a class");
        let named: Vec<_> = case.labels.iter().map(|(value, name)| (*value, name.as_str())).collect();
        assert_eq!(named, [(1, "liver"), (2, "pancreas"), (3, "tumor")]);
    }
}

#[test]
fn a_data_set_that_does_not_fit_is_refused_by_name() {
    let elsewhere = Geometry { affine: [[0.8, 0.0, 0.0, 90.0], UPSIDE_DOWN.affine[1], UPSIDE_DOWN.affine[2]] };
    let listed = |image: &str, label: &str| {
        let training = json!([{ "image": image, "label": label }]);
        json!({ "labels": { "pancreas": 1 }, "training": training }).to_string().into_bytes()
    };
    let (img, lab) = ("imagesTr/a.nii.gz", "labelsTr/a.nii.gz");
    let whole = |json: Vec<u8>, map: Vec<u8>| vec![("dataset.json", json), (img, image()), (lab, map)];
    let cases: [(Vec<Named>, &str); _] = [
        (vec![(img, image())], "dataset.json: it is not there"),
        (vec![("dataset.json", b"{".to_vec())], "no JSON"),
        (vec![("dataset.json", plain_labels())], "no case was found"),
        (
            vec![("dataset.json", plain_labels()), (img, image())],
            "imagesTr/a.nii.gz: nothing of that name is in labelsTr",
        ),
        (vec![("dataset.json", plain_labels()), (lab, label(&truth()))], "labelsTr/a.nii.gz: nothing of that name"),
        (whole(described(json!({ "liver": 1, "spleen": 2 })), label(&truth())), "`liver`, `spleen`"),
        (whole(plain_labels(), label(&values(|_| 3))), "case 1 (a): its label holds the value 3"),
        (
            whole(plain_labels(), nifti::write_mask(&truth(), Some(&elsewhere))),
            "case 1 (a): its label lies on another grid",
        ),
        (whole(described(json!({ "pancreas": 1, "ignore": 2 })), label(&values(|_| 2))), "case 1 (a): every slice"),
        (whole(listed("../a.nii.gz", lab), label(&truth())), "`../a.nii.gz`"),
        (whole(listed("/etc/passwd", lab), label(&truth())), "`/etc/passwd`"),
        (vec![("dataset.json", json!({ "labels": { "pancreas": 1 }, "training": ["a"] }).to_string().into())], "\"a\""),
        (whole(listed(img, "labelsTr/none.nii.gz"), label(&truth())), "none.nii.gz"),
    ];
    for (files, says) in cases {
        let place = tempfile::tempdir().unwrap();
        let zip = opened(&packed(&files, zip::CompressionMethod::Stored));
        for source in [folder(place.path(), &files), zip] {
            let why = refusal(&source);
            assert!(why.contains(says), "{why}\ndoes not say {says}");
        }
    }
    let empty = tempfile::tempdir().unwrap();
    assert!(ct82::find(&CaseSource::open(empty.path()).unwrap()).unwrap_err().to_string().contains("dataset.json"));
}

#[test]
fn slices_that_nobody_labelled_are_neither_drawn_nor_scored() {
    let labelled = vec![true, false, true, true, false, false];
    let (mask, wrong) = (values(|i| u8::from(i < 36)), values(|i| u8::from(!(24..36).contains(&i) && i >= 12)));
    let folder = tempfile::tempdir().unwrap();
    let loaded = LoadedCase::new(1, volume(), mask.clone(), labelled);
    let case = keep(loaded, &PreprocessConfig::default(), folder.path()).unwrap();
    let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(0);
    let mut drawn: Vec<usize> =
        draw_epoch(std::slice::from_ref(&case), 1.0, &mut rng).iter().map(|place| place.z).collect();
    drawn.sort_unstable();
    assert_eq!(drawn, [0, 2, 3], "two with pancreas, one without");
    assert_eq!(case.overlaps(&mask).unwrap()[&1].dsc(), 1.0);
    let counted = case.overlaps(&wrong).unwrap()[&1];
    assert_eq!((counted.true_positive, counted.false_negative, counted.false_positive), (0, 24, 12));
}

#[test]
fn training_takes_a_folder_and_the_zips_of_the_page() {
    const TRAIN: &str = env!("CARGO_BIN_EXE_train");
    let config = PhantomConfig { dims: [12, 96, 96], spacing_mm: [10.0, 4.0, 4.0] };
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("data");
    let mut zips = Vec::new();
    for (seed, name, labelled) in
        [(1, "first", [[false; 3], [true; 3], [true; 3], [false; 3]]), (2, "second", [[true; 3]; 4])]
    {
        let case = phantom(&config, seed);
        let zip = dataset::write(name, &case.volume, &with_ignore(&case.pancreas, labelled.as_flattened()));
        for (path, bytes) in zips::read(name, &zip).unwrap() {
            // The list names one case; without it the folders are read.
            let bytes = if path == "dataset.json" { plain_ignore() } else { bytes };
            folder(&data, &[(&path, bytes)]);
        }
        let path = place.path().join(format!("{name}.zip"));
        fs::write(&path, zip).unwrap();
        zips.push(path);
    }
    let run = |layout: &str, data: &[&Path]| {
        let out = place.path().join(format!("run-{layout}"));
        let mut command = Command::new(TRAIN);
        command.args(["--epochs", "1", "--batch-size", "16", "--layout", layout, "--out"]).arg(&out);
        command.arg("--cache").arg(place.path().join("cache"));
        let output = data.iter().fold(&mut command, |command, data| command.arg("--data").arg(data)).output().unwrap();
        let (said, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        (output.status.code(), format!("{said}\n{err}"), out)
    };
    for (layout, data) in [("decathlon", vec![data.as_path()]), ("auto", vec![&zips[0], &zips[1]])] {
        let (code, said, out) = run(layout, &data);
        assert_eq!(code, Some(0), "{said}");
        assert!(said.contains("case 1 (first): 12 slices, 6 labelled, "), "{said}");
        assert!(said.contains("case 2 (second): 12 slices, 12 labelled, "), "{said}");
        let training = ModelFile::read(&fs::read(out.join("model.safetensors")).unwrap()).unwrap().passport.training;
        assert_eq!(training.dataset, "1 scans laid out as in the Medical Segmentation Decathlon");
        assert_eq!(training.scores.len(), 2);
    }
    let (code, said, _) = run("auto", &[&zips[0]]);
    assert!(code == Some(3) && said.contains("1 case(s) found, expected at least two"), "{said}");
    let (code, said, _) = run("ct82", &[&zips[0]]);
    assert!(code == Some(3) && said.contains("PANCREAS_0001"), "{said}");
}

fn plain_ignore() -> Vec<u8> {
    described(json!({ "background": 0, "pancreas": 1, "ignore": 2 }))
}
