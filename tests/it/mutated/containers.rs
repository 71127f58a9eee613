//! Mutations that know NIfTI's header, headers of text, JSON, pictures, and files inside of files.

use std::io::{Cursor, Read, Write};

use flate2::Crc;
use flate2::write::GzEncoder;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};
use zip::CompressionMethod;
use zip::write::{SimpleFileOptions, ZipWriter};

use super::bytes::{self, EDGES, pick, write_number};

/// Fields of a NIfTI-1 header (nifti1.h): where each begins, the bytes of a number, and how many there are.
const NIFTI_FIELDS: [[usize; 3]; 13] = [
    [0, 4, 1],
    [40, 2, 8],
    [70, 2, 1],
    [72, 2, 1],
    [76, 4, 8],
    [108, 4, 1],
    [112, 4, 2],
    [123, 1, 1],
    [252, 2, 2],
    [256, 4, 6],
    [280, 4, 12],
    [344, 1, 4],
    [348, 4, 1],
];
const FLOATS: [f32; 12] =
    [0.0, -0.0, 1.0, -1.0, 0.1, 1e-30, 1e30, f32::MAX, f32::MIN_POSITIVE, f32::INFINITY, f32::NAN, -1e9];

/// Another number in a header of NIfTI-1.
pub(super) fn nifti(bytes: &mut [u8], random: &mut ChaCha8Rng) {
    let &[at, size, count] = pick(&NIFTI_FIELDS, random);
    let at = at + size * random.random_range(0..count);
    let number = match size {
        4 if random.random() => u64::from(pick(&FLOATS, random).to_bits()),
        _ => *pick(&EDGES, random),
    };
    write_number(bytes, at, size, number, random);
}

/// Another number, line or value in a header of text (NRRD, MetaImage), up to the first line that is none.
pub(super) fn text_header(bytes: &mut Vec<u8>, random: &mut ChaCha8Rng) {
    let end = bytes.windows(2).position(|pair| pair == b"\n\n" || !pair.is_ascii()).unwrap_or(bytes.len());
    let header = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut lines: Vec<String> = header.lines().map(str::to_owned).collect();
    if lines.is_empty() {
        return;
    }
    let at = random.random_range(0..lines.len());
    let other = pick(&lines, random).clone();
    match random.random_range(0..6) {
        0 => drop(lines.remove(at)),
        1 => lines.insert(at, other),
        2 => {
            let (of, to) = (lines[at].split_once([':', '=']), other.split_once([':', '=']));
            if let (Some((key, _)), Some((_, value))) = (of, to) {
                let sign = if lines[at].contains('=') { '=' } else { ':' };
                lines[at] = format!("{key}{sign}{value}");
            }
        }
        3 => lines[at].push_str(&" 1".repeat(random.random_range(1..4))),
        _ => {
            let numbers = ["0", "-1", "nan", "1e308", "4294967296", "18446744073709551615", "", "3", "65536", "0.5"];
            let words: Vec<&str> = lines[at].split(' ').collect();
            let word = random.random_range(0..words.len());
            let changed =
                words.iter().enumerate().map(|(i, old)| if i == word { *pick(&numbers, random) } else { *old });
            lines[at] = changed.collect::<Vec<_>>().join(" ");
        }
    }
    bytes.splice(..end, lines.join("\n").into_bytes());
}

