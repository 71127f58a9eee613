//! One element of a data set, as bytes: its tag, its representation and where its value lies (PS3.5 7.1).

use dicom_core::Tag;

use crate::core::hex::hex;
use crate::core::i18n::messages::DicomMessage;

/// Value representations with a 16-bit length, and those with a 32-bit length after two reserved bytes (PS3.5 7.1.2).
const SHORT_VRS: &[u8] = b"AEASATCSDADSDTFDFLISLOLTPNSHSLSSSTTMUIULUS";
const LONG_VRS: &[u8] = b"OBODOFOLOVOWSQSVUCUNURUTUV";

/// An item of a sequence, and what ends items and sequences of undefined length (PS3.5 7.5).
pub(super) const ITEM: Tag = Tag(0xFFFE, 0xE000);
pub(super) const ITEM_END: Tag = Tag(0xFFFE, 0xE00D);
pub(super) const SEQUENCE_END: Tag = Tag(0xFFFE, 0xE0DD);

/// The encoding of a data set (PS3.5 A).
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Encoding {
    ImplicitLittle,
    ExplicitLittle,
    ExplicitBig,
}

/// The header of an element.
pub(super) struct ElementHeader {
    pub(super) tag: Tag,
    /// `None` where implicit, and for items and delimiters.
    pub(super) vr: Option<[u8; 2]>,
    /// `None`: undefined, up to a delimiter.
    pub(super) length: Option<usize>,
    pub(super) value_at: usize,
}

/// The element header at `at` (PS3.5 7.1).
pub(super) fn element(bytes: &[u8], at: usize, encoding: Encoding) -> Result<ElementHeader, DicomMessage> {
    let cut = || DicomMessage::EndsInElement { at: bytes.len() };
    let rest = bytes.get(at..).ok_or_else(cut)?;
    let word = |i| -> Result<u16, DicomMessage> {
        let pair = *rest.get(i..).and_then(|r| r.first_chunk()).ok_or_else(cut)?;
        Ok(if encoding == Encoding::ExplicitBig { u16::from_be_bytes(pair) } else { u16::from_le_bytes(pair) })
    };
    let long = |i| -> Result<u32, DicomMessage> {
        let (first, second) = (u32::from(word(i)?), u32::from(word(i + 2)?));
        Ok(if encoding == Encoding::ExplicitBig { first << 16 | second } else { second << 16 | first })
    };
    let tag = Tag(word(0)?, word(2)?);
    let known = |list: &[u8], vr: [u8; 2]| list.chunks(2).any(|known| known == vr);
    let (vr, length, header) = if encoding == Encoding::ImplicitLittle || tag.group() == 0xFFFE {
        (None, long(4)?, 8)
    } else {
        let vr = *rest.get(4..).and_then(|r| r.first_chunk()).ok_or_else(cut)?;
        if known(SHORT_VRS, vr) {
            (Some(vr), u32::from(word(6)?), 8)
        } else if known(LONG_VRS, vr) {
            (Some(vr), long(8)?, 12)
        } else {
            let [first, second] = vr.map(|byte| hex(&[byte]));
            return Err(DicomMessage::UnknownVr { tag: tag.to_string(), first, second });
        }
    };
    let length = if length == u32::MAX { None } else { Some(length as usize) };
    Ok(ElementHeader { tag, vr, length, value_at: at + header })
}

/// The value of an element.
///
/// # Errors
/// A length that is undefined or longer than the bytes left.
pub(super) fn value<'a>(bytes: &'a [u8], element: &ElementHeader) -> Result<&'a [u8], DicomMessage> {
    let tag = || element.tag.to_string();
    let length = element.length.ok_or_else(|| DicomMessage::UndefinedLength { tag: tag() })?;
    let left = bytes.get(element.value_at..).unwrap_or_default();
    left.get(..length).ok_or_else(|| DicomMessage::LengthTooLong { tag: tag(), length, left: left.len() })
}

/// The end of the value of an element; `None` where its length is undefined.
pub(super) fn end_of(bytes: &[u8], element: &ElementHeader) -> Result<Option<usize>, DicomMessage> {
    if element.length.is_none() {
        return Ok(None);
    }
    Ok(Some(element.value_at + value(bytes, element)?.len()))
}
