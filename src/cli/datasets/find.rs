//! Finds the cases of all data sets given. Nothing of a case is read here before [`FoundCase::load`];
//! what each layout looks like is known to [`ct82`] and [`decathlon`].

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::{env, io};

use anyhow::Result;
use sha2::{Digest, Sha256};

use super::classes::choose_classes;
use super::file_stamp::FileStamp;
use super::labels::{Labels, pancreas_alone};
use super::source::CaseSource;
use super::{Case, CaseDescription, DatasetLayout, LoadedCase, ct82, decathlon};
use crate::core::hex::hex;

/// The cases of a run, and the classes that all of them have labelled.
pub struct FoundCases {
    /// The cases by number.
    pub cases: BTreeMap<u32, FoundCase>,
    /// Names of the classes by label value.
    pub labels: BTreeMap<u8, String>,
}

/// The place of one case on disk.
pub struct FoundCase {
    source: Rc<CaseSource>,
    files: CaseFiles,
}

enum CaseFiles {
    Ct82(ct82::Ct82Files),
    Decathlon(decathlon::DecathlonFiles),
}

/// The cases of one data set, by its own numbers.
struct OpenedSet {
    path: String,
    source: Rc<CaseSource>,
    cases: BTreeMap<u32, CaseFiles>,
}

/// Finds the cases at `paths`, which are folders and zips, with the organs `wanted`, or else with the organs
/// labelled in all of them.
///
/// A number is a case's within its data set. If an earlier one holds a number too, all cases of the later one are
/// numbered after those, in their order, and a note says so. CT-82 comes before the others, as its folds go by number.
///
/// # Errors
/// A data set that its layout refuses, and classes that [`choose_classes`] refuses.
pub fn find(paths: &[PathBuf], layout: DatasetLayout, wanted: Option<&[String]>) -> Result<FoundCases> {
    let sources = paths.iter().map(|path| Ok(Rc::new(CaseSource::open(path)?))).collect::<Result<Vec<_>>>()?;
    let mut told: Vec<(usize, DatasetLayout)> =
        sources.iter().enumerate().map(|(place, source)| (place, layout.tell(source))).collect();
    told.sort_by_key(|(_, layout)| *layout == DatasetLayout::Decathlon);
    let mut found: BTreeMap<u32, FoundCase> = BTreeMap::new();
    let mut classes: BTreeMap<usize, (String, BTreeMap<u8, String>)> = BTreeMap::new();
    for (place, layout) in told {
        let next = found.last_key_value().map_or(1, |(last, _)| last + 1);
        let set = open_set(&paths[place], &sources[place], layout, next)?;
        let here = match set.cases.first_key_value() {
            Some((_, CaseFiles::Decathlon(case))) => case.labels.classes.clone(),
            _ => pancreas_alone(),
        };
        classes.insert(place, (set.path.clone(), here));
        let OpenedSet { source, cases, .. } = numbered(set, &found, next);
        found.extend(cases.into_iter().map(|(id, files)| (id, FoundCase { source: source.clone(), files })));
    }
    let labels = choose_classes(&classes.into_values().collect::<Vec<_>>(), wanted)?;
    for case in found.values_mut() {
        if let CaseFiles::Decathlon(files) = &mut case.files {
            files.labels = Rc::new(files.labels.only(&labels));
        }
    }
    Ok(FoundCases { cases: found, labels })
}

/// The cases of a data set. Names without numbers are numbered from `next`.
fn open_set(path: &Path, source: &Rc<CaseSource>, layout: DatasetLayout, next: u32) -> Result<OpenedSet> {
    let cases: BTreeMap<u32, CaseFiles> = match layout {
        DatasetLayout::Decathlon => {
            decathlon::find(source, next)?.into_iter().map(|(id, case)| (id, CaseFiles::Decathlon(case))).collect()
        }
        DatasetLayout::Auto | DatasetLayout::Ct82 => {
            ct82::find(source)?.into_iter().map(|(id, case)| (id, CaseFiles::Ct82(case))).collect()
        }
    };
    Ok(OpenedSet { path: path.display().to_string(), source: source.clone(), cases })
}

