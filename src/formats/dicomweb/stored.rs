//! What became of a file that a server was given: the answer to STOW-RS (PS3.18 annex I).

use super::answer::AnswerHead;
use super::json::JsonDataSet;
use crate::core::i18n::messages::{DicomWebMessage, Message};

const REFERENCED_SOP_INSTANCE_UID: &str = "00081155";
const WARNING_REASON: &str = "00081196";
const FAILURE_REASON: &str = "00081197";
const FAILED_SOP_SEQUENCE: &str = "00081198";
const REFERENCED_SOP_SEQUENCE: &str = "00081199";

/// How a file was stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreOutcome {
    /// As it was sent.
    AsSent,
    /// With a warning (Table I.2-1).
    WithWarning {
        /// What the server warns of, without a final stop.
        warning: Message,
    },
}

/// Reads the answer to a request that stores the instance with this SOPInstanceUID.
///
/// # Errors
///
/// Returns the server's reason (Table I.2-2) if it did not store it, and an error if the answer does not say that it did.
pub fn read_outcome(head: &AnswerHead, body: &str, instance: &str) -> Result<StoreOutcome, DicomWebMessage> {
    if head.asks_to_sign_in() {
        return Err(DicomWebMessage::NotLetIn { status: head.status });
    }
    let said: JsonDataSet = serde_json::from_str(body).unwrap_or_default();
    if let Some(failed) = said.items(FAILED_SOP_SEQUENCE).first() {
        let why = failed.number(FAILURE_REASON).map_or(DicomWebMessage::NoFailureReason, failure_reason);
        return Err(DicomWebMessage::StoreRefused { why: why.into() });
    }
    if !(200..300).contains(&head.status) {
        return Err(match head.status {
            404 => DicomWebMessage::NotThere,
            status => DicomWebMessage::Answered { status },
        });
    }
    let stored = said.items(REFERENCED_SOP_SEQUENCE);
    let stored = stored.iter().find(|item| item.text(REFERENCED_SOP_INSTANCE_UID) == instance);
    let stored = stored.ok_or(DicomWebMessage::NotConfirmed)?;
    Ok(match stored.number(WARNING_REASON) {
        Some(code) => StoreOutcome::WithWarning { warning: warning_reason(code).into() },
        None => StoreOutcome::AsSent,
    })
}

/// What a FailureReason means (PS3.18 Table I.2-2, and the general codes of PS3.7 annex C).
fn failure_reason(code: u16) -> DicomWebMessage {
    match code {
        0xA700..=0xA7FF => DicomWebMessage::OutOfResources { code: hex(code) },
        0xA900..=0xA9FF => DicomWebMessage::NotOfItsClass { code: hex(code) },
        0xC122 => DicomWebMessage::SyntaxNotSupported { code: hex(code) },
        0xC000..=0xCFFF => DicomWebMessage::NotUnderstood { code: hex(code) },
        0x0110 => DicomWebMessage::ProcessingFailed { code: hex(code) },
        0x0111 => DicomWebMessage::AlreadyThere { code: hex(code) },
        0x0122 => DicomWebMessage::ClassNotSupported { code: hex(code) },
        0x0124 => DicomWebMessage::NotAuthorised { code: hex(code) },
        _ => DicomWebMessage::OtherCode { code: hex(code) },
    }
}

/// What a WarningReason means (Table I.2-1).
fn warning_reason(code: u16) -> DicomWebMessage {
    match code {
        0xB000 => DicomWebMessage::ValuesChanged { code: hex(code) },
        0xB006 => DicomWebMessage::ElementsDiscarded { code: hex(code) },
        0xB007 => DicomWebMessage::NotOfItsClass { code: hex(code) },
        _ => DicomWebMessage::OtherCode { code: hex(code) },
    }
}

/// A code as the standard writes it.
fn hex(code: u16) -> String {
    format!("{code:04X}")
}
