//! Labels as run-length coded bytes.

use islet::core::run_length::{from_bytes, to_bytes};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

#[test]
fn labels_come_back_whatever_the_length_of_their_runs() {
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    for longest in [1, 2, 127, 128, 300, 40_000] {
        let labels: Vec<u8> = (0..200)
            .flat_map(|_| {
                let label = rng.random_range(0..4);
                std::iter::repeat_n(label, rng.random_range(1..=longest))
            })
            .collect();
        let bytes = to_bytes(&labels);
        assert_eq!(from_bytes(&bytes, labels.len()).as_ref(), Some(&labels), "{longest}");
        assert_eq!(from_bytes(&bytes, labels.len() - 1), None, "too many labels");
        assert_eq!(from_bytes(&bytes, labels.len() + 1), None, "too few labels");
        assert_eq!(from_bytes(&bytes[..bytes.len() - 1], labels.len()), None, "cut off");
    }
}

#[test]
fn a_run_is_its_label_and_its_length_in_groups_of_seven_bits() {
    assert!(to_bytes(&[]).is_empty());
    assert_eq!(to_bytes(&[7, 7, 7, 0]), [7, 3, 0, 1]);
    // 300 = 2 * 128 + 44.
    assert_eq!(to_bytes(&[9; 300]), [9, 0x80 | 44, 2]);
    assert_eq!(from_bytes(&[], 0), Some(Vec::new()));
    // A length of more bits than any memory has.
    assert_eq!(from_bytes(&[&[1][..], &[0xff; 12], &[1]].concat(), 10), None);
}
