//! Planes of a series, as the session cuts them.

use islet::app::protocol::Mark;
use islet::core::drawn_measurement::{DrawnMeasurement, DrawnShape};
use islet::core::slab::{Projection, Slab};
use islet::imaging::edit::{Acceptance, Edit, Stroke, UndoStep};

use super::propagation::{mask, settle};
use super::truth::dropped;
use super::*;

fn cut(session: &mut Session, plane: Plane, index: usize) -> (Vec<i16>, Vec<u8>) {
    match session.handle(Request::View { plane, index, model: ModelChoice::Current }).pop() {
        Some(Response::View(PlaneView { plane: p, index: i, hu, mask: Some(mask), .. })) => {
            assert_eq!((p, i), (plane, index));
            (from_bytes(&hu), mask.into_vec())
        }
        other => panic!("expected a plane, got {other:?}"),
    }
}

fn picture(session: &mut Session, slice: usize) -> (Vec<i16>, Option<Vec<u8>>) {
    match session.handle(axial(slice)).pop() {
        Some(Response::View(PlaneView { hu, mask, .. })) => (from_bytes(&hu), mask.map(|mask| mask.into_vec())),
        other => panic!("expected a picture, got {other:?}"),
    }
}

#[test]
fn a_plane_has_the_voxels_and_the_mask_of_every_slice_it_cuts() {
    let mut session = session();
    // Slices of CT-82 run down, so the first is on top; nothing is segmented yet.
    session.open(contents(vec![series("a", 9)]));
    let (_, empty) = cut(&mut session, Plane::Coronal, 30);
    assert_eq!(empty, vec![0; 9 * 48]);
    finish_all(&mut session);
    let stroke = Stroke { from: [30.0, 5.0], to: [30.0, 5.0], radius_px: 3.0, erase: false, range_hu: None };
    session.handle(Request::Edit { slice: 4, edit: Edit::Stroke(stroke), step: UndoStep::New });
    let (hu, mask) = cut(&mut session, Plane::Coronal, 30);
    let (side_hu, side_mask) = cut(&mut session, Plane::Sagittal, 5);
    for z in 0..9 {
        let (slice, labels) = picture(&mut session, z);
        let labels = labels.unwrap();
        assert_eq!(hu[z * 48..(z + 1) * 48], slice[30 * 48..31 * 48]);
        assert_eq!(mask[z * 48..(z + 1) * 48], labels[30 * 48..31 * 48]);
        for y in 0..64 {
            assert_eq!((side_hu[z * 64 + y], side_mask[z * 64 + y]), (slice[y * 48 + 5], labels[y * 48 + 5]));
        }
    }
    assert_eq!((mask[4 * 48 + 5], mask[3 * 48 + 5]), (1, 0), "the correction is in it, on its slice alone");
    assert!(
        session.handle(Request::View { plane: Plane::Sagittal, index: 48, model: ModelChoice::Current }).is_empty()
    );
}

fn drag(plane: Plane, index: usize, from: [f32; 2], to: [f32; 2]) -> Request {
    let stroke = Stroke { from, to, radius_px: 0.4, erase: false, range_hu: None };
    Request::EditPlane { plane, index, edits: vec![Edit::Stroke(stroke)] }
}

fn mask_of(session: &mut Session, plane: Plane, index: usize) -> Vec<u8> {
    cut(session, plane, index).1
}

#[test]
fn a_drag_on_a_coronal_plane_corrects_every_slice_that_it_crosses_and_is_undone_as_one() {
    let mut session = session();
    let depth = 9;
    let opened = opened(&session.open(contents(vec![series("a", depth)])));
    finish_all(&mut session);
    let [_, _, width] = opened.dims;
    let before = mask_of(&mut session, Plane::Coronal, 3);
    let responses = session.handle(drag(Plane::Coronal, 3, [1.0, 5.0], [7.0, 5.0]));
    let marks = responses.iter().find_map(|response| match response {
        Response::Changed { marks, .. } => Some(marks.clone()),
        _ => None,
    });
    let marks = marks.expect("masks have changed");
    assert_eq!(marks.iter().filter(|mark| **mark == Mark::Corrected).count(), 7);
    assert!(!marks.contains(&Mark::Accepted));
    let after = mask_of(&mut session, Plane::Coronal, 3);
    let drawn: Vec<usize> = (0..after.len()).filter(|&i| after[i] != before[i]).collect();
    let expected: Vec<usize> = (1..=7).map(|row| row * width + 5).collect();
    assert_eq!(drawn, expected);
    for slice in 1..8 {
        assert_eq!(mask_of(&mut session, Plane::Axial, slice)[3 * width + 5], 1, "slice {slice}");
    }
    session.handle(Request::Undo);
    assert_eq!(mask_of(&mut session, Plane::Coronal, 3), before);
    // Edits of an axial plane, or of a plane that is not there, have no effect here.
    session.handle(drag(Plane::Axial, 3, [1.0, 5.0], [7.0, 5.0]));
    session.handle(drag(Plane::Coronal, 4000, [1.0, 5.0], [7.0, 5.0]));
    assert_eq!(mask_of(&mut session, Plane::Coronal, 3), before);
}

