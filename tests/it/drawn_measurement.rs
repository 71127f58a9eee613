//! Lengths, angles and ellipses on a small array whose values are known by construction, and their table.

use std::f64::consts::PI;

use islet::core::drawn_measurement::{DrawnMeasurement, DrawnShape};
use islet::core::mpr::{Grid, Plane};
use islet::core::volume::Geometry;
use islet::formats::measurement_table::{MeasurementRow, MeasurementTable};

/// Slices 5 mm apart that run to inferior, rows 2 mm, columns 1 mm.
fn grid() -> Grid {
    let affine = [[1.0, 0.0, 0.0, 0.0], [0.0, 2.0, 0.0, 0.0], [0.0, 0.0, -5.0, 0.0]];
    Grid { dims: [9, 11, 13], geometry: Some(Geometry { affine }) }
}

/// A voxel's value tells its place.
fn value([z, y, x]: [usize; 3]) -> i16 {
    (1000 * z + 20 * y + x) as i16
}

fn drawn(plane: Plane, index: usize, shape: DrawnShape) -> DrawnMeasurement {
    DrawnMeasurement { plane, index, shape }
}

fn near(found: Option<f64>, expected: f64) {
    assert!(found.is_some_and(|found| (found - expected).abs() < 1e-9), "{found:?}, expected {expected}");
}

#[test]
fn lengths_are_in_mm_on_every_plane() {
    let line = DrawnShape::Length { ends: [[1.0, 2.0], [4.0, 6.0]] };
    near(drawn(Plane::Axial, 3, line).sizes(&grid()).length_mm, 52f64.sqrt());
    near(drawn(Plane::Coronal, 3, line).sizes(&grid()).length_mm, 241f64.sqrt());
    near(drawn(Plane::Sagittal, 3, line).sizes(&grid()).length_mm, 17.0);
    let unknown = drawn(Plane::Axial, 3, line).sizes(&Grid { geometry: None, ..grid() });
    assert_eq!(unknown.length_mm, None);
    near(unknown.length_px, 5.0);
}

#[test]
fn angles_are_those_in_the_patient_and_not_those_of_pixels() {
    let corner = DrawnShape::Angle { points: [[1.0, 1.0], [5.0, 1.0], [5.0, 7.0]] };
    // 4 rows of 2 mm and 8 columns of 1 mm.
    let diagonal = DrawnShape::Angle { points: [[1.0, 9.0], [5.0, 1.0], [5.0, 9.0]] };
    let straight = DrawnShape::Angle { points: [[5.0, 1.0], [5.0, 4.0], [5.0, 9.0]] };
    let pointless = DrawnShape::Angle { points: [[5.0, 1.0], [5.0, 1.0], [5.0, 9.0]] };
    for plane in Plane::ALL {
        near(drawn(plane, 2, corner).sizes(&grid()).angle_deg, 90.0);
        near(drawn(plane, 2, straight).sizes(&grid()).angle_deg, 180.0);
        assert_eq!(drawn(plane, 2, pointless).sizes(&grid()).angle_deg, None);
    }
    near(drawn(Plane::Axial, 2, diagonal).sizes(&grid()).angle_deg, 45.0);
    near(
        drawn(Plane::Axial, 2, diagonal).sizes(&Grid { geometry: None, ..grid() }).angle_deg,
        0.5f64.atan().to_degrees(),
    );
}

