//! The file format of corrections: writing and reading. The bytes come from the storage of a
//! browser, which other programs can change, so every number is checked before it is used.
//!
//! A file begins with `"islet edits 1"`. Numbers in LEB128 follow (seven bits in each byte, lowest
//! first): depth, height, width and the number of slices. For each slice, in ascending order,
//! follow its index and its status: 1 if it is accepted, 0 if it is a draft, 2 if only some pixels
//! were drawn, on other planes. Then comes the number of runs, and for each run its length and its
//! label (one byte); or the number of pixels, and for each pixel how many pixels lie between it and
//! the one before (for the first, before it), and its label.

use std::collections::BTreeMap;

use super::correction::{Acceptance, Correction, SliceWork};
use crate::core::drawn_pixels::DrawnPixels;
use crate::core::error::UserError;
use crate::core::i18n::messages::ImagingMessage;
use crate::core::run_length::{LabelRun, RleMask};

const MAGIC: &[u8] = b"islet edits 1";
/// The status of a slice.
const DRAFT: u8 = 0;
const ACCEPTED: u8 = 1;
const PIXELS: u8 = 2;
/// The most bytes of a number: 35 bits, more than any series has voxels.
const NUMBER_BYTES: u32 = 5;

/// The bytes of corrections of a series of `dims`, `[depth, height, width]`.
pub(super) fn write(slices: &BTreeMap<usize, SliceWork>, dims: [usize; 3]) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    dims.into_iter().chain([slices.len()]).for_each(|number| push(&mut bytes, number));
    for (&slice, work) in slices {
        push(&mut bytes, slice);
        match work {
            SliceWork::Whole(correction) => push_correction(&mut bytes, correction),
            SliceWork::Part(drawn) => push_pixels(&mut bytes, drawn),
        }
    }
    bytes
}

fn push_correction(bytes: &mut Vec<u8>, correction: &Correction) {
    bytes.push(if correction.acceptance == Acceptance::Accepted { ACCEPTED } else { DRAFT });
    let runs = correction.labels.as_slice();
    push(bytes, runs.len());
    for run in runs {
        push(bytes, run.length);
        bytes.push(run.label);
    }
}

fn push_pixels(bytes: &mut Vec<u8>, drawn: &DrawnPixels) {
    bytes.push(PIXELS);
    push(bytes, drawn.iter().len());
    let mut next = 0;
    for (pixel, label) in drawn.iter() {
        push(bytes, pixel - next);
        bytes.push(label);
        next = pixel + 1;
    }
}

fn push(bytes: &mut Vec<u8>, mut number: usize) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

/// The corrections in `bytes`.
///
/// # Errors
/// If the bytes are damaged or belong to a series of other dimensions than `dims`.
pub(super) fn read(bytes: &[u8], dims: [usize; 3]) -> Result<BTreeMap<usize, SliceWork>, UserError> {
    let rest = bytes.strip_prefix(MAGIC).ok_or_else(|| {
        let begins = String::from_utf8_lossy(&bytes[..bytes.len().min(MAGIC.len())]);
        error(ImagingMessage::UnknownBeginning { begins: format!("{begins:?}") })
    })?;
    let mut reader = Reader { rest };
    let found = [reader.number()?, reader.number()?, reader.number()?];
    if found != dims {
        return Err(error(ImagingMessage::OtherDims { found: format!("{found:?}"), expected: format!("{dims:?}") }));
    }
    let count = reader.number()?;
    let mut slices = BTreeMap::new();
    for _ in 0..count {
        let next = slices.last_key_value().map_or(0, |(&last, _)| last + 1);
        let (slice, work) = reader.slice(next..dims[0], dims[1] * dims[2])?;
        slices.insert(slice, work);
    }
    match reader.rest.len() {
        0 => Ok(slices),
        bytes => Err(error(ImagingMessage::TrailingBytes { bytes, slices: count })),
    }
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl Reader<'_> {
    /// Reads the next slice of `area` pixels, whose index must be in `allowed`.
    fn slice(&mut self, allowed: std::ops::Range<usize>, area: usize) -> Result<(usize, SliceWork), UserError> {
        let slice = self.number()?;
        if !allowed.contains(&slice) {
            return Err(error(ImagingMessage::UnexpectedSlice { slice, expected: format!("{allowed:?}") }));
        }
        let acceptance = match self.byte()? {
            DRAFT => Acceptance::Draft,
            ACCEPTED => Acceptance::Accepted,
            PIXELS => return Ok((slice, SliceWork::Part(self.pixels(slice, area)?))),
            found => return Err(error(ImagingMessage::UnknownStatus { slice, found })),
        };
        Ok((slice, SliceWork::Whole(Correction { labels: self.runs(slice, area)?, acceptance })))
    }

    fn pixels(&mut self, slice: usize, area: usize) -> Result<DrawnPixels, UserError> {
        let count = self.number()?;
        let mut drawn = DrawnPixels::default();
        let mut next = 0;
        for _ in 0..count {
            let length = self.number()?;
            if length >= area - next {
                return Err(error(ImagingMessage::TooManyLabels { slice, before: next, length, expected: area }));
            }
            drawn.set(next + length, self.byte()?);
            next += length + 1;
        }
        Ok(drawn)
    }

    fn runs(&mut self, slice: usize, area: usize) -> Result<RleMask, UserError> {
        let count = self.number()?;
        let mut runs = Vec::new();
        let mut total = 0;
        for _ in 0..count {
            let length = self.number()?;
            // Each length is checked before it is added, because a sum of many lengths could
            // overflow.
            if length > area - total {
                return Err(error(ImagingMessage::TooManyLabels { slice, before: total, length, expected: area }));
            }
            total += length;
            runs.push(LabelRun { label: self.byte()?, length });
        }
        if total != area {
            return Err(error(ImagingMessage::OtherLabelCount { slice, found: total, expected: area }));
        }
        RleMask::from_runs(runs).ok_or_else(|| error(ImagingMessage::RunsNotMerged { slice, runs: count }))
    }

    fn number(&mut self) -> Result<usize, UserError> {
        let mut number = 0;
        for i in 0..NUMBER_BYTES {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << (7 * i);
            if byte < 0x80 {
                return usize::try_from(number).map_err(|_| error(ImagingMessage::NumberTooLarge { number }));
            }
        }
        Err(error(ImagingMessage::NumberTooLong { bytes: NUMBER_BYTES }))
    }

    fn byte(&mut self) -> Result<u8, UserError> {
        let (&byte, rest) = self.rest.split_first().ok_or_else(|| error(ImagingMessage::EndsTooEarly))?;
        self.rest = rest;
        Ok(byte)
    }
}

fn error(reason: ImagingMessage) -> UserError {
    UserError::new(ImagingMessage::SavedCorrections, reason, ImagingMessage::CorrectAgain)
}
