//! Reports of measurements (DICOM SR) by values worked out by hand. `tests/golden/sr_check.py` asks highdicom and dciodvfy.

use dicom_core::Tag;
use dicom_dictionary_std::tags;
use dicom_object::InMemDicomObject;
use islet::core::drawn_measurement::{DrawnMeasurement, DrawnShape, EllipseStatistics};
use islet::core::mpr::{Grid, Plane};
use islet::core::volume::{Geometry, Orientation, Volume};
use islet::formats::dicom::{
    Identity, MeasuredOrgan, ReportContent, SegProvenance, write_measurement_report, write_series,
};
use islet::formats::measurement_table::MeasurementRow;
use islet::formats::{Importer, OrganLabel};

const MAKING: SegProvenance<'_> =
    SegProvenance { corrected: true, model_sha256: "abc", open_gate: None, at: ["20261124", "063000"] };
const DIMS: [usize; 3] = [4, 5, 6];
/// Columns to the left, rows to anterior, slices down: on the page rows are the other way round.
const FILE: Geometry = Geometry { affine: [[0.5, 0.0, 0.0, -10.0], [0.0, -2.0, 0.0, 20.0], [0.0, 0.0, -3.0, 30.0]] };

fn volume() -> Volume {
    Volume { hu: vec![40; 120], dims: DIMS, geometry: Some(FILE), calibrated: true }
}

fn files() -> Vec<(String, Vec<u8>)> {
    write_series(&volume(), "Patient-17", "Abdomen")
}

fn identity() -> Identity {
    let mut importer = Importer::new();
    files().iter().for_each(|(name, bytes)| importer.add(name, bytes));
    importer.finish().series.remove(0).identity.unwrap()
}

/// The grid as the page shows it.
fn grid(file: &Geometry) -> Grid {
    let volume = Volume { geometry: Some(*file), ..volume() };
    Grid { dims: DIMS, geometry: Orientation::axial(file).view_volume(volume).geometry }
}

fn organ(label: u8, name: &str, volume_ml: Option<f64>) -> MeasuredOrgan {
    let hu = Some([98.5, 20.25]);
    MeasuredOrgan { organ: OrganLabel { label, name: name.into() }, volume_ml, hu, comments: Vec::new() }
}

fn row(plane: Plane, index: usize, shape: DrawnShape) -> MeasurementRow {
    MeasurementRow { drawn: DrawnMeasurement { plane, index, shape }, statistics: None }
}

fn report(organs: &[MeasuredOrgan], drawn: &[MeasurementRow], file: &Geometry, identity: &Identity) -> Vec<u8> {
    let content = ReportContent { organs, drawn, grid: grid(file), file_geometry: *file };
    write_measurement_report(&content, identity, &MAKING).unwrap()
}

/// An item of a report's tree.
pub(crate) struct Item(InMemDicomObject);

impl Item {
    fn text(&self, tag: Tag) -> String {
        let element = self.0.get(tag).unwrap_or_else(|| panic!("no {tag}"));
        element.to_str().unwrap().trim_end_matches(['\0', ' ']).into()
    }

    fn sequence(&self, tag: Tag) -> Vec<Self> {
        let items = self.0.get(tag).and_then(|element| element.items());
        items.unwrap_or_default().iter().map(|item| Self(item.clone())).collect()
    }

    /// Code value and coding scheme.
    fn code(&self, tag: Tag) -> String {
        let [code] = &self.sequence(tag)[..] else { panic!("one code in {tag}") };
        format!("{} {}", code.text(tags::CODE_VALUE), code.text(tags::CODING_SCHEME_DESIGNATOR))
    }

    /// The items in it whose name has this code.
    pub(crate) fn children(&self, name: &str) -> Vec<Self> {
        let all = self.sequence(tags::CONTENT_SEQUENCE).into_iter();
        all.filter(|item| item.code(tags::CONCEPT_NAME_CODE_SEQUENCE) == name).collect()
    }

