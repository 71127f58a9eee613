//! The result and its reasons, without a page: components, measures, a gate held open, and images unlike
//! what was learned from.

use burn::tensor::Device;
use islet::core::connected_components::outside_largest;
use islet::core::volumetry::{
    Measurement, OrganSize, OrganSlices, SizeWarning, VolumeDoubt, doubt_by_accepted, measure_volume, pancreas_doubt,
};
use islet::imaging::preprocess::Input;
use islet::nn::batch::stack_inputs;
use islet::nn::infer::{AttentionOutput, infer, infer_ablated};
use islet::nn::model::metadata::ModelMetadata;
use islet::nn::model::weights::{ModelFile, Precision};
use islet::nn::model::{AttentionUnet, ModelConfig, Preset, probabilities};
use serde::Deserialize;

use crate::model::{assert_close, file_of, passport, random_file, tensors_of, values};

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
            let volume = ct82::load(id, &ct82::find(&source).unwrap()[&id], &source, &mut Vec::new()).unwrap().volume;
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
