//! A summary of the elements of a data set: tags, representations, lengths, and the beginnings of their values.
//!
//! It is for people who look at what a file says, so it stops where the structure is not what it should be. Iterative and
//! bounded, as `walk` is.

use dicom_core::header::VR;
use dicom_core::{DataDictionary, Tag};
use dicom_dictionary_std::{StandardDataDictionary, tags};

use super::element::{ElementHeader, Encoding, ITEM, element, end_of, value};
use super::walk::{DEEPEST, content_encoding};
use crate::core::i18n::messages::DicomMessage;

/// The most bytes of a value that are kept.
const LONGEST_VALUE: usize = 256;
/// The most bytes of all values that are kept. Files of scanners have 2 to 8 KiB of short values.
const MOST_BYTES: usize = 32 << 10;
/// The most elements that are kept.
const MOST_ELEMENTS: usize = 2000;

/// An element of an outline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::formats::dicom) struct OutlineElement {
    /// The number of sequences that it is in.
    pub(in crate::formats::dicom) depth: u8,
    /// Its tag; that of an item for the beginning of one.
    pub(in crate::formats::dicom) tag: Tag,
    /// Its representation: what the file says, or what the dictionary says of its tag.
    pub(in crate::formats::dicom) vr: VR,
    /// The length of its value in bytes; `None` if it is undefined.
    pub(in crate::formats::dicom) length: Option<u32>,
    /// The beginning of its value, little endian.
    pub(in crate::formats::dicom) value: Box<[u8]>,
}

/// What a data set holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::formats::dicom) struct Outline {
    /// The elements that are kept, in their order.
    pub(in crate::formats::dicom) elements: Vec<OutlineElement>,
    /// The number of those that are not.
    pub(in crate::formats::dicom) left_out: usize,
}

/// A sequence or an item that the walk is inside of.
struct OutlineLevel {
    is_item: bool,
    encoding: Encoding,
    /// Where it ends; `None`: at a delimiter.
    end: Option<usize>,
    /// True in what is walked over only to find its end.
    is_silent: bool,
}

/// The outline of the data set that begins at `at`, up to its pixel data. The groups of single frames are left out.
pub(super) fn outline(bytes: &[u8], mut at: usize, root: Encoding) -> Outline {
    let mut outline = Outline::default();
    let (mut open, mut kept_bytes): (Vec<OutlineLevel>, usize) = (Vec::new(), 0);
    while open.len() <= 2 * DEEPEST {
        while open.last().is_some_and(|level| level.end == Some(at)) {
            open.pop();
        }
        let end = open.iter().rev().find_map(|level| level.end).unwrap_or(bytes.len());
        let encoding = open.last().map_or(root, |level| level.encoding);
        let Ok(Some(read)) = read(&bytes[..end], at, encoding, open.last()) else { break };
        at = read.next;
        let Some(header) = read.header else {
            open.pop();
            continue;
        };
        if !read.is_silent {
            let depth = open.iter().filter(|level| !level.is_item).count() as u8;
            let kept = &read.value[..read.value.len().min(LONGEST_VALUE)];
            if outline.elements.len() < MOST_ELEMENTS && kept_bytes + kept.len() <= MOST_BYTES {
                kept_bytes += kept.len();
                let length = header.length.map(|length| length as u32);
                let value = little_endian(kept, read.vr, encoding);
                outline.elements.push(OutlineElement { depth, tag: header.tag, vr: read.vr, length, value });
            } else {
                outline.left_out += 1;
            }
        }
        open.extend(read.opens);
        if header.tag == tags::PIXEL_DATA {
            break;
        }
    }
    outline
}

/// An element, or the end of a level.
struct ReadElement<'a> {
    /// `None`: a delimiter, which ends the level.
    header: Option<ElementHeader>,
    vr: VR,
    value: &'a [u8],
    /// The level that it begins.
    opens: Option<OutlineLevel>,
    is_silent: bool,
    /// Where the next element is.
    next: usize,
}

/// The element at `at`; `None` at the end.
fn read<'a>(
    bytes: &'a [u8],
    at: usize,
    encoding: Encoding,
    inside: Option<&OutlineLevel>,
) -> Result<Option<ReadElement<'a>>, DicomMessage> {
    if at >= bytes.len() {
        return Ok(None);
    }
    let header = element(bytes, at, encoding)?;
    let (next, mut is_silent) = (header.value_at, inside.is_some_and(|level| level.is_silent));
    let is_in_sequence = inside.is_some_and(|level| !level.is_item);
    if header.tag.group() == 0xFFFE && header.tag != ITEM {
        return Ok(Some(ReadElement { header: None, vr: VR::UN, value: &[], opens: None, is_silent, next }));
    }
    if is_in_sequence != (header.tag == ITEM) {
        return Ok(None);
    }
    let vr = if is_in_sequence { VR::SQ } else { representation(&header) };
    if header.tag == tags::PIXEL_DATA {
        return Ok(Some(ReadElement { header: Some(header), vr, value: &[], opens: None, is_silent, next }));
    }
    if vr != VR::SQ && header.length.is_some() {
        let value = value(bytes, &header)?;
        let next = next + value.len();
        return Ok(Some(ReadElement { header: Some(header), vr, value, opens: None, is_silent, next }));
    }
    let end = end_of(bytes, &header)?;
    let content = if is_in_sequence { encoding } else { content_encoding(&header, encoding)? };
    let is_frames = header.tag == tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE;
    let opens = OutlineLevel { is_item: is_in_sequence, encoding: content, end, is_silent: is_silent || is_frames };
    is_silent &= !is_frames;
    Ok(Some(ReadElement { header: Some(header), vr: VR::SQ, value: &[], opens: Some(opens), is_silent, next }))
}

/// What the file says, else what the dictionary says.
fn representation(header: &ElementHeader) -> VR {
    let said = header.vr.and_then(VR::from_binary);
    said.or_else(|| StandardDataDictionary.by_tag(header.tag).map(|entry| entry.vr.relaxed())).unwrap_or(VR::UN)
}

fn little_endian(value: &[u8], vr: VR, encoding: Encoding) -> Box<[u8]> {
    let number_bytes = match vr {
        VR::US | VR::SS | VR::OW | VR::AT if encoding == Encoding::ExplicitBig => 2,
        VR::UL | VR::SL | VR::FL | VR::OF | VR::OL if encoding == Encoding::ExplicitBig => 4,
        VR::FD | VR::OD | VR::UV | VR::SV | VR::OV if encoding == Encoding::ExplicitBig => 8,
        _ => 1,
    };
    value.chunks(number_bytes).flat_map(|number| number.iter().rev().copied()).collect()
}
