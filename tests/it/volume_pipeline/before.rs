//! Before the network: crop, normalisation, resampling.

use islet::core::volume::{Geometry, Volume};
use islet::imaging::volume_pipeline::prepare::{PreparedVolume, prepare};
use islet::imaging::volume_pipeline::previous_stage::append_previous_stage;
use islet::imaging::volume_pipeline::resize::{Clip, Coordinates, InterpolationOrder, Resize};
use islet::imaging::volume_pipeline::settings::{Normalisation, SeparateZ, VolumeSettings};

use super::golden::{self, CASES};

pub(super) fn prepared(case: &str) -> PreparedVolume {
    let channels = golden::channels(case);
    prepare(&channels.iter().collect::<Vec<_>>(), &golden::case_settings(case)).unwrap()
}

#[test]
fn preprocessed_arrays_are_those_of_nnunet() {
    for case in CASES {
        let PreparedVolume { input, path } = prepared(case);
        let name = format!("{case}.input");
        assert_eq!([&[input.channels][..], &input.dims].concat(), golden::shape(&name), "{case}");
        let crop: Vec<_> = path.crop.iter().map(|range| vec![range.start, range.end]).collect();
        let expected: Vec<_> = golden::setting(case)["crop"].as_array().unwrap().iter().map(golden::counts).collect();
        assert_eq!(crop, expected, "{case}");
        let difference = golden::largest_difference(&input.values, &golden::f32s(&name));
        assert!(difference < 2e-6, "{case}: {difference}");
    }
}

#[test]
fn without_the_clip_the_same_cases_differ() {
    // The premise of the test above, so that it fails if the clip is missing.
    for case in ["downsampled", "upsampled"] {
        let PreparedVolume { input, path } = prepared(case);
        let volume = &golden::channels(case)[0];
        let normalised = |z: usize| {
            let row = |y: usize| {
                &volume.hu[(z + path.crop[0].start) * volume.dims[1] * volume.dims[2]..][y * volume.dims[2]..]
            };
            let rows = path.crop[1].clone().flat_map(|y| row(y)[path.crop[2].clone()].iter());
            rows.map(|&hu| (f32::from(hu).clamp(-150.0, 180.0) - 40.5) / 61.25).collect()
        };
        let change = |clip| {
            let (order, coordinates) = (InterpolationOrder::Cubic, Coordinates::HalfPixel);
            Resize::uniform(path.cropped_dims(), path.network_dims, order, coordinates, clip).run(normalised)
        };
        assert_eq!(change(Clip::WholeInput), input.values, "{case}");
        assert!(golden::largest_difference(&change(Clip::None), &input.values) > 0.01, "{case}");
    }
}

#[test]
fn labels_of_the_previous_stage_are_resampled_as_nnunet_does() {
    for case in ["upsampled", "separate"] {
        let mut prepared = prepared(case);
        let labels = golden::u8s(&format!("{case}.previous"));
        append_previous_stage(&mut prepared, &labels, &[1, 2, 3], SeparateZ::IfAnisotropic);
        assert_eq!(prepared.input.channels, 4);
        let voxels: usize = prepared.input.dims.iter().product();
        let expected: Vec<f32> = golden::u8s(&format!("{case}.one_hot")).into_iter().map(f32::from).collect();
        assert_eq!(prepared.input.values[voxels..], expected, "{case}");
    }
}

#[test]
fn a_scan_of_zeros_is_not_cropped() {
    let geometry = Some(Geometry::with_spacing_mm([1.0; 3]));
    let volume = Volume { hu: vec![0; 60], dims: [3, 4, 5], geometry, calibrated: true };
    let prepared = prepare(&[&volume], &golden::plain_settings()).unwrap();
    assert_eq!(prepared.path.crop, [0..3, 0..4, 0..5]);
}

#[test]
fn scans_that_do_not_fit_the_model_are_refused() {
    let geometry = Some(Geometry::with_spacing_mm([1.0; 3]));
    let volume = Volume { hu: vec![-5; 60], dims: [3, 4, 5], geometry, calibrated: true };
    let settings = golden::plain_settings();
    let refused =
        |channels: &[&Volume], settings: &VolumeSettings| prepare(channels, settings).unwrap_err().to_string();
    assert!(refused(&[&volume, &volume], &settings).contains("2 images were given; the model reads 1"));
    let picture = Volume { geometry: None, ..volume.clone() };
    assert!(refused(&[&picture], &settings).contains("no known size"));
    let rgb = VolumeSettings { normalisation: vec![Normalisation::RgbTo01], ..settings.clone() };
    assert!(refused(&[&volume], &rgb).contains("the value -5"));
    let fine = VolumeSettings { spacing_mm: vec![0.01; 3], ..settings };
    let large = Volume { hu: vec![1; 40 * 40 * 40], dims: [40; 3], ..volume };
    assert!(refused(&[&large], &fine).contains("4000 x 4000 x 4000"));
}
