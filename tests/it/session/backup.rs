//! Copies of corrections and models that outlive a session.

use islet::app::protocol::{Mark, Request, Response, SeriesCorrections};
use islet::app::session::Session;
use islet::core::mpr::Plane;
use islet::formats::{Contents, Importer};
use islet::imaging::edit::{Acceptance, Edit, Stroke, UndoStep};

use super::organs::measured;
use super::propagation::settle;
use super::volumes::{FINE, load_release, mask, segmented};
use super::{contents, finish_all, series, session};

const LIVER: u8 = 2;

fn draw(session: &mut Session, slice: usize, acceptance: Acceptance) {
    let stroke = Stroke { from: [40.0, 30.0], to: [40.0, 30.0], radius_px: 3.0, erase: false, range_hu: None };
    session.handle(Request::Edit { slice, edit: Edit::Stroke(stroke), step: UndoStep::New });
    session.handle(Request::Accept { slice, acceptance });
}

fn copy(session: &mut Session) -> SeriesCorrections {
    match session.handle(Request::BackUpCorrections).pop() {
        Some(Response::CorrectionsBackUp(copy)) => *copy,
        other => panic!("no copy but {other:?}"),
    }
}

fn opened_marks(responses: &[Response]) -> Vec<Mark> {
    let marks = responses.iter().find_map(|response| match response {
        Response::Opened { marks, .. } => Some(marks.clone()),
        _ => None,
    });
    marks.unwrap_or_else(|| panic!("nothing opened: {responses:?}"))
}

#[test]
fn corrections_go_from_a_session_that_died_to_the_next_with_what_was_accepted() {
    let mut first = session();
    first.open(contents(vec![series("a", 5)]));
    finish_all(&mut first);
    assert!(copy(&mut first).organs.is_empty());
    draw(&mut first, 1, Acceptance::Accepted);
    draw(&mut first, 3, Acceptance::Draft);
    let copied = copy(&mut first);
    assert_eq!(copied.slices(), 2);
    let mut next = session();
    assert!(next.handle(Request::KeepCorrections(vec![copied.clone()])).is_empty());
    let marks = opened_marks(&next.open(contents(vec![series("a", 5)])));
    assert_eq!(marks, [Mark::None, Mark::Accepted, Mark::None, Mark::Corrected, Mark::None]);
    finish_all(&mut next);
    assert_eq!(mask(&mut next), mask(&mut first));
    assert_eq!(copy(&mut next), copied, "and can go to another one from there");
    // Other images get nothing, and damaged copies are reported.
    let mut other = session();
    other.handle(Request::KeepCorrections(vec![copied.clone()]));
    assert_eq!(opened_marks(&other.open(contents(vec![series("b", 4)]))), [Mark::None; 4]);
    let mut damaged = copied;
    damaged.organs[0].bytes.truncate(20);
    assert!(matches!(other.handle(Request::KeepCorrections(vec![damaged]))[..], [Response::Failed(_)]));
}

#[test]
fn corrections_of_every_organ_come_back_each_to_its_own() {
    let (mut first, _, labels) = segmented();
    draw(&mut first, 2, Acceptance::Accepted);
    first.handle(Request::ChooseOrgan { label: LIVER });
    draw(&mut first, 5, Acceptance::Accepted);
    let liver = mask(&mut first);
    let copied = copy(&mut first);
    let organs: Vec<_> = copied.organs.iter().map(|organ| (organ.organ.as_str(), organ.slices)).collect();
    assert_eq!(organs, [("pancreas", 1), ("liver", 1)]);
    let mut next = session();
    next.handle(Request::KeepCorrections(vec![copied]));
    load_release(&mut next, FINE);
    let marks = opened_marks(&next.open(contents(vec![series("a", 9)])));
    assert_eq!(marks[2], Mark::Accepted, "the pancreas before the model has run");
    let job = next.next_volume_job(0).unwrap();
    next.finish(super::done_with(job.opening, labels));
    measured(&mut next);
    next.handle(Request::ChooseOrgan { label: LIVER });
    assert_eq!(mask(&mut next), liver);
}

