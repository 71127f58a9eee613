//! Reads the cases of a training one by one, checks them, and stores them in the slice cache.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::Result;

use super::find::{FoundCases, find};
use super::fingerprint::DuplicateIndex;
use super::split::Split;
use super::{Case, DatasetLayout, LoadedCase, cache, check};
use crate::cli::files;
use crate::core::error::UserError;
use crate::core::mask::PANCREAS_NAME;
use crate::imaging::preprocess::PreprocessConfig;

/// The two sides of a training.
#[derive(Debug)]
pub struct TrainingCases {
    /// The cases to train on.
    pub train: Vec<Case>,
    /// The cases to validate on.
    pub val: Vec<Case>,
    /// Names of the classes by label value, the same for all cases.
    pub labels: BTreeMap<u8, String>,
}

/// Reads the cases of both sides at `paths` (folders and zips) with the organs `wanted` (see [`find`]),
/// checks them, and stores their slices, prepared by `preprocess`, in `folder` or else in
/// [`cache::default_folder`]. Only one scan at a time is in memory.
///
/// # Errors
/// Data that [`find`] and [`Split::divide`] refuse; all cases that cannot be read, fail a check, or share
/// slices with another case, in one error that gives the reason for each; a cache that cannot be written.
pub fn load(
    paths: &[PathBuf],
    layout: DatasetLayout,
    wanted: Option<&[String]>,
    sides: &Split,
    preprocess: &PreprocessConfig,
    folder: Option<&Path>,
) -> Result<TrainingCases> {
    let found = find(paths, layout, wanted)?;
    let (all, ct82) = found.ids();
    let (train, val) = sides.divide(&all, &ct82)?;
    println!("learning from {} case(s), validating on {val:?}", train.len());
    let folder = folder.map_or_else(cache::default_folder, |folder| Ok(folder.into()))?;
    cache::open_folder(&folder)?;

    let (mut known, mut bad, mut cases) = (DuplicateIndex::default(), Vec::new(), Vec::new());
    for id in train.iter().chain(&val) {
        match checked(&found, *id, &mut known, &train) {
            Ok(case) if bad.is_empty() => cases.push(cache::keep(case, preprocess, &folder)?),
            Ok(_) => {}
            Err(error) => bad.push(refusal(*id, error)?),
        }
    }
    together(bad, train.len() + val.len())?;
    let bytes: u64 = cases.iter().map(Case::cached_bytes).sum();
    println!("their slices are in {}, {} MB", folder.display(), bytes / 1_000_000);
    let val = cases.split_off(train.len());
    Ok(TrainingCases { train: cases, val, labels: found.labels })
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

fn checked(found: &FoundCases, id: u32, known: &mut DuplicateIndex, train: &[u32]) -> Result<LoadedCase> {
    let what = format!("case {id}");
    let case = found.cases[&id].load(id)?;
    check::scan(&what, &case.volume)?;
    check::case(&what, &case)?;
    if let Some((other, shared)) = known.alike(&case.scan) {
        let depth = case.volume.depth();
        let side = if train.contains(&id) == train.contains(&other) { "the same side" } else { "the other side" };
        let why = format!("{shared} of its {depth} slices are those of case {other}, on {side} of the split");
        return Err(UserError::new(what, why, "Leave one of the two out: they are one scan").into());
    }
    known.add(id, &case.scan);
    Ok(case)
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
