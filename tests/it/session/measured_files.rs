//! Reports of measurements and coloured surfaces from the page's engine: the same organs and numbers as on the page.

use islet::app::protocol::{Export, PatientData, Request, SurfaceLook};
use islet::app::session::Session;
use islet::core::drawn_measurement::{DrawnMeasurement, DrawnShape};
use islet::core::mask::Mask;
use islet::core::mpr::Plane;
use islet::formats::{Importer, nifti};

use super::organs::measured;
use super::volumes::{PANCREAS_VALUE, exported, failure, segmented};
use super::{CT82, contents, finish_all, series, session};
use crate::glb::Scene;
use crate::sr::{Item, groups, name_of};

/// A voxel of `series` has 20 mm³.
const VOXEL_ML: f64 = 0.02;

fn report(
    session: &mut Session,
    patient: PatientData,
    hidden: &[u8],
    drawn: &[DrawnMeasurement],
) -> (String, Vec<Item>) {
    let what = Export::Sr { patient, hidden: hidden.to_vec(), drawn: drawn.to_vec() };
    let (name, bytes) = exported(session, what);
    (name, groups(&bytes))
}

#[test]
fn a_report_has_the_organs_that_are_shown_with_the_numbers_of_their_voxels() {
    let (mut session, _, labels) = segmented();
    let organs = measured(&mut session).unwrap().organs;
    let hu = series("a", 9).volume.hu;
    let (name, found) = report(&mut session, PatientData::Include, &[], &[]);
    assert_eq!(name, "a_measurements.sr.dcm");
    let there: Vec<_> = organs.iter().filter(|organ| organ.voxels > 0).collect();
    assert!(there.len() >= 2 && found.len() == there.len(), "{} groups of {organs:?}", found.len());
    for (group, organ) in found.iter().zip(there) {
        assert_eq!(name_of(group).to_lowercase(), organ.name);
        let inside: Vec<f64> = (0..hu.len()).filter(|&i| labels[i] == organ.label).map(|i| f64::from(hu[i])).collect();
        let count = inside.len() as f64;
        let mean = inside.iter().sum::<f64>() / count;
        let deviation = (inside.iter().map(|hu| (hu - mean).powi(2)).sum::<f64>() / count).sqrt();
        let (ml, unit) = group.child("118565006 SCT").number();
        assert!((ml - count * VOXEL_ML).abs() < 1e-9 && unit == "ml UCUM", "{ml} {unit}");
        let [found_mean, found_deviation] = ["373098007 SCT", "386136009 SCT"].map(|derivation| group.hu(derivation));
        assert!((found_mean - mean).abs() < 1e-6 && (found_deviation - deviation).abs() < 1e-6, "{found_mean} {mean}");
        let area = 64 * 48;
        let reaches = [&labels[..area], &labels[8 * area..]].map(|slice| slice.contains(&organ.label));
        assert_eq!(!group.children("121106 DCM").is_empty(), reaches != [false; 2], "{}", organ.name);
    }
    let (_, found) = report(&mut session, PatientData::Include, &[PANCREAS_VALUE], &[]);
    assert!(found.iter().all(|group| name_of(group) != "Pancreas"), "it is hidden");
    // What is not there is left out as on the page, and the active organ stands in for it.
    let all: Vec<u8> = organs.iter().map(|organ| organ.label).collect();
    let (_, found) = report(&mut session, PatientData::Include, &all, &[]);
    assert_eq!(found.iter().map(name_of).collect::<Vec<_>>(), ["Pancreas"]);
}

