//! Models of nnU-Net and TotalSegmentator, from their own files to labels: what their own programs gave.
//!
//! `tests/golden/nnunet/predictor.py` made the models, with random weights, and asked both programs.

mod command;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use islet::cli::files::read_series;
use islet::core::mask::Mask;
use islet::core::volume::Volume;
use islet::formats::nnunet::release::{NnUnetRelease, ReleaseChoice, read_files, read_zip};
use islet::formats::{Series, nifti};
use islet::imaging::metrics::Overlap;
use islet::imaging::volume_pipeline::patch_sum::SumPrecision;
use islet::imaging::volume_pipeline::region::{cropped_volume, pasted};
use islet::nn::model::weights::Precision;
use islet::nn::segmentation_model::SegmentationModel;
use islet::nn::volume::{PatchProgress, RegionOfInterest, StoredVolumeModel, VolumeModel, VolumeModelFile};
use pollster::block_on;

const TOTAL: &str = "total/Dataset297_TotalSegmentator_total_3mm_1559subj.zip";

fn golden(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/nnunet/predictor").join(path)
}

fn release(name: &str) -> NnUnetRelease {
    if name == "total" {
        return read_zip(name, &std::fs::read(golden(TOTAL)).unwrap(), &ReleaseChoice::default()).unwrap();
    }
    let folder = if name.contains('/') { name.to_owned() } else { format!("{name}/model") };
    let root = golden(&folder);
    let mut found = islet::cli::files::walk(&root).unwrap();
    found.sort();
    let inside = |file: &PathBuf| file.strip_prefix(&root).unwrap().to_string_lossy().into_owned();
    let paths: Vec<String> = found.iter().map(inside).collect();
    let read = &mut |place: usize| Ok(std::fs::read(&found[place]).unwrap());
    read_files(name, &paths, &ReleaseChoice::default(), read).unwrap()
}

fn scan(name: &str) -> Series {
    read_series(&golden(&format!("{name}/scan_0000.nii.gz"))).unwrap()
}

fn segment(model: &VolumeModel, volume: &Volume, precision: SumPrecision) -> Mask {
    block_on(model.segment(volume, precision, |_| ())).unwrap()
}

/// The labels that the model's own program wrote, in file order.
fn truth(name: &str) -> Mask {
    labels(&format!("{name}/labels.nii.gz"))
}

fn labels(path: &str) -> Mask {
    nifti::read_mask(path, &std::fs::read(golden(path)).unwrap()).unwrap().0
}

/// The lowest DSC of a class that either mask has, and the share of equal voxels.
fn agreement(found: &Mask, expected: &Mask) -> (f64, f64) {
    let classes = (0..=u8::MAX).map(|class| Overlap::of_label(&found.labels, &expected.labels, class));
    let present = classes.filter(|overlap| overlap.n_pred() + overlap.n_ref() > 0);
    let equal = found.labels.iter().zip(&expected.labels).filter(|(a, b)| a == b).count();
    (present.map(|overlap| overlap.dsc()).fold(1.0, f64::min), equal as f64 / expected.labels.len() as f64)
}

/// What a model finds on a scan, and the label and the name of the first organ there.
fn first_organ(release: &NnUnetRelease, volume: &Volume) -> (Mask, u8, String) {
    let file = VolumeModelFile::of_release(release).unwrap();
    let labels = file.passport.labels.clone();
    let found = segment(&VolumeModel::new(file), volume, SumPrecision::Single);
    let (value, name) = labels.into_iter().find(|(value, _)| found.labels.contains(value)).unwrap();
    (found, value, name)
}

const RANDOM_MODELS: [&str; 5] = ["isotropic", "anisotropic", "small", "residual", "total"];

