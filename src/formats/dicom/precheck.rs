//! The walk over a DICOM file that comes before any parser: iterative, bounded, trusting no declared length.
//!
//! It gives flat copies of the attributes in [`WANTED`] (of the root and, for a multi-frame image, of the functional
//! groups and segments) and the bytes of PixelData as they lie in the file. Elements of a declared length are skipped whole, other
//! sequences included; those of undefined length and the functional groups are descended into, on a stack of its own. It
//! interprets no value. A deflated data set is inflated first, up to a cap.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::io::Read;

use dicom_core::Tag;
use dicom_dictionary_std::tags;
use flate2::read::DeflateDecoder;

use super::element::{Element, Encoding, ITEM, ITEM_END, SEQUENCE_END, element, end_of, value};
use super::{identity, syntax};

/// The attributes that `slice` and `seg` read, besides those of the patient.
const WANTED: &[Tag] = &[
    tags::SPECIFIC_CHARACTER_SET,
    tags::IMAGE_TYPE,
    tags::SOP_CLASS_UID,
    tags::MODALITY,
    tags::STUDY_DESCRIPTION,
    tags::SERIES_DESCRIPTION,
    tags::SOP_INSTANCE_UID,
    tags::CONTRAST_BOLUS_AGENT,
    tags::KVP,
    tags::GANTRY_DETECTOR_TILT,
    tags::STUDY_INSTANCE_UID,
    tags::FRAME_OF_REFERENCE_UID,
    tags::SERIES_NUMBER,
    tags::ACQUISITION_NUMBER,
    tags::SLICE_THICKNESS,
    tags::SPACING_BETWEEN_SLICES,
    tags::SERIES_INSTANCE_UID,
    tags::INSTANCE_NUMBER,
    tags::IMAGE_POSITION_PATIENT,
    tags::IMAGE_ORIENTATION_PATIENT,
    tags::SAMPLES_PER_PIXEL,
    tags::PHOTOMETRIC_INTERPRETATION,
    tags::NUMBER_OF_FRAMES,
    tags::ROWS,
    tags::COLUMNS,
    tags::PIXEL_SPACING,
    tags::BITS_ALLOCATED,
    tags::BITS_STORED,
    tags::HIGH_BIT,
    tags::PIXEL_REPRESENTATION,
    tags::PIXEL_PADDING_VALUE,
    tags::PIXEL_PADDING_RANGE_LIMIT,
    tags::RESCALE_INTERCEPT,
    tags::RESCALE_SLOPE,
    tags::FRAME_TYPE,
    tags::STACK_ID,
    tags::TEMPORAL_POSITION_INDEX,
    tags::CONCATENATION_FRAME_OFFSET_NUMBER,
    tags::SEGMENTATION_TYPE,
    tags::SEGMENT_NUMBER,
    tags::SEGMENT_LABEL,
    tags::REFERENCED_SEGMENT_NUMBER,
];
/// The functional groups of a frame that hold some of these (PS3.3 C.7.6.16.2, C.8.15.3, C.8.20.3).
const GROUPS: &[Tag] = &[
    tags::PIXEL_MEASURES_SEQUENCE,
    tags::PLANE_POSITION_SEQUENCE,
    tags::PLANE_ORIENTATION_SEQUENCE,
    tags::PIXEL_VALUE_TRANSFORMATION_SEQUENCE,
    tags::FRAME_CONTENT_SEQUENCE,
    tags::SEGMENT_IDENTIFICATION_SEQUENCE,
    tags::CT_IMAGE_FRAME_TYPE_SEQUENCE,
    tags::CTX_RAY_DETAILS_SEQUENCE,
    tags::CT_ACQUISITION_DETAILS_SEQUENCE,
];

/// Sequences may nest this deep, as items of undefined length.
const DEEPEST: usize = 64;
/// The longest wanted attribute; real ones stay below 1 KiB.
const LONGEST_ATTRIBUTE: usize = 0xFFFF;
/// Frames or segments at most: each is decoded on its own.
const MOST_ITEMS: usize = 65_536;
/// What a deflated data set may inflate to: so many bytes whatever its size, and so many per byte. Slices deflate to half.
const INFLATED_AT_LEAST: u64 = 16 << 20;
const INFLATED_PER_BYTE: u64 = 32;
/// A file's data set as plain bytes, and how it is encoded.
pub(super) struct DataSet<'a> {
    bytes: Cow<'a, [u8]>,
    start: usize,
    encoding: Encoding,
    /// TransferSyntaxUID, where the file has a meta group that says.
    pub(super) syntax: Option<String>,
}

