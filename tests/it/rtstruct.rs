//! Structure sets (RTSTRUCT). Golden files are those of pydicom and rt-utils; `tests/golden/rtstruct_check.py` made them, and asks
//! other readers about the files that `files_for_other_readers_are_written` leaves.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use dicom_core::Tag;
use dicom_dictionary_std::tags;
use dicom_object::{FileDicomObject, InMemDicomObject};
use islet::core::mask::Mask;
use islet::core::volume::{Geometry, Volume};
use islet::formats::dicom::{
    SegProvenance, read_seg, read_structure_set, write_seg, write_series, write_structure_set,
};
use islet::formats::{Contents, Importer, LabelMap, OrganLabel, Series, nifti};

mod organs;
mod reading;

const MAKING: SegProvenance<'_> =
    SegProvenance { corrected: false, model_sha256: "abc", open_gate: None, at: ["20261124", "063000"] };

fn golden(name: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/formats").join(name)).unwrap()
}

fn imported<'a>(files: impl IntoIterator<Item = (&'a str, Vec<u8>)>) -> Contents {
    let mut importer = Importer::new();
    files.into_iter().for_each(|(name, bytes)| importer.add(name, &bytes));
    importer.finish()
}

/// The one label map in a file.
fn labels(bytes: &[u8]) -> LabelMap {
    let mut contents = imported([("set.dcm", bytes.to_vec())]);
    assert_eq!(contents.refused, []);
    contents.labels.remove(0)
}

/// Slices turned in the plane and tipped out of it, which run down or up; sheared where `tilt_mm` is not 0.
fn geometry(step_mm: f64, tilt_mm: f64) -> Geometry {
    let (turn, tip) = (0.35_f64, 0.26_f64);
    let row = [turn.cos(), turn.sin(), 0.0];
    let column = [-turn.sin() * tip.cos(), turn.cos() * tip.cos(), tip.sin()];
    let normal = [turn.sin() * tip.sin(), -turn.cos() * tip.sin(), tip.cos()];
    let step = [0, 1, 2].map(|i| step_mm * normal[i] + tilt_mm * column[i]);
    Geometry { affine: [0, 1, 2].map(|i| [0.7 * row[i], 0.9 * column[i], step[i], [-10.0, 20.0, 100.0][i]]) }
}

/// A series as files, read back.
fn series(dims: [usize; 3], geometry: Geometry, name: &str) -> Series {
    let volume = Volume { hu: vec![40; dims.iter().product()], dims, geometry: Some(geometry), calibrated: true };
    let mut importer = Importer::new();
    write_series(&volume, name, "Abdomen").iter().for_each(|(name, bytes)| importer.add(name, bytes));
    importer.finish().series.remove(0)
}

fn organs() -> Vec<OrganLabel> {
    [(1, "liver"), (2, "pancreas"), (5, "kidney_left")]
        .map(|(label, name)| OrganLabel { label, name: name.into() })
        .into()
}

/// Organs with holes, with pieces in the holes, that touch at corners, and at the border of the image; noise on one slice.
fn drawn(dims: [usize; 3]) -> Mask {
    let [_, height, width] = dims;
    let mut mask = Mask::empty(dims);
    let mut noise = 1_u32;
    for (i, label) in mask.labels.iter_mut().enumerate() {
        let [z, y, x] = [i / (height * width), i / width % height, i % width];
        let from = |cy: f64, cx: f64| (y as f64 - cy).hypot(x as f64 - cx);
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let ring = |distance: f64| (4.0..8.5).contains(&distance) || distance < 1.5;
        *label = match z {
            1 | 3 if ring(from(12.0, 11.0)) => 1,
            2 => [0, 1, 2, 2][(noise >> 24) as usize % 4],
            3 if from(12.0, 11.0) < 3.2 => 2,
            4 if (x + y) % 2 == 0 && y > 3 && y < 12 => 2,
            4 if x > 20 => 5,
            4 if x == 2 && y == 20 || x == 3 && y == 21 || (x == 5 && y == 21) => 1,
            5 if x % 5 == 2 && y % 4 == 1 || (11..16).contains(&x) && (10..14).contains(&y) => 0,
            5 => 5,
            _ => 0,
        };
    }
    mask
}

