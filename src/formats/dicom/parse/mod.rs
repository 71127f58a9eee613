//! Structure of a DICOM file, checked before any other parser sees it: iterative, bounded, trusting no declared length.
//!
//! [`DataSet::open`] finds the data set behind the preamble and the meta group and inflates it, up to a cap, if it is
//! deflated. [`DataSet::parse`] walks over its elements (`walk`) and copies the attributes listed in `tags`. The header of one
//! element is read in `element`. No value is interpreted here.

mod element;
mod nested;
mod outline;
mod walk;

use std::borrow::Cow;
use std::io::Read;

use dicom_core::Tag;
use dicom_dictionary_std::tags;
use flate2::read::DeflateDecoder;

pub(super) use self::nested::NestedEvent;
pub(super) use self::outline::{Outline, OutlineElement};

use self::element::{Encoding, element, value};
use super::data_set::ParsedDataSet;
use super::syntax;
use crate::core::i18n::messages::DicomMessage;

/// A deflated data set may inflate to this many bytes plus [`INFLATED_PER_BYTE`] for each of its own. Slices deflate to half.
const INFLATED_AT_LEAST: u64 = 16 << 20;
const INFLATED_PER_BYTE: u64 = 32;

/// A file's data set as plain bytes, and how it is encoded.
pub(super) struct DataSet<'a> {
    bytes: Cow<'a, [u8]>,
    start: usize,
    encoding: Encoding,
    /// TransferSyntaxUID, if the file has a meta group that names it.
    pub(super) syntax: Option<String>,
}

/// True if the content looks like DICOM: `DICM` after a preamble, or, in files without one, two elements of which the
/// first is of group 0002 or 0008.
pub(in crate::formats) fn looks_like(bytes: &[u8]) -> bool {
    if bytes.get(128..132) == Some(b"DICM") {
        return true;
    }
    let next_group = |encoding| {
        let first = element(bytes, 0, encoding).ok()?;
        let next = first.value_at.checked_add(first.length?)?;
        matches!(first.tag.group(), 0x0002 | 0x0008).then_some(())?;
        element(bytes, next, encoding).ok().map(|e| e.tag.group())
    };
    [Encoding::ExplicitLittle, Encoding::ImplicitLittle].into_iter().any(|e| matches!(next_group(e), Some(2 | 8)))
}

impl<'a> DataSet<'a> {
    /// Finds the data set, inflating it if it is deflated.
    ///
    /// # Errors
    /// A damaged meta group; deflated data that cannot be inflated or grows out of proportion.
    pub(super) fn open(file: &'a [u8]) -> Result<Self, DicomMessage> {
        let (start, syntax) = meta_group(file)?;
        let (bytes, start) = match syntax.as_deref() {
            Some(syntax::DEFLATED) => (Cow::Owned(inflated(&file[start..])?), 0),
            _ => (Cow::Borrowed(file), start),
        };
        // Not every file keeps to the syntax that it names, and some name none. An explicit VR is two capitals, which as
        // an implicit length would be above 16,000.
        let encoding = match syntax.as_deref() {
            Some(syntax::BIG_ENDIAN) => Encoding::ExplicitBig,
            _ if element(&bytes, start, Encoding::ExplicitLittle).is_ok() => Encoding::ExplicitLittle,
            _ => Encoding::ImplicitLittle,
        };
        Ok(Self { bytes, start, encoding, syntax })
    }

    /// Walks the data set and copies its wanted attributes.
    ///
    /// # Errors
    /// Lengths or nesting that do not fit the file.
    pub(super) fn parse(&self) -> Result<ParsedDataSet<'_>, DicomMessage> {
        let pixel_form = match self.syntax.as_deref().is_none_or(syntax::is_native) {
            true => walk::PixelForm::Native,
            false => walk::PixelForm::Encapsulated,
        };
        walk::walk(&self.bytes, self.start, self.encoding, pixel_form)
    }

    /// What it holds, for people to read.
    pub(super) fn outline(&self) -> Outline {
        outline::outline(&self.bytes, self.start, self.encoding)
    }

    /// Hands on every value in the named sequences.
    ///
    /// # Errors
    /// Lengths or nesting that do not fit the file; what `take` refuses.
    pub(super) fn visit(
        &self,
        sequences: &[Tag],
        take: impl FnMut(NestedEvent<'_>) -> Result<(), DicomMessage>,
    ) -> Result<(), DicomMessage> {
        nested::visit(&self.bytes, self.start, self.encoding, sequences, take)
    }
}

/// Reads over the file meta group (PS3.10 7.1): where the data set starts, and its transfer syntax.
fn meta_group(bytes: &[u8]) -> Result<(usize, Option<String>), DicomMessage> {
    let mut at = if bytes.get(128..132) == Some(b"DICM") { 132 } else { 0 };
    let mut syntax = None;
    while bytes.get(at..).is_some_and(|rest| rest.starts_with(&[0x02, 0x00])) {
        let element = element(bytes, at, Encoding::ExplicitLittle)?;
        let value = value(bytes, &element)?;
        if element.tag == tags::TRANSFER_SYNTAX_UID {
            let uid = value.iter().take(64).filter(|b| b.is_ascii_graphic()).map(|&b| char::from(b)).collect();
            syntax = Some(uid);
        }
        at = element.value_at + value.len();
    }
    Ok((at, syntax))
}

/// A deflated data set (PS3.5 A.5): raw deflate. It may become large, but not out of proportion to the file.
fn inflated(deflated: &[u8]) -> Result<Vec<u8>, DicomMessage> {
    let most = INFLATED_AT_LEAST + INFLATED_PER_BYTE * deflated.len() as u64;
    let mut bytes = Vec::new();
    let read = DeflateDecoder::new(deflated).take(most + 1).read_to_end(&mut bytes);
    match read {
        Ok(length) if length as u64 <= most => Ok(bytes),
        Ok(_) => Err(DicomMessage::InflatesTooFar { most }),
        Err(error) => Err(DicomMessage::CannotInflate { error: error.to_string() }),
    }
}
