//! The error that users see. It names what cannot be used, the reason, and a remedy.

use serde::{Deserialize, Serialize};

use super::i18n::Language;
use super::i18n::messages::Message;

/// Something that cannot be used: a file, a series, a model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{subject}: {reason}. {hint}.")]
pub struct UserError {
    /// The thing that cannot be used: a file name, a case, a tensor.
    pub subject: Message,
    /// The reason: the value found and the value expected, without a final stop.
    pub reason: Message,
    /// The remedy, without a final stop.
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
