//! DICOM in every form that CT comes in: against files re-encoded by others, and against numbers from pydicom.
//!
//! ../shared/dicom holds one slice in many transfer syntaxes. tests/golden/formats/dicom holds small files and, in
//! expected.json, what pydicom and numpy make of them; make_dicom.py there wrote both.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::DeflateEncoder;
use islet::formats::Importer;
use islet::formats::dicom::{self, DicomFile, DicomSlice};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;

const SYNTAXES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/dicom");

/// The files of ../shared/dicom as syntax and bytes.
fn syntaxes() -> Vec<(String, Vec<u8>)> {
    let folder = fs::read_dir(SYNTAXES).unwrap();
    let mut paths: Vec<PathBuf> = folder.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|e| e == "dcm"));
    paths.sort();
    let uid = |path: &Path| path.file_stem().unwrap().to_str().unwrap().rsplit('-').next().unwrap().to_string();
    paths.iter().map(|path| (uid(path), fs::read(path).unwrap())).collect()
}

fn slices(name: &str, bytes: &[u8]) -> Vec<DicomSlice> {
    match dicom::read(name, bytes) {
        Ok(DicomFile::Slices(slices)) => slices,
        Ok(DicomFile::Other(other)) => panic!("{}", other.refusal),
        Err(refusal) => panic!("{refusal}"),
    }
}

#[test]
#[ignore = "needs ../shared/dicom"]
fn every_transfer_syntax_gives_the_slice_it_was_made_from() {
    let files = syntaxes();
    let (_, bytes) = files.iter().find(|(uid, _)| uid == "reference").unwrap();
    let [reference] = &slices("reference", bytes)[..] else { panic!("one slice expected") };
    // pydicom: the sum of the stored values, whose intercept is -1024.
    assert_eq!(reference.hu.iter().map(|&hu| i64::from(hu)).sum::<i64>(), 19_640_763 - 1024 * 512 * 512);
    assert_eq!(reference.position_mm, Some([-161.399994, -148.800003, 4.7]));
    assert_eq!((reference.spacing_mm, reference.slice_step_mm), (Some([0.675781, 0.675781]), Some(6.5)));
    assert_eq!((reference.about.tube_kv, reference.about.gantry_tilt_deg), (Some(120.0), Some(0.0)));
    let mut found = Vec::new();
    for (uid, bytes) in &files {
        let most_hu_off = match uid.strip_prefix("1.2.840.10008.1.2.4.").unwrap_or_default() {
            retired @ ("53" | "55") => {
                let refusal = dicom::read("retired", bytes).unwrap_err();
                let name = if retired == "53" { "JPEG Spectral Selection" } else { "JPEG Full Progression" };
                assert!(refusal.reason.contains(name) && refusal.reason.contains(&uid[..]), "{refusal}");
                continue;
            }
            "50" => 64,
            "51" => 36,
            "81" => 1,
            "91" => 5,
            _ => 0,
        };
        let start = Instant::now();
        let [slice] = &slices(uid, bytes)[..] else { panic!("one slice expected") };
        let off = slice.hu.iter().zip(&reference.hu).map(|(a, b)| a.abs_diff(*b)).max().unwrap();
        let total: u64 = slice.hu.iter().zip(&reference.hu).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
        println!("{uid}: at most {off} HU off, mean {:.3}, in {:?}", total as f64 / 262_144.0, start.elapsed());
        assert!(off <= most_hu_off, "{uid}: {off} HU off, expected at most {most_hu_off}");
        assert_eq!((slice.dims, slice.position_mm), ([512, 512], reference.position_mm), "{uid}");
        found.push(&uid[..]);
    }
    assert_eq!(found.len(), 14, "{found:?}");
}

const SMALL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/formats/dicom");

/// The small files, and what is expected of each.
fn small() -> Vec<(String, Vec<u8>, Value)> {
    let folder = Path::new(SMALL);
    let expected: Value = serde_json::from_slice(&fs::read(folder.join("expected.json")).unwrap()).unwrap();
    let with_bytes =
        |(name, found): (&String, &Value)| (name.clone(), fs::read(folder.join(name)).unwrap(), found.clone());
    expected.as_object().unwrap().iter().map(with_bytes).collect()
}