/// The data set with numbers from `next` on if one of its own is taken.
fn numbered(set: OpenedSet, found: &BTreeMap<u32, FoundCase>, next: u32) -> OpenedSet {
    let Some(taken) = set.cases.keys().find(|id| found.contains_key(id)) else { return set };
    let last = next + set.cases.len() as u32 - 1;
    eprintln!(
        "note: {}: another data set has a case {taken} too, so its {} cases are numbered {next} to {last}, in order",
        set.path,
        set.cases.len()
    );
    OpenedSet { cases: (next..).zip(set.cases.into_values()).collect(), ..set }
}

impl FoundCases {
    /// The numbers of all cases, and the numbers of those that are laid out as CT-82.
    pub fn ids(&self) -> (Vec<u32>, Vec<u32>) {
        let ct82 = self.cases.iter().filter(|(_, case)| matches!(case.files, CaseFiles::Ct82(_)));
        (self.cases.keys().copied().collect(), ct82.map(|(id, _)| *id).collect())
    }
}

impl FoundCase {
    /// What is known of it before it is read, as case `id`.
    pub fn description(&self, id: u32) -> CaseDescription {
        match &self.files {
            CaseFiles::Ct82(files) => {
                CaseDescription { id, kind: files.kind(), labels: pancreas_alone(), labelled_by: None }
            }
            CaseFiles::Decathlon(files) => {
                let (labels, labelled_by) = (files.labels.classes.clone(), files.labelled_by.clone());
                CaseDescription { id, kind: files.kind(), labels, labelled_by }
            }
        }
    }

    /// A hash of everything that reading it as case `id` depends on: where its files are, how long they are and
    /// when they were changed, what the values of its labels mean, and this program. While it stays the same,
    /// so does what [`load`](Self::load) yields.
    ///
    /// # Errors
    /// Files that are gone.
    pub fn reading_key(&self, id: u32) -> io::Result<String> {
        let mut hash = Sha256::new();
        hash.update(FileStamp::of(&env::current_exe()?)?.to_bytes());
        let (names, meaning) = match &self.files {
            CaseFiles::Ct82(files) => (files.names(), String::new()),
            CaseFiles::Decathlon(files) => {
                let Labels { classes, truth_of, ignore, .. } = &*files.labels;
                (files.names(), format!("{classes:?} {truth_of:?} {ignore:?}"))
            }
        };
        for stamp in self.source.stamps(&names)? {
            hash.update(stamp.to_bytes());
        }
        hash.update(format!("{id} {names:?} {meaning}"));
        Ok(hex(&hash.finalize()))
    }

    /// Reads the case. What a person should know about it is printed even if it fails.
    ///
    /// # Errors
    /// A case that its layout refuses.
    pub fn load(&self, id: u32) -> Result<LoadedCase> {
        let mut notes = Vec::new();
        let case = match &self.files {
            CaseFiles::Ct82(files) => ct82::load(id, files, &self.source, &mut notes),
            CaseFiles::Decathlon(files) => decathlon::load(id, files, &self.source, &mut notes),
        };
        print_notes(&notes);
        let case = LoadedCase { notes, ..case? };
        let filled = case.labelled_slices().filter(|&z| case.truth.has_labels(z)).count();
        self.print_line(id, &case.labelled, filled);
        Ok(case)
    }

    /// Prints what [`load`](Self::load) prints, of a case that need not be read.
    pub fn print_recalled(&self, case: &Case, notes: &[String]) {
        print_notes(notes);
        let filled = case.labelled_slices().filter(|&z| case.has_labels(z)).count();
        self.print_line(case.id, &case.labelled, filled);
    }

    fn print_line(&self, id: u32, labelled: &[bool], filled: usize) {
        let name = match &self.files {
            CaseFiles::Ct82(_) => String::new(),
            CaseFiles::Decathlon(files) => format!(" ({})", files.name),
        };
        let (depth, labelled) = (labelled.len(), labelled.iter().filter(|labelled| **labelled).count());
        let names: Vec<String> = self.description(id).labels.into_values().collect();
        println!("case {id}{name}: {depth} slices, {labelled} labelled, {filled} with {}", names.join(" or "));
    }
}

fn print_notes(notes: &[String]) {
    for note in notes {
        eprintln!("note: {note}");
    }
}
