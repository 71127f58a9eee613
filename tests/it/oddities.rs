//! What files of other programs do that the standard does not ask for: decimal commas, pixel data that is too long, values in other
//! units, and the forms of DICOM SEG besides plain bits.

use dicom_core::{DataElement, PrimitiveValue, Tag, VR};
use dicom_dictionary_std::{tags, uids};
use dicom_object::{FileDicomObject, InMemDicomObject};
use islet::core::mask::{Mask, PANCREAS};
use islet::core::volume::{Geometry, Volume};
use islet::formats::dicom::{self, DicomFile, Identity, SegProvenance, read_seg, write_seg, write_series};
use islet::formats::{Contents, Importer, OrganLabel};

const DIMS: [usize; 3] = [5, 3, 4];

fn volume() -> Volume {
    let hu = (0..60).map(|i| 37 * i - 1024).collect();
    let affine = [[0.5, 0.0, 0.0, -10.5], [0.0, 0.75, 0.0, -20.5], [0.0, 0.0, 2.5, -30.5]];
    Volume { hu, dims: DIMS, geometry: Some(Geometry { affine }), calibrated: true }
}

fn is_volume(found: &Volume) -> bool {
    let affine = |volume: &Volume| volume.geometry.unwrap().affine.concat();
    let is_close = affine(found).iter().zip(affine(&volume())).all(|(a, b)| (a - b).abs() < 1e-6);
    is_close && found.hu == volume().hu && found.calibrated
}

/// The file with some elements replaced.
fn edited(bytes: &[u8], elements: &[(Tag, VR, PrimitiveValue)]) -> Vec<u8> {
    let mut object: FileDicomObject<InMemDicomObject> = dicom_object::from_reader(bytes).unwrap();
    for (tag, vr, value) in elements {
        object.put(DataElement::new(*tag, *vr, value.clone()));
    }
    let mut edited = Vec::new();
    object.write_all(&mut edited).unwrap();
    edited
}

fn text(value: &str) -> PrimitiveValue {
    PrimitiveValue::from(value)
}

fn take_in(files: impl IntoIterator<Item = (String, Vec<u8>)>) -> Contents {
    let mut importer = Importer::new();
    files.into_iter().for_each(|(name, bytes)| importer.add(&name, &bytes));
    importer.finish()
}

/// What the series becomes if elements of all its files are replaced.
fn series_with(elements: &[(Tag, VR, PrimitiveValue)]) -> Contents {
    take_in(write_series(&volume(), "P", "D").into_iter().map(|(name, bytes)| (name, edited(&bytes, elements))))
}

#[test]
fn decimal_commas_are_points() {
    let commas = |bytes: &[u8], z: usize| {
        let place = format!("-10,5\\-20,5\\{},5", [-30, -28, -25, -23, -20][z]);
        let place = place.replace("-28,5", "-28,0").replace("-23,5", "-23,0");
        edited(
            bytes,
            &[
                (tags::PIXEL_SPACING, VR::DS, text("0,75\\0,50")),
                (tags::RESCALE_SLOPE, VR::DS, text("1,0")),
                (tags::RESCALE_INTERCEPT, VR::DS, text("0,0")),
                (tags::IMAGE_POSITION_PATIENT, VR::DS, text(&place)),
            ],
        )
    };
    let files = write_series(&volume(), "P", "D").into_iter().enumerate();
    let contents = take_in(files.map(|(z, (name, bytes))| (name, commas(&bytes, z))));
    let series = &contents.series[0];
    assert_eq!((is_volume(&series.volume), series.notes.len()), (true, 0), "{:?}", series.notes);
    // With a point beside it a comma may mean anything.
    for (value, attribute) in [("1.000,5", "RescaleSlope"), ("1;0", "RescaleSlope"), ("1,0,0", "RescaleSlope")] {
        let contents = series_with(&[(tags::RESCALE_SLOPE, VR::DS, text(value))]);
        assert!(contents.series.is_empty());
        let reason = contents.refused[0].reason.to_string();
        assert!(reason.contains(attribute) && reason.contains(value), "{reason}");
    }
}

