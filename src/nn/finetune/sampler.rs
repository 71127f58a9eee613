//! Which corrected slices are set aside, and which samples each step draws. Follows from the seed alone.

use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::FineTuneConfig;

/// One slice in this many is set aside.
const ONE_IN: usize = 4;

/// Splits corrected slices (ascending) into those to learn from and those set aside for judging: one in four, at least one, spread
/// evenly and away from the ends, so that what is learned spans what is judged. Fewer than two slices cannot be split: `None`.
pub fn split(corrected: &[usize]) -> Option<(Vec<usize>, Vec<usize>)> {
    if corrected.len() < 2 {
        return None;
    }
    let aside = (corrected.len() / ONE_IN).max(1);
    let picked: Vec<usize> = (0..aside).map(|i| (2 * i + 1) * corrected.len() / (2 * aside)).collect();
    let side = |wanted: bool| {
        let those = corrected.iter().enumerate().filter(|(i, _)| picked.contains(i) == wanted);
        those.map(|(_, &slice)| slice).collect()
    };
    Some((side(false), side(true)))
}

/// One sample of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Draw {
    /// Corrected or replayed, and which of those.
    pub source: SampleSource,
    /// Seed of its augmentation.
    pub seed: u64,
}

/// Where a sample comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SampleSource {
    /// A corrected slice, and which of its variants.
    Corrected(usize, usize),
    /// A slice beyond the corrected ones.
    Beyond(usize),
    /// A replayed slice.
    Replay(usize),
}

/// What replica `replica` draws in step `step`. `variants` has, for each corrected slice, how many neighbours may stand for it; `beyond`
/// and `replay` count the slices of those kinds. Every slice of a kind comes up once before any comes up again, over all replicas.
pub fn draws(
    config: &FineTuneConfig,
    replica: usize,
    step: usize,
    variants: &[usize],
    beyond: usize,
    replay: usize,
) -> Vec<Draw> {
    let turn = step * config.replicas + replica;
    let mut rng = ChaCha8Rng::seed_from_u64(config.seed);
    rng.set_stream(turn as u64 + 1);
    let kind = |number: u64, count: usize, per_step: usize| {
        let per_step = if count == 0 { 0 } else { per_step };
        turns(config.seed ^ number << 60, count, turn, per_step)
    };
    let mut sources: Vec<SampleSource> = Vec::new();
    for slice in kind(0, variants.len(), config.corrected_per_step) {
        sources.push(SampleSource::Corrected(slice, rng.random_range(0..variants[slice])));
    }
    sources.extend(kind(1, beyond, config.beyond_per_step).into_iter().map(SampleSource::Beyond));
    sources.extend(kind(2, replay, config.replay_per_step).into_iter().map(SampleSource::Replay));
    sources.into_iter().map(|source| Draw { source, seed: rng.random() }).collect()
}

/// The `turn`-th helping of `per_turn` out of `count` things that are dealt out in ever new shuffles.
fn turns(seed: u64, count: usize, turn: usize, per_turn: usize) -> Vec<usize> {
    let nth = |n: usize| {
        let mut order: Vec<usize> = (0..count).collect();
        order.shuffle(&mut ChaCha8Rng::seed_from_u64(seed.wrapping_add((n / count) as u64)));
        order[n % count]
    };
    (turn * per_turn..(turn + 1) * per_turn).map(nth).collect()
}