#[test]
fn what_was_drawn_is_measured_on_the_voxels() {
    let mut session = session();
    session.open(contents(vec![series("a", 3)]));
    finish_all(&mut session);
    // Pixels of 2 x 2 mm. Columns from 24 on have 100 HU, those before 0: five of a row, and one above and below the middle.
    let ellipse = DrawnShape::Ellipse { corners: [[39.0, 22.0], [41.0, 26.0]] };
    let length = DrawnShape::Length { ends: [[10.0, 10.0], [13.0, 14.0]] };
    let drawn = [length, ellipse].map(|shape| DrawnMeasurement { plane: Plane::Axial, index: 1, shape });
    let (name, found) = report(&mut session, PatientData::Omit, &[], &drawn);
    assert!(name.starts_with("islet_") && name.ends_with("_measurements.sr.dcm"), "{name}");
    assert_eq!(found.iter().map(name_of).collect::<Vec<_>>(), ["Pancreas", "Length 1", "Ellipse 2"]);
    // Three rows and four columns.
    assert!((found[1].child("410668003 SCT").number().0 - 10.0).abs() < 1e-9);
    assert!((found[2].hu("373098007 SCT") - 500.0 / 7.0).abs() < 1e-9);
    let area = std::f64::consts::PI * 2.0 * 1.0 * 4.0;
    assert!((found[2].child("42798000 SCT").number().0 - area).abs() < 1e-9);
}

#[test]
fn visible_organs_become_one_scene_with_their_looks() {
    let (mut session, _, labels) = segmented();
    let organs = measured(&mut session).unwrap().organs;
    let there: Vec<_> = organs.iter().filter(|organ| organ.voxels > 0).collect();
    let looks: Vec<SurfaceLook> = there
        .iter()
        .map(|organ| SurfaceLook { label: organ.label, rgb: [organ.label, 0, 255], opacity: 0.5 })
        .chain([SurfaceLook { label: 200, rgb: [0; 3], opacity: 1.0 }])
        .collect();
    let (name, bytes) = exported(&mut session, Export::Glb { organs: looks });
    assert_eq!(name, "a_organs.glb");
    let surfaces = Scene::read(&bytes).surfaces();
    assert_eq!(surfaces.len(), there.len(), "nothing of the label 200 is there");
    for (surface, organ) in surfaces.iter().zip(there) {
        assert_eq!(surface.name.to_lowercase(), organ.name);
        let ml = labels.iter().filter(|label| **label == organ.label).count() as f64 * VOXEL_ML;
        assert!((surface.volume_m3() * 1e6 / ml - 1.0).abs() < 0.02, "{} mL, {ml} mL", surface.volume_m3() * 1e6);
        assert_eq!(surface.material["alphaMode"], "BLEND");
        assert_eq!(surface.material["pbrMetallicRoughness"]["baseColorFactor"][2], 1.0);
    }
    let what = Export::Glb { organs: Vec::new() };
    let refused = failure(&session.handle(Request::Export { what, at: String::new() }));
    assert!(refused.hint.contains("Show an organ"), "{refused}");
}

#[test]
fn a_name_from_a_dropped_file_that_is_no_structures_stays_out_of_files_without_a_patient() {
    let labels: Vec<u8> = (0..3 * 64 * 48)
        .map(|i| match (i / 48 % 64, i % 48) {
            (20..30, 30..40) => 7u8,
            (40..50, 10..20) => 4,
            _ => 0,
        })
        .collect();
    let map = Mask { labels, dims: [3, 64, 48] };
    let mut session = session();
    session.open(contents(vec![series("a", 3)]));
    finish_all(&mut session);
    let mut importer = Importer::new();
    importer.add("set/dataset.json", br#"{"labels": {"background": 0, "mustermann": 4, "pancreas": 7}}"#);
    importer.add("set/labelsTr/a.nii.gz", &nifti::write_mask(&map, Some(&CT82)));
    session.open(importer.finish());
    let label = measured(&mut session).unwrap().organs[1].label;
    let harmless = format!("Label {label}");
    let names = |session: &mut Session, patient| -> Vec<String> {
        report(session, patient, &[], &[]).1.iter().map(name_of).collect()
    };
    assert_eq!(names(&mut session, PatientData::Omit), ["Pancreas", &harmless]);
    assert_eq!(names(&mut session, PatientData::Include), ["Pancreas", "Mustermann"]);
    let organs = vec![SurfaceLook { label, rgb: [0; 3], opacity: 1.0 }];
    let (name, bytes) = exported(&mut session, Export::Glb { organs });
    assert_eq!((name.as_str(), Scene::read(&bytes).surfaces()[0].name.as_str()), ("a_organs.glb", &harmless[..]));
}
