//! Draws the slices of an epoch, and reads each of them as a training sample.

use anyhow::Result;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::Case;
use super::store::StoredSlice;
use crate::imaging::augment::Sample;

/// One slice of one case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SliceRef {
    /// Index of the case.
    pub case: usize,
    /// Index of the slice, in viewing order.
    pub z: usize,
}

/// The number of slices that [`draw_epoch`] returns, which is the same for every epoch.
pub fn epoch_length(cases: &[Case], empty_share: f64) -> usize {
    let slices = cases.iter().flat_map(|case| case.labelled_slices().map(|z| case.has_labels(z)));
    let (full, empty) =
        slices.fold((0, 0), |(full, empty), has_labels| if has_labels { (full + 1, empty) } else { (full, empty + 1) });
    full + empty_count(full, empty_share).min(empty)
}

/// The number of slices without any organ that go with `full` slices that hold one, if there are enough.
fn empty_count(full: usize, empty_share: f64) -> usize {
    (full as f64 * empty_share).round() as usize
}

/// All labelled slices that hold an organ and a random selection of those that hold none, `empty_share`
/// as many, shuffled. Slices that were not labelled are never drawn.
pub fn draw_epoch(cases: &[Case], empty_share: f64, rng: &mut ChaCha8Rng) -> Vec<SliceRef> {
    let (mut full, mut empty) = (Vec::new(), Vec::new());
    for (index, case) in cases.iter().enumerate() {
        for z in case.labelled_slices() {
            if case.has_labels(z) { &mut full } else { &mut empty }.push(SliceRef { case: index, z });
        }
    }
    empty.shuffle(rng);
    empty.truncate(empty_count(full.len(), empty_share));
    full.extend(empty);
    full.shuffle(rng);
    full
}

/// Reads a slice with its neighbours as the network's input, and its truth on that input's grid, from the
/// cache. The input is off by 7.7e-6 at most, the truth is exact. Any number of threads may call this at
/// once.
///
/// # Errors
/// A slice that is not labelled; a cache that cannot be read.
pub fn sample(cases: &[Case], place: SliceRef) -> Result<Sample> {
    let case = &cases[place.case];
    let StoredSlice { input, placement, truth } = case.input_with_truth(place.z)?;
    Ok(Sample::placed(input, &placement, &truth, case.labels.len()))
}
