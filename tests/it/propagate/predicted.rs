//! Propagation with what a model says: it counts as far as the model agrees with the accepted slices.

use std::borrow::Cow;
use std::fs;

use islet::core::mask::Mask;
use islet::core::volume::{Geometry, Volume};
use islet::formats::nifti;
use islet::imaging::propagate::{KnownLabels, propagate};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{DIMS, accepted, dsc};
use crate::cli::{ok, run, text};

const ACCEPTED: [usize; 4] = [2, 8, 14, 20];

/// A rod on slices 1 to 22 that winds between the accepted slices, shifted by some columns. Nothing of it is seen in the
/// image, which is noise below some rows of air.
fn winding_rod(shift: f64) -> (Volume, Mask) {
    let mut mask = Mask::empty(DIMS);
    for z in 1..23 {
        let column = 24.0 + shift + 8.0 * (std::f64::consts::TAU * z as f64 / 12.0).sin();
        for (i, label) in mask.slice_mut(z).iter_mut().enumerate() {
            let [y, x] = [(i / DIMS[2]) as f64, (i % DIMS[2]) as f64];
            *label = u8::from((y - 30.0).hypot(x - column) < 7.0);
        }
    }
    let geometry = Some(Geometry::with_spacing_mm([4.0, 1.5, 1.5]));
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let is_air = |i: usize| i % (DIMS[1] * DIMS[2]) < 4 * DIMS[2];
    let value = |i: usize| random.random_range(20..60) - if is_air(i) { 1000 } else { 0 };
    let hu = (0..mask.labels.len()).map(value).collect();
    (Volume { hu, dims: DIMS, geometry, calibrated: true }, mask)
}

fn slices_of(mask: &Mask) -> Vec<Cow<'_, [u8]>> {
    (0..mask.dims[0]).map(|z| Cow::Borrowed(mask.slice(z))).collect()
}

fn propagated(volume: &Volume, truth: &Mask, slices: &[usize], predicted: Option<&Mask>) -> Mask {
    let predicted = predicted.map(slices_of);
    let known = KnownLabels { accepted: &accepted(truth, slices), partial: &[] };
    propagate(volume, &known, predicted.as_deref()).unwrap().mask
}

#[test]
fn a_model_that_agrees_says_what_the_image_does_not() {
    let (volume, truth) = winding_rod(0.0);
    let alone = dsc(&propagated(&volume, &truth, &ACCEPTED, None), &truth);
    assert!(alone < 0.75, "the premise: {alone}");
    let heard = dsc(&propagated(&volume, &truth, &ACCEPTED, Some(&truth)), &truth);
    assert!(heard > alone + 0.1, "{alone} to {heard}");
}

#[test]
fn a_model_that_found_something_else_changes_nothing() {
    let (volume, truth) = winding_rod(0.0);
    let (_, elsewhere) = winding_rod(26.0);
    let both = truth.labels.iter().zip(&elsewhere.labels).filter(|(a, b)| **a != 0 && **b != 0).count();
    assert!(both * 100 < truth.count(), "the premise");
    let alone = propagated(&volume, &truth, &ACCEPTED, None);
    let empty = Mask::empty(DIMS);
    for model in [&elsewhere, &empty] {
        let heard = propagated(&volume, &truth, &ACCEPTED, Some(model));
        assert!(heard == alone);
    }
}

#[test]
fn an_organ_goes_on_where_a_trusted_model_says_so() {
    let (volume, truth) = winding_rod(0.0);
    let (_, elsewhere) = winding_rod(26.0);
    let last_of = |mask: &Mask| (0..DIMS[0]).filter(|&z| mask.has_labels(z)).max().unwrap();
    let reaches = |model: Option<&Mask>| last_of(&propagated(&volume, &truth, &[5, 8, 11], model));
    // Twelve to twenty millimetres beyond the last accepted slice, at 4 mm.
    let alone = reaches(None);
    assert!(alone <= 16, "the premise: slice {alone}");
    assert!(reaches(Some(&truth)) >= 21);
    assert!(reaches(Some(&elsewhere)) <= 16);
    // An accepted slice without the organ ends it, whatever the model says.
    let mut ended = truth.clone();
    ended.slice_mut(14).fill(0);
    assert!(last_of(&propagated(&volume, &ended, &[5, 8, 11, 14], Some(&truth))) < 14);
}

#[test]
fn the_command_takes_a_mask_of_a_model() {
    let folder = tempfile::tempdir().unwrap();
    let (volume, truth) = winding_rod(0.0);
    let path = |name: &str| folder.path().join(name);
    fs::write(path("scan.nii.gz"), nifti::write_volume(&volume)).unwrap();
    fs::write(path("labels.nii.gz"), nifti::write_mask(&truth, volume.geometry.as_ref())).unwrap();
    let [scan, labels, output] = ["scan.nii.gz", "labels.nii.gz", "mask.nii.gz"].map(path);
    let args = ["--input", text(&scan), "--corrections", text(&labels), "--output", text(&output)];
    let more = ["--accepted", "2,8,14,20", "--predicted", text(&labels)];
    ok(&run("propagate", &[&args[..], &more].concat()));
    let (mask, _) = nifti::read_mask("mask", &fs::read(&output).unwrap()).unwrap();
    assert_eq!(mask, propagated(&volume, &truth, &ACCEPTED, Some(&truth)));
}