#[test]
fn what_is_drawn_on_a_plane_stays_while_the_other_slices_follow_from_accepted_ones() {
    let mut session = session();
    opened(&session.open(contents(vec![series("a", 9)])));
    finish_all(&mut session);
    session.handle(drag(Plane::Sagittal, 30, [4.0, 60.0], [4.0, 60.0]));
    let at = |mask: &[u8]| mask[4 * 64 + 60];
    assert_eq!(at(&mask_of(&mut session, Plane::Sagittal, 30)), 1);
    for slice in [1, 7] {
        session.handle(Request::Accept { slice, acceptance: Acceptance::Accepted });
    }
    settle(&mut session);
    assert_eq!(at(&mask_of(&mut session, Plane::Sagittal, 30)), 1);
}

fn accepts(session: &mut Session, plane: Plane, index: usize) -> bool {
    match session.handle(Request::View { plane, index, model: ModelChoice::Current }).pop() {
        Some(Response::View(PlaneView { accepted, .. })) => accepted,
        other => panic!("expected a plane, got {other:?}"),
    }
}

/// A session with a square accepted on slices 1 and 7 of nine; in viewing order it has rows 14 to 33 and columns 28 to 41.
fn with_a_square_accepted() -> Session {
    let mut session = session();
    opened(&session.open(contents(vec![series("a", 9)])));
    finish_all(&mut session);
    let square = |i: usize| (30..50).contains(&(i / 48 % 64)) && (6..20).contains(&(i % 48));
    let labels = (0..9 * 64 * 48).map(|i| u8::from(square(i))).collect();
    session.handle(Request::Correct { labels, slices: vec![1, 7] });
    settle(&mut session);
    session
}

#[test]
fn an_accepted_plane_guides_the_other_slices_and_is_undone_as_one() {
    let mut session = with_a_square_accepted();
    // On the coronal plane of row 25 the organ is narrower on the slices between.
    let erase = Stroke { from: [3.0, 30.0], to: [5.0, 30.0], radius_px: 2.6, erase: true, range_hu: None };
    session.handle(Request::EditPlane { plane: Plane::Coronal, index: 25, edits: vec![Edit::Stroke(erase)] });
    settle(&mut session);
    let (before, shown) = (mask(&mut session), mask_of(&mut session, Plane::Coronal, 25));
    assert!(!accepts(&mut session, Plane::Coronal, 25));
    let responses = session.handle(Request::AcceptPlane { plane: Plane::Coronal, index: 25 });
    assert!(!responses.iter().any(|response| matches!(response, Response::Failed(_))), "{responses:?}");
    settle(&mut session);
    assert_eq!(mask_of(&mut session, Plane::Coronal, 25), shown, "the plane stays as it was accepted");
    assert!(accepts(&mut session, Plane::Coronal, 25) && !accepts(&mut session, Plane::Coronal, 26));
    assert_ne!(mask(&mut session), before, "the planes beside it follow");
    session.handle(Request::Undo);
    settle(&mut session);
    assert_eq!(mask(&mut session), before);
    assert!(!accepts(&mut session, Plane::Coronal, 25));
}

#[test]
fn an_accepted_plane_is_exported_with_the_slices_and_comes_back_with_them() {
    let mut session = with_a_square_accepted();
    session.handle(Request::AcceptPlane { plane: Plane::Coronal, index: 25 });
    settle(&mut session);
    let responses = session.handle(Request::ExportCorrections);
    let [Response::File { bytes, .. }] = &responses[..] else { panic!("{responses:?}") };

    let mut other = self::session();
    let responses = other.open(dropped(&[("islet_corrections.zip", bytes.clone())]));
    let Some(Response::Opened { study, marks, .. }) = responses.first() else { panic!("{responses:?}") };
    let notes: Vec<String> = study.notes.iter().map(ToString::to_string).collect();
    let says = |start: &str| notes.iter().any(|note| note.starts_with(start));
    assert!(says("2 slices are accepted already") && says("7 more slices are known in part"), "{notes:?}");
    let accepted = marks.iter().enumerate().filter(|(_, mark)| **mark == Mark::Accepted);
    assert_eq!(accepted.map(|(slice, _)| slice).collect::<Vec<_>>(), [1, 7]);
    finish_all(&mut other);
    settle(&mut other);
    assert!(accepts(&mut other, Plane::Coronal, 25));
    for slice in 0..9 {
        // The file that comes back is in viewing order, so masks are compared as they are shown.
        let [there, back] = [&mut session, &mut other].map(|session| mask_of(session, Plane::Axial, slice));
        assert!(there == back, "what follows from them is the same on slice {slice}");
    }
    // All of it is one step.
    let undone = other.handle(Request::Undo);
    assert!(undone.iter().any(|response| matches!(response, Response::Changed { undo: false, .. })), "one step");
    settle(&mut other);
    assert!(!accepts(&mut other, Plane::Coronal, 25));
}

