//! Whether an answer is the one that was asked for: its status and its media type (PS3.18 8.5, 8.7).

use super::media_type::MediaType;
use crate::core::error::UserError;
use crate::core::i18n::messages::{DicomWebMessage, Message};

/// The media type of lists, and of what became of a file.
pub const JSON: &str = "application/dicom+json";

/// The media types of a file: as the server has it, without another coding of its pixels (PS3.18 8.7.3).
pub const DICOM: &str = "multipart/related; type=\"application/dicom\"; transfer-syntax=*";

/// The head of an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AnswerHead {
    /// The status code.
    pub status: u16,
    /// The value of its Content-Type; empty where missing.
    pub content_type: String,
}

/// How the files in an answer are found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Packing {
    /// They are the parts between lines with this boundary.
    Multipart {
        /// The boundary.
        boundary: String,
    },
    /// The body is one file.
    Bare,
}

impl AnswerHead {
    /// Expects a list.
    ///
    /// # Errors
    ///
    /// Returns what was answered instead.
    pub fn expect_list(&self) -> Result<(), DicomWebMessage> {
        self.expect_success()?;
        let found = MediaType::read(&self.content_type).essence;
        match found.as_str() {
            // No content, which has no type.
            "" | "application/json" | JSON => Ok(()),
            _ => Err(self.other_type(JSON)),
        }
    }

    /// Expects a file.
    ///
    /// # Errors
    ///
    /// Returns what was answered instead.
    pub fn expect_file(&self) -> Result<Packing, DicomWebMessage> {
        self.expect_success()?;
        let found = MediaType::read(&self.content_type);
        match (found.essence.as_str(), found.parameter("boundary")) {
            ("multipart/related", Some(boundary)) if !boundary.is_empty() => {
                Ok(Packing::Multipart { boundary: boundary.into() })
            }
            ("application/dicom", _) => Ok(Packing::Bare),
            _ => Err(self.other_type("multipart/related")),
        }
    }

    pub(super) fn asks_to_sign_in(&self) -> bool {
        [401, 403, 407].contains(&self.status)
    }

    fn expect_success(&self) -> Result<(), DicomWebMessage> {
        match self.status {
            200..=299 => Ok(()),
            status if self.asks_to_sign_in() => Err(DicomWebMessage::NotLetIn { status }),
            404 => Err(DicomWebMessage::NotThere),
            status => Err(DicomWebMessage::Answered { status }),
        }
    }

    fn other_type(&self, expected: &str) -> DicomWebMessage {
        let found = MediaType::read(&self.content_type).essence;
        match found.as_str() {
            "text/html" | "application/xhtml+xml" => DicomWebMessage::WebPage,
            "" => DicomWebMessage::NoType { expected: expected.into() },
            _ => DicomWebMessage::OtherType { found, expected: expected.into() },
        }
    }
}

/// True if a reason says no more than that no server of DICOMweb is at an address where one might have been.
pub fn is_elsewhere(reason: &DicomWebMessage) -> bool {
    use DicomWebMessage as Reason;
    matches!(
        reason,
        Reason::NotThere
            | Reason::WebPage
            | Reason::OtherType { .. }
            | Reason::NoType { .. }
            | Reason::NotReadable { .. }
    )
}

/// The error about a server at a path. What to do about it follows from the reason.
pub fn refusal(path: &str, reason: DicomWebMessage) -> UserError {
    let hint = match reason {
        DicomWebMessage::NotLetIn { .. } => DicomWebMessage::SignIn,
        DicomWebMessage::WebPage => DicomWebMessage::CheckPathOrSignIn,
        DicomWebMessage::NotThere => DicomWebMessage::CheckPath,
        DicomWebMessage::OtherOrigin { .. } => DicomWebMessage::OneOrigin,
        DicomWebMessage::NoneFound { .. } => DicomWebMessage::GivePath,
        DicomWebMessage::Unreachable { .. } | DicomWebMessage::Interrupted { .. } => DicomWebMessage::TryAgain,
        _ => DicomWebMessage::AskOperator,
    };
    let subject: Message = match path {
        "" => DicomWebMessage::TheServer.into(),
        _ => DicomWebMessage::TheServerAt { path: path.into() }.into(),
    };
    UserError::new(subject, reason, hint)
}