#[test]
fn corrections_of_a_key_with_umlauts_and_slashes_are_saved_under_a_plain_name() {
    let mut first = session();
    first.open(contents(vec![series("a", 5)]));
    finish_all(&mut first);
    draw(&mut first, 1, Acceptance::Accepted);
    let mut next = session();
    // Eight bytes of it end within a letter.
    next.handle(Request::KeepCorrections(vec![SeriesCorrections { key: "aäö/äöü".into(), ..copy(&mut first) }]));
    let [Response::File { name, .. }] = &next.handle(Request::ExportKept)[..] else { panic!("one file is expected") };
    assert_eq!(name, "islet_a_______pancreas_corrections.zip");
}

#[test]
fn corrections_whose_series_cannot_be_opened_are_saved_and_come_back_with_the_series() {
    let mut first = session();
    first.open(contents(vec![series("a", 5)]));
    finish_all(&mut first);
    draw(&mut first, 1, Acceptance::Accepted);
    draw(&mut first, 3, Acceptance::Accepted);
    settle(&mut first);
    let is_accepted = first.handle(Request::AcceptPlane { plane: Plane::Coronal, index: 30 });
    assert!(!is_accepted.iter().any(|response| matches!(response, Response::Failed(_))), "{is_accepted:?}");
    let copied = copy(&mut first);
    let mut next = session();
    assert!(next.handle(Request::ExportKept).is_empty());
    next.handle(Request::KeepCorrections(vec![copied]));
    let [Response::File { name, bytes }] = &next.handle(Request::ExportKept)[..] else {
        panic!("one file is expected")
    };
    assert!(name.starts_with("islet_") && name.ends_with("_pancreas_corrections.zip"), "{name}");
    let mut importer = Importer::new();
    importer.add(name, bytes);
    let Contents { labels, refused, .. } = importer.finish();
    assert!(refused.is_empty(), "{refused:?}");
    let mut later = session();
    let marks = opened_marks(&later.open(Contents { series: vec![series("a", 5)], labels, ..Contents::default() }));
    let in_part = Mark::Corrected;
    assert_eq!(marks, [in_part, Mark::Accepted, in_part, Mark::Accepted, in_part], "the plane crosses all slices");
    finish_all(&mut later);
    // What follows from the accepted slices takes its time.
    measured(&mut first);
    measured(&mut later);
    assert_eq!(mask(&mut later), mask(&mut first));
}

#[test]
fn a_copy_of_the_model_is_the_model() {
    let mut first = session();
    let [Response::ModelBackUp { name, bytes }] = &first.handle(Request::BackUpModel)[..] else { panic!("no copy") };
    assert_eq!(&bytes[..], first.model().0);
    assert!(name.ends_with(".safetensors"), "{name} is opened as a model");
}

#[test]
fn a_copy_for_a_series_that_is_open_replaces_its_corrections_and_undo_brings_them_back() {
    let mut first = session();
    first.open(contents(vec![series("a", 5)]));
    finish_all(&mut first);
    draw(&mut first, 1, Acceptance::Accepted);
    let saved = copy(&mut first);
    let wanted = mask(&mut first);

    let mut open = session();
    open.open(contents(vec![series("a", 5)]));
    finish_all(&mut open);
    draw(&mut open, 3, Acceptance::Draft);
    let before = mask(&mut open);
    let responses = open.handle(Request::KeepCorrections(vec![saved.clone()]));
    let marks = responses.iter().find_map(|response| match response {
        Response::Changed { marks, .. } => Some(marks.clone()),
        _ => None,
    });
    assert_eq!(marks.expect("told"), [Mark::None, Mark::Accepted, Mark::None, Mark::None, Mark::None]);
    assert_eq!(mask(&mut open), wanted);
    open.handle(Request::Undo);
    assert_eq!(mask(&mut open), before);
    // A damaged copy changes nothing.
    let mut damaged = saved;
    damaged.organs[0].bytes.truncate(20);
    assert!(matches!(open.handle(Request::KeepCorrections(vec![damaged]))[..], [Response::Failed(_)]));
    assert_eq!(mask(&mut open), before);
}
