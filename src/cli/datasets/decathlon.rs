//! The layout of the Medical Segmentation Decathlon and of nnU-Net: `dataset.json`, `imagesTr/NAME.nii.gz` or
//! `NAME_0000.nii.gz`, `labelsTr/NAME.nii.gz`. The page's exports are laid out so. What listings of cases look like is
//! in [`listing`].

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

use anyhow::Result;
use serde::Deserialize;
use serde_json::Value;

use super::labels::Labels;
use super::listing::{self, CasePaths, ENDINGS, FOLDERS, Listing, base_name, stem, with_channel};
use super::naming::{LARGEST_ID, PHANTOM_PREFIX};
use super::source::CaseSource;
use super::voxel_files::{read_labels, read_scan};
use super::{LoadedCase, pair};
use crate::core::error::UserError;
use crate::formats::labelling_model::LabellingModel;

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
    /// The model that made its label map, if one did.
    pub labelled_by: Option<Arc<LabellingModel>>,
}

impl DecathlonFiles {
    /// The names of both its files.
    pub fn names(&self) -> Vec<&str> {
        vec![&self.image, &self.label]
    }

    /// The kind of case, in the plural, for the model's metadata.
    pub fn kind(&self) -> &'static str {
        match self.name.starts_with(PHANTOM_PREFIX) {
            true => "synthetic phantoms",
            false => "scans laid out as in the Medical Segmentation Decathlon",
        }
    }
}

/// The cases of a data set: those that its `dataset.json` lists for training, or else those in its folders.
///
/// A case's id is the last number in its name; where names hold none or share one, cases are numbered from `first` by
/// name.
///
/// # Errors
/// No readable `dataset.json`; labels of which none is clearly the pancreas; files of another format; a listed file that
/// is not there; an image or a label without the other.
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
    let labelled_by: Option<Arc<LabellingModel>> = match &description["labelled_by"] {
        Value::Null => None,
        source => Some(Arc::new(LabellingModel::deserialize(source).map_err(|error| {
            refused(format!("its `labelled_by` does not say which model made the labels ({error})"))
        })?)),
    };
    if let Some(ending) = description["file_ending"].as_str().filter(|ending| !is_readable(ending)) {
        let why = format!("its files end in {ending}, expected {}", ENDINGS.join(", "));
        return Err(UserError::new(&what, why, "Convert the images and the labels to .nii.gz").into());
    }
    let mut cases: Vec<DecathlonFiles> = found_paths(&description, source)?
        .into_iter()
        .map(|CasePaths { image, label }| {
            let name = stem(&label).to_owned();
            DecathlonFiles { name, image, label, labels: labels.clone(), labelled_by: labelled_by.clone() }
        })
        .collect();
    if cases.is_empty() {
        let why = "no case was found, expected imagesTr/NAME.nii.gz or NAME_0000.nii.gz with labelsTr/NAME.nii.gz";
        return Err(UserError::new(source.path().display().to_string(), why, "Give the folder that holds both").into());
    }
    cases.sort_by(|a, b| a.name.cmp(&b.name));
    let ids = numbers(&cases).unwrap_or_else(|| (first..).take(cases.len()).collect());
    Ok(ids.into_iter().zip(cases).collect())
}

/// Reads a case and puts its label on the scan's grid. What a person should know is added to `notes`.
///
/// # Errors
/// Unreadable files; a label on another grid, with values that have no name, or without a fully labelled slice.
pub fn load(id: u32, case: &DecathlonFiles, source: &CaseSource, notes: &mut Vec<String>) -> Result<LoadedCase> {
    let what = format!("case {id} ({})", case.name);
    let scan = read_scan(source, &case.image)?;
    notes.extend(scan.notes.iter().map(|note| format!("{what}: {note}")));
    let label = read_labels(source, &case.label, &scan.volume)?;
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
    let kind = case.kind();
    let (labels, labelled_by) = (case.labels.classes.clone(), case.labelled_by.clone());
    Ok(LoadedCase { kind, labels, labelled_by, ..LoadedCase::new(id, volume, truth, labelled) })
}

