//! What the session knows for a report: organs by value, what was drawn by hand, and when it is sent.

use islet::app::protocol::{OrganFacts, PatientData, ReportFacts, ReportRequest, Request, Response};
use islet::app::session::Session;
use islet::core::mpr::Plane;
use islet::formats::report_page::HandWork;
use islet::imaging::edit::{Acceptance, Edit, Stroke, UndoStep};

use super::correcting::changed;
use super::organs::measured;
use super::volumes::{PANCREAS_VALUE, segmented};
use super::{contents, finish_all, opened, series, session};

pub(super) fn request(patient: PatientData, hidden: &[u8]) -> Request {
    Request::Report(ReportRequest { hidden: hidden.to_vec(), patient, at: "2026-11-29T09:00:00".into() })
}

pub(super) fn facts(responses: &[Response]) -> ReportFacts {
    let found = responses.iter().find_map(|response| match response {
        Response::Report(facts) => Some(ReportFacts::clone(facts)),
        _ => None,
    });
    found.unwrap_or_else(|| panic!("no report in {responses:?}"))
}

fn is_waiting(responses: &[Response]) -> bool {
    !responses.iter().any(|response| matches!(response, Response::Report(_)))
}

fn dot(y: usize, x: usize, erase: bool) -> Edit {
    let at = [y as f32, x as f32];
    Edit::Stroke(Stroke { from: at, to: at, radius_px: 0.0, erase, range_hu: None })
}

fn ready(depth: usize) -> Session {
    let mut session = session();
    session.open(contents(vec![series("a", depth)]));
    finish_all(&mut session);
    measured(&mut session);
    session
}

#[test]
fn organs_and_hand_work_are_what_was_drawn() {
    let mut session = ready(5);
    let mut edit = |slice, edit| changed(&session.handle(Request::Edit { slice, edit, step: UndoStep::New }));
    let model: usize = edit(0, dot(40, 30, false)).pixels.into_iter().flatten().sum();
    (0..5).for_each(|slice| drop(edit(slice, Edit::Clear)));
    for (slice, y, x) in [(1, 40, 30), (1, 40, 31), (2, 40, 30), (4, 10, 5)] {
        edit(slice, dot(y, x, false));
    }
    for slice in [1, 2] {
        session.handle(Request::Accept { slice, acceptance: Acceptance::Accepted });
    }
    measured(&mut session);
    let facts = facts(&session.handle(request(PatientData::Omit, &[])));
    let [OrganFacts { organ, pixels, pieces }] = &facts.organs[..] else { panic!("{:?}", facts.organs) };
    // Voxels of 2 x 2 x 5 mm. Three of them have 100 HU and one, in the dark half, has 0.
    assert_eq!((&pixels[..], *pieces, organ.voxels, organ.corrected), (&[0, 2, 1, 0, 1][..], 2, 4, 5));
    assert!((organ.volume_ml.unwrap() - 0.08).abs() < 1e-12);
    let hu = organ.hu.unwrap();
    assert!((hu.mean_hu - 75.0).abs() < 1e-9 && (hu.sd_hu - 1875f64.sqrt()).abs() < 1e-9, "{hu:?}");
    // The model's mask has the three bright pixels and not the dark one.
    let expected = HandWork {
        accepted: vec![2, 3],
        corrected: vec![1, 4, 5],
        drawn_on: vec![],
        drawn_pixels: 0,
        added: 1,
        removed: model - 3,
    };
    assert_eq!(facts.hand_work, expected);
    // Planes through the middle, without a slab: 5 slices of 64 x 48 pixels.
    let planes: Vec<_> = facts.planes.iter().map(|view| (view.plane, view.index, view.hu.len() / 2)).collect();
    let [z, y, x] = organ.middle.unwrap();
    assert_eq!(planes, [(Plane::Axial, z, 64 * 48), (Plane::Coronal, y, 5 * 48), (Plane::Sagittal, x, 5 * 64)]);
    assert_eq!(facts.model.sha256.len(), 64);
}

#[test]
fn pixels_drawn_on_another_plane_are_counted_by_slice() {
    let mut session = ready(5);
    session.handle(Request::EditPlane {
        plane: Plane::Coronal,
        index: 40,
        edits: vec![dot(2, 30, true), dot(2, 31, true)],
    });
    let work = facts(&session.handle(request(PatientData::Omit, &[]))).hand_work;
    assert_eq!((&work.drawn_on[..], work.drawn_pixels, work.removed, work.added), (&[3][..], 2, 2, 0));
    assert!(work.accepted.is_empty() && work.corrected.is_empty());
}

#[test]
fn it_waits_for_masks_and_for_the_surfaces_that_are_wanted() {
    let mut session = session();
    let study = opened(&session.open(contents(vec![series("Doe J", 5)])));
    assert!(is_waiting(&session.handle(request(PatientData::Omit, &[]))), "not before every slice is segmented");
    let anonymous = facts(&finish_all(&mut session));
    assert_eq!(anonymous.file_name, format!("islet_{}_report.html", &study.key[..8]));
    assert_eq!(facts(&session.handle(request(PatientData::Include, &[]))).file_name, "Doe_J_report.html");

    measured(&mut session);
    session.handle(Request::ShowSurfaces { hidden: vec![] });
    assert!(is_waiting(&session.handle(request(PatientData::Omit, &[]))), "not before the surface");
    let mut sent = Vec::new();
    while session.has_outdated_surfaces() {
        sent.extend(session.advance_surfaces());
    }
    assert!(matches!(sent[..], [Response::Surface(_), Response::Report(_), ..]), "{sent:?}");
    // What waits when nobody wants surfaces any more is sent at once.
    let stroke = dot(50, 40, true);
    session.handle(Request::Edit { slice: 2, edit: stroke, step: UndoStep::New });
    measured(&mut session);
    assert!(is_waiting(&session.handle(request(PatientData::Omit, &[]))));
    facts(&session.handle(Request::HideSurfaces));
}

#[test]
fn only_organs_that_are_shown_are_in_it_and_the_active_one_if_none_is() {
    let (mut session, _, _) = segmented();
    let info = measured(&mut session).unwrap();
    let found: Vec<u8> = info.organs.iter().filter(|organ| organ.voxels > 0).map(|organ| organ.label).collect();
    assert!(found.len() > 1 && found.contains(&PANCREAS_VALUE), "{found:?}");
    let mut labels = |hidden: &[u8]| -> Vec<u8> {
        let facts = facts(&session.handle(request(PatientData::Omit, hidden)));
        for facts in &facts.organs {
            assert_eq!(facts.pixels.iter().sum::<usize>(), facts.organ.voxels, "{}", facts.organ.name);
            assert!(facts.pieces > 0);
        }
        facts.organs.iter().map(|facts| facts.organ.label).collect()
    };
    assert_eq!(labels(&[]), found);
    let others: Vec<u8> = found.iter().copied().filter(|label| *label != PANCREAS_VALUE).collect();
    assert_eq!(labels(&[PANCREAS_VALUE]), others);
    assert_eq!(labels(&found), [PANCREAS_VALUE]);
}
