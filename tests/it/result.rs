//! The result and its reasons, without a page: probabilities that are kept, components, measures, a gate held open, and images unlike
//! what was learned from.

use burn::tensor::Device;
use islet::core::connected_components::outside_largest;
use islet::core::mask::Mask;
use islet::core::volumetry::{
    Measurement, OrganSize, OrganSlices, SizeWarning, VolumeDoubt, doubt_by_accepted, measure_volume, pancreas_doubt,
};
use islet::imaging::preprocess::{CropGeometry, Input, flip_left_right};
use islet::imaging::probability_map::ProbabilityMap;
use islet::nn::batch::stack_inputs;
use islet::nn::infer::{AttentionOutput, infer, infer_ablated, mask_of};
use islet::nn::model::metadata::ModelMetadata;
use islet::nn::model::weights::{ModelFile, Precision};
use islet::nn::model::{AttentionUnet, ModelConfig, Preset, probabilities};
use serde::Deserialize;

use crate::model::{assert_close, file_of, passport, random_file, tensors_of, values};

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

#[derive(Deserialize)]
struct Components {
    dims: [usize; 3],
    components: usize,
    mask: String,
    strays: String,
}

fn unpacked(hexadecimal: &str, count: usize) -> Vec<u8> {
    let bytes = (0..hexadecimal.len() / 2).map(|i| u8::from_str_radix(&hexadecimal[2 * i..2 * i + 2], 16).unwrap());
    let bits = bytes.flat_map(|byte| (0..8).map(move |bit| byte >> (7 - bit) & 1));
    bits.take(count).collect()
}

#[test]
fn strays_are_what_scipy_finds_outside_the_largest_component() {
    let cases: Vec<Components> = serde_json::from_str(include_str!("../golden/component.json")).unwrap();
    for case in &cases {
        let [depth, height, width] = case.dims;
        let (voxels, area) = (depth * height * width, height * width);
        let mask = unpacked(&case.mask, voxels);
        let mut found = vec![0u8; voxels];
        for stray in outside_largest(case.dims, |z| Some(&mask[z * area..(z + 1) * area])) {
            found[stray.z * area..][stray.pixels].fill(1);
        }
        assert_eq!(found, unpacked(&case.strays, voxels), "{:?}, {} components", case.dims, case.components);
    }
}

#[test]
fn components_touch_at_corners_and_across_slices() {
    // Two voxels that share a corner in space beat one that stands alone; an empty slice parts what is on both sides of it.
    let mut mask = [0u8; 4 * 25];
    for [z, y, x] in [[0, 0, 0], [1, 1, 1], [1, 4, 4], [3, 2, 2]] {
        mask[z * 25 + y * 5 + x] = 1;
    }
    let found = outside_largest([4, 5, 5], |z| (z != 2).then(|| &mask[z * 25..(z + 1) * 25]));
    let places: Vec<_> = found.iter().map(|stray| (stray.z, stray.pixels.clone())).collect();
    assert_eq!(places, [(1, 24..25), (3, 12..13)]);
    assert!(outside_largest([4, 5, 5], |_| None::<&[u8]>).is_empty());
}

#[test]
fn a_size_says_when_it_is_not_the_organs_volume() {
    let spacing = Some([3.0, 2.0, 2.0]);
    let series = |pixels: &[Option<usize>]| measure_volume(pixels, spacing, Some(12.0));
    let whole = series(&[Some(0), Some(500), Some(250), Some(0)]);
    assert_eq!(
        whole,
        Measurement {
            size: OrganSize::VolumeMl(9.0),
            slices: Some(OrganSlices { count: 2, first: 1, last: 2 }),
            caveats: vec![]
        }
    );
    assert_eq!(series(&[Some(1), Some(5), Some(0)]).caveats, [SizeWarning::TouchesFirst]);
    assert_eq!(series(&[Some(0), Some(5), Some(2)]).caveats, [SizeWarning::TouchesLast]);
    assert_eq!(series(&[Some(1), Some(5), Some(2)]).caveats, [SizeWarning::TouchesBoth]);
    assert_eq!(series(&[None, Some(5), Some(0)]).caveats, [SizeWarning::Unfinished { done: 2, all: 3 }]);
    let lone = series(&[Some(250)]);
    assert_eq!((lone.size, &lone.caveats[..]), (OrganSize::AreaCm2(10.0), &[SizeWarning::LoneSlice][..]));
    let disputed = series(&[Some(0), Some(5), Some(0)]).with_dispute(true);
    assert_eq!(disputed.caveats, [SizeWarning::DisputedSpacing]);
    let picture = measure_volume(&[Some(7)], None, None).with_dispute(true);
    assert_eq!(
        (picture.size, &picture.caveats[..]),
        (OrganSize::Pixels(7), &[SizeWarning::LoneSlice, SizeWarning::NoSpacing][..])
    );
    assert_eq!(series(&[Some(0), Some(0)]).slices, None);
}

