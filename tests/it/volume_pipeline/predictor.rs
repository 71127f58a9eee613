//! The scans of `tests/golden/nnunet/predictor.py`, from the file to the network's input.

use std::io::Read;
use std::path::{Path, PathBuf};

use islet::core::volume::Volume;
use islet::formats::nifti;
use islet::imaging::volume_pipeline::prepare::prepare;
use islet::imaging::volume_pipeline::resize::InterpolationOrder;
use islet::imaging::volume_pipeline::settings::{Normalisation, VolumePipeline, VolumeSettings};
use safetensors::SafeTensors;

use super::golden;

const CT: Normalisation = Normalisation::Ct { lower: -420.0, upper: 380.0, mean: 32.5, std: 210.25 };

fn folder(model: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/nnunet/predictor").join(model)
}

fn scan(model: &str) -> Volume {
    let bytes = std::fs::read(folder(model).join("scan_0000.nii.gz")).unwrap();
    nifti::read_volume("scan_0000.nii.gz", &bytes).unwrap().volume
}

/// What `predictor.py` writes into the plans of each model.
fn settings(model: &str) -> VolumeSettings {
    let plain = VolumeSettings { normalisation: vec![CT], patch_size: vec![16; 3], ..golden::plain_settings() };
    match model {
        "residual" => VolumeSettings { spacing_mm: vec![2.2, 2.3, 2.4], mirror_axes: vec![0, 1, 2], ..plain },
        "anisotropic" => VolumeSettings {
            spacing_mm: vec![4.5, 1.4, 1.3],
            patch_size: vec![8, 16, 16],
            transpose_forward: [1, 0, 2],
            ..plain
        },
        "total" => VolumeSettings {
            pipeline: VolumePipeline::TotalSegmentator { zoom_order: InterpolationOrder::Linear },
            spacing_mm: vec![3.0; 3],
            tile_step: 0.8,
            ..plain
        },
        _ => VolumeSettings { spacing_mm: vec![2.5; 3], ..plain },
    }
}

#[test]
fn inputs_are_those_of_nnunet_and_totalsegmentator() {
    for model in ["isotropic", "anisotropic", "small", "residual", "total"] {
        let mut bytes = Vec::new();
        let file = std::fs::File::open(folder(model).join("stages.safetensors.gz")).unwrap();
        flate2::read::GzDecoder::new(file).read_to_end(&mut bytes).unwrap();
        let stages = SafeTensors::deserialize(&bytes).unwrap();
        let expected = stages.tensor("preprocessed").unwrap();
        let prepared = prepare(&[&scan(model)], &settings(model)).unwrap();
        assert_eq!(prepared.input.dims, expected.shape()[1..], "{model}");
        let values: Vec<f32> = expected.data().as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
        let difference = golden::largest_difference(&prepared.input.values, &values);
        assert!(difference < 2e-6, "{model}: {difference}");
    }
}
