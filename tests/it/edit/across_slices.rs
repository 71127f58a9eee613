//! Corrections on coronal and sagittal planes. Expected voxels come from geometry and from writing them out one by one.

use std::borrow::Cow;

use islet::core::drawn_pixels::DrawnPixels;
use islet::core::mpr::{Grid, Plane};
use islet::core::volume::Geometry;
use islet::imaging::edit::{
    Acceptance, Corrections, Edit, EditedImage, PlaneChanges, Stroke, UndoStep, apply, by_slice, changes_of_plane,
    pixels_around_mask,
};

use super::change;

const DIMS: [usize; 3] = [6, 5, 4];
const AREA: usize = 20;

fn pixels(drawn: &[(usize, u8)]) -> DrawnPixels {
    drawn.iter().copied().collect()
}

fn on_slices(changes: &[(usize, &[(usize, u8)])]) -> PlaneChanges {
    changes.iter().map(|&(slice, drawn)| (slice, pixels(drawn))).collect()
}

fn shown(corrections: &Corrections, slice: usize, computed: &[u8]) -> Vec<u8> {
    corrections.over(slice, AREA, || Some(Cow::Borrowed(computed))).unwrap().into_owned()
}

#[test]
fn a_round_brush_is_round_in_mm_on_planes_whose_pixels_are_not_square() {
    let dims = [21, 41];
    let stroke = Stroke { from: [10.0, 20.0], to: [10.0, 20.0], radius_px: 6.0, erase: false, range_hu: None };
    let mut labels = vec![0; dims[0] * dims[1]];
    let hu = vec![0; labels.len()];
    apply(&Edit::Stroke(stroke), &EditedImage { hu: &hu, dims, pixel_aspect: 2.5 }, &mut labels);
    for (pixel, &label) in labels.iter().enumerate() {
        let (y, x) = ((pixel / 41) as f64 - 10.0, (pixel % 41) as f64 - 20.0);
        assert_eq!(label != 0, (2.5 * y).hypot(x) <= 6.0, "row {y}, column {x}");
    }
}

#[test]
fn a_grown_region_reaches_as_far_in_mm_along_both_axes() {
    let dims = [21, 41];
    let mut labels = vec![0; dims[0] * dims[1]];
    let hu = vec![0; labels.len()];
    let edit = Edit::Grow { at: [10, 20], tolerance_hu: 5, reach_px: 5.0 };
    apply(&edit, &EditedImage { hu: &hu, dims, pixel_aspect: 2.5 }, &mut labels);
    let column = (0..21).filter(|y| labels[y * 41 + 20] != 0).count();
    let row = (0..41).filter(|x| labels[10 * 41 + x] != 0).count();
    assert_eq!((column, row), (5, 11), "two rows of 2.5 either way, five columns of 1");
}

#[test]
fn an_edit_of_a_plane_changes_the_voxels_under_it_and_no_others() {
    // Slices run up or down; a picture has no geometry. The rows of a plane follow.
    let up = Geometry::with_spacing_mm([3.0, 1.0, 1.0]);
    let down = Geometry { affine: [[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, -3.0, 0.0]] };
    for geometry in [Some(up), Some(down), None] {
        let grid = Grid { dims: DIMS, geometry };
        for (plane, index) in [(Plane::Coronal, 3), (Plane::Sagittal, 2)] {
            let mut volume = vec![0; DIMS.iter().product()];
            let before = grid.reslice(plane, index, |z| Some(Cow::Borrowed(&volume[z * AREA..][..AREA])));
            // Two voxels of the plane, at [z, y, x].
            let voxels = match plane {
                Plane::Coronal => [[1, 3, 0], [4, 3, 3]],
                _ => [[1, 0, 2], [4, 4, 2]],
            };
            for [z, y, x] in voxels {
                volume[z * AREA + y * 4 + x] = 1;
            }
            let after = grid.reslice(plane, index, |z| Some(Cow::Borrowed(&volume[z * AREA..][..AREA])));
            let [a, b] = voxels.map(|[_, y, x]| (y * 4 + x, 1));
            let expected = on_slices(&[(1, &[a]), (4, &[b])]);
            assert_eq!(changes_of_plane(&grid, plane, index, &before, &after), expected, "{plane:?} {geometry:?}");
            let erased = on_slices(&[(1, &[(a.0, 0)]), (4, &[(b.0, 0)])]);
            assert_eq!(changes_of_plane(&grid, plane, index, &after, &before), erased);
        }
    }
}

#[test]
fn drawn_pixels_lie_over_whatever_the_mask_is_computed_by() {
    let mut corrections = Corrections::default();
    corrections.draw(&on_slices(&[(2, &[(3, 1), (4, 0)])]));
    corrections.draw(&on_slices(&[(2, &[(5, 1)]), (3, &[(0, 1)])]));
    let mut over_ones = vec![1; AREA];
    over_ones[4] = 0;
    assert_eq!(shown(&corrections, 2, &[1; AREA]), over_ones);
    let over_nothing: Vec<u8> = (0..AREA).map(|i| u8::from(i == 3 || i == 5)).collect();
    assert_eq!(shown(&corrections, 2, &[0; AREA]), over_nothing);
    assert_eq!(corrections.over(2, AREA, || None).unwrap(), over_nothing, "before there is any mask");
    assert_eq!(corrections.over(1, AREA, || None), None, "nothing is drawn there");
    assert_eq!(corrections.accepted().count(), 0);
    assert_eq!(corrections.slices().collect::<Vec<_>>(), [2, 3]);
}

