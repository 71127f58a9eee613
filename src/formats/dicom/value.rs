//! Values as files of ours hold them, and the file around them.

use dicom_core::value::DataSetSequence;
use dicom_core::{DataElement, PrimitiveValue, Tag, VR};
use dicom_dictionary_std::{tags, uids};
use dicom_object::{FileMetaTableBuilder, InMemDicomObject};
use sha2::{Digest, Sha256};

type DicomElement = DataElement<InMemDicomObject>;

pub(super) fn element(tag: Tag, vr: VR, value: PrimitiveValue) -> DicomElement {
    DataElement::new(tag, vr, value)
}

pub(super) fn text(tag: Tag, vr: VR, value: &str) -> DicomElement {
    element(tag, vr, PrimitiveValue::from(value))
}

pub(super) fn short(tag: Tag, value: u16) -> DicomElement {
    element(tag, VR::US, PrimitiveValue::from(value))
}

pub(super) fn decimals(tag: Tag, values: &[f64]) -> DicomElement {
    let values: Vec<String> = values.iter().map(|&value| decimal_string(value)).collect();
    text(tag, VR::DS, &values.join("\\"))
}

/// A sequence of items.
pub(super) fn items(tag: Tag, items: impl IntoIterator<Item = Vec<DicomElement>>) -> DicomElement {
    let items: Vec<InMemDicomObject> = items.into_iter().map(InMemDicomObject::from_element_iter).collect();
    DataElement::new(tag, VR::SQ, DataSetSequence::from(items))
}

/// A sequence of one item that is a code (PS3.3 8.8).
pub(super) fn code(tag: Tag, value: &str, scheme: &str, meaning: &str) -> DicomElement {
    items(tag, [code_item(value, scheme, meaning)])
}

/// A code as the item of a sequence (PS3.3 8.8).
pub(super) fn code_item(value: &str, scheme: &str, meaning: &str) -> Vec<DicomElement> {
    vec![
        text(tags::CODE_VALUE, VR::SH, value),
        text(tags::CODING_SCHEME_DESIGNATOR, VR::SH, scheme),
        text(tags::CODE_MEANING, VR::LO, meaning),
    ]
}

/// The file of a data set that has a SOP class and instance: explicit VR little endian.
pub(super) fn bytes(object: InMemDicomObject) -> Vec<u8> {
    encoded(object, uids::EXPLICIT_VR_LITTLE_ENDIAN)
}

/// The same in implicit VR little endian, where every value may be longer than 64 KiB.
pub(super) fn implicit_bytes(object: InMemDicomObject) -> Vec<u8> {
    encoded(object, uids::IMPLICIT_VR_LITTLE_ENDIAN)
}

fn encoded(object: InMemDicomObject, transfer_syntax: &str) -> Vec<u8> {
    let meta = FileMetaTableBuilder::new().transfer_syntax(transfer_syntax);
    let mut bytes = Vec::new();
    // Cannot fail: the meta group is complete, UTF-8 encodes every text, and memory takes every byte.
    object.with_meta(meta).expect("a complete meta group").write_all(&mut bytes).expect("memory takes every byte");
    bytes
}

/// A UID under 2.25 (PS3.5 B.2) that depends on nothing but `parts`: the first half of their SHA-256.
pub(super) fn uid(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    let number = hash.finalize().iter().take(16).fold(0u128, |number, &byte| number << 8 | u128::from(byte));
    format!("2.25.{number}")
}

/// At most 64 characters, without the separator and control characters (LO, PS3.5 6.2).
pub(super) fn long_string(text: &str) -> String {
    text.chars().filter(|c| *c != '\\' && !c.is_control()).take(64).collect()
}

/// The most exact decimal in at most 16 characters (DS, PS3.5 6.2).
fn decimal_string(value: f64) -> String {
    let exact = value.to_string();
    if exact.len() <= 16 {
        return exact;
    }
    let rounded = (0..=14).rev().map(|decimals| format!("{value:.decimals$}")).find(|text| text.len() <= 16);
    rounded.unwrap_or_else(|| format!("{value:.8e}"))
}
