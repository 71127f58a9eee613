//! The surfaces that the session hands out: of which organs, in how many pieces, and again after a correction.

use islet::app::protocol::{ModelChoice, OrganSurface, PlaneView, Request, Response, from_bytes};
use islet::app::session::Session;
use islet::core::mpr::Plane;
use islet::core::slab::{Projection, Slab};
use islet::imaging::edit::{Acceptance, Edit, Stroke, UndoStep};

use super::organs::measured;
use super::volumes::{PANCREAS_VALUE, segmented};
use super::{contents, finish_all, series, session};

const LIVER: u8 = 2;

/// The surfaces that the session makes while nothing is requested.
fn surfaces(session: &mut Session) -> Vec<OrganSurface> {
    while session.has_outdated_masks() {
        assert!(session.advance_surfaces().is_empty(), "masks come first");
        session.recompute_masks();
    }
    let mut found = Vec::new();
    while session.has_outdated_surfaces() {
        for response in session.advance_surfaces() {
            match response {
                Response::Surface(surface) => found.push(*surface),
                other => panic!("{other:?}"),
            }
        }
    }
    found
}

fn labels(surfaces: &[OrganSurface]) -> Vec<u8> {
    surfaces.iter().map(|surface| surface.label).collect()
}

/// Lowest and highest point in mm (LPS).
fn ends(points_mm: &[u8]) -> [[f32; 3]; 2] {
    let points: Vec<[f32; 3]> = from_bytes(points_mm);
    points.iter().fold([[f32::MAX; 3], [f32::MIN; 3]], |[low, high], point| {
        [[0, 1, 2].map(|i| low[i].min(point[i])), [0, 1, 2].map(|i| high[i].max(point[i]))]
    })
}

fn show(session: &mut Session, hidden: &[u8]) {
    assert!(session.handle(Request::ShowSurfaces { hidden: hidden.to_vec() }).is_empty());
}

/// A disc on a slice in viewing order, away from everything else.
fn draw(session: &mut Session, slice: usize) {
    let stroke = Stroke { from: [60.0, 44.0], to: [60.0, 44.0], radius_px: 2.0, erase: false, range_hu: None };
    session.handle(Request::Edit { slice, edit: Edit::Stroke(stroke), step: UndoStep::New });
}

#[test]
fn the_mask_of_a_model_of_slices_has_one_surface_once_it_is_complete() {
    let mut session = session();
    session.open(contents(vec![series("a", 9)]));
    show(&mut session, &[]);
    assert!(!session.has_outdated_surfaces(), "not before every slice is segmented");
    finish_all(&mut session);
    let found = surfaces(&mut session);
    let [surface] = &found[..] else { panic!("{:?}", labels(&found)) };
    assert_eq!((surface.label, surface.pieces), (1, 1));
    assert_eq!(surface.strays.triangles.len(), 0);
    // Bright below the air: columns 24 to 47 and rows 20 to 63 of the file in steps of 2 mm, slices of -5 mm; LPS, with
    // half a voxel around the outermost centres.
    let [low, high] = ends(&surface.largest.points_mm);
    let expected = [[-64.0 + 48.0 - 1.0, 64.0 - 126.0 - 1.0, -42.5], [-64.0 + 94.0 + 1.0, 64.0 - 40.0 + 1.0, 2.5]];
    // The network sees another grid, so its edges are off by a pixel or two.
    for (ends, expected) in [(low, expected[0]), (high, expected[1])] {
        assert!((0..3).all(|i| (ends[i] - expected[i]).abs() < 5.0), "{ends:?} instead of {expected:?}");
    }
    assert!(surfaces(&mut session).is_empty(), "told once");
    assert_eq!(surface.largest.normals.len() / 4, surface.largest.points_mm.len() / 12);
}

