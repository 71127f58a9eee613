//! Looks at surfaces: what is on the right and what is up, and where a click leads.

use islet::imaging::orbit_camera::{OrbitCamera, StandardView};

const SIZE: [f64; 2] = [400.0, 300.0];

fn camera() -> OrbitCamera {
    OrbitCamera::fitted([[-50.0, -40.0, 100.0], [50.0, 40.0, 160.0]])
}

#[test]
fn standard_views_have_the_patient_as_radiologists_see_him() {
    let letters = |view| camera().seen_from(view).letters().map(|letters| letters.to_string());
    assert_eq!(letters(StandardView::Anterior), ["R", "L", "S", "I"]);
    assert_eq!(letters(StandardView::Posterior), ["L", "R", "S", "I"]);
    assert_eq!(letters(StandardView::Left), ["A", "P", "S", "I"]);
    assert_eq!(letters(StandardView::Right), ["P", "A", "S", "I"]);
    assert_eq!(letters(StandardView::Superior), ["L", "R", "A", "P"]);
    assert_eq!(letters(StandardView::Inferior), ["R", "L", "A", "P"], "as axial slices are seen");
}

#[test]
fn turning_tells_oblique_directions_and_stops_at_the_poles() {
    // Dragged to the right, the patient's right side comes forward.
    let turned = camera().turned(40.0, 0.0);
    assert_eq!(turned.letters(), ["RP", "LA", "S", "I"]);
    assert_eq!(turned.azimuth_deg, 320.0);
    assert_eq!(camera().turned(10.0, 0.0).letters()[0], "R", "nearly straight");
    assert_eq!(camera().turned(0.0, 500.0).elevation_deg, 90.0);
    assert_eq!(camera().turned(-370.0, -500.0).elevation_deg, -90.0);
    assert!((camera().turned(-370.0, 0.0).azimuth_deg - 10.0).abs() < 1e-9);
}

#[test]
fn a_fitted_box_is_in_view_however_it_is_turned() {
    let camera = camera();
    assert_eq!(camera.middle_mm, [0.0, 0.0, 130.0]);
    for turn in 0..36 {
        let camera = camera.turned(f64::from(turn) * 10.0, f64::from(turn) * 5.0 - 90.0);
        for corner in [[-50.0, -40.0, 100.0], [50.0, -40.0, 160.0], [50.0, 40.0, 100.0]] {
            let [x, y, z] = camera.project(corner, SIZE);
            assert!(x.abs() <= 1.0 && y.abs() <= 1.0 && z.abs() < 1.0, "{corner:?} at {x}, {y}, {z}");
        }
    }
}

#[test]
fn projection_matrix_and_line_of_sight_agree() {
    let camera = camera().turned(33.0, 21.0).zoomed(1.7, [0.2, -0.4]).panned([0.1, 0.3]);
    let point = [12.0, -31.0, 144.0];
    let seen = camera.project(point, SIZE);
    let matrix = camera.matrix(SIZE);
    for row in 0..3 {
        let by_matrix: f64 = (0..4)
            .map(|column| f64::from(matrix[4 * column + row]) * if column < 3 { point[column] } else { 1.0 })
            .sum();
        assert!((by_matrix - seen[row]).abs() < 1e-5, "{row}: {by_matrix} and {}", seen[row]);
    }
    let ray = camera.ray([seen[0], seen[1]], SIZE);
    let triangle = [[-5.0, 0.0, -5.0], [5.0, 0.0, -5.0], [0.0, 0.0, 7.0]];
    // Around the point, across the line of sight, and the same 20 mm behind it.
    let corner = |offset: [f64; 3], behind_mm: f64| {
        let [right, top, viewer] = camera.axes();
        [0, 1, 2].map(|i| (point[i] + offset[0] * right[i] + offset[2] * top[i] - behind_mm * viewer[i]) as f32)
    };
    let points: Vec<[f32; 3]> =
        [20.0, 0.0].iter().flat_map(|behind_mm| triangle.map(|offset| corner(offset, *behind_mm))).collect();
    let distance_mm = ray.first_hit_mm(&points, &[[0, 1, 2], [3, 5, 4]]).unwrap();
    let hit = ray.at_mm(distance_mm);
    assert!((0..3).all(|i| (hit[i] - point[i]).abs() < 1e-3), "the nearer one, whichever way it faces: {hit:?}");
    assert!((ray.first_hit_mm(&points, &[[0, 1, 2]]).unwrap() - distance_mm - 20.0).abs() < 1e-3);
    assert_eq!(ray.first_hit_mm(&points, &[[0, 1, 9]]), None, "a corner that is not there");
    let beside = camera.ray([seen[0] + 0.5, seen[1]], SIZE);
    assert_eq!(beside.first_hit_mm(&points, &[[0, 1, 2], [3, 4, 5]]), None);
}

#[test]
fn zoom_keeps_what_is_under_the_pointer_and_pan_follows_it() {
    let camera = camera().turned(15.0, 5.0);
    // The nearer edges are above and below: 1 is 150 pixels.
    let anchor = [0.5, -0.25];
    let ray = camera.ray([anchor[0] * 300.0 / 400.0, anchor[1]], SIZE);
    let point = ray.at_mm(2000.0);
    let zoomed = camera.zoomed(3.0, anchor).project(point, SIZE);
    assert!((zoomed[0] - 0.375).abs() < 1e-9 && (zoomed[1] + 0.25).abs() < 1e-9, "{zoomed:?}");
    let panned = camera.panned([0.5, 0.5]).project(point, SIZE);
    assert!((panned[0] - 0.75).abs() < 1e-9 && (panned[1] - 0.25).abs() < 1e-9, "{panned:?}");
    assert_eq!(camera.zoomed(1e9, [0.0; 2]).zoom, 40.0);
    assert_eq!(camera.zoomed(1e-9, [0.0; 2]).zoom, 0.2);
}
