//! Many organs in the page's engine: how they are measured, the one that tools act on, and what is kept of the others.

use islet::app::protocol::{
    Export, Mark, MaskSettings, ModelChoice, Navigation, OrganInfo, OrganSource, OrgansInfo, PlaneView, Request,
    Response,
};
use islet::app::session::Session;
use islet::core::mask::Mask;
use islet::core::mpr::Plane;
use islet::core::volume::Orientation;
use islet::formats::{Importer, nifti};
use islet::imaging::edit::{Acceptance, Edit, Stroke, UndoStep};

use super::volumes::{exported, failure, mask, segmented};
use super::{CT82, axial, contents, finish_all, series, session};

const LIVER: u8 = 2;
const PANCREAS_VALUE: u8 = 3;
const DIMS: [usize; 3] = [9, 64, 48];

/// The list of organs in these responses.
fn organs_in(responses: &[Response]) -> Option<OrgansInfo> {
    responses.iter().rev().find_map(|response| match response {
        Response::Organs(info) => Some(info.clone()),
        _ => None,
    })
}

/// Lets the session finish what it does while nothing is requested, and returns the list of organs that it gives.
pub(super) fn measured(session: &mut Session) -> Option<OrgansInfo> {
    let mut responses = Vec::new();
    while session.has_outdated_masks() {
        responses.extend(session.recompute_masks());
    }
    organs_in(&responses)
}

fn organ(info: &OrgansInfo, label: u8) -> &OrganInfo {
    info.organs.iter().find(|organ| organ.label == label).unwrap_or_else(|| panic!("no {label} in {info:?}"))
}

/// A disc around row 40 and column 30 of a slice.
fn draw(session: &mut Session, slice: usize) {
    let stroke = Stroke { from: [40.0, 30.0], to: [40.0, 30.0], radius_px: 3.0, erase: false, range_hu: None };
    session.handle(Request::Edit { slice, edit: Edit::Stroke(stroke), step: UndoStep::New });
    session.handle(Request::Accept { slice, acceptance: Acceptance::Accepted });
}

fn marks(responses: &[Response]) -> Vec<Mark> {
    let marks = responses.iter().find_map(|response| match response {
        Response::Changed { marks, navigation: Navigation::Stay, .. } => Some(marks.clone()),
        _ => None,
    });
    marks.unwrap_or_else(|| panic!("nothing changed in {responses:?}"))
}

fn upright(labels: &[u8]) -> Mask {
    Mask { labels: labels.to_vec(), dims: DIMS }.view(&Orientation::axial(&CT82))
}

#[test]
fn each_organ_is_measured_and_the_pancreas_comes_first() {
    let (mut session, _, labels) = segmented();
    let info = measured(&mut session).unwrap();
    assert_eq!((info.source.clone(), info.active), (OrganSource::Model, PANCREAS_VALUE));
    assert_eq!(info.organs[0].name, "pancreas");
    assert!(info.organs.len() >= 2);
    let (labels, volume) = (upright(&labels), upright_hu());
    for organ in &info.organs {
        let inside: Vec<usize> = (0..volume.len()).filter(|&i| labels.labels[i] == organ.label).collect();
        let count = inside.len() as f64;
        let mean = inside.iter().map(|&i| f64::from(volume[i])).sum::<f64>() / count;
        let variance = inside.iter().map(|&i| (f64::from(volume[i]) - mean).powi(2)).sum::<f64>() / count;
        assert_eq!(organ.voxels, inside.len(), "{}", organ.name);
        assert!((organ.volume_ml.unwrap() - count * 20.0 / 1000.0).abs() < 1e-9, "{organ:?}");
        let hu = organ.hu.unwrap();
        assert!((hu.mean_hu - mean).abs() < 1e-6 && (hu.sd_hu - variance.sqrt()).abs() < 1e-6, "{organ:?} {mean}");
        let [z, y, x] = organ.middle.unwrap();
        assert_eq!(labels.slice(z)[y * 48 + x], organ.label, "the middle of {} is in it", organ.name);
    }
    assert!(measured(&mut session).is_none(), "told once");
}

/// The values of `series("a", 9)` in viewing order.
fn upright_hu() -> Vec<i16> {
    Orientation::axial(&CT82).view(&series("a", 9).volume.hu, DIMS)
}

