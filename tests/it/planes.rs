//! Planes through a volume: the voxels they show, which way is up, and distances. Expected values by hand.

use std::borrow::Cow;

use islet::core::mpr::{Grid, Plane};
use islet::core::volume::Geometry;

/// 3 slices of 4 rows and 5 columns whose values name their voxel: 100 z + 10 y + x.
const DIMS: [usize; 3] = [3, 4, 5];

fn named() -> Vec<u16> {
    let at = |i: usize| 100 * (i / 20) + 10 * (i / 5 % 4) + i % 5;
    (0..60).map(|i| at(i) as u16).collect()
}

fn grid(step_z: f64) -> Grid {
    let geometry = Geometry { affine: [[0.8, 0.0, 0.0, -10.0], [0.0, 0.7, 0.0, 20.0], [0.0, 0.0, step_z, 5.0]] };
    Grid { dims: DIMS, geometry: Some(geometry) }
}

fn cut(grid: &Grid, plane: Plane, index: usize) -> Vec<u16> {
    let voxels = named();
    grid.reslice(plane, index, |z| Some(Cow::Owned(voxels[z * 20..(z + 1) * 20].to_vec())))
}

#[test]
fn superior_is_up_whichever_way_the_slices_run() {
    // Slices that run to superior: the last one is the top row.
    let up = grid(2.5);
    assert_eq!(cut(&up, Plane::Axial, 1)[..6], [100, 101, 102, 103, 104, 110]);
    assert_eq!(cut(&up, Plane::Coronal, 2), [220, 221, 222, 223, 224, 120, 121, 122, 123, 124, 20, 21, 22, 23, 24]);
    assert_eq!(cut(&up, Plane::Sagittal, 4), [204, 214, 224, 234, 104, 114, 124, 134, 4, 14, 24, 34]);
    let down = grid(-2.5);
    assert_eq!(cut(&down, Plane::Coronal, 2)[..5], [20, 21, 22, 23, 24]);
    assert_eq!(cut(&down, Plane::Sagittal, 4)[..4], [4, 14, 24, 34]);
    for grid in [up, down] {
        assert_eq!(grid.letters(Plane::Axial), Some(['R', 'L', 'A', 'P']));
        assert_eq!(grid.letters(Plane::Coronal), Some(['R', 'L', 'S', 'I']));
        assert_eq!(grid.letters(Plane::Sagittal), Some(['A', 'P', 'S', 'I']));
    }
}

#[test]
fn a_pixel_is_over_the_voxel_it_shows() {
    for grid in [grid(2.5), grid(-2.5), Grid { dims: DIMS, geometry: None }] {
        for plane in Plane::ALL {
            let [rows, columns] = grid.shape(plane);
            for index in 0..grid.count(plane) {
                let picture = cut(&grid, plane, index);
                for (row, column) in (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column))) {
                    let [z, y, x] = grid.voxel(plane, index, [row as f64, column as f64]);
                    assert_eq!(f64::from(picture[row * columns + column]), 100.0 * z + 10.0 * y + x);
                    assert_eq!(grid.pixel(plane, [z, y, x]), [row as f64, column as f64]);
                }
            }
        }
    }
}

#[test]
fn slices_that_are_not_there_are_empty() {
    let voxels = named();
    let picture =
        grid(-1.0).reslice(Plane::Coronal, 0, |z| (z != 1).then(|| Cow::Owned(voxels[z * 20..(z + 1) * 20].to_vec())));
    assert_eq!(picture, [0, 1, 2, 3, 4, 0, 0, 0, 0, 0, 200, 201, 202, 203, 204]);
}

#[test]
fn sizes_and_distances_are_in_mm() {
    let grid = grid(2.5);
    assert_eq!(grid.size_mm(Plane::Axial), [2.8, 4.0]);
    assert_eq!(grid.size_mm(Plane::Coronal), [7.5, 4.0]);
    assert_eq!(grid.size_mm(Plane::Sagittal).map(|mm| (mm * 10.0).round()), [75.0, 28.0]);
    // 3 columns of 0.8 mm and 2 slices of 2.5 mm.
    let mm = grid.distance_mm([0.0, 1.0, 1.0], [2.0, 1.0, 4.0]).unwrap();
    assert!((mm - (2.4f64.powi(2) + 25.0).sqrt()).abs() < 1e-9, "{mm}");
    // In a sheared stack (a tilted gantry) one slice on is also 1 mm to posterior.
    let tilted = Geometry { affine: [[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 1.0, 0.0], [0.0, 0.0, 3.0, 0.0]] };
    let tilted = Grid { dims: DIMS, geometry: Some(tilted) };
    assert!((tilted.distance_mm([0.0; 3], [1.0, 0.0, 0.0]).unwrap() - 10f64.sqrt()).abs() < 1e-9);
    assert_eq!(Grid { dims: DIMS, geometry: None }.distance_mm([0.0; 3], [1.0; 3]), None);
}
