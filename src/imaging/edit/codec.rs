//! The file format of corrections: writing and reading. The bytes come from the storage of a
//! browser, which other programs can change, so every number is checked before it is used.
//!
//! A file begins with `"islet edits 1"`. Numbers in LEB128 follow (seven bits in each byte, lowest
//! first): depth, height, width and the number of slices. For each slice, in ascending order,
//! follow its index, 1 if it is accepted and 0 if not, the number of runs, and for each run its
//! length and its label (one byte).

use std::collections::BTreeMap;

use super::correction::{Acceptance, Correction};
use crate::core::error::UserError;
use crate::core::i18n::messages::ImagingMessage;
use crate::core::run_length::{LabelRun, RleMask};

const MAGIC: &[u8] = b"islet edits 1";
/// The most bytes of a number: 35 bits, more than any series has voxels.
const NUMBER_BYTES: u32 = 5;

/// The bytes of corrections of a series of `dims`, `[depth, height, width]`.
pub(super) fn write(slices: &BTreeMap<usize, Correction>, dims: [usize; 3]) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    dims.into_iter().chain([slices.len()]).for_each(|number| push(&mut bytes, number));
    for (&slice, correction) in slices {
        let runs = correction.labels.as_slice();
        [slice, usize::from(correction.acceptance == Acceptance::Accepted), runs.len()]
            .into_iter()
            .for_each(|n| push(&mut bytes, n));
        for run in runs {
            push(&mut bytes, run.length);
            bytes.push(run.label);
        }
    }
    bytes
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
pub(super) fn read(bytes: &[u8], dims: [usize; 3]) -> Result<BTreeMap<usize, Correction>, UserError> {
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
        let (slice, correction) = reader.correction(next..dims[0], dims[1] * dims[2])?;
        slices.insert(slice, correction);
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
    fn correction(&mut self, allowed: std::ops::Range<usize>, area: usize) -> Result<(usize, Correction), UserError> {
        let slice = self.number()?;
        if !allowed.contains(&slice) {
            return Err(error(ImagingMessage::UnexpectedSlice { slice, expected: format!("{allowed:?}") }));
        }
        let acceptance = match self.byte()? {
            0 => Acceptance::Draft,
            1 => Acceptance::Accepted,
            found => return Err(error(ImagingMessage::UnknownStatus { slice, found })),
        };
        Ok((slice, Correction { labels: self.runs(slice, area)?, acceptance }))
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
