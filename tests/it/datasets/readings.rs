//! A case that was read before is not read again, unless one of its files has changed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use islet::cli::datasets::case_reading::CaseReading;
use islet::core::hex::hex;
use islet::formats::nifti;
use sha2::{Digest, Sha256};

use super::checks::{coarse, data_set};

/// What a person is told from a reading that was kept, and from nothing else.
const REMEMBERED: &str = "what only the kept reading says";

struct Place {
    folder: tempfile::TempDir,
    data: PathBuf,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = data_set(&folder.path().join("data"), &[&coarse(1), &coarse(2)]).remove(0);
        Self { folder, data }
    }

    /// Trains for a moment; returns what was said on both streams.
    fn train(&self) -> [String; 2] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_train"));
        command.arg("--data").arg(&self.data).arg("--cache").arg(self.cache());
        command.arg("--out").arg(tempfile::tempdir_in(self.folder.path()).unwrap().path().join("run"));
        let output = command.args(["--preset", "tiny", "--epochs", "1"]).output().unwrap();
        let texts = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
        assert!(output.status.success(), "{}", texts[1]);
        texts
    }

    fn cache(&self) -> PathBuf {
        self.folder.path().join("cache")
    }

    fn readings(&self) -> Vec<PathBuf> {
        let files = fs::read_dir(self.cache()).unwrap().map(|file| file.unwrap().path());
        files.filter(|path| path.extension().is_some_and(|ending| ending == "reading")).collect()
    }

    /// Adds a note to every reading, by which its use can be told.
    fn mark(&self) {
        for path in self.readings() {
            let text = fs::read_to_string(&path).unwrap();
            let mut reading: CaseReading = serde_json::from_str(text.split_once('\n').unwrap().1).unwrap();
            reading.notes = vec![REMEMBERED.into()];
            write_reading(&path, &serde_json::to_string(&reading).unwrap());
        }
    }
}

fn write_reading(path: &Path, json: &str) {
    fs::write(path, format!("{}\n{json}", hex(&Sha256::digest(json)))).unwrap();
}

/// How many cases were taken from what was kept.
fn remembered(said: &[String; 2]) -> usize {
    said[1].matches(REMEMBERED).count()
}

/// What is said of the cases before the training.
fn cases(said: &[String; 2]) -> Vec<&str> {
    said[0].lines().filter(|line| line.starts_with("case ") && line.contains(" labelled, ")).collect()
}

#[test]
fn cases_that_have_not_changed_are_not_read_again() {
    let place = Place::new();
    let first = place.train();
    assert_eq!((remembered(&first), place.readings().len()), (0, 2));
    assert_eq!(cases(&first).len(), 2, "{}", first[0]);
    place.mark();
    let second = place.train();
    assert_eq!(remembered(&second), 2, "{}", second[1]);
    assert_eq!(cases(&second), cases(&first), "the same is said of them");
}

#[test]
fn a_file_that_was_written_again_is_read_again() {
    let place = Place::new();
    place.train();
    place.mark();
    // Another label of as many bytes: a voxel moves.
    let mut other = coarse(2);
    let voxel = other.truth.labels.iter().position(|label| *label == 1).unwrap();
    other.truth.labels[voxel] = 0;
    let path = place.data.join("labelsTr/a_2.nii.gz");
    let modified = fs::metadata(&path).unwrap().modified().unwrap();
    fs::write(&path, nifti::write_mask(&other.truth, other.volume.geometry.as_ref())).unwrap();
    let file = fs::File::options().write(true).open(&path).unwrap();
    // A time that is set back, as copying programs do, hides nothing.
    #[cfg(unix)]
    file.set_modified(modified).unwrap();
    drop((file, modified));
    assert_eq!(remembered(&place.train()), 1);
    assert_eq!(place.readings().len(), 3, "one of the files as they are now, beside those of before");
}

#[test]
fn what_the_labels_mean_counts() {
    let place = Place::new();
    place.train();
    place.mark();
    fs::write(place.data.join("dataset.json"), r#"{"labels": {"background": 0, "pancreas": 1, "ignore": 2}}"#).unwrap();
    assert_eq!(remembered(&place.train()), 0);
}

#[test]
fn damaged_readings_and_lost_slices_are_made_again() {
    let place = Place::new();
    let first = place.train();
    place.mark();
    let path = &place.readings()[0];
    let text = fs::read_to_string(path).unwrap();
    fs::write(path, text.replace("\"dims\":[12", "\"dims\":[13")).unwrap();
    assert_eq!(remembered(&place.train()), 1, "its checksum is another");
    place.mark();
    write_reading(path, "{}");
    assert_eq!(remembered(&place.train()), 1, "it holds no reading");
    place.mark();
    let slices = fs::read_dir(place.cache()).unwrap().map(|file| file.unwrap().path());
    let lost = slices.into_iter().find(|path| path.extension().is_some_and(|ending| ending == "slices")).unwrap();
    fs::remove_file(&lost).unwrap();
    let last = place.train();
    assert_eq!(remembered(&last), 1, "the slices of one are gone");
    assert!(lost.exists());
    assert_eq!(cases(&last), cases(&first));
}