    pub(crate) fn child(&self, name: &str) -> Self {
        let [child] =
            <[Self; 1]>::try_from(self.children(name)).unwrap_or_else(|found| panic!("{} {name}", found.len()));
        child
    }

    /// The code of an item of this name.
    fn answer(&self, name: &str) -> String {
        self.child(name).code(tags::CONCEPT_CODE_SEQUENCE)
    }

    /// Number and unit.
    pub(crate) fn number(&self) -> (f64, String) {
        let [measured] = &self.sequence(tags::MEASURED_VALUE_SEQUENCE)[..] else { panic!("one value") };
        let value = measured.0.element(tags::FLOATING_POINT_VALUE).unwrap().to_float64().unwrap();
        let decimal: f64 = measured.text(tags::NUMERIC_VALUE).parse().unwrap();
        assert!((value - decimal).abs() <= 1e-12 * value.abs().max(1.0), "{value} {decimal}");
        (value, measured.code(tags::MEASUREMENT_UNITS_CODE_SEQUENCE))
    }

    /// The number in HU that was derived in a way.
    pub(crate) fn hu(&self, derivation: &str) -> f64 {
        let all = self.children("112031 DCM");
        let wanted: Vec<&Self> = all.iter().filter(|item| item.answer("121401 DCM") == derivation).collect();
        let [number] = wanted[..] else { panic!("{} {derivation}", wanted.len()) };
        let (value, unit) = number.number();
        assert_eq!(unit, "[hnsf'U] UCUM");
        value
    }

    fn graphic(&self) -> Vec<f32> {
        self.0.element(tags::GRAPHIC_DATA).unwrap().to_multi_float32().unwrap()
    }
}

fn parsed(bytes: &[u8]) -> Item {
    Item((*dicom_object::from_reader(bytes).unwrap()).clone())
}

/// The groups of measurements.
pub(crate) fn groups(bytes: &[u8]) -> Vec<Item> {
    parsed(bytes).child("126010 DCM").children("125007 DCM")
}

/// What is tracked in a group.
pub(crate) fn name_of(group: &Item) -> String {
    group.child("112039 DCM").text(tags::TEXT_VALUE)
}

fn template(item: &Item) -> String {
    item.sequence(tags::CONTENT_TEMPLATE_SEQUENCE)[0].text(tags::TEMPLATE_IDENTIFIER)
}

fn assert_near(found: &[f32], expected: &[f64]) {
    let is_near = found.iter().zip(expected).all(|(found, expected)| (f64::from(*found) - expected).abs() < 1e-4);
    assert!(found.len() == expected.len() && is_near, "{found:?} instead of {expected:?}");
}

#[test]
fn organs_have_codes_sides_volumes_and_hounsfield_units() {
    let mut cut_off = organ(3, "kidney_left", None);
    cut_off.comments.push("The mask reaches the first slice.".into());
    let organs = [organ(1, "pancreas", Some(12.345)), cut_off, organ(9, "label 9", Some(0.5))];
    let bytes = report(&organs, &[], &FILE, &identity());
    let [pancreas, kidney, other] = &groups(&bytes)[..] else { panic!("three groups") };
    assert_eq!([pancreas, kidney, other].map(template), ["1501", "1501", "1501"]);
    assert_eq!(name_of(pancreas), "Pancreas");
    assert_eq!(
        (pancreas.answer("276214006 SCT"), pancreas.answer("121071 DCM")),
        ("91723000 SCT".into(), "15776009 SCT".into())
    );
    assert_eq!(pancreas.answer("363698007 SCT"), "15776009 SCT");
    assert_eq!(pancreas.child("118565006 SCT").number(), (12.345, "ml UCUM".into()));
    assert_eq!((pancreas.hu("373098007 SCT"), pancreas.hu("386136009 SCT")), (98.5, 20.25));
    assert!(pancreas.children("121106 DCM").is_empty());
    let parameters = pancreas.child("111002 DCM").text(tags::TEXT_VALUE);
    assert_eq!(parameters, "model SHA-256 abc, corrected by a person");

    let site = kidney.child("363698007 SCT");
    assert_eq!(
        (site.code(tags::CONCEPT_CODE_SEQUENCE), site.answer("272741003 SCT")),
        ("64033007 SCT".into(), "7771000 SCT".into())
    );
    assert!(kidney.children("118565006 SCT").is_empty(), "a lone slice has no volume");
    assert_eq!(kidney.child("121106 DCM").text(tags::TEXT_VALUE), "The mask reaches the first slice.");

    assert_eq!((other.answer("121071 DCM"), other.children("363698007 SCT").len()), ("85756007 SCT".into(), 0));
    // The same thing is tracked by the same UID in every report of the series, and another by another.
    let uid = |group: &Item| group.child("112040 DCM").text(tags::UID);
    let again = report(&organs[..1], &[], &FILE, &identity());
    assert_eq!(uid(pancreas), uid(&groups(&again)[0]));
    assert!(
        uid(pancreas) != uid(kidney)
            && parsed(&again).text(tags::SOP_INSTANCE_UID) != parsed(&bytes).text(tags::SOP_INSTANCE_UID)
    );
}

