//! Files to values and back: against real data, against numbers from pydicom and nibabel, and against hostile files.
//!
//! Golden numbers over ../shared/ct82 were taken with pydicom 3.0.2 and nibabel 5; those over tests/golden/formats are
//! printed by the script there.

mod hostile;

use std::fs;
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use flate2::read::GzDecoder;
use islet::core::error::UserError;
use islet::core::mask::Mask;
use islet::core::volume::{Geometry, Volume};
use islet::formats::{Contents, Importer, Series, dicom, nifti, raster};

pub(crate) use crate::mutated::gzipped;

const CT82: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/ct82");

/// The one slice of a DICOM file.
fn read_slice(name: &str, bytes: &[u8]) -> Result<dicom::DicomSlice, UserError> {
    match dicom::read(name, bytes)? {
        dicom::DicomFile::Slices(mut slices) if slices.len() == 1 => Ok(slices.remove(0)),
        dicom::DicomFile::Slices(slices) => panic!("{} slices, expected one", slices.len()),
        dicom::DicomFile::Other(other) => Err(other.refusal),
    }
}

fn dicom_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(dicom_files(&path));
        } else if path.extension().is_some_and(|e| e == "dcm") {
            files.push(path);
        }
    }
    files
}

fn take_in<'a>(files: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Contents {
    let mut intake = Importer::new();
    for (name, bytes) in files {
        intake.add(name, bytes);
    }
    intake.finish()
}

/// The one series that slices make.
fn one(slices: Vec<dicom::DicomSlice>) -> Series {
    let mut series = dicom::assemble(slices).unwrap();
    assert_eq!(series.len(), 1);
    series.remove(0)
}

fn ct82_case(root: &Path, case: &str) -> Contents {
    let mut intake = Importer::new();
    for path in dicom_files(&root.join("Pancreas-CT").join(format!("PANCREAS_{case}"))) {
        intake.add(path.to_str().unwrap(), &fs::read(&path).unwrap());
    }
    intake.finish()
}

fn assert_close(found: &Geometry, expected: [[f64; 4]; 3]) {
    for (found, expected) in found.affine.as_flattened().iter().zip(expected.as_flattened()) {
        assert!((found - expected).abs() < 1e-5, "{found} is not {expected}");
    }
}

/// A small volume with values that differ everywhere, on the given grid.
fn volume(geometry: Option<Geometry>) -> Volume {
    let dims = [5, 3, 4];
    let hu = (0..60).map(|i| 37 * i - 1024).collect();
    Volume { hu, dims, geometry, calibrated: true }
}

pub(crate) fn gunzipped(bytes: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    GzDecoder::new(bytes).read_to_end(&mut plain).unwrap();
    plain
}

#[test]
#[ignore = "needs ../shared/ct82"]
fn ct82_0001_and_its_label_share_a_grid() {
    let root = Path::new(CT82);
    let contents = ct82_case(root, "0001");
    assert!(contents.refused.is_empty());
    let [series] = &contents.series[..] else { panic!("one series expected") };
    assert_eq!(series.name, "Pancreas");
    assert!(series.notes.is_empty(), "{:?}", series.notes);
    let volume = &series.volume;
    assert_eq!(volume.dims, [240, 512, 512]);
    // Files are named by InstanceNumber, and so sorted as their positions along the normal are.
    let numbers: Vec<&str> = series.files.iter().map(|file| &file[file.len() - 7..file.len() - 4]).collect();
    assert!(numbers.is_sorted() && numbers[0] == "001" && numbers[239] == "240");
    // pydicom: extremes, sum and single voxels as [z, y, x].
    assert_eq!((volume.hu.iter().min(), volume.hu.iter().max()), (Some(&-1024), Some(&2421)));
    assert_eq!(volume.hu.iter().map(|&hu| i64::from(hu)).sum::<i64>(), -43_017_639_384);
    for ([z, y, x], hu) in [([100, 256, 256], 33), ([120, 300, 200], 12), ([150, 200, 330], -59), ([50, 350, 300], -57)]
    {
        assert_eq!(volume.slice(z).hu[y * 512 + x], hu);
    }
    let geometry = volume.geometry.unwrap();
    assert_eq!(geometry.spacing_mm(), [1.0, 0.859375, 0.859375]);
    let affine = [[0.859375, 0.0, 0.0, 0.0], [0.0, -0.859375, 0.0, 0.0], [0.0, 0.0, -1.0, 0.0]];
    assert_eq!(geometry.affine, affine);

    let label = fs::read(root.join("TCIA_pancreas_labels-02-05-2017/label0001.nii.gz")).unwrap();
    let (mask, label_geometry) = nifti::read_mask("label0001.nii.gz", &label).unwrap();
    assert_eq!(mask.dims, volume.dims);
    assert_close(&label_geometry, affine);
    assert_eq!(mask.count(), 78_329);
    assert_eq!(format!("{:.1}", mask.volume_ml(&label_geometry)), "57.8");
    // nibabel: the label's first voxel in [z, y, x] order.
    assert_eq!(mask.labels.iter().position(|&l| l != 0), Some((99 * 512 + 235) * 512 + 319));
}

