//! Fine-tuning as the engine drives it: workers that are faked, and once workers that really learn.

use super::correcting::changed;
use super::{answer, contents, finish_all, series, session};
use islet::app::protocol::{
    FineTuneDecision, FineTuneOutcome, Job, JobDone, Mark, ModelChoice, Request, Response, RoundJob, from_bytes,
    to_bytes,
};
use islet::app::session::Session;
use islet::imaging::edit::Edit;
use islet::imaging::edit::{Acceptance, UndoStep};
use islet::imaging::metrics::Overlap;
use islet::nn::finetune::{FineTuneConfig, HoldoutCounts};
use islet::nn::model::weights::ModelFile;

const CONFIG: fn() -> FineTuneConfig =
    || FineTuneConfig { steps: 4, steps_per_round: 2, replicas: 2, ..FineTuneConfig::default() };

/// A session with a series, all segmented, whose first `accepted` slices are accepted.
fn ready(accepted: usize) -> Session {
    let mut session = session();
    session.set_workers(2);
    session.open(contents(vec![series("a", 6)]));
    finish_all(&mut session);
    for slice in 0..accepted {
        session.handle(Request::Accept { slice, acceptance: Acceptance::Accepted });
    }
    session
}

fn tally(right: u64, wrong: u64) -> HoldoutCounts {
    let part = Overlap { true_positive: right, false_positive: wrong, false_negative: wrong, true_negative: 0 };
    HoldoutCounts { held_out: part, replay: Overlap { true_positive: 9, ..Overlap::default() } }
}

/// Takes both workers' round jobs.
fn rounds(session: &mut Session) -> Option<[RoundJob; 2]> {
    let mut job = |slot| match session.next_tuning_job(slot)? {
        Job::Round(job) => Some(job),
        other => panic!("{other:?}"),
    };
    Some([job(0)?, job(1)?])
}

/// Both replicas are made.
fn prepare(session: &mut Session) {
    for slot in [0, 1] {
        assert!(session.is_tuning_on(slot));
        let Some(Job::Tune(job)) = session.next_tuning_job(slot) else { panic!("no replica for {slot}") };
        assert_eq!(job.replica, slot);
        assert!(session.next_tuning_job(slot).is_none(), "one thing at a time");
        session.tuning_heard(slot, JobDone::Prepared);
    }
    assert!(!session.is_tuning_on(2), "a third worker goes on segmenting");
}

/// One round: each replica scores `right` pixels of ten, and ends with weights of its own.
fn round(session: &mut Session, right: u64, weights: [f32; 2]) -> Vec<Response> {
    let jobs = rounds(session).expect("a round");
    let count = session_weights(session).len();
    let mut responses = Vec::new();
    for (slot, job) in jobs.iter().enumerate() {
        responses.extend(session.tuning_heard(slot, JobDone::Scored(tally(right, 10 - right))));
        for _ in job.from..job.until {
            responses.extend(session.tuning_heard(slot, JobDone::Stepped { loss: 0.5 }));
        }
        let weights = if job.from == job.until { Vec::new() } else { to_bytes(&vec![weights[slot]; count]) };
        responses.extend(session.tuning_heard(slot, JobDone::Trained { weights }));
    }
    responses
}

fn session_weights(session: &Session) -> Vec<f32> {
    ModelFile::read(session.model().0).unwrap().values.flatten()
}

fn outcome(responses: &[Response]) -> FineTuneOutcome {
    let found = responses.iter().find_map(|r| match r {
        Response::Tuned(outcome) => Some(outcome.clone()),
        _ => None,
    });
    found.unwrap_or_else(|| panic!("not tuned: {responses:?}"))
}

#[test]
fn it_needs_two_accepted_slices() {
    let refused = ready(1).handle(Request::FineTune(CONFIG()));
    assert!(matches!(&refused[..], [Response::Failed(r)] if r.reason.contains("expected at least two")), "{refused:?}");
}

