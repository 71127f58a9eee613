//! Mutations that know nothing of a format: bytes, truncations, repetitions and splices.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

/// Numbers at which sizes, counts and offsets go wrong.
pub(super) const EDGES: [u64; 22] = [
    0,
    1,
    2,
    3,
    7,
    8,
    16,
    63,
    127,
    128,
    255,
    256,
    4095,
    0x7FFF,
    0x8000,
    0xFFFF,
    0x0001_0000,
    0x7FFF_FFFF,
    0x8000_0000,
    0xFFFF_FFFE,
    0xFFFF_FFFF,
    u64::MAX,
];

/// One of a list.
pub(super) fn pick<'a, T>(items: &'a [T], random: &mut ChaCha8Rng) -> &'a T {
    &items[random.random_range(0..items.len())]
}

/// Writes a number of `size` bytes, of either byte order, over what is at `at`, as far as it fits.
pub(super) fn write_number(bytes: &mut [u8], at: usize, size: usize, number: u64, random: &mut ChaCha8Rng) {
    let mut field = number.to_le_bytes()[..size].to_vec();
    if random.random_ratio(1, 8) {
        field.reverse();
    }
    if let Some(target) = bytes.get_mut(at..at + size) {
        target.copy_from_slice(&field);
    }
}

/// A mutation of any bytes; `other` is a file of the same kind to splice with.
pub(super) fn mutate(bytes: &mut Vec<u8>, other: &[u8], random: &mut ChaCha8Rng) {
    if bytes.is_empty() {
        return;
    }
    let at = random.random_range(0..bytes.len());
    let length = random.random_range(1..=64.min(bytes.len() - at));
    match random.random_range(0..10) {
        0 => bytes[at] = random.random(),
        1 => bytes[at] ^= 1 << random.random_range(0..8),
        2 => bytes.truncate(at),
        3 => drop(bytes.drain(at..at + length)),
        4 => {
            let copy = bytes[at..at + length].repeat(random.random_range(1..20));
            bytes.splice(at..at, copy);
        }
        5 => {
            let size = *pick(&[1, 2, 4, 8], random);
            let edge = *pick(&EDGES, random);
            write_number(bytes, at, size, edge, random);
        }
        6 => bytes[at..at + length].fill(*pick(&[0, 0xFF, b'9', b' '], random)),
        7 => {
            bytes.truncate(at);
            bytes.extend_from_slice(&other[random.random_range(0..=other.len())..]);
        }
        8 => bytes.extend((0..length).map(|_| random.random::<u8>())),
        _ => bytes[at..at + length].iter_mut().for_each(|byte| *byte = random.random()),
    }
}
