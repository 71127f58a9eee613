//! From logits on the network's grid to labels on the file's voxels.
//!
//! nnU-Net resamples the logits of every class to the cropped scan and then takes the largest
//! (`convert_predicted_logits_to_segmentation_with_correct_shape`); TotalSegmentator takes the largest
//! on the network's grid and zooms the labels. Most voxels lie between voxels that agree on the
//! largest class; linear interpolation then gives the same, so that classes are compared only where
//! they differ.

use half::f16;

use crate::core::parallel::map_parallel;

use super::blend::{CornerTaps, LogitSlices, between_corners, corners, in_file_order};
use super::class_decision::ClassDecision;
use super::patch_sum::SumPrecision;
use super::prepare::ReturnPath;
use super::probability::{Question, probability_byte};
use super::resize::LinearTap;
use super::zoom::{zoom_bytes, zoom_labels};

/// Labels in file order, `[z, y, x]`, from `logits(z)`: the logits `[y, x, classes]` of slice `z` of
/// the network's grid. Slices are asked for in ascending order, each at most once.
///
/// With [`SumPrecision::Half`] resampled logits are rounded to half precision as nnU-Net does, which
/// is slow and only for comparison.
///
/// # Panics
/// If a slice does not have the size of the network's grid times `classes`.
pub fn labels(
    path: &ReturnPath,
    classes: usize,
    decision: &ClassDecision,
    precision: SumPrecision,
    logits: impl FnMut(usize) -> Vec<f32>,
) -> Vec<u8> {
    labels_and_probability(path, classes, decision, precision, &[], logits).labels
}

/// Labels, and the probability of some classes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelsAndProbability {
    /// In file order, `[z, y, x]`.
    pub labels: Vec<u8>,
    /// In file order in steps of 1/255; empty if no class was asked for.
    pub probability: Vec<u8>,
}

/// Labels as [`labels`] gives them and, in the same pass over the logits, the
/// [probability](super::probability::probability()) that a voxel belongs to one of the classes `wanted`.
///
/// # Panics
/// As [`labels`].
pub fn labels_and_probability(
    path: &ReturnPath,
    classes: usize,
    decision: &ClassDecision,
    precision: SumPrecision,
    wanted: &[usize],
    logits: impl FnMut(usize) -> Vec<f32>,
) -> LabelsAndProbability {
    let taps = CornerTaps::of(path);
    let mut slices = LogitSlices::new(logits);
    let grid = LogitGrid { height: path.network_dims[1], width: path.network_dims[2], classes };
    let is_half = precision == SumPrecision::Half && path.network_dims != path.cropped_dims();
    let question = Question { wanted, decision };
    let mut cropped = Vec::with_capacity(path.cropped_dims().iter().product());
    let mut probability = Vec::new();
    for &tap in &taps.z {
        if is_half {
            cropped.extend(grid.labels_in_half_precision(&taps, tap, slices.pair(tap), decision));
        }
        if is_half && wanted.is_empty() {
            continue;
        }
        let blended = slices.blended(tap, grid.width * classes);
        if !is_half {
            cropped.extend(grid.labels(&taps, &blended, decision));
        }
        if !wanted.is_empty() {
            let values = question.slice(&taps, &blended, grid.width, classes);
            probability.extend(values.into_iter().map(probability_byte));
        }
    }
    let probability = if wanted.is_empty() { Vec::new() } else { in_file_order(probability, path, zoom_bytes) };
    LabelsAndProbability { labels: in_file_order(cropped, path, zoom_labels), probability }
}

/// The size of a slice of logits.
struct LogitGrid {
    height: usize,
    width: usize,
    classes: usize,
}

impl LogitGrid {
    /// Labels of a slice of the cropped scan from the logits at its place, `[y, x, classes]`.
    fn labels(&self, taps: &CornerTaps, slice: &[f32], decision: &ClassDecision) -> Vec<u8> {
        assert_eq!(slice.len(), self.height * self.width * self.classes, "a slice of logits has the grid's size");
        let rows: Vec<&[f32]> = slice.chunks_exact(self.width * self.classes).collect();
        let of_row = |row: &&[f32]| -> Vec<u8> { row.chunks_exact(self.classes).map(|v| decision.label(v)).collect() };
        let own = map_parallel(&rows, of_row).concat();
        let is_unchanged =
            |taps: &[LinearTap]| taps.iter().enumerate().all(|(i, tap)| tap.lower == i && tap.upper == i);
        if is_unchanged(&taps.y) && is_unchanged(&taps.x) {
            return own;
        }
        map_parallel(&taps.y, |&y| {
            let mut values = vec![0.0; self.classes];
            let label = |&x: &LinearTap| {
                let [first, others @ ..] = corners(self.width, [y, x]).map(|voxel| own[voxel]);
                if others.iter().all(|&other| other == first) {
                    return first;
                }
                between_corners(slice, self.width, [y, x], &mut values);
                decision.label(&values)
            };
            taps.x.iter().map(label).collect::<Vec<u8>>()
        })
        .concat()
    }

    /// The same with logits interpolated in double precision, in SciPy's sequence, and rounded.
    fn labels_in_half_precision(
        &self,
        taps: &CornerTaps,
        z: LinearTap,
        slices: (&[f32], &[f32]),
        decision: &ClassDecision,
    ) -> Vec<u8> {
        let interpolated = |y: LinearTap, x: LinearTap, class: usize| {
            let mut sum = 0.0;
            for (slice, p) in [(slices.0, 1.0 - z.weight), (slices.1, z.weight)] {
                for (row, q) in [(y.lower, 1.0 - y.weight), (y.upper, y.weight)] {
                    for (column, r) in [(x.lower, 1.0 - x.weight), (x.upper, x.weight)] {
                        sum += f64::from(slice[(row * self.width + column) * self.classes + class]) * p * q * r;
                    }
                }
            }
            f16::from_f64(sum).to_f32()
        };
        map_parallel(&taps.y, |&y| {
            let label = |&x: &LinearTap| {
                let values: Vec<f32> = (0..self.classes).map(|class| interpolated(y, x, class)).collect();
                decision.label(&values)
            };
            taps.x.iter().map(label).collect::<Vec<u8>>()
        })
        .concat()
    }
}
