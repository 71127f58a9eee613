//! The synthetic abdomen: the same everywhere for one seed, plausible in size and place, and not solved by a threshold.

use islet::core::hex::hex;
use islet::imaging::phantom::{Organ, Phantom, PhantomConfig, phantom};
use serde::Deserialize;
use sha2::{Digest, Sha256};

const SMALL: PhantomConfig = PhantomConfig::SMALL;

fn small(seed: u64) -> Phantom {
    phantom(&SMALL, seed)
}

/// SHA-256 of the voxels as little-endian `i16`, in file order: columns fastest, then rows, then slices.
fn voxels_sha256(phantom: &Phantom) -> String {
    let bytes: Vec<u8> = phantom.volume.hu.iter().flat_map(|hu| hu.to_le_bytes()).collect();
    hex(&Sha256::digest(&bytes))
}

/// Indices of the voxels with a label, as `[z, y, x]`.
fn voxels(phantom: &Phantom, organ: Organ) -> Vec<[usize; 3]> {
    let [_, height, width] = phantom.organs.dims;
    let labels = phantom.organs.labels.iter().enumerate();
    let of_organ = labels.filter(|(_, label)| **label == organ as u8);
    of_organ.map(|(i, _)| [i / (height * width), i / width % height, i % width]).collect()
}

/// Mean place `[z, y, x]` of an organ, as a share of the array.
fn place(phantom: &Phantom, organ: Organ) -> [f64; 3] {
    let voxels = voxels(phantom, organ);
    let mean = |axis: usize| voxels.iter().map(|v| v[axis] as f64).sum::<f64>() / voxels.len() as f64;
    [0, 1, 2].map(|axis| mean(axis) / (phantom.organs.dims[axis] - 1) as f64)
}

/// Voxels in the largest 26-connected component of the pancreas.
fn largest_component(phantom: &Phantom) -> usize {
    let dims = phantom.pancreas.dims;
    let mut left = phantom.pancreas.labels.clone();
    let mut largest = 0;
    for start in 0..left.len() {
        let mut stack = Vec::new();
        if std::mem::take(&mut left[start]) != 0 {
            stack.push(start);
        }
        let mut size = 0;
        while let Some(voxel) = stack.pop() {
            size += 1;
            let at = [voxel / (dims[1] * dims[2]), voxel / dims[2] % dims[1], voxel % dims[2]];
            let around = |axis: usize| at[axis].saturating_sub(1)..(at[axis] + 2).min(dims[axis]);
            for (z, y) in around(0).flat_map(|z| around(1).map(move |y| (z, y))) {
                for x in around(2) {
                    let neighbour = (z * dims[1] + y) * dims[2] + x;
                    if std::mem::take(&mut left[neighbour]) != 0 {
                        stack.push(neighbour);
                    }
                }
            }
        }
        largest = largest.max(size);
    }
    largest
}

/// The best DSC that any band of HU gets, over the voxels of the body.
fn best_threshold_dsc(phantom: &Phantom) -> f64 {
    // Counts per HU above -300 (in steps of 4, up to 500), of the body and of the pancreas.
    let (mut body, mut inside) = ([0.0; 200], [0.0; 200]);
    for (&hu, &label) in phantom.volume.hu.iter().zip(&phantom.pancreas.labels) {
        if (-300..500).contains(&hu) {
            let bin = usize::from(hu.abs_diff(-300)) / 4;
            body[bin] += 1.0;
            inside[bin] += f64::from(label);
        }
    }
    let truth = phantom.pancreas.count() as f64;
    let mut best: f64 = 0.0;
    for low in 0..200 {
        let (mut pred, mut hits) = (0.0, 0.0);
        for high in low..200 {
            pred += body[high];
            hits += inside[high];
            best = best.max(2.0 * hits / (pred + truth));
        }
    }
    best
}

/// The hashes of the page's first sample. `tests/e2e/page.test.mjs` compares the browser's voxels with the same file.
#[derive(Deserialize)]
struct GoldenPhantom {
    seed: u64,
    voxels_sha256: String,
    labels_sha256: String,
}

#[test]
fn the_sample_has_the_voxels_and_labels_that_the_golden_file_pins() {
    let golden: GoldenPhantom =
        serde_json::from_slice(include_bytes!("../golden/phantom.json")).expect("the golden file is valid");
    let sample = small(golden.seed);
    assert_eq!(voxels_sha256(&sample), golden.voxels_sha256);
    assert_eq!(hex(&Sha256::digest(&sample.organs.labels)), golden.labels_sha256);
}