#[test]
fn an_ellipse_has_the_pixels_whose_centres_are_inside_and_the_area_of_its_line() {
    // Seven pixels of row 5, and one in each of the rows beside it.
    let shape = DrawnShape::Ellipse { corners: [[4.0, 9.0], [6.0, 3.0]] };
    let axial = drawn(Plane::Axial, 4, shape);
    let inside: Vec<f64> = [[4, 6], [5, 3], [5, 4], [5, 5], [5, 6], [5, 7], [5, 8], [5, 9], [6, 6]]
        .map(|[y, x]| f64::from(value([4, y, x])))
        .to_vec();
    let mean = inside.iter().sum::<f64>() / 9.0;
    let sd = (inside.iter().map(|hu| (hu - mean).powi(2)).sum::<f64>() / 9.0).sqrt();
    let found = axial.ellipse_statistics(&grid(), value).unwrap();
    assert_eq!((found.pixels, found.min_hu, found.max_hu), (9, value([4, 4, 6]), value([4, 6, 6])));
    near(Some(found.mean_hu), mean);
    assert!((found.sd_hu - sd).abs() < 1e-6, "{} {sd}", found.sd_hu);
    near(axial.sizes(&grid()).area_mm2, PI * 3.0 * 2.0);
    near(drawn(Plane::Coronal, 4, shape).sizes(&grid()).area_mm2, PI * 3.0 * 5.0);
    near(drawn(Plane::Sagittal, 4, shape).sizes(&grid()).area_mm2, PI * 6.0 * 5.0);
    // Coronal plane 4: its rows are slices, the first one at the top, because they run to inferior.
    let coronal = drawn(Plane::Coronal, 4, shape).ellipse_statistics(&grid(), value).unwrap();
    assert_eq!((coronal.pixels, coronal.min_hu, coronal.max_hu), (9, value([4, 4, 6]), value([6, 4, 6])));
}

#[test]
fn an_ellipse_between_pixels_or_beside_the_picture_has_no_values() {
    let tiny = DrawnShape::Ellipse { corners: [[4.2, 4.2], [4.8, 4.8]] };
    assert_eq!(drawn(Plane::Axial, 0, tiny).ellipse_statistics(&grid(), value), None);
    let flat = DrawnShape::Ellipse { corners: [[4.0, 2.0], [4.0, 5.0]] };
    assert_eq!(drawn(Plane::Axial, 0, flat).ellipse_statistics(&grid(), value).unwrap().pixels, 4);
    for corners in [[[-9.0, -9.0], [-3.0, -3.0]], [[50.0, 50.0], [60.0, 60.0]], [[f64::NAN; 2]; 2]] {
        let outside = drawn(Plane::Axial, 0, DrawnShape::Ellipse { corners });
        assert_eq!(outside.ellipse_statistics(&grid(), value), None);
        assert!(!outside.fits(&grid()));
    }
    assert!(drawn(Plane::Axial, 8, tiny).fits(&grid()) && !drawn(Plane::Axial, 9, tiny).fits(&grid()));
}

#[test]
fn a_table_has_a_line_for_each_with_units_in_its_columns_and_hostile_names_in_quotes() {
    let ellipse = drawn(Plane::Axial, 4, DrawnShape::Ellipse { corners: [[4.0, 9.0], [6.0, 3.0]] });
    let length = drawn(Plane::Coronal, 0, DrawnShape::Length { ends: [[1.0, 2.0], [1.0, 6.0]] });
    let rows = [
        MeasurementRow { drawn: length, statistics: None },
        MeasurementRow { drawn: ellipse, statistics: ellipse.ellipse_statistics(&grid(), value) },
    ];
    let table = MeasurementTable { series_key: "=cmd(\"a\"), b", grid: grid(), made_at: "2026-11-28T12:00:00" };
    let csv = String::from_utf8(table.to_csv(&rows)).unwrap();
    let lines: Vec<&str> = csv.split("\r\n").collect();
    assert!(lines[0].starts_with("number,kind,plane,slice,length_mm,angle_deg,area_mm2,mean_hu,"));
    assert!(lines[1].starts_with("1,length,coronal,1,4,,,,,,,,,,\"2.000 0.000 -5.000; 6.000 0.000 -5.000\","), "{csv}");
    assert!(lines[2].starts_with("2,ellipse,axial,5,,,18.84955592153876,4106,"), "{csv}");
    assert!(lines[2].contains(",4086,4126,9,,,"), "{csv}");
    assert!(lines[1].contains("\"'=cmd(\"\"a\"\"), b\""), "{csv}");
    assert_eq!(lines.len(), 4);
}
