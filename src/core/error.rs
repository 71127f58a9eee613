//! The one error people see: what was refused, why, and what to do about it.

use serde::{Deserialize, Serialize};

/// Something that cannot be used: a file, a series, a model. Every part is a sentence or a phrase for a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{what}: {why}. {hint}.")]
pub struct UserError {
    /// The thing refused: a file name, a case, a tensor.
    pub what: String,
    /// What was found and what was expected, without a final stop.
    pub why: String,
    /// What to do about it, without a final stop.
    pub hint: String,
}

impl UserError {
    /// A refusal of `what`.
    pub fn new(what: impl Into<String>, why: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { what: what.into(), why: why.into(), hint: hint.into() }
    }
}
