//! Orientation, preprocessing and its inverse.

use islet::core::mask::Mask;
use islet::core::volume::{Geometry, Orientation, Volume};
use islet::core::window::Window;
use islet::imaging::preprocess::{PreprocessConfig, crop_geometry, neighbours, prepare};

/// As CT-82: rows run to anterior, slices down.
const CT82: Geometry = Geometry { affine: [[0.86, 0.0, 0.0, -220.0], [0.0, -0.86, 0.0, 220.0], [0.0, 0.0, -1.0, 0.0]] };

fn counting(dims: [usize; 3], geometry: Geometry) -> Volume {
    let hu = (0..dims.iter().product::<usize>()).map(|i| i as i16).collect();
    Volume { hu, dims, geometry: Some(geometry), calibrated: true }
}

#[test]
fn a_ct82_scan_is_turned_upright_and_its_slices_keep_their_order() {
    let orientation = Orientation::axial(&CT82);
    assert_eq!(orientation, Orientation { source: [0, 1, 2], flip: [false, true, false] });
    let seen = orientation.view_volume(counting([2, 3, 4], CT82));
    assert_eq!(seen.slice(0).hu, [8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3]);
    let geometry = seen.geometry.unwrap();
    assert_eq!(geometry.step_mm(1), [0.0, 0.86, 0.0]);
    // The first row seen is the file's last.
    assert_eq!(geometry.position_mm([0.0; 3]), CT82.position_mm([0.0, 2.0, 0.0]));
}

#[test]
fn a_volume_is_flipped_in_place_as_its_values_are_one_by_one() {
    for directions in 0..8 {
        let flip = [0, 1, 2].map(|axis| directions >> axis & 1 == 1);
        let orientation = Orientation { source: [0, 1, 2], flip };
        let volume = counting([3, 4, 5], CT82);
        let expected = orientation.view(&volume.hu, volume.dims);
        assert_eq!(orientation.view_volume(volume).hu, expected, "{flip:?}");
    }
}

#[test]
fn any_axis_order_comes_back_as_it_was() {
    // Sagittal, as some NIfTI files: slices to the right, rows up, columns to anterior.
    let sagittal = Geometry { affine: [[0.0, 0.0, -2.0, 10.0], [-0.7, 0.0, 0.0, 5.0], [0.0, 0.8, 0.0, -3.0]] };
    let dims = [2, 3, 4];
    let orientation = Orientation::axial(&sagittal);
    let seen = orientation.view_volume(counting(dims, sagittal));
    let geometry = seen.geometry.unwrap();
    assert_eq!(seen.dims, [3, 4, 2]);
    assert_eq!([0, 1, 2].map(|axis| geometry.step_mm(axis)), [[0.0, 0.0, 0.8], [0.0, 0.7, 0.0], [2.0, 0.0, 0.0]]);
    for (voxel, position) in [([0, 0, 0], [0.0; 3]), ([2, 3, 1], [2.0, 3.0, 1.0])] {
        let value = seen.hu[(voxel[0] * 4 + voxel[1]) * 2 + voxel[2]] as usize;
        let file = [value / 12, value / 4 % 3, value % 4].map(|i| i as f64);
        assert_eq!(geometry.position_mm(position), sagittal.position_mm(file), "the same voxel lies in the same place");
    }
    let mask = Mask { labels: (0..24).collect(), dims };
    assert_eq!(mask.view(&orientation).restore(&orientation, dims), mask);
}

#[test]
fn a_label_finds_its_scan_by_position_or_not_at_all() {
    let dims = [2, 3, 4];
    // The same grid with rows and slices the other way.
    let other =
        Geometry { affine: [[0.86, 0.0, 0.0, -220.0], [0.0, 0.86, 0.0, 220.0 - 2.0 * 0.86], [0.0, 0.0, 1.0, -1.0]] };
    let fit = Orientation::between(&other, dims, &CT82, dims).unwrap();
    assert_eq!(fit.flip, [true, true, false]);
    for axis in 0..3 {
        let mut shifted = other;
        shifted.affine[axis][3] += 0.3;
        assert_eq!(Orientation::between(&shifted, dims, &CT82, dims), None, "a third of a voxel off is another grid");
    }
    assert_eq!(Orientation::between(&other, [2, 4, 3], &CT82, dims), None);
    let mut longer = other;
    longer.affine[0][0] = 0.9;
    assert_eq!(Orientation::between(&longer, dims, &CT82, dims), None);
}

#[test]
fn neighbours_are_below_and_above_whatever_way_the_slices_run() {
    let down = counting([10, 1, 1], CT82);
    assert_eq!(neighbours(&down, 5, 3.0), [8, 5, 2]);
    assert_eq!(neighbours(&down, 0, 3.0), [3, 0, 0], "the end of a series repeats itself");
    let up = counting([10, 1, 1], Geometry::with_spacing_mm([5.0, 1.0, 1.0]));
    assert_eq!(neighbours(&up, 5, 3.0), [4, 5, 6]);
    assert_eq!(neighbours(&counting([1, 1, 1], CT82), 0, 3.0), [0, 0, 0]);
}

/// A round body of water around `centre`, air elsewhere.
fn body(dims: [usize; 2], spacing_mm: f64, centre: [f64; 2], radius_px: f64) -> Volume {
    let hu = (0..dims[0] * dims[1]).map(|i| {
        let (y, x) = ((i / dims[1]) as f64 - centre[0], (i % dims[1]) as f64 - centre[1]);
        if y * y + x * x < radius_px * radius_px { 0 } else { -1000 }
    });
    let geometry = Some(Geometry::with_spacing_mm([1.0, spacing_mm, spacing_mm]));
    Volume { hu: hu.collect(), dims: [1, dims[0], dims[1]], geometry, calibrated: true }
}