#[test]
#[ignore = "needs ../shared/ct82"]
fn ct82_0002_has_the_range_that_pydicom_reads() {
    let root = Path::new(CT82);
    let contents = ct82_case(root, "0002");
    let volume = &contents.series[0].volume;
    assert_eq!(volume.dims, [195, 512, 512]);
    assert_eq!((volume.hu.iter().min(), volume.hu.iter().max()), (Some(&-1024), Some(&1253)));
    assert_eq!(volume.hu.iter().map(|&hu| i64::from(hu)).sum::<i64>(), -30_520_801_853);
    let label = fs::read(root.join("TCIA_pancreas_labels-02-05-2017/label0002.nii.gz")).unwrap();
    assert_eq!(nifti::read_mask("label0002.nii.gz", &label).unwrap().0.count(), 110_797);
}

#[test]
fn stored_bits_padding_and_text_are_decoded_as_pydicom_does() {
    let bytes = include_bytes!("../golden/formats/twelve_bits.dcm");
    let slice = read_slice("twelve_bits.dcm", bytes).unwrap();
    // Stored values -2000 (padding), -3, 0, 1, 2047, -2048; slope 0.5, intercept -100.
    assert_eq!(slice.hu, [-1024, -102, -100, -100, 924, -1124]);
    assert_eq!(slice.dims, [2, 3]);
    assert_eq!(slice.description, "Bauch venös");
    let series = one(vec![slice]);
    // Row direction by column spacing, column direction by row spacing, normal by SliceThickness, position.
    let affine = [[0.2, -0.3, 0.0, -10.5], [0.15, 0.4, 0.0, 3.0], [0.0, 0.0, 3.0, 7.0]];
    assert_close(&series.volume.geometry.unwrap(), affine);

    // The same without preamble and meta group.
    let start = bytes.windows(4).position(|tag| tag == [0x08, 0x00, 0x05, 0x00]).unwrap();
    assert_eq!(take_in([("bare", &bytes[start..])]).series[0].volume.hu, series.volume.hu);
}

#[test]
fn a_written_series_reads_back_equal_whatever_the_order_of_its_files() {
    let tilted = [[0.7, 0.0, 0.0, -10.0], [0.0, 0.8, 0.5, 20.25], [0.0, 0.0, 2.5, -300.0]];
    let (cos, sin) = (0.3_f64.cos(), 0.3_f64.sin());
    let oblique = [[0.7 * cos, -0.8 * sin, 0.0, 1.0], [0.7 * sin, 0.8 * cos, 0.0, 2.0], [0.0, 0.0, 1.0, 3.0]];
    // Numbered from the top, as most scanners do: against the normal, and still the first file is the first slice.
    let downwards = [[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, -2.0, 0.0]];
    for affine in [tilted, oblique, downwards] {
        let written = volume(Some(Geometry { affine }));
        let mut files = dicom::write_series(&written, "PHANTOM_0001", "Phäntom");
        assert_eq!(files[4].0, "1-005.dcm");
        files.reverse();
        let contents = take_in(files.iter().map(|(name, bytes)| (&name[..], &bytes[..])));
        let [series] = &contents.series[..] else { panic!("one series expected: {:?}", contents.refused) };
        assert_eq!(series.name, "Phäntom");
        match (&series.notes[..], affine == tilted) {
            ([], false) => {}
            ([note], true) => assert!(note.contains("tilted by 11.3 degrees") && note.contains("0.5 mm"), "{note}"),
            (notes, _) => panic!("{notes:?}"),
        }
        assert_eq!(series.files, ["1-001.dcm", "1-002.dcm", "1-003.dcm", "1-004.dcm", "1-005.dcm"]);
        assert_eq!((&series.volume.hu, series.volume.dims), (&written.hu, written.dims));
        assert_close(&series.volume.geometry.unwrap(), affine);
        assert!(series.volume.calibrated);
    }
}

/// The slices of a written series, with 1 mm between them.
fn slices() -> Vec<dicom::DicomSlice> {
    let written = volume(Some(Geometry::with_spacing_mm([1.0, 0.5, 0.5])));
    let files = dicom::write_series(&written, "P", "D");
    files.iter().map(|(name, bytes)| read_slice(name, bytes).unwrap()).collect()
}

