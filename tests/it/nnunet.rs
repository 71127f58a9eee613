//! Models of nnU-Net: checkpoints that PyTorch wrote, plans, data sets and whole releases, and hostile ones of each.
//!
//! tests/golden/nnunet/checkpoints.py writes the checkpoints and records the versions. Every number follows from its tensor's
//! name, so that no expected value comes from a reader.

mod checkpoints;
mod dataset;
mod hostile;
mod plans;
mod releases;

use std::io::{Cursor, Read, Write};

use islet::core::error::UserError;
use islet::formats::nnunet::{NnUnetCheckpoint, NnUnetDataset, Plans, PlansConfiguration};
use serde_json::{Value, json};
use zip::CompressionMethod;
use zip::write::{SimpleFileOptions, ZipWriter};

const PLAIN: &[u8] = include_bytes!("../golden/nnunet/plain.pth");
const KINDS: &[u8] = include_bytes!("../golden/nnunet/kinds.pth");
const OLD: &[u8] = include_bytes!("../golden/nnunet/old.pth");

/// What the script says of the numbers of a tensor.
fn numbers(name: &str, shape: &[usize]) -> Vec<f32> {
    let sum: usize = name.bytes().map(usize::from).sum();
    let count: usize = shape.iter().product();
    (0..count).map(|i| (((7 * i + sum) % 61) as f32 - 30.0) / 4.0).collect()
}

/// A zip of files.
pub(crate) fn packed(files: &[(&str, &[u8])], method: CompressionMethod) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (path, bytes) in files {
        zip.start_file(*path, SimpleFileOptions::default().compression_method(method)).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// The files of a zip.
fn unpacked(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let file = |index| {
        let mut entry = zip.by_index(index).unwrap();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        (entry.name().to_owned(), bytes)
    };
    (0..zip::ZipArchive::new(Cursor::new(bytes)).unwrap().len()).map(file).collect()
}

/// The error of what should be one, checked to be a sentence with a remedy that says `says`.
fn refused<T>(result: Result<T, UserError>, says: &str) -> UserError {
    let Err(error) = result else { panic!("not refused: {says}") };
    assert!(error.reason.contains(says), "{error}\ndoes not say {says}");
    assert!(!error.hint.to_string().is_empty());
    error
}

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

/// The same plans with a change in the configuration `3d_fullres`.
fn with(change: impl FnOnce(&mut Value)) -> Value {
    let mut plans = new_plans();
    change(&mut plans["configurations"]["3d_fullres"]);
    plans
}

fn configured(plans: &Value, name: &str) -> Result<PlansConfiguration, UserError> {
    Plans::read("plans.json", plans.to_string().as_bytes())?.configuration(name)
}

/// `dataset.json` of four labels, as the network of plain.pth has them.
pub(crate) fn dataset_json() -> Value {
    json!({
        "channel_names": { "0": "CT" }, "file_ending": ".nii.gz", "numTraining": 3, "licence": "CC BY 4.0", "name": "Tiny",
        "labels": { "background": 0, "spleen": 1, "liver": 2, "pancreas": 3 },
    })
}
