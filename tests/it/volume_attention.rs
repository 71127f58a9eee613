//! Soft and hard attention of networks of volumes: the share of the gates' attention that lies on the organ, and the box
//! that another model finds.

use std::path::Path;

use islet::core::volume::{Geometry, Volume};
use islet::formats::nifti;
use islet::imaging::volume_pipeline::prepare::prepare;
use islet::imaging::volume_pipeline::region::widened;
use islet::imaging::volume_pipeline::settings::{Normalisation, ZScoreRegion};
use islet::nn::cpu::CpuNetwork;
use islet::nn::volume::{VolumeModel, VolumePreset};
use pollster::block_on;

use super::cli::{ok, run, text};
use super::onnx_volumes::model_file;

const OF_VOLUMES: &str = "www/models/pancreas-3d-phantoms.safetensors";
const OF_SLICES: &str = "www/models/pancreas.safetensors";

/// A scan of one patch at the network's spacing.
fn scan() -> Volume {
    let affine = [[-2.0, 0.0, 0.0, 0.0], [0.0, -2.0, 0.0, 0.0], [0.0, 0.0, 2.0, 0.0]];
    let hu = (0..32 * 32 * 32).map(|voxel| (voxel % 701) as i16 - 300).collect();
    Volume { hu, dims: [32; 3], geometry: Some(Geometry { affine }), calibrated: true }
}

#[test]
fn attention_of_one_value_lies_on_the_organ_as_much_as_anywhere() {
    let mut file = model_file(VolumePreset::Paper, 1, &["pancreas"]);
    // Without the weights of psi every coefficient is the sigmoid of its bias, 0 here.
    for (name, tensor) in &mut file.networks[0].folds[0].0 {
        if name.contains(".psi.") {
            tensor.values.fill(0.0);
        }
    }
    let prepared = prepare(&[&scan()], &file.networks[0].plan.pipeline).unwrap();
    assert_eq!(prepared.input.dims, [32; 3]);
    // A box of 4 x 6 x 8 voxels, of which no side lies on the coarser grids.
    let is_organ = |[z, y, x]: [usize; 3]| (5..9).contains(&z) && (7..13).contains(&y) && (11..19).contains(&x);
    let truth: Vec<u8> =
        (0..32 * 32 * 32).map(|voxel| u8::from(is_organ([voxel / 1024, voxel / 32 % 32, voxel % 32]))).collect();
    let model = VolumeModel::new(file);
    let gates = block_on(model.attention_focus(&prepared, &truth)).unwrap();
    assert_eq!(gates.iter().map(|gate| gate.size_px).collect::<Vec<_>>(), [4, 4, 8, 8, 16, 16]);
    for (gate, shrink) in gates.iter().zip([8.0_f64, 8.0, 4.0, 4.0, 2.0, 2.0]) {
        let close = |found: f64, expected: f64| assert!((found - expected).abs() < 1e-4 * expected, "{found}");
        close(gate.focus.organ_px, 4.0 * 6.0 * 8.0 / shrink.powi(3));
        close(gate.focus.image_px, (32.0_f64 / shrink).powi(3));
        close(gate.focus.on_organ, 0.5 * gate.focus.organ_px);
        close(gate.focus.ratio().unwrap(), 1.0);
    }
    let unet = model_file(VolumePreset::PaperUnet, 1, &["pancreas"]);
    assert!(block_on(VolumeModel::new(unet).attention_focus(&prepared, &truth)).unwrap().is_empty());
}

#[test]
fn maps_of_a_scan_are_those_of_its_patch() {
    let mut file = model_file(VolumePreset::Paper, 1, &["pancreas"]);
    file.networks[0].plan.pipeline.mirror_axes.clear();
    let (scan, plan) = (scan(), file.networks[0].plan.clone());
    let network = CpuNetwork::new(&plan.network.graph(), &file.networks[0].folds[0]);
    let prepared = prepare(&[&scan], &plan.pipeline).unwrap();
    let expected = network.forward(&prepared.input.values, [32; 3], None).attention;
    let model = VolumeModel::new(file);
    let found = block_on(model.segment_explained(scan.clone(), 1, |_| ())).unwrap();
    let maps = found.attention.unwrap();
    let of_prepared = block_on(model.attention_maps(&prepared)).unwrap();
    assert!(of_prepared.iter().map(|map| &map.labels[..]).eq(maps.gates.iter().map(|gate| &gate[..])));
    assert_eq!((maps.dims, maps.gates.len(), maps.geometry), ([32; 3], 6, scan.geometry.unwrap()));
    for ((gate, alpha), shrink) in maps.gates.iter().zip(&expected).zip([8, 8, 4, 4, 2, 2]) {
        let coarse = 32 / shrink;
        for (voxel, &byte) in gate.iter().enumerate() {
            let [z, y, x] = [voxel / 1024, voxel / 32 % 32, voxel % 32].map(|place| place / shrink);
            let alpha = alpha[(z * coarse + y) * coarse + x];
            assert!((f32::from(byte) - (1.0 + 254.0 * alpha)).abs() <= 0.51, "{byte} for {alpha}");
        }
    }
    assert_eq!(plan.gates_px(), [4, 4, 8, 8, 16, 16]);
}

