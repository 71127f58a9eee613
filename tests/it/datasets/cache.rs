//! The slice cache: what comes out of it, and what becomes of it when something goes wrong.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, SystemTime};

use burn::tensor::Device;
use islet::cli::datasets::cache::{keep, open_folder};
use islet::cli::datasets::sampler::{SliceRef, draw_epoch, sample};
use islet::cli::datasets::segment::segment_labelled;
use islet::cli::datasets::{Case, LoadedCase};
use islet::core::window::Window;
use islet::imaging::augment::Sample;
use islet::imaging::metrics::Overlap;
use islet::imaging::phantom::{PhantomConfig, phantom};
use islet::imaging::preprocess::{PreprocessConfig, prepare};
use islet::nn::infer::segment_slices;
use islet::nn::model::weights::ModelFile;
use rand::SeedableRng;

use super::checks::{coarse, data_set, divided};

const TRAIN: &str = env!("CARGO_BIN_EXE_train");
/// Half a step of 1/65535, and the rounding of f32.
const ERROR: f32 = 7.7e-6;

/// Names and contents of a folder's files.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path())
        .map(|path| (path.clone(), fs::read(path).unwrap()))
        .collect()
}

fn only_file(folder: &Path) -> PathBuf {
    let files = files(folder);
    assert_eq!(files.len(), 1, "{:?}", files.keys());
    files.into_keys().next().unwrap()
}

