//! Operations on whole masks. Expected voxels come from geometry.

use islet::core::mask::Mask;
use islet::imaging::whole_mask::{MaskOperation, operate};

const DIMS: [usize; 3] = [20, 40, 40];
const SPACING_MM: [f64; 3] = [3.0, 1.0, 1.5];

/// The voxels of which `is_inside` is true of their place in mm, `[z, y, x]`.
fn drawn(is_inside: impl Fn([f64; 3]) -> bool) -> Mask {
    let mut mask = Mask::empty(DIMS);
    for (i, label) in mask.labels.iter_mut().enumerate() {
        let voxel = [i / 1600, i / 40 % 40, i % 40];
        *label = u8::from(is_inside([0, 1, 2].map(|axis| voxel[axis] as f64 * SPACING_MM[axis])));
    }
    mask
}

fn distance_mm(a: [f64; 3], b: [f64; 3]) -> f64 {
    (0..3).map(|axis| (a[axis] - b[axis]).powi(2)).sum::<f64>().sqrt()
}

const CENTRE: [f64; 3] = [30.0, 20.0, 30.0];

#[test]
fn a_margin_is_as_wide_in_mm_along_every_axis() {
    let point = drawn(|at| at == CENTRE);
    assert_eq!(point.count(), 1, "the premise");
    let grown = operate(MaskOperation::Margin { margin_mm: 7.0 }, &point, SPACING_MM);
    assert_eq!(grown, drawn(|at| distance_mm(at, CENTRE) <= 7.0));
    // What is left of a ball is as far from the background.
    let ball = drawn(|at| distance_mm(at, CENTRE) <= 9.0);
    let outside: Vec<[f64; 3]> = places().filter(|&at| distance_mm(at, CENTRE) > 9.0).collect();
    let eroded = operate(MaskOperation::Margin { margin_mm: -3.0 }, &ball, SPACING_MM);
    let expected =
        drawn(|at| distance_mm(at, CENTRE) <= 9.0 && outside.iter().all(|&other| distance_mm(at, other) > 3.0));
    assert!(eroded.count() > 0);
    assert_eq!(eroded, expected);
}

fn places() -> impl Iterator<Item = [f64; 3]> {
    (0..20 * 1600)
        .map(|i| [i / 1600, i / 40 % 40, i % 40].map(|index| index as f64))
        .map(|voxel| [0, 1, 2].map(|axis| voxel[axis] * SPACING_MM[axis]))
}

#[test]
fn smoothing_removes_a_spur_and_keeps_a_half_space() {
    let half = |at: [f64; 3]| at[1] < 20.0;
    let with_spur = drawn(|at| half(at) || at[0] == 30.0 && at[2] == 30.0 && at[1] < 30.0);
    let smoothed = operate(MaskOperation::Smooth { sigma_mm: 3.0 }, &with_spur, SPACING_MM);
    assert!(places().zip(&smoothed.labels).all(|(at, &label)| at[1] < 24.0 || label == 0), "the spur is gone");
    let flat = operate(MaskOperation::Smooth { sigma_mm: 3.0 }, &drawn(half), SPACING_MM);
    assert_eq!(flat, drawn(half), "a plane stays where it is, at the edges of the volume too");
}

#[test]
fn the_largest_piece_stays_and_senseless_numbers_change_nothing() {
    let ball = drawn(|at| distance_mm(at, CENTRE) <= 9.0);
    let with_stray = drawn(|at| distance_mm(at, CENTRE) <= 9.0 || at == [0.0, 1.0, 1.5]);
    assert_eq!(operate(MaskOperation::KeepLargest, &with_stray, SPACING_MM), ball);
    for mm in [f64::NAN, f64::INFINITY, 1e9, -1e9] {
        assert_eq!(operate(MaskOperation::Margin { margin_mm: mm }, &ball, SPACING_MM), ball);
        assert_eq!(operate(MaskOperation::Smooth { sigma_mm: mm }, &ball, SPACING_MM), ball);
    }
    let empty = Mask::empty(DIMS);
    assert_eq!(operate(MaskOperation::Smooth { sigma_mm: 3.0 }, &empty, SPACING_MM), empty);
    let all = operate(MaskOperation::Margin { margin_mm: -40.0 }, &ball, SPACING_MM);
    assert_eq!(all.count(), 0, "nothing is left of it");
}