#[test]
fn replicas_are_averaged_and_the_best_average_is_offered() {
    let mut session = ready(5);
    let (old_bytes, old_version) = (session.model().0.to_vec(), session.model().1);
    let started = session.handle(Request::FineTune(CONFIG()));
    let Some(Response::Tuning(progress)) = started.first() else { panic!("{started:?}") };
    assert_eq!(
        (progress.slices.learned, progress.slices.held_out, progress.total),
        (4, 1, 8),
        "one in four is set aside"
    );
    prepare(&mut session);
    round(&mut session, 2, [1.0, 3.0]);
    let jobs = rounds(&mut session).unwrap();
    assert!(jobs.iter().all(|job| (job.from, job.until) == (2, 4)));
    assert!(from_bytes::<f32>(&jobs[0].weights).iter().all(|&w| w == 2.0), "the mean of 1 and 3");
    for slot in [0, 1] {
        session.tuning_heard(slot, JobDone::Scored(tally(8, 2)));
        session.tuning_heard(slot, JobDone::Stepped { loss: 0.1 });
        session
            .tuning_heard(slot, JobDone::Trained { weights: to_bytes(&vec![5.0f32; session_weights(&session).len()]) });
    }
    // The last average is scored, and is worse.
    let responses = round(&mut session, 6, [0.0; 2]);
    let outcome = outcome(&responses);
    assert_eq!((outcome.before.held_out, outcome.after.held_out, outcome.better), (0.2, 0.8, true));
    assert!(session_weights(&session).iter().all(|&w| w == 2.0), "the average that scored best, not the last");
    assert!(session.model().1 != old_version);
    let file = ModelFile::read(session.model().0).unwrap();
    let tuning = &file.passport.training.tunings[0];
    let parent = ModelFile::read(&old_bytes).unwrap();
    assert_eq!(tuning.parent, parent.values.sha256());
    assert_eq!((tuning.corrected_slices, tuning.held_out_slices, tuning.held_out_dsc), (4, 1, [0.2, 0.8]));
    // The series is segmented anew by itself, and what was corrected stays.
    let after = changed(&responses);
    assert_eq!(after.pixels.iter().filter(|p| p.is_none()).count(), 1, "all but the five accepted");
    assert!(session.next_job().is_some());
}

/// A session whose series says "nothing" under the tuned model.
fn tuned() -> (Session, Vec<Option<usize>>) {
    let mut session = ready(2);
    let before = changed(&session.handle(Request::Compare { model: ModelChoice::Current })).pixels;
    session.handle(Request::FineTune(FineTuneConfig { steps: 2, ..CONFIG() }));
    prepare(&mut session);
    round(&mut session, 2, [1.0, 1.0]);
    outcome(&round(&mut session, 1, [0.0; 2]));
    while let Some(job) = session.next_job() {
        session.finish(answer(&job, &vec![0.0; job.size_px * job.size_px]));
    }
    (session, before)
}

#[test]
fn before_and_after_can_be_compared_and_the_old_model_comes_back() {
    let (mut session, before) = tuned();
    let after = changed(&session.handle(Request::Compare { model: ModelChoice::Current })).pixels;
    assert_eq!(after[2..], [Some(0); 4], "the tuned model says nothing");
    assert_eq!(after[..2], before[..2], "what was accepted stays");
    assert_eq!(changed(&session.handle(Request::Compare { model: ModelChoice::Before })).pixels, before);
    let rolled_back = session.handle(Request::Decide(FineTuneDecision::KeepOld));
    assert_eq!(changed(&rolled_back).pixels, before, "at once, without segmenting again");
    assert!(session.next_job().is_none());
    assert_eq!(session_weights(&session), session_weights(&super::session()));
}