fn differs(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

fn kept(case: LoadedCase, folder: &Path) -> Case {
    keep(case, &PreprocessConfig::default(), folder).unwrap()
}

#[test]
fn what_is_cached_is_what_was_prepared() {
    let folder = tempfile::tempdir().unwrap();
    let preprocess = PreprocessConfig::default();
    let mut loaded = coarse(3);
    // Labels of several classes, in runs of every length.
    loaded
        .truth
        .labels
        .iter_mut()
        .enumerate()
        .filter(|(i, _)| i / 9216 == 7)
        .for_each(|(i, l)| *l = (i * i % 200 / 7 % 4) as u8);
    loaded.labelled[4] = false;
    let case = kept(loaded.clone(), folder.path());
    assert_eq!((case.dims, case.geometry), (loaded.volume.dims, loaded.volume.geometry));
    assert_eq!((&case.sha256, &case.scan_sha256), (&loaded.sha256, &loaded.scan.sha256));
    let cases = [case];
    for z in loaded.labelled_slices() {
        let expected = Sample::of(&loaded.volume, z, loaded.truth.slice(z), &preprocess);
        let found = sample(&cases, SliceRef { case: 0, z }).unwrap();
        assert!(differs(&found.input.channels, &expected.input.channels) <= ERROR, "slice {z}");
        assert!(expected.input.channels.iter().any(|v| *v > 0.4) && found.input.size_px == 224, "slice {z}");
        assert_eq!(found.target, expected.target, "slice {z}");
        assert_eq!(cases[0].input(z).unwrap().1, prepare(&loaded.volume, z, &preprocess).1, "slice {z}");
        // Black stays black, which augmentation goes by.
        let black = |sample: &Sample| sample.input.channels.iter().filter(|v| **v == 0.0).count();
        assert!(black(&found) >= black(&expected));
    }
    for z in 0..12 {
        assert_eq!(cases[0].truth(z).unwrap(), loaded.truth.slice(z));
        assert_eq!(cases[0].has_labels(z), loaded.truth.has_labels(z));
    }
    assert!(sample(&cases, SliceRef { case: 0, z: 4 }).is_err(), "slice 4 is not labelled");
    assert_eq!(fs::metadata(only_file(folder.path())).unwrap().len(), cases[0].cached_bytes());
}

#[test]
fn after_the_first_reading_no_scan_is_read() {
    let place = tempfile::tempdir().unwrap();
    let split = divided(place.path(), &[&coarse(1), &coarse(2), &coarse(3)], 2).unwrap();
    fs::remove_dir_all(place.path().join("data")).unwrap();
    let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(0);
    for _epoch in 0..2 {
        let places = draw_epoch(&split.train, 1.0, &mut rng);
        assert!(places.len() >= 8, "{}", places.len());
        for place in places {
            let sample = sample(&split.train, place).unwrap();
            assert_eq!(sample.target.iter().any(|share| *share > 0.0), split.train[place.case].has_labels(place.z));
        }
    }
    assert!(split.val[0].input(0).is_ok());
}

#[test]
fn any_number_of_threads_read_at_once() {
    fn shared<T: Send + Sync>(_: &T) {}
    let folder = tempfile::tempdir().unwrap();
    let cases = [kept(coarse(1), folder.path()), kept(coarse(2), folder.path())];
    shared(&cases);
    let places: Vec<SliceRef> = (0..24).map(|i| SliceRef { case: i % 2, z: i / 2 }).collect();
    let alone: Vec<Sample> = places.iter().map(|place| sample(&cases, *place).unwrap()).collect();
    thread::scope(|scope| {
        for turn in 0..4 {
            let (cases, places, alone) = (&cases, &places, &alone);
            scope.spawn(move || {
                for i in (0..24).map(|i| (i + 6 * turn) % 24) {
                    assert_eq!(sample(cases, places[i]).unwrap(), alone[i]);
                }
            });
        }
    });
}

#[test]
fn a_file_is_named_by_content_and_settings() {
    let folder = tempfile::tempdir().unwrap();
    let count = || files(folder.path()).len();
    let default = PreprocessConfig::default();
    let mut added = Vec::new();
    let mut add = |case: LoadedCase, preprocess: &PreprocessConfig| {
        let before = count();
        keep(case, preprocess, folder.path()).unwrap();
        added.push(count() - before);
    };
    let relabelled = || {
        let LoadedCase { volume, mut truth, labelled, .. } = coarse(1);
        truth.labels[5] = 1;
        LoadedCase::new(1, volume, truth, labelled)
    };
    let mut moved = coarse(1);
    moved.volume.geometry.as_mut().unwrap().affine[0][0] = 4.1;
    let mut less = coarse(1);
    less.labelled[2] = false;
    add(coarse(1), &default);
    add(LoadedCase { id: 99, ..coarse(1) }, &default);
    for case in [coarse(2), relabelled(), moved, less] {
        add(case, &default);
    }
    add(coarse(1), &PreprocessConfig { size_px: 192, ..default.clone() });
    add(coarse(1), &PreprocessConfig { spacing_mm: 1.6, ..default.clone() });
    add(coarse(1), &PreprocessConfig { slice_distance_mm: 20.0, ..default.clone() });
    add(coarse(1), &PreprocessConfig { window: Window { width_hu: 300.0, ..default.window }, ..default.clone() });
    assert_eq!(added, [1, 0, 1, 1, 1, 1, 1, 1, 1, 1], "a number is no content");
}

#[test]
fn a_damaged_file_is_written_anew() {
    let folder = tempfile::tempdir().unwrap();
    kept(coarse(1), folder.path());
    let path = only_file(folder.path());
    let whole = fs::read(&path).unwrap();
    let flipped = |at: usize| {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x10;
        bytes
    };
    let last = whole.len() - 1;
    // Longer than any file, and with a whole header that promises more than is there.
    let longer = [&whole[..], &[0; 64]].concat();
    for (name, bytes) in [
        ("empty", Vec::new()),
        ("in the header", whole[..50].to_vec()),
        ("cut", whole[..whole.len() / 2].to_vec()),
        ("one byte short", whole[..last].to_vec()),
        ("longer", longer),
        ("magic", flipped(0)),
        ("header length", flipped(10)),
        ("header", flipped(30)),
        ("pixel", flipped(whole.len() / 2)),
        ("checksum", flipped(last)),
        ("text", b"a text that is none of ours, and long enough to hold a checksum".to_vec()),
    ] {
        fs::write(&path, &bytes).unwrap();
        let case = kept(coarse(1), folder.path());
        assert!(fs::read(&path).unwrap() == whole, "{name}");
        assert!(case.input(5).is_ok(), "{name}");
    }
    // Another case's whole file under this name.
    let other = tempfile::tempdir().unwrap();
    kept(coarse(2), other.path());
    fs::copy(only_file(other.path()), &path).unwrap();
    kept(coarse(1), folder.path());
    assert!(fs::read(&path).unwrap() == whole);
    // A whole one is left alone.
    let time = SystemTime::now() - Duration::from_hours(1);
    File::options().write(true).open(&path).unwrap().set_modified(time).unwrap();
    kept(coarse(1), folder.path());
    assert_eq!(fs::metadata(&path).unwrap().modified().unwrap(), time);
}

#[test]
fn what_a_killed_run_leaves_does_no_harm_and_goes_in_time() {
    let folder = tempfile::tempdir().unwrap();
    kept(coarse(1), folder.path());
    let path = only_file(folder.path());
    let half = &fs::read(&path).unwrap()[..5000];
    fs::remove_file(&path).unwrap();
    // One killed a moment ago, by the name that this very process would take, and one of two days before.
    let recent = PathBuf::from(format!("{}.{}-0.partial", path.display(), std::process::id()));
    let old = folder.path().join("0123.77-0.partial");
    for file in [&recent, &old] {
        fs::write(file, half).unwrap();
    }
    let days_ago = SystemTime::now() - Duration::from_hours(48);
    File::options().write(true).open(&old).unwrap().set_modified(days_ago).unwrap();
    open_folder(folder.path()).unwrap();
    assert!(recent.exists() && !old.exists(), "what may still be written is left alone");
    assert!(kept(coarse(1), folder.path()).input(3).is_ok());
    assert_eq!(files(folder.path()).len(), 2);
    assert_eq!(fs::read(&recent).unwrap(), half);
}

#[test]
fn threads_and_processes_may_write_one_case_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let case = coarse(1);
    thread::scope(|scope| {
        let threads: Vec<_> =
            (0..4).map(|_| scope.spawn(|| kept(case.clone(), folder.path()).input(3).unwrap())).collect();
        let inputs: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
        assert!(inputs.iter().all(|input| *input == inputs[0]));
    });
    only_file(folder.path());

    let place = tempfile::tempdir().unwrap();
    let data = data_set(&place.path().join("data"), &[&coarse(1), &coarse(2)]);
    let cache = place.path().join("cache");
    let start = |run: &str| {
        let mut command = Command::new(TRAIN);
        command.arg("--data").arg(&data[0]).arg("--cache").arg(&cache).arg("--out").arg(place.path().join(run));
        command
            .args(["--preset", "tiny", "--epochs", "1"])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    };
    for run in [start("a"), start("b")] {
        let output = run.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let names: Vec<PathBuf> = files(&cache).into_keys().collect();
    let of_ending =
        |ending: &str| names.iter().filter(|name| name.extension().is_some_and(|end| end == ending)).count();
    assert_eq!([of_ending("slices"), of_ending("reading"), names.len()], [2, 2, 4], "{names:?}");
}

#[cfg(unix)]
#[test]
fn a_full_disk_is_said_and_leaves_nothing_half_written() {
    let place = tempfile::tempdir().unwrap();
    let data = data_set(&place.path().join("data"), &[&coarse(1), &coarse(2)]);
    let cache = place.path().join("cache");
    // No file may grow beyond a megabyte or two (shells count in different blocks): to the writer it is as if the disk were full.
    let output = Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -f 2048; exec \"$@\"", "sh", TRAIN, "--data"])
        .arg(&data[0])
        .arg("--cache")
        .arg(&cache)
        .arg("--out")
        .arg(place.path().join("run"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(4), "{said}");
    assert!(said.contains("in the slice cache, cannot be written; free some space"), "{said}");
    assert_eq!(files(&cache).len(), 0);
}

