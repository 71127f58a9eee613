//! Attribute values of a file and of its frames, as the few types needed.

use std::io::{BufReader, Cursor};

use dicom_core::{PrimitiveValue, Tag};
use dicom_dictionary_std::{tags, uids};
use dicom_object::{DicomCollector, InMemDicomObject};

use super::data_set::ParsedDataSet;
use crate::core::i18n::messages::DicomMessage;

/// The decoded attributes of a file: its root's, those of its functional groups, shared and frame by frame, and of its segments.
pub(super) struct Headers {
    root: InMemDicomObject,
    shared: InMemDicomObject,
    frames: Vec<InMemDicomObject>,
    segments: Vec<InMemDicomObject>,
}

/// What holds for one frame, or for the file as a whole: what is most particular comes first.
pub(super) struct Attributes<'a>([Option<&'a InMemDicomObject>; 3]);

impl Headers {
    /// Decodes the flat copies that the walk made.
    pub(super) fn decode(parsed: &ParsedDataSet) -> Result<Self, DicomMessage> {
        Ok(Self {
            root: decode(&parsed.root)?,
            shared: decode(&parsed.shared)?,
            frames: parsed.frames.iter().map(|frame| decode(frame)).collect::<Result<_, _>>()?,
            segments: parsed.segments.iter().map(|segment| decode(segment)).collect::<Result<_, _>>()?,
        })
    }

    /// Of how many frames the file has functional groups.
    pub(super) fn grouped_frames(&self) -> usize {
        self.frames.len()
    }

    /// What holds for a frame, counted from 0.
    pub(super) fn frame(&self, index: usize) -> Attributes<'_> {
        Attributes([self.frames.get(index), Some(&self.shared), Some(&self.root)])
    }

    /// What each segment of a segmentation says of itself.
    pub(super) fn segments(&self) -> impl Iterator<Item = Attributes<'_>> {
        self.segments.iter().map(|segment| Attributes([Some(segment), None, None]))
    }
}

fn decode(data_set: &[u8]) -> Result<InMemDicomObject, DicomMessage> {
    let mut object = InMemDicomObject::new_empty();
    DicomCollector::new_with_ts(BufReader::new(Cursor::new(data_set)), uids::IMPLICIT_VR_LITTLE_ENDIAN)
        .read_dataset_to_end(&mut object)
        .map_err(|error| DicomMessage::AttributesUnreadable { error: error.to_string() })?;
    Ok(object)
}

/// A text of a file in the character set that it names in SpecificCharacterSet; `None` if it cannot be read.
pub(super) fn decoded_text(tag: Tag, value: &[u8], character_set: Option<&[u8]>) -> Option<String> {
    let mut data_set = Vec::new();
    let character_set = character_set.map(|value| (tags::SPECIFIC_CHARACTER_SET, value));
    // In ascending order, and of the root: nothing comes before the character set but what has none.
    for (tag, value) in character_set.into_iter().chain([(tag, value)]) {
        data_set.extend([tag.group().to_le_bytes(), tag.element().to_le_bytes()].as_flattened());
        data_set.extend((value.len() as u32).to_le_bytes());
        data_set.extend(value);
    }
    let object = decode(&data_set).ok()?;
    Some(object.get(tag)?.to_str().ok()?.into_owned())
}

impl Attributes<'_> {
    fn first<T>(&self, tag: Tag, read: impl Fn(&dicom_object::mem::InMemElement) -> Option<T>) -> Option<T> {
        self.0.iter().flatten().find_map(|object| read(object.get(tag)?))
    }

    /// Trimmed; several values stay joined by `\`. `None` where empty.
    pub(super) fn text(&self, tag: Tag) -> Option<String> {
        self.first(tag, |element| {
            let text = element.to_str().ok()?;
            let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\0');
            (!text.is_empty()).then(|| text.into())
        })
    }

    /// Whether the frame itself says this, and not the file for all its frames.
    pub(super) fn is_frames_own(&self, tag: Tag) -> bool {
        self.0[0].is_some_and(|frame| frame.get(tag).is_some())
    }

    pub(super) fn whole(&self, tag: Tag) -> Option<i64> {
        self.first(tag, |element| element.to_int().ok())
    }

    pub(super) fn number(&self, tag: Tag) -> Option<f64> {
        self.first(tag, |element| decimals(element)?.first().copied().filter(|n| n.is_finite()))
    }

    /// Exactly `N` numbers, none so large that geometry made of them overflows.
    pub(super) fn numbers<const N: usize>(&self, tag: Tag) -> Option<[f64; N]> {
        self.first(tag, |element| {
            let numbers: [f64; N] = decimals(element)?.try_into().ok()?;
            numbers.iter().all(|n| n.abs() < 1e9).then_some(numbers)
        })
    }

    /// The text of a value that should be numbers and is not.
    pub(super) fn unreadable_numbers(&self, tag: Tag) -> Option<String> {
        let text = self.text(tag)?;
        self.first(tag, decimals).is_none().then_some(text)
    }
}

/// The numbers of an element; none if one of them cannot be read.
///
/// Some writers put the decimal comma of their language into a decimal string (DS), where a comma has no meaning (PS3.5 6.2):
/// a number with one comma and no point is read as if that were the point.
fn decimals(element: &dicom_object::mem::InMemElement) -> Option<Vec<f64>> {
    let text = match element.value().primitive()? {
        PrimitiveValue::Str(text) => text.clone(),
        PrimitiveValue::Strs(parts) => parts.join("\\"),
        _ => return element.to_multi_float64().ok(),
    };
    let number = |part: &str| {
        let part = part.trim_matches(|c: char| c.is_whitespace() || c == '\0');
        match part.matches(',').count() {
            1 if !part.contains('.') => part.replace(',', ".").parse().ok(),
            _ => part.parse().ok(),
        }
    };
    text.split('\\').map(number).collect()
}
