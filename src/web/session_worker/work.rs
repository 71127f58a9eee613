//! The messages that need the session.

use crate::app::protocol::Request;
use crate::web::messages::DroppedFiles;

/// A message that needs the session.
pub(super) enum Work {
    Files(DroppedFiles),
    Request(Request),
}

/// Whether a message opens something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WorkKind {
    /// Files, or a sample. Its end is reported, with what it changed.
    Opening,
    /// Anything else.
    Other,
}

impl Work {
    pub(super) fn kind(&self) -> WorkKind {
        match self {
            Self::Files(_) | Self::Request(Request::OpenSample { .. }) => WorkKind::Opening,
            Self::Request(_) => WorkKind::Other,
        }
    }
}
