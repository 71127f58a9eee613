//! What was corrected, its history, and its bytes.

use std::collections::BTreeMap;

use islet::core::run_length::RleMask;
use islet::imaging::edit::{Acceptance, Corrections, ShapeInterpolation, UndoStep};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

fn between(lower: &[u8], upper: &[u8], dims: [usize; 2], t: f32) -> Vec<u8> {
    ShapeInterpolation::new(lower, upper, dims).mask_at(t)
}

use super::{change, disc, equivalent_radius, random};

const DIMS: [usize; 2] = [12, 10];
const AREA: usize = 120;

type State = BTreeMap<usize, (Vec<u8>, Acceptance)>;

fn state(corrections: &Corrections) -> State {
    let correction_of_slice =
        |slice| (slice, (corrections.labels(slice).unwrap(), corrections.get(slice).unwrap().acceptance));
    corrections.slices().map(correction_of_slice).collect()
}

/// A slice of one label: easy to tell from others.
fn flat(label: u8) -> Vec<u8> {
    vec![label; AREA]
}

fn blob(rng: &mut ChaCha8Rng) -> Vec<u8> {
    disc(DIMS, [rng.random_range(0.0..12.0), rng.random_range(0.0..10.0)], rng.random_range(0.0..4.0))
}

/// Something a person might do, as one step or none.
fn act(corrections: &mut Corrections, rng: &mut ChaCha8Rng) {
    let slice = rng.random_range(0..30);
    match rng.random_range(0..10) {
        0 => corrections.forget(slice),
        1 => corrections.set_all(
            (0..3)
                .map(|i| {
                    let acceptance = if i == 1 { Acceptance::Accepted } else { Acceptance::Draft };
                    change(slice + 2 * i, blob(rng), acceptance)
                })
                .collect(),
        ),
        2 => drop(corrections.interpolate(DIMS)),
        3 => {
            if let Some(labels) = corrections.labels(slice) {
                corrections.set(slice, &labels, Acceptance::Accepted, UndoStep::New);
            }
        }
        _ => corrections.set(slice, &blob(rng), Acceptance::Draft, UndoStep::New),
    }
}

fn differing(a: &State, b: &State) -> Vec<usize> {
    (0..40).filter(|slice| a.get(slice) != b.get(slice)).collect()
}

#[test]
fn every_step_of_a_long_walk_is_undone_and_redone() {
    for (seed, actions) in [(1, 120), (2, 300), (3, 300)] {
        let (mut rng, mut corrections) = (random(seed), Corrections::default());
        let mut states = vec![state(&corrections)];
        for _ in 0..actions {
            act(&mut corrections, &mut rng);
            let now = state(&corrections);
            if *states.last().unwrap() != now {
                states.push(now);
            }
        }
        let steps = states.len() - 1;
        assert!(steps > actions * 7 / 10, "{steps} steps");
        let kept = steps.min(200);
        for at in (steps - kept..steps).rev() {
            assert_eq!(corrections.undo(), differing(&states[at], &states[at + 1]), "undo says what changed");
            assert_eq!(state(&corrections), states[at], "state {at} of {steps}");
        }
        assert!(!corrections.can_undo() && corrections.undo().is_empty());
        assert_eq!(state(&corrections), states[steps - kept]);
        for at in steps - kept + 1..=steps {
            assert_eq!(corrections.redo(), differing(&states[at - 1], &states[at]), "redo says what changed");
            assert_eq!(state(&corrections), states[at], "state {at} of {steps}");
        }
        assert!(!corrections.can_redo() && corrections.redo().is_empty());
        assert_eq!(state(&corrections), states[steps]);
    }
}

#[test]
fn a_walk_with_drags_and_second_thoughts_comes_back_too() {
    let (mut rng, mut corrections) = (random(9), Corrections::default());
    for _ in 0..300 {
        match rng.random_range(0..8) {
            0 => drop(corrections.undo()),
            1 => drop(corrections.redo()),
            2..5 => corrections.set(rng.random_range(0..4), &blob(&mut rng), Acceptance::Draft, UndoStep::JoinLatest),
            _ => act(&mut corrections, &mut rng),
        }
    }
    let end = state(&corrections);
    while corrections.can_redo() {
        assert!(!corrections.redo().is_empty());
    }
    let last = state(&corrections);
    let mut steps = 0;
    while corrections.can_undo() {
        assert!(!corrections.undo().is_empty(), "no step is empty");
        steps += 1;
    }
    assert!((50..=200).contains(&steps), "{steps}");
    assert_eq!(state(&corrections), State::new());
    while corrections.can_redo() {
        corrections.redo();
    }
    assert_eq!(state(&corrections), last);
    assert!(!end.is_empty());
}

