//! The probability of a class, or of any of several, on the file's voxels.
//!
//! Where it is kept beside labels, it is kept in steps of 1/255 ([`probability_byte`]): a byte for each
//! voxel, as the labels have.

use crate::core::parallel::map_parallel;

use super::blend::{CornerTaps, LogitSlices, between_corners, corners, in_file_order};
use super::class_decision::ClassDecision;
use super::prepare::ReturnPath;
use super::resize::LinearTap;
use super::zoom::zoom_map;

/// The lead of another class from which on a probability counts as 0: exp(-9) is one part in 8,000.
const CERTAIN_LEAD: f32 = 9.0;
/// The lead from which on a class adds nothing to a softmax: exp(-17) is below single precision.
const VANISHING_LEAD: f32 = 17.0;

/// The probability that a voxel belongs to one of the classes `wanted`, in file order, `[z, y, x]`:
/// the sum of their softmax over all classes, or for regions the sigmoid of the likeliest. `logits`
/// is as for [`labels`](super::labels::labels()), and the logits are resampled alike.
///
/// Where another class leads every wanted one by so much that each is below one part in 8,000, the
/// probability counts as 0, as does everything outside the crop to nonzero. In TotalSegmentator's
/// pipeline, which zooms labels, it is zoomed with order 1.
///
/// # Panics
/// If a slice does not have the size of the network's grid times `classes`, or a class of `wanted` is
/// not below `classes`.
pub fn probability(
    path: &ReturnPath,
    classes: usize,
    wanted: &[usize],
    decision: &ClassDecision,
    logits: impl FnMut(usize) -> Vec<f32>,
) -> Vec<f32> {
    let taps = CornerTaps::of(path);
    let mut slices = LogitSlices::new(logits);
    let width = path.network_dims[2];
    let question = Question { wanted, decision };
    let mut cropped = Vec::with_capacity(path.cropped_dims().iter().product());
    for &tap in &taps.z {
        let slice = slices.blended(tap, width * classes);
        cropped.extend(question.slice(&taps, &slice, width, classes));
    }
    in_file_order(cropped, path, zoom_map)
}

/// A probability in [0, 1] in steps of 1/255.
pub fn probability_byte(probability: f32) -> u8 {
    (probability * 255.0).round() as u8
}

/// Which classes are asked for, and how logits are read.
#[derive(Clone, Copy)]
pub(super) struct Question<'a> {
    pub(super) wanted: &'a [usize],
    pub(super) decision: &'a ClassDecision,
}

impl Question<'_> {
    /// The probability on a slice of the cropped scan, from the logits at its place, `[y, x, classes]`, of a grid of
    /// this width.
    pub(super) fn slice(&self, taps: &CornerTaps, logits: &[f32], width: usize, classes: usize) -> Vec<f32> {
        let voxels: Vec<&[f32]> = logits.chunks_exact(classes).collect();
        let rivals = map_parallel(&voxels, |values| self.rival(values));
        map_parallel(&taps.y, |&y| {
            let mut values = vec![0.0; classes];
            let probability = |&x: &LinearTap| {
                let [first, others @ ..] = corners(width, [y, x]).map(|voxel| rivals[voxel]);
                if first.is_some() && others.iter().all(|other| *other == first) {
                    return 0.0;
                }
                between_corners(logits, width, [y, x], &mut values);
                self.probability(&values)
            };
            taps.x.iter().map(probability).collect::<Vec<f32>>()
        })
        .concat()
    }

    fn probability(&self, logits: &[f32]) -> f32 {
        let most = |values: &mut dyn Iterator<Item = f32>| values.fold(f32::NEG_INFINITY, f32::max);
        match self.decision {
            ClassDecision::Largest => {
                let largest = most(&mut logits.iter().copied());
                let total: f32 = logits
                    .iter()
                    .map(|logit| logit - largest)
                    .filter(|lead| *lead > -VANISHING_LEAD)
                    .map(f32::exp)
                    .sum();
                self.wanted.iter().map(|&class| (logits[class] - largest).exp()).sum::<f32>() / total
            }
            ClassDecision::Regions(_) => {
                let largest = most(&mut self.wanted.iter().map(|&class| logits[class]));
                1.0 / (1.0 + (-largest).exp())
            }
        }
    }

    /// A class that is so far ahead of every class asked for that the probability counts as 0. Where
    /// all voxels around a place have the same, it is ahead as far between them.
    fn rival(&self, logits: &[f32]) -> Option<usize> {
        if *self.decision != ClassDecision::Largest {
            return None;
        }
        let wanted = self.wanted.iter().map(|&class| logits[class]).fold(f32::NEG_INFINITY, f32::max);
        let largest =
            logits.iter().copied().fold(f32::NEG_INFINITY, |most, value| if value > most { value } else { most });
        let is_ahead = largest - wanted >= CERTAIN_LEAD;
        is_ahead.then(|| logits.iter().position(|&value| value == largest)).flatten()
    }
}
