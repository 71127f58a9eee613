//! What ended something that a person asked of the server.

use super::fetching::Unanswered;
use crate::core::error::UserError;
use crate::formats::dicomweb::answer::refusal;

/// What ended something that a person asked of the server.
pub(super) enum AskingEnd {
    /// The person, or what took its place.
    Cancelled,
    /// This.
    Failed(UserError),
}

impl AskingEnd {
    /// What a request to the server at a path ended with.
    pub(super) fn at(path: &str, reason: Unanswered) -> Self {
        match reason {
            Unanswered::Cancelled => Self::Cancelled,
            Unanswered::Refused(reason) => Self::Failed(refusal(path, reason)),
        }
    }
}
