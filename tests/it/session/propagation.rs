//! The masks of the other slices that follow from accepted ones.

use islet::app::protocol::{
    CompletionInfo, MaskSettings, MaskSource, PropagationInfo, PropagationProgress, Request, Response, ReviewBasis,
};
use islet::app::session::Session;
use islet::core::volume::Volume;
use islet::formats::Series;
use islet::imaging::edit::Acceptance;

use super::{answer, contents, finish_all, opened, series, session};

const DEPTH: usize = 9;
const AREA: usize = 64 * 48;

/// A session whose prediction is done.
fn ready() -> Session {
    let mut session = session();
    opened(&session.open(contents(vec![series("a", DEPTH)])));
    finish_all(&mut session);
    session
}

/// Accepts a square on slices, in file order, as scripts do.
fn accept(session: &mut Session, slices: &[usize]) -> Vec<Response> {
    let square = |i: usize| (30..50).contains(&(i / 48 % 64)) && (6..20).contains(&(i % 48));
    let labels = (0..DEPTH * AREA).map(|i| u8::from(square(i))).collect();
    session.handle(Request::Correct { labels, slices: slices.to_vec() })
}

/// Does all that the shell would do meanwhile.
pub(super) fn settle(session: &mut Session) -> Vec<Response> {
    let mut responses = Vec::new();
    while session.has_outdated_masks() {
        responses.extend(session.recompute_masks());
    }
    responses
}

fn told(responses: &[Response]) -> Option<PropagationInfo> {
    responses.iter().rev().find_map(|response| match response {
        Response::Propagation(info) => Some(*info),
        _ => None,
    })
}

pub(super) fn mask(session: &mut Session) -> Vec<u8> {
    settle(session);
    session
        .handle(Request::Mask)
        .into_iter()
        .find_map(|response| match response {
            Response::Mask { labels, .. } => Some(labels),
            _ => None,
        })
        .expect("a mask")
}

fn count(labels: &[u8], slice: usize) -> usize {
    labels[slice * AREA..][..AREA].iter().filter(|&&label| label != 0).count()
}

#[test]
fn the_next_slice_is_where_a_model_that_was_right_says_that_the_organ_goes_on() {
    // The network calls the same half of every slice pancreas, over 145 mm; masks from accepted slices end 20 mm beyond them.
    let mut session = session();
    opened(&session.open(contents(vec![series("long", 30)])));
    finish_all(&mut session);
    let next_after = |session: &mut Session, labels: Vec<u8>| {
        let mut responses = session.handle(Request::Correct { labels, slices: vec![2, 4] });
        responses.extend(settle(session));
        let last = responses.iter().rev().find_map(|response| match response {
            Response::Review(list) if list.basis == ReviewBasis::AcceptedSlices => Some(list.slices[0]),
            _ => None,
        });
        last.expect("a list")
    };
    let right = mask(&mut session);
    let next = next_after(&mut session, right);
    assert!(next > 12, "slice {next} of 30");
    // A model that was wrong about the accepted slices says nothing about the others.
    let wrong = (0..30 * AREA).map(|i| u8::from((22..28).contains(&(i / 48 % 64)) && i % 48 < 5)).collect();
    let next = next_after(&mut session, wrong);
    assert!(next <= 12, "slice {next} of 30");
}

#[test]
fn a_model_has_a_say_once_it_has_spoken_and_the_page_is_told() {
    let mut session = session();
    opened(&session.open(contents(vec![series("long", 30)])));
    // The half of every slice that the network will call pancreas.
    let mut other = ready();
    let half = mask(&mut other)[..AREA].to_vec();
    session.handle(Request::Correct { labels: half.repeat(30), slices: vec![2, 4] });
    let info = told(&settle(&mut session)).expect("masks");
    assert!(!info.hears_model && info.progress == PropagationProgress::Done, "{info:?}");
    let responses = [finish_all(&mut session), settle(&mut session)].concat();
    let info = told(&responses).expect("other masks");
    assert!(info.hears_model && info.progress == PropagationProgress::Done, "{info:?}");
    let heard = mask(&mut session);
    assert!(count(&heard, 25) > AREA / 4, "105 mm beyond the accepted slices");
    // Another threshold is another mask of the model, which is heard anew.
    session.handle(Request::Set(MaskSettings { threshold: 0.4, ..MaskSettings::default() }));
    assert!(told(&settle(&mut session)).is_some());
}

#[test]
fn two_accepted_slices_complete_the_others_and_undo_brings_the_old_masks_back() {
    let mut session = ready();
    let before = mask(&mut session);
    assert_eq!(told(&accept(&mut session, &[2])), None, "one slice leads nowhere");
    let after_one = mask(&mut session);
    let responses = accept(&mut session, &[6]);
    assert_eq!(told(&responses).map(|info| info.progress), Some(PropagationProgress::Running));
    let done = PropagationInfo {
        progress: PropagationProgress::Done,
        accepted: 2,
        hears_model: true,
        shown: MaskSource::AcceptedSlices,
    };
    assert_eq!(told(&settle(&mut session)), Some(done));
    let completed = mask(&mut session);
    assert_eq!(count(&completed, 2), 20 * 14, "as accepted");
    let middle = count(&completed, 4);
    assert!((200..=360).contains(&middle), "{middle} pixels between two squares of 280");
    assert_ne!(count(&completed, 4), count(&before, 4));
    session.handle(Request::Undo);
    assert_eq!(mask(&mut session), after_one);
    session.handle(Request::Redo);
    assert_eq!(mask(&mut session), completed);
}

