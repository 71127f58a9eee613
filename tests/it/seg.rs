//! DICOM segmentations. Golden files are highdicom's; `tests/golden/seg_check.py` made them and asks highdicom and dciodvfy about ours.

use std::time::{Duration, Instant};

use dicom_core::Tag;
use dicom_dictionary_std::tags;
use dicom_object::{FileDicomObject, InMemDicomObject};
use islet::core::mask::Mask;
use islet::core::volume::{Geometry, Volume};
use islet::formats::dicom::{self, DicomFile, Identity, SegProvenance, read_seg, write_seg, write_series};
use islet::formats::{Importer, OrganLabel, Series};

const GOLDEN: &[u8] = include_bytes!("../golden/formats/seg.dcm");
const EXPECTED: &str = include_str!("../golden/formats/seg.json");

/// Whether a file is taken for a segmentation, as the intake asks.
fn is_seg(bytes: &[u8]) -> bool {
    matches!(dicom::read("a file", bytes), Ok(DicomFile::Other(other)) if other.is_segmentation())
}

#[test]
fn a_seg_of_highdicom_is_read_with_the_slices_it_left_out() {
    let expected: serde_json::Value = serde_json::from_str(EXPECTED).unwrap();
    assert!(is_seg(GOLDEN));
    let seg = read_seg("seg.dcm", GOLDEN).unwrap();
    let dims: Vec<u64> = seg.mask.dims.iter().map(|&n| n as u64).collect();
    assert_eq!(serde_json::json!(dims), expected["dims"]);
    let labels: String = seg.mask.labels.iter().map(|label| label.to_string()).collect();
    assert_eq!(labels, expected["labels"].as_str().unwrap());
    let segments: serde_json::Map<_, _> =
        seg.segments.iter().map(|(n, label)| (n.to_string(), label.as_str().into())).collect();
    assert_eq!(serde_json::Value::from(segments), expected["segments"]);
    for (row, expected) in seg.geometry.affine.iter().zip(expected["affine_lps"].as_array().unwrap()) {
        for (found, expected) in row.iter().zip(expected.as_array().unwrap()) {
            // DICOM writes sixteen characters.
            assert!((found - expected.as_f64().unwrap()).abs() < 1e-6, "{found} is not {expected}");
        }
    }
}

/// The series that it was made of: eight slices, from the other end.
#[test]
fn a_seg_is_put_on_the_grid_of_its_series() {
    let seg = read_seg("seg.dcm", GOLDEN).unwrap();
    let mut series = seg.geometry;
    for row in &mut series.affine {
        // From slice 5 back to slice 0, and then up.
        row[3] += 5.0 * row[2];
        row[2] = -row[2];
    }
    let mask = seg.on_grid(&series, [8, 7, 6]).unwrap();
    let slices: Vec<Vec<u8>> = (0..8).map(|z| mask.slice(z).to_vec()).collect();
    assert_eq!(slices[2..6].iter().rev().flatten().copied().collect::<Vec<u8>>(), seg.mask.labels);
    assert_eq!(mask.count(), seg.mask.count());
    // Not where a label would fall outside, between voxels, or on voxels of another size.
    assert!(seg.on_grid(&series, [5, 7, 6]).is_none());
    let mut shifted = series;
    shifted.affine[0][3] += 0.2;
    assert!(seg.on_grid(&shifted, [8, 7, 6]).is_none());
    let mut thin = series;
    thin.affine.iter_mut().for_each(|row| row[2] /= 2.0);
    assert!(seg.on_grid(&thin, [16, 7, 6]).is_none());
}

#[test]
fn other_files_are_no_segs() {
    assert!(!is_seg(include_bytes!("../golden/formats/twelve_bits.dcm")));
    assert!(!is_seg(b"") && !is_seg(&[0; 200]));
    let refusal = read_seg("slice.dcm", include_bytes!("../golden/formats/twelve_bits.dcm")).unwrap_err();
    assert!(refusal.reason.contains("BINARY"), "{refusal}");
}

/// Every cut and many flipped bytes: refused or read, at once, never a panic.
#[test]
fn a_damaged_seg_is_refused() {
    let started = Instant::now();
    let mut refused = 0;
    for length in 0..GOLDEN.len() {
        refused += usize::from(read_seg("cut", &GOLDEN[..length]).is_err());
    }
    assert_eq!(refused, GOLDEN.len(), "no part of it is whole");
    for at in (132..GOLDEN.len()).step_by(3) {
        for bits in [0xFF, 0x80, 1] {
            let mut bytes = GOLDEN.to_vec();
            bytes[at] ^= bits;
            read_seg("flipped", &bytes).ok();
            is_seg(&bytes);
        }
    }
    assert!(started.elapsed() < Duration::from_secs(60), "{:?}", started.elapsed());
}

