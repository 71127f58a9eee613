//! The choice of held-out slices and of the samples of each step. Both follow from the seed alone.

use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::FineTuneConfig;

/// One slice in this many is held out.
const HOLD_OUT_ONE_IN: usize = 4;

/// Splits corrected slices (ascending) into those to train on and those held out for scoring.
///
/// One in four is held out, and at least one. They are spread evenly and are never the first or
/// last, so that the training slices span the held-out ones. `None` for fewer than two slices.
pub fn split(corrected: &[usize]) -> Option<(Vec<usize>, Vec<usize>)> {
    if corrected.len() < 2 {
        return None;
    }
    let held_out = (corrected.len() / HOLD_OUT_ONE_IN).max(1);
    let held_out_indices: Vec<usize> = (0..held_out).map(|i| (2 * i + 1) * corrected.len() / (2 * held_out)).collect();
    let (held_out, learned): (Vec<_>, Vec<_>) =
        corrected.iter().enumerate().partition(|(i, _)| held_out_indices.contains(i));
    let slices = |part: Vec<(usize, &usize)>| part.into_iter().map(|(_, &slice)| slice).collect();
    Some((slices(learned), slices(held_out)))
}

/// One sample of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Draw {
    /// The slice.
    pub source: SampleSource,
    /// Seed of its augmentation.
    pub seed: u64,
}

/// The origin of a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SampleSource {
    /// A corrected slice, and one of its variants.
    Corrected(usize, usize),
    /// A completed slice.
    Completed(usize),
    /// An anchor slice.
    Anchor(usize),
    /// A replayed slice.
    Replay(usize),
}

/// The number of slices of each kind that samples are drawn from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SampleCounts {
    /// For each corrected slice the number of its variants.
    pub variants: Vec<usize>,
    /// Completed slices.
    pub completed: usize,
    /// Anchor slices.
    pub anchors: usize,
    /// Replayed slices.
    pub replay: usize,
}

/// The samples of step `step` of replica `replica`. Over all replicas, every slice of a kind is
/// drawn once before any is drawn again. Corrected and completed slices are of one kind here.
pub fn draw_step(config: &FineTuneConfig, replica: usize, step: usize, counts: &SampleCounts) -> Vec<Draw> {
    let turn = step * config.replicas + replica;
    let mut rng = ChaCha8Rng::seed_from_u64(config.seed);
    rng.set_stream(turn as u64 + 1);
    let slices = |kind: u64, count: usize, per_step: usize| {
        let per_step = if count == 0 { 0 } else { per_step };
        shuffled_turn(config.seed ^ kind << 60, count, turn, per_step)
    };
    let mut sources: Vec<SampleSource> = Vec::new();
    let corrected = counts.variants.len();
    for slice in slices(0, corrected + counts.completed, config.labelled_per_step) {
        sources.push(match counts.variants.get(slice) {
            Some(variants) => SampleSource::Corrected(slice, rng.random_range(0..*variants)),
            None => SampleSource::Completed(slice - corrected),
        });
    }
    sources.extend(slices(1, counts.anchors, config.anchors_per_step).into_iter().map(SampleSource::Anchor));
    sources.extend(slices(2, counts.replay, config.replay_per_step).into_iter().map(SampleSource::Replay));
    sources.into_iter().map(|source| Draw { source, seed: rng.random() }).collect()
}

/// The indices of turn `turn`, `per_turn` of them, when `count` items are dealt out in one shuffle
/// after another.
fn shuffled_turn(seed: u64, count: usize, turn: usize, per_turn: usize) -> Vec<usize> {
    let nth = |n: usize| {
        let mut order: Vec<usize> = (0..count).collect();
        order.shuffle(&mut ChaCha8Rng::seed_from_u64(seed.wrapping_add((n / count) as u64)));
        order[n % count]
    };
    (turn * per_turn..(turn + 1) * per_turn).map(nth).collect()
}