#[test]
fn an_absurd_volume_is_doubted() {
    // Voxels of 1 mL. The mean of adults is 72.4 mL with a standard deviation of 25.8 mL.
    let doubt = |pixels: &[Option<usize>]| pancreas_doubt(&measure_volume(pixels, Some([10.0; 3]), Some(1000.0)));
    for (ml, is_unusual) in [(20, true), (21, false), (72, false), (149, false), (150, true), (328, true)] {
        let found = doubt(&[Some(0), Some(ml), Some(0)]);
        assert_eq!(found, is_unusual.then_some(VolumeDoubt::UnusualForPancreas), "{ml} mL");
    }
    assert_eq!(doubt(&[Some(328), Some(0)]), None, "a part of an organ is not judged");
    assert_eq!(doubt(&[None, Some(328), Some(0)]), None, "nor an unfinished mask");
    assert_eq!(doubt(&[Some(0), Some(0), Some(0)]), None, "nothing found says so itself");
}

#[test]
fn a_volume_far_from_what_accepted_slices_suggest_is_doubted() {
    let counts = |pixels: [usize; 7]| pixels.map(Some);
    // Accepted: 0, 4 and 0 pixels on slices 1, 3 and 5, so 2 and 2 between them: 8 mL.
    let accepted = [1, 3, 5];
    let doubt = |pixels: [usize; 7]| doubt_by_accepted(&counts(pixels), &accepted, 1000.0);
    assert_eq!(doubt([0, 0, 2, 4, 2, 0, 0]), None);
    assert_eq!(doubt([0, 0, 6, 4, 6, 0, 0]), None, "twice as much is not yet far");
    let far = |found_ml| Some(VolumeDoubt::FarFromAccepted { found_ml, expected_ml: 8.0 });
    assert_eq!(doubt([0, 0, 7, 4, 6, 0, 0]), far(17.0));
    assert_eq!(doubt([90, 0, 2, 4, 2, 0, 90]), None, "what lies beyond is not compared");
    assert_eq!(doubt_by_accepted(&counts([0, 0, 0, 9, 0, 9, 0]), &[3, 5, 6], 1000.0), None);
    assert_eq!(doubt_by_accepted(&counts([0, 0, 9, 9, 9, 0, 0]), &[1, 5], 1000.0), None, "two say too little");
    let unfinished = [Some(0), Some(0), None, Some(4), Some(90), Some(0), Some(0)];
    assert_eq!(doubt_by_accepted(&unfinished, &accepted, 1000.0), None);
    assert_eq!(doubt_by_accepted(&[], &[], 1000.0), None);
}

fn tiny() -> ModelConfig {
    ModelConfig { base_filters: 4, depth: 3, ..Preset::Islet.config() }
}

/// The same random network with every gate's psi at its own value, but that of `gate`, which is `bias` alone.
fn with_psi(bytes: &[u8], gate: usize, bias: f32) -> AttentionUnet {
    let mut tensors = tensors_of(bytes);
    for (name, _, data) in &mut tensors {
        if *name == format!("gates.{gate}.psi.weight") {
            data.fill(0.0);
        } else if *name == format!("gates.{gate}.psi.bias") {
            data.fill(bias);
        } else if name == "head.bias" {
            // Logits around zero, where probabilities show every change.
            data.fill(0.0);
        }
    }
    let passport: ModelMetadata = passport(tiny());
    ModelFile::read(&file_of(&tensors, passport.to_metadata())).unwrap().load(&Device::flex())
}

#[test]
fn a_gate_held_open_is_the_gate_that_was_open_all_along() {
    let bytes = random_file(&tiny(), Precision::F32);
    let input = [Input { channels: values("ablation", 3 * 32 * 32), size_px: 32 }];
    let run = |model: &AttentionUnet, open: Option<usize>| {
        let found = pollster::block_on(infer_ablated(&model.for_inference(), &input, open, AttentionOutput::Include))
            .unwrap()
            .remove(0);
        // Inference has kernels of its own; the network that learns must say the same.
        let learning = probabilities(model.forward_ablated(stack_inputs(&input, &Device::flex()), open).logits);
        assert_close(&found.probability, &learning.into_data().try_to_vec::<f32>().unwrap(), "on Burn's kernels");
        found
    };
    for gate in 0..2 {
        // Sigmoid of 30 is 1 in single precision, of -30 nearly 0.
        let [open, shut] = [30.0, -30.0].map(|bias| with_psi(&bytes, gate, bias));
        let [as_it_is, held] = [None, Some(gate)].map(|held| run(&open, held));
        assert_close(&as_it_is.probability, &held.probability, "an open gate cannot be opened");
        let [closed, opened] = [None, Some(gate)].map(|held| run(&shut, held));
        assert_close(&opened.probability, &as_it_is.probability, "the gate's own weights no longer count");
        assert!(opened.attention[gate].alpha.iter().all(|alpha| *alpha == 1.0));
        let moved = closed.probability.iter().zip(&opened.probability).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(moved > 1e-3, "opening a shut gate moved no probability by more than {moved}");
    }
    let model = with_psi(&bytes, 0, 0.3);
    let plain = pollster::block_on(infer(&model.for_inference(), &input, AttentionOutput::Include)).unwrap().remove(0);
    assert_eq!(run(&model, None), plain);
}

