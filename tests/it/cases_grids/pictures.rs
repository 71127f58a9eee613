//! Kinds of pictures, and what zips and folders hold besides images.

use image::{DynamicImage, GrayImage, ImageBuffer, ImageFormat, Luma};

use super::*;

fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// A JPEG with an EXIF orientation, after its first two bytes.
fn with_orientation(jpeg: &[u8], orientation: u8) -> Vec<u8> {
    let exif =
        [b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".as_slice(), &[orientation], &[0; 6]].concat();
    let length = (exif.len() as u16 + 2).to_be_bytes();
    [&jpeg[..2], b"\xFF\xE1", &length, &exif, &jpeg[2..]].concat()
}

#[test]
fn pictures_are_turned_as_their_exif_says() {
    // Bright at the top left, in squares that JPEG keeps apart.
    let picture = GrayImage::from_fn(32, 16, |x, y| Luma([if x < 8 && y < 8 { 255 } else { 0 }]));
    let jpeg = encoded(&DynamicImage::ImageLuma8(picture), ImageFormat::Jpeg);
    // Where the bright corner is, as EXIF 2.3 defines the eight orientations: from the left, from
    // the top.
    for (orientation, dims, corner) in [
        (1, [1, 16, 32], [0, 0]),
        (2, [1, 16, 32], [1, 0]),
        (3, [1, 16, 32], [1, 1]),
        (4, [1, 16, 32], [0, 1]),
        (5, [1, 32, 16], [0, 0]),
        (6, [1, 32, 16], [1, 0]),
        (7, [1, 32, 16], [1, 1]),
        (8, [1, 32, 16], [0, 1]),
    ] {
        let found = series([("slice.jpg", &with_orientation(&jpeg, orientation)[..])]);
        assert_eq!(found.volume.dims, dims, "{orientation}");
        let [_, height, width] = dims;
        let (x, y) = (corner[0] * (width - 1), corner[1] * (height - 1));
        assert!(found.volume.hu[y * width + x] > 200, "{orientation}");
        assert_eq!(found.notes.len(), if orientation == 1 { 1 } else { 2 }, "{:?}", found.notes);
    }
    assert_eq!(series([("slice.jpg", &with_orientation(&jpeg, 77)[..])]).volume.dims, [1, 16, 32], "no orientation");
}

#[test]
fn pictures_of_16_bits_are_deeplesions_or_noted() {
    let deep = |grey: fn(u32, u32) -> u16| {
        let picture = ImageBuffer::from_fn(4, 3, |x, y| Luma([grey(x, y)]));
        series([("slice.png", &encoded(&DynamicImage::ImageLuma16(picture), ImageFormat::Png)[..])])
    };
    let offset = deep(|x, y| (32768 - 1024 + 300 * x as i32 + y as i32) as u16);
    assert!(offset.volume.calibrated && offset.volume.geometry.is_none());
    assert_eq!(offset.volume.hu[..5], [-1024, -724, -424, -124, -1023]);
    assert!(offset.notes.len() == 1 && offset.notes[0].contains("DeepLesion"), "{:?}", offset.notes);
    // HU + 1024, and a window over all 16 bits.
    for other in [deep(|x, y| (300 * x + y) as u16), deep(|x, _| (x * 21_845) as u16)] {
        assert!(!other.volume.calibrated);
        assert!(other.notes[0].contains("16 bits are not an 8-bit window"), "{:?}", other.notes);
    }
}

/// Found by `mutated`: 64 million pixels were made room for on the word of a file of a few hundred bytes.
#[test]
fn a_picture_that_declares_more_than_it_can_hold_is_refused_before_it_is_decoded() {
    let colour = DynamicImage::ImageRgb8(ImageBuffer::from_fn(40, 30, |x, y| image::Rgb([x as u8, y as u8, 7])));
    let mut png = encoded(&colour, ImageFormat::Png);
    png[16..24].copy_from_slice(&[0, 0, 0x20, 0, 0, 0, 0x20, 0]);
    let mut crc = flate2::Crc::new();
    crc.update(&png[12..29]);
    png[29..33].copy_from_slice(&crc.sum().to_be_bytes());
    let mut jpeg = encoded(&colour, ImageFormat::Jpeg);
    let frame = jpeg.windows(2).position(|pair| pair == [0xFF, 0xC0]).unwrap();
    jpeg[frame + 5..frame + 9].copy_from_slice(&[0x20, 0, 0x20, 0]);
    for picture in [png, jpeg] {
        let mut importer = Importer::new();
        importer.add("picture", &picture);
        let refusal = importer.finish().refusal().unwrap();
        assert!(refusal.reason.contains("8192 x 8192 pixels, more than its"), "{refusal}");
    }
    // As far as black goes.
    for format in [ImageFormat::Png, ImageFormat::Jpeg] {
        let black = encoded(&DynamicImage::ImageLuma8(GrayImage::new(3000, 3000)), format);
        assert_eq!(series([("black", &black[..])]).volume.dims, [1, 3000, 3000], "{} bytes", black.len());
    }
}

#[test]
fn a_zip_with_a_leading_slash_is_read_and_one_that_leads_out_is_not() {
    let scan = nifti_1();
    for path in ["/study/scan.nii", "//study/scan.nii", "\\study\\scan.nii", "./study/scan.nii"] {
        let found = series([("study.zip", &zipped(&[(path, &scan)])[..])]);
        assert_drawn(&found);
        assert_eq!(found.files, ["study.zip/study/scan.nii"]);
    }
    for path in ["../scan.nii", "/../scan.nii", "C:/scan.nii", "/C:/scan.nii"] {
        let said = refusal([("study.zip", &zipped(&[(path, &scan)])[..])]);
        assert!(said.contains("leads out"), "{path}: {said}");
    }
}

#[test]
fn placeholders_of_slices_are_named_and_those_of_notes_are_not() {
    let scan = nifti_1();
    let pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n";
    let link = b"../.git/annex/objects/aa/bb/SHA256E-s9--00.dcm";
    let files = [
        ("scan.nii", &scan[..]),
        ("more.nii.gz", pointer),
        ("021.dcm", link),
        ("notes.json", link),
        ("LICENSE", b"MIT"),
    ];
    let contents = take_in(files);
    assert_eq!(contents.series.len(), 1);
    let [refusal] = &contents.refused[..] else { panic!("{:?}", contents.refused) };
    assert!(refusal.subject == "more.nii.gz and 1 more" && refusal.reason.contains("placeholder"), "{refusal}");
}
