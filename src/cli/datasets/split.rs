//! Which cases are learned from and which validate.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::rc::Rc;

use anyhow::{Result, bail};

use super::source::Source;
use super::{Case, Layout, ct82, decathlon};
use crate::cli::CaseList;
use crate::refusal::Refusal;

/// The two sides of a training.
#[derive(Debug)]
pub struct Split {
    /// To learn from.
    pub train: Vec<Case>,
    /// To validate on.
    pub val: Vec<Case>,
}

/// Loads the cases named, or, where none are, all at `paths` (folders and zips), the last fifth of them for validation. Cases
/// that CT-82 withdrew are left out of a list without a word: [`ct82::find`] has said so.
///
/// # Errors
/// What the layouts refuse; a case twice or on both sides; an empty side; nothing to learn the pancreas from.
pub fn load(paths: &[PathBuf], layout: Layout, train: Option<&CaseList>, val: Option<&CaseList>) -> Result<Split> {
    let found = find(paths, layout)?;
    let all: Vec<u32> = found.keys().copied().collect();
    let (train, val) = match (train, val) {
        (Some(train), Some(val)) => (usable(train, &found), usable(val, &found)),
        _ => {
            let held_out = (all.len() / 5).max(1);
            let (train, val) = all.split_at(all.len() - held_out);
            (train.to_vec(), val.to_vec())
        }
    };
    if let Some(both) = train.iter().find(|id| val.contains(id)) {
        bail!(refused(format!("case {both} is on both sides")));
    }
    if train.is_empty() || val.is_empty() {
        bail!(refused(format!("{} case(s) found, expected at least two", all.len())));
    }
    let load = |ids: &[u32]| -> Result<Vec<Case>> {
        let missing = |id| refused(format!("case {id} was not found, there are {all:?}"));
        ids.iter().map(|id| found.get(id).ok_or_else(|| missing(id))?.load(*id)).collect()
    };
    let split = Split { train: load(&train)?, val: load(&val)? };
    if !split.train.iter().any(|case| case.labelled_slices().any(|z| case.truth.has_labels(z))) {
        bail!(refused("no case to learn from has a labelled slice with pancreas".into()));
    }
    Ok(split)
}

/// Loads every case at `paths`.
///
/// # Errors
/// What the layouts refuse; a case twice.
pub fn all(paths: &[PathBuf], layout: Layout) -> Result<Vec<Case>> {
    find(paths, layout)?.into_iter().map(|(id, case)| case.load(id)).collect()
}

fn refused(why: String) -> Refusal {
    Refusal::new("the split", why, "See --train-cases and --val-cases")
}

/// A case that has been found and not yet read.
struct Found {
    source: Rc<Source>,
    files: Files,
}

enum Files {
    Ct82(ct82::CaseFiles),
    Decathlon(decathlon::CaseFiles),
}

fn find(paths: &[PathBuf], layout: Layout) -> Result<BTreeMap<u32, Found>> {
    let mut found: BTreeMap<u32, Found> = BTreeMap::new();
    for path in paths {
        let source = Rc::new(Source::open(path)?);
        let cases: Vec<(u32, Files)> = match layout.tell(&source) {
            Layout::Decathlon => {
                let first = found.last_key_value().map_or(1, |(last, _)| last.saturating_add(1));
                decathlon::find(&source, first)?.into_iter().map(|(id, case)| (id, Files::Decathlon(case))).collect()
            }
            Layout::Auto | Layout::Ct82 => {
                ct82::find(&source)?.into_iter().map(|(id, case)| (id, Files::Ct82(case))).collect()
            }
        };
        for (id, files) in cases {
            if found.insert(id, Found { source: source.clone(), files }).is_some() {
                let what = format!("case {id}");
                bail!(Refusal::new(
                    what,
                    "two --data hold a case of that number",
                    "Give each case once, or rename one"
                ));
            }
        }
    }
    Ok(found)
}

/// The ids of a list, without those that CT-82 withdrew and no other data set has.
fn usable(ids: &CaseList, found: &BTreeMap<u32, Found>) -> Vec<u32> {
    let has_ct82 = found.values().any(|case| matches!(case.files, Files::Ct82(_)));
    let withdrawn = |id: &u32| has_ct82 && ct82::WITHDRAWN.contains(id) && !found.contains_key(id);
    ids.0.iter().copied().filter(|id| !withdrawn(id)).collect()
}

impl Found {
    fn load(&self, id: u32) -> Result<Case> {
        let (case, name) = match &self.files {
            Files::Ct82(files) => (ct82::load(id, files, &self.source)?, String::new()),
            Files::Decathlon(files) => (decathlon::load(id, files, &self.source)?, format!(" ({})", files.name)),
        };
        let filled = case.labelled_slices().filter(|&z| case.truth.has_labels(z)).count();
        let (depth, labelled) = (case.volume.depth(), case.labelled_slices().count());
        println!("case {id}{name}: {depth} slices, {labelled} labelled, {filled} with pancreas");
        Ok(case)
    }
}
