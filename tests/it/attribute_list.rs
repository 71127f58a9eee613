//! The attributes of a file as people read them, held to what pydicom reads (tests/golden/formats/make_attributes.py).

use std::fs;
use std::path::Path;

use islet::formats::dicom::{self, AttributeList, AttributeText, DicomFile};
use serde_json::Value;

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/formats"))
}

fn header(name: &str, bytes: &[u8]) -> AttributeList {
    match dicom::read(name, bytes).unwrap() {
        DicomFile::Slices(slices) => slices[0].header.clone(),
        DicomFile::Other(other) => panic!("{name}: {:?}", other.refusal),
    }
}

#[test]
fn every_attribute_is_what_pydicom_reads_in_every_encoding() {
    let expected: Value = serde_json::from_slice(&fs::read(folder().join("attributes.json")).unwrap()).unwrap();
    let files = expected.as_object().unwrap();
    assert!(files.len() >= 7);
    for (name, rows) in files {
        let header = header(name, &fs::read(folder().join("dicom").join(name)).unwrap());
        let mut found = header.rows();
        let pixels = found.pop().unwrap();
        assert_eq!(pixels.keyword, "PixelData", "{name}");
        let found: Vec<Value> = found
            .iter()
            .map(|row| serde_json::json!([row.depth, row.tag, row.keyword, row.vr, row.value.text()]))
            .collect();
        assert_eq!(found, *rows.as_array().unwrap(), "{name}");
        assert_eq!(header.left_out(), 0, "{name}");
    }
}

/// An element in explicit little endian with a short length.
fn element(group: u16, element: u16, vr: &str, value: &[u8]) -> Vec<u8> {
    let head = [group.to_le_bytes(), element.to_le_bytes()].concat();
    [&head[..], vr.as_bytes(), &(value.len() as u16).to_le_bytes(), value].concat()
}

#[test]
fn long_values_are_cut_texts_are_decoded_and_many_elements_are_counted() {
    let bytes = fs::read(folder().join("dicom/unsigned_12.dcm")).unwrap();
    // Everything up to PatientName's group, in Latin-1 from here on.
    let at = bytes.windows(8).position(|window| window == b"\x08\x00\x05\x00CS\x0a\x00").unwrap();
    let mut edited = [&bytes[..at], &element(8, 5, "CS", b"ISO_IR 100")].concat();
    edited.extend(&bytes[at + 18..]);
    let at = edited.windows(4).position(|window| window == b"\x28\x00\x02\x00").unwrap();
    let mut added = element(0x0021, 0x0010, "LO", b"M\xfcller");
    added.extend(element(0x0021, 0x1001, "LT", &[b'a'; 1000]));
    added.extend(element(0x0021, 0x1002, "UN", b"").iter().take(6));
    added.extend([&[0; 2][..], &4u32.to_le_bytes(), &[0xFF; 4]].concat());
    (0..300).for_each(|at| added.extend(element(0x0023, 0x1000 + at, "LT", &[b'b'; 250])));
    edited.splice(at..at, added);
    let header = header("edited", &edited);
    let rows = header.rows();
    let value = |tag: &str| rows.iter().find(|row| row.tag == tag).map(|row| row.value.clone());
    assert_eq!(value("(0021,0010)"), Some(AttributeText::Text("Müller".into())));
    assert_eq!(value("(0021,1001)"), Some(AttributeText::Beginning("a".repeat(256))));
    assert_eq!(value("(0021,1002)"), Some(AttributeText::Bytes(4)));
    let bytes: usize = rows.iter().map(|row| row.value.text().len()).sum();
    assert!(bytes <= 32 << 10, "{bytes}");
    // 300 values of 250 bytes are 75 kB, of which 32 KiB are kept.
    assert!((160..190).contains(&header.left_out()), "{}", header.left_out());
}
