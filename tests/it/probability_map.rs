//! Probabilities that are kept for another threshold.

use islet::core::mask::Mask;
use islet::imaging::preprocess::{CropGeometry, flip_left_right};
use islet::imaging::probability_map::ProbabilityMap;
use islet::nn::infer::mask_of;

use crate::model::values;

/// 40 x 50 pixels, of which the input covers the middle at a step of 0.7 and 0.6.
const PLACEMENT: CropGeometry =
    CropGeometry { origin_px: [6.3, 9.1], step_px: [0.7, 0.6], slice_dims: [40, 50], size_px: 32 };

#[test]
fn a_threshold_cuts_a_ramp_where_it_is_reached() {
    // Along a row p goes from 0 to 1 in steps of 1/31; the slice's pixels are the input's, two rows and columns in.
    let placement = CropGeometry { origin_px: [2.0, 2.0], step_px: [1.0, 1.0], slice_dims: [40, 50], size_px: 32 };
    let ramp: Vec<f32> = (0..32 * 32).map(|i| (i % 32) as f32 / 31.0).collect();
    let kept = ProbabilityMap::from_dense(&ramp, 32);
    for threshold in [0.05, 0.25, 0.5, 0.75, 0.9, 1.0] {
        let mask = kept.mask(&placement, threshold);
        let columns = (0..32).filter(|x| *x as f32 / 31.0 >= threshold).count();
        assert_eq!(mask.iter().filter(|&&label| label != 0).count(), 32 * columns, "at {threshold}");
        assert!((0..50).all(|x| (mask[20 * 50 + x] != 0) == ((x as i32 - 2) as f32 / 31.0 >= threshold && x < 34)));
    }
}

#[test]
fn what_is_kept_makes_the_mask_that_the_whole_map_makes() {
    for seed in 0..20 {
        let noise = values(&format!("kept {seed}"), 32 * 32);
        let (cy, cx, r) = (4.0 + 24.0 * noise[0], 4.0 + 24.0 * noise[1], 1.0 + 6.0 * noise[2]);
        // A spot with a steep edge on almost nothing.
        let spot = |i: usize| ((i / 32) as f32 - cy).hypot((i % 32) as f32 - cx) < r;
        let map: Vec<f32> =
            noise.iter().enumerate().map(|(i, n)| if spot(i) { 1.0 - n * 0.6 } else { n * 0.0019 }).collect();
        let kept = ProbabilityMap::from_dense(&map, 32);
        assert_eq!(kept.mask(&PLACEMENT, 0.5), mask_of(&map, &PLACEMENT), "seed {seed}");
        let whole = PLACEMENT.restore(&map, 32);
        for threshold in [0.01, 0.3, 0.97] {
            let expected: Vec<u8> = whole.iter().map(|p| u8::from(*p >= threshold)).collect();
            assert_eq!(kept.mask(&PLACEMENT, threshold), expected, "seed {seed} at {threshold}");
        }
        assert!(kept.map().iter().zip(&map).all(|(a, b)| a == b || (*a == 0.0 && *b < 1.0 / 512.0)));
    }
    let nothing = ProbabilityMap::from_dense(&[0.001; 32 * 32], 32);
    assert!(nothing.mask(&PLACEMENT, 0.01).iter().all(|label| *label == 0));
    assert_eq!(nothing.map(), [0.0; 32 * 32]);
}

#[test]
fn maps_in_steps_say_what_their_values_say() {
    // Slices of 5 x 8: a spot at the border and one within; nothing; everything.
    let bytes: Vec<u8> = (0..3 * 40)
        .map(|i| match (i / 40, i % 40 / 8, i % 8) {
            (0, 0, 7) | (2, ..) => 255,
            (0, 2, 3) => 128,
            (0, 2, 4) => 1,
            _ => 0,
        })
        .collect();
    let maps = ProbabilityMap::of_slices(&Mask { labels: bytes.clone(), dims: [3, 5, 8] });
    let placement = ProbabilityMap::own_grid([5, 8]);
    for (map, bytes) in maps.iter().zip(bytes.chunks_exact(40)) {
        let mut whole: Vec<f32> = bytes.iter().map(|&byte| f32::from(byte) / 255.0).collect();
        for threshold in [0.003, 0.25, 0.5, 0.51, 1.0] {
            let expected: Vec<u8> = whole.iter().map(|p| u8::from(*p >= threshold)).collect();
            assert_eq!(map.mask(&placement, threshold), expected, "at {threshold}");
        }
        let uncertainty: f32 = whole.iter().map(|p| p.min(1.0 - p)).sum();
        assert!((map.uncertainty() - uncertainty).abs() < 1e-5);
        // The grid is a square; below the slice there is nothing.
        whole.resize(64, 0.0);
        assert_eq!(map.map(), whole);
        assert_eq!(map.mean(&ProbabilityMap::from_dense(&whole, 8)).map(), whole);
    }
}

#[test]
fn mean_and_difference_are_taken_pixel_by_pixel() {
    let (a, b) = (values("a", 64), values("b", 64));
    let [kept_a, kept_b] = [&a, &b].map(|map| ProbabilityMap::from_dense(map, 8));
    let mean = kept_a.mean(&kept_b).map();
    let difference = kept_a.difference(&kept_b);
    for i in 0..64 {
        assert!((mean[i] - (a[i] + b[i]) / 2.0).abs() < 2e-3 && (difference[i] - (a[i] - b[i]).abs()).abs() < 2e-3);
    }
    assert!(kept_a.difference(&kept_a).iter().all(|d| *d == 0.0));
    assert_eq!(
        flip_left_right(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0], 3),
        [3.0, 2.0, 1.0, 6.0, 5.0, 4.0, 9.0, 8.0, 7.0]
    );
}
