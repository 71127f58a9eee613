//! The slice cache: the prepared slices of every case, on disk.
//!
//! A case is read once, to check and hash it, and after that only the cache. So epochs and validation read no
//! DICOM, and memory does not grow with the number of cases. A file's name is a hash of the case's content, of
//! the settings, and of a small picture after preprocessing, so that no file is ever out of date. Beside them
//! lie the readings of [`super::case_reading`], by which the next run knows the content of files that have not
//! changed. Only files that a killed run left half written are deleted; to free the space, delete the folder.
//! The format of the files is in [`store`].

use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{env, fs, io};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use super::cache_file::PARTIAL;
use super::case_reading::CaseReading;
use super::store::{self, SliceStore};
use super::{Case, CaseDescription, LoadedCase};
use crate::core::error::UserError;
use crate::core::hex::hex;
use crate::core::volume::{Geometry, Volume};
use crate::imaging::preprocess::{PreprocessConfig, prepare};

/// A half-written file that has not changed for this long was left by a run that is gone.
const ABANDONED: Duration = Duration::from_hours(24);

/// The default folder of the slice cache: `islet/slices` in the user's cache folder.
///
/// # Errors
/// A system that names no such folder.
pub fn default_folder() -> Result<PathBuf, UserError> {
    let named = |name| env::var_os(name).filter(|folder| !folder.is_empty()).map(PathBuf::from);
    let caches =
        named("XDG_CACHE_HOME").or_else(|| named("LOCALAPPDATA")).or_else(|| Some(named("HOME")?.join(".cache")));
    let caches = caches.ok_or_else(|| {
        let why = "none of XDG_CACHE_HOME, LOCALAPPDATA and HOME is set, so there is no place for it";
        UserError::new("the slice cache", why, "Give a folder with --cache")
    })?;
    Ok(caches.join("islet").join("slices"))
}

/// Creates the folder where it is missing, and removes what killed runs left in it.
///
/// # Errors
/// A folder that cannot be created.
pub fn open_folder(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("the slice cache {} cannot be created", folder.display()))?;
    for file in fs::read_dir(folder).into_iter().flatten().flatten() {
        let is_partial = file.path().extension().is_some_and(|end| end == PARTIAL);
        let age = file.metadata().and_then(|data| data.modified()).ok().and_then(|written| written.elapsed().ok());
        if is_partial && age.is_some_and(|age| age > ABANDONED) {
            // Another process may have been quicker.
            let _ = fs::remove_file(file.path());
        }
    }
    Ok(())
}

/// Stores the slices of a case in `folder`, unless they are there already and undamaged.
///
/// # Errors
/// A disk that is full or fails.
pub fn keep(case: LoadedCase, preprocess: &PreprocessConfig, folder: &Path) -> Result<Case> {
    let reading = case.reading();
    let key = slices_key(&reading, preprocess);
    let slices: Vec<usize> = case.labelled_slices().collect();
    kept(case, reading, &key, folder, |case, path| {
        let records = slices.iter().map(|&z| prepare(&case.volume, z, preprocess));
        store::write(path, &key, &case.truth, preprocess.size_px, &slices, records)
    })
}

/// Stores the truth of a case alone. Its inputs cannot be read.
///
/// # Errors
/// A disk that is full or fails.
pub fn keep_truth(case: LoadedCase, folder: &Path) -> Result<Case> {
    let reading = case.reading();
    let key = key(&reading, [b"truth", b""]);
    kept(case, reading, &key, folder, |case, path| store::write(path, &key, &case.truth, 0, &[], std::iter::empty()))
}

/// The case of an earlier reading, if its slices are in `folder` and undamaged.
pub fn recall(
    description: CaseDescription,
    reading: CaseReading,
    preprocess: &PreprocessConfig,
    folder: &Path,
) -> Option<Case> {
    let key = slices_key(&reading, preprocess);
    let slices = SliceStore::open(&slices_path(folder, &key), &key).ok()?;
    Some(Case::new(description, reading, slices))
}

fn kept(
    case: LoadedCase,
    reading: CaseReading,
    key: &str,
    folder: &Path,
    write: impl FnOnce(&LoadedCase, &Path) -> io::Result<SliceStore>,
) -> Result<Case> {
    let path = slices_path(folder, key);
    let slices = match SliceStore::open(&path, key) {
        Err(error) if is_missing_or_broken(&error) => {
            if error.kind() != io::ErrorKind::NotFound {
                eprintln!("note: {} is damaged ({error}) and is written again", path.display());
            }
            let unwritten = || {
                format!(
                    "{}, in the slice cache, cannot be written; free some space or name another --cache",
                    path.display()
                )
            };
            Ok(write(&case, &path).with_context(unwritten)?)
        }
        opened => opened,
    };
    let slices = slices.with_context(|| format!("{}, in the slice cache, cannot be read", path.display()))?;
    let LoadedCase { id, kind, labels, labelled_by, .. } = case;
    Ok(Case::new(CaseDescription { id, kind, labels, labelled_by }, reading, slices))
}

fn slices_path(folder: &Path, key: &str) -> PathBuf {
    folder.join(format!("{key}.slices"))
}

fn is_missing_or_broken(error: &io::Error) -> bool {
    use io::ErrorKind::{InvalidData, NotFound, UnexpectedEof};
    matches!(error.kind(), NotFound | InvalidData | UnexpectedEof)
}

/// The key of the slices that `preprocess` prepares.
fn slices_key(reading: &CaseReading, preprocess: &PreprocessConfig) -> String {
    let settings = serde_json::to_vec(preprocess).expect("plain data always serialises");
    key(reading, [&settings, &probe(preprocess)])
}

/// A hash of everything that the slices depend on: the case, and in `settings` how they are prepared.
fn key(case: &CaseReading, settings: [&[u8]; 2]) -> String {
    let mut hash = Sha256::new();
    let mut add = |part: &[u8]| {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    };
    add(case.scan.sha256.as_bytes());
    add(case.sha256.as_bytes());
    add(&case.labelled.iter().map(|labelled| u8::from(*labelled)).collect::<Vec<_>>());
    let affine = case.geometry.map(|geometry| geometry.affine);
    add(&affine.iter().flatten().flatten().flat_map(|number| number.to_le_bytes()).collect::<Vec<_>>());
    settings.into_iter().for_each(&mut add);
    hex(&hash.finalize())
}

/// A small picture after preprocessing. It changes with the code of the preprocessing, so no version number
/// has to be kept up to date.
fn probe(preprocess: &PreprocessConfig) -> Vec<u8> {
    let dims = [3, 36, 40];
    let disc = |i: usize| (i / 40 % 36).abs_diff(20).pow(2) + (i % 40).abs_diff(17).pow(2) < 200;
    let hu = (0..dims.iter().product()).map(|i| if disc(i) { (i * 7919 % 613) as i16 - 250 } else { -1000 });
    let geometry = Some(Geometry::with_spacing_mm([2.5, 3.0, 2.0]));
    let volume = Volume { hu: hu.collect(), dims, geometry, calibrated: true };
    let (input, placement) = prepare(&volume, 1, preprocess);
    serde_json::to_vec(&placement)
        .expect("plain data always serialises")
        .into_iter()
        .chain(input.channels.iter().flat_map(|v| v.to_le_bytes()))
        .collect()
}
