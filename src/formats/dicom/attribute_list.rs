//! The attributes of a file as a list for people to read: tag, keyword, representation and value (PS3.6).
//!
//! A reader keeps the beginnings of all values for this, and nothing else depends on it. It is shown and never written.

use std::sync::Arc;

use dicom_core::header::VR;
use dicom_core::{DataDictionary, Tag};
use dicom_dictionary_std::{StandardDataDictionary, tags};
use serde::{Deserialize, Serialize};

use super::attributes;
use super::parse::{DataSet, Outline, OutlineElement};

/// The attributes of a file, up to its pixel data.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AttributeList(Arc<Outline>);

/// An attribute, for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttributeRow {
    /// The number of sequences that it is in.
    pub depth: u8,
    /// Group and element in hexadecimal, such as `(0008,0060)`.
    pub tag: String,
    /// Its keyword; empty for private attributes.
    pub keyword: String,
    /// Its value representation.
    pub vr: String,
    /// Its value.
    pub value: AttributeText,
}

/// The value of an attribute, for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AttributeText {
    /// As a text; several values are joined by `\`.
    Text(String),
    /// The beginning of a long text.
    Beginning(String),
    /// Bytes that are no text.
    Bytes(u32),
    /// Further attributes, which follow.
    Attributes,
}

impl AttributeText {
    /// Its text; empty if it is none.
    pub fn text(&self) -> &str {
        match self {
            Self::Text(text) | Self::Beginning(text) => text,
            Self::Bytes(_) | Self::Attributes => "",
        }
    }
}

impl AttributeList {
    /// The attributes of a data set.
    pub(super) fn of(data_set: &DataSet<'_>) -> Self {
        Self(Arc::new(data_set.outline()))
    }

    /// The number of attributes that are not in [`rows`](Self::rows), because there are too many.
    pub fn left_out(&self) -> usize {
        self.0.left_out
    }

    /// Every attribute, in the order of the file.
    pub fn rows(&self) -> Vec<AttributeRow> {
        let mut character_set = None;
        let mut rows = Vec::with_capacity(self.0.elements.len());
        for element in &self.0.elements {
            if element.tag == tags::SPECIFIC_CHARACTER_SET {
                character_set = Some(element);
            }
            rows.push(row(element, character_set));
        }
        rows
    }
}

fn row(element: &OutlineElement, character_set: Option<&OutlineElement>) -> AttributeRow {
    let tag = element.tag;
    let known = StandardDataDictionary.by_tag(tag).map(|entry| entry.alias).unwrap_or_default();
    // An item is no attribute, but it has a name: PS3.5 7.5.
    let keyword = if tag == Tag(0xFFFE, 0xE000) { "Item" } else { known };
    AttributeRow {
        depth: element.depth,
        tag: format!("({:04X},{:04X})", tag.group(), tag.element()),
        keyword: keyword.into(),
        vr: element.vr.to_string().into(),
        value: text(element, character_set),
    }
}

/// The value of an element as a text.
fn text(element: &OutlineElement, character_set: Option<&OutlineElement>) -> AttributeText {
    let (bytes, length) = (&element.value[..], element.length.unwrap_or(u32::MAX));
    let joined = |values: Vec<String>| values.join("\\");
    let text = match element.vr {
        VR::SQ => return AttributeText::Attributes,
        VR::US => joined(values(bytes, u16::from_le_bytes)),
        VR::SS => joined(values(bytes, i16::from_le_bytes)),
        VR::UL => joined(values(bytes, u32::from_le_bytes)),
        VR::SL => joined(values(bytes, i32::from_le_bytes)),
        VR::UV => joined(values(bytes, u64::from_le_bytes)),
        VR::SV => joined(values(bytes, i64::from_le_bytes)),
        VR::FL => joined(values(bytes, f32::from_le_bytes)),
        VR::FD => joined(values(bytes, f64::from_le_bytes)),
        VR::AT => joined(values(bytes, |pair: [u8; 4]| {
            let [group, element] = [0, 2].map(|at| u16::from_le_bytes([pair[at], pair[at + 1]]));
            format!("({group:04X},{element:04X})")
        })),
        VR::OB | VR::OW | VR::OF | VR::OD | VR::OL | VR::OV => return AttributeText::Bytes(length),
        VR::UN if !bytes.iter().all(|byte| matches!(byte, 0 | b' '..=b'~')) => return AttributeText::Bytes(length),
        _ => decoded(element, character_set),
    };
    if length as usize > bytes.len() { AttributeText::Beginning(text) } else { AttributeText::Text(text) }
}

/// The numbers of `N` bytes each.
fn values<const N: usize, T: ToString>(bytes: &[u8], read: impl Fn([u8; N]) -> T) -> Vec<String> {
    bytes.chunks_exact(N).filter_map(|number| Some(read(number.try_into().ok()?).to_string())).collect()
}

/// A text in the character set of its file.
fn decoded(element: &OutlineElement, character_set: Option<&OutlineElement>) -> String {
    let bytes = &element.value[..];
    let text = match bytes.is_ascii() && !bytes.contains(&0x1B) {
        true => String::from_utf8_lossy(bytes).into_owned(),
        false => attributes::decoded_text(element.tag, bytes, character_set.map(|element| &element.value[..]))
            .unwrap_or_else(|| String::from_utf8_lossy(bytes).into_owned()),
    };
    text.trim_matches(|c: char| c.is_whitespace() || c == '\0').replace(|c: char| c.is_control(), " ")
}
