//! Whole models: zips and folders as nnU-Net and TotalSegmentator lay them out.

use islet::core::hex::hex;
use islet::formats::nnunet::release::{NnUnetRelease, ReleaseChoice, is_release, read_files, read_zip};
use sha2::{Digest, Sha256};

use super::*;

const FOLDER: &str = "Dataset901_Tiny/nnUNetTrainer__nnUNetPlans__3d_fullres";

/// The files of a model in a folder, with these checkpoints.
fn model(folder: &str, checkpoints: &[&str]) -> Vec<(String, Vec<u8>)> {
    let path = |file: &str| if folder.is_empty() { file.to_owned() } else { format!("{folder}/{file}") };
    let texts = [("plans.json", new_plans()), ("dataset.json", dataset_json())];
    let texts = texts.into_iter().map(|(file, json)| (path(file), json.to_string().into_bytes()));
    let checkpoints = checkpoints.iter().map(|file| (path(file), PLAIN.to_vec()));
    texts.chain(checkpoints).collect()
}

fn zipped(files: &[(String, Vec<u8>)], method: CompressionMethod) -> Vec<u8> {
    let files: Vec<(&str, &[u8])> = files.iter().map(|(path, bytes)| (&path[..], &bytes[..])).collect();
    packed(&files, method)
}

fn chosen(configuration: &str, fold: &str) -> ReleaseChoice {
    let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    ReleaseChoice { configuration: some(configuration), fold: some(fold) }
}

fn folds(release: &NnUnetRelease) -> Vec<&str> {
    release.folds.iter().map(|fold| &fold.name[..]).collect()
}

/// A model out of files, and the files that were read for it.
fn from_files(files: &[(String, Vec<u8>)], choice: &ReleaseChoice) -> (Result<NnUnetRelease, UserError>, Vec<usize>) {
    let paths: Vec<String> = files.iter().map(|(path, _)| path.clone()).collect();
    let mut read = Vec::new();
    let release = read_files("model", &paths, choice, &mut |place| {
        read.push(place);
        Ok(files[place].1.clone())
    });
    (release, read)
}

#[test]
fn a_release_zip_gives_the_model_stored_or_deflated() {
    let files = model(FOLDER, &["fold_0/checkpoint_final.pth", "fold_0/checkpoint_best.pth", "fold_0/debug.json"]);
    for method in [CompressionMethod::Stored, CompressionMethod::Deflated] {
        let zip = zipped(&files, method);
        let release = read_zip("Dataset901_Tiny.zip", &zip, &ReleaseChoice::default()).unwrap();
        assert_eq!(release.dataset_name, "Dataset901_Tiny");
        assert_eq!((&release.trainer[..], &release.plans_name[..]), ("nnUNetTrainer", "nnUNetPlans"));
        assert_eq!(release.configuration, configured(&new_plans(), "3d_fullres").unwrap());
        assert_eq!(release.dataset.outputs().len(), 4);
        assert_eq!(folds(&release), ["0"]);
        assert_eq!(release.folds[0].checkpoint, NnUnetCheckpoint::read("plain.pth", PLAIN).unwrap());
        assert_eq!(release.folds[0].sha256, hex(&Sha256::digest(PLAIN)));
        assert_eq!(release.source_sha256, Some(hex(&Sha256::digest(&zip))));
        assert_eq!(release.plans_sha256, Some(hex(&Sha256::digest(&files[0].1))));
        assert!(release.notes.is_empty());
    }
    assert!(is_release(files.iter().map(|(path, _)| &path[..])));
    assert!(!is_release(["plans.json", "scan.nii.gz"]) && is_release(["checkpoint_final.pth"]));
}

#[test]
fn of_a_folder_only_what_is_needed_is_read() {
    let mut files = model(FOLDER, &["fold_1/checkpoint_final.pth", "fold_all/checkpoint_final.pth"]);
    files.push((format!("{FOLDER}/fold_10/checkpoint_final.pth"), PLAIN.to_vec()));
    files.push((format!("{FOLDER}/fold_2/checkpoint_best.pth"), PLAIN.to_vec()));
    files.push((format!("__MACOSX/{FOLDER}/plans.json"), b"clutter".to_vec()));
    let (release, read) = from_files(&files, &ReleaseChoice::default());
    // As nnU-Net does: the numbered folds that ended.
    assert_eq!(folds(&release.unwrap()), ["1", "10"]);
    assert_eq!(read, [0, 1, 2, 4]);
    for (fold, expected, notes) in [("all", "all", 0), ("fold_1", "1", 0), ("2", "2", 1)] {
        let release = from_files(&files, &chosen("", fold)).0.unwrap();
        assert_eq!((folds(&release), release.notes.len()), (vec![expected], notes));
    }
    refused(from_files(&files, &chosen("", "3")).0, "no fold `3`, expected one of all, 1, 10, 2");
}

