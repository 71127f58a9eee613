//! The bytes of a frame to Hounsfield units: which coding, which bits of a sample count, padding, rescale.

use std::borrow::Cow;

use dicom_dictionary_std::tags;

use super::attributes::Attributes;
use super::codec::{self, FrameLayout};
use super::syntax::Coding;
use crate::core::i18n::messages::DicomMessage;

/// What padding around the reconstructed field becomes: air, at the low end of the CT scale.
const PADDING_HU: i16 = -1024;

/// How pixels are stored (PS3.5 8.1.1).
#[derive(Clone)]
pub(super) struct PixelFormat {
    /// Bytes of a sample, uncompressed: 1, 2 or 4.
    pub(super) bytes: usize,
    big_endian: bool,
    bits_stored: u32,
    high_bit: u32,
    signed: bool,
    /// Stored values from the first to the second are padding (PS3.3 C.7.5.1.1.2).
    padding: Option<[i64; 2]>,
}

impl PixelFormat {
    /// # Errors
    /// Other than 8, 16 or 32 bits allocated; bits outside those.
    pub(super) fn of(attributes: &Attributes, big_endian: bool) -> Result<Self, DicomMessage> {
        let whole = |tag| attributes.whole(tag);
        let allocated = whole(tags::BITS_ALLOCATED).unwrap_or(16);
        let stored = whole(tags::BITS_STORED).unwrap_or(allocated);
        let high = whole(tags::HIGH_BIT).unwrap_or(stored.saturating_sub(1));
        if !matches!(allocated, 8 | 16 | 32)
            || !(1..=allocated).contains(&stored)
            || !(stored - 1..allocated).contains(&high)
        {
            return Err(DicomMessage::OtherBits { allocated, stored, high });
        }
        if allocated == 8 && big_endian {
            return Err(DicomMessage::BigEndianBytes);
        }
        let mut format = Self {
            bytes: (allocated / 8) as usize,
            big_endian,
            bits_stored: stored as u32,
            high_bit: high as u32,
            signed: whole(tags::PIXEL_REPRESENTATION) == Some(1),
            padding: None,
        };
        // Files disagree on whether padding is signed (US or SS); its bits are the same, and so is their reading. A value
        // that pixels of so many bits cannot have is none: its low bits would match pixels of the body.
        let padding = |tag| {
            let value = whole(tag)? as u16;
            Some(format.padding_value(value)).filter(|&stored| stored as u16 == value)
        };
        format.padding = padding(tags::PIXEL_PADDING_VALUE).map(|first| {
            let last = padding(tags::PIXEL_PADDING_RANGE_LIMIT).unwrap_or(first);
            [first.min(last), first.max(last)]
        });
        Ok(format)
    }

    /// The frame's samples in Hounsfield units: `stored * slope + intercept` (PS3.3 C.11.1.1.2), rounded and clamped to i16.
    ///
    /// # Errors
    /// Coded data that is damaged, or of another size than `dims`, `[rows, columns]`.
    pub(super) fn hu(
        &self,
        coding: Coding,
        frame: &[u8],
        dims: [usize; 2],
        [slope, intercept]: [f64; 2],
    ) -> Result<Vec<i16>, String> {
        let layout = FrameLayout { dims, sample_bytes: self.bytes, big_endian: self.big_endian };
        let samples = codec::decode(coding, frame, &layout)?;
        let format = samples.bits.map_or(Cow::Borrowed(self), |bits| Cow::Owned(self.with_coded_bits(bits)));
        let hu = |raw| {
            let stored = format.stored(raw);
            let is_padding = format.padding.is_some_and(|[first, last]| (first..=last).contains(&stored));
            // A cast from float clamps to the range of i16.
            if is_padding { PADDING_HU } else { (stored as f64 * slope + intercept).round() as i16 }
        };
        if self.bytes == 4 {
            return Ok(samples.values.into_iter().map(hu).collect());
        }
        // A table, as there are fewer values of so few bits than pixels in a slice.
        let table: Vec<i16> = (0..1 << (8 * self.bytes)).map(hu).collect();
        let last = table.len() - 1;
        Ok(samples.values.into_iter().map(|raw| table[raw as usize & last]).collect())
    }

    /// The format of a codec's samples, which may have fewer bits than are stored and always begin at bit 0.
    fn with_coded_bits(&self, bits: u32) -> Self {
        let bits_stored = self.bits_stored.min(bits);
        Self { bits_stored, high_bit: bits_stored - 1, ..self.clone() }
    }

    /// The stored value in the bits of a sample, sign extended.
    fn stored(&self, raw: u32) -> i64 {
        let at_top = raw << (31 - self.high_bit);
        let unused = 32 - self.bits_stored;
        if self.signed { i64::from(at_top as i32 >> unused) } else { i64::from(at_top >> unused) }
    }

    /// Padding is written as a value of 16 bits, not in the place of the sample's bits.
    fn padding_value(&self, value: u16) -> i64 {
        let value = if self.signed { i32::from(value as i16) as u32 } else { u32::from(value) };
        self.stored(value << (self.high_bit + 1 - self.bits_stored))
    }
}
