//! The one error people see: what cannot be used, why, and what to do about it.

use serde::{Deserialize, Serialize};

use super::i18n::Language;
use super::i18n::messages::Message;

/// Something that cannot be used: a file, a series, a model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{subject}: {reason}. {hint}.")]
pub struct UserError {
    /// What cannot be used: a file name, a case, a tensor.
    pub subject: Message,
    /// What was found and what was expected, without a final stop.
    pub reason: Message,
    /// What to do about it, without a final stop.
    pub hint: Message,
}

impl UserError {
    /// An error about `subject`.
    pub fn new(subject: impl Into<Message>, reason: impl Into<Message>, hint: impl Into<Message>) -> Self {
        Self { subject: subject.into(), reason: reason.into(), hint: hint.into() }
    }

    /// The whole error in a language.
    pub fn text(&self, language: Language) -> String {
        let [subject, reason, hint] = [&self.subject, &self.reason, &self.hint].map(|part| part.text(language));
        format!("{subject}: {reason}. {hint}.")
    }
}