#[test]
fn a_drag_is_one_step() {
    let mut corrections = Corrections::default();
    corrections.set(3, &flat(1), Acceptance::Draft, UndoStep::New);
    corrections.set(3, &flat(2), Acceptance::Draft, UndoStep::New);
    for label in 3..8 {
        corrections.set(3, &flat(label), Acceptance::Draft, UndoStep::JoinLatest);
    }
    assert_eq!(corrections.labels(3), Some(flat(7)));
    assert_eq!(corrections.undo(), [3]);
    assert_eq!(corrections.labels(3), Some(flat(1)), "back before the drag, not before its last stroke");
    assert_eq!(corrections.redo(), [3]);
    assert_eq!(corrections.labels(3), Some(flat(7)));
    corrections.undo();
    corrections.undo();
    assert_eq!((corrections.get(3), corrections.can_undo()), (None, false));
}

#[test]
fn what_cannot_be_joined_is_a_step_of_its_own() {
    let after = |actions: &[&dyn Fn(&mut Corrections)]| {
        let mut corrections = Corrections::default();
        for action in actions {
            action(&mut corrections);
        }
        corrections.undo();
        state(&corrections)
    };
    let one = State::from([(3, (flat(1), Acceptance::Draft))]);
    let first = |c: &mut Corrections| c.set(3, &flat(1), Acceptance::Draft, UndoStep::New);
    let joining = |c: &mut Corrections| c.set(3, &flat(2), Acceptance::Draft, UndoStep::JoinLatest);
    let elsewhere = |c: &mut Corrections| c.set(4, &flat(2), Acceptance::Draft, UndoStep::JoinLatest);
    assert_eq!(after(&[&joining]), State::new(), "nothing to join");
    assert_eq!(after(&[&first, &elsewhere]), one, "another slice");
    assert_eq!(
        after(&[&first, &|c| c.set(3, &flat(1), Acceptance::Draft, UndoStep::New), &joining]),
        one,
        "a drag that began with nothing"
    );
    assert_eq!(after(&[&first, &joining]), State::new(), "and one that does join");
    let several = |c: &mut Corrections| c.set_all(vec![change(3, flat(1), Acceptance::Draft)]);
    assert_eq!(after(&[&several, &joining]), one, "not a stroke");
    assert_eq!(
        after(&[&|c| c.set_all(vec![change(3, flat(1), Acceptance::Draft)]), &|c| c.forget(3), &joining]),
        State::new()
    );
    // After an undo the latest step is older than what the drag belonged to.
    assert_eq!(after(&[&first, &elsewhere, &|c| drop(c.undo()), &joining]), one);
}

#[test]
fn a_drag_that_comes_back_to_its_start_leaves_no_step() {
    let mut corrections = Corrections::default();
    corrections.set(3, &flat(1), Acceptance::Draft, UndoStep::New);
    corrections.set(3, &flat(2), Acceptance::Draft, UndoStep::New);
    corrections.set(3, &flat(1), Acceptance::Draft, UndoStep::JoinLatest);
    corrections.set(3, &flat(5), Acceptance::Draft, UndoStep::JoinLatest);
    assert_eq!(corrections.undo(), [3]);
    assert_eq!(corrections.labels(3), Some(flat(1)), "the drag goes on as a step of its own");
    assert_eq!(corrections.undo(), [3]);
    assert!(!corrections.can_undo());
}

