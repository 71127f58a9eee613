//! The walk over a DICOM file that comes before any parser: iterative, bounded, trusting no declared length.
//!
//! It reads uncompressed transfer syntaxes (implicit and explicit VR little endian, explicit VR big endian; PS3.5 A) and
//! gives the pixel bytes and a flat copy of the attributes in [`WANTED`]. Elements of a declared length are skipped
//! whole, sequences included; only those of undefined length are descended into, on a stack of its own. It interprets no
//! value.

use dicom_core::Tag;
use dicom_dictionary_std::{tags, uids};

use crate::refusal::Refusal;

/// The attributes that `slice` reads.
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
];

/// Sequences may nest this deep, as items of undefined length.
pub(super) const DEEPEST: usize = 64;
/// The longest wanted attribute; real ones stay below 1 KiB.
const LONGEST_ATTRIBUTE: usize = 0xFFFF;
/// Value representations with a 16-bit length, and those with a 32-bit length after two reserved bytes (PS3.5 7.1.2).
const SHORT_VRS: &[u8] = b"AEASATCSDADSDTFDFLISLOLTPNSHSLSSSTTMUIULUS";
const LONG_VRS: &[u8] = b"OBODOFOLOVOWSQSVUCUNURUTUV";

/// An item of a sequence, and what ends items and sequences of undefined length (PS3.5 7.5).
pub(super) const ITEM: Tag = Tag(0xFFFE, 0xE000);
pub(super) const ITEM_END: Tag = Tag(0xFFFE, 0xE00D);
pub(super) const SEQUENCE_END: Tag = Tag(0xFFFE, 0xE0DD);

/// What the walk found.
pub(super) struct Outline<'a> {
    /// The wanted attributes of the root data set, as an implicit VR little endian data set without sequences.
    pub(super) attributes: Vec<u8>,
    /// The value of PixelData.
    pub(super) pixels: Option<&'a [u8]>,
    /// Whether pixels of 16 bits have their high byte first.
    pub(super) big_endian: bool,
}

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Encoding {
    ImplicitLittle,
    ExplicitLittle,
    ExplicitBig,
}

/// A sequence or item of undefined length around the place of reading, and how its content is encoded.
enum Open {
    Sequence(Encoding),
    Item(Encoding),
}

pub(super) struct Element {
    pub(super) tag: Tag,
    /// `None` where implicit, and for items and delimiters.
    pub(super) vr: Option<[u8; 2]>,
    /// `None`: undefined, up to a delimiter.
    pub(super) length: Option<usize>,
    pub(super) value_at: usize,
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

/// Walks the file. Refuses other transfer syntaxes by name, and lengths or nesting that do not fit the file.
pub(super) fn outline<'a>(name: &str, bytes: &'a [u8]) -> Result<Outline<'a>, Refusal> {
    let damaged = |why| Refusal::new(name, why, "The file is damaged or cut short; export or copy it again");
    let (start, syntax) = meta_group(bytes).map_err(damaged)?;
    let encoding = root_encoding(bytes, start, syntax.as_deref()).map_err(|uid| unsupported_syntax(name, uid))?;
    data_set(bytes, start, encoding).map_err(damaged)
}

/// How a data set that starts at `start` is encoded; the syntax itself where it is not an uncompressed one.
pub(super) fn root_encoding<'a>(bytes: &[u8], start: usize, syntax: Option<&'a str>) -> Result<Encoding, &'a str> {
    Ok(match syntax {
        Some(uids::IMPLICIT_VR_LITTLE_ENDIAN) => Encoding::ImplicitLittle,
        Some(uids::EXPLICIT_VR_LITTLE_ENDIAN) => Encoding::ExplicitLittle,
        Some(EXPLICIT_VR_BIG_ENDIAN) => Encoding::ExplicitBig,
        Some(uid) => return Err(uid),
        // No meta group to say: an explicit VR is two capitals, which as a length would be above 16,000.
        None if element(bytes, start, Encoding::ExplicitLittle).is_ok() => Encoding::ExplicitLittle,
        None => Encoding::ImplicitLittle,
    })
}

