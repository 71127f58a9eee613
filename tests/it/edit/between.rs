//! Shapes between shapes, and the distances they rest on.

use islet::imaging::edit::{ShapeInterpolation, signed_distance_px};
use rand::RngExt;

fn between(lower: &[u8], upper: &[u8], dims: [usize; 2], t: f32) -> Vec<u8> {
    ShapeInterpolation::new(lower, upper, dims).mask_at(t)
}

use super::{count, disc, equivalent_radius, pixels, random};

const DIMS: [usize; 2] = [60, 64];
const CENTRE: [f64; 2] = [30.0, 32.0];

/// Fails unless every pixel surely inside is mask, and none surely outside.
fn assert_shape(labels: &[u8], inside_px: impl Fn([f64; 2]) -> f64, tolerance_px: f64) {
    for (label, pixel) in labels.iter().zip(pixels(DIMS)) {
        let depth = inside_px(pixel);
        assert!(depth.abs() <= tolerance_px || (*label == 1) == (depth > 0.0), "{pixel:?} at {depth} px inside");
    }
}

fn from(pixel: [f64; 2], centre: [f64; 2]) -> f64 {
    (pixel[0] - centre[0]).hypot(pixel[1] - centre[1])
}

#[test]
fn distances_are_those_of_the_slow_way() {
    let mut rng = random(4);
    for (dims, share) in
        [([23, 31], 0.5), ([23, 31], 0.02), ([31, 23], 0.98), ([1, 40], 0.3), ([40, 1], 0.3), ([9, 7], 1.0)]
    {
        let mask: Vec<u8> = (0..dims[0] * dims[1]).map(|_| u8::from(rng.random::<f32>() < share)).collect();
        let [height, width] = dims.map(|n| n as i64);
        let inside =
            |y: i64, x: i64| (0..height).contains(&y) && (0..width).contains(&x) && mask[(y * width + x) as usize] != 0;
        let distances = signed_distance_px(&mask, dims).unwrap();
        for (y, x) in (0..height).flat_map(|y| (0..width).map(move |x| (y, x))) {
            let here = inside(y, x);
            let nearest = (-1..=height).flat_map(|v| (-1..=width).map(move |u| (v, u)));
            let nearest = nearest.filter(|&(v, u)| inside(v, u) != here).map(|(v, u)| (v - y).pow(2) + (u - x).pow(2));
            let unsigned = (nearest.min().unwrap() as f64).sqrt() - 0.5;
            let expected = if here { unsigned } else { -unsigned };
            let found = distances[(y * width + x) as usize];
            assert!((f64::from(found) - expected).abs() < 1e-5, "{dims:?} {share} [{y}, {x}]: {found} {expected}");
        }
    }
    assert_eq!(signed_distance_px(&[0; 12], [3, 4]), None);
    assert_eq!(signed_distance_px(&[], [0, 4]), None);
}

#[test]
fn distances_across_a_whole_slice_are_exact() {
    // One pixel in the corner of a slice of full size: the distance of every pixel is known.
    let mut mask = vec![0; 512 * 512];
    mask[0] = 7;
    let distances = signed_distance_px(&mask, [512, 512]).unwrap();
    for (found, [y, x]) in distances.iter().zip(pixels([512, 512])).skip(1) {
        assert!((f64::from(*found) - (0.5 - y.hypot(x))).abs() < 1e-4);
    }
    assert_eq!(distances[0], 0.5);
}

#[test]
fn between_concentric_discs_lies_the_disc_of_the_blended_radius() {
    let (small, large) = (disc(DIMS, CENTRE, 10.0), disc(DIMS, CENTRE, 20.0));
    for t in [0.1f32, 0.25, 0.5, 0.75, 0.9] {
        let radius = 10.0 + 10.0 * f64::from(t);
        for (lower, upper, t) in [(&small, &large, t), (&large, &small, 1.0 - t)] {
            let labels = between(lower, upper, DIMS, t);
            assert_shape(&labels, |pixel| radius - from(pixel, CENTRE), 1.0);
            assert!((equivalent_radius(&labels) - radius).abs() < 0.5, "{}", equivalent_radius(&labels));
        }
    }
}