#[test]
fn a_region_is_widened_to_a_patch_as_far_as_the_scan_reaches() {
    let region = [2..4, 10..30, 0..10];
    // 12 mm are six slices of 2 mm, and 30 mm as many columns; the second axis is wide enough.
    assert_eq!(widened(&region, [12.0, 15.0, 30.0], [2.0, 1.0, 1.0], [50, 50, 50]), [0..6, 10..30, 0..30]);
    assert_eq!(widened(&[47..49, 20..30, 40..50], [12.0; 3], [2.0, 1.0, 1.0], [50; 3]), [44..50, 19..31, 38..50]);
    assert_eq!(widened(&region, [999.0; 3], [1.0; 3], [40, 50, 60]), [0..40, 0..50, 0..60]);
}

#[test]
fn a_part_of_a_scan_is_normalised_as_the_whole() {
    let scheme = Normalisation::ZScore { region: ZScoreRegion::Image };
    // NumPy: mean and std of [-1000, -200, 40, 60, 100].
    let fixed = scheme.with_statistics_of(&[-1000, -200, 40, 60, 100]);
    let Normalisation::Ct { lower, upper, mean, std } = fixed else { panic!("{fixed:?}") };
    assert_eq!((lower, upper, mean), (-32768.0, 32767.0, -200.0));
    assert!((std - 413.5698).abs() < 1e-3, "{std}");
    assert_eq!(fixed.with_statistics_of(&[0]), fixed);
}

#[test]
fn the_box_around_what_another_model_finds_is_segmented_alone() {
    let folder = tempfile::tempdir().unwrap();
    let phantom = folder.path().join("phantom");
    ok(&run("phantom", &["--output", text(&phantom), "--cases", "1", "--seed", "5000"]));
    let scan = phantom.join("Pancreas-CT");
    let [whole, inside] = ["whole.nii.gz", "inside.nii.gz"].map(|name| folder.path().join(name));
    let mask = |path: &Path| nifti::read_mask("mask", &std::fs::read(path).unwrap()).unwrap().0;
    ok(&run("predict", &["--model", OF_VOLUMES, "--input", text(&scan), "--output", text(&whole)]));
    let boxed = ["--model", OF_VOLUMES, "--roi-model", OF_SLICES, "--input", text(&scan), "--output", text(&inside)];
    let output = run("predict", &boxed);
    ok(&output);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let share = said.split("around pancreas, ").nth(1).and_then(|rest| rest.split(' ').next()).unwrap();
    assert!((2.0..30.0).contains(&share.parse::<f64>().unwrap()), "{said}");
    let (whole, inside) = (mask(&whole), mask(&inside));
    let both = whole.labels.iter().zip(&inside.labels).filter(|(a, b)| **a != 0 && **b != 0).count();
    let sizes = [&whole, &inside].map(|mask| mask.labels.iter().filter(|label| **label != 0).count());
    let dsc = 2.0 * both as f64 / (sizes[0] + sizes[1]) as f64;
    assert!(dsc > 0.9, "DSC {dsc} of {sizes:?}");

    let refused = |more: &[&str], says: &str| {
        let output = folder.path().join("refused.nii.gz");
        let given = ["--input", text(&scan), "--output", text(&output)];
        let output = run("predict", &[more, &given[..]].concat());
        let err = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(3), "{err}");
        assert!(err.contains(says), "{err}");
    };
    refused(&["--model", OF_SLICES, "--roi-model", OF_VOLUMES], "expected a model of volumes");
    refused(&["--model", OF_VOLUMES, "--roi-model", OF_SLICES, "--roi", "liver"], "does not find liver");
    refused(&["--model", OF_VOLUMES, "--roi-model", OF_SLICES, "--margin-mm", "900"], "900 mm");
}