/// What the walk found.
pub(super) struct ParsedDataSet<'a> {
    /// The wanted attributes of the root data set, as an implicit VR little endian data set without sequences.
    pub(super) root: Vec<u8>,
    /// Those of the functional groups that all frames share.
    pub(super) shared: Vec<u8>,
    /// Those of each frame's own functional groups.
    pub(super) frames: Vec<Vec<u8>>,
    /// Those of each segment of a segmentation.
    pub(super) segments: Vec<Vec<u8>>,
    /// The value of PixelData.
    pub(super) pixels: Option<PixelData<'a>>,
    /// Whether pixels of several bytes have their high byte first.
    pub(super) big_endian: bool,
}

/// The value of PixelData (PS3.5 8.2, A.4).
pub(super) enum PixelData<'a> {
    /// Frame after frame, as pixels.
    Native(&'a [u8]),
    /// Encapsulated.
    Fragments {
        /// The Basic Offset Table, which may be empty.
        offsets: &'a [u8],
        /// Everything after it.
        fragments: Vec<&'a [u8]>,
    },
}

/// Where the attributes around the place of reading are copied to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum OpenItem {
    Root,
    Shared,
    /// The frame begun last; of the sequence itself, one frame for every item.
    Frame,
    /// The segment begun last, likewise.
    Segment,
    Nowhere,
}

/// A sequence or item around the place of reading.
struct OpenSequence {
    is_item: bool,
    encoding: Encoding,
    target: OpenItem,
    /// Whether each item begins a frame or a segment.
    per_item: bool,
    /// Where it ends; `None`: at a delimiter.
    end: Option<usize>,
}

/// Whether the content looks like DICOM: `DICM` after a preamble, or, for files written without, a group 0002 or 0008
/// that begins like one.
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
    /// Finds the data set, inflating it if it is deflated. Errors are sentences about a damaged file.
    pub(super) fn open(file: &'a [u8]) -> Result<Self, String> {
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

    /// Walks the data set. Errors are lengths or nesting that do not fit the file.
    pub(super) fn outline(&self) -> Result<ParsedDataSet<'_>, String> {
        let is_native = self.syntax.as_deref().is_none_or(syntax::is_native);
        let mut outline = ParsedDataSet {
            root: Vec::new(),
            shared: Vec::new(),
            frames: Vec::new(),
            segments: Vec::new(),
            pixels: None,
            big_endian: self.encoding == Encoding::ExplicitBig,
        };
        let mut open: Vec<OpenSequence> = Vec::new();
        // Of attributes that repeat the first counts: what is decoded stays small, however large the file.
        let mut copied = BTreeSet::new();
        let mut at = self.start;
        loop {
            while open.last().is_some_and(|inner| inner.end == Some(at)) {
                open.pop();
            }
            let bytes = &self.bytes[..open.iter().rev().find_map(|around| around.end).unwrap_or(self.bytes.len())];
            if at >= bytes.len() || outline.pixels.is_some() {
                break;
            }
            let (encoding, target) = open.last().map_or((self.encoding, OpenItem::Root), |o| (o.encoding, o.target));
            let element = element(bytes, at, encoding)?;
            let tag = element.tag;
            at = element.value_at;
            match open.last() {
                Some(OpenSequence { is_item: false, per_item, .. }) if tag == ITEM => {
                    match target {
                        OpenItem::Frame if *per_item => outline.frames.push(Vec::new()),
                        OpenItem::Segment if *per_item => outline.segments.push(Vec::new()),
                        _ => {}
                    }
                    if element.length.is_some() && target == OpenItem::Nowhere {
                        at += value(bytes, &element)?.len();
                    } else {
                        let end = end_of(bytes, &element)?;
                        open.push(OpenSequence { is_item: true, encoding, target, per_item: false, end });
                    }
                }
                Some(OpenSequence { is_item, end: None, .. })
                    if tag == if *is_item { ITEM_END } else { SEQUENCE_END } =>
                {
                    open.pop();
                }
                Some(OpenSequence { is_item: false, .. }) => {
                    return Err(format!("{tag} stands in a sequence, where an item should"));
                }
                _ if tag.group() == 0xFFFE => return Err(format!("the delimiter {tag} stands outside a sequence")),
                _ if tag == tags::PIXEL_DATA && element.length.is_none() => {
                    if is_native {
                        return Err("its pixel data is in fragments, which its transfer syntax does not allow".into());
                    }
                    let (pixels, after) = fragments(bytes, at)?;
                    at = after;
                    outline.pixels = (target == OpenItem::Root).then_some(pixels);
                }
                _ if element.length.is_none() || content_target(tag, target) != OpenItem::Nowhere => {
                    open.push(OpenSequence {
                        is_item: false,
                        encoding: content_encoding(&element, encoding)?,
                        target: content_target(tag, target),
                        per_item: target == OpenItem::Root,
                        end: end_of(bytes, &element)?,
                    });
                }
                _ => {
                    let value = value(bytes, &element)?;
                    at += value.len();
                    if target == OpenItem::Root && tag == tags::PIXEL_DATA {
                        outline.pixels = Some(PixelData::Native(value));
                    } else if is_wanted(tag)
                        && copied.insert((target, outline.frames.len(), outline.segments.len(), tag))
                    {
                        let copy = match target {
                            OpenItem::Root => Some(&mut outline.root),
                            OpenItem::Shared => Some(&mut outline.shared),
                            OpenItem::Frame => outline.frames.last_mut(),
                            OpenItem::Segment => outline.segments.last_mut(),
                            OpenItem::Nowhere => None,
                        };
                        copy.map_or(Ok(()), |copy| copy_attribute(copy, &element, value, encoding))?;
                    }
                }
            }
            if open.len() > 2 * DEEPEST {
                return Err(format!("its sequences nest deeper than {DEEPEST}"));
            }
            if outline.frames.len().max(outline.segments.len()) > MOST_ITEMS {
                return Err(format!("it describes more than {MOST_ITEMS} frames or segments"));
            }
        }
        if !open.is_empty() && outline.pixels.is_none() {
            return Err("it ends inside a sequence".into());
        }
        Ok(outline)
    }
}