#[test]
fn every_way_of_storing_pixels_gives_the_numbers_of_pydicom() {
    let files = small();
    assert!(files.len() > 60);
    for (name, bytes, expected) in &files {
        let Some(frames) = expected["hu"].as_array() else { continue };
        let slices = slices(name, bytes);
        assert_eq!(slices.len(), frames.len(), "{name}");
        let most_off = expected["off"].as_u64().unwrap();
        for (index, (slice, frame)) in slices.iter().zip(frames).enumerate() {
            assert_eq!(slice.dims, [13, 18], "{name}");
            for (at, (&hu, expected)) in slice.hu.iter().zip(frame.as_array().unwrap()).enumerate() {
                let off = (i64::from(hu) - expected.as_i64().unwrap()).unsigned_abs();
                assert!(off <= most_off, "{name}, frame {index}, pixel {at}: {hu} is not {expected}");
            }
            assert_eq!(slice.hu.len(), 13 * 18);
            assert_eq!(slice.rescaled, expected["rescaled"].as_bool().unwrap_or(true), "{name}");
            assert_eq!(slice.position_assumed, expected["assumed"].as_bool().unwrap_or(false), "{name}");
            let position = match &expected["positions"] {
                Value::Null => Some([-10.0, -20.0, 30.0]),
                positions => serde_json::from_value(positions[index].clone()).unwrap(),
            };
            assert_eq!((slice.position_mm, slice.spacing_mm), (position, Some([0.75, 0.5])), "{name}");
            assert_eq!(slice.axes, Some([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]), "{name}");
            assert_eq!(slice.slice_step_mm, Some(expected["step_mm"].as_f64().unwrap_or(2.5)), "{name}");
            if let Some(stacks) = expected["stacks"].as_array() {
                assert_eq!(slice.stack, stacks[index].as_str().unwrap());
            }
        }
    }
}

#[test]
fn a_file_says_what_it_is_and_never_whose() {
    for (name, bytes, expected) in small() {
        let found = match (dicom::read(&name, &bytes), expected["other"].as_str()) {
            (Ok(DicomFile::Slices(slices)), None) => {
                let about = &slices[0].about;
                let is_enhanced = name.starts_with("enhanced");
                if name != "converted.dcm" {
                    let kept = (about.tube_kv, about.gantry_tilt_deg);
                    assert_eq!(
                        kept,
                        if is_enhanced { (Some(100.0), Some(3.0)) } else { (Some(120.0), Some(-5.5)) },
                        "{name}"
                    );
                    assert_eq!((&slices[0].description[..], &slices[0].series_uid[..]), ("Größe", "2.25.3"), "{name}");
                    assert_eq!((about.series_number, about.acquisition_number), (Some(7), Some(2)), "{name}");
                    assert_eq!((&about.modality[..], &about.contrast_agent[..]), ("CT", "Agent"), "{name}");
                    let third = if is_enhanced { "VOLUME" } else { "AXIAL" };
                    assert_eq!(about.image_type[..3], ["ORIGINAL", "PRIMARY", third], "{name}");
                }
                format!("{about:?} {:?} {:?}", slices[0].description, slices[0].series_uid)
            }
            (Ok(DicomFile::Other(other)), Some(why)) => {
                assert!(other.refusal.reason.contains(why), "{name}: {}", other.refusal);
                assert_eq!(
                    (&other.about.modality, &other.description[..]),
                    (&expected["modality"].as_str().unwrap().into(), "Größe")
                );
                format!("{other:?}")
            }
            (found, expected) => panic!("{name}: {found:?}, expected {expected:?}"),
        };
        assert!(!found.contains("Nobody") && !found.contains("ID-OF"), "{name}");
    }
}

