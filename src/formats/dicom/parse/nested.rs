//! A walk into named sequences, whatever their depth, that hands on every value in them. Iterative and bounded, as `walk` is.

use dicom_core::Tag;

use super::element::{ElementHeader, Encoding, ITEM, ITEM_END, SEQUENCE_END, element, end_of, value};
use super::walk::{DEEPEST, content_encoding};
use crate::core::i18n::messages::DicomMessage;

/// What the walk comes to.
pub(in crate::formats::dicom) enum NestedEvent<'a> {
    /// An item of a sequence begins.
    Item(Tag),
    /// A value in an item of a sequence.
    Value { sequence: Tag, tag: Tag, value: &'a [u8] },
}

/// A sequence or an item that the walk is inside of.
struct OpenLevel {
    sequence: Tag,
    is_item: bool,
    encoding: Encoding,
    /// Where it ends; `None`: at a delimiter.
    end: Option<usize>,
}

/// Walks the data set that begins at `at`. Of the sequences of a declared length those in `sequences` are entered, the others
/// skipped; those of undefined length are all entered.
///
/// # Errors
/// Lengths or nesting that do not fit the file; what `take` refuses.
pub(super) fn visit<'a>(
    bytes: &'a [u8],
    mut at: usize,
    root: Encoding,
    sequences: &[Tag],
    mut take: impl FnMut(NestedEvent<'a>) -> Result<(), DicomMessage>,
) -> Result<(), DicomMessage> {
    let mut open: Vec<OpenLevel> = Vec::new();
    loop {
        while open.last().is_some_and(|level| level.end == Some(at)) {
            open.pop();
        }
        let end = open.iter().rev().find_map(|level| level.end).unwrap_or(bytes.len());
        if at >= end {
            return if open.is_empty() { Ok(()) } else { Err(DicomMessage::EndsInSequence) };
        }
        let readable = &bytes[..end];
        let (encoding, inside) = open.last().map_or((root, None), |level| (level.encoding, Some(level)));
        let header = element(readable, at, encoding)?;
        at = header.value_at;
        if inside.is_some_and(|level| leaves(level, &header)) {
            open.pop();
            continue;
        }
        match inside {
            Some(&OpenLevel { sequence, is_item: false, .. }) => {
                if header.tag != ITEM {
                    return Err(DicomMessage::NoItem { tag: header.tag.to_string() });
                }
                take(NestedEvent::Item(sequence))?;
                open.push(OpenLevel { sequence, is_item: true, encoding, end: end_of(readable, &header)? });
            }
            _ if header.tag.group() == 0xFFFE => {
                return Err(DicomMessage::StrayDelimiter { tag: header.tag.to_string() });
            }
            _ if header.length.is_none() || sequences.contains(&header.tag) => open.push(OpenLevel {
                sequence: header.tag,
                is_item: false,
                encoding: content_encoding(&header, encoding)?,
                end: end_of(readable, &header)?,
            }),
            _ => {
                let value = value(readable, &header)?;
                at += value.len();
                if let Some(level) = inside {
                    take(NestedEvent::Value { sequence: level.sequence, tag: header.tag, value })?;
                }
            }
        }
        if open.len() > 2 * DEEPEST {
            return Err(DicomMessage::NestedTooDeep { deepest: DEEPEST });
        }
    }
}

/// True for the delimiter that ends a level of undefined length.
fn leaves(level: &OpenLevel, header: &ElementHeader) -> bool {
    level.end.is_none() && header.tag == if level.is_item { ITEM_END } else { SEQUENCE_END }
}
