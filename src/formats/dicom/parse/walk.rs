//! The walk over the elements of a data set: a state machine with a stack of open sequences and items.
//!
//! Elements of a declared length are skipped whole, sequences included. Sequences of undefined length, the functional groups
//! and the segments are entered. Attributes are copied as bytes; no value is interpreted. It is our own because dicom-object
//! reserves memory from declared lengths and recurses into sequences.

use std::collections::BTreeSet;

use dicom_core::Tag;
use dicom_dictionary_std::tags;

use super::element::{ElementHeader, Encoding, ITEM, ITEM_END, SEQUENCE_END, element, end_of, value};
use crate::core::i18n::messages::DicomMessage;
use crate::formats::dicom::data_set::{ParsedDataSet, PixelData};
use crate::formats::dicom::tags::{FUNCTIONAL_GROUPS, is_wanted};

/// Sequences may nest this deep, as items of undefined length.
pub(super) const DEEPEST: usize = 64;
/// The longest wanted attribute; real ones stay below 1 KiB.
const LONGEST_ATTRIBUTE: usize = 0xFFFF;
/// Frames or segments at most: each is decoded on its own.
const MOST_ITEMS: usize = 65_536;

/// The form of PixelData that the transfer syntax allows (PS3.5 A.4).
#[derive(Clone, Copy, PartialEq)]
pub(super) enum PixelForm {
    Native,
    Encapsulated,
}

/// Where attributes are copied to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Target {
    Root,
    Shared,
    /// The frame begun last.
    Frame,
    /// The segment begun last.
    Segment,
    Nowhere,
}

/// The kind of an open level.
#[derive(Clone, Copy, PartialEq)]
enum LevelKind {
    Sequence,
    /// A sequence each item of which begins a frame or a segment.
    SequencePerItem,
    Item,
}

/// A sequence or an item that the walk is inside of.
struct Level {
    kind: LevelKind,
    encoding: Encoding,
    target: Target,
    /// Where it ends; `None`: at a delimiter.
    end: Option<usize>,
}

/// The next transition of the walk.
enum WalkStep {
    EnterItem,
    Leave,
    ReadFragments,
    EnterSequence,
    ReadValue,
}

struct Walk<'a> {
    bytes: &'a [u8],
    at: usize,
    encoding: Encoding,
    pixel_form: PixelForm,
    open: Vec<Level>,
    /// Of attributes that repeat the first counts: the copies stay small, however large the file is.
    copied: BTreeSet<(Target, usize, usize, Tag)>,
    parsed: ParsedDataSet<'a>,
}

/// Walks the data set that begins at `start`.
///
/// # Errors
/// Lengths or nesting that do not fit the file.
pub(super) fn walk(
    bytes: &[u8],
    start: usize,
    encoding: Encoding,
    pixel_form: PixelForm,
) -> Result<ParsedDataSet<'_>, DicomMessage> {
    let parsed = ParsedDataSet {
        root: Vec::new(),
        shared: Vec::new(),
        frames: Vec::new(),
        segments: Vec::new(),
        pixels: None,
        big_endian: encoding == Encoding::ExplicitBig,
    };
    let mut walk = Walk { bytes, at: start, encoding, pixel_form, open: Vec::new(), copied: BTreeSet::new(), parsed };
    while let Some(readable) = walk.readable() {
        walk.advance(readable)?;
        walk.check_limits()?;
    }
    if !walk.open.is_empty() && walk.parsed.pixels.is_none() {
        return Err(DicomMessage::EndsInSequence);
    }
    Ok(walk.parsed)
}