#[test]
fn a_pixel_size_no_scanner_has_counts_as_unknown() {
    for mm in [1e-9, 1e9] {
        let written = volume(Some(Geometry::with_spacing_mm([1.0, mm, mm])));
        let files = dicom::write_series(&written, "P", "D");
        let slice = read_slice(&files[0].0, &files[0].1).unwrap();
        assert_eq!(slice.spacing_mm, None, "{mm}");
        let series = nifti::read_volume("scan", &nifti::write_volume(&written)).unwrap();
        assert_eq!(series.volume.geometry, None, "{mm}");
    }
}

#[test]
fn missing_geometry_is_noted_for_one_slice_and_refused_for_several() {
    let without_position = |mut slice: dicom::DicomSlice| {
        slice.position_mm = None;
        slice
    };
    let several = slices().into_iter().map(without_position).collect();
    assert!(dicom::assemble(several).unwrap_err().reason.contains("ImagePositionPatient"));
    let mut lone = without_position(slices().remove(0));
    let series = one(vec![lone.clone()]);
    assert_eq!((series.notes.len(), series.volume.geometry.unwrap().spacing_mm()), (1, [1.0, 0.5, 0.5]));
    lone.spacing_mm = None;
    let series = one(vec![lone]);
    assert!(series.volume.geometry.is_none() && series.notes[0].to_string().starts_with("PixelSpacing is missing"));
    assert!(dicom::assemble(vec![]).is_err());
    let mut mixed = slices();
    mixed[3].dims = [4, 3];
    assert!(dicom::assemble(mixed).is_err());
}

#[test]
fn an_image_and_a_mask_survive_nifti() {
    let orthogonal = [[0.7, 0.0, 0.0, -10.5], [0.0, -0.8, 0.0, 20.25], [0.0, 0.0, -2.5, -300.0]];
    let sheared = [[0.7, 0.0, 0.0, -10.5], [0.0, 0.8, 0.5, 20.25], [0.0, 0.0, 2.5, -300.0]];
    let turned = [[0.0, 0.0, 2.5, 0.0], [0.6, 0.64, 0.0, 0.0], [-0.8, 0.48, 0.0, 0.0]];
    for (affine, has_qform) in [(orthogonal, true), (sheared, false), (turned, true)] {
        let written = volume(Some(Geometry { affine }));
        let bytes = nifti::write_volume(&written);
        let series = nifti::read_volume("scan.nii.gz", &bytes).unwrap();
        assert_eq!((&series.volume.hu, series.volume.dims), (&written.hu, written.dims));
        assert_close(&series.volume.geometry.unwrap(), affine);
        assert!(series.notes.is_empty(), "{:?}", series.notes);

        // Without its sform, the qform says the same.
        let mut plain = gunzipped(&bytes);
        plain[254..256].fill(0);
        assert_eq!(plain[252] != 0, has_qform);
        if has_qform {
            assert_close(&nifti::read_volume("scan.nii", &plain).unwrap().volume.geometry.unwrap(), affine);
        }

        let mask = Mask { labels: (0..60).map(|i| (i % 3) * 100).collect(), dims: [5, 3, 4] };
        let (back, geometry) = nifti::read_mask("mask", &nifti::write_mask(&mask, written.geometry.as_ref())).unwrap();
        assert_eq!(back, mask);
        assert_close(&geometry, affine);
    }
    assert!(nifti::read_mask("scan", &nifti::write_volume(&volume(None))).unwrap_err().reason.contains("-1024"));
}

#[test]
fn a_big_endian_image_with_a_qform_only_is_placed_as_nibabel_does() {
    let bytes = include_bytes!("../golden/formats/oblique_big_endian.nii");
    let series = nifti::read_volume("oblique_big_endian.nii", bytes).unwrap();
    // nibabel's affine, with its first two rows negated: RAS to LPS.
    let affine = [
        [-0.6344154432703492, -0.32299413307684194, -0.31223039603255176, 11.5],
        [-0.29583277142802017, 0.6926632148911441, 0.6695798396400705, -20.25],
        [0.0, -0.2364159043044492, 2.388341478545506, -300.0],
    ];
    assert_close(&series.volume.geometry.unwrap(), affine);
    assert_eq!(series.volume.dims, [2, 3, 4]);
    assert_eq!(series.volume.slice(1).hu[4 + 3], -962);
}

