//! Pixel data to the bytes of each frame: native frames one after another, encapsulated ones out of fragments.

use std::borrow::Cow;

use crate::core::i18n::messages::DicomMessage;
use crate::formats::dicom::data_set::PixelData;

/// The bytes of each of `count` frames of `dims`, `[rows, columns]`, which take `sample_bytes` per pixel if native.
///
/// A frame's fragments are told apart by their number, by the Basic Offset Table, or, where that is empty, by the markers
/// that JPEG, JPEG-LS and JPEG 2000 begin with (PS3.5 A.4).
///
/// # Errors
/// Native data that is too short or long enough for another frame; fragments that cannot be told apart.
pub(in crate::formats::dicom) fn split<'a>(
    pixels: &PixelData<'a>,
    count: usize,
    dims: [usize; 2],
    sample_bytes: usize,
) -> Result<Vec<Cow<'a, [u8]>>, DicomMessage> {
    match pixels {
        PixelData::Native(bytes) => {
            let [rows, columns] = dims;
            let frame = [columns, sample_bytes].into_iter().try_fold(rows, usize::checked_mul);
            let expected = frame.and_then(|frame| frame.checked_mul(count));
            let (Some(frame), Some(expected)) = (frame, expected) else {
                return Err(DicomMessage::ImpossiblyManyFrames { count, rows, columns });
            };
            let found = bytes.len();
            // What follows the last frame is padding, to be accepted (PS3.5 8.1.1), unless it could be another frame.
            if found < expected || found >= expected + frame.max(2) {
                return Err(DicomMessage::OtherPixelBytes { rows, columns, expected, found });
            }
            Ok(bytes[..expected].chunks_exact(frame).map(Cow::Borrowed).collect())
        }
        PixelData::Fragments { offsets, fragments } => {
            let unknown = || DicomMessage::FragmentsUnclear { found: fragments.len(), count };
            let starts = starts(offsets, fragments, count).ok_or_else(unknown)?;
            let ends = starts.iter().skip(1).copied().chain([fragments.len()]);
            let frame = |(start, end): (&usize, usize)| match &fragments[*start..end] {
                [whole] => Cow::Borrowed(*whole),
                several => Cow::Owned(several.concat()),
            };
            Ok(starts.iter().zip(ends).map(frame).collect())
        }
    }
}

/// The fragment that each frame begins with.
fn starts(offsets: &[u8], fragments: &[&[u8]], count: usize) -> Option<Vec<usize>> {
    if fragments.is_empty() || count == 0 {
        return None;
    }
    if count == 1 {
        return Some(vec![0]);
    }
    if fragments.len() == count {
        return Some((0..count).collect());
    }
    by_table(offsets, fragments, count).or_else(|| {
        let begins = |fragment: &[u8]| matches!(fragment, [0xFF, 0xD8, 0xFF, ..] | [0xFF, 0x4F, 0xFF, 0x51, ..]);
        let starts: Vec<usize> = (0..fragments.len()).filter(|&index| begins(fragments[index])).collect();
        (starts.len() == count && starts[0] == 0).then_some(starts)
    })
}

/// Offsets count bytes from the first fragment's item tag; each item has a header of 8 bytes.
fn by_table(offsets: &[u8], fragments: &[&[u8]], count: usize) -> Option<Vec<usize>> {
    let (table, []) = offsets.as_chunks() else { return None };
    let item_at: Vec<u64> = fragments
        .iter()
        .scan(0, |next, fragment| Some(std::mem::replace(next, *next + 8 + fragment.len() as u64)))
        .collect();
    let starts: Vec<usize> = table
        .iter()
        .map(|&offset| item_at.binary_search(&u64::from(u32::from_le_bytes(offset))).ok())
        .collect::<Option<_>>()?;
    let is_usable = starts.len() == count && starts[0] == 0 && starts.is_sorted_by(|a, b| a < b);
    is_usable.then_some(starts)
}