#[test]
fn a_multi_frame_file_is_one_series() {
    let series = |name: &str| {
        let mut intake = Importer::new();
        intake.add(name, &fs::read(Path::new(SMALL).join(name)).unwrap());
        intake.finish().series
    };
    // highdicom puts the upper slice first.
    for (name, z_mm) in [("enhanced.dcm", [2.0, 30.0]), ("converted.dcm", [-2.0, 34.0])] {
        let [series] = &series(name)[..] else { panic!("one series expected of {name}") };
        assert_eq!((series.volume.dims, series.notes.len()), ([3, 13, 18], 0), "{name}");
        let affine = [[0.5, 0.0, 0.0, -10.0], [0.0, 0.75, 0.0, -20.0], [0.0, 0.0, z_mm[0], z_mm[1]]];
        assert_eq!(series.volume.geometry.unwrap().affine, affine, "{name}");
    }
    let [first, second] = &series("enhanced_stacks.dcm")[..] else { panic!("two series expected") };
    assert_eq!([first.volume.depth(), second.volume.depth()], [2, 1]);
    let [assumed] = &series("rle_frames.dcm")[..] else { panic!("one series expected") };
    assert_eq!(assumed.volume.geometry.unwrap().spacing_mm(), [2.5, 0.75, 0.5]);
    assert!(assumed.notes[0].contains("no position of their own"), "{:?}", assumed.notes);
}

/// The file with its first `from` replaced.
fn replaced(name: &str, from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut bytes = fs::read(Path::new(SMALL).join(name)).unwrap();
    let at =
        bytes.windows(from.len()).position(|window| window == from).unwrap_or_else(|| panic!("{name}: {from:02x?}"));
    bytes.splice(at..at + from.len(), to.iter().copied());
    bytes
}

#[test]
fn a_coded_image_that_claims_too_much_is_refused_before_it_is_decoded() {
    // Rows and columns as the coders write them, 13 and 18, to 65,535 and 18.
    let (size, huge) = (b"\0\x0D\0\x12", b"\xFF\xFF\0\x12");
    let long = (b"\0\0\0\x12\0\0\0\x0D", b"\x7F\xFF\0\0\0\0\0\x0D");
    // Precincts of a single pixel, in the coding style of a codestream that had none.
    let style = |precincts: &[u8]| {
        [&b"\xFF\x52\0"[..], &[12 + precincts.len() as u8], &[u8::from(!precincts.is_empty())]].concat()
    };
    let rows = |rows: u16| [&b"\x28\0\x10\0US\x02\0"[..], &rows.to_le_bytes()].concat();
    let frames = b"\x28\0\x08\0IS\x02\x003 ";
    for (name, bytes, why) in [
        ("JPEG", replaced("jpeg_twelve_1.dcm", size, huge), "65535 x 18"),
        ("DCT", replaced("jpeg_dct_eight.dcm", size, huge), "65535 x 18"),
        ("JPEG-LS", replaced("jls_twelve.dcm", size, huge), "65535 x 18"),
        ("JPEG 2000", replaced("j2k_twelve.dcm", long.0, long.1), "13 x 2147418112"),
        ("JPEG 2000 precincts", replaced("j2k_twelve.dcm", &style(&[]), &style(&[0, 0, 0])), "coding style"),
        ("RLE", replaced("rle_8.dcm", &rows(13), &rows(14)), "holds 234 bytes, expected 252"),
        ("native", replaced("unsigned_8.dcm", &rows(13), &rows(14)), "need 252 bytes"),
        ("rows", replaced("jls_twelve.dcm", &rows(13), &rows(65_535)), "13 x 18"),
        ("frames", replaced("jls_table.dcm", frames, b"\x28\0\x08\0IS\x04\x009999"), "cannot be told apart"),
        ("frame groups", replaced("enhanced.dcm", frames, b"\x28\0\x08\0IS\x02\x002 "), "attributes for 3"),
    ] {
        let refusal = dicom::read(name, &bytes).unwrap_err();
        assert!(refusal.reason.contains(why), "{refusal}");
    }
    let meta = [&[0; 128], &b"DICM\x02\0\x10\0UI\x16\0"[..], b"1.2.840.10008.1.2.1.99"].concat();
    let mut encoder = DeflateEncoder::new(meta, Compression::best());
    encoder.write_all(&vec![0; 64 << 20]).unwrap();
    let bomb = encoder.finish().unwrap();
    let start = Instant::now();
    assert!(bomb.len() < 100_000 && dicom::read("bomb", &bomb).unwrap_err().reason.contains("inflates to more than"));
    assert!(start.elapsed() < Duration::from_secs(2));
}