#[test]
fn a_case_is_segmented_from_the_cache_as_from_its_volume() {
    let folder = tempfile::tempdir().unwrap();
    let phantom = phantom(&PhantomConfig::SMALL, 9301);
    let slices = [18, 20, 22, 25, 28];
    let labelled: Vec<bool> = (0..48).map(|z| slices.contains(&z)).collect();
    let case = LoadedCase::new(1, phantom.volume.clone(), phantom.pancreas, labelled);
    let shipped = concat!(env!("CARGO_MANIFEST_DIR"), "/www/models/pancreas.safetensors");
    let file = ModelFile::read(&fs::read(shipped).unwrap()).unwrap();
    let (model, preprocess) = (file.load(&Device::flex()).for_inference(), &file.passport.preprocess);
    let expected = pollster::block_on(segment_slices(&model, &phantom.volume, &slices, preprocess, |_| ())).unwrap();
    let case = keep(case, preprocess, folder.path()).unwrap();
    let mut done = Vec::new();
    let found = segment_labelled(&model, &case, |count| done.push(count)).unwrap();
    assert!(expected.count() > 500, "{}", expected.count());
    let same = Overlap::of(&found.labels, &expected.labels).dsc();
    assert!(same > 0.999, "rounding moves hardly a voxel: {same}");
    assert_eq!(done.last(), Some(&5));
    let dsc = case.overlaps(&found).unwrap()[&1].dsc();
    assert!((dsc - case.overlaps(&expected).unwrap()[&1].dsc()).abs() < 1e-3 && dsc > 0.5, "{dsc}");
}