impl<'a> Walk<'a> {
    /// The file up to the end of the innermost level that declares one. Leaves the levels that end here first. `None` at
    /// the end, and once the pixel data is found.
    fn readable(&mut self) -> Option<&'a [u8]> {
        while self.open.last().is_some_and(|level| level.end == Some(self.at)) {
            self.open.pop();
        }
        let end = self.open.iter().rev().find_map(|level| level.end).unwrap_or(self.bytes.len());
        (self.at < end && self.parsed.pixels.is_none()).then(|| &self.bytes[..end])
    }

    /// Reads one element and moves past it or into it.
    fn advance(&mut self, bytes: &'a [u8]) -> Result<(), DicomMessage> {
        let (encoding, target) =
            self.open.last().map_or((self.encoding, Target::Root), |level| (level.encoding, level.target));
        let header = element(bytes, self.at, encoding)?;
        self.at = header.value_at;
        match self.step(&header, target)? {
            WalkStep::EnterItem => self.enter_item(bytes, &header, encoding, target)?,
            WalkStep::Leave => {
                self.open.pop();
            }
            WalkStep::ReadFragments => self.read_fragments(bytes, target)?,
            WalkStep::EnterSequence => self.enter_sequence(bytes, &header, encoding, target)?,
            WalkStep::ReadValue => self.read_value(bytes, &header, encoding, target)?,
        }
        Ok(())
    }

    /// The transition that an element makes.
    fn step(&self, header: &ElementHeader, target: Target) -> Result<WalkStep, DicomMessage> {
        let tag = header.tag;
        if let Some(level) = self.open.last() {
            let is_item = level.kind == LevelKind::Item;
            if !is_item && tag == ITEM {
                return Ok(WalkStep::EnterItem);
            }
            if level.end.is_none() && tag == if is_item { ITEM_END } else { SEQUENCE_END } {
                return Ok(WalkStep::Leave);
            }
            if !is_item {
                return Err(DicomMessage::NoItem { tag: tag.to_string() });
            }
        }
        let is_undefined = header.length.is_none();
        Ok(match tag {
            _ if tag.group() == 0xFFFE => return Err(DicomMessage::StrayDelimiter { tag: tag.to_string() }),
            tags::PIXEL_DATA if is_undefined => WalkStep::ReadFragments,
            _ if is_undefined || content_target(tag, target) != Target::Nowhere => WalkStep::EnterSequence,
            _ => WalkStep::ReadValue,
        })
    }

    fn enter_item(
        &mut self,
        bytes: &[u8],
        header: &ElementHeader,
        encoding: Encoding,
        target: Target,
    ) -> Result<(), DicomMessage> {
        let begins_one = self.open.last().is_some_and(|level| level.kind == LevelKind::SequencePerItem);
        match target {
            Target::Frame if begins_one => self.parsed.frames.push(Vec::new()),
            Target::Segment if begins_one => self.parsed.segments.push(Vec::new()),
            _ => {}
        }
        if header.length.is_some() && target == Target::Nowhere {
            self.at += value(bytes, header)?.len();
        } else {
            self.open.push(Level { kind: LevelKind::Item, encoding, target, end: end_of(bytes, header)? });
        }
        Ok(())
    }

    fn enter_sequence(
        &mut self,
        bytes: &[u8],
        header: &ElementHeader,
        encoding: Encoding,
        target: Target,
    ) -> Result<(), DicomMessage> {
        self.open.push(Level {
            kind: if target == Target::Root { LevelKind::SequencePerItem } else { LevelKind::Sequence },
            encoding: content_encoding(header, encoding)?,
            target: content_target(header.tag, target),
            end: end_of(bytes, header)?,
        });
        Ok(())
    }

    fn read_fragments(&mut self, bytes: &'a [u8], target: Target) -> Result<(), DicomMessage> {
        if self.pixel_form == PixelForm::Native {
            return Err(DicomMessage::UnexpectedFragments);
        }
        let (pixels, after) = fragments(bytes, self.at)?;
        self.at = after;
        self.parsed.pixels = (target == Target::Root).then_some(pixels);
        Ok(())
    }

    fn read_value(
        &mut self,
        bytes: &'a [u8],
        header: &ElementHeader,
        encoding: Encoding,
        target: Target,
    ) -> Result<(), DicomMessage> {
        let value = value(bytes, header)?;
        self.at += value.len();
        if target == Target::Root && header.tag == tags::PIXEL_DATA {
            self.parsed.pixels = Some(PixelData::Native(value));
            return Ok(());
        }
        let parsed = &mut self.parsed;
        if !is_wanted(header.tag)
            || !self.copied.insert((target, parsed.frames.len(), parsed.segments.len(), header.tag))
        {
            return Ok(());
        }
        let copy = match target {
            Target::Root => Some(&mut parsed.root),
            Target::Shared => Some(&mut parsed.shared),
            Target::Frame => parsed.frames.last_mut(),
            Target::Segment => parsed.segments.last_mut(),
            Target::Nowhere => None,
        };
        copy.map_or(Ok(()), |copy| copy_attribute(copy, header, value, encoding))
    }

    fn check_limits(&self) -> Result<(), DicomMessage> {
        if self.open.len() > 2 * DEEPEST {
            return Err(DicomMessage::NestedTooDeep { deepest: DEEPEST });
        }
        if self.parsed.frames.len().max(self.parsed.segments.len()) > MOST_ITEMS {
            return Err(DicomMessage::TooManyItems { most: MOST_ITEMS });
        }
        Ok(())
    }
}