mod images {
    //! In what images are unlike what was learned from.

    use std::path::Path;

    use islet::core::volume::{Geometry, Orientation, Volume};
    use islet::imaging::input_check::{InputWarning, check_input};
    use islet::imaging::phantom::{PhantomConfig, phantom};
    use islet::imaging::preprocess::PreprocessConfig;

    fn found(volume: &Volume) -> Vec<InputWarning> {
        check_input(volume, &PreprocessConfig::default())
    }

    /// The volume with other values.
    fn with(volume: &Volume, value: impl Fn(i16) -> i16) -> Volume {
        Volume { hu: volume.hu.iter().map(|hu| value(*hu)).collect(), ..volume.clone() }
    }

    /// What is brighter than muscle without contrast agent loses most of that; bone keeps its own.
    fn without_contrast(volume: &Volume) -> Volume {
        with(volume, |hu| if (40..300).contains(&hu) { 40 + (hu - 40) * 3 / 10 } else { hu })
    }

    fn spaced(volume: &Volume, spacing_mm: [f64; 3]) -> Volume {
        Volume { geometry: Some(Geometry::with_spacing_mm(spacing_mm)), ..volume.clone() }
    }

    /// The middle of it, and no air.
    fn cut_out(volume: &Volume) -> Volume {
        let [depth, height, width] = volume.dims;
        let (rows, columns) = (height / 3..2 * height / 3, width / 3..2 * width / 3);
        let hu = (0..depth).flat_map(|z| rows.clone().map(move |y| (z * height + y) * width));
        let hu = hu.flat_map(|row| &volume.hu[row..][columns.clone()]).map(|hu| (*hu).max(-200)).collect();
        Volume { hu, dims: [depth, rows.len(), columns.len()], ..volume.clone() }
    }

    fn check(name: &str, volume: &Volume) {
        assert_eq!(found(volume), [], "{name}");
        assert!(
            matches!(found(&without_contrast(volume))[..], [InputWarning::NoContrast { share }] if share < 0.15),
            "{name}"
        );
        // Stored values whose intercept of -1024 was forgotten: air is 0, and nothing is below.
        assert!(found(&with(volume, |hu| hu.max(-1024) + 1024)).contains(&InputWarning::NoAir), "{name}");
        assert!(
            matches!(
                found(&with(volume, |hu| if hu > -300 { hu + 400 } else { hu }))[..],
                [InputWarning::Values { .. }]
            ),
            "{name}"
        );
        assert_eq!(found(&with(volume, |_| -1000)), [InputWarning::NoBody], "{name}");
        assert!(found(&cut_out(volume)).contains(&InputWarning::NoAir), "{name}");
        let [z, y, x] = volume.geometry.unwrap().spacing_mm();
        let smaller = found(&spaced(volume, [z, 0.3 * y, 0.3 * x]));
        assert!(matches!(smaller[0], InputWarning::SmallBody { width_mm } if width_mm < 168.0), "{name}: {smaller:?}");
        let larger = found(&spaced(volume, [6.0, 4.0 * y, 4.0 * x]));
        assert!(
            matches!(
                larger[..],
                [
                    InputWarning::Coarse { .. },
                    InputWarning::FarApart { spacing_mm: 6.0, .. },
                    InputWarning::LargeBody { .. },
                    ..
                ]
            ),
            "{name}: {larger:?}"
        );
        assert_eq!(found(&Volume { calibrated: false, ..volume.clone() }), [InputWarning::NotCalibrated], "{name}");
    }

    #[test]
    fn phantoms_are_like_it_and_altered_ones_are_not() {
        for seed in [5000, 5001, 9101, 9102] {
            check(&format!("phantom {seed}"), &phantom(&PhantomConfig::SMALL, seed).volume);
        }
    }

    #[test]
    #[ignore = "needs ../shared/ct82"]
    fn the_two_patients_of_ct82_are_like_it_and_altered_ones_are_not() {
        use islet::cli::datasets::{ct82, source::CaseSource};
        let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/ct82");
        let source = CaseSource::open(&data).unwrap();
        for id in [1, 2] {
            let volume = ct82::load(id, &ct82::find(&source).unwrap()[&id], &source).unwrap().volume;
            let orientation = volume.geometry.as_ref().map_or(Orientation::IDENTITY, Orientation::axial);
            let volume = orientation.view_volume(volume);
            check(&format!("patient {id}"), &volume);
            // A slice of it alone, too.
            let [_, height, width] = volume.dims;
            let lone = Volume { hu: volume.slice(100).hu.to_vec(), dims: [1, height, width], ..volume.clone() };
            assert_eq!(found(&lone), [], "slice 101 of patient {id}");
        }
    }
}