#[test]
fn half_way_between_shifted_discs_lies_an_ellipse() {
    // (12 - |p - a|) + (12 - |p - b|) >= 0: the points whose distances from both centres add up to 24 at most.
    let (a, b) = ([30.0, 26.0], [30.0, 38.0]);
    let labels = between(&disc(DIMS, a, 12.0), &disc(DIMS, b, 12.0), DIMS, 0.5);
    assert_shape(&labels, |pixel| (24.0 - from(pixel, a) - from(pixel, b)) / 2.0, 0.75);
    let area = std::f64::consts::PI * 12.0 * (144.0f64 - 36.0).sqrt();
    assert!((count(&labels) as f64 - area).abs() < 0.06 * area, "{} {area}", count(&labels));
    let mirrored: Vec<u8> =
        labels.chunks(64).flat_map(|row| (0..64).map(|x| if x == 0 { 0 } else { row[64 - x] })).collect();
    assert_eq!(labels, mirrored, "neither disc is preferred");
}

#[test]
fn the_ends_are_the_masks_themselves() {
    let mut rng = random(5);
    let mut mask = |share: f32| (0..30 * 20).map(|_| u8::from(rng.random::<f32>() < share)).collect::<Vec<u8>>();
    let masks = [mask(0.5), mask(0.1), mask(0.9), mask(0.0), mask(1.0)];
    for (lower, upper) in masks.iter().flat_map(|lower| masks.iter().map(move |upper| (lower, upper))) {
        for t in [0.0, -3.0, f32::NEG_INFINITY] {
            assert_eq!(&between(lower, upper, [30, 20], t), lower);
        }
        for t in [1.0, 9.0, f32::INFINITY] {
            assert_eq!(&between(lower, upper, [30, 20], t), upper);
        }
        between(lower, upper, [30, 20], f32::NAN);
    }
    let same = &masks[0];
    assert_eq!(&between(same, same, [30, 20], 0.37), same, "between a shape and itself lies that shape");
}

#[test]
fn towards_an_empty_slice_a_shape_shrinks_to_its_core() {
    let (shape, empty) = (disc(DIMS, CENTRE, 20.0), vec![0; 60 * 64]);
    // (1 - t)(20 - r) - 20 t >= 0.
    for (t, radius) in [(0.1f32, 20.0 - 2.0 / 0.9), (0.25, 20.0 - 5.0 / 0.75), (0.4, 20.0 - 8.0 / 0.6)] {
        let labels = between(&shape, &empty, DIMS, t);
        assert_shape(&labels, |pixel| radius - from(pixel, CENTRE), 1.0);
        assert_eq!(labels, between(&empty, &shape, DIMS, 1.0 - t), "either way round");
    }
    let sizes: Vec<usize> = (0..=20).map(|i| count(&between(&shape, &empty, DIMS, i as f32 / 20.0))).collect();
    assert!(sizes.is_sorted_by(|a, b| a >= b), "{sizes:?}");
    assert!(sizes[..10].iter().all(|&size| size > 0) && sizes[11..].iter().all(|&size| size == 0), "{sizes:?}");
    assert_eq!(between(&empty, &empty, DIMS, 0.5), empty);
}

#[test]
fn two_pieces_may_become_one() {
    let two: Vec<u8> =
        disc(DIMS, [30.0, 16.0], 8.0).iter().zip(disc(DIMS, [30.0, 48.0], 8.0)).map(|(a, b)| a | b).collect();
    let one = disc(DIMS, CENTRE, 26.0);
    let joined = between(&two, &one, DIMS, 0.9);
    assert_eq!(joined[30 * 64 + 32], 1, "near the one");
    let apart = between(&two, &one, DIMS, 0.1);
    assert_eq!((apart[30 * 64 + 16], apart[30 * 64 + 32], apart[30 * 64 + 48]), (1, 0, 1), "near the two");
}
