//! The plans and labels of tiny networks.

use serde_json::{Value, json};

/// Plans in the format since nnU-Net 2.2, with two networks of volumes (one inherits from the other) and one of slices.
pub(crate) fn new_plans() -> Value {
    let resampling = |order: u8| json!({ "is_seg": false, "order": order, "order_z": 0, "force_separate_z": null });
    let arguments = |axes: usize| {
        let each = |taps: usize| vec![taps; axes];
        json!({
            "n_stages": 3, "features_per_stage": [2, 3, 3], "conv_op": format!("torch.nn.modules.conv.Conv{axes}d"),
            "kernel_sizes": vec![each(3); 3], "strides": [each(1), each(2), each(2)],
            "n_conv_per_stage": [1, 1, 1], "n_conv_per_stage_decoder": [1, 1], "conv_bias": true,
            "norm_op": format!("torch.nn.modules.instancenorm.InstanceNorm{axes}d"),
            "norm_op_kwargs": { "eps": 1e-5, "affine": true }, "dropout_op": null, "dropout_op_kwargs": null,
            "nonlin": "torch.nn.LeakyReLU", "nonlin_kwargs": { "inplace": true },
        })
    };
    let configuration = |spacing: &[f64]| {
        json!({
            "preprocessor_name": "DefaultPreprocessor", "patch_size": vec![16; spacing.len()], "spacing": spacing,
            "normalization_schemes": ["CTNormalization"], "use_mask_for_norm": [false],
            "resampling_fn_data": "resample_data_or_seg_to_shape", "resampling_fn_data_kwargs": resampling(3),
            "resampling_fn_probabilities": "resample_data_or_seg_to_shape",
            "resampling_fn_probabilities_kwargs": resampling(1),
            "architecture": {
                "network_class_name": "dynamic_network_architectures.architectures.unet.PlainConvUNet",
                "arch_kwargs": arguments(spacing.len()), "_kw_requires_import": ["conv_op"],
            },
            "batch_dice": true,
        })
    };
    json!({
        "dataset_name": "Dataset901_Tiny", "plans_name": "nnUNetPlans", "image_reader_writer": "SimpleITKIO",
        "transpose_forward": [1, 2, 0], "transpose_backward": [2, 0, 1], "label_manager": "LabelManager",
        "configurations": {
            "2d": configuration(&[0.75, 0.75]),
            "3d_fullres": configuration(&[3.0, 1.5, 1.5]),
            "3d_small": { "inherits_from": "3d_fullres", "patch_size": [8, 8, 8], "previous_stage": "3d_lowres" },
        },
        "foreground_intensity_properties_per_channel": { "0": {
            "max": 3025.0, "mean": -50.25, "median": 59, "min": -1099.0,
            "percentile_00_5": -1004, "percentile_99_5": 1588.0, "std": 503.5,
        } },
    })
}

/// `dataset.json` of four labels, as the network of plain.pth has them.
pub(crate) fn dataset_json() -> Value {
    json!({
        "channel_names": { "0": "CT" }, "file_ending": ".nii.gz", "numTraining": 3, "licence": "CC BY 4.0", "name": "Tiny",
        "labels": { "background": 0, "spleen": 1, "liver": 2, "pancreas": 3 },
    })
}