#[test]
fn a_length_on_a_slice_is_in_pixels_of_its_image() {
    let length = row(Plane::Axial, 1, DrawnShape::Length { ends: [[0.0, 1.0], [3.0, 5.0]] });
    let bytes = report(&[], &[length], &FILE, &identity());
    let [group] = &groups(&bytes)[..] else { panic!("one group") };
    assert_eq!((template(group), name_of(group)), ("1501".into(), "Length 1".into()));
    let number = group.child("410668003 SCT");
    // Three rows of 2 mm and four columns of 0.5 mm.
    let (mm, unit) = number.number();
    assert!((mm - 40f64.sqrt()).abs() < 1e-12 && unit == "mm UCUM", "{mm} {unit}");
    let place = number.child("260753009 SCT");
    assert_eq!(
        (place.text(tags::VALUE_TYPE), place.text(tags::RELATIONSHIP_TYPE)),
        ("SCOORD".into(), "INFERRED FROM".into())
    );
    assert_eq!(place.text(tags::GRAPHIC_TYPE), "POLYLINE");
    // Row 0 of the page is row 4 of the file; the centre of the first pixel is at 0.5, 0.5.
    assert_near(&place.graphic(), &[1.5, 4.5, 5.5, 1.5]);
    let image = place.child("260753009 SCT");
    assert_eq!(
        (image.text(tags::VALUE_TYPE), image.text(tags::RELATIONSHIP_TYPE)),
        ("IMAGE".into(), "SELECTED FROM".into())
    );
    let referenced = image.sequence(tags::REFERENCED_SOP_SEQUENCE)[0].text(tags::REFERENCED_SOP_INSTANCE_UID);
    assert_eq!(referenced, parsed(&files()[1].1).text(tags::SOP_INSTANCE_UID));
}

#[test]
fn an_angle_across_slices_is_in_the_patient() {
    let angle = row(Plane::Coronal, 2, DrawnShape::Angle { points: [[0.0, 0.0], [2.0, 0.0], [2.0, 4.0]] });
    let bytes = report(&[], &[angle], &FILE, &identity());
    let number = groups(&bytes)[0].child("1483009 SCT");
    let (deg, unit) = number.number();
    assert!((deg - 90.0).abs() < 1e-9 && unit == "deg UCUM", "{deg} {unit}");
    let place = number.child("260753009 SCT");
    assert_eq!(place.text(tags::VALUE_TYPE), "SCOORD3D");
    // Row 2 of the page is row 2 of the file, at 16 mm.
    assert_near(&place.graphic(), &[-10.0, 16.0, 30.0, -10.0, 16.0, 24.0, -8.0, 16.0, 24.0]);
    let frame = place.text(tags::REFERENCED_FRAME_OF_REFERENCE_UID);
    assert_eq!(frame, parsed(&files()[0].1).text(tags::FRAME_OF_REFERENCE_UID));
}

