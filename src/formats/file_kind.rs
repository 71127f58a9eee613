//! The kind of a file, told from its content, and the refusal of a file of an unknown kind.

use super::{dicom, metaimage, nifti, nrrd};
use crate::core::error::UserError;
use crate::core::i18n::messages::FormatsMessage;

pub(super) enum Kind {
    Dicom,
    Nifti,
    Nrrd,
    MetaImage,
    Picture,
    Zip,
    Text,
    Unknown,
}

impl Kind {
    pub(super) fn of(bytes: &[u8]) -> Self {
        match bytes {
            [0x1F, 0x8B, ..] => Self::Nifti,
            [0x89, b'P', b'N', b'G', ..] | [0xFF, 0xD8, 0xFF, ..] => Self::Picture,
            [b'P', b'K', 3 | 5, ..] => Self::Zip,
            _ if nrrd::looks_like(bytes) => Self::Nrrd,
            _ if metaimage::looks_like(bytes) => Self::MetaImage,
            _ if dicom::looks_like(bytes) => Self::Dicom,
            _ if nifti::looks_like(bytes) => Self::Nifti,
            _ if is_text(bytes) => Self::Text,
            _ => Self::Unknown,
        }
    }
}

fn is_text(bytes: &[u8]) -> bool {
    let start = &bytes[..bytes.len().min(1024)];
    let complete = match std::str::from_utf8(start) {
        Ok(_) => true,
        // A character cut at the end of the sample is no fault of the text.
        Err(error) => error.error_len().is_none(),
    };
    complete && !start.is_empty() && !start.contains(&0) && !start.starts_with(b"%PDF")
}

/// The refusal of a file that holds no image, with what it holds instead.
pub(super) fn unknown(name: &str, bytes: &[u8]) -> UserError {
    let found = match bytes {
        [] => FormatsMessage::IsEmpty,
        [b'%', b'P', b'D', b'F', ..] => FormatsMessage::IsPdf,
        _ if is_text(bytes) => FormatsMessage::IsText,
        _ => {
            let start: Vec<String> = bytes.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
            FormatsMessage::UnknownKind { bytes: start.join(" ") }
        }
    };
    UserError::new(name, found, FormatsMessage::GiveCtFiles)
}

/// Endings of texts that are no images, so that nobody misses anything if they are not read.
const TEXT_ENDINGS: [&str; 9] = ["txt", "json", "csv", "tsv", "md", "xml", "yaml", "yml", "html"];

/// True for a text that stands for a file of another place: what git-annex and Git LFS leave until the file is fetched, and
/// what a link becomes where there are none.
pub(super) fn is_placeholder(name: &str, text: &[u8]) -> bool {
    let start = String::from_utf8_lossy(&text[..text.len().min(1024)]);
    let stands_for = start.starts_with("version https://git-lfs") || start.contains("annex/objects/");
    let ending = super::base_name(name).rsplit_once('.').map_or("", |(_, ending)| ending).to_lowercase();
    stands_for && !TEXT_ENDINGS.contains(&ending.as_str())
}

/// The refusal of a [placeholder](is_placeholder).
pub(super) fn placeholder(name: &str) -> UserError {
    UserError::new(name, FormatsMessage::IsPlaceholder, FormatsMessage::FetchFile)
}

/// Files that systems leave in folders, and DICOM's own table of contents. `path` may have folders.
pub fn is_clutter(path: &str) -> bool {
    let base_name = super::base_name(path);
    let of_macos = path.split(['/', '\\']).any(|part| part == "__MACOSX");
    of_macos || base_name.starts_with('.') || matches!(base_name, "" | "DICOMDIR" | "Thumbs.db" | "desktop.ini")
}