#[test]
fn an_accepted_slice_stays_accepted_and_undo_takes_a_drag_back_as_one() {
    let mut corrections = Corrections::default();
    corrections.set(2, &[0; AREA], Acceptance::Accepted, UndoStep::New);
    corrections.draw(&on_slices(&[(1, &[(7, 1)]), (2, &[(7, 1)])]));
    assert_eq!(corrections.accepted().collect::<Vec<_>>(), [2]);
    let seventh: Vec<u8> = (0..AREA).map(|i| u8::from(i == 7)).collect();
    assert_eq!(corrections.labels(2).unwrap(), seventh);
    assert_eq!(corrections.drawn(1), Some(&pixels(&[(7, 1)])));
    assert_eq!(corrections.undo(), [1, 2]);
    assert_eq!((corrections.labels(2).unwrap(), corrections.drawn(1)), (vec![0; AREA], None));
    assert_eq!(corrections.redo(), [1, 2]);
    assert_eq!(corrections.labels(2).unwrap(), seventh);
    // An edit that changed nothing is no step.
    corrections.draw(&PlaneChanges::new());
    assert_eq!(corrections.undo(), [1, 2]);
}

#[test]
fn interpolation_goes_from_whole_slice_to_whole_slice_and_keeps_what_is_drawn_between() {
    let mut corrections = Corrections::default();
    let full = |slice| change(slice, vec![1; AREA], Acceptance::Accepted);
    corrections.set_all(vec![full(1), full(5)]);
    corrections.draw(&on_slices(&[(3, &[(9, 0)])]));
    assert_eq!(corrections.interpolate([5, 4]), [2, 3, 4]);
    let but_one: Vec<u8> = (0..AREA).map(|i| u8::from(i != 9)).collect();
    assert_eq!(corrections.labels(3).unwrap(), but_one);
}

#[test]
fn drawn_pixels_are_stored_as_the_description_says_and_damage_is_refused() {
    let mut corrections = Corrections::default();
    corrections.draw(&on_slices(&[(4, &[(2, 1), (3, 0), (19, 1)])]));
    // Slice 4, status 2, three pixels: two before the first, none before the second, fifteen before the third.
    let file = |rest: &[u8]| [b"islet edits 1".as_slice(), &[6, 5, 4, 1, 4, 2], rest].concat();
    let bytes = file(&[3, 2, 1, 0, 0, 15, 1]);
    assert_eq!(corrections.to_bytes(DIMS), bytes);
    let back = Corrections::from_bytes(&bytes, DIMS).unwrap();
    assert_eq!(back.drawn(4), corrections.drawn(4));
    assert!(!back.can_undo());
    for damaged in [&[3, 2, 1, 0, 0, 16, 1][..], &[1, 20, 1], &[1, 0x7f, 1], &[3, 2, 1], &[1, 2, 1, 0]] {
        assert!(Corrections::from_bytes(&file(damaged), DIMS).is_err(), "{damaged:?}");
    }
}

#[test]
fn an_accepted_plane_decides_about_as_many_mm_around_its_mask_on_every_side() {
    // Slices of 3 mm that run down, so that the first row is the first slice; rows of 1 mm, columns of 2 mm.
    let down = Geometry { affine: [[2.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, -3.0, 0.0]] };
    let grid = Grid { dims: [9, 5, 11], geometry: Some(down) };
    let mut labels = vec![0; 9 * 11];
    labels[4 * 11 + 5] = 1;
    labels[4 * 11 + 6] = 1;
    let around = |labels: &[u8], mm: f64| by_slice(pixels_around_mask(&grid, Plane::Coronal, 3, labels, mm));
    let pixels = around(&labels, 6.0);
    assert_eq!(pixels.keys().copied().collect::<Vec<_>>(), [2, 3, 4, 5, 6], "6 mm are two slices");
    for (slice, pixels) in &pixels {
        let expected: Vec<(usize, u8)> =
            (2..=9).map(|x| (3 * 11 + x, u8::from(*slice == 4 && (5..=6).contains(&x)))).collect();
        assert_eq!(pixels.iter().collect::<Vec<_>>(), expected, "6 mm are three columns");
    }
    let all = around(&labels, 100.0);
    assert!(all.len() == 9 && all.values().all(|pixels| pixels.iter().len() == 11), "no further than the plane");
    assert!(around(&[0; 9 * 11], 6.0).is_empty());
}

#[test]
fn pixels_are_decided_once_they_are_drawn_or_their_slice_is_corrected() {
    let decides_all = |corrections: &Corrections| {
        [(1, 3), (1, 4), (2, 3)].into_iter().all(|(z, pixel)| corrections.decides(z, pixel))
    };
    let mut corrections = Corrections::default();
    assert!(!decides_all(&corrections));
    corrections.draw(&on_slices(&[(1, &[(3, 1)]), (2, &[(3, 1)])]));
    assert!(!decides_all(&corrections), "one pixel is open");
    corrections.draw(&on_slices(&[(1, &[(4, 0)])]));
    assert!(decides_all(&corrections));
    corrections.undo();
    corrections.set(1, &[0; AREA], Acceptance::Draft, UndoStep::New);
    assert!(decides_all(&corrections), "a slice that is corrected is decided throughout");
}
