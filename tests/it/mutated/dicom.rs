//! Mutations that know DICOM: tags, representations, lengths, values, nesting and fragments (PS3.5 7, A.4).

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::bytes::{EDGES, pick};
use super::containers::{SIZES, resize_streams};

const VRS: [&[u8; 2]; 14] =
    [b"US", b"SS", b"UL", b"OB", b"OW", b"SQ", b"UN", b"DS", b"IS", b"LO", b"UI", b"UT", b"OF", b"??"];
const LONG_VRS: [&[u8; 2]; 13] =
    [b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"];
/// Tags that the reader looks at: sizes, placement, rescaling, frames, functional groups, pixels, contours,
/// delimiters.
const TAGS: [[u16; 2]; 32] = [
    [0x0028, 0x0010],
    [0x0028, 0x0011],
    [0x0028, 0x0008],
    [0x0028, 0x0002],
    [0x0028, 0x0100],
    [0x0028, 0x0101],
    [0x0028, 0x0102],
    [0x0028, 0x0103],
    [0x0028, 0x0120],
    [0x0028, 0x1052],
    [0x0028, 0x1053],
    [0x0028, 0x0030],
    [0x0020, 0x0032],
    [0x0020, 0x0037],
    [0x0020, 0x1041],
    [0x0018, 0x0050],
    [0x0018, 0x0088],
    [0x5200, 0x9229],
    [0x5200, 0x9230],
    [0x0062, 0x0002],
    [0x7FE0, 0x0010],
    [0x3006, 0x0010],
    [0x3006, 0x0020],
    [0x3006, 0x0022],
    [0x3006, 0x0039],
    [0x3006, 0x0042],
    [0x3006, 0x0046],
    [0x3006, 0x0050],
    [0x3006, 0x0084],
    [0xFFFE, 0xE000],
    [0xFFFE, 0xE00D],
    [0xFFFE, 0xE0DD],
];
/// Values of attributes that are text: too large, too small, not finite, too many, too few, no number.
const TEXTS: [&str; 20] = [
    "",
    "0",
    "-0",
    "1",
    "-1",
    "2147483648",
    "99999999999999999999",
    "1e308",
    "-1e308",
    "1e-308",
    "1e999",
    "nan",
    "inf",
    "0\\0\\0",
    "1\\0\\0\\0\\1\\0",
    "1e300\\-1e300\\1e300",
    "1\\0\\0\\1\\0\\0",
    "1e-30\\1e-30",
    "nan\\nan\\nan",
    "1.2.840.10008.1.2.4.90",
];

/// An element, or the header of an item, in a file of little endian.
struct Element {
    at: usize,
    /// Where its length is, and of how many bytes it is.
    length_at: usize,
    length_bytes: usize,
    value_at: usize,
    /// Where its value ends; its beginning for what has elements inside or no length.
    end: usize,
    is_text: bool,
}

/// The elements of a file, those in sequences and the fragments of pixel data among them.
fn elements(bytes: &[u8]) -> Vec<Element> {
    let mut at = if bytes.get(128..132) == Some(b"DICM") { 132 } else { 0 };
    let mut found = Vec::new();
    while let Some(header) = bytes.get(at..at + 8) {
        let group = u16::from_le_bytes([header[0], header[1]]);
        let vr = [header[4], header[5]];
        let explicit = group != 0xFFFE && vr.iter().all(u8::is_ascii_uppercase);
        let (length_at, length_bytes, value_at) = match explicit {
            true if LONG_VRS.contains(&&vr) => (at + 8, 4, at + 12),
            true => (at + 6, 2, at + 8),
            false => (at + 4, 4, at + 8),
        };
        let Some(field) = bytes.get(length_at..length_at + length_bytes) else { break };
        let length = field.iter().rev().fold(0, |length, &byte| length << 8 | usize::from(byte));
        let pixels = group == 0x7FE0 && length == 0xFFFF_FFFF;
        let inside_pixels = group == 0xFFFE && found.last().is_some_and(|last: &Element| bytes[last.at + 1] == 0x7F);
        let opens = length == 0xFFFF_FFFF || (explicit && vr == *b"SQ") || (group == 0xFFFE && !inside_pixels);
        let end = if opens || pixels { value_at } else { value_at.saturating_add(length).min(bytes.len()) };
        let is_text = !explicit || !(LONG_VRS.contains(&&vr) || matches!(&vr, b"US" | b"SS" | b"UL" | b"FD" | b"FL"));
        found.push(Element { at, length_at, length_bytes, value_at, end, is_text });
        at = end.max(at + 8);
    }
    found
}

fn set_length(bytes: &mut [u8], element: &Element, length: u64) {
    let field = &mut bytes[element.length_at..][..element.length_bytes];
    field.copy_from_slice(&length.to_le_bytes()[..element.length_bytes]);
}

/// Mutates one element of a file.
pub(super) fn mutate(bytes: &mut Vec<u8>, random: &mut ChaCha8Rng) {
    let elements = elements(bytes);
    if elements.is_empty() {
        return;
    }
    let element = pick(&elements, random);
    let held = element.end - element.value_at;
    match random.random_range(0..13) {
        0 => {
            let near = [held as u64 + 1, held.saturating_sub(1) as u64, (bytes.len() - element.value_at) as u64 + 1];
            let length = if random.random() { *pick(&near, random) } else { *pick(&EDGES, random) };
            set_length(bytes, element, length);
        }
        1 => bytes[element.at + 4..element.at + 6].copy_from_slice(*pick(&VRS, random)),
        2 => {
            let [group, number] = pick(&TAGS, random).map(u16::to_le_bytes);
            bytes[element.at..element.at + 4].copy_from_slice(&[group, number].concat());
        }
        3 => {
            let copy = bytes[element.at..element.end].repeat(random.random_range(1..30));
            bytes.splice(element.at..element.at, copy);
        }
        4 => drop(bytes.drain(element.at..element.end)),
        5 => {
            let other = pick(&elements, random);
            let copy = bytes[other.at..other.end].to_vec();
            bytes.splice(element.at..element.end, copy);
        }
        6 => nest(bytes, element, random),
        7 => bytes.truncate(element.end),
        8 => coded(bytes, &elements, random),
        9 => resize(bytes, &elements, random),
        _ => set_value(bytes, element, random),
    }
}

/// Another size of the image, in its attributes and in the coded frames alike.
fn resize(bytes: &mut [u8], elements: &[Element], random: &mut ChaCha8Rng) {
    let size = [*pick(&SIZES, random), *pick(&SIZES, random)];
    for element in elements.iter().filter(|element| element.end == element.value_at + 2) {
        let value = match bytes[element.at..element.at + 4] {
            [0x28, 0, 0x10, 0] => size[0],
            [0x28, 0, 0x11, 0] => size[1],
            _ => continue,
        };
        bytes[element.value_at..element.end].copy_from_slice(&value.to_le_bytes());
    }
    resize_streams(bytes, size);
}

/// Another value, with the length that belongs to it.
fn set_value(bytes: &mut Vec<u8>, element: &Element, random: &mut ChaCha8Rng) {
    let held = element.end - element.value_at;
    let value = match element.is_text {
        true => {
            let text = pick(&TEXTS, random);
            format!("{text}{}", " ".repeat(text.len() % 2)).into_bytes()
        }
        false => pick(&EDGES, random).to_le_bytes()[..held.min(8)].to_vec(),
    };
    set_length(bytes, element, value.len() as u64);
    bytes.splice(element.value_at..element.end, value);
}

/// The element below sequences of undefined length, one in the other.
fn nest(bytes: &mut Vec<u8>, element: &Element, random: &mut ChaCha8Rng) {
    let depth = *pick(&[1, 2, 63, 64, 65, 1000, 20_000], random);
    let explicit: &[u8] = b"\x08\0\x40\x11SQ\0\0\xFF\xFF\xFF\xFF\xFE\xFF\0\xE0\xFF\xFF\xFF\xFF";
    let implicit: &[u8] = b"\x08\0\x40\x11\xFF\xFF\xFF\xFF\xFE\xFF\0\xE0\xFF\xFF\xFF\xFF";
    let opening = pick(&[explicit, implicit], random).repeat(depth);
    let closing = match random.random() {
        true => b"\xFE\xFF\x0D\xE0\0\0\0\0\xFE\xFF\xDD\xE0\0\0\0\0".repeat(depth),
        false => Vec::new(),
    };
    bytes.splice(element.end..element.end, closing);
    bytes.splice(element.at..element.at, opening);
}

/// Coded pixels: their markers and bytes, which lie in the last elements.
fn coded(bytes: &mut [u8], elements: &[Element], random: &mut ChaCha8Rng) {
    let late = &elements[elements.len().saturating_sub(4)..];
    let element = pick(late, random);
    let markers: Vec<usize> = (element.value_at..element.end.saturating_sub(4))
        .filter(|&at| bytes[at] == 0xFF && bytes[at + 1] != 0)
        .collect();
    for _ in 0..random.random_range(1..4) {
        let at = match markers.is_empty() || random.random_ratio(1, 3) {
            true if element.end > element.value_at => random.random_range(element.value_at..element.end),
            true => return,
            false => *pick(&markers, random) + random.random_range(1..24),
        };
        if let Some(byte) = bytes.get_mut(at) {
            *byte = if random.random() { random.random() } else { *pick(&[0, 1, 0x7F, 0x80, 0xFE, 0xFF], random) };
        }
    }
}
