//! What is opened again when the session's worker has died, and what is left out.

use islet::app::recovery::{AfterWorkerDeath, OpenEffect, OpenedThings};

type Things = OpenedThings<&'static str>;

/// Opens a thing as a person does; a worker takes it at once.
fn open(things: &mut Things, thing: &'static str, effect: OpenEffect) {
    things.begin(thing);
    assert_eq!(things.next(), Some(&thing));
    things.finished(effect, 0.0);
}

/// What a new worker opens, in order; every thing changes what it changed before.
fn opened_again(things: &mut Things, now_ms: f64) -> Vec<&'static str> {
    let mut all = Vec::new();
    while let Some(&thing) = things.next() {
        all.push(thing);
        let effect = match thing.split(' ').next() {
            Some("model") => OpenEffect::Model,
            Some("labels") => OpenEffect::Labels,
            Some("both") => OpenEffect::ModelAndSeries,
            _ => OpenEffect::Series,
        };
        things.finished(effect, now_ms);
    }
    all
}

#[test]
fn the_last_series_its_labels_and_the_last_model_are_opened_again() {
    let mut things = Things::default();
    open(&mut things, "series a", OpenEffect::Series);
    open(&mut things, "labels of a", OpenEffect::Labels);
    open(&mut things, "model 1", OpenEffect::Model);
    open(&mut things, "no scan", OpenEffect::Nothing);
    open(&mut things, "series b", OpenEffect::Series);
    open(&mut things, "labels of b", OpenEffect::Labels);
    open(&mut things, "model 2", OpenEffect::Model);
    assert_eq!(things.died(0.0), AfterWorkerDeath::OpenAgain);
    assert!(things.is_returning());
    assert_eq!(opened_again(&mut things, 100.0), ["series b", "labels of b", "model 2"]);
    assert!(!things.is_returning());
    // Much later, once more: nothing was lost on the way.
    assert_eq!(things.died(100_000.0), AfterWorkerDeath::OpenAgain);
    assert_eq!(opened_again(&mut things, 100_100.0), ["series b", "labels of b", "model 2"]);
}

#[test]
fn a_drop_of_a_model_and_a_series_is_opened_again_for_its_model_until_another_model_comes() {
    let mut things = Things::default();
    open(&mut things, "both a", OpenEffect::ModelAndSeries);
    open(&mut things, "series b", OpenEffect::Series);
    things.died(0.0);
    assert_eq!(opened_again(&mut things, 0.0), ["both a", "series b"]);
    things.model_kept("model tuned");
    open(&mut things, "series c", OpenEffect::Series);
    things.died(20_000.0);
    assert_eq!(opened_again(&mut things, 20_000.0), ["model tuned", "series c"]);
    things.closed();
    things.died(40_000.0);
    assert_eq!(
        opened_again(&mut things, 40_000.0),
        ["model tuned"],
        "a closed series does not come back, its model does"
    );
}

#[test]
fn a_drop_that_two_workers_die_over_is_left_out_and_what_was_open_before_comes_back() {
    let mut things = Things::default();
    open(&mut things, "series a", OpenEffect::Series);
    things.begin("poison");
    assert_eq!(things.died(0.0), AfterWorkerDeath::OpenAgain, "once may be chance");
    assert_eq!(things.next(), Some(&"series a"));
    things.finished(OpenEffect::Series, 10.0);
    assert_eq!(things.next(), Some(&"poison"));
    assert_eq!(things.died(20.0), AfterWorkerDeath::LeaveOut("poison"));
    assert_eq!(opened_again(&mut things, 30.0), ["series a"]);
    open(&mut things, "series b", OpenEffect::Series);
    assert_eq!(things.died(40.0), AfterWorkerDeath::OpenAgain, "what a person opens begins anew");
    assert_eq!(opened_again(&mut things, 50.0), ["series b"]);
}

#[test]
fn a_series_that_kills_the_worker_soon_after_it_is_open_is_left_out_with_its_labels() {
    let mut things = Things::default();
    open(&mut things, "model 1", OpenEffect::Model);
    open(&mut things, "series a", OpenEffect::Series);
    open(&mut things, "labels of a", OpenEffect::Labels);
    assert_eq!(things.died(0.0), AfterWorkerDeath::OpenAgain);
    opened_again(&mut things, 1_000.0);
    assert_eq!(things.died(10_900.0), AfterWorkerDeath::LeaveOut("series a"));
    assert_eq!(opened_again(&mut things, 11_000.0), ["model 1"]);
}

#[test]
fn a_series_that_kills_workers_again_and_again_is_left_out_however_long_each_takes() {
    let mut things = Things::default();
    open(&mut things, "series a", OpenEffect::Series);
    for death in 0..3 {
        assert_eq!(things.died(f64::from(death) * 60_000.0), AfterWorkerDeath::OpenAgain, "death {death}");
        opened_again(&mut things, f64::from(death) * 60_000.0);
    }
    assert_eq!(things.died(180_000.0), AfterWorkerDeath::LeaveOut("series a"));
    assert_eq!(things.next(), None);
    assert_eq!(things.died(181_000.0), AfterWorkerDeath::GiveUp, "nothing is left to leave out");
    // Hours later, deaths from before count no more.
    let mut things = Things::default();
    open(&mut things, "series a", OpenEffect::Series);
    for death in 0..10 {
        let now_ms = f64::from(death) * 700_000.0;
        assert_eq!(things.died(now_ms), AfterWorkerDeath::OpenAgain, "death {death}");
        opened_again(&mut things, now_ms);
    }
}

#[test]
fn what_is_opened_while_others_are_opened_waits_for_its_turn() {
    let mut things = Things::default();
    open(&mut things, "series a", OpenEffect::Series);
    things.died(0.0);
    things.begin("series b");
    assert_eq!((things.next(), things.waiting()), (Some(&"series a"), 2));
    assert_eq!(things.died(10.0), AfterWorkerDeath::LeaveOut("series a"));
    assert_eq!(opened_again(&mut things, 20.0), ["series b"]);
}
