//! The layout of the Medical Segmentation Decathlon and of nnU-Net: `dataset.json`, `imagesTr/NAME.nii.gz` or
//! `NAME_0000.nii.gz`, `labelsTr/NAME.nii.gz`. The page's exports are laid out so.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use anyhow::Result;
use serde_json::Value;

use super::labels::Labels;
use super::naming::PHANTOM_PREFIX;
use super::source::CaseSource;
use super::{LoadedCase, pair};
use crate::core::error::UserError;
use crate::formats::{nifti, zip};

/// The file that says what the labels are, at the data set's root.
pub const DESCRIPTION: &str = "dataset.json";

/// Where one case's files are, and what its labels mean.
#[derive(Clone, Debug)]
pub struct DecathlonFiles {
    /// The label's file name, without its ending.
    pub name: String,
    image: String,
    label: String,
    /// What its label map says.
    pub labels: Rc<Labels>,
}

/// The cases of a data set: those that its `dataset.json` lists for training, or else those in its folders.
///
/// A case's id is the last number in its name; where names hold none or share one, cases are numbered from `first` by
/// name.
///
/// # Errors
/// No readable `dataset.json`; labels of which none is clearly the pancreas; an image or a label without the other.
pub fn find(source: &CaseSource, first: u32) -> Result<BTreeMap<u32, DecathlonFiles>> {
    let what = source.path_of(DESCRIPTION);
    let refused =
        |why: String| UserError::new(&what, why, "Write it as nnU-Net or the Medical Segmentation Decathlon do");
    if !source.holds(DESCRIPTION) {
        return Err(refused("it is not there, expected at the data set's root".into()).into());
    }
    let description: Value = serde_json::from_slice(&source.read(DESCRIPTION)?)
        .map_err(|error| refused(format!("it is no JSON ({error})")))?;
    let labels = Rc::new(Labels::read(&description["labels"]).map_err(|why| refused(why.to_string()))?);
    for note in &labels.notes {
        eprintln!("note: {what}: {note}");
    }
    let listed = description["training"].as_array().filter(|list| !list.is_empty());
    let pairs = match listed {
        Some(list) => list.iter().map(listed_pair).collect::<Result<Vec<_>, _>>().map_err(refused)?,
        None => paired(&source.names()?, source)?,
    };
    let mut cases: Vec<DecathlonFiles> = pairs
        .into_iter()
        .map(|(image, label)| DecathlonFiles { name: stem(&label), image, label, labels: labels.clone() })
        .collect();
    if cases.is_empty() {
        let why = "no case was found, expected imagesTr/NAME.nii.gz or NAME_0000.nii.gz with labelsTr/NAME.nii.gz";
        return Err(UserError::new(source.path().display().to_string(), why, "Give the folder that holds both").into());
    }
    cases.sort_by(|a, b| a.name.cmp(&b.name));
    let ids = numbers(&cases).unwrap_or_else(|| (first..).take(cases.len()).collect());
    Ok(ids.into_iter().zip(cases).collect())
}

/// Reads a case and puts its label on the scan's grid.
///
/// # Errors
/// Unreadable files; a label on another grid, with values that have no name, or without a fully labelled slice.
pub fn load(id: u32, case: &DecathlonFiles, source: &CaseSource) -> Result<LoadedCase> {
    let what = format!("case {id} ({})", case.name);
    let scan = nifti::read_volume(&source.path_of(&case.image), &source.read(&case.image)?)?;
    for note in &scan.notes {
        eprintln!("note: {what}: {note}");
    }
    let label = nifti::read_mask(&source.path_of(&case.label), &source.read(&case.label)?)?;
    let (volume, map) = pair(&what, scan.volume, label)?;
    let (truth, labelled) = case.labels.truth(&map).map_err(|value| {
        let named: BTreeSet<&u8> = case.labels.truth_of.keys().chain(&case.labels.ignore).collect();
        let why = format!("its label holds the value {value}, expected those named: {named:?}");
        UserError::new(&what, why, "Name every label in dataset.json")
    })?;
    if !labelled.contains(&true) {
        let why = "every slice of it holds voxels that are to be ignored, expected at least one labelled throughout";
        return Err(UserError::new(what, why, "Label some slices of it, or leave it out").into());
    }
    let kind = match case.name.starts_with(PHANTOM_PREFIX) {
        true => "synthetic phantoms",
        false => "scans laid out as in the Medical Segmentation Decathlon",
    };
    Ok(LoadedCase { kind, labels: case.labels.classes.clone(), ..LoadedCase::new(id, volume, truth, labelled) })
}

/// Image and label of an entry of `training`.
fn listed_pair(entry: &Value) -> Result<(String, String), String> {
    let path = |key: &str| {
        let path = entry[key].as_str().ok_or(format!("`training` lists {entry}, expected a path as its `{key}`"))?;
        zip::inside(path).ok_or(format!("`training` lists `{path}`, expected a path inside the data set"))
    };
    Ok((path("image")?, path("label")?))
}

/// Image and label of every case in the folders.
fn paired(names: &[String], source: &CaseSource) -> Result<Vec<(String, String)>, UserError> {
    let inside = |folder: &str| -> BTreeMap<String, &String> {
        let nifti = names.iter().filter(|name| name.starts_with(folder) && stem(name) != base_name(name));
        nifti.map(|name| (stem(name), name)).collect()
    };
    let (images, labels) = (inside("imagesTr/"), inside("labelsTr/"));
    let missing = |of: &str, folder: &str| {
        let why = format!("nothing of that name is in {folder}, expected an image and a label for every case");
        UserError::new(source.path_of(of), why, "Name both as dataset.json's readers expect, or leave both out")
    };
    let mut pairs = Vec::new();
    for (name, label) in &labels {
        let image = images.get(&format!("{name}_0000")).or_else(|| images.get(name));
        pairs.push((image.ok_or_else(|| missing(label, "imagesTr"))?.to_string(), label.to_string()));
    }
    // An image that no label asks for may be another channel, NAME_0001, of one that has: those are not read.
    let is_channel = |name: &str| {
        let number = |end: &str| end.len() == 4 && end.bytes().all(|byte| byte.is_ascii_digit());
        name.rsplit_once('_').is_some_and(|(case, end)| number(end) && labels.contains_key(case))
    };
    match images.iter().find(|(name, _)| !labels.contains_key(*name) && !is_channel(name)) {
        Some((_, image)) => Err(missing(image, "labelsTr")),
        None => Ok(pairs),
    }
}

fn base_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or_default()
}

/// A path's last part without .nii or .nii.gz.
fn stem(path: &str) -> String {
    let name = base_name(path);
    let stem = name.strip_suffix(".gz").unwrap_or(name).strip_suffix(".nii");
    stem.unwrap_or(name).into()
}

/// The last run of digits in every name, if all have one and no two the same.
fn numbers(cases: &[DecathlonFiles]) -> Option<Vec<u32>> {
    let last = |case: &DecathlonFiles| {
        let mut runs = case.name.split(|c: char| !c.is_ascii_digit());
        runs.rfind(|run| !run.is_empty())?.parse().ok()
    };
    let ids: Vec<u32> = cases.iter().map(last).collect::<Option<_>>()?;
    let distinct = ids.iter().collect::<BTreeSet<_>>().len() == ids.len();
    distinct.then_some(ids)
}