#[test]
fn a_coded_image_of_more_pixels_than_its_bytes_can_hold_is_refused() {
    // 4096 x 4096 in the attributes and in the coder's own header alike: 64 MiB of samples. JPEG 2000 has them as SIZ, and
    // a tile as large; columns come first there.
    let large = |name: &str| {
        let mut bytes = replaced(name, b"\x28\0\x10\0US\x02\0\x0D\0", b"\x28\0\x10\0US\x02\0\0\x10");
        let (columns, wider) = (b"\x28\0\x11\0US\x02\0\x12\0", b"\x28\0\x11\0US\x02\0\0\x10");
        let siz = (b"\0\0\0\x12\0\0\0\x0D", b"\0\0\x10\0\0\0\x10\0");
        for (from, to) in
            [(&columns[..], &wider[..]), (b"\0\x0D\0\x12", b"\x10\0\x10\0"), (siz.0, siz.1), (siz.0, siz.1)]
        {
            let at = bytes.windows(from.len()).position(|window| window == from);
            at.into_iter().for_each(|at| bytes[at..at + to.len()].copy_from_slice(to));
        }
        bytes
    };
    for name in ["rle_8.dcm", "jpeg_eight_1.dcm", "jpeg_dct_eight.dcm", "jls_eight.dcm", "j2k_eight.dcm"] {
        let refusal = dicom::read(name, &large(name)).unwrap_err();
        assert!(refusal.reason.contains("coded bytes hold at most"), "{refusal}");
        assert!(refusal.reason.contains("expected 4096 x 4096"), "{refusal}");
    }
}

#[test]
fn thousands_of_mutations_neither_panic_nor_take_long() {
    let mut random = ChaCha8Rng::seed_from_u64(5);
    let mut mutated = |bytes: &[u8]| {
        let mut bytes = bytes.to_vec();
        // Half of the changes go into the pixel data, where the coders' headers are.
        let pixels = bytes.windows(4).rposition(|window| window == [0xE0, 0x7F, 0x10, 0]).unwrap_or(0);
        for _ in 0..random.random_range(1..4) {
            let from = if random.random() { pixels.min(bytes.len() - 1) } else { 0 };
            let to = if random.random() { bytes.len() } else { bytes.len().min(from + 200) };
            let at = random.random_range(from..to);
            match random.random_range(0..5) {
                0 => bytes[at] = 0,
                1 => bytes[at] = 0xFF,
                2 => bytes[at] ^= 1 << random.random_range(0..8),
                3 => bytes.truncate(at.max(1)),
                _ => drop(bytes.drain(at..(at + random.random_range(1..9)).min(bytes.len() - 1).max(at))),
            }
        }
        bytes
    };
    let (mut read, mut refused) = (0, 0);
    let mut check = |name: &str, bytes: &[u8]| {
        let start = Instant::now();
        match dicom::read(name, bytes) {
            Ok(_) => read += 1,
            Err(_) => refused += 1,
        }
        assert!(start.elapsed() < Duration::from_secs(2), "{name} took {:?}", start.elapsed());
    };
    for (name, bytes, _) in small() {
        (0..200).for_each(|_| check(&name, &mutated(&bytes)));
    }
    if fs::exists(SYNTAXES).unwrap() {
        for (uid, bytes) in syntaxes() {
            (0..10).for_each(|_| check(&uid, &mutated(&bytes)));
        }
    }
    println!("{read} read, {refused} refused");
    assert!(read > 1000 && refused > 1000, "{read} read, {refused} refused");
}
