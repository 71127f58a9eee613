//! Which model made the labels of a data set: an entry of its `dataset.json`.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The model that made the labels of a data set, as the entry `labelled_by` of its `dataset.json`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LabellingModel {
    /// What it is called, or what it was trained on.
    pub model: String,
    /// SHA-256 of its file, in hexadecimal.
    pub sha256: String,
    /// The licence of its weights.
    pub license: String,
    /// How to cite it, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub citation: Option<String>,
}

impl fmt::Display for LabellingModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { model, sha256, license, citation } = self;
        write!(f, "{model} (SHA-256 {sha256}; licence: {license}")?;
        citation.iter().try_for_each(|citation| write!(f, "; cite {citation}"))?;
        write!(f, ")")
    }
}
