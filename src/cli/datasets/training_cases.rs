//! Reads the cases of a training one by one, checks them, and stores them in the slice cache.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::case_reading::{self, CaseReading};
use super::find::{FoundCase, find};
use super::fingerprint::{DuplicateIndex, Fingerprint};
use super::split::Split;
use super::volume_case::VolumeCase;
use super::{Case, DatasetLayout, LoadedCase, cache, check};
use crate::cli::files;
use crate::core::error::UserError;
use crate::core::mask::PANCREAS_NAME;
use crate::imaging::preprocess::PreprocessConfig;
use crate::imaging::volume_pipeline::settings::VolumeSettings;

/// The two sides of a training, with slices or with volumes to learn from.
#[derive(Debug)]
pub struct TrainingCases<C = Case> {
    /// The cases to train on.
    pub train: Vec<C>,
    /// The cases to validate on.
    pub val: Vec<C>,
    /// Names of the classes by label value, the same for all cases.
    pub labels: BTreeMap<u8, String>,
}

/// What is read, and how it is divided.
#[derive(Clone, Copy, Debug)]
pub struct CaseSelection<'a> {
    /// Folders and zips.
    pub paths: &'a [PathBuf],
    /// How they are laid out.
    pub layout: DatasetLayout,
    /// The organs to learn (see [`find`]).
    pub wanted: Option<&'a [String]>,
    /// Which cases are on which side.
    pub sides: &'a Split,
    /// The folder of the slice cache, or else [`cache::default_folder`].
    pub cache: Option<&'a Path>,
}

impl CaseSelection<'_> {
    /// Reads the cases of both sides, checks them, and stores their slices, prepared by `preprocess`, in the
    /// cache. Only one scan at a time is in memory. A case whose slices are there, and whose files have not
    /// changed since, is not read.
    ///
    /// # Errors
    /// Data that [`find`] and [`Split::divide`] refuse; all cases that cannot be read, fail a check, or share
    /// slices with another case, in one error that gives the reason for each; a cache that cannot be written.
    pub fn slices(&self, preprocess: &PreprocessConfig) -> Result<TrainingCases> {
        let recall = |id, place: &FoundCase, key: &str, folder: &Path| {
            let reading = case_reading::recall(folder, key)?;
            let case = cache::recall(place.description(id), reading.clone(), preprocess, folder)?;
            place.print_recalled(&case, &reading.notes);
            Some((case, reading))
        };
        let keep = |case: LoadedCase, key: Option<&str>, folder: &Path| {
            let kept = key.map(|key| (key, case.reading()));
            let case = cache::keep(case, preprocess, folder)?;
            if let Some((key, reading)) = kept {
                let unwritten = || format!("the slice cache {} cannot be written; free some space", folder.display());
                case_reading::keep(folder, key, &reading).with_context(unwritten)?;
            }
            Ok(case)
        };
        let cases = self.read(recall, keep)?;
        let bytes: u64 = cases.train.iter().chain(&cases.val).map(Case::cached_bytes).sum();
        println!("their slices are in {}, {} MB", self.folder()?.display(), bytes / 1_000_000);
        Ok(cases)
    }

    /// Reads the cases of both sides, checks them, and prepares them as `settings` say, in memory.
    ///
    /// # Errors
    /// Those of [`slices`](Self::slices) and of [`VolumeCase::new`].
    pub fn volumes(&self, settings: &VolumeSettings) -> Result<TrainingCases<VolumeCase>> {
        let cases = self.read(|_, _, _, _| None, |case, _, folder| VolumeCase::new(case, settings, folder))?;
        let voxels = cases.train.iter().chain(&cases.val).map(|case| case.volume().values.len());
        let megabytes = voxels.sum::<usize>() * (size_of::<f32>() + size_of::<u8>()) / 1_000_000;
        println!("they are in memory at {} mm, {megabytes} MB", settings.spacing_mm[0]);
        Ok(cases)
    }

    fn folder(&self) -> Result<PathBuf, UserError> {
        self.cache.map_or_else(cache::default_folder, |folder| Ok(folder.into()))
    }

    /// The cases of both sides. `recall` yields a case that was read before under a key and need not be read again, and
    /// its reading; `keep` what is wanted of one that was read, with the key of its reading.
    fn read<C>(
        &self,
        recall: impl Fn(u32, &FoundCase, &str, &Path) -> Option<(C, CaseReading)>,
        keep: impl Fn(LoadedCase, Option<&str>, &Path) -> Result<C>,
    ) -> Result<TrainingCases<C>> {
        let found = find(self.paths, self.layout, self.wanted)?;
        let (all, ct82) = found.ids();
        let (train, val) = self.sides.divide(&all, &ct82)?;
        println!("learning from {} case(s), validating on {val:?}", train.len());
        let folder = self.folder()?;
        cache::open_folder(&folder)?;
        let (mut known, mut bad, mut cases) = (DuplicateIndex::default(), Vec::new(), Vec::new());
        for &id in train.iter().chain(&val) {
            let place = &found.cases[&id];
            let key = place.reading_key(id).ok();
            if let Some((case, reading)) = key.as_deref().and_then(|key| recall(id, place, key, &folder)) {
                match unlike_others(id, (&reading.scan, reading.dims[0]), &mut known, &train) {
                    Ok(()) => cases.push(case),
                    Err(refused) => bad.push(refused),
                }
                continue;
            }
            match checked(id, place, &mut known, &train) {
                Ok(case) if bad.is_empty() => {
                    // Files that change while they are read are read again the next time.
                    let key = key.filter(|key| place.reading_key(id).is_ok_and(|now| now == *key));
                    match keep(case, key.as_deref(), &folder) {
                        Ok(case) => cases.push(case),
                        Err(error) => bad.push(error.downcast::<UserError>()?),
                    }
                }
                Ok(_) => {}
                Err(error) => bad.push(refusal(id, error)?),
            }
        }
        together(bad, train.len() + val.len())?;
        let val = cases.split_off(train.len());
        Ok(TrainingCases { train: cases, val, labels: found.labels })
    }
}