#[test]
fn bytes_after_the_image_are_left_out_and_another_frame_is_not() {
    let longer = |values: usize| {
        let files = write_series(&volume(), "P", "D").into_iter();
        let longer = |(name, bytes): (String, Vec<u8>)| {
            let object: FileDicomObject<InMemDicomObject> = dicom_object::from_reader(&bytes[..]).unwrap();
            let mut pixels: Vec<u16> = object.element(tags::PIXEL_DATA).unwrap().to_multi_int().unwrap();
            pixels.extend(vec![77; values]);
            (name, edited(&bytes, &[(tags::PIXEL_DATA, VR::OW, PrimitiveValue::U16(pixels.into()))]))
        };
        take_in(files.map(longer))
    };
    for values in [1, 4, 11] {
        let contents = longer(values);
        assert!(is_volume(&contents.series[0].volume));
        let note = contents.series[0].notes[0].to_string();
        assert!(note.contains(&format!("5 of its slices is up to {} bytes longer", 2 * values)), "{note}");
    }
    assert!(longer(12).refused[0].reason.contains("3 x 4 pixels need 24 bytes, its pixel data has 48"));
}

#[test]
fn values_in_other_units_are_not_taken_for_hounsfield_units() {
    for (unit, calibrated, says) in [
        ("HU", true, ""),
        ("MGML", false, "RescaleType is MGML, so its values are not Hounsfield units (HU)"),
        ("OD", false, "RescaleType is OD"),
        ("Z_EFF", false, "RescaleType is Z_EFF"),
        ("US", true, "no specified unit"),
    ] {
        let contents = series_with(&[(tags::RESCALE_TYPE, VR::LO, text(unit))]);
        let series = &contents.series[0];
        let notes: Vec<String> = series.notes.iter().map(ToString::to_string).collect();
        assert_eq!(series.volume.calibrated, calibrated, "{unit}");
        assert!(notes.len() == usize::from(!says.is_empty()) && notes.concat().contains(says), "{unit}: {notes:?}");
    }
    let density = text("DERIVED\\SECONDARY\\AXIAL\\ELECTRON_DENSITY");
    let contents = series_with(&[(tags::IMAGE_TYPE, VR::CS, density)]);
    assert!(!contents.series[0].volume.calibrated);
    assert!(contents.series[0].notes[0].contains("ELECTRON_DENSITY"));
}

const MAKING: SegProvenance<'_> =
    SegProvenance { corrected: false, model_sha256: "abc", open_gate: None, at: ["20261124", "063000"] };

/// Values that differ in every slice, so that none is empty.
fn labels() -> Vec<u8> {
    (0..60).map(|i| u8::from(i % 7 == i / 12 || i == 59)).collect()
}

/// A binary segmentation of ours with elements replaced.
fn seg_with(elements: &[(Tag, VR, PrimitiveValue)]) -> Vec<u8> {
    let geometry = volume().geometry.unwrap();
    let identity = Identity::made_up("scan", DIMS[0], &geometry);
    let mask = Mask { labels: labels(), dims: DIMS };
    edited(&write_seg(&mask, &geometry, &[OrganLabel::pancreas()], &identity, &MAKING).unwrap(), elements)
}

fn bytes_a_pixel(kind: &str, bits: u16, pixels: PrimitiveValue) -> Vec<(Tag, VR, PrimitiveValue)> {
    vec![
        (tags::SEGMENTATION_TYPE, VR::CS, text(kind)),
        (tags::BITS_ALLOCATED, VR::US, PrimitiveValue::from(bits)),
        (tags::BITS_STORED, VR::US, PrimitiveValue::from(bits)),
        (tags::HIGH_BIT, VR::US, PrimitiveValue::from(bits - 1)),
        (tags::PIXEL_DATA, if bits == 8 { VR::OB } else { VR::OW }, pixels),
    ]
}

#[test]
fn a_fractional_segmentation_is_cut_at_half() {
    // 100 of 200 is half.
    let shares: Vec<u8> =
        labels().iter().enumerate().map(|(i, &label)| 100 * label + (i % 100) as u8 * label).collect();
    let under: Vec<u8> = labels().iter().map(|label| 99 * (1 - label)).collect();
    let pixels: Vec<u8> = shares.iter().zip(&under).map(|(share, under)| share + under).collect();
    let mut elements = bytes_a_pixel("FRACTIONAL", 8, PrimitiveValue::U8(pixels.into()));
    elements.push((tags::MAXIMUM_FRACTIONAL_VALUE, VR::US, PrimitiveValue::from(200u16)));
    let seg = read_seg("seg.dcm", &seg_with(&elements)).unwrap();
    assert_eq!(seg.mask.labels, labels());
    assert!(seg.notes[0].contains("from half of MaximumFractionalValue"), "{:?}", seg.notes);
}