/// Another value somewhere in JSON.
pub(super) fn json(text: &[u8], random: &mut ChaCha8Rng) -> Vec<u8> {
    let Ok(mut root) = serde_json::from_slice::<Value>(text) else { return text.to_vec() };
    let mut at = &mut root;
    for _ in 0..random.random_range(1..7) {
        let count = match at {
            Value::Array(items) => items.len(),
            Value::Object(entries) => entries.len(),
            _ => 0,
        };
        if count == 0 {
            break;
        }
        let next = random.random_range(0..count);
        at = match at {
            Value::Array(items) => &mut items[next],
            Value::Object(entries) => entries.values_mut().nth(next).expect("there are as many"),
            _ => break,
        };
    }
    let deep = (0..200).fold(json!([]), |inner, _| json!([inner]));
    let strange = [
        json!(null),
        json!(true),
        json!(-1),
        json!(0),
        json!(1),
        json!(3),
        json!(255),
        json!(65536),
        json!(4294967296_u64),
        json!(u64::MAX),
        json!(1e308),
        json!(-1e-308),
        json!(0.5),
        json!(""),
        json!("islet"),
        json!([]),
        json!({}),
        json!([1, 1, 1]),
        json!([0, 0, 0]),
        json!([-1, 1e9, 3]),
        json!(vec![4096; 9]),
        json!({ "a": {} }),
        deep,
    ];
    match at {
        Value::Array(items) if random.random() && !items.is_empty() => {
            let copy = pick(items, random).clone();
            items.extend(vec![copy; random.random_range(1..5)]);
        }
        Value::Number(number) if random.random() => {
            let number = number.as_f64().unwrap_or(1.0);
            *at = json!(number * pick(&[-1.0, 0.5, 2.0, 1000.0, 1e9], random));
        }
        _ => *at = pick(&strange, random).clone(),
    }
    root.to_string().into_bytes()
}

/// Another value in the header of a safetensors file, whose length is put right.
pub(super) fn safetensors(bytes: &mut Vec<u8>, random: &mut ChaCha8Rng) {
    let Some(length) = bytes.first_chunk().map(|length| u64::from_le_bytes(*length) as usize) else { return };
    let Some(header) = bytes.get(8..length.saturating_add(8)) else { return };
    let mut root: Value = serde_json::from_slice(header).unwrap_or_default();
    // The passport is JSON in strings of the metadata.
    let passport = root.get_mut("__metadata__").and_then(Value::as_object_mut).filter(|entries| !entries.is_empty());
    let header = match passport {
        Some(entries) if random.random_ratio(2, 3) => {
            let at = random.random_range(0..entries.len());
            let entry = entries.values_mut().nth(at).expect("there are as many");
            let inner = json(entry.as_str().unwrap_or_default().as_bytes(), random);
            *entry = String::from_utf8_lossy(&inner).into_owned().into();
            root.to_string().into_bytes()
        }
        _ => json(header, random),
    };
    bytes.splice(..8 + length, [&(header.len() as u64).to_le_bytes(), &header[..]].concat());
}

/// Sizes of a picture or a frame, from nothing to more than is read.
pub(super) const SIZES: [u16; 9] = [0, 1, 3, 40, 1000, 4096, 8192, 8193, 65535];

/// Another size in every header of a JPEG, JPEG-LS or JPEG 2000 stream (ITU-T T.81 B.2.2, T.87 C.2.2, T.800 A.5.1).
pub(super) fn resize_streams(bytes: &mut [u8], [height, width]: [u16; 2]) {
    for at in 0..bytes.len().saturating_sub(38) {
        match bytes[at..at + 4] {
            [0xFF, 0xC0..=0xC3 | 0xF7, 0, _] => {
                bytes[at + 5..at + 9].copy_from_slice(&[height.to_be_bytes(), width.to_be_bytes()].concat());
            }
            [0xFF, 0x51, 0, _] => {
                let size = [u32::from(width).to_be_bytes(), u32::from(height).to_be_bytes()].concat();
                // The image, and the tile, which is as large.
                bytes[at + 6..at + 14].copy_from_slice(&size);
                bytes[at + 22..at + 30].copy_from_slice(&size);
            }
            _ => (),
        }
    }
}

/// Another size in the header of a PNG, with its checksum.
fn resize_png(bytes: &mut [u8], [height, width]: [u16; 2]) {
    if bytes.len() < 33 {
        return;
    }
    let size = [u32::from(width).to_be_bytes(), u32::from(height).to_be_bytes()].concat();
    bytes[16..24].copy_from_slice(&size);
    let mut crc = Crc::new();
    crc.update(&bytes[12..29]);
    bytes[29..33].copy_from_slice(&crc.sum().to_be_bytes());
}