/// Reads every case at `paths` into memory, with the pancreas alone as its truth. The caller checks that
/// there is enough to learn from.
///
/// # Errors
/// Data that [`find`] refuses; all cases that cannot be read or are no axial scans in Hounsfield units, in
/// one error.
pub fn all(paths: &[PathBuf], layout: DatasetLayout) -> Result<Vec<LoadedCase>> {
    let (mut cases, mut bad) = (Vec::new(), Vec::new());
    let found = find(paths, layout, Some(&[PANCREAS_NAME.to_owned()]))?.cases;
    for (id, case) in &found {
        let load = || -> Result<LoadedCase> {
            let case = case.load(*id)?;
            check::scan(&format!("case {id}"), &case.volume)?;
            Ok(case)
        };
        match load() {
            Ok(case) => cases.push(case),
            Err(error) => bad.push(refusal(*id, error)?),
        }
    }
    together(bad, found.len())?;
    Ok(cases)
}

fn checked(id: u32, place: &FoundCase, known: &mut DuplicateIndex, train: &[u32]) -> Result<LoadedCase> {
    let what = format!("case {id}");
    let case = place.load(id)?;
    check::scan(&what, &case.volume)?;
    check::case(&what, &case)?;
    unlike_others(id, (&case.scan, case.volume.depth()), known, train)?;
    Ok(case)
}

/// Adds a case, its fingerprint and the number of its slices, to those that are known.
///
/// # Errors
/// A case that shares slices with one of them.
fn unlike_others(
    id: u32,
    (scan, depth): (&Fingerprint, usize),
    known: &mut DuplicateIndex,
    train: &[u32],
) -> Result<(), UserError> {
    if let Some((other, shared)) = known.alike(scan) {
        let side = if train.contains(&id) == train.contains(&other) { "the same side" } else { "the other side" };
        let why = format!("{shared} of its {depth} slices are those of case {other}, on {side} of the split");
        return Err(UserError::new(format!("case {id}"), why, "Leave one of the two out: they are one scan"));
    }
    known.add(id, scan);
    Ok(())
}

/// Returns what is wrong with the files of a case.
///
/// # Errors
/// What is wrong with the machine, which ends the reading.
fn refusal(id: u32, error: anyhow::Error) -> Result<UserError> {
    error.downcast::<UserError>().or_else(|error| match error.downcast_ref::<io::Error>() {
        Some(io) if !files::is_shortage(io.kind()) => {
            Ok(UserError::new(format!("case {id}"), format!("{error:#}"), "See that its files can be read"))
        }
        _ => Err(error),
    })
}

/// Returns an error that lists every bad case with its reason, if there is one.
fn together(mut bad: Vec<UserError>, of: usize) -> Result<(), UserError> {
    match bad.len() {
        0 => Ok(()),
        1 => Err(bad.remove(0)),
        count => {
            // The whole message ends with a full stop of its own.
            let list: String = bad.iter().map(|refusal| format!("\n  {refusal}")).collect();
            let why = format!("they cannot be used:{}", list.trim_end_matches('.'));
            Err(UserError::new(format!("{count} of {of} cases"), why, "Mend these cases or leave them out"))
        }
    }
}