#[test]
fn labels_equal_those_of_nnunet_and_total_segmentator() {
    for name in RANDOM_MODELS {
        let model = VolumeModel::new(VolumeModelFile::of_release(&release(name)).unwrap());
        let found = segment(&model, &scan(name).volume, SumPrecision::Half);
        assert!(found == truth(name), "{name}: every voxel is the same with nnU-Net's own sums");
    }
}

/// `tests/golden/nnunet/predictor_single.py` had both programs add in single precision too. Against their usual sums, in half
/// precision, they differ as much as Islet does: the networks are random, so many voxels nearly tie.
#[test]
fn labels_of_single_precision_equal_those_of_the_programs_in_single_precision() {
    for name in RANDOM_MODELS {
        let model = VolumeModel::new(VolumeModelFile::of_release(&release(name)).unwrap());
        let found = segment(&model, &scan(name).volume, SumPrecision::Single);
        let single = labels(&format!("{name}/labels_single.nii.gz"));
        let (worst, share) = agreement(&found, &single);
        let (_, ours_to_half) = agreement(&found, &truth(name));
        let (_, theirs_to_half) = agreement(&single, &truth(name));
        println!(
            "{name}: worst class {worst:.5}, {share:.5} equal; to half precision {ours_to_half:.5}, theirs {theirs_to_half:.5}"
        );
        assert!(worst >= 0.999, "{name}: {worst}");
        assert!((ours_to_half - theirs_to_half).abs() < 1e-3, "{name}: {ours_to_half} and {theirs_to_half}");
    }
}

#[test]
fn a_model_file_gives_the_same_model_back_and_names_its_source() {
    let file = VolumeModelFile::of_release(&release("total")).unwrap();
    let bytes = file.write(Precision::F32).unwrap();
    let SegmentationModel::Volumes(again) = SegmentationModel::read(&bytes).unwrap() else {
        panic!("a model of volumes")
    };
    assert_eq!(again.passport, file.passport);
    assert_eq!(again.networks[0].plan, file.networks[0].plan);
    assert_eq!(again.networks[0].folds, file.networks[0].folds);
    assert_eq!(again.write(Precision::F32).unwrap(), bytes);
    assert_eq!(file.passport.labels.len(), 117);
    assert_eq!(file.passport.labels[&7], "pancreas");
    assert!(file.passport.license.starts_with("Apache-2.0"), "{}", file.passport.license);
    assert!(file.passport.sources[0].citation.as_ref().unwrap().contains("TotalSegmentator"));
    assert_eq!(file.passport.sources[0].zip_sha256.as_ref().unwrap().len(), 64);
    assert_eq!(file.networks[0].plan.pipeline.tile_step, 0.8);
    let halves = file.write(Precision::F16).unwrap();
    assert!(halves.len() < bytes.len() * 6 / 10);
    assert!(SegmentationModel::read(&bytes).unwrap().of_slices().is_err());
}

#[test]
fn folds_and_mirror_images_count_as_patches() {
    let file = VolumeModelFile::of_release(&release("residual")).unwrap();
    assert_eq!(file.networks[0].folds.len(), 2);
    assert!(!file.networks[0].plan.pipeline.mirror_axes.is_empty());
    let mut heard = Vec::new();
    let model = VolumeModel::new(file);
    let scan = scan("residual").volume;
    block_on(model.segment(&scan, SumPrecision::Single, |progress| heard.push(progress))).unwrap();
    let last = heard[heard.len() - 1];
    assert_eq!(last, PatchProgress { network: 0, networks: 1, done: heard.len(), patches: heard.len() });
}