#[test]
fn a_plane_without_a_mask_is_not_accepted_and_the_message_says_what_to_do() {
    let mut session = session();
    opened(&session.open(contents(vec![series("a", 9)])));
    finish_all(&mut session);
    let empty = (0..64).rev().find(|&row| mask_of(&mut session, Plane::Coronal, row).iter().all(|&label| label == 0));
    let index = empty.expect("a plane beside the organ");
    let responses = session.handle(Request::AcceptPlane { plane: Plane::Coronal, index });
    let [Response::Failed(error)] = &responses[..] else { panic!("{responses:?}") };
    assert!(error.to_string().contains("it has no mask"), "{error}");
    // An axial plane, and one that is not there.
    assert!(session.handle(Request::AcceptPlane { plane: Plane::Axial, index: 3 }).is_empty());
    assert!(session.handle(Request::AcceptPlane { plane: Plane::Sagittal, index: 4000 }).is_empty());
}

#[test]
fn an_ellipse_is_measured_on_the_voxels_of_its_plane_whatever_the_slab() {
    let mut session = session();
    session.open(contents(vec![series("a", 9)]));
    let opened = session.handle(Request::Choose { series: 0 });
    let Some(Response::Opened { study, .. }) = opened.into_iter().next() else { panic!("it is shown") };
    let slab = Slab { projection: Projection::Maximum, thickness_mm: 9.0 };
    for (plane, index, width) in [(Plane::Axial, 4, 48), (Plane::Coronal, 30, 48), (Plane::Sagittal, 5, 64)] {
        let (hu, _) = cut_hu(&mut session, plane, index);
        session.handle(Request::ShowSlab { slab: Some(slab) });
        // Row 4, columns 10 to 14, and the pixel above and below the middle one.
        let shape = DrawnShape::Ellipse { corners: [[3.0, 10.0], [5.0, 14.0]] };
        let ellipse = DrawnMeasurement { plane, index, shape };
        let inside: Vec<f64> = [(3, 12), (4, 10), (4, 11), (4, 12), (4, 13), (4, 14), (5, 12)]
            .map(|(row, column)| f64::from(hu[row * width + column]))
            .to_vec();
        let mean = inside.iter().sum::<f64>() / 7.0;
        let responses = session.handle(Request::MeasureEllipse { key: study.key.clone(), ellipse });
        let [Response::EllipseMeasured { key, ellipse: answered, statistics: Some(found) }] = &responses[..] else {
            panic!("{responses:?}")
        };
        assert_eq!((key, *answered, found.pixels), (&study.key, ellipse, 7));
        assert!((found.mean_hu - mean).abs() < 1e-9, "{} {mean}", found.mean_hu);
        assert_eq!(f64::from(found.min_hu), inside.iter().copied().fold(f64::INFINITY, f64::min));
        assert_eq!(f64::from(found.max_hu), inside.iter().copied().fold(f64::NEG_INFINITY, f64::max));
        session.handle(Request::ShowSlab { slab: None });
    }
    let shape = DrawnShape::Ellipse { corners: [[3.0, 10.0], [5.0, 14.0]] };
    let outside = DrawnMeasurement { plane: Plane::Axial, index: 9, shape };
    let responses = session.handle(Request::MeasureEllipse { key: study.key.clone(), ellipse: outside });
    assert!(matches!(&responses[..], [Response::EllipseMeasured { statistics: None, .. }]), "{responses:?}");
    assert!(session.handle(Request::MeasureEllipse { key: "other".into(), ellipse: outside }).is_empty());
}

/// The values of a plane, whether it has a mask or not.
fn cut_hu(session: &mut Session, plane: Plane, index: usize) -> (Vec<i16>, Option<Vec<u8>>) {
    match session.handle(Request::View { plane, index, model: ModelChoice::Current }).pop() {
        Some(Response::View(PlaneView { hu, mask, .. })) => (from_bytes(&hu), mask.map(|mask| mask.into_vec())),
        other => panic!("expected a plane, got {other:?}"),
    }
}