/// Encapsulated pixel data (PS3.5 A.4): items up to a delimiter, the first of which is the offset table. Returns it and
/// the position after it.
fn fragments(bytes: &[u8], mut at: usize) -> Result<(PixelData<'_>, usize), DicomMessage> {
    let mut items = Vec::new();
    loop {
        let item = element(bytes, at, Encoding::ExplicitLittle)?;
        at = item.value_at;
        match item.tag {
            ITEM => items.push(value(bytes, &item)?),
            SEQUENCE_END => break,
            other => return Err(DicomMessage::NoFragment { tag: other.to_string() }),
        }
        at += items.last().map_or(0, |fragment| fragment.len());
    }
    let mut items = items.into_iter();
    let offsets = items.next().unwrap_or_default();
    Ok((PixelData::Fragments { offsets, fragments: items.collect() }, at))
}

/// The target of the attributes inside a sequence.
fn content_target(tag: Tag, around: Target) -> Target {
    match (around, tag) {
        (Target::Root, tags::SHARED_FUNCTIONAL_GROUPS_SEQUENCE) => Target::Shared,
        (Target::Root, tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE) => Target::Frame,
        (Target::Root, tags::SEGMENT_SEQUENCE) => Target::Segment,
        (Target::Shared | Target::Frame, _) if FUNCTIONAL_GROUPS.contains(&tag) => around,
        _ => Target::Nowhere,
    }
}

/// The encoding of the items of a sequence: that around it, except in one of unknown representation (PS3.5 6.2.2).
pub(super) fn content_encoding(element: &ElementHeader, around: Encoding) -> Result<Encoding, DicomMessage> {
    match element.vr.as_ref() {
        None | Some(b"SQ") => Ok(around),
        Some(b"UN") => Ok(Encoding::ImplicitLittle),
        Some(_) => Err(DicomMessage::NoSequence { tag: element.tag.to_string() }),
    }
}

fn copy_attribute(
    to: &mut Vec<u8>,
    element: &ElementHeader,
    value: &[u8],
    encoding: Encoding,
) -> Result<(), DicomMessage> {
    if value.len() > LONGEST_ATTRIBUTE {
        return Err(DicomMessage::AttributeTooLong {
            tag: element.tag.to_string(),
            length: value.len(),
            most: LONGEST_ATTRIBUTE,
        });
    }
    to.extend(element.tag.group().to_le_bytes());
    to.extend(element.tag.element().to_le_bytes());
    to.extend((value.len() as u32).to_le_bytes());
    let number_bytes = match element.vr.as_ref() {
        Some(b"US" | b"SS") if encoding == Encoding::ExplicitBig => 2,
        Some(b"UL" | b"SL") if encoding == Encoding::ExplicitBig => 4,
        _ => 1,
    };
    to.extend(value.chunks(number_bytes).flat_map(|number| number.iter().rev()));
    Ok(())
}
