//! The masks of the other slices that follow from accepted ones.

use islet::app::protocol::{MaskSource, PropagationInfo, PropagationProgress, Request, Response};
use islet::app::session::Session;
use islet::imaging::edit::Acceptance;

use super::{contents, finish_all, opened, series, session};

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
fn settle(session: &mut Session) -> Vec<Response> {
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

fn mask(session: &mut Session) -> Vec<u8> {
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
fn two_accepted_slices_complete_the_others_and_undo_brings_the_old_masks_back() {
    let mut session = ready();
    let before = mask(&mut session);
    assert_eq!(told(&accept(&mut session, &[2])), None, "one slice leads nowhere");
    let after_one = mask(&mut session);
    let responses = accept(&mut session, &[6]);
    assert_eq!(told(&responses).map(|info| info.progress), Some(PropagationProgress::Running));
    let done = PropagationInfo { progress: PropagationProgress::Done, accepted: 2, shown: MaskSource::AcceptedSlices };
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