#[test]
fn after_a_correction_the_active_organ_is_sent_again_with_its_pieces() {
    let (mut session, _, _) = segmented();
    measured(&mut session);
    show(&mut session, &[]);
    let first = surfaces(&mut session);
    assert_eq!(first[0].label, PANCREAS_VALUE, "the organ that tools act on comes first");
    let mut sorted = labels(&first);
    sorted.sort_unstable();
    sorted.dedup();
    assert_eq!(sorted.len(), first.len(), "each once");
    assert!(sorted.contains(&LIVER));

    // Empty everywhere, then a disc on slice 2 and one on slice 6: two pieces.
    for slice in 0..9 {
        session.handle(Request::Edit { slice, edit: Edit::Clear, step: UndoStep::New });
    }
    let emptied = surfaces(&mut session);
    assert_eq!(labels(&emptied), [PANCREAS_VALUE], "no other one has changed");
    assert_eq!((emptied[0].pieces, emptied[0].largest.triangles.len()), (0, 0));
    draw(&mut session, 2);
    draw(&mut session, 6);
    let drawn = surfaces(&mut session);
    assert_eq!((labels(&drawn), drawn[0].pieces), (vec![PANCREAS_VALUE], 2));
    // Row 60 in viewing order is row 3 of the file, as its rows run to anterior: y = 64 - 2 * 3. Column 44: x = 24.
    for (mesh, z) in [(&drawn[0].largest, -10.0), (&drawn[0].strays, -30.0)] {
        let [low, high] = ends(&mesh.points_mm);
        let middle = [0, 1, 2].map(|i| (low[i] + high[i]) / 2.0);
        assert!((0..3).all(|i| (middle[i] - [24.0, 58.0, z][i]).abs() < 0.3), "{middle:?}");
    }
    session.handle(Request::Undo);
    assert_eq!(surfaces(&mut session)[0].pieces, 1);
}

#[test]
fn hidden_organs_are_made_when_they_are_shown_and_none_when_nobody_looks() {
    let (mut session, _, _) = segmented();
    measured(&mut session);
    assert!(surfaces(&mut session).is_empty(), "nobody has asked");
    show(&mut session, &[LIVER]);
    assert!(!labels(&surfaces(&mut session)).contains(&LIVER));
    show(&mut session, &[]);
    assert_eq!(labels(&surfaces(&mut session)), [LIVER], "the others are there");

    // The former organ keeps what was drawn on it.
    draw(&mut session, 4);
    session.handle(Request::Accept { slice: 4, acceptance: Acceptance::Accepted });
    let with_disc = surfaces(&mut session).pop().unwrap();
    session.handle(Request::ChooseOrgan { label: LIVER });
    let both = surfaces(&mut session);
    assert_eq!(labels(&both), [LIVER, PANCREAS_VALUE]);
    assert_eq!(both[1], with_disc);
    session.handle(Request::HideSurfaces);
    draw(&mut session, 5);
    assert!(!session.has_outdated_surfaces());
    show(&mut session, &[]);
    assert_eq!(labels(&surfaces(&mut session)), [LIVER]);
}

#[test]
fn pictures_are_made_from_the_slab_and_labels_from_the_plane() {
    let mut session = session();
    session.open(contents(vec![series("a", 9)]));
    finish_all(&mut session);
    let look = |session: &mut Session, index: usize| {
        let request = Request::View { plane: Plane::Sagittal, index, model: ModelChoice::Current };
        match session.handle(request).pop() {
            Some(Response::View(PlaneView { slab, hu, mask, .. })) => (slab, from_bytes::<i16>(&hu), mask.unwrap()),
            other => panic!("{other:?}"),
        }
    };
    let alone = look(&mut session, 23);
    // Columns of 2 mm: 22 to 24, of which the last is 100 HU brighter.
    let slab = Slab { projection: Projection::Maximum, thickness_mm: 6.0 };
    assert!(session.handle(Request::ShowSlab { slab: Some(slab) }).is_empty());
    let thick = look(&mut session, 23);
    assert_eq!((alone.0, thick.0), (None, Some(slab)));
    let (dark, bright) = (alone.1[0], thick.1[0]);
    assert_eq!((dark, bright), (0, 100));
    assert_eq!(alone.2, thick.2, "the mask is the plane's");
    session.handle(Request::ShowSlab { slab: None });
    assert_eq!(look(&mut session, 23).1, alone.1);
}