#[test]
fn a_worse_model_is_offered_as_worse_and_can_be_kept_all_the_same() {
    let (mut session, _) = tuned();
    let kept = session.handle(Request::Decide(FineTuneDecision::KeepNew));
    assert!(changed(&kept).pixels[2..].iter().all(|p| *p == Some(0)));
    assert!(session.handle(Request::Decide(FineTuneDecision::KeepOld)).is_empty(), "decided is decided");
    assert!(session_weights(&session).iter().all(|&w| w == 1.0));
    let Some(Response::File { name, bytes }) = session.handle(Request::ExportModel).pop() else { panic!() };
    assert_eq!(name, "pancreas_tuned_1.safetensors");
    // Dropped into another session, it is the same model.
    let mut other = super::session();
    let responses = other.load_model(&name, bytes);
    assert!(matches!(&responses[..], [Response::Model(info)] if info.training.tunings.len() == 1), "{responses:?}");
    assert_eq!(session_weights(&other), session_weights(&session));
}

#[test]
fn stop_keeps_the_best_so_far_and_frees_the_workers() {
    let mut session = ready(4);
    session.handle(Request::FineTune(CONFIG()));
    prepare(&mut session);
    let none = session.handle(Request::Stop);
    assert!(matches!(&none[..], [Response::NotTuned]), "nothing is scored yet: {none:?}");
    assert_eq!(session.take_restarts(), [0, 1]);
    session.handle(Request::FineTune(CONFIG()));
    prepare(&mut session);
    round(&mut session, 2, [1.0, 3.0]);
    for slot in [0, 1] {
        assert!(matches!(session.next_tuning_job(slot), Some(Job::Round(_))));
        session.tuning_heard(slot, JobDone::Scored(tally(7, 3)));
    }
    let stopped = session.handle(Request::Stop);
    assert_eq!(outcome(&stopped).after.held_out, 0.7);
    assert_eq!(session.take_restarts(), [0, 1]);
    assert!(session_weights(&session).iter().all(|&w| w == 2.0));
    assert!(!session.is_tuning_on(0));
}

#[test]
fn a_worker_that_dies_takes_neither_corrections_nor_weights() {
    let mut session = ready(3);
    let (bytes, version) = (session.model().0.to_vec(), session.model().1);
    session.handle(Request::FineTune(CONFIG()));
    prepare(&mut session);
    rounds(&mut session);
    assert!(session.tuning_lost(2, "out of memory").is_empty(), "that one only segments");
    let responses = session.tuning_lost(1, "out of memory");
    assert!(responses.iter().any(|r| matches!(r, Response::NotTuned)));
    assert!(responses.iter().any(|r| matches!(r, Response::Failed(f) if f.reason.contains("out of memory"))));
    assert_eq!((session.model().0, session.model().1), (&bytes[..], version));
    let state = changed(&session.handle(Request::Compare { model: ModelChoice::Current }));
    assert_eq!(state.marks.iter().filter(|mark| **mark == Mark::Accepted).count(), 3);
    assert!(session.tuning_heard(1, JobDone::Stepped { loss: 1.0 }).is_empty(), "a late word is nothing");
}

#[test]
fn a_bad_model_file_is_refused_and_the_old_one_stays() {
    let mut session = ready(2);
    let version = session.model().1;
    let refused = session.load_model("notes.safetensors", b"no model".to_vec());
    assert!(matches!(&refused[..], [Response::Failed(r)] if r.subject.contains("notes.safetensors")), "{refused:?}");
    assert_eq!(session.model().1, version);
}

#[test]
fn another_series_ends_it() {
    let mut session = ready(2);
    session.handle(Request::FineTune(CONFIG()));
    prepare(&mut session);
    let responses = session.open(contents(vec![series("b", 2)]));
    assert!(matches!(&responses[..], [Response::NotTuned, Response::Opened { .. }]), "{responses:?}");
    assert_eq!(session.take_restarts(), [0, 1]);
    session.handle(Request::Edit { slice: 0, edit: Edit::Clear, step: UndoStep::New });
}
