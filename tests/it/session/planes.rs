//! Planes of a series, as the session cuts them.

use islet::imaging::edit::UndoStep;
use islet::imaging::edit::{Edit, Stroke};

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
