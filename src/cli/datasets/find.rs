//! Finds the cases of all data sets given. Nothing of a case is read here before [`FoundCase::load`];
//! what each layout looks like is known to [`ct82`] and [`decathlon`].

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::rc::Rc;

use anyhow::{Result, bail};

use super::classes::choose_classes;
use super::labels::pancreas_alone;
use super::source::CaseSource;
use super::{DatasetLayout, LoadedCase, ct82, decathlon};
use crate::core::error::UserError;

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

/// Finds the cases at `paths`, which are folders and zips, with the organs `wanted`, or else with the organs
/// labelled in all of them.
///
/// # Errors
/// A data set that its layout refuses, a case number that occurs twice, and classes that
/// [`choose_classes`] refuses.
pub fn find(paths: &[PathBuf], layout: DatasetLayout, wanted: Option<&[String]>) -> Result<FoundCases> {
    let mut found: BTreeMap<u32, FoundCase> = BTreeMap::new();
    let mut sets: Vec<(String, BTreeMap<u8, String>)> = Vec::new();
    for path in paths {
        let source = Rc::new(CaseSource::open(path)?);
        let cases: Vec<(u32, CaseFiles)> = match layout.tell(&source) {
            DatasetLayout::Decathlon => {
                let first = found.last_key_value().map_or(1, |(last, _)| last.saturating_add(1));
                decathlon::find(&source, first)?
                    .into_iter()
                    .map(|(id, case)| (id, CaseFiles::Decathlon(case)))
                    .collect()
            }
            DatasetLayout::Auto | DatasetLayout::Ct82 => {
                ct82::find(&source)?.into_iter().map(|(id, case)| (id, CaseFiles::Ct82(case))).collect()
            }
        };
        let here = match cases.first() {
            Some((_, CaseFiles::Decathlon(case))) => case.labels.classes.clone(),
            _ => pancreas_alone(),
        };
        sets.push((path.display().to_string(), here));
        for (id, files) in cases {
            if found.insert(id, FoundCase { source: source.clone(), files }).is_some() {
                let what = format!("case {id}");
                let hint = "Give each case once, or rename one";
                bail!(UserError::new(what, "two --data hold a case of that number", hint));
            }
        }
    }
    let labels = choose_classes(&sets, wanted)?;
    for case in found.values_mut() {
        if let CaseFiles::Decathlon(files) = &mut case.files {
            files.labels = Rc::new(files.labels.only(&labels));
        }
    }
    Ok(FoundCases { cases: found, labels })
}

impl FoundCases {
    /// The numbers of all cases, and the numbers of those that are laid out as CT-82.
    pub fn ids(&self) -> (Vec<u32>, Vec<u32>) {
        let ct82 = self.cases.iter().filter(|(_, case)| matches!(case.files, CaseFiles::Ct82(_)));
        (self.cases.keys().copied().collect(), ct82.map(|(id, _)| *id).collect())
    }
}

impl FoundCase {
    /// Reads the case and prints a line about it.
    ///
    /// # Errors
    /// A case that its layout refuses.
    pub fn load(&self, id: u32) -> Result<LoadedCase> {
        let (case, name) = match &self.files {
            CaseFiles::Ct82(files) => (ct82::load(id, files, &self.source)?, String::new()),
            CaseFiles::Decathlon(files) => (decathlon::load(id, files, &self.source)?, format!(" ({})", files.name)),
        };
        let filled = case.labelled_slices().filter(|&z| case.truth.has_labels(z)).count();
        let (depth, labelled) = (case.volume.depth(), case.labelled_slices().count());
        let names: Vec<&str> = case.labels.values().map(String::as_str).collect();
        println!("case {id}{name}: {depth} slices, {labelled} labelled, {filled} with {}", names.join(" or "));
        Ok(case)
    }
}
