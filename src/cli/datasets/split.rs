//! Which cases are learned from and which validate.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Result, bail};

use super::{Case, Layout, ct82};
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

/// Loads the cases named, or, where none are, all below `folders`, the last fifth of them for validation. Cases that the archive
/// withdrew are left out of a list without a word: [`ct82::find`] has said so.
pub fn load(folders: &[PathBuf], layout: Layout, train: Option<&CaseList>, val: Option<&CaseList>) -> Result<Split> {
    let mut found = BTreeMap::new();
    for folder in folders {
        let cases = match layout {
            Layout::Auto | Layout::Ct82 => ct82::find(folder)?,
        };
        for (id, case) in cases {
            if found.insert(id, case).is_some() {
                let what = format!("case {id}");
                bail!(Refusal::new(what, "two --data folders hold it", "Give each case once"));
            }
        }
    }
    let all: Vec<u32> = found.keys().copied().collect();
    let usable = |ids: &CaseList| ids.0.iter().copied().filter(|id| !ct82::WITHDRAWN.contains(id)).collect::<Vec<_>>();
    let (train, val) = match (train, val) {
        (Some(train), Some(val)) => (usable(train), usable(val)),
        _ => {
            let held_out = (all.len() / 5).max(1);
            let (train, val) = all.split_at(all.len() - held_out);
            (train.to_vec(), val.to_vec())
        }
    };
    let refused = |why: String| Refusal::new("the split", why, "See --train-cases and --val-cases");
    if let Some(both) = train.iter().find(|id| val.contains(id)) {
        bail!(refused(format!("case {both} is on both sides")));
    }
    if train.is_empty() || val.is_empty() {
        bail!(refused(format!("{} case(s) found, expected at least two", all.len())));
    }
    let load = |ids: &[u32]| -> Result<Vec<Case>> {
        let mut cases = Vec::new();
        for id in ids {
            let Some(files) = found.get(id) else {
                bail!(refused(format!("case {id} was not found, there are {all:?}")));
            };
            let case = ct82::load(*id, files)?;
            let filled = (0..case.volume.depth()).filter(|&z| case.truth.has_labels(z));
            println!("case {id}: {} slices, {} with pancreas", case.volume.depth(), filled.count());
            cases.push(case);
        }
        Ok(cases)
    };
    Ok(Split { train: load(&train)?, val: load(&val)? })
}