/// Another field of a PNG's chunk, with its checksum, or bytes after a marker of a JPEG.
pub(super) fn picture(bytes: &mut [u8], random: &mut ChaCha8Rng) {
    let is_png = bytes.starts_with(b"\x89PNG");
    if random.random_ratio(1, 4) {
        let size = [*pick(&SIZES, random), *pick(&SIZES, random)];
        return if is_png { resize_png(bytes, size) } else { resize_streams(bytes, size) };
    }
    if !is_png {
        let markers: Vec<usize> = (2..bytes.len().saturating_sub(16)).filter(|&at| bytes[at] == 0xFF).collect();
        if !markers.is_empty() {
            let at = *pick(&markers, random) + random.random_range(1..14);
            bytes[at] = if random.random() { random.random() } else { *pick(&[0, 1, 0x7F, 0xFF], random) };
        }
        return;
    }
    let mut chunks = Vec::new();
    let mut at = 8;
    while let Some(length) = bytes.get(at..at + 4) {
        let length = u32::from_be_bytes([length[0], length[1], length[2], length[3]]) as usize;
        if at + 12 + length > bytes.len() {
            break;
        }
        chunks.push((at, length));
        at += 12 + length;
    }
    let Some(&(at, length)) = chunks.get(random.random_range(0..chunks.len().max(1))) else { return };
    if length == 0 {
        return;
    }
    let place = at + 8 + random.random_range(0..length);
    match random.random_range(0..3) {
        0 => bytes[place] = random.random(),
        1 => bytes[place] = *pick(&[0, 1, 2, 3, 4, 6, 8, 16, 32, 0xFF], random),
        _ => {
            let edge = *pick(&EDGES, random) as u32;
            if let Some(field) = bytes.get_mut(place..place + 4) {
                field.copy_from_slice(&edge.to_be_bytes());
            }
        }
    }
    let mut crc = Crc::new();
    crc.update(&bytes[at + 4..at + 8 + length]);
    let sum = crc.sum().to_be_bytes();
    bytes[at + 8 + length..at + 12 + length].copy_from_slice(&sum);
}

/// The most bytes of a file inside of another one here.
const MOST_UNPACKED: u64 = 4 << 20;

/// What a gzip holds; `None` if an earlier mutation broke it.
pub(super) fn gunzipped(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut plain = Vec::new();
    flate2::read::GzDecoder::new(bytes).take(MOST_UNPACKED).read_to_end(&mut plain).ok()?;
    Some(plain)
}

pub(crate) fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).expect("memory");
    encoder.finish().expect("memory")
}

/// The files in a zip, their paths and how each is packed; `None` if an earlier mutation broke it.
pub(super) fn unzipped(bytes: &[u8]) -> Option<Vec<(String, Vec<u8>, CompressionMethod)>> {
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).ok().filter(|zip| zip.len() < 100)?;
    let mut files = Vec::new();
    for index in 0..zip.len() {
        let mut entry = zip.by_index(index).ok()?;
        let mut content = Vec::new();
        entry.by_ref().take(MOST_UNPACKED).read_to_end(&mut content).ok()?;
        files.push((entry.name().to_owned(), content, entry.compression()));
    }
    files
        .iter()
        .all(|(_, _, method)| [CompressionMethod::Stored, CompressionMethod::Deflated].contains(method))
        .then_some(files)
}

/// A zip of files.
pub(super) fn zipped(files: &[(String, Vec<u8>, CompressionMethod)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (path, content, method) in files {
        let options = SimpleFileOptions::default().compression_method(*method);
        // Two files of one name, which a mutation may have made, are one.
        if zip.start_file(path.as_str(), options).is_ok() {
            zip.write_all(content).expect("a zip in memory");
        }
    }
    zip.finish().expect("a zip in memory").into_inner()
}

/// A field of a record of a zip, or anything else in it.
pub(super) fn zip_records(bytes: &mut Vec<u8>, other: &[u8], random: &mut ChaCha8Rng) {
    let records: Vec<usize> = (0..bytes.len()).filter(|&at| bytes[at..].starts_with(b"PK")).collect();
    if records.is_empty() || random.random_ratio(1, 3) {
        return bytes::mutate(bytes, other, random);
    }
    let at = *pick(&records, random) + random.random_range(4..46);
    let size = *pick(&[1, 2, 4], random);
    let edge = *pick(&EDGES, random);
    write_number(bytes, at, size, edge, random);
}