const DIMS: [usize; 3] = [7, 26, 30];

/// The labels of a mask as the numbers of a file's organs.
fn numbered(mask: &Mask) -> Mask {
    let number = |label: &u8| organs().iter().position(|organ| organ.label == *label).map_or(0, |at| at as u8 + 1);
    Mask { labels: mask.labels.iter().map(number).collect(), dims: mask.dims }
}

#[test]
fn what_is_written_is_read_again_to_the_voxel() {
    for (step_mm, tilt_mm) in [(2.5, 0.0), (-2.5, 0.0), (-3.0, 0.4)] {
        let mask = drawn(DIMS);
        let series = series(DIMS, geometry(step_mm, tilt_mm), "Patient-17");
        let geometry = series.volume.geometry.unwrap();
        let identity = series.identity.as_ref().unwrap();
        let bytes = write_structure_set(&mask, &geometry, &organs(), identity, &MAKING).unwrap();
        let map = labels(&bytes);
        let placed = map.on_series(&geometry, DIMS, Some(identity)).unwrap();
        assert_eq!(placed.mask, numbered(&mask), "step {step_mm} mm");
        assert!(placed.notes.is_empty(), "{:?}", placed.notes);
        let truth = map.truth(&placed.mask).unwrap();
        assert_eq!(truth.mask.count(), mask.only(2).count());
        // The same labels as the voxels of a segmentation.
        let seg = write_seg(&mask, &geometry, &organs(), identity, &MAKING).unwrap();
        assert_eq!(labels(&seg).on(&geometry, DIMS).unwrap(), numbered(&mask));
    }
}

/// By an even-odd test of our own, at the centre of each voxel and at four points around it: a contour is 0.49 voxels away.
#[test]
fn contours_keep_their_distance_from_centres() {
    let mask = drawn(DIMS);
    let series = series(DIMS, geometry(2.5, 0.0), "Patient-17");
    let geometry = series.volume.geometry.unwrap();
    let bytes = write_structure_set(&mask, &geometry, &organs(), series.identity.as_ref().unwrap(), &MAKING).unwrap();
    for (roi, organ) in organs().iter().enumerate() {
        let mut by_slice: BTreeMap<usize, Vec<Vec<[f64; 2]>>> = BTreeMap::new();
        for contour in contours_mm(&bytes, roi) {
            let voxels: Vec<[f64; 3]> = contour.iter().map(|&point| geometry.voxel_at(point)).collect();
            let z = voxels[0][0].round();
            assert!(voxels.iter().all(|voxel| (voxel[0] - z).abs() < 1e-4));
            by_slice.entry(z as usize).or_default().push(voxels.iter().map(|v| [v[1], v[2]]).collect());
        }
        for z in 0..DIMS[0] {
            let contours = by_slice.remove(&z).unwrap_or_default();
            for (i, &label) in mask.slice(z).iter().enumerate() {
                let centre = [(i / DIMS[2]) as f64, (i % DIMS[2]) as f64];
                let around = [[0.0, 0.0], [0.3, 0.0], [-0.3, 0.0], [0.0, 0.3], [0.0, -0.3]];
                for shift in around {
                    let point = [centre[0] + shift[0], centre[1] + shift[1]];
                    // Each contour has its own holes, so no two hold the same voxel.
                    let holders = contours.iter().filter(|contour| is_inside(contour, point)).count();
                    assert_eq!(holders, usize::from(label == organ.label), "{} {z} {point:?}", organ.name);
                }
            }
        }
    }
}