/// True for an ending of files that can be read, with its dot or without.
fn is_readable(ending: &str) -> bool {
    ENDINGS.iter().any(|known| known.trim_start_matches('.') == ending.trim_start_matches('.'))
}

/// Image and label of every case that a description lists or, without a list, of every case in the folders.
fn found_paths(description: &Value, source: &CaseSource) -> Result<BTreeSet<CasePaths>> {
    let what = source.path_of(DESCRIPTION);
    let (channel, others) = listing::ct_channel(description);
    if let Some(others) = others {
        eprintln!("note: {what}: its channels are {others} and none is CT; the first is taken for CT");
    }
    let names: BTreeSet<String> = source.names()?.into_iter().collect();
    let entries = listing::entries(description);
    if entries.is_empty() {
        return Ok(paired(&names, channel, source)?);
    }
    if let Some(count) = description["numTraining"].as_u64().filter(|count| *count != entries.len() as u64) {
        eprintln!("note: {what}: it says {count} as numTraining and lists {}; the list counts", entries.len());
    }
    let listing = Listing { names: &names, channel };
    let read: Vec<Result<CasePaths, String>> = entries.iter().map(|entry| listing.paths(entry)).collect();
    let bad = read.iter().filter(|paths| paths.is_err()).count();
    let paths: Result<BTreeSet<CasePaths>, String> = read.into_iter().collect();
    let paths = paths.map_err(|first| {
        let more = if bad > 1 { format!(", and {} such entries more", bad - 1) } else { String::new() };
        let hint = "List the files as they are named in the data set, or remove the list so that its folders are read";
        UserError::new(&what, format!("it lists {first}{more}"), hint)
    })?;
    let unlisted = paired(&names, channel, source).map_or(0, |all| all.difference(&paths).count());
    if unlisted > 0 {
        eprintln!("note: {what}: {unlisted} case(s) of its folders are not listed and left out");
    }
    Ok(paths)
}

/// Image and label of every case in the folders.
fn paired(names: &BTreeSet<String>, channel: usize, source: &CaseSource) -> Result<BTreeSet<CasePaths>, UserError> {
    let inside = |folder: &str| -> BTreeMap<&str, &String> {
        let here = names.iter().filter(|name| name.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/')));
        here.filter(|name| stem(name) != base_name(name)).map(|name| (stem(name), name)).collect()
    };
    let [images, labels] = FOLDERS.map(inside);
    let missing = |of: &str, folder: &str| {
        let why = format!("nothing of that name is in {folder}, expected an image and a label for every case");
        UserError::new(source.path_of(of), why, "Name both as dataset.json's readers expect, or leave both out")
    };
    let mut pairs = BTreeSet::new();
    for (name, label) in &labels {
        let image = images.get(&*with_channel(name, channel)).or_else(|| images.get(name));
        let image = image.ok_or_else(|| missing(label, FOLDERS[0]))?;
        pairs.insert(CasePaths { image: image.to_string(), label: label.to_string() });
    }
    // An image that no label asks for may be another channel, NAME_0001, of one that has: those are not read.
    let is_channel = |name: &str| {
        let number = |end: &str| end.len() == 4 && end.bytes().all(|byte| byte.is_ascii_digit());
        name.rsplit_once('_').is_some_and(|(case, end)| number(end) && labels.contains_key(case))
    };
    match images.iter().find(|(name, _)| !labels.contains_key(*name) && !is_channel(name)) {
        Some((_, image)) => Err(missing(image, FOLDERS[1])),
        None => Ok(pairs),
    }
}

/// The last run of digits in every name, if all have one, of a plausible size, and no two the same.
fn numbers(cases: &[DecathlonFiles]) -> Option<Vec<u32>> {
    let last = |case: &DecathlonFiles| {
        let mut runs = case.name.split(|c: char| !c.is_ascii_digit());
        runs.rfind(|run| !run.is_empty())?.parse().ok().filter(|id| *id <= LARGEST_ID)
    };
    let ids: Vec<u32> = cases.iter().map(last).collect::<Option<_>>()?;
    let distinct = ids.iter().collect::<BTreeSet<_>>().len() == ids.len();
    distinct.then_some(ids)
}