#[test]
fn the_input_is_centred_on_the_body_and_scaled_to_the_window() {
    let config = PreprocessConfig::default();
    let volume = body([300, 400], 0.75, [120.0, 250.0], 60.0);
    let (input, placement) = prepare(&volume, 0, &config);
    // 1.5 mm is two pixels of 0.75 mm; the middle of the input is the middle of the body.
    assert_eq!(placement.step_px, [2.0, 2.0]);
    let middle = [0, 1].map(|axis| placement.origin_px[axis] + placement.step_px[axis] * 111.5);
    assert_eq!(middle, [120.0, 250.0]);
    let at = |y: usize, x: usize| input.channels[224 * 224 + y * 224 + x];
    assert_eq!(at(0, 0), 0.0, "air is below the window");
    assert!((at(112, 112) - 100.0 / 340.0).abs() < 1e-6, "water is 100 HU above the window's foot, of 340");
    assert_eq!(&input.channels[..224 * 224], &input.channels[224 * 224..2 * 224 * 224], "a lone slice repeats itself");
}

#[test]
fn a_table_does_not_move_the_input() {
    let mut volume = body([300, 400], 0.75, [120.0, 250.0], 60.0);
    let without = crop_geometry(&volume.slice(0), &PreprocessConfig::default());
    for x in 20..380 {
        volume.hu[290 * 400 + x] = 200;
    }
    assert_eq!(crop_geometry(&volume.slice(0), &PreprocessConfig::default()), without);
}

#[test]
fn a_picture_of_unknown_spacing_is_fitted_whole() {
    let mut volume = body([448, 300], 1.0, [200.0, 150.0], 100.0);
    volume.geometry = None;
    let placement = crop_geometry(&volume.slice(0), &PreprocessConfig::default());
    assert_eq!(placement.step_px, [2.0, 2.0]);
    let corner = |i: f64| [0, 1].map(|axis| (i - placement.origin_px[axis]) / placement.step_px[axis]);
    assert_eq!(corner(0.0)[0], -0.25, "its first row lies in the input's first");
}

/// Distance in mm from a pixel of the round trip's error to the true boundary, at most.
fn worst_round_trip_mm(spacing_mm: f64, radius_mm: f64) -> f64 {
    let size = (260.0 / spacing_mm) as usize;
    let centre = [size as f64 * 0.43, size as f64 * 0.55];
    let volume = body([size, size], spacing_mm, [size as f64 / 2.0; 2], 110.0 / spacing_mm);
    let config = PreprocessConfig::default();
    let placement = crop_geometry(&volume.slice(0), &config);
    let distance_mm = |i: usize| {
        let (y, x) = ((i / size) as f64 - centre[0], (i % size) as f64 - centre[1]);
        (y * y + x * x).sqrt() * spacing_mm - radius_mm
    };
    let truth: Vec<f32> = (0..size * size).map(|i| f32::from(u8::from(distance_mm(i) < 0.0))).collect();
    let back = placement.restore(&placement.resample(&truth), config.size_px);
    let wrong = (0..size * size).filter(|&i| (back[i] >= 0.5) != (truth[i] >= 0.5));
    wrong.map(|i| distance_mm(i).abs()).fold(0.0, f64::max)
}

#[test]
fn a_round_trip_of_a_mask_moves_no_boundary_by_more_than_half_an_output_pixel() {
    for spacing_mm in [0.6, 0.75, 0.86, 0.97, 1.3] {
        for radius_mm in [8.0, 20.0, 40.0] {
            let worst = worst_round_trip_mm(spacing_mm, radius_mm);
            assert!(worst <= 0.5 * 1.5, "{worst} mm at {spacing_mm} mm, radius {radius_mm} mm");
        }
    }
}

#[test]
fn a_coarse_map_covers_the_same_area() {
    let volume = body([300, 300], 0.75, [150.0, 150.0], 60.0);
    let placement = crop_geometry(&volume.slice(0), &PreprocessConfig::default());
    let coarse = placement.restore(&[1.0; 28 * 28], 28);
    assert_eq!(coarse, placement.restore(&[1.0; 224 * 224], 224));
}

#[test]
fn windows_clip_and_scale() {
    let window = Window::ABDOMEN;
    assert_eq!([-500.0, -160.0, 40.0, 240.0, 900.0].map(|hu| window.unit(hu)), [0.0, 0.0, 0.5, 1.0, 1.0]);
    assert_eq!((Window::PANCREAS.low_hu(), Window::PANCREAS.high_hu()), (-100.0, 240.0));
}

#[test]
fn a_window_follows_from_the_percentiles_of_a_picture_and_stays_within_limits() {
    // 0 to 1000 in steps of 1: the percentiles are 10 and 990.
    let values: Vec<i16> = (0..=1000).rev().collect();
    let window = Window::of_percentiles(&values);
    assert_eq!((window.low_hu(), window.high_hu()), (10.0, 990.0));
    assert_eq!(Window::of_percentiles(&[7; 9]), Window { level_hu: 7.0, width_hu: 1.0 });
    assert_eq!(Window::of_percentiles(&[]), Window::ABDOMEN);
    let wild = Window { level_hu: -9000.0, width_hu: 0.0 };
    assert_eq!(wild.limited(), Window { level_hu: -1000.0, width_hu: 1.0 });
    assert_eq!(Window::BONE.limited(), Window::BONE);
}
