//! Into the sequences of a DICOM file, item by item, without building it up: for what lies deeper than an image's own attributes.
//!
//! Iterative and bounded as `precheck`, whose reading of single elements it uses: lengths are held against what surrounds them, nesting
//! ends at 64 items, and nothing is kept but the way to where the walk is.

use std::ops::ControlFlow;

use dicom_core::Tag;
use dicom_dictionary_std::tags;

use super::precheck::{
    DEEPEST, Element, Encoding, ITEM, ITEM_END, SEQUENCE_END, content_encoding, element, meta_group, root_encoding,
    value,
};

/// Where an element stands: each sequence around it, outermost first, and which of its items (from 0).
pub(super) type Path = [(Tag, usize)];

/// A sequence or item around the place of reading.
struct Around {
    encoding: Encoding,
    /// Where it ends, unless a delimiter says so.
    end: Option<usize>,
    kind: Kind,
}

enum Kind {
    Sequence { tag: Tag, items: usize },
    Item,
}

/// Calls `visit` with every element that holds a value: those of the file itself, and those inside the sequences in `into`; others of
/// declared length are skipped whole. Ends early where `visit` breaks.
///
/// Gives the file's transfer syntax, as its meta group has it; one that is not uncompressed is not walked.
pub(super) fn walk<'a>(
    bytes: &'a [u8],
    into: &[Tag],
    mut visit: impl FnMut(&Path, Tag, &'a [u8]) -> ControlFlow<()>,
) -> Result<Option<String>, String> {
    let (mut at, syntax) = meta_group(bytes)?;
    let Ok(root) = root_encoding(bytes, at, syntax.as_deref()) else { return Ok(syntax) };
    let mut around: Vec<Around> = Vec::new();
    let mut path: Vec<(Tag, usize)> = Vec::new();
    loop {
        // The innermost known end; none lies beyond one further out.
        let end = around.iter().rev().find_map(|a| a.end).unwrap_or(bytes.len());
        if at == end {
            match around.pop() {
                None => return Ok(syntax),
                Some(Around { end: None, .. }) => return Err("it ends inside a sequence".into()),
                Some(Around { kind: Kind::Item, .. }) => path.truncate(path.len() - 1),
                Some(_) => {}
            }
            continue;
        }
        let inside = &bytes[..end];
        let encoding = around.last().map_or(root, |a| a.encoding);
        let found = element(inside, at, encoding)?;
        at = found.value_at;
        let until = match found.length {
            None => None,
            Some(_) => Some(at + value(inside, &found)?.len()),
        };
        match (around.last_mut().map(|a| (&mut a.kind, a.end.is_some())), found.tag) {
            (Some((Kind::Sequence { tag, items }, _)), ITEM) => {
                path.push((*tag, *items));
                *items += 1;
                around.push(Around { encoding, end: until, kind: Kind::Item });
            }
            (Some((Kind::Sequence { .. }, false)), SEQUENCE_END) => drop(around.pop()),
            (Some((Kind::Item, false)), ITEM_END) => {
                around.pop();
                path.pop();
            }
            (Some((Kind::Sequence { .. }, _)), tag) => {
                return Err(format!("{tag} stands in a sequence, where an item should"));
            }
            (_, tag @ Tag(0xFFFE, _)) => return Err(format!("the delimiter {tag} stands outside a sequence")),
            (_, tag) => match until {
                None => {
                    let encoding = content_encoding(&found, encoding)?;
                    around.push(Around { encoding, end: None, kind: Kind::Sequence { tag, items: 0 } });
                }
                Some(end) if into.contains(&tag) && is_sequence(&found) => {
                    around.push(Around { encoding, end: Some(end), kind: Kind::Sequence { tag, items: 0 } });
                }
                Some(end) => {
                    at = end;
                    if visit(&path, tag, value(bytes, &found)?).is_break() {
                        return Ok(syntax);
                    }
                }
            },
        }
        if path.len() > DEEPEST {
            return Err(format!("its sequences nest deeper than {DEEPEST}"));
        }
    }
}

/// Whether an element of declared length may hold items: a sequence by its representation, or by its tag where none is written.
fn is_sequence(element: &Element) -> bool {
    matches!(element.vr.as_ref(), None | Some(b"SQ"))
}

/// The SOP class, if the file names one.
pub(super) fn sop_class(bytes: &[u8]) -> Option<String> {
    let mut class = None;
    let found = walk(bytes, &[], |_, tag, value| {
        if tag == tags::SOP_CLASS_UID {
            class = Some(text(value));
        }
        // Elements ascend: beyond it there is none.
        if tag < tags::SOP_CLASS_UID { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
    found.ok().and(class)
}

/// A value as text, without padding.
pub(super) fn text(value: &[u8]) -> String {
    let text = match std::str::from_utf8(value) {
        Ok(text) => text.to_owned(),
        Err(_) => value.iter().map(|&byte| char::from(byte)).collect(),
    };
    text.trim_matches(|c: char| c.is_whitespace() || c == '\0').to_owned()
}

/// Exactly `N` numbers written in decimals (DS, IS), none so large that geometry made of them overflows.
pub(super) fn decimals<const N: usize>(value: &[u8]) -> Option<[f64; N]> {
    let numbers: Option<Vec<f64>> = text(value).split('\\').map(|part| part.trim().parse().ok()).collect();
    let numbers: [f64; N] = numbers?.try_into().ok()?;
    numbers.iter().all(|n| n.abs() < 1e9).then_some(numbers)
}

/// A whole number of 16 bits (US), little endian.
pub(super) fn short(value: &[u8]) -> Option<u16> {
    value.first_chunk().map(|&pair| u16::from_le_bytes(pair))
}