#[test]
fn nothing_changed_is_no_step_and_something_new_ends_redo() {
    let mut corrections = Corrections::default();
    corrections.forget(5);
    corrections.set_all(Vec::new());
    assert!(!corrections.can_undo());
    corrections.set(5, &flat(1), Acceptance::Draft, UndoStep::New);
    corrections.set(6, &flat(1), Acceptance::Draft, UndoStep::New);
    corrections.undo();
    corrections.set(5, &flat(1), Acceptance::Draft, UndoStep::New);
    corrections.set_all(vec![change(5, flat(1), Acceptance::Draft)]);
    corrections.forget(6);
    assert!(corrections.can_redo(), "nothing changed, so nothing is lost");
    corrections.set(5, &flat(1), Acceptance::Accepted, UndoStep::New);
    assert!(!corrections.can_redo());
    assert_eq!(corrections.accepted().collect::<Vec<_>>(), [5]);
    assert_eq!(corrections.undo(), [5], "accepting alone is a step");
    assert_eq!(corrections.accepted().count(), 0);
    corrections.redo();
    corrections.forget(5);
    assert_eq!(corrections.get(5), None);
    assert_eq!(corrections.undo(), [5], "so is forgetting");
    assert_eq!(corrections.get(5).unwrap().acceptance, Acceptance::Accepted);
}

#[test]
fn of_a_slice_given_twice_the_last_counts() {
    let mut corrections = Corrections::default();
    corrections.set_all(vec![
        change(8, flat(1), Acceptance::Draft),
        change(2, flat(1), Acceptance::Accepted),
        change(8, flat(2), Acceptance::Draft),
    ]);
    assert_eq!(corrections.slices().collect::<Vec<_>>(), [2, 8]);
    assert_eq!(corrections.labels(8), Some(flat(2)));
    assert_eq!(corrections.undo(), [2, 8]);
    assert_eq!(corrections.slices().count(), 0);
}

#[test]
fn interpolation_fills_the_gaps_and_touches_nothing_else() {
    let dims = [60, 60];
    let round = |radius| disc(dims, [30.0, 30.0], radius);
    let mut corrections = Corrections::default();
    corrections.set_all(vec![
        change(2, round(10.0), Acceptance::Accepted),
        change(7, round(20.0), Acceptance::Draft),
        change(8, vec![0; 3600], Acceptance::Draft),
        change(12, vec![0; 3600], Acceptance::Accepted),
        change(15, round(20.0), Acceptance::Draft),
    ]);
    let before = state(&corrections);
    let filled = corrections.interpolate(dims);
    assert_eq!(filled, [3, 4, 5, 6, 13, 14], "not between the empty slices 8 and 12");
    for (slice, radius) in [(3, 12.0), (4, 14.0), (5, 16.0), (6, 18.0)] {
        let labels = corrections.labels(slice).unwrap();
        assert!((equivalent_radius(&labels) - radius).abs() < 0.5);
        assert_eq!(corrections.get(slice).unwrap().acceptance, Acceptance::Draft);
    }
    // A third of the way from nothing: still nothing. Two thirds: 2/3 (20 - r) - 20/3 >= 0.
    assert!(corrections.labels(13).unwrap().iter().all(|&label| label == 0));
    assert!((equivalent_radius(&corrections.labels(14).unwrap()) - 10.0).abs() < 1.0);
    assert_eq!(corrections.labels(4), Some(between(&round(10.0), &round(20.0), dims, 0.4)));
    for (slice, correction) in &before {
        assert_eq!(state(&corrections).get(slice), Some(correction), "corrected by hand");
    }
    assert_eq!(corrections.interpolate(dims), [0; 0], "no gaps are left");
    assert_eq!(corrections.undo(), filled, "one step");
    assert_eq!(state(&corrections), before);
    assert_eq!(Corrections::default().interpolate(dims), [0; 0]);
}

#[test]
fn runs_hold_any_labels() {
    let mut rng = random(6);
    for length in [0usize, 1, 2, 100] {
        for most in [0, 1, 255] {
            let labels: Vec<u8> = (0..length).map(|_| rng.random_range(0..=most)).collect();
            let runs = RleMask::encode(&labels);
            assert_eq!(runs.decode(), labels);
            assert_eq!(runs.has_labels(), labels.iter().any(|&label| label != 0));
        }
    }
    assert_eq!(RleMask::encode(&[0, 1, 1]), RleMask::encode(&[0, 1, 1]));
    assert_ne!(RleMask::encode(&[0, 1, 1]), RleMask::encode(&[0, 0, 1]));
}
