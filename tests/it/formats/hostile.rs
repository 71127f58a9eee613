//! Files that are no CT slice, lie about themselves, are cut or damaged: refused quickly and by name,
//! and never a panic.

use super::*;

/// A DICOM file, explicit or implicit VR little endian, with the given data set.
fn dicom_file(explicit: bool, data_set: &[u8]) -> Vec<u8> {
    let uid: &[u8] = if explicit { b"1.2.840.10008.1.2.1\0" } else { b"1.2.840.10008.1.2\0" };
    let meta = [b"\x02\x00\x10\x00UI", &(uid.len() as u16).to_le_bytes()[..], uid].concat();
    [&[0; 128], &b"DICM"[..], &meta, data_set].concat()
}

#[test]
fn hostile_files_are_refused_quickly() {
    let image = nifti::write_volume(&volume(Some(Geometry::with_spacing_mm([1.0; 3]))));
    let plain = gunzipped(&image);
    let with = |at: usize, field: &[u8]| {
        let mut bytes = plain.clone();
        bytes[at..at + field.len()].copy_from_slice(field);
        bytes
    };
    let huge = 32767_i16.to_le_bytes().repeat(3);
    let half_a_gigabyte = &with(42, &[0, 4, 0, 4, 0, 1])[..352];
    let nested = |opening: &[u8]| opening.repeat(100_000);
    let files = [
        ("4 GiB element", dicom_file(true, b"\x08\x00\x05\x00OB\0\0\xFE\xFF\xFF\xFF")),
        ("4 GiB in the meta group", [&[0; 128], &b"DICM\x02\x00\x01\x00OB\0\0\xFE\xFF\xFF\xFF"[..]].concat()),
        (
            "nested implicit",
            dicom_file(false, &nested(b"\x08\0\x40\x11\xFF\xFF\xFF\xFF\xFE\xFF\0\xE0\xFF\xFF\xFF\xFF")),
        ),
        (
            "nested explicit",
            dicom_file(true, &nested(b"\x08\0\x40\x11SQ\0\0\xFF\xFF\xFF\xFF\xFE\xFF\0\xE0\xFF\xFF\xFF\xFF")),
        ),
        ("empty elements", dicom_file(false, &b"\x08\0\x05\0\0\0\0\0".repeat(1_000_000))),
        ("stray delimiter", dicom_file(false, b"\xFE\xFF\xDD\xE0\0\0\0\0")),
        ("unknown representation", dicom_file(true, b"\x08\0\x05\0??\0\0")),
        ("huge grid", with(42, &huge)),
        ("huge grid, gzipped", gzipped(&with(42, &huge))),
        ("negative grid", with(42, &(-5_i16).to_le_bytes())),
        ("empty grid", with(42, &[0, 0])),
        ("negative rank", with(40, &(-3_i16).to_le_bytes())),
        ("offset beyond the end", with(108, &1e9_f32.to_le_bytes())),
        ("negative offset", with(108, &(-1.0_f32).to_le_bytes())),
        ("no number as offset", with(108, &f32::NAN.to_le_bytes())),
        ("gzip that goes on", gzipped(&[&plain[..], &vec![0; 64 << 20]].concat())),
        ("gzip bomb with a small grid", gzipped(&[&plain[..352], &vec![0; 64 << 20]].concat())),
        ("gzip bomb without a header", gzipped(&vec![0; 64 << 20])),
        ("gzip with a broken checksum", [&image[..image.len() - 8], &[1, 2, 3, 4, 5, 6, 7, 8]].concat()),
        ("gzip of fewer voxels", gzipped(&[half_a_gigabyte, &vec![0; 64 << 20]].concat())),
        ("gzip of few voxels, padded", [gzipped(half_a_gigabyte), vec![0; 1 << 20]].concat()),
        ("picture of nothing", b"\x89PNG\r\n\x1A\n".to_vec()),
        ("nothing", vec![]),
    ];
    for (name, bytes) in &files {
        let start = Instant::now();
        let contents = take_in([(*name, &bytes[..])]);
        assert!(contents.series.is_empty() && contents.refusal().is_some(), "{name}: {:?}", contents.refused);
        assert!(start.elapsed() < Duration::from_secs(5), "{name}: {:?}", start.elapsed());
    }
}

#[test]
fn no_cut_or_broken_byte_panics() {
    let geometry = Some(Geometry::with_spacing_mm([1.0; 3]));
    let (_, slice) = dicom::write_series(&volume(geometry), "P", "D").remove(0);
    let golden = include_bytes!("../../golden/formats/twelve_bits.dcm").to_vec();
    let scan = nifti::write_volume(&volume(geometry));
    let plain = gunzipped(&scan);
    let mut png = Cursor::new(Vec::new());
    image::GrayImage::new(40, 40).write_to(&mut png, image::ImageFormat::Png).unwrap();
    for file in [slice, golden, scan, plain, png.into_inner()] {
        assert_eq!(take_in([("whole", &file[..])]).series.len(), 1);
        // A PNG is whole without the last bytes, a checksum of nothing.
        for end in (0..file.len()).step_by(97).chain([file.len() - 13]) {
            assert!(take_in([("cut", &file[..end])]).series.is_empty(), "cut at {end}: {:02x?}", &file[..4]);
        }
        for at in 0..file.len() {
            for value in [0x00, 0xFF] {
                let mut broken = file.clone();
                broken[at] = value;
                take_in([("broken", &broken[..])]);
                let _ = nifti::read_mask("broken", &broken);
            }
        }
    }
}

#[test]
fn what_is_no_ct_slice_is_not_opened() {
    let written = volume(Some(Geometry::with_spacing_mm([1.0; 3])));
    let (_, bytes) = dicom::write_series(&written, "P", "D").remove(0);
    let replaced = |from: &[u8], to: &[u8]| {
        let at = bytes.windows(from.len()).position(|window| window == from).unwrap();
        let mut bytes = bytes.clone();
        bytes[at..at + to.len()].copy_from_slice(to);
        read_slice("slice", &bytes).unwrap_err().reason
    };
    assert_eq!(replaced(b"CS\x02\0CT", b"CS\x02\0MR"), "its modality is MR, expected CT");
    assert!(replaced(b"PRIMARY\\AXIAL", b"LOCALIZER\\AXI").contains("localizer"));
    assert!(replaced(b"MONOCHROME2", b"YBR_FULL   ").contains("YBR_FULL"));
    assert_eq!(
        replaced(b"\x28\0\x10\0US\x02\0\x03", b"\x28\0\x10\0US\x02\0\x04"),
        "4 x 4 pixels need 32 bytes, its pixel data has 24"
    );
    assert!(replaced(b"\x28\0\x01\x01US\x02\0\x10", b"\x28\0\x01\x01US\x02\0\x11").contains("17 stored"));
}
