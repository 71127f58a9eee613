//! The cases of all data sets given, found and not yet read.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::rc::Rc;

use anyhow::{Result, bail};

use super::classes::choose_classes;
use super::labels::pancreas_alone;
use super::source::CaseSource;
use super::{DatasetLayout, LoadedCase, ct82, decathlon};
use crate::core::error::UserError;

/// The cases of a run, and what all of them tell apart.
pub struct Found {
    /// By number.
    pub cases: BTreeMap<u32, FoundCase>,
    /// Name by value.
    pub labels: BTreeMap<u8, String>,
}

/// Where one case is.
pub struct FoundCase {
    source: Rc<CaseSource>,
    files: Files,
}

enum Files {
    Ct82(ct82::Ct82Files),
    Decathlon(decathlon::DecathlonFiles),
}

/// Finds the cases at `paths`, folders and zips; of what is labelled in them the organs `wanted`, or else those that all have.
///
/// # Errors
/// What the layouts refuse; a number twice; what [`choose_classes`] refuses.
pub fn find(paths: &[PathBuf], layout: DatasetLayout, wanted: Option<&[String]>) -> Result<Found> {
    let mut found: BTreeMap<u32, FoundCase> = BTreeMap::new();
    let mut sets: Vec<(String, BTreeMap<u8, String>)> = Vec::new();
    for path in paths {
        let source = Rc::new(CaseSource::open(path)?);
        let cases: Vec<(u32, Files)> = match layout.tell(&source) {
            DatasetLayout::Decathlon => {
                let first = found.last_key_value().map_or(1, |(last, _)| last.saturating_add(1));
                decathlon::find(&source, first)?.into_iter().map(|(id, case)| (id, Files::Decathlon(case))).collect()
            }
            DatasetLayout::Auto | DatasetLayout::Ct82 => {
                ct82::find(&source)?.into_iter().map(|(id, case)| (id, Files::Ct82(case))).collect()
            }
        };
        let here = match cases.first() {
            Some((_, Files::Decathlon(case))) => case.labels.classes.clone(),
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
        if let Files::Decathlon(files) = &mut case.files {
            files.labels = Rc::new(files.labels.only(&labels));
        }
    }
    Ok(Found { cases: found, labels })
}

impl Found {
    /// The numbers of all cases, and of those that are laid out as CT-82.
    pub fn ids(&self) -> (Vec<u32>, Vec<u32>) {
        let ct82 = self.cases.iter().filter(|(_, case)| matches!(case.files, Files::Ct82(_)));
        (self.cases.keys().copied().collect(), ct82.map(|(id, _)| *id).collect())
    }
}

impl FoundCase {
    /// Reads the case, and says on stdout what it is.
    ///
    /// # Errors
    /// What its layout refuses.
    pub fn load(&self, id: u32) -> Result<LoadedCase> {
        let (case, name) = match &self.files {
            Files::Ct82(files) => (ct82::load(id, files, &self.source)?, String::new()),
            Files::Decathlon(files) => (decathlon::load(id, files, &self.source)?, format!(" ({})", files.name)),
        };
        let filled = case.labelled_slices().filter(|&z| case.truth.has_labels(z)).count();
        let (depth, labelled) = (case.volume.depth(), case.labelled_slices().count());
        let names: Vec<&str> = case.labels.values().map(String::as_str).collect();
        println!("case {id}{name}: {depth} slices, {labelled} labelled, {filled} with {}", names.join(" or "));
        Ok(case)
    }
}
