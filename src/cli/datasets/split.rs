//! Divides cases into those to train on and those to validate on, by number alone: lists, folds, or the last
//! fifth. Nothing is read here.

use std::ops::RangeInclusive;
use std::str::FromStr;

use super::ct82;
use crate::cli::CaseList;
use crate::core::error::UserError;

/// A rule for dividing cases.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Split {
    /// The last fifth validates, at least one case.
    #[default]
    LastFifth,
    /// The cases listed for each side.
    Lists {
        /// The cases to train on.
        train: CaseList,
        /// The cases to validate on.
        val: CaseList,
    },
    /// One part validates, the others are learned from.
    Fold(Fold),
}

/// Part `k` of `n`, written `k/n`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fold {
    k: usize,
    n: usize,
}

/// The folds usual in the literature on CT-82, by case number. Without the withdrawn cases they hold 20, 19, 21
/// and 20.
const CT82_FOLDS: [RangeInclusive<u32>; 4] = [1..=20, 21..=40, 41..=61, 62..=82];
/// The largest number of parts that is accepted.
const MOST_PARTS: usize = 1000;

impl FromStr for Fold {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("found `{text}`, expected a part such as 1/4, of 2 to {MOST_PARTS}");
        let (k, n) = text.split_once('/').ok_or_else(wrong)?;
        let number = |text: &str| text.trim().parse::<usize>().map_err(|_| wrong());
        let (k, n) = (number(k)?, number(n)?);
        if (2..=MOST_PARTS).contains(&n) && (1..=n).contains(&k) { Ok(Self { k, n }) } else { Err(wrong()) }
    }
}

impl Split {
    /// Divides `all` into the cases to train on and the cases to validate on, both in order. `ct82` are the
    /// cases laid out as CT-82.
    ///
    /// Cases that CT-82 withdrew are left out of a list silently, because [`ct82::find`] has printed a note,
    /// unless another data set has a case of that number. Fold `k/4` of CT-82 is the usual one; other cases given
    /// with it, such as phantoms, are trained on in every fold. For other data, and other `n`, part `k` is the
    /// `k`-th of `n` runs of the sorted numbers, of equal length to within one.
    ///
    /// # Errors
    /// A case on both sides or that is not there; an empty side.
    pub fn divide(&self, all: &[u32], ct82: &[u32]) -> Result<(Vec<u32>, Vec<u32>), UserError> {
        let (train, val) = match self {
            Self::LastFifth => {
                let held_out = (all.len() / 5).max(1).min(all.len());
                let (train, val) = all.split_at(all.len() - held_out);
                (train.to_vec(), val.to_vec())
            }
            Self::Lists { train, val } => (usable(train, all, ct82), usable(val, all, ct82)),
            Self::Fold(fold) => {
                let validates = fold.validates(all, ct82);
                all.iter().partition(|id| !validates.contains(id))
            }
        };
        if let Some(both) = train.iter().find(|id| val.contains(id)) {
            return Err(refused(format!("case {both} is on both sides")));
        }
        if let Some(missing) = train.iter().chain(&val).find(|id| !all.contains(id)) {
            return Err(refused(format!("case {missing} was not found, there are {all:?}")));
        }
        match (self, train.is_empty(), val.is_empty()) {
            (_, false, false) => Ok((train, val)),
            (Self::Fold(Fold { k, n }), no_train, _) => {
                let use_of = if no_train { "learn from" } else { "validate on" };
                Err(refused(format!("fold {k}/{n} leaves no case to {use_of}, there are {all:?}")))
            }
            _ => Err(refused(format!("{} case(s) found, expected at least two", all.len()))),
        }
    }
}

impl Fold {
    fn validates(self, all: &[u32], ct82: &[u32]) -> Vec<u32> {
        let Self { k, n } = self;
        let archived = |id: &u32| ct82.contains(id) && CT82_FOLDS.iter().any(|fold| fold.contains(id));
        if n == CT82_FOLDS.len() && all.iter().any(archived) {
            return all.iter().copied().filter(|id| archived(id) && CT82_FOLDS[k - 1].contains(id)).collect();
        }
        all[all.len() * (k - 1) / n..all.len() * k / n].to_vec()
    }
}

/// A list's cases, each once, without those withdrawn.
fn usable(list: &CaseList, all: &[u32], ct82: &[u32]) -> Vec<u32> {
    let withdrawn = |id: &u32| !ct82.is_empty() && ct82::WITHDRAWN.contains(id) && !all.contains(id);
    let mut ids: Vec<u32> = Vec::new();
    for id in list.0.iter().filter(|id| !withdrawn(id)) {
        if !ids.contains(id) {
            ids.push(*id);
        }
    }
    ids
}

fn refused(why: String) -> UserError {
    UserError::new("the split", why, "See --train-cases, --val-cases and --fold")
}