#[test]
fn tools_act_on_the_chosen_organ_and_what_was_drawn_on_each_stays_with_it() {
    let (mut session, _, labels) = segmented();
    measured(&mut session);
    let only = |value: u8| labels.iter().map(|&label| u8::from(label == value)).collect::<Vec<u8>>();
    draw(&mut session, 2);
    let pancreas = mask(&mut session);
    assert_ne!(pancreas, only(PANCREAS_VALUE));

    let chosen = session.handle(Request::ChooseOrgan { label: LIVER });
    let Some(Response::Organs(info)) = chosen.first() else { panic!("{chosen:?}") };
    assert_eq!((info.active, organ(info, PANCREAS_VALUE).corrected), (LIVER, 1));
    assert_eq!(marks(&chosen), [Mark::None; 9], "nothing is corrected on the liver");
    assert_eq!(mask(&mut session), only(LIVER));
    draw(&mut session, 5);
    let liver = mask(&mut session);
    assert_ne!(liver, only(LIVER));
    assert_eq!(organ(&measured(&mut session).unwrap(), LIVER).corrected, 1);

    let back = session.handle(Request::ChooseOrgan { label: PANCREAS_VALUE });
    assert_eq!(marks(&back).iter().position(|mark| *mark == Mark::Accepted), Some(2));
    assert_eq!(mask(&mut session), pancreas, "as it was left");
    session.handle(Request::Undo);
    session.handle(Request::Undo);
    assert_eq!(mask(&mut session), only(PANCREAS_VALUE), "with its own history");
    session.handle(Request::Redo);
    session.handle(Request::Redo);

    // The file holds what was drawn on both; the active organ lies on top.
    let (name, bytes) = exported(&mut session, Export::Nifti);
    let saved = nifti::read_mask(&name, &bytes).unwrap().0.labels;
    for (i, saved) in saved.iter().enumerate() {
        let expected = match (pancreas[i] != 0, liver[i] != 0, labels[i]) {
            (true, _, _) => PANCREAS_VALUE,
            (false, true, _) => LIVER,
            (false, false, PANCREAS_VALUE | LIVER) => 0,
            (false, false, other) => other,
        };
        assert_eq!(*saved, expected, "voxel {i}");
    }
    assert!(session.handle(Request::ChooseOrgan { label: 77 }).is_empty(), "no such organ");
    assert!(session.handle(Request::ChooseOrgan { label: PANCREAS_VALUE }).is_empty(), "it is active already");
}

#[test]
fn files_that_say_pancreas_are_refused_for_another_organ() {
    let (mut session, ..) = segmented();
    session.handle(Request::ChooseOrgan { label: LIVER });
    draw(&mut session, 5);
    let json = Request::Export { what: Export::Json, at: "2026-11-28T12:00:00".into() };
    let refused = failure(&session.handle(json));
    assert!(refused.reason.contains("the tools act on liver"), "{refused}");
    assert!(failure(&session.handle(Request::ExportCorrections)).reason.contains("liver"));
    assert_eq!(exported(&mut session, Export::Csv).0, "a_liver.csv");
    assert_eq!(exported(&mut session, Export::Stl).0, "a_liver.stl");
}

#[test]
fn pictures_carry_all_organs_with_what_was_drawn_on_those_that_are_not_active() {
    let (mut session, _, labels) = segmented();
    let view = |session: &mut Session, request: Request| match session.handle(request).pop() {
        Some(Response::View(PlaneView { organs: Some(organs), mask: Some(mask), .. })) => {
            (organs.into_vec(), mask.into_vec())
        }
        other => panic!("no organs in {other:?}"),
    };
    let labels = upright(&labels);
    assert_eq!(view(&mut session, axial(4)).0, labels.slice(4));
    let coronal = Request::View { plane: Plane::Coronal, index: 40, model: ModelChoice::Current };
    let rows: Vec<u8> = (0..9).flat_map(|z| labels.slice(z)[40 * 48..41 * 48].to_vec()).collect();
    assert_eq!(view(&mut session, coronal).0, rows);

    draw(&mut session, 4);
    let drawn = view(&mut session, axial(4)).1;
    session.handle(Request::ChooseOrgan { label: LIVER });
    let (organs, mask) = view(&mut session, axial(4));
    let own: Vec<u8> = organs.iter().map(|&label| u8::from(label == PANCREAS_VALUE)).collect();
    assert_eq!(own, drawn, "the pancreas as it was drawn");
    assert_eq!(mask, labels.slice(4).iter().map(|&label| u8::from(label == LIVER)).collect::<Vec<_>>());
}

