//! Patches: positions, importance, sums, mirrors.

use half::f16;
use islet::imaging::volume_pipeline::array::ChannelVolume;
use islet::imaging::volume_pipeline::mirror::{flip_map, flip_patch, mirrorings};
use islet::imaging::volume_pipeline::patch_sum::{PatchSum, SumPrecision, mean_of_folds};
use islet::imaging::volume_pipeline::settings::VolumeSettings;
use islet::imaging::volume_pipeline::sliding_window::{SlidingWindow, importance_map, steps};

use super::golden;

#[test]
fn positions_are_those_of_nnunet() {
    for row in golden::setting("steps").as_array().unwrap() {
        let [size, patch] = [&row[0], &row[1]].map(|value| value.as_u64().unwrap() as usize);
        assert_eq!(steps(size, patch, row[2].as_f64().unwrap()), golden::counts(&row[3]), "{row}");
    }
}

#[test]
fn importance_is_that_of_nnunet_to_the_bit() {
    for patch in [vec![8, 9, 16], vec![16, 12, 20], vec![24, 40]] {
        let name = patch.iter().map(usize::to_string).collect::<Vec<_>>().join("x");
        let expected = golden::i32s(&format!("gaussian.{name}"));
        let bits: Vec<i32> = importance_map(&patch).into_iter().map(|value| i32::from(value.to_bits())).collect();
        assert_eq!(bits, expected, "{name}");
        assert_eq!(bits.contains(&1), patch.len() == 3, "{name}: the floor is the smallest subnormal");
    }
}

/// The network of `pipeline.py`: three channels that depend on the place in the patch.
fn ramp_network(patch: &[f32], window: &SlidingWindow) -> Vec<f32> {
    let [_, height, width] = window.patch;
    let axes = &[0, 1, 2][3 - window.rank..];
    let of_voxel = |(i, x): (usize, &f32)| {
        let place = [i / (height * width), i / width % height, i % width];
        let sum: usize = axes.iter().enumerate().map(|(i, &axis)| place[axis] << i).sum();
        let ramp = sum as f32 / 64.0;
        [x * ramp, x + ramp, ramp - 2.0 * x]
    };
    patch.iter().enumerate().flat_map(of_voxel).collect()
}

fn predicted(case: &str, precision: SumPrecision) -> Vec<f32> {
    let entry = golden::setting(case);
    let settings = VolumeSettings {
        patch_size: golden::counts(&entry["patch"]),
        tile_step: entry["step"].as_f64().unwrap(),
        mirror_axes: golden::counts(&entry["mirror"]),
        ..golden::plain_settings()
    };
    let dims = golden::dims(&format!("{case}.data"));
    let input = ChannelVolume { values: golden::halves(&format!("{case}.data")), channels: 1, dims };
    let window = SlidingWindow::new(dims, &settings);
    let mut sum = PatchSum::new(&window, 3, precision);
    let combinations = mirrorings(&settings);
    for &position in &window.positions {
        let patch = window.patch_input(&input, position);
        let mut mean = vec![0.0; patch.len() * 3];
        for axes in &combinations {
            let map = ramp_network(&flip_patch(&patch, window.patch, axes), &window);
            mean.iter_mut().zip(flip_map(&map, window.patch, axes)).for_each(|(sum, value)| *sum += value);
        }
        mean.iter_mut().for_each(|sum| *sum /= combinations.len() as f32);
        sum.add(position, &mean);
    }
    (0..dims[0]).flat_map(|z| sum.slice(z)).collect()
}

#[test]
fn half_precision_sums_are_those_of_nnunet_to_the_bit() {
    for case in ["tiles", "tiles_wide", "padded", "tiles_slices"] {
        assert_eq!(predicted(case, SumPrecision::Half), golden::halves(&format!("{case}.half")), "{case}");
    }
}

#[test]
fn single_precision_sums_agree_within_the_rounding_of_half() {
    for case in ["tiles", "tiles_wide", "padded", "tiles_slices"] {
        let half = golden::halves(&format!("{case}.half"));
        let single = predicted(case, SumPrecision::Single);
        let size: f32 = half.iter().map(|value| value.abs()).sum();
        // Half loses most where a voxel counts little, so the mean is compared.
        let differences: f32 = half.iter().zip(&single).map(|(a, b)| (a - b).abs()).sum();
        assert!(differences < 0.02 * size, "{case}: {}", differences / size);
    }
}

#[test]
fn folds_are_averaged_as_nnunet_does() {
    let folds = [vec![1.0, 2049.0], vec![0.000_3, 2.0], vec![3.0, 5.0]];
    let rounded = |value: f32| f16::from_f32(value).to_f32();
    assert_eq!(mean_of_folds(&folds, SumPrecision::Single), [4.000_3 / 3.0, 2056.0 / 3.0]);
    let sums = [rounded(rounded(1.000_3) + 3.0), rounded(rounded(2051.0) + 5.0)];
    assert_eq!(mean_of_folds(&folds, SumPrecision::Half), sums.map(|sum| rounded(sum / 3.0)));
}
