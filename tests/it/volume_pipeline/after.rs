//! After the network: logits to labels and probabilities on the file's voxels.

use islet::imaging::volume_pipeline::class_decision::ClassDecision;
use islet::imaging::volume_pipeline::labels::{labels, labels_and_probability};
use islet::imaging::volume_pipeline::patch_sum::SumPrecision;
use islet::imaging::volume_pipeline::probability::probability;

use super::before::prepared;
use super::golden::{self, CASES};

fn decision(case: &str) -> ClassDecision {
    if golden::setting(case)["regions"] == true {
        ClassDecision::Regions(vec![1, 2, 3])
    } else {
        ClassDecision::Largest
    }
}

/// The logits of a case, a function of the slice, and the number of classes.
fn logits(case: &str) -> (impl Fn(usize) -> Vec<f32>, usize) {
    let name = format!("{case}.logits");
    let shape = golden::shape(&name);
    let values = golden::halves(&name);
    let area = shape[1] * shape[2] * shape[3];
    (move |z| values[z * area..(z + 1) * area].to_vec(), shape[3])
}

#[test]
fn labels_are_those_of_nnunet() {
    for case in CASES {
        let (logits, classes) = logits(case);
        let path = prepared(case).path;
        let expected = golden::u8s(&format!("{case}.labels"));
        assert!(expected.iter().any(|label| *label != expected[0]), "{case}");
        let exact = labels(&path, classes, &decision(case), SumPrecision::Half, &logits);
        assert_eq!(exact, expected, "{case}");
        let single = labels(&path, classes, &decision(case), SumPrecision::Single, &logits);
        // nnU-Net rounds resampled logits to half, which decides near ties of these random maps.
        let differing = single.iter().zip(&expected).filter(|(a, b)| a != b).count();
        assert!(differing * 1000 <= expected.len(), "{case}: {differing} of {}", expected.len());
    }
}

#[test]
fn probabilities_are_those_of_nnunet() {
    for case in CASES {
        let (logits, classes) = logits(case);
        let path = prepared(case).path;
        let values = probability(&path, classes, &[1], &decision(case), &logits);
        let difference = golden::largest_difference(&values, &golden::halves(&format!("{case}.probability")));
        assert!(difference < 4e-3, "{case}: {difference}");
    }
}

#[test]
fn one_pass_gives_the_same_labels_and_the_same_probability_in_steps() {
    for case in CASES {
        let (logits, classes) = logits(case);
        let path = prepared(case).path;
        for precision in [SumPrecision::Single, SumPrecision::Half] {
            let found = labels_and_probability(&path, classes, &decision(case), precision, &[1], &logits);
            assert_eq!(found.labels, labels(&path, classes, &decision(case), precision, &logits), "{case}");
            let values: Vec<f32> = found.probability.iter().map(|&byte| f32::from(byte) / 255.0).collect();
            let difference = golden::largest_difference(&values, &golden::halves(&format!("{case}.probability")));
            // Half a step, and what nnU-Net loses in half precision.
            assert!(difference < 4e-3 + 0.5 / 255.0, "{case}: {difference}");
        }
    }
}

#[test]
fn the_probability_of_all_classes_is_one_inside_the_crop() {
    let (logits, classes) = logits("upsampled");
    let values = probability(&prepared("upsampled").path, classes, &[0, 1, 2, 3, 4], &ClassDecision::Largest, &logits);
    assert!(values.iter().all(|value| (value - 1.0).abs() < 1e-5));
}

#[test]
fn many_classes_are_compared_in_full_where_voxels_disagree() {
    // Two classes take turns along the rows, and a third is second everywhere: it wins between them.
    let path = prepared("upsampled").path;
    let [_, height, width] = path.network_dims;
    let classes = 20;
    let logits = |_: usize| {
        let mut slice = vec![-9.0; height * width * classes];
        for (i, values) in slice.chunks_exact_mut(classes).enumerate() {
            values[if i / width % 2 == 0 { 3 } else { 17 }] = 5.0;
            values[11] = 4.0;
        }
        slice
    };
    for precision in [SumPrecision::Single, SumPrecision::Half] {
        let found = labels(&path, classes, &ClassDecision::Largest, precision, logits);
        assert!([3, 11, 17].iter().all(|label| found.contains(label)));
    }
    let single = labels(&path, classes, &ClassDecision::Largest, SumPrecision::Single, logits);
    assert_eq!(single, labels(&path, classes, &ClassDecision::Largest, SumPrecision::Half, logits));
    let third = probability(&path, classes, &[11], &ClassDecision::Largest, logits);
    assert_eq!(third.iter().map(|p| *p > 0.5).collect::<Vec<_>>(), single.iter().map(|l| *l == 11).collect::<Vec<_>>());
}

#[test]
fn slices_are_asked_for_in_order_and_once() {
    let path = prepared("upsampled").path;
    let (logits, classes) = logits("upsampled");
    let mut asked = Vec::new();
    let counted = |z: usize| {
        asked.push(z);
        logits(z)
    };
    labels(&path, classes, &ClassDecision::Largest, SumPrecision::Single, counted);
    assert!(asked.is_sorted_by(|a, b| a < b), "{asked:?}");
    assert!(asked.len() * 10 > path.network_dims[0] * 8, "{asked:?}");
}

#[test]
fn of_equal_logits_the_first_class_wins() {
    let mut values = vec![0.0; 30];
    (values[9], values[21]) = (2.5, 2.5);
    assert_eq!(ClassDecision::Largest.label(&values), 9);
}