#[test]
fn stored_corrections_come_back_to_their_own_organ_only() {
    let (mut session, ..) = segmented();
    draw(&mut session, 2);
    let saved = |session: &mut Session| match &session.handle(Request::SaveCorrections)[..] {
        [Response::Corrections { key, bytes }] => (key.clone(), bytes.clone()),
        other => panic!("{other:?}"),
    };
    let (key, bytes) = saved(&mut session);
    session.handle(Request::ChooseOrgan { label: LIVER });
    let (liver_key, _) = saved(&mut session);
    assert_eq!(liver_key, format!("{key}-liver"));
    assert!(session.handle(Request::RestoreCorrections { key, bytes: bytes.clone() }).is_empty());
    let restored = session.handle(Request::RestoreCorrections { key: liver_key, bytes });
    assert_eq!(marks(&restored)[2], Mark::Accepted);
}

#[test]
fn another_model_brings_the_pancreas_back_and_keeps_the_other_work() {
    let (mut session, _, labels) = segmented();
    session.handle(Request::ChooseOrgan { label: LIVER });
    draw(&mut session, 5);
    let liver = mask(&mut session);
    let shipped = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/www/models/pancreas.safetensors")).unwrap();
    session.load_model("pancreas.safetensors", shipped);
    finish_all(&mut session);
    let info = measured(&mut session).unwrap();
    assert_eq!((info.organs.len(), info.organs[0].corrected), (1, 0), "only the pancreas, without the liver's slices");
    super::volumes::load_release(&mut session, super::volumes::FINE);
    let job = session.next_volume_job(0).unwrap();
    session.finish(super::done_with(job.opening, labels));
    assert_eq!(organ(&measured(&mut session).unwrap(), LIVER).corrected, 1);
    session.handle(Request::ChooseOrgan { label: LIVER });
    assert_eq!(mask(&mut session), liver);
}

#[test]
fn a_model_of_slices_has_one_organ_whose_units_and_middle_are_told_when_all_is_done() {
    let mut session = session();
    session.open(contents(vec![series("a", 3)]));
    assert!(measured(&mut session).is_none(), "not before every slice is done");
    finish_all(&mut session);
    let info = measured(&mut session).unwrap();
    let [pancreas] = &info.organs[..] else { panic!("{info:?}") };
    let (hu, [_, y, x]) = (pancreas.hu.unwrap(), pancreas.middle.unwrap());
    assert_eq!((pancreas.name.as_str(), hu.mean_hu, hu.sd_hu), ("pancreas", 100.0, 0.0), "bright pixels alone");
    assert!(x >= 24 && y < 44, "row {y}, column {x}");
    let settings = MaskSettings { threshold: 0.9, ..MaskSettings::default() };
    session.handle(Request::Set(settings));
    draw(&mut session, 0);
    assert_eq!(measured(&mut session).unwrap().organs[0].corrected, 1);
}

#[test]
fn a_dropped_label_map_of_several_organs_is_shown_whole() {
    let inside = |i: usize| match (i / 48 % 64, i % 48) {
        (20..30, 30..40) => 7u8,
        (40..50, 10..20) => 4,
        _ => 0,
    };
    let labels: Vec<u8> = (0..3 * 64 * 48).map(inside).collect();
    let map = Mask { labels: labels.clone(), dims: [3, 64, 48] };
    let names = br#"{"labels": {"background": 0, "spleen": 4, "pancreas": 7, "liver": 9}}"#;
    let mut session = session();
    session.open(contents(vec![series("a", 3)]));
    finish_all(&mut session);
    let mut importer = Importer::new();
    importer.add("set/dataset.json", names);
    importer.add("set/labelsTr/a.nii.gz", &nifti::write_mask(&map, Some(&CT82)));
    let responses = session.open(importer.finish());
    assert!(responses.iter().any(|response| matches!(response, Response::Truth(_))), "{responses:?}");
    let info = measured(&mut session).unwrap();
    assert_eq!(info.source, OrganSource::LabelMap { name: "a.nii.gz".into() });
    let names: Vec<&str> = info.organs.iter().map(|organ| organ.name.as_str()).collect();
    assert_eq!(names, ["pancreas", "spleen"], "what is not there is not listed");
    assert_eq!(info.organs[1].voxels, 300);
    assert!(session.handle(Request::ChooseOrgan { label: info.organs[1].label }).is_empty(), "tools act on the mask");
}