const STATISTICS: EllipseStatistics =
    EllipseStatistics { pixels: 7, mean_hu: 12.5, sd_hu: 3.25, min_hu: -4, max_hu: 40 };

#[test]
fn an_ellipse_is_a_region_with_its_long_axis_first() {
    let ellipse = row(Plane::Axial, 0, DrawnShape::Ellipse { corners: [[0.0, 1.0], [4.0, 3.0]] });
    let ellipse = MeasurementRow { statistics: Some(STATISTICS), ..ellipse };
    let bytes = report(&[], &[ellipse], &FILE, &identity());
    let group = &groups(&bytes)[0];
    assert_eq!((template(group), name_of(group)), ("1410".into(), "Ellipse 1".into()));
    // Half axes of 2 pixels and 1 pixel of 2 x 0.5 mm.
    let (mm2, unit) = group.child("42798000 SCT").number();
    assert!((mm2 - 2.0 * std::f64::consts::PI).abs() < 1e-12 && unit == "mm2 UCUM", "{mm2} {unit}");
    let derived = ["373098007 SCT", "386136009 SCT", "255605001 SCT", "56851009 SCT"];
    assert_eq!(derived.map(|derivation| group.hu(derivation)), [12.5, 3.25, -4.0, 40.0]);
    let region = group.child("111030 DCM");
    assert_eq!((region.text(tags::VALUE_TYPE), region.text(tags::GRAPHIC_TYPE)), ("SCOORD".into(), "ELLIPSE".into()));
    let mut points = region.graphic();
    // Either end of an axis may come first.
    if points[1] > points[3] {
        points[..4].rotate_left(2);
    }
    if points[4] > points[6] {
        points[4..].rotate_left(2);
    }
    assert_near(&points, &[2.5, 0.5, 2.5, 4.5, 1.5, 2.5, 3.5, 2.5]);
}

#[test]
fn an_ellipse_on_a_plane_through_sheared_slices_has_its_true_axes() {
    // Rows of 2 mm to posterior; each slice lies 3 mm lower and 1 mm more posterior than the one before.
    let tilted = Geometry { affine: [[0.5, 0.0, 0.0, 0.0], [0.0, 2.0, 1.0, 0.0], [0.0, 0.0, -3.0, 0.0]] };
    let ellipse = row(Plane::Sagittal, 0, DrawnShape::Ellipse { corners: [[1.0, 0.0], [3.0, 4.0]] });
    // Without images, as of a NIfTI file.
    let bytes = report(&[], &[ellipse], &tilted, &Identity::made_up("key", 4, &tilted));
    let region = groups(&bytes)[0].child("111030 DCM");
    assert_eq!(region.text(tags::VALUE_TYPE), "SCOORD3D");
    // Conjugate half axes (4, 0) and (1, -3) mm to posterior and superior: the eigenvalues of [[17, -3], [-3, 9]] are 18 and 8,
    // with the vectors (3, -1) and (1, 3). The middle is voxel [2, 2]: 2 * 1 + 2 * 2 and 2 * -3 mm.
    let long = [3.0 * 1.8f64.sqrt(), -(1.8f64.sqrt())];
    let short = [0.8f64.sqrt(), 3.0 * 0.8f64.sqrt()];
    let points = region.graphic();
    let middle = [0.0, 6.0, -6.0];
    for (axis, ends) in [long, short].into_iter().zip([&points[..6], &points[6..]]) {
        let sign = if f64::from(ends[1]) < middle[1] { 1.0 } else { -1.0 };
        let end = |sign: f64| [middle[0], middle[1] + sign * axis[0], middle[2] + sign * axis[1]];
        assert_near(ends, &[end(-sign), end(sign)].concat());
    }
    let document = parsed(&bytes);
    assert!(
        document.children("111028 DCM").is_empty()
            && document.0.get(tags::CURRENT_REQUESTED_PROCEDURE_EVIDENCE_SEQUENCE).is_none()
    );
}

