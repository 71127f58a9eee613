//! The mutated file that a number stands for.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::bytes;
use super::corpus::{Corpus, Seed};
use super::kinds::mutated;

/// A mutated file.
pub(super) struct Case<'a> {
    pub(super) seed: &'a Seed,
    pub(super) bytes: Vec<u8>,
}

impl Corpus {
    /// The mutated file of this number; the same for the same seed.
    pub(super) fn case(&self, seed: u64, number: u64) -> Case<'_> {
        let mut random = ChaCha8Rng::seed_from_u64(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(number));
        let group = &self.groups[(number % self.groups.len() as u64) as usize];
        let chosen = &group[((number / self.groups.len() as u64) % group.len() as u64) as usize];
        let mut bytes = chosen.bytes.clone();
        let other = &bytes::pick(group, &mut random).bytes;
        for _ in 0..random.random_range(1..5) {
            bytes = mutated(chosen.kind, bytes, other, &mut random);
        }
        Case { seed: chosen, bytes }
    }
}