/// An item opened a hundred times, in 2 kB.
#[test]
fn nesting_is_bounded() {
    let start = GOLDEN.windows(4).position(|w| w == [0x08, 0, 0x08, 0]).unwrap();
    let mut bytes = GOLDEN[..start].to_vec();
    for _ in 0..100 {
        bytes.extend([0x62, 0, 0x02, 0, b'S', b'Q', 0, 0, 0xFF, 0xFF, 0xFF, 0xFF]);
        bytes.extend([0xFE, 0xFF, 0x00, 0xE0, 0xFF, 0xFF, 0xFF, 0xFF]);
    }
    let refusal = read_seg("deep.dcm", &bytes).unwrap_err();
    assert!(refusal.reason.contains("deeper than 64"), "{refusal}");
}

/// A phantom's series as files, read back; a mask that differs in every slice and does not end with a byte; in file order.
fn series() -> (Series, Mask) {
    let dims = [5, 7, 9];
    let turn = 0.3f64;
    let (row, column) = ([turn.cos(), turn.sin(), 0.0], [-turn.sin(), turn.cos(), 0.0]);
    let affine = [0, 1, 2].map(|r| [0.7 * row[r], 0.9 * column[r], [0.0, 0.0, -2.5][r], [-10.0, 20.0, 100.0][r]]);
    let volume = Volume { hu: vec![40; 315], dims, geometry: Some(Geometry { affine }), calibrated: true };
    let mut intake = Importer::new();
    for (name, bytes) in write_series(&volume, "Patient-17", "Abdomen") {
        intake.add(&name, &bytes);
    }
    let series = intake.finish().series.remove(0);
    let labels = (0..315).map(|i| u8::from(i % 7 == i / 63 || i == 314)).collect();
    (series, Mask { labels, dims })
}

const MAKING: SegProvenance<'_> =
    SegProvenance { corrected: false, model_sha256: "abc", open_gate: None, at: ["20261124", "063000"] };

fn parsed(bytes: &[u8]) -> FileDicomObject<InMemDicomObject> {
    dicom_object::from_reader(bytes).unwrap()
}

fn value(object: &InMemDicomObject, tag: Tag) -> String {
    object.get(tag).map_or("absent".into(), |element| element.to_str().unwrap().trim_end_matches('\0').into())
}

fn item(object: &InMemDicomObject, sequence: Tag, index: usize) -> InMemDicomObject {
    object.element(sequence).unwrap().items().unwrap()[index].clone()
}

#[test]
fn a_seg_says_whose_it_is_and_what_each_frame_came_from() {
    let (series, mask) = series();
    let identity = series.identity.unwrap();
    let bytes =
        write_seg(&mask, &series.volume.geometry.unwrap(), &[OrganLabel::pancreas()], &identity, &MAKING).unwrap();
    assert!(is_seg(&bytes));
    let seg = parsed(&bytes);
    let first = parsed(&write_series(&series.volume, "Patient-17", "Abdomen")[0].1);
    for tag in [tags::PATIENT_NAME, tags::PATIENT_ID, tags::STUDY_INSTANCE_UID, tags::FRAME_OF_REFERENCE_UID] {
        assert_eq!(value(&seg, tag), value(&first, tag));
    }
    assert_ne!(value(&seg, tags::SERIES_INSTANCE_UID), value(&first, tags::SERIES_INSTANCE_UID));
    assert_eq!(value(&seg, tags::CONTENT_DATE), "20261124");
    let segment = item(&seg, tags::SEGMENT_SEQUENCE, 0);
    assert_eq!(value(&segment, tags::SEGMENT_ALGORITHM_TYPE), "AUTOMATIC");
    assert_eq!(value(&item(&segment, tags::SEGMENTED_PROPERTY_TYPE_CODE_SEQUENCE, 0), tags::CODE_VALUE), "15776009");
    let referenced = item(&seg, tags::REFERENCED_SERIES_SEQUENCE, 0);
    assert_eq!(value(&referenced, tags::SERIES_INSTANCE_UID), value(&first, tags::SERIES_INSTANCE_UID));
    for (z, (_, slice)) in write_series(&series.volume, "Patient-17", "Abdomen").iter().enumerate() {
        let slice = parsed(slice);
        let frame = item(&seg, tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE, z);
        let position = item(&frame, tags::PLANE_POSITION_SEQUENCE, 0);
        assert_eq!(value(&position, tags::IMAGE_POSITION_PATIENT), value(&slice, tags::IMAGE_POSITION_PATIENT));
        let source = item(&item(&frame, tags::DERIVATION_IMAGE_SEQUENCE, 0), tags::SOURCE_IMAGE_SEQUENCE, 0);
        assert_eq!(value(&source, tags::REFERENCED_SOP_INSTANCE_UID), value(&slice, tags::SOP_INSTANCE_UID));
    }
    // Voxel (z, y, x) is one bit, counted from the lowest of the first byte.
    let pixels = seg.element(tags::PIXEL_DATA).unwrap().to_bytes().unwrap();
    assert_eq!(pixels.len(), 40);
    for (i, label) in mask.labels.iter().enumerate() {
        assert_eq!(pixels[i / 8] >> (i % 8) & 1, *label, "voxel {i}");
    }
    let corrected = write_seg(
        &mask,
        &series.volume.geometry.unwrap(),
        &[OrganLabel::pancreas()],
        &identity,
        &SegProvenance { corrected: true, ..MAKING },
    );
    let segment = item(&parsed(&corrected.unwrap()), tags::SEGMENT_SEQUENCE, 0);
    assert_eq!(value(&segment, tags::SEGMENT_ALGORITHM_TYPE), "SEMIAUTOMATIC");
}