#[test]
fn the_masks_of_the_model_are_one_request_away() {
    let mut session = ready();
    let predicted = mask(&mut session);
    accept(&mut session, &[2, 6]);
    let completed = mask(&mut session);
    let shown = told(&session.handle(Request::ShowMasks { source: MaskSource::Model })).map(|info| info.shown);
    assert_eq!(shown, Some(MaskSource::Model));
    let modelled = mask(&mut session);
    assert_eq!(count(&modelled, 4), count(&predicted, 4));
    assert_eq!(count(&modelled, 2), 20 * 14, "corrections stay");
    session.handle(Request::ShowMasks { source: MaskSource::AcceptedSlices });
    assert_eq!(mask(&mut session), completed);
}

#[test]
fn the_last_masks_stay_while_new_ones_are_computed_and_a_withdrawn_slice_ends_it() {
    let mut session = ready();
    accept(&mut session, &[2, 6]);
    let first = mask(&mut session);
    accept(&mut session, &[4]);
    let pixels = session.handle(super::axial(3)).into_iter().find_map(|response| match response {
        Response::View(view) => view.mask.map(|mask| mask.iter().filter(|&&label| label != 0).count()),
        _ => None,
    });
    assert_eq!(pixels, Some(count(&first, 3)));
    settle(&mut session);
    for slice in [4, 6] {
        session.handle(Request::Accept { slice, acceptance: Acceptance::Draft });
    }
    let responses = settle(&mut session);
    assert!(told(&responses).is_none(), "it was off already");
    assert_eq!(told(&session.handle(Request::Accept { slice: 2, acceptance: Acceptance::Draft })), None);
}

fn completion(responses: &[Response]) -> Option<CompletionInfo> {
    responses.iter().rev().find_map(|response| match response {
        Response::Completion(info) => Some(info.clone()),
        _ => None,
    })
}

/// A series with a bright rod that moves along the rows, so that nothing but the image says where it is; and its labels.
/// Both are in file order.
fn moving_rod() -> (Series, Vec<u8>) {
    let rod = |i: usize| {
        let (z, y, x) = (i / AREA, i / 48 % 64, i % 48);
        (20 + 3 * z..36 + 3 * z).contains(&y) && (6..20).contains(&x)
    };
    let labels: Vec<u8> = (0..DEPTH * AREA).map(|i| u8::from(rod(i))).collect();
    let hu = labels.iter().map(|&label| if label == 1 { 100 } else { -80 }).collect();
    let mut series = series("rod", DEPTH);
    series.volume = Volume { hu, ..series.volume };
    (series, labels)
}

#[test]
fn ways_to_complete_the_slices_are_judged_on_slices_left_out_and_the_best_is_shown() {
    let mut session = session();
    let (rod, labels) = moving_rod();
    opened(&session.open(contents(vec![rod])));
    // A model that finds nothing on any slice.
    while let Some(job) = session.next_job() {
        let area = job.size_px * job.size_px;
        session.finish(answer(&job, &vec![0.0; area]));
    }
    session.handle(Request::Correct { labels: labels.clone(), slices: vec![1, 4, 7] });
    settle(&mut session);
    let begun = completion(&session.handle(Request::Complete)).expect("it begins");
    assert_eq!((begun.done, begun.total, begun.ways.len()), (0, 1, 0));
    let info = completion(&settle(&mut session)).expect("it ends");
    assert_eq!((info.done, info.total, info.best), (1, 1, Some(MaskSource::AcceptedSlices)));
    let way = |source| *info.ways.iter().find(|way| way.source == source).expect("every way is judged");
    let propagated = way(MaskSource::AcceptedSlices);
    assert!(propagated.dsc.unwrap() > 0.9, "{propagated:?}");
    assert_eq!(way(MaskSource::Model).dsc, Some(0.0));
    // Interpolated between [23, 39) and [41, 57) there is next to nothing: the masks do not overlap.
    assert!(way(MaskSource::Interpolation).dsc.unwrap() < 0.5);
    assert!(way(MaskSource::Model).is_doubtful, "it has nothing between the accepted slices");
    let shown = mask(&mut session).iter().filter(|&&label| label != 0).count();
    assert_eq!(propagated.voxels, shown);
    // Interpolated masks can be shown too, and are those that were counted.
    session.handle(Request::ShowMasks { source: MaskSource::Interpolation });
    let interpolated = mask(&mut session);
    assert_eq!(interpolated.iter().filter(|&&label| label != 0).count(), way(MaskSource::Interpolation).voxels);
    assert_eq!(count(&interpolated, 4), 16 * 14, "accepted slices stay");
    assert_eq!(count(&interpolated, 8), 0, "nothing beyond the last one");
}

#[test]
fn two_accepted_slices_are_too_few_to_judge_by_and_a_change_ends_the_comparison() {
    let mut session = ready();
    accept(&mut session, &[2, 6]);
    settle(&mut session);
    assert_eq!(completion(&session.handle(Request::Complete)), None);
    accept(&mut session, &[4]);
    settle(&mut session);
    assert!(completion(&session.handle(Request::Complete)).is_some());
    accept(&mut session, &[5]);
    assert_eq!(completion(&settle(&mut session)), None, "it was about other slices");
}
