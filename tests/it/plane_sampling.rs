//! A plane of one scan, seen in another.

use std::borrow::Cow;

use islet::core::mpr::{Grid, Plane};
use islet::core::plane_sampling::{OUTSIDE_HU, PlaneSampling};
use islet::core::volume::{Geometry, Volume};

/// A volume whose value is 2 L + 3 P + 5 S mm, so that interpolation between voxels is exact.
fn slope(geometry: Geometry, dims: [usize; 3]) -> Volume {
    let mut hu = Vec::new();
    for z in 0..dims[0] {
        for y in 0..dims[1] {
            for x in 0..dims[2] {
                let [l, p, s] = geometry.position_mm([z as f64, y as f64, x as f64]);
                hu.push((2.0 * l + 3.0 * p + 5.0 * s).round() as i16);
            }
        }
    }
    Volume { hu, dims, geometry: Some(geometry), calibrated: true }
}

/// 2 mm wide, 4 mm high and 6 mm thick, upside down, and elsewhere than the grid that it is seen on.
fn other() -> Volume {
    let affine = [[2.0, 0.0, 0.0, -6.0], [0.0, 4.0, 0.0, -4.0], [0.0, 0.0, -6.0, 30.0]];
    slope(Geometry { affine }, [7, 9, 15])
}

fn grid() -> Grid {
    Grid { dims: [8, 6, 5], geometry: Some(Geometry::with_spacing_mm([3.0, 2.0, 1.0])) }
}

#[test]
fn every_pixel_shows_the_value_at_its_place_in_the_patient() {
    let (grid, other) = (grid(), other());
    for plane in Plane::ALL {
        let index = 3;
        let sampling = PlaneSampling::new(&grid, plane, index, &other.geometry.unwrap(), [0.0; 3]).unwrap();
        let (hu, is_covered) = sampling.linear(&other);
        assert!(is_covered);
        let [rows, columns] = grid.shape(plane);
        assert_eq!(hu.len(), rows * columns);
        for (i, &found) in hu.iter().enumerate() {
            let voxel = grid.voxel(plane, index, [(i / columns) as f64, (i % columns) as f64]);
            let [l, p, s] = grid.geometry.unwrap().position_mm(voxel);
            assert!((f64::from(found) - (2.0 * l + 3.0 * p + 5.0 * s)).abs() <= 0.51, "{plane:?} pixel {i}: {found}");
        }
    }
}

#[test]
fn a_shift_moves_the_other_scan_and_outside_of_it_there_is_air() {
    let (grid, other) = (grid(), other());
    let at = |shift_mm: f64| {
        let geometry = other.geometry.unwrap();
        PlaneSampling::new(&grid, Plane::Axial, 0, &geometry, [0.0, 0.0, shift_mm]).unwrap().linear(&other)
    };
    // Slice 0 is at S 0 mm, where the first pixel has the value 0.
    assert_eq!(at(0.0).0[0], 0);
    assert_eq!(at(12.0).0[0], 60);
    // The other scan ends 3 mm beyond its last voxels, at S -9 and 33 mm.
    assert!(at(32.9).1 && at(-8.9).1);
    for outside_mm in [33.1, -9.1, 1e9] {
        let (hu, is_covered) = at(outside_mm);
        assert!(!is_covered && hu.iter().all(|&hu| hu == OUTSIDE_HU), "{outside_mm} mm");
    }
}

#[test]
fn labels_are_those_of_the_nearest_voxels() {
    let (grid, other) = (grid(), other());
    let sampling = PlaneSampling::new(&grid, Plane::Axial, 3, &other.geometry.unwrap(), [0.0; 3]).unwrap();
    // Slice 3 of the grid is at S 9 mm: 3.5 slices from the first of the other, so slice 4 of it, whose label is x.
    let slice = |z: usize| (z == 4).then(|| Cow::Owned((0..9 * 15).map(|i| (i % 15) as u8).collect::<Vec<_>>()));
    // Columns at L 0, 1, 2, 3, 4 mm are voxels 3, 3.5, 4, 4.5, 5 of the other.
    assert_eq!(sampling.nearest(other.dims, slice)[..5], [3, 4, 4, 5, 5]);
    assert!(sampling.nearest(other.dims, |_| None).iter().all(|&label| label == 0));
}

#[test]
fn a_picture_has_no_place_in_another_scan() {
    let picture = Grid { dims: [1, 6, 5], geometry: None };
    assert_eq!(PlaneSampling::new(&picture, Plane::Axial, 0, &other().geometry.unwrap(), [0.0; 3]), None);
}