#[test]
fn a_label_map_segmentation_holds_its_segments_numbers() {
    for bits in [8, 16] {
        let pixels = match bits {
            8 => PrimitiveValue::U8(labels().into()),
            _ => PrimitiveValue::U16(labels().into_iter().map(u16::from).collect::<Vec<_>>().into()),
        };
        let mut elements = bytes_a_pixel("LABELMAP", bits, pixels);
        elements.push((tags::SOP_CLASS_UID, VR::UI, text(uids::LABEL_MAP_SEGMENTATION_STORAGE)));
        let bytes = seg_with(&elements);
        assert_eq!(read_seg("seg.dcm", &bytes).unwrap().mask.labels, labels(), "{bits} bits");
        let is_seg = matches!(dicom::read("seg", &bytes), Ok(DicomFile::Other(other)) if other.is_segmentation());
        assert!(is_seg);
        let contents = take_in([("seg.dcm".into(), bytes)]);
        assert!(contents.listed.is_empty() && contents.refused.is_empty() && contents.labels.len() == 1);
    }
    let background = bytes_a_pixel("LABELMAP", 16, PrimitiveValue::U16(vec![300; 60].into()));
    let refusal = read_seg("seg.dcm", &seg_with(&background)).unwrap_err();
    assert!(refusal.reason.contains("label 300"), "{refusal}");
    let mut padded = background;
    padded.push((tags::PIXEL_PADDING_VALUE, VR::US, PrimitiveValue::from(300u16)));
    assert_eq!(read_seg("seg.dcm", &seg_with(&padded)).unwrap().mask.count(), 0);
}

/// The segmentation with every frame once more, as frames of a second segment of the same pixels with its own name.
fn two_segments(first: &str, second: &str) -> Vec<u8> {
    let mut object: FileDicomObject<InMemDicomObject> = dicom_object::from_reader(&seg_with(&[])[..]).unwrap();
    let items = |tag, object: &InMemDicomObject| object.element(tag).unwrap().items().unwrap().to_vec();
    let put = |object: &mut InMemDicomObject, tag, items: Vec<InMemDicomObject>| {
        object.put(DataElement::new(tag, VR::SQ, dicom_core::value::DataSetSequence::from(items)));
    };
    let mut segments = items(tags::SEGMENT_SEQUENCE, &object);
    segments.push(segments[0].clone());
    for (segment, (number, label)) in segments.iter_mut().zip([(1u16, first), (2, second)]) {
        segment.put(DataElement::new(tags::SEGMENT_NUMBER, VR::US, PrimitiveValue::from(number)));
        segment.put(DataElement::new(tags::SEGMENT_LABEL, VR::LO, text(label)));
    }
    put(&mut object, tags::SEGMENT_SEQUENCE, segments);
    let frames = items(tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE, &object);
    let of_segment = |frame: &InMemDicomObject, number: u16| {
        let mut frame = frame.clone();
        let number = DataElement::new(tags::REFERENCED_SEGMENT_NUMBER, VR::US, PrimitiveValue::from(number));
        put(&mut frame, tags::SEGMENT_IDENTIFICATION_SEQUENCE, vec![InMemDicomObject::from_element_iter([number])]);
        frame
    };
    let of = |number| frames.iter().map(move |frame| of_segment(frame, number));
    let frames: Vec<InMemDicomObject> = of(1).chain(of(2)).collect();
    put(&mut object, tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE, frames);
    object.put(DataElement::new(tags::NUMBER_OF_FRAMES, VR::IS, text("10")));
    // The first segment's voxels, and then all voxels of the grid.
    let bits: Vec<u8> = labels().into_iter().chain([1; 60]).collect();
    let packed =
        bits.chunks(8).map(|byte| byte.iter().rev().fold(0, |packed, bit| packed << 1 | bit)).collect::<Vec<u8>>();
    object.put(DataElement::new(tags::PIXEL_DATA, VR::OB, PrimitiveValue::U8([packed, vec![0]].concat().into())));
    let mut bytes = Vec::new();
    object.write_all(&mut bytes).unwrap();
    bytes
}

#[test]
fn a_segment_on_top_of_the_pancreas_does_not_hide_it() {
    let contents = take_in([("seg.dcm".into(), two_segments("Pancreas", "Body"))]);
    let [map] = &contents.labels[..] else { panic!("{contents:?}") };
    let truth = map.truth(&map.map).unwrap();
    assert_eq!(truth.mask.labels, labels().iter().map(|label| label * PANCREAS).collect::<Vec<_>>());
    let notes = truth.notes.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    assert!(notes.contains(&format!("overlap in {} voxels", truth.mask.count())), "{notes}");
}

#[test]
fn segments_of_other_organs_are_not_taken_for_the_pancreas_and_its_tumours() {
    let contents = take_in([("seg.dcm".into(), two_segments("Liver", "Spleen"))]);
    assert!(contents.labels.is_empty());
    let reason = contents.refused[0].reason.to_string();
    assert!(reason.contains("`liver`, `spleen`"), "{reason}");
}
