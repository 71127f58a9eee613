//! What the pixels of a segmentation's frames mean, and their decoding to labels.

use std::borrow::Cow;

use dicom_dictionary_std::tags;

use crate::core::i18n::messages::{DicomMessage, Message};
use crate::formats::dicom::attributes::Attributes;
use crate::formats::dicom::codec::{self, FrameLayout};
use crate::formats::dicom::data_set::PixelData;
use crate::formats::dicom::syntax::Coding;

/// Coded frames may have so many pixels, each and all together.
const MOST_CODED_PIXELS: usize = 1 << 24;
const MOST_CODED_IN_ALL: usize = 1 << 29;

/// What the pixels of a segmentation mean (SegmentationType, PS3.3 C.8.20.2.3).
#[derive(Clone, Copy, PartialEq)]
pub(super) enum SegmentationKind {
    /// A frame is of one segment, one bit a pixel.
    Binary,
    /// A frame is of one segment; its values are shares of this one.
    Fractional { most: u32 },
    /// Values are segment numbers, of so many bytes each; `background` is that of no segment.
    LabelMap { bytes: usize, background: u32 },
}

impl SegmentationKind {
    pub(super) fn of(file: &Attributes<'_>) -> Result<Self, DicomMessage> {
        let kind = file.text(tags::SEGMENTATION_TYPE).unwrap_or_default();
        let whole = |tag| file.whole(tag).and_then(|n| u32::try_from(n).ok());
        match (&kind[..], file.whole(tags::BITS_ALLOCATED).unwrap_or(0)) {
            ("BINARY", 1) => Ok(Self::Binary),
            ("FRACTIONAL", 8) => match whole(tags::MAXIMUM_FRACTIONAL_VALUE).unwrap_or(255) {
                0 => Err(DicomMessage::SegNoFraction),
                most => Ok(Self::Fractional { most }),
            },
            ("LABELMAP", bits @ (8 | 16)) => {
                let background = whole(tags::PIXEL_PADDING_VALUE).unwrap_or(0);
                Ok(Self::LabelMap { bytes: bits as usize / 8, background })
            }
            (_, bits) => Err(DicomMessage::SegType { kind, bits }),
        }
    }

    /// Bytes of a pixel, where it has whole ones.
    pub(super) fn sample_bytes(self) -> usize {
        match self {
            Self::Binary | Self::Fractional { .. } => 1,
            Self::LabelMap { bytes, .. } => bytes,
        }
    }
}

/// The frames as the file stores them.
pub(super) struct StoredFrames<'a> {
    pub(super) kind: SegmentationKind,
    layout: FrameLayout,
    pixels: StoredPixels<'a>,
}

enum StoredPixels<'a> {
    /// One bit each, frame after frame without padding, the lowest bit of a byte first (PS3.5 8.1.1).
    Bits(&'a [u8]),
    /// The bytes of each frame.
    Frames(Vec<Cow<'a, [u8]>>, Coding),
}

impl<'a> StoredFrames<'a> {
    /// `count` frames of pixel data.
    ///
    /// # Errors
    /// Bits that are compressed or big endian; another number of bytes than so many frames have; fragments that cannot be told apart.
    pub(super) fn of(
        pixels: &PixelData<'a>,
        coding: Coding,
        layout: FrameLayout,
        kind: SegmentationKind,
        count: usize,
    ) -> Result<Self, DicomMessage> {
        let [rows, columns] = layout.dims;
        let area = rows * columns;
        let pixels = match (kind, pixels) {
            (SegmentationKind::Binary, PixelData::Native(bytes)) if !layout.big_endian => {
                let expected = (area * count).div_ceil(8);
                // What follows is padding, unless it could be another frame.
                if bytes.len() < expected || bytes.len() >= expected + (area / 8).max(2) {
                    return Err(DicomMessage::SegBytes { expected, found: bytes.len() });
                }
                StoredPixels::Bits(bytes)
            }
            (SegmentationKind::Binary, _) => return Err(DicomMessage::SegCoding),
            (_, pixels) => {
                let is_coded = matches!(pixels, PixelData::Fragments { .. });
                if is_coded && (area > MOST_CODED_PIXELS || area.saturating_mul(count) > MOST_CODED_IN_ALL) {
                    return Err(DicomMessage::SegTooLarge { slices: count, rows, columns });
                }
                StoredPixels::Frames(codec::frames::split(pixels, count, layout.dims, layout.sample_bytes)?, coding)
            }
        };
        Ok(Self { kind, layout, pixels })
    }

    /// The labels of a frame's pixels, which is of a segment, or of all of them in a label map; 0 where there is none.
    ///
    /// # Errors
    /// Coded data that is damaged; labels above 255.
    pub(super) fn labels(&self, frame: usize, segment: u8) -> Result<Vec<u8>, Message> {
        let area = self.layout.dims[0] * self.layout.dims[1];
        match &self.pixels {
            StoredPixels::Bits(bytes) => {
                let bit = |at: usize| self.label(u32::from(bytes[at / 8] >> (at % 8) & 1), segment);
                Ok((frame * area..(frame + 1) * area).map(bit).collect::<Result<_, DicomMessage>>()?)
            }
            StoredPixels::Frames(frames, coding) => {
                let (bytes, size) = (&frames[frame], area * self.layout.sample_bytes);
                if *coding == Coding::Native && bytes.len() < size {
                    return Err(DicomMessage::OtherFrameBytes { size, found: bytes.len() }.into());
                }
                let samples = codec::decode(*coding, bytes, &self.layout)?.values.into_iter().take(area);
                Ok(samples.map(|value| self.label(value, segment)).collect::<Result<_, DicomMessage>>()?)
            }
        }
    }

    fn label(&self, value: u32, segment: u8) -> Result<u8, DicomMessage> {
        match self.kind {
            SegmentationKind::Binary => Ok(segment * u8::from(value != 0)),
            SegmentationKind::Fractional { most } => Ok(segment * u8::from(2 * (value & 0xFF) >= most)),
            SegmentationKind::LabelMap { background, .. } if value == background => Ok(0),
            SegmentationKind::LabelMap { .. } => {
                u8::try_from(value).map_err(|_| DicomMessage::SegLabelTooLarge { value })
            }
        }
    }
}