/// Reads over the file meta group (PS3.10 7.1): where the data set starts, and its transfer syntax.
fn meta_group(bytes: &[u8]) -> Result<(usize, Option<String>), String> {
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
fn inflated(deflated: &[u8]) -> Result<Vec<u8>, String> {
    let most = INFLATED_AT_LEAST + INFLATED_PER_BYTE * deflated.len() as u64;
    let mut bytes = Vec::new();
    let read = DeflateDecoder::new(deflated).take(most + 1).read_to_end(&mut bytes);
    match read {
        Ok(length) if length as u64 <= most => Ok(bytes),
        Ok(_) => Err(format!("its deflated data set inflates to more than {most} bytes")),
        Err(error) => Err(format!("its deflated data set cannot be inflated ({error})")),
    }
}

/// Encapsulated pixel data (PS3.5 A.4): items up to a delimiter, the first of which is the offset table. Also gives where
/// it ends.
fn fragments(bytes: &[u8], mut at: usize) -> Result<(PixelData<'_>, usize), String> {
    let mut items = Vec::new();
    loop {
        let item = element(bytes, at, Encoding::ExplicitLittle)?;
        at = item.value_at;
        match item.tag {
            ITEM => items.push(value(bytes, &item)?),
            SEQUENCE_END => break,
            other => return Err(format!("{other} stands among the fragments of its pixel data")),
        }
        at += items.last().map_or(0, |fragment| fragment.len());
    }
    let mut items = items.into_iter();
    let offsets = items.next().unwrap_or_default();
    Ok((PixelData::Fragments { offsets, fragments: items.collect() }, at))
}

fn is_wanted(tag: Tag) -> bool {
    WANTED.contains(&tag) || identity::COPIED.iter().any(|(copied, ..)| *copied == tag)
}

/// Where the content of a sequence is copied to.
fn content_target(tag: Tag, around: OpenItem) -> OpenItem {
    match (around, tag) {
        (OpenItem::Root, tags::SHARED_FUNCTIONAL_GROUPS_SEQUENCE) => OpenItem::Shared,
        (OpenItem::Root, tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE) => OpenItem::Frame,
        (OpenItem::Root, tags::SEGMENT_SEQUENCE) => OpenItem::Segment,
        (OpenItem::Shared | OpenItem::Frame, _) if GROUPS.contains(&tag) => around,
        _ => OpenItem::Nowhere,
    }
}

/// How the items of a sequence are encoded: as around it, except in one of unknown representation (PS3.5 6.2.2).
fn content_encoding(element: &Element, around: Encoding) -> Result<Encoding, String> {
    match element.vr.as_ref() {
        None | Some(b"SQ") => Ok(around),
        Some(b"UN") => Ok(Encoding::ImplicitLittle),
        Some(_) => Err(format!("{} is of undefined length but is no sequence", element.tag)),
    }
}

fn copy_attribute(to: &mut Vec<u8>, element: &Element, value: &[u8], encoding: Encoding) -> Result<(), String> {
    if value.len() > LONGEST_ATTRIBUTE {
        return Err(format!("{} is {} bytes long, expected at most {LONGEST_ATTRIBUTE}", element.tag, value.len()));
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