/// PS3.3 C.8.8.6.3: a hole is joined to the outer border by a line there and back.
#[test]
fn a_hole_is_a_keyhole() {
    let mut mask = Mask::empty([1, 5, 5]);
    for i in 0..25 {
        mask.labels[i] = u8::from((1..4).contains(&(i / 5)) && (1..4).contains(&(i % 5)) && i != 12);
    }
    let geometry = Geometry::with_spacing_mm([1.0; 3]);
    let series = series([1, 5, 5], geometry, "P");
    let organ = [OrganLabel::pancreas()];
    let bytes = write_structure_set(&mask, &geometry, &organ, series.identity.as_ref().unwrap(), &MAKING).unwrap();
    let [contour] = &contours_mm(&bytes, 0)[..] else { panic!("one contour") };
    let points: Vec<[f64; 2]> = contour.iter().map(|point| [point[0], point[1]]).collect();
    // From the left side along the line between rows 1 and 2 to the top of the hole, around it against the clock, and back.
    let keyhole = [[0.51, 1.49], [2.0, 1.49], [1.49, 2.0], [2.0, 2.51], [2.51, 2.0], [2.0, 1.49], [0.51, 1.49]];
    let at = points.iter().position(|point| *point == keyhole[0]).unwrap();
    let from_there: Vec<[f64; 2]> = points.iter().cycle().skip(at).take(7).copied().collect();
    assert_eq!(from_there, keyhole);
    assert_eq!(points.len(), 7 + 8, "eight corners outside");
    // A square of 2.98 voxels without its corners, and a hole that is a diamond.
    let area =
        points.iter().zip(points.iter().cycle().skip(1)).map(|(a, b)| (a[0] * b[1] - a[1] * b[0]) / 2.0).sum::<f64>();
    assert!((area - (2.98 * 2.98 - 2.0 * 0.49 * 0.49 - 2.0 * 0.51 * 0.51)).abs() < 1e-4, "{area}");
}

#[test]
fn a_structure_set_says_whose_it_is_and_what_it_shows() {
    let series = series(DIMS, geometry(-2.5, 0.0), "Patient-17");
    let identity = series.identity.unwrap();
    let geometry = series.volume.geometry.unwrap();
    let bytes = write_structure_set(&drawn(DIMS), &geometry, &organs(), &identity, &MAKING).unwrap();
    let set = parsed(&bytes);
    let slices: Vec<_> = write_series(&series.volume, "Patient-17", "Abdomen").iter().map(|(_, b)| parsed(b)).collect();
    for tag in [tags::PATIENT_NAME, tags::PATIENT_ID, tags::STUDY_INSTANCE_UID, tags::FRAME_OF_REFERENCE_UID] {
        assert_eq!(value(&set, tag), value(&slices[0], tag));
    }
    assert_eq!(
        (value(&set, tags::MODALITY), value(&set, tags::STRUCTURE_SET_DATE)),
        ("RTSTRUCT".into(), "20261124".into())
    );
    let frame = item(&set, tags::REFERENCED_FRAME_OF_REFERENCE_SEQUENCE, 0);
    let referenced = item(&item(&frame, tags::RT_REFERENCED_STUDY_SEQUENCE, 0), tags::RT_REFERENCED_SERIES_SEQUENCE, 0);
    assert_eq!(value(&referenced, tags::SERIES_INSTANCE_UID), value(&slices[0], tags::SERIES_INSTANCE_UID));
    let names = [
        ("Liver", "10200004", "221\\130\\101"),
        ("Pancreas", "15776009", "249\\180\\111"),
        ("Kidney left", "64033007", "185\\102\\83"),
    ];
    for (roi, (name, code, colour)) in names.into_iter().enumerate() {
        assert_eq!(value(&item(&set, tags::STRUCTURE_SET_ROI_SEQUENCE, roi), tags::ROI_NAME), name);
        let observation = item(&set, tags::RTROI_OBSERVATIONS_SEQUENCE, roi);
        assert_eq!(value(&observation, tags::RTROI_INTERPRETED_TYPE), "ORGAN");
        let found = item(&observation, tags::RTROI_IDENTIFICATION_CODE_SEQUENCE, 0);
        assert_eq!(value(&found, tags::CODE_VALUE), code);
        assert_eq!(value(&item(&set, tags::ROI_CONTOUR_SEQUENCE, roi), tags::ROI_DISPLAY_COLOR), colour);
    }
    // Each contour names the image in whose plane it lies.
    let contours =
        item(&set, tags::ROI_CONTOUR_SEQUENCE, 0).element(tags::CONTOUR_SEQUENCE).unwrap().items().unwrap().to_vec();
    for contour in contours {
        let image = value(&item(&contour, tags::CONTOUR_IMAGE_SEQUENCE, 0), tags::REFERENCED_SOP_INSTANCE_UID);
        let slice = slices.iter().position(|slice| value(slice, tags::SOP_INSTANCE_UID) == image).unwrap();
        assert!((geometry.voxel_at(points_mm(&contour)[0])[0] - slice as f64).abs() < 1e-3);
    }
    // The pancreas is found by its name.
    let map = labels(&bytes);
    let placed = map.on(&geometry, DIMS).unwrap();
    assert_eq!(map.truth(&placed).unwrap().mask, drawn(DIMS).only(2));
}