/// A stored model is what the page runs.
#[test]
fn a_stored_model_segments_as_the_same_model_in_memory() {
    let (scan, total) = (scan("total").volume, release("total"));
    let region = RegionOfInterest { organs: vec![first_organ(&total, &scan).2], margin_mm: 5.0 };
    let stages = ["cascade/3d_lowres", "cascade/3d_cascade_fullres"].map(release);
    for file in [
        VolumeModelFile::of_release(&total).unwrap(),
        VolumeModelFile::of_release(&release("residual")).unwrap(),
        VolumeModelFile::of_cascade(&total, &release("isotropic"), region).unwrap(),
        VolumeModelFile::of_stages(&stages[0], &stages[1]).unwrap(),
    ] {
        let bytes = Arc::new(file.write(Precision::F16).unwrap());
        let model = VolumeModel::new(VolumeModelFile::read(&bytes).unwrap());
        let expected = block_on(model.segment_explained(scan.clone(), 2, |_| ())).unwrap();
        let stored = || StoredVolumeModel::new(bytes.clone()).unwrap();
        let mut heard = Vec::new();
        let found = block_on(stored().segment_explained(scan.clone(), 2, |progress| heard.push(progress))).unwrap();
        assert!(found == expected, "{:?}", file.passport.cascade);
        assert_eq!(heard.last().unwrap().network + 1, file.networks.len());
        assert_eq!(Arc::strong_count(&bytes), 1, "the bytes are given back");
        if !stored().finds_region() {
            continue;
        }
        let region = block_on(stored().find_region(scan.clone(), |progress| assert_eq!(progress.network, 0))).unwrap();
        let inside = cropped_volume(&scan, &region);
        let found = block_on(stored().segment_region(inside, 2, |progress| assert_eq!(progress.network, 1))).unwrap();
        let whole = |part: &[u8]| pasted(part, &region, scan.dims);
        assert!(whole(&found.mask.labels) == expected.mask.labels && !found.mask.labels.is_empty());
        assert_eq!(found.probability.map(|part| whole(&part)), expected.probability);
        let large = Volume { hu: vec![0; 200 * 200 * 200], dims: [200; 3], ..scan.clone() };
        let needed =
            [true, false].map(|is_region| stored().check_memory(&large, is_region, 0).unwrap_err().to_string());
        assert_ne!(needed[0], needed[1], "another network counts");
    }
    let damaged = Arc::new(vec![0; 64]);
    assert_eq!(StoredVolumeModel::new(damaged.clone()).unwrap_err(), VolumeModelFile::read(&damaged).unwrap_err());
}

#[test]
fn a_cascade_of_nnunet_reads_the_labels_of_its_first_stage() {
    let [first, second] = ["cascade/3d_lowres", "cascade/3d_cascade_fullres"].map(release);
    let file = VolumeModelFile::of_stages(&first, &second).unwrap();
    let file = VolumeModelFile::read(&file.write(Precision::F32).unwrap()).unwrap();
    let scan = scan("cascade").volume;
    let mask = segment(&VolumeModel::new(file), &scan, SumPrecision::Half);
    assert!(mask == truth("cascade"), "every voxel is the same with nnU-Net's own sums");
    let alone = VolumeModelFile::of_release(&second).unwrap_err().to_string();
    assert!(alone.contains("it reads the labels of the configuration 3d_lowres"), "{alone}");
    let swapped = VolumeModelFile::of_stages(&second, &first).unwrap_err().to_string();
    assert!(swapped.contains("not the stages of one cascade"), "{swapped}");
}