/// Reads over the file meta group (PS3.10 7.1): where the data set starts, and its transfer syntax.
pub(super) fn meta_group(bytes: &[u8]) -> Result<(usize, Option<String>), String> {
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

fn data_set(bytes: &[u8], start: usize, root: Encoding) -> Result<Outline<'_>, String> {
    let mut attributes = Vec::new();
    let mut pixels = None;
    let mut open: Vec<Open> = Vec::new();
    let mut at = start;
    while at < bytes.len() && pixels.is_none() {
        let encoding = open.last().map_or(root, |(Open::Sequence(e) | Open::Item(e))| *e);
        let element = element(bytes, at, encoding)?;
        at = element.value_at;
        let tag = element.tag;
        match (open.last(), tag) {
            (Some(Open::Sequence(_)), ITEM) if element.length.is_none() => open.push(Open::Item(encoding)),
            (Some(Open::Sequence(_)), ITEM) => at += value(bytes, &element)?.len(),
            (Some(Open::Sequence(_)), SEQUENCE_END) | (Some(Open::Item(_)), ITEM_END) => {
                open.pop();
            }
            (Some(Open::Sequence(_)), _) => return Err(format!("{tag} stands in a sequence, where an item should")),
            (_, Tag(0xFFFE, _)) => return Err(format!("the delimiter {tag} stands outside a sequence")),
            (_, _) if element.length.is_none() => open.push(Open::Sequence(content_encoding(&element, encoding)?)),
            (inside, _) => {
                let value = value(bytes, &element)?;
                at += value.len();
                if inside.is_none() && tag == tags::PIXEL_DATA {
                    pixels = Some(value);
                } else if inside.is_none() && WANTED.contains(&tag) {
                    copy_attribute(&mut attributes, &element, value, encoding)?;
                }
            }
        }
        if open.len() > 2 * DEEPEST {
            return Err(format!("its sequences nest deeper than {DEEPEST}"));
        }
    }
    if !open.is_empty() {
        return Err("it ends inside a sequence".into());
    }
    Ok(Outline { attributes, pixels, big_endian: root == Encoding::ExplicitBig })
}

/// How the items of an element of undefined length are encoded: as around it, except in one of unknown representation
/// (PS3.5 6.2.2).
pub(super) fn content_encoding(element: &Element, around: Encoding) -> Result<Encoding, String> {
    match element.vr.as_ref() {
        _ if element.tag == tags::PIXEL_DATA => {
            Err("its pixel data is in fragments, which its transfer syntax does not allow".into())
        }
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
    if encoding == Encoding::ExplicitBig && matches!(element.vr.as_ref(), Some(b"US" | b"SS")) {
        to.extend(value.chunks(2).flat_map(|pair| pair.iter().rev()));
    } else {
        to.extend(value);
    }
    Ok(())
}

/// The element header at `at` (PS3.5 7.1).
pub(super) fn element(bytes: &[u8], at: usize, encoding: Encoding) -> Result<Element, String> {
    let cut = || format!("it ends at byte {}, inside an element", bytes.len());
    let rest = bytes.get(at..).ok_or_else(cut)?;
    let word = |i| -> Result<u16, String> {
        let pair = *rest.get(i..).and_then(|r| r.first_chunk()).ok_or_else(cut)?;
        Ok(if encoding == Encoding::ExplicitBig { u16::from_be_bytes(pair) } else { u16::from_le_bytes(pair) })
    };
    let long = |i| -> Result<u32, String> {
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
            return Err(format!("{tag} has an unknown value representation, bytes {:02x} {:02x}", vr[0], vr[1]));
        }
    };
    let length = if length == u32::MAX { None } else { Some(length as usize) };
    Ok(Element { tag, vr, length, value_at: at + header })
}

pub(super) fn value<'a>(bytes: &'a [u8], element: &Element) -> Result<&'a [u8], String> {
    let Some(length) = element.length else { return Err(format!("{} is of undefined length", element.tag)) };
    let left = bytes.get(element.value_at..).unwrap_or_default();
    left.get(..length).ok_or_else(|| format!("{} declares {length} bytes, {} are left", element.tag, left.len()))
}

/// Retired from the standard, and so from the dictionary's constants.
const EXPLICIT_VR_BIG_ENDIAN: &str = "1.2.840.10008.1.2.2";

pub(super) fn unsupported_syntax(name: &str, uid: &str) -> Refusal {
    let syntax = match uid.strip_prefix("1.2.840.10008.1.2.").unwrap_or_default() {
        "1.99" => "Deflated Explicit VR Little Endian",
        "5" => "RLE Lossless",
        "4.50" => "JPEG Baseline (Process 1)",
        "4.51" => "JPEG Extended (Process 2 and 4)",
        "4.53" => "JPEG Spectral Selection (Process 6 and 8), retired",
        "4.55" => "JPEG Full Progression (Process 10 and 12), retired",
        "4.57" => "JPEG Lossless (Process 14)",
        "4.70" => "JPEG Lossless (Process 14, selection value 1)",
        "4.80" => "JPEG-LS Lossless",
        "4.81" => "JPEG-LS Near-lossless",
        "4.90" => "JPEG 2000 Lossless",
        "4.91" => "JPEG 2000",
        "4.201" | "4.202" | "4.203" => "High-Throughput JPEG 2000",
        _ => "unknown here",
    };
    Refusal::new(
        name,
        format!("its transfer syntax is {syntax} ({uid}), expected an uncompressed one"),
        "Convert it first, for example with `gdcmconv --raw IN.dcm OUT.dcm`, or with `dcmconv` where it is deflated",
    )
}
