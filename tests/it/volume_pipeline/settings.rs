//! The settings in a model file, and what is refused.

use islet::imaging::volume_pipeline::resize::InterpolationOrder;
use islet::imaging::volume_pipeline::settings::{Normalisation, ResamplingRule, VolumePipeline, VolumeSettings};

use super::golden::plain_settings;

#[test]
fn settings_survive_a_model_file() {
    let settings = VolumeSettings {
        pipeline: VolumePipeline::TotalSegmentator { zoom_order: InterpolationOrder::Linear },
        normalisation: vec![Normalisation::Ct { lower: -1004.0, upper: 1588.0, mean: -50.386_98, std: 503.392_36 }],
        ..plain_settings()
    };
    let text = serde_json::to_string(&settings).unwrap();
    assert_eq!(serde_json::from_str::<VolumeSettings>(&text).unwrap(), settings);
}

#[test]
fn settings_that_cannot_be_run_are_refused() {
    let plain = plain_settings();
    assert_eq!(plain.check(), Ok(()));
    let nan = Normalisation::Ct { lower: f32::NAN, upper: 1.0, mean: 0.0, std: 1.0 };
    let with_order_z = |order_z| ResamplingRule { order_z, ..plain.data_resampling };
    let refused = [
        (VolumeSettings { patch_size: vec![8; 4], ..plain.clone() }, "4 axes"),
        (VolumeSettings { spacing_mm: vec![1.0; 2], ..plain.clone() }, "2 numbers"),
        (VolumeSettings { spacing_mm: vec![1.0, f64::NAN, 1.0], ..plain.clone() }, "NaN mm"),
        (VolumeSettings { patch_size: vec![0, 8, 8], ..plain.clone() }, "0 x 8 x 8"),
        (VolumeSettings { patch_size: vec![usize::MAX; 3], ..plain.clone() }, "voxels"),
        (VolumeSettings { transpose_forward: [0, 1, 1], ..plain.clone() }, "0 x 1 x 1"),
        (VolumeSettings { tile_step: 1e-9, ..plain.clone() }, "0.000000001"),
        (VolumeSettings { mirror_axes: vec![0, 3], ..plain.clone() }, "below 3"),
        (VolumeSettings { mirror_axes: vec![1, 1], ..plain.clone() }, "1 x 1"),
        (VolumeSettings { normalisation: vec![], ..plain.clone() }, "no channel"),
        (VolumeSettings { normalisation: vec![nan], ..plain.clone() }, "NaN, 1, 0, 1"),
        (VolumeSettings { data_resampling: with_order_z(InterpolationOrder::Linear), ..plain.clone() }, "coarse axis"),
        (VolumeSettings { logits_resampling: plain.data_resampling, ..plain.clone() }, "order 3"),
    ];
    for (settings, expected) in refused {
        let error = settings.check().unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}