#[test]
fn a_cascade_segments_the_box_around_what_the_first_network_finds() {
    let (total, fine) = (release("total"), release("isotropic"));
    let region = |organ: &str, margin_mm| RegionOfInterest { organs: vec![organ.into()], margin_mm };
    let scan = scan("total");
    let (found, value, organ) = first_organ(&total, &scan.volume);
    let file = VolumeModelFile::of_cascade(&total, &fine, region(&organ, 0.0)).unwrap();
    let file = VolumeModelFile::read(&file.write(Precision::F32).unwrap()).unwrap();
    let mut networks = Vec::new();
    let cascade = VolumeModel::new(file);
    let heard = |progress: PatchProgress| networks.push(progress.network);
    let mask = block_on(cascade.segment(&scan.volume, SumPrecision::Single, heard)).unwrap();
    assert!(networks.contains(&0) && networks.contains(&1));
    let [depth, height, width] = scan.volume.dims;
    let organ_voxels: Vec<usize> = (0..found.labels.len()).filter(|&i| found.labels[i] == value).collect();
    let bounds = |axis: fn(usize, [usize; 2]) -> usize| {
        let places = organ_voxels.iter().map(|&i| axis(i, [height, width]));
        (places.clone().min().unwrap(), places.max().unwrap())
    };
    let axes: [fn(usize, [usize; 2]) -> usize; 3] = [|i, [h, w]| i / (h * w), |i, [h, w]| i / w % h, |i, [_, w]| i % w];
    let boxes = axes.map(bounds);
    let outside = |i: &usize| {
        let place = axes.map(|axis| axis(*i, [height, width]));
        (0..3).any(|axis| place[axis] < boxes[axis].0 || place[axis] > boxes[axis].1)
    };
    assert!((0..depth * height * width).filter(outside).all(|i| mask.labels[i] == 0), "nothing outside the box");
    assert!(mask.labels.iter().any(|&label| label != 0), "something inside");
    let swapped = VolumeModelFile::of_cascade(&fine, &total, region(&organ, 20.0)).unwrap_err();
    assert!(swapped.to_string().contains(&format!("its first network does not find {organ}")), "{swapped}");
    let wide = VolumeModelFile::of_cascade(&total, &fine, region(&organ, 2000.0)).unwrap_err();
    assert!(wide.to_string().contains("the margin is 2000 mm"), "{wide}");
}

#[test]
fn files_that_do_not_fit_are_refused_by_a_sentence() {
    let file = VolumeModelFile::of_release(&release("small")).unwrap();
    let refused = |change: &dyn Fn(&mut VolumeModelFile), expected: &str| {
        let mut changed = file.clone();
        change(&mut changed);
        let error = VolumeModelFile::read(&changed.write(Precision::F16).unwrap()).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    };
    refused(&|file| file.passport.labels.retain(|_, name| name != "pancreas"), "expected pancreas among them");
    refused(
        &|file| file.networks[0].plan.network.rank = 4,
        "the network's rank is 4, which this version does not know",
    );
    refused(&|file| file.networks[0].plan.network.stages.truncate(1), "the network's stages is 1");
    refused(&|file| drop(file.networks[0].plan.outputs.pop()), "names 3 outputs, but its network has 4");
    refused(&|file| file.networks[0].plan.pipeline.tile_step = 0.0, "0");
    let lost = |file: &mut VolumeModelFile| drop(file.networks[0].folds[0].0.pop_first());
    refused(&lost, "lacks this tensor");
    let other = |file: &mut VolumeModelFile| {
        let tensor = file.networks[0].folds[0].0.values().next().unwrap().clone();
        file.networks[0].folds[0].0.insert("other.weight".into(), tensor);
    };
    refused(&other, "a tensor that its architecture does not have");
    let picture = Series { volume: Volume { geometry: None, ..scan("small").volume }, ..scan("small") };
    let model = VolumeModel::new(file.clone());
    let error = block_on(model.segment(&picture.volume, SumPrecision::Single, |_| ())).unwrap_err();
    assert!(!error.to_string().is_empty(), "an image without voxel size is refused");
}

#[test]
fn what_does_not_fit_into_memory_is_refused_beforehand() {
    let model = VolumeModel::new(VolumeModelFile::of_release(&release("isotropic")).unwrap());
    let volume = scan("isotropic").volume;
    let needed = model.memory_bytes(&volume);
    assert!((1 << 20..64 << 20).contains(&needed), "{needed} bytes");
    model.check_memory(&volume, needed).unwrap();
    let refusal = model.check_memory(&volume, needed / 2).unwrap_err().to_string();
    assert!(refusal.contains("MiB of memory"), "{refusal}");
}