#[test]
fn every_voxel_type_is_read() {
    let zeros = volume(Some(Geometry::with_spacing_mm([1.0; 3])));
    let header = gunzipped(&nifti::write_volume(&zeros))[..352].to_vec();
    let typed = |code: i16, voxels: Vec<u8>| {
        let mut bytes = header.clone();
        bytes[42..48].copy_from_slice(&[2, 0, 1, 0, 1, 0]);
        bytes[70..72].copy_from_slice(&code.to_le_bytes());
        [bytes, voxels].concat()
    };
    let of = |code, first: &[u8], second: &[u8]| typed(code, [first, second].concat());
    for (bytes, hu) in [
        (of(2, &[0], &[255]), [0, 255]),
        (of(256, &[0x80], &[127]), [-128, 127]),
        (of(4, &(-7_i16).to_le_bytes(), &9_i16.to_le_bytes()), [-7, 9]),
        (of(512, &65535_u16.to_le_bytes(), &9_u16.to_le_bytes()), [32767, 9]),
        (of(8, &(-70_000_i32).to_le_bytes(), &9_i32.to_le_bytes()), [-32768, 9]),
        (of(16, &1.5_f32.to_le_bytes(), &f32::NAN.to_le_bytes()), [2, -1024]),
        (of(64, &f64::NEG_INFINITY.to_le_bytes(), &39.6_f64.to_le_bytes()), [-32768, 40]),
    ] {
        assert_eq!(nifti::read_volume("typed", &bytes).unwrap().volume.hu, hu);
        assert!(nifti::read_volume("cut", &bytes[..bytes.len() - 1]).is_err());
        assert!(nifti::read_volume("padded", &[bytes, vec![0; 9]].concat()).is_ok());
    }
    assert!(nifti::read_volume("complex", &of(32, &[0; 8], &[0; 8])).unwrap_err().reason.contains("type 32"));
    let half_label = of(16, &0.5_f32.to_le_bytes(), &1.0_f32.to_le_bytes());
    assert!(nifti::read_mask("half", &half_label).unwrap_err().reason.contains("0.5"));
}

#[test]
fn a_picture_is_put_on_the_scale_by_assumption() {
    let grey = image::GrayImage::from_fn(3, 2, |x, y| image::Luma([if (x, y) == (2, 1) { 255 } else { 51 * x as u8 }]));
    let deep = image::ImageBuffer::from_fn(3, 2, |x, y| image::Luma([u16::from(grey.get_pixel(x, y)[0]) * 257]));
    for picture in [image::DynamicImage::ImageLuma8(grey), image::DynamicImage::ImageLuma16(deep)] {
        let mut png = Cursor::new(Vec::new());
        picture.write_to(&mut png, image::ImageFormat::Png).unwrap();
        let series = raster::read("folder/slice.png", png.get_ref()).unwrap();
        assert_eq!((series.name.as_str(), series.volume.dims), ("slice.png", [1, 2, 3]));
        assert_eq!(series.volume.hu, [-160, -80, 0, -160, -80, 240]);
        assert!(series.volume.geometry.is_none() && !series.volume.calibrated && series.notes.len() == 1);
    }
    let mut wide = Cursor::new(Vec::new());
    image::GrayImage::new(8193, 1).write_to(&mut wide, image::ImageFormat::Png).unwrap();
    assert!(raster::read("wide.png", wide.get_ref()).is_err());
}

#[test]
fn an_intake_sorts_out_what_it_is_given() {
    let geometry = Some(Geometry::with_spacing_mm([1.0; 3]));
    let one = dicom::write_series(&volume(geometry), "A", "first");
    let two = dicom::write_series(&volume(geometry), "B", "second");
    let scan = nifti::write_volume(&volume(geometry));
    let mut intake = Importer::new();
    for (name, bytes) in one.iter().chain(&two[..3]) {
        intake.add(name, bytes);
    }
    intake.add("scans/scan.nii.gz", &scan);
    intake.add("unpacked.nii", &gunzipped(&scan));
    for (name, bytes) in
        [("LICENSE", "CC BY"), (".DS_Store", "\0\0"), ("sub/DICOMDIR", "\0"), ("", ""), ("a.zip", "PK\x03")]
    {
        intake.add(name, bytes.as_bytes());
    }
    let contents = intake.finish();
    let found: Vec<_> = contents.series.iter().map(|s| (s.name.as_str(), s.volume.depth())).collect();
    assert_eq!(found, [("scan.nii.gz", 5), ("unpacked.nii", 5), ("first", 5), ("second", 3)]);
    let [refusal] = &contents.refused[..] else { panic!("{:?}", contents.refused) };
    assert!(refusal.subject == "a.zip" && refusal.reason.contains("table of contents"));

    let alone = take_in([("LICENSE", "CC BY".as_bytes()), ("README", b"text"), ("blob", b"\0\x01\x02\x03\x04")]);
    let refused: Vec<_> = alone.refused.iter().map(|r| r.subject.to_string()).collect();
    assert_eq!(refused, ["blob", "LICENSE and 1 more"]);
}