#[test]
fn what_is_written_is_read_again() {
    let (series, mask) = series();
    let geometry = series.volume.geometry.unwrap();
    let bytes = write_seg(&mask, &geometry, &[OrganLabel::pancreas()], &series.identity.unwrap(), &MAKING).unwrap();
    let seg = read_seg("seg.dcm", &bytes).unwrap();
    assert_eq!(seg.mask, mask);
    assert_eq!(seg.segments, [(1, "Pancreas".into())].into());
    for (found, expected) in seg.geometry.affine.as_flattened().iter().zip(geometry.affine.as_flattened()) {
        assert!((found - expected).abs() < 1e-9, "{found} is not {expected}");
    }
    assert_eq!(seg.on_grid(&geometry, mask.dims), Some(mask));
}

/// Nothing that the series says of patient, study or place is left, and the same UID becomes the same one in every file.
#[test]
fn without_the_patient_nothing_of_them_is_left() {
    let (series, mask) = series();
    let geometry = series.volume.geometry.unwrap();
    let identity = series.identity.unwrap().without_patient();
    let bytes = write_seg(&mask, &geometry, &[OrganLabel::pancreas()], &identity, &MAKING).unwrap();
    let of_patient = write_series(&series.volume, "Patient-17", "Abdomen").into_iter().flat_map(|(_, file)| {
        let slice = parsed(&file);
        let hidden = [
            tags::PATIENT_NAME,
            tags::STUDY_INSTANCE_UID,
            tags::SERIES_INSTANCE_UID,
            tags::SOP_INSTANCE_UID,
            tags::FRAME_OF_REFERENCE_UID,
        ];
        hidden.map(|tag| value(&slice, tag))
    });
    for secret in of_patient.chain(["Abdomen".into(), "20261124".into()]) {
        assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()), "{secret} is there");
    }
    let seg = parsed(&bytes);
    for tag in [tags::PATIENT_NAME, tags::PATIENT_ID, tags::PATIENT_BIRTH_DATE, tags::STUDY_DATE] {
        assert_eq!(value(&seg, tag), "");
    }
    assert_eq!(value(&seg, tags::PATIENT_IDENTITY_REMOVED), "YES");
    let other = write_seg(&Mask::empty(mask.dims), &geometry, &[OrganLabel::pancreas()], &identity, &MAKING).unwrap();
    let other = parsed(&other);
    for tag in [tags::STUDY_INSTANCE_UID, tags::FRAME_OF_REFERENCE_UID] {
        assert_eq!(value(&seg, tag), value(&other, tag));
    }
    assert_ne!(value(&seg, tags::SOP_INSTANCE_UID), value(&other, tags::SOP_INSTANCE_UID));
    assert_eq!(read_seg("seg.dcm", &bytes).unwrap().mask, mask);
}

#[test]
fn a_series_that_is_not_in_dicom_has_a_frame_of_reference_of_its_own() {
    let (series, mask) = series();
    let geometry = series.volume.geometry.unwrap();
    let identity = Identity::made_up("somebody.nii.gz", mask.dims[0], &geometry);
    let seg = parsed(&write_seg(&mask, &geometry, &[OrganLabel::pancreas()], &identity, &MAKING).unwrap());
    assert_eq!(value(&seg, tags::PATIENT_NAME), "");
    assert_eq!(value(&seg, tags::REFERENCED_SERIES_SEQUENCE), "absent");
    assert!(value(&seg, tags::FRAME_OF_REFERENCE_UID).starts_with("2.25."));
    let position = item(&item(&seg, tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE, 2), tags::PLANE_POSITION_SEQUENCE, 0);
    assert_eq!(value(&position, tags::IMAGE_POSITION_PATIENT), "-10\\20\\95");
    // Rows that lean are nothing that DICOM can say.
    let mut leaning = geometry;
    leaning.affine[0][1] += 0.3;
    let refusal = write_seg(&mask, &leaning, &[OrganLabel::pancreas()], &identity, &MAKING).unwrap_err();
    assert!(refusal.reason.contains("right angles"), "{refusal}");
}
