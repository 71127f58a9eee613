//! Corrections as bytes, and back. Bytes come from a browser's storage, where anything may have happened to them, so every
//! number is checked before it is believed.
//!
//! `"islet edits 1"`, then numbers in LEB128 (seven bits a byte, lowest first): depth, height, width, count of slices, and
//! for each slice, ascending: its index, 1 if accepted else 0, count of runs, and for each run its length and its label (one byte).

use std::collections::BTreeMap;

use super::correction::Correction;
use super::runs::{RleMask, Run};
use crate::core::error::UserError;

const MAGIC: &[u8] = b"islet edits 1";
/// Bytes of the longest number: 35 bits, more than a series has voxels.
const NUMBER_BYTES: u32 = 5;

/// The bytes of corrections of a series of `dims`, `[depth, height, width]`.
pub(super) fn write(slices: &BTreeMap<usize, Correction>, dims: [usize; 3]) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    dims.into_iter().chain([slices.len()]).for_each(|number| push(&mut bytes, number));
    for (&slice, correction) in slices {
        let runs = correction.labels.as_slice();
        [slice, usize::from(correction.accepted), runs.len()].into_iter().for_each(|n| push(&mut bytes, n));
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

/// The corrections in `bytes`, if they are of a series of `dims`.
pub(super) fn read(bytes: &[u8], dims: [usize; 3]) -> Result<BTreeMap<usize, Correction>, UserError> {
    let rest = bytes.strip_prefix(MAGIC).ok_or_else(|| {
        let begins = String::from_utf8_lossy(&bytes[..bytes.len().min(MAGIC.len())]);
        refusal(format!("they begin with {begins:?}; \"islet edits 1\" was expected"))
    })?;
    let mut reader = Reader { rest };
    let found = [reader.number()?, reader.number()?, reader.number()?];
    if found != dims {
        return Err(refusal(format!("they are of a series of {found:?} voxels; this one has {dims:?}")));
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
        left => Err(refusal(format!("{left} bytes follow the last of {count} slices; none were expected"))),
    }
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl Reader<'_> {
    /// The next slice, whose index must be in `allowed`, of `area` pixels.
    fn correction(&mut self, allowed: std::ops::Range<usize>, area: usize) -> Result<(usize, Correction), UserError> {
        let slice = self.number()?;
        if !allowed.contains(&slice) {
            return Err(refusal(format!("slice {slice} was found where one of {allowed:?} was expected")));
        }
        let accepted = match self.byte()? {
            0 => false,
            1 => true,
            other => return Err(refusal(format!("slice {slice} is accepted: {other}; 0 or 1 was expected"))),
        };
        Ok((slice, Correction { labels: self.runs(slice, area)?, accepted }))
    }

    fn runs(&mut self, slice: usize, area: usize) -> Result<RleMask, UserError> {
        let count = self.number()?;
        let mut runs = Vec::new();
        let mut total = 0;
        for _ in 0..count {
            let length = self.number()?;
            // Checked at once: a sum of many lengths could overflow.
            if length > area - total {
                let why = format!("slice {slice} holds more than {total} + {length} labels; {area} were expected");
                return Err(refusal(why));
            }
            total += length;
            runs.push(Run { label: self.byte()?, length });
        }
        if total != area {
            return Err(refusal(format!("slice {slice} holds {total} labels; {area} were expected")));
        }
        let why = || refusal(format!("the {count} runs of slice {slice} are not the fewest possible, as was expected"));
        RleMask::from_runs(runs).ok_or_else(why)
    }

    fn number(&mut self) -> Result<usize, UserError> {
        let mut number = 0;
        for i in 0..NUMBER_BYTES {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << (7 * i);
            if byte < 0x80 {
                return usize::try_from(number).map_err(|_| refusal(format!("the number {number} is beyond any size")));
            }
        }
        Err(refusal(format!("a number has more than {NUMBER_BYTES} bytes")))
    }

    fn byte(&mut self) -> Result<u8, UserError> {
        let (&byte, rest) = self.rest.split_first().ok_or_else(|| refusal("they end too early".into()))?;
        self.rest = rest;
        Ok(byte)
    }
}

fn refusal(why: String) -> UserError {
    UserError::new("The saved corrections", why, "Correct the slices again; the scan and its prediction are untouched")
}
