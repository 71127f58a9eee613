//! Slabs of a small array whose values are known by construction.

use islet::core::mpr::{Grid, Plane};
use islet::core::slab::{Projection, Slab};
use islet::core::volume::Geometry;

/// `[z, y, x]`: slices 3 mm apart, rows 2 mm, columns 1 mm.
const DIMS: [usize; 3] = [5, 4, 6];
const AREA: usize = 4 * 6;

/// A voxel's value tells its place: 100 z + 10 y + x.
fn values() -> Vec<i16> {
    (0..5 * AREA).map(|i| (100 * (i / AREA) + 10 * (i / 6 % 4) + i % 6) as i16).collect()
}

fn grid(step_mm: f64) -> Grid {
    let affine = [[1.0, 0.0, 0.0, 0.0], [0.0, 2.0, 0.0, 0.0], [0.0, 0.0, step_mm, 0.0]];
    Grid { dims: DIMS, geometry: Some(Geometry { affine }) }
}

fn slab(projection: Projection, thickness_mm: f64) -> Slab {
    Slab { projection, thickness_mm }
}

fn picture(slab: Slab, grid: &Grid, plane: Plane, index: usize) -> Vec<i16> {
    let values = values();
    slab.project(grid, plane, index, |z| &values[z * AREA..(z + 1) * AREA])
}

#[test]
fn a_slab_has_an_odd_number_of_whole_planes_around_its_own() {
    let grid = grid(3.0);
    let planes = |mm: f64, plane: Plane, index: usize| slab(Projection::Mean, mm).planes(&grid, plane, index);
    assert_eq!(planes(1.0, Plane::Axial, 2), 2..3);
    assert_eq!(planes(9.0, Plane::Axial, 2), 1..4);
    assert_eq!(planes(9.0, Plane::Axial, 0), 0..2, "fewer at the edge");
    assert_eq!(planes(9.0, Plane::Axial, 4), 3..5);
    assert_eq!(planes(200.0, Plane::Axial, 1), 0..5);
    assert_eq!(planes(6.0, Plane::Coronal, 1), 0..3, "rows are 2 mm apart");
    assert_eq!(planes(3.0, Plane::Sagittal, 3), 2..5, "columns 1 mm");
    assert_eq!(slab(Projection::Mean, 10.0).covered_mm(&grid, Plane::Axial, 2), Some(9.0));
    let unknown = Grid { geometry: None, ..grid };
    assert_eq!(slab(Projection::Mean, 10.0).planes(&unknown, Plane::Axial, 2), 2..3);
    assert_eq!(slab(Projection::Mean, 10.0).covered_mm(&unknown, Plane::Axial, 2), None);
    // One slice on is also 4 mm to posterior; the planes are 3 mm apart all the same.
    let tilted = Geometry { affine: [[1.0, 0.0, 0.0, 0.0], [0.0, 2.0, 4.0, 0.0], [0.0, 0.0, 3.0, 0.0]] };
    let tilted = Grid { geometry: Some(tilted), ..grid };
    assert!((slab(Projection::Mean, 9.0).covered_mm(&tilted, Plane::Axial, 2).unwrap() - 9.0).abs() < 1e-9);
}

#[test]
fn an_axial_slab_is_mean_largest_and_smallest_along_the_slices() {
    let grid = grid(3.0);
    // Slices 1 to 3 around slice 2.
    let of = |projection| picture(slab(projection, 9.0), &grid, Plane::Axial, 2);
    for (i, value) in values()[..AREA].iter().enumerate() {
        assert_eq!(of(Projection::Mean)[i], value + 200);
        assert_eq!(of(Projection::Maximum)[i], value + 300);
        assert_eq!(of(Projection::Minimum)[i], value + 100);
    }
    // Slices 0 and 1 at the edge: means of 50 more.
    assert_eq!(picture(slab(Projection::Mean, 9.0), &grid, Plane::Axial, 0)[7], 11 + 50);
}

#[test]
fn other_slabs_lie_as_their_planes_do() {
    for (step_mm, is_flipped) in [(3.0, true), (-3.0, false)] {
        let grid = grid(step_mm);
        for z in 0..5usize {
            let row = if is_flipped { 4 - z } else { z };
            // Rows 0 to 2 around row 1.
            for (projection, y) in [(Projection::Mean, 1), (Projection::Maximum, 2), (Projection::Minimum, 0)] {
                let coronal = picture(slab(projection, 6.0), &grid, Plane::Coronal, 1);
                let expected: Vec<i16> = (0..6).map(|x| (100 * z + 10 * y + x) as i16).collect();
                assert_eq!(coronal[row * 6..(row + 1) * 6], expected, "{projection:?} on slice {z}");
            }
            // Columns 2 to 4 around column 3.
            for (projection, x) in [(Projection::Mean, 3), (Projection::Maximum, 4), (Projection::Minimum, 2)] {
                let sagittal = picture(slab(projection, 3.0), &grid, Plane::Sagittal, 3);
                let expected: Vec<i16> = (0..4).map(|y| (100 * z + 10 * y + x) as i16).collect();
                assert_eq!(sagittal[row * 4..(row + 1) * 4], expected, "{projection:?} on slice {z}");
            }
        }
    }
}

#[test]
fn means_are_rounded_and_negative_values_are_kept() {
    let values = [-1000i16, -1001, 3];
    let grid = Grid { dims: [3, 1, 1], geometry: Some(Geometry::with_spacing_mm([1.0; 3])) };
    let of = |projection| slab(projection, 3.0).project(&grid, Plane::Axial, 1, |z| &values[z..=z]);
    assert_eq!(of(Projection::Mean), [-666], "of -666.0");
    assert_eq!(of(Projection::Maximum), [3]);
    assert_eq!(of(Projection::Minimum), [-1001]);
    let two = slab(Projection::Mean, 3.0).project(&grid, Plane::Axial, 0, |z| &values[z..=z]);
    assert_eq!(two, [-1001], "of -1000.5, away from zero");
}
