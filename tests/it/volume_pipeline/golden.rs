//! The arrays that `tests/golden/nnunet/pipeline.py` wrote.

use std::io::Read;
use std::sync::LazyLock;

use half::f16;
use islet::core::volume::{Geometry, Volume};
use islet::imaging::volume_pipeline::resize::InterpolationOrder;
use islet::imaging::volume_pipeline::settings::{
    Normalisation, ReaderOrder, ResamplingRule, SeparateZ, VolumePipeline, VolumeSettings, ZScoreRegion,
};
use safetensors::SafeTensors;
use serde_json::Value;

const FILE: &[u8] = include_bytes!("../../golden/nnunet/pipeline.safetensors.gz");

static BYTES: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(FILE).read_to_end(&mut bytes).unwrap();
    bytes
});

static SETTINGS: LazyLock<Value> = LazyLock::new(|| {
    let (_, metadata) = SafeTensors::read_metadata(&BYTES).unwrap();
    serde_json::from_str(&metadata.metadata().as_ref().unwrap()["settings"]).unwrap()
});

/// The cases that went through nnU-Net's preprocessing and export.
pub(super) const CASES: [&str; 11] = [
    "downsampled",
    "upsampled",
    "separate",
    "separate_z_changes",
    "transposed",
    "separate_last",
    "target_anisotropic",
    "unchanged",
    "two_channels",
    "slices",
    "regions",
];

fn read<T, const N: usize>(name: &str, from: fn([u8; N]) -> T) -> Vec<T> {
    let file = SafeTensors::deserialize(&BYTES).unwrap();
    let tensor = file.tensor(name).unwrap_or_else(|_| panic!("{name} is in the file"));
    tensor.data().as_chunks::<N>().0.iter().map(|bytes| from(*bytes)).collect()
}

pub(super) fn shape(name: &str) -> Vec<usize> {
    SafeTensors::deserialize(&BYTES).unwrap().tensor(name).unwrap().shape().to_vec()
}

pub(super) fn dims(name: &str) -> [usize; 3] {
    let shape = shape(name);
    shape[shape.len() - 3..].try_into().unwrap()
}

pub(super) fn i16s(name: &str) -> Vec<i16> {
    read(name, i16::from_le_bytes)
}

pub(super) fn i32s(name: &str) -> Vec<i32> {
    read(name, i32::from_le_bytes)
}

pub(super) fn u8s(name: &str) -> Vec<u8> {
    read(name, u8::from_le_bytes)
}

pub(super) fn f32s(name: &str) -> Vec<f32> {
    read(name, f32::from_le_bytes)
}

pub(super) fn halves(name: &str) -> Vec<f32> {
    read(name, |bytes| f16::from_le_bytes(bytes).to_f32())
}

pub(super) fn setting(name: &str) -> &'static Value {
    &SETTINGS[name]
}

pub(super) fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

pub(super) fn counts(value: &Value) -> Vec<usize> {
    numbers(value).into_iter().map(|v| v as usize).collect()
}

/// The channels of a case, each with its spacing.
pub(super) fn channels(case: &str) -> Vec<Volume> {
    let name = format!("{case}.hu");
    let dims = dims(&name);
    let spacing: [f64; 3] = numbers(&setting(case)["from_mm"]).try_into().unwrap();
    let voxels = dims.iter().product();
    let volume = |hu: &[i16]| Volume {
        hu: hu.to_vec(),
        dims,
        geometry: Some(Geometry::with_spacing_mm(spacing)),
        calibrated: true,
    };
    i16s(&name).chunks_exact(voxels).map(volume).collect()
}

/// nnU-Net's settings with which a case was made.
pub(super) fn case_settings(case: &str) -> VolumeSettings {
    let entry = setting(case);
    let masks = entry["mask"].as_array().unwrap();
    let schemes = entry["schemes"].as_array().unwrap().iter().zip(masks).map(|(scheme, mask)| match scheme.as_str() {
        Some("CTNormalization") => Normalisation::Ct { lower: -150.0, upper: 180.0, mean: 40.5, std: 61.25 },
        Some("ZScoreNormalization") if mask == true => Normalisation::ZScore { region: ZScoreRegion::Nonzero },
        Some("RescaleTo01Normalization") => Normalisation::RescaleTo01,
        other => panic!("{other:?}"),
    });
    VolumeSettings {
        transpose_forward: counts(&entry["transpose"]).try_into().unwrap(),
        spacing_mm: numbers(&entry["to_mm"]),
        patch_size: counts(&entry["patch"]),
        normalisation: schemes.collect(),
        ..plain_settings()
    }
}

/// nnU-Net's settings for a CT at 1 mm.
pub(super) fn plain_settings() -> VolumeSettings {
    VolumeSettings {
        pipeline: VolumePipeline::NnUnet,
        reader: ReaderOrder::AsStored,
        transpose_forward: [0, 1, 2],
        spacing_mm: vec![1.0; 3],
        patch_size: vec![8; 3],
        normalisation: vec![Normalisation::None],
        data_resampling: ResamplingRule {
            order: InterpolationOrder::Cubic,
            order_z: InterpolationOrder::Nearest,
            separate_z: SeparateZ::IfAnisotropic,
        },
        logits_resampling: ResamplingRule::LOGITS,
        tile_step: 0.5,
        mirror_axes: Vec::new(),
    }
}

pub(super) fn largest_difference(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}
