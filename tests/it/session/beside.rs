//! Another series at the place of a plane of the one shown.

use islet::app::protocol::{BesideView, SeriesBeside};

use super::*;

fn beside(session: &mut Session, series: usize, shift_mm: f64, plane: Plane, index: usize) -> Vec<Response> {
    session.handle(Request::ViewBeside { beside: SeriesBeside { series, shift_mm }, plane, index })
}

fn view(responses: Vec<Response>) -> BesideView {
    match responses.into_iter().next() {
        Some(Response::Beside(view)) => view,
        other => panic!("expected a picture, got {other:?}"),
    }
}

/// Another scan of the same patient, two slices below and 7 HU brighter.
fn later() -> Series {
    let mut later = series("later", 7);
    later.volume.hu.iter_mut().for_each(|hu| *hu += 7);
    later.volume.geometry.as_mut().unwrap().affine[2][3] -= 10.0;
    later
}

fn shown(session: &mut Session, slice: usize) -> (Vec<u8>, Vec<u8>) {
    match session.handle(axial(slice)).pop() {
        Some(Response::View(PlaneView { hu, mask: Some(mask), .. })) => (hu, mask.into_vec()),
        other => panic!("expected a picture, got {other:?}"),
    }
}

#[test]
fn another_series_is_shown_at_the_same_place_with_its_mask() {
    let mut session = session();
    session.open(contents(vec![series("now", 9), later()]));
    finish_all(&mut session);
    session.handle(Request::Choose { series: 1 });
    finish_all(&mut session);
    let its_own: Vec<_> = (0..7).map(|slice| shown(&mut session, slice)).collect();
    assert!(its_own[2].1.contains(&1), "its mask is not empty");
    session.handle(Request::Choose { series: 0 });

    let found = view(beside(&mut session, 1, 0.0, Plane::Axial, 4));
    assert!(found.is_covered && found.calibrated);
    assert_eq!((&found.hu, &found.mask.into_vec()), (&its_own[2].0, &its_own[2].1));
    // 5 mm towards the head is the slice above.
    let found = view(beside(&mut session, 1, 5.0, Plane::Axial, 4));
    assert_eq!(found.hu, its_own[1].0);
    let found = view(beside(&mut session, 1, 0.0, Plane::Axial, 0));
    assert!(!found.is_covered && found.mask.iter().all(|&label| label == 0));
    // Superior is up, so row r of a coronal plane is slice r of the series shown.
    let coronal: Vec<i16> = from_bytes(&view(beside(&mut session, 1, 0.0, Plane::Coronal, 30)).hu);
    let slice: Vec<i16> = from_bytes(&its_own[2].0);
    assert_eq!(coronal[4 * 48..5 * 48], slice[30 * 48..31 * 48]);
}

#[test]
fn nothing_is_shown_beside_a_series_that_has_no_place_or_is_not_there() {
    let mut session = session();
    let mut picture = series("picture", 5);
    picture.volume.geometry = None;
    session.open(contents(vec![series("now", 9), picture]));
    assert!(beside(&mut session, 2, 0.0, Plane::Axial, 4).is_empty());
    assert!(beside(&mut session, 1, 0.0, Plane::Axial, 9).is_empty());
    let failed = beside(&mut session, 1, 0.0, Plane::Axial, 4);
    let [Response::Failed(UserError { reason, .. })] = &failed[..] else { panic!("{failed:?}") };
    assert!(reason.contains("its place in the patient or that of the series shown is unknown"), "{reason}");
}