#[test]
fn files_beside_each_other_are_a_model_too() {
    for (folder, checkpoint, fold) in [("", "checkpoint_final.pth", ""), ("", "fold_all/checkpoint_best.pth", "all")] {
        let release = from_files(&model(folder, &[checkpoint]), &chosen("3d_fullres", "")).0.unwrap();
        assert_eq!((release.dataset_name.as_str(), folds(&release)), ("Dataset901_Tiny", vec![fold]));
        assert_eq!(release.source_sha256, None);
    }
}

#[test]
fn a_checkpoint_alone_repeats_its_plans_and_labels() {
    let alone =
        |bytes: &[u8]| from_files(&[("checkpoint_final.pth".into(), bytes.to_vec())], &ReleaseChoice::default()).0;
    let release = alone(PLAIN).unwrap();
    assert_eq!(release.configuration, configured(&new_plans(), "3d_fullres").unwrap());
    assert_eq!((release.dataset_name.as_str(), release.plans_sha256), ("Dataset901_Tiny", None));
    let outputs = release.dataset.outputs().into_iter().map(|output| (output.name, output.value));
    assert_eq!(outputs.collect::<Vec<_>>(), [("whole".into(), 1), ("core".into(), 3), ("centre".into(), 2)]);
    // A file beside it counts more.
    let release = from_files(&model("", &["checkpoint_final.pth"]), &ReleaseChoice::default()).0.unwrap();
    assert_eq!(release.dataset.outputs().len(), 4);
    refused(alone(KINDS), "the folder `.` holds no plans.json and its checkpoint does not repeat it");
}

#[test]
fn of_several_models_one_has_to_be_chosen() {
    let slices = "Dataset901_Tiny/nnUNetTrainer__nnUNetPlans__2d";
    let other = "Dataset901_Tiny/nnUNetTrainerX__nnUNetPlans__3d_fullres";
    let mut files = model(FOLDER, &["fold_0/checkpoint_final.pth"]);
    files.extend(model(slices, &["fold_0/checkpoint_final.pth"]));
    // Without a checkpoint it is none.
    files.extend(model(other, &[]));
    let several = refused(from_files(&files, &ReleaseChoice::default()).0, "several models");
    assert!(several.reason.contains(FOLDER) && several.reason.contains(slices) && !several.reason.contains(other));
    for choice in ["3d_fullres", "nnUNetTrainer__nnUNetPlans__3d_fullres", FOLDER] {
        assert_eq!(from_files(&files, &chosen(choice, "")).1, [0, 1, 2], "{choice}");
    }
    refused(from_files(&files, &chosen("3d_lowres", "")).0, "no configuration `3d_lowres`");
    files.push((format!("{other}/fold_0/checkpoint_final.pth"), PLAIN.to_vec()));
    refused(from_files(&files, &chosen("3d_fullres", "")).0, "several models");
}

#[test]
fn what_is_no_model_is_refused_with_what_is_missing() {
    let whole = model(FOLDER, &["fold_0/checkpoint_final.pth"]);
    let without = |file: &str| whole.iter().filter(|(path, _)| !path.ends_with(file)).cloned().collect::<Vec<_>>();
    let default = ReleaseChoice::default();
    let mut without_plans = without("plans.json");
    without_plans[1].1 = KINDS.to_vec();
    let says = format!("the folder `{FOLDER}` holds no plans.json and its checkpoint does not repeat it");
    refused(from_files(&without_plans, &default).0, &says);
    refused(from_files(&without(".pth"), &default).0, "neither checkpoint_final.pth nor checkpoint_best.pth");
    refused(from_files(&[("scan.nii".into(), vec![])], &default).0, "no checkpoint_final.pth");
    let version_1 = ["plans.pkl", "fold_0/model_final_checkpoint.model", "fold_0/model_final_checkpoint.model.pkl"];
    refused(from_files(&version_1.map(|path| (path.to_owned(), vec![])), &default).0, "nnU-Net v1");
    let mut two_channels = whole.clone();
    let mut dataset = dataset_json();
    dataset["channel_names"]["1"] = json!("PET");
    two_channels[1].1 = dataset.to_string().into_bytes();
    refused(from_files(&two_channels, &default).0, "normalise 1 channels and its dataset.json names 2");
    let mut damaged = whole.clone();
    damaged[2].1.truncate(PLAIN.len() / 2);
    let error = refused(read_zip("a.zip", &zipped(&damaged, CompressionMethod::Stored), &default), "table of contents");
    assert!(error.subject.contains("fold_0/checkpoint_final.pth"));
}

#[test]
fn a_zip_bomb_is_refused_before_it_unpacks() {
    for (file, bytes) in [("plans.json", 17 << 20), ("fold_0/checkpoint_final.pth", 65 << 20)] {
        let mut files = model(FOLDER, &["fold_0/checkpoint_final.pth"]);
        let bomb = files.iter_mut().find(|(path, _)| path.ends_with(file)).unwrap();
        bomb.1 = vec![0; bytes];
        let zip = zipped(&files, CompressionMethod::Deflated);
        refused(read_zip("a.zip", &zip, &ReleaseChoice::default()), "expected at most");
    }
}