#[test]
fn without_the_patient_nothing_of_them_is_left_and_the_series_is_known_again() {
    let series = series(DIMS, geometry(2.5, 0.0), "Patient-17");
    let identity = series.identity.unwrap();
    let geometry = series.volume.geometry.unwrap();
    let hidden = identity.clone().without_patient();
    let bytes = write_structure_set(&drawn(DIMS), &geometry, &organs(), &hidden, &MAKING).unwrap();
    for slice in write_series(&series.volume, "Patient-17", "Abdomen").iter().map(|(_, bytes)| parsed(bytes)) {
        for tag in [tags::PATIENT_NAME, tags::STUDY_INSTANCE_UID, tags::SOP_INSTANCE_UID, tags::FRAME_OF_REFERENCE_UID]
        {
            let secret = value(&slice, tag);
            assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()), "{secret} is there");
        }
    }
    assert!(!bytes.windows(8).any(|window| window == b"20261124"));
    assert_eq!(value(&parsed(&bytes), tags::PATIENT_IDENTITY_REMOVED), "YES");
    let map = labels(&bytes);
    assert_eq!(map.on_series(&geometry, DIMS, Some(&identity)).unwrap().mask, numbered(&drawn(DIMS)));
}

fn parsed(bytes: &[u8]) -> FileDicomObject<InMemDicomObject> {
    dicom_object::from_reader(bytes).unwrap()
}

fn value(object: &InMemDicomObject, tag: Tag) -> String {
    object.get(tag).map_or("absent".into(), |element| element.to_str().unwrap().trim_end_matches(['\0', ' ']).into())
}

fn item(object: &InMemDicomObject, sequence: Tag, index: usize) -> InMemDicomObject {
    object.element(sequence).unwrap().items().unwrap()[index].clone()
}

/// The points of every contour of an ROI, as dicom-object reads them.
fn contours_mm(bytes: &[u8], roi: usize) -> Vec<Vec<[f64; 3]>> {
    let roi = item(&parsed(bytes), tags::ROI_CONTOUR_SEQUENCE, roi);
    roi.element(tags::CONTOUR_SEQUENCE).unwrap().items().unwrap().iter().map(points_mm).collect()
}

fn points_mm(contour: &InMemDicomObject) -> Vec<[f64; 3]> {
    let numbers = contour.element(tags::CONTOUR_DATA).unwrap().to_multi_float64().unwrap();
    assert_eq!(numbers.len(), 3 * value(contour, tags::NUMBER_OF_CONTOUR_POINTS).parse::<usize>().unwrap());
    numbers.as_chunks::<3>().0.to_vec()
}

fn is_inside(contour: &[[f64; 2]], point: [f64; 2]) -> bool {
    let edges = contour.iter().zip(contour.iter().cycle().skip(1));
    let crossed = edges.filter(|(a, b)| {
        (a[0] <= point[0]) != (b[0] <= point[0]) && point[1] < a[1] + (point[0] - a[0]) / (b[0] - a[0]) * (b[1] - a[1])
    });
    crossed.count() % 2 == 1
}
