//! Corrections as bytes. The bytes expected here are written by hand after the format's description.

use islet::imaging::edit::{Acceptance, Corrections, UndoStep};
use rand::RngExt;

use super::{change, disc, random};

const DIMS: [usize; 3] = [300, 40, 50];
const AREA: usize = 2000;

fn some() -> Corrections {
    let mut corrections = Corrections::default();
    let round = |radius| disc([40, 50], [20.0, 25.0], radius);
    corrections.set_all(vec![
        change(0, round(3.0), Acceptance::Accepted),
        change(7, vec![0; AREA], Acceptance::Draft),
        change(8, vec![9; AREA], Acceptance::Accepted),
    ]);
    corrections.set(299, &round(12.0), Acceptance::Draft, UndoStep::New);
    corrections
}

fn same(a: &Corrections, b: &Corrections) -> bool {
    a.slices().eq(b.slices()) && a.slices().all(|slice| a.get(slice) == b.get(slice))
}

/// Whatever was read must be usable as it is: every slice in the series and as large as its slices.
fn assert_sound(corrections: &Corrections) {
    for slice in corrections.slices() {
        assert!(slice < DIMS[0]);
        match corrections.drawn(slice) {
            Some(drawn) => assert!(drawn.iter().all(|(pixel, _)| pixel < AREA)),
            None => assert_eq!(corrections.labels(slice).unwrap().len(), AREA),
        }
    }
}

/// A file of a series of [300, 40, 50] voxels with this after its dims.
fn file(rest: &[u8]) -> Vec<u8> {
    // 300 = 2 * 128 + 44.
    [b"islet edits 1".as_slice(), &[0x80 | 44, 2, 40, 50], rest].concat()
}

#[test]
fn bytes_are_what_the_description_says() {
    let mut corrections = Corrections::default();
    assert_eq!(corrections.to_bytes(DIMS), file(&[0]));
    corrections.set(129, &[vec![0; 200], vec![1; 1800]].concat(), Acceptance::Accepted, UndoStep::New);
    // 129 = 128 + 1, 200 = 128 + 72, 1800 = 14 * 128 + 8.
    let written = [1, 0x81, 1, 1, 2, 0x80 | 72, 1, 0, 0x80 | 8, 14, 1];
    assert_eq!(corrections.to_bytes(DIMS), file(&written));
}

#[test]
fn corrections_come_back_without_their_history() {
    let bytes = some().to_bytes(DIMS);
    let mut back = Corrections::from_bytes(&bytes, DIMS).unwrap();
    assert!(same(&back, &some()));
    assert!(!back.can_undo() && !back.can_redo());
    assert_eq!(back.to_bytes(DIMS), bytes);
    back.set(7, &vec![1; AREA], Acceptance::Draft, UndoStep::JoinLatest);
    assert_eq!(back.undo(), [7]);
    assert!(same(&back, &some()));
    assert!(bytes.len() < 300, "{} bytes, of labels of {}", bytes.len(), 4 * AREA);
}

#[test]
fn what_does_not_fit_is_refused_with_what_was_found_and_expected() {
    let cases: [(&[u8], &[&str]); 11] = [
        (&[1, 3, 0, 1, 0x80 | 79, 15, 1], &["1999", "2000"]),
        (&[1, 3, 0, 1, 0x80 | 81, 15, 1], &["2001", "2000"]),
        (&[1, 3, 0, 0], &["holds 0 labels", "2000"]),
        (&[1, 3, 0, 3, 0x80 | 80, 15, 1, 0, 0, 0, 1], &["fewest"]),
        (&[1, 3, 0, 2, 0x80 | 79, 15, 1, 1, 1], &["fewest"]),
        (&[1, 0x80 | 44, 2, 0, 1, 0x80 | 80, 15, 1], &["slice 300", "0..300"]),
        (&[2, 3, 0, 1, 0x80 | 80, 15, 1, 3, 0, 1, 0x80 | 80, 15, 1], &["slice 3", "4..300"]),
        (&[1, 3, 3, 1, 0x80 | 80, 15, 1], &["3", "0, 1 or 2"]),
        (&[1, 3, 0, 1, 0x80 | 80, 15, 1, 77], &["1 bytes", "none"]),
        (&[1, 3, 0, 2, 0xff, 0xff, 0xff, 0xff, 0x7f, 1], &["2000"]),
        (&[0xff, 0xff, 0xff, 0xff, 0xff, 0x7f], &["number"]),
    ];
    for (rest, words) in cases {
        let refusal = Corrections::from_bytes(&file(rest), DIMS).unwrap_err();
        assert!(words.iter().all(|word| refusal.reason.contains(word)), "{words:?} in {refusal}");
    }
    let refusal = Corrections::from_bytes(&some().to_bytes(DIMS), [300, 50, 40]).unwrap_err();
    assert!(["[300, 40, 50]", "[300, 50, 40]"].iter().all(|dims| refusal.reason.contains(dims)), "{refusal}");
    let refusal = Corrections::from_bytes(b"<html>", DIMS).unwrap_err();
    assert!(refusal.reason.contains("<html>") && refusal.reason.contains("islet edits 1"), "{refusal}");
    // Counts that no bytes stand behind are not believed.
    for count in [[0xff, 0xff, 0xff, 0xff, 0x0f], [0xff, 0xff, 0xff, 0xff, 0x7f]] {
        assert!(Corrections::from_bytes(&file(&count), DIMS).is_err());
        assert!(Corrections::from_bytes(&file(&[[1, 3, 0].as_slice(), &count].concat()), DIMS).is_err());
    }
}

#[test]
fn every_truncation_is_refused() {
    let bytes = some().to_bytes(DIMS);
    for end in 0..bytes.len() {
        assert!(Corrections::from_bytes(&bytes[..end], DIMS).is_err(), "{end} of {}", bytes.len());
    }
}

#[test]
fn no_mutation_breaks_anything() {
    let bytes = some().to_bytes(DIMS);
    let mut refused = 0;
    for at in 0..bytes.len() {
        for value in 0..=255 {
            let mut mutated = bytes.clone();
            mutated[at] = value;
            match Corrections::from_bytes(&mutated, DIMS) {
                Ok(read) => assert_sound(&read),
                Err(_) => refused += 1,
            }
        }
    }
    assert!(refused > bytes.len() * 128, "most change a total, a count or an order: {refused}");
    let mut rng = random(7);
    for _ in 0..20_000 {
        let mut mutated = bytes.clone();
        for _ in 0..rng.random_range(1..6) {
            let at = rng.random_range(0..mutated.len());
            match rng.random_range(0..3) {
                0 => mutated[at] = rng.random(),
                1 => mutated.insert(at, rng.random()),
                _ => drop(mutated.remove(at)),
            }
        }
        if let Ok(read) = Corrections::from_bytes(&mutated, DIMS) {
            assert_sound(&read);
        }
        let noise: Vec<u8> = (0..rng.random_range(0..60)).map(|_| rng.random()).collect();
        if let Ok(read) = Corrections::from_bytes(&file(&noise), DIMS) {
            assert_sound(&read);
        }
    }
}