#[test]
fn a_report_says_whose_it_is_and_lists_the_images() {
    let bytes = report(&[organ(1, "pancreas", Some(70.0))], &[], &FILE, &identity());
    let (document, first) = (parsed(&bytes), parsed(&files()[0].1));
    for tag in [tags::PATIENT_NAME, tags::PATIENT_ID, tags::STUDY_INSTANCE_UID] {
        assert_eq!(document.text(tag), first.text(tag));
    }
    assert_eq!(document.text(tags::SOP_CLASS_UID), "1.2.840.10008.5.1.4.1.1.88.34");
    assert_eq!((document.text(tags::MODALITY), document.text(tags::CONTENT_DATE)), ("SR".into(), "20261124".into()));
    assert_eq!(
        (document.code(tags::CONCEPT_NAME_CODE_SEQUENCE), template(&document)),
        ("126000 DCM".into(), "1500".into())
    );
    let uids: Vec<String> = files().iter().map(|(_, bytes)| parsed(bytes).text(tags::SOP_INSTANCE_UID)).collect();
    let library = document.child("111028 DCM").child("126200 DCM").children("260753009 SCT");
    let listed = library.iter().map(|item| item.sequence(tags::REFERENCED_SOP_SEQUENCE).remove(0));
    let evidence = document.sequence(tags::CURRENT_REQUESTED_PROCEDURE_EVIDENCE_SEQUENCE).remove(0);
    assert_eq!(evidence.text(tags::STUDY_INSTANCE_UID), first.text(tags::STUDY_INSTANCE_UID));
    let series = evidence.sequence(tags::REFERENCED_SERIES_SEQUENCE).remove(0);
    assert_eq!(series.text(tags::SERIES_INSTANCE_UID), first.text(tags::SERIES_INSTANCE_UID));
    let instance = |item: Item| item.text(tags::REFERENCED_SOP_INSTANCE_UID);
    assert_eq!(listed.map(instance).collect::<Vec<_>>(), uids);
    assert_eq!(series.sequence(tags::REFERENCED_SOP_SEQUENCE).into_iter().map(instance).collect::<Vec<_>>(), uids);
}

#[test]
fn without_the_patient_nothing_of_them_is_left() {
    let length = row(Plane::Axial, 1, DrawnShape::Length { ends: [[0.0, 1.0], [3.0, 5.0]] });
    let angle = row(Plane::Coronal, 2, DrawnShape::Angle { points: [[0.0, 0.0], [2.0, 0.0], [2.0, 4.0]] });
    let organs = [organ(1, "pancreas", Some(70.0))];
    let bytes = report(&organs, &[length, angle], &FILE, &identity().without_patient());
    for slice in files().iter().map(|(_, bytes)| parsed(bytes)) {
        let uids =
            [tags::STUDY_INSTANCE_UID, tags::SERIES_INSTANCE_UID, tags::SOP_INSTANCE_UID, tags::FRAME_OF_REFERENCE_UID];
        for secret in uids.into_iter().chain([tags::PATIENT_NAME]).map(|tag| slice.text(tag)) {
            assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()), "{secret} is there");
        }
    }
    assert!(!bytes.windows(8).any(|window| window == b"20261124"));
    assert_eq!(parsed(&bytes).text(tags::PATIENT_IDENTITY_REMOVED), "YES");
    assert_eq!(groups(&bytes).len(), 3);
}

#[test]
fn a_report_of_nothing_is_refused() {
    let nothing = MeasuredOrgan { hu: None, ..organ(1, "pancreas", None) };
    let content = ReportContent { organs: &[nothing], drawn: &[], grid: grid(&FILE), file_geometry: FILE };
    let refused = write_measurement_report(&content, &identity(), &MAKING).unwrap_err();
    assert!(refused.reason.contains("nothing was measured"), "{refused}");
}