#[test]
fn another_seed_gives_another_phantom() {
    assert_ne!(voxels_sha256(&small(7)), voxels_sha256(&small(8)));
}

#[test]
fn the_grid_is_a_ct_series_in_viewing_order() {
    let volume = small(1).volume;
    let geometry = volume.geometry.expect("a phantom has a geometry");
    assert_eq!(volume.dims, SMALL.dims);
    assert_eq!(geometry.spacing_mm(), SMALL.spacing_mm);
    assert_eq!(geometry.step_mm(0), [0.0, 0.0, -3.0]);
    assert_eq!(geometry.position_mm([23.5, 95.5, 95.5]), [0.0; 3]);
    assert!(volume.calibrated);
}

#[test]
fn the_pancreas_has_a_plausible_size_shape_and_density() {
    for seed in 0..20 {
        let phantom = small(seed);
        let geometry = phantom.volume.geometry.expect("a phantom has a geometry");
        let volume_ml = phantom.pancreas.volume_ml(&geometry);
        assert!((40.0..150.0).contains(&volume_ml), "seed {seed}: {volume_ml:.1} mL");

        let voxels = voxels(&phantom, Organ::Pancreas);
        assert_eq!(voxels.len(), phantom.pancreas.count());
        for at in &voxels {
            let inside = (0..3).all(|axis| 0 < at[axis] && at[axis] < SMALL.dims[axis] - 1);
            assert!(inside, "seed {seed}: the pancreas touches the border at {at:?}");
        }
        let slices = voxels.last().expect("there is a pancreas")[0] - voxels[0][0] + 1;
        let height_mm = slices as f64 * SMALL.spacing_mm[0];
        assert!((55.0..125.0).contains(&height_mm), "seed {seed}: {height_mm} mm high");

        let hu = phantom.volume.hu.iter().zip(&phantom.pancreas.labels).filter(|(_, label)| **label != 0);
        let mean_hu = hu.map(|(hu, _)| f64::from(*hu)).sum::<f64>() / voxels.len() as f64;
        assert!((30.0..130.0).contains(&mean_hu), "seed {seed}: {mean_hu:.0} HU");

        let share = largest_component(&phantom) as f64 / voxels.len() as f64;
        assert!(share >= 0.98, "seed {seed}: the largest component holds {share:.3}");
    }
}

#[test]
fn organs_lie_where_a_viewer_expects_them() {
    for seed in 0..5 {
        let phantom = small(seed);
        let [liver, spleen, bone] = [Organ::Liver, Organ::Spleen, Organ::Bone].map(|organ| place(&phantom, organ));
        let pancreas = place(&phantom, Organ::Pancreas);
        assert!(liver[2] < 0.45, "seed {seed}: the liver lies on the left of the picture, not at {:.2}", liver[2]);
        assert!(spleen[2] > 0.55, "seed {seed}: the spleen lies on the right of the picture, not at {:.2}", spleen[2]);
        assert!(bone[1] > 0.5, "seed {seed}: the spine lies in the lower half, not at {:.2}", bone[1]);
        assert!(liver[0] < pancreas[0], "seed {seed}: the liver is higher than the pancreas");
        assert!(liver[2] < pancreas[2] && pancreas[2] < spleen[2], "seed {seed}: the pancreas is between them");
    }
}

#[test]
fn no_threshold_finds_the_pancreas() {
    for seed in 0..5 {
        let dsc = best_threshold_dsc(&small(seed));
        assert!(dsc < 0.5, "seed {seed}: a threshold gets a DSC of {dsc:.2}");
    }
}

#[test]
fn another_grid_shows_the_same_case() {
    let config = PhantomConfig { dims: [24, 128, 128], spacing_mm: [7.5, 3.2, 3.2] };
    let coarse = phantom(&config, 3);
    let fine = small(3);
    let ml = |phantom: &Phantom| phantom.pancreas.volume_ml(&phantom.volume.geometry.expect("a geometry"));
    assert!((ml(&coarse) / ml(&fine) - 1.0).abs() < 0.15, "{:.1} and {:.1} mL", ml(&coarse), ml(&fine));
}
