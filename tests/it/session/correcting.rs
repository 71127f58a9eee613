//! Corrections: kept apart from the prediction, undone across slices, taken away and brought back.

use super::{answer, contents, finish_all, opened, series, session};
use islet::app::protocol::{Mark, ModelChoice, Navigation, Request, Response};
use islet::app::session::Session;
use islet::imaging::edit::{Acceptance, UndoStep};
use islet::imaging::edit::{Edit, Stroke};
use islet::imaging::whole_mask::MaskOperation;

const AREA: usize = 64 * 48;

pub(super) struct Changed {
    pub(super) pixels: Vec<Option<usize>>,
    pub(super) marks: Vec<Mark>,
    pub(super) slice: usize,
    pub(super) mask: Vec<u8>,
    pub(super) navigation: Navigation,
    pub(super) history: [bool; 2],
}

pub(super) fn changed(responses: &[Response]) -> Changed {
    let found = responses.iter().find_map(|response| match response.clone() {
        Response::Changed { pixels, marks, slice, mask, navigation, undo, redo } => {
            let mask = mask.map(|m| m.into_vec()).unwrap_or_default();
            Some(Changed { pixels, marks, slice, mask, navigation, history: [undo, redo] })
        }
        _ => None,
    });
    found.unwrap_or_else(|| panic!("nothing changed: {responses:?}"))
}

/// A dot of one pixel.
fn dot(y: usize, x: usize, erase: bool) -> Edit {
    let at = [y as f32, x as f32];
    Edit::Stroke(Stroke { from: at, to: at, radius_px: 0.0, erase, range_hu: None })
}

/// The slices to look at first, if they are named.
fn first(responses: &[Response]) -> Option<Vec<usize>> {
    responses.iter().find_map(|r| match r {
        Response::Review(review) => Some(review.slices.clone()),
        _ => None,
    })
}

fn ready(depth: usize) -> Session {
    let mut session = session();
    session.open(contents(vec![series("a", depth)]));
    finish_all(&mut session);
    session
}

fn edit(session: &mut Session, slice: usize, edit: Edit) -> Changed {
    changed(&session.handle(Request::Edit { slice, edit, step: UndoStep::New }))
}

#[test]
fn an_edit_starts_from_what_is_shown_and_counts_in_the_volume() {
    let mut session = ready(3);
    let before = changed(&session.handle(Request::Undo)).pixels;
    let after = edit(&mut session, 1, dot(2, 2, false));
    assert_eq!(after.mask[2 * 48 + 2], 1);
    assert_eq!(after.navigation, Navigation::Stay, "whoever has scrolled on meanwhile is not called back");
    assert_eq!(after.pixels[1], before[1].map(|n| n + 1), "one pixel more");
    assert_eq!((after.pixels[0], after.pixels[2]), (before[0], before[2]));
    assert_eq!(after.marks, [Mark::None, Mark::Corrected, Mark::None]);
    let responses = session.handle(Request::Mask);
    let Some(Response::Mask { labels, .. }) = responses.first() else { panic!("{responses:?}") };
    // The file's rows run the other way.
    assert_eq!(labels[AREA + (63 - 2) * 48 + 2], 1, "the mask that is taken away holds the correction");
}

#[test]
fn undo_and_redo_go_across_slices_and_show_where() {
    let mut session = ready(3);
    edit(&mut session, 0, dot(1, 1, false));
    edit(&mut session, 2, dot(1, 1, false));
    let undone = changed(&session.handle(Request::Undo));
    assert_eq!((undone.slice, undone.mask[48 + 1], undone.history), (2, 0, [true, true]));
    assert_eq!(undone.navigation, Navigation::GoToSlice);
    let undone = changed(&session.handle(Request::Undo));
    assert_eq!((undone.slice, undone.mask[48 + 1], undone.history), (0, 0, [false, true]));
    assert!(undone.marks.iter().all(|mark| *mark == Mark::None));
    session.handle(Request::Redo);
    let redone = changed(&session.handle(Request::Redo));
    assert_eq!((redone.slice, redone.mask[48 + 1], redone.history), (2, 1, [true, false]));
}

#[test]
fn a_prediction_can_be_accepted_as_it_is_and_a_correction_discarded() {
    let mut session = ready(2);
    let accepted = changed(&session.handle(Request::Accept { slice: 0, acceptance: Acceptance::Accepted }));
    assert_eq!(accepted.marks[0], Mark::Accepted);
    let touched = edit(&mut session, 0, dot(1, 1, false));
    assert_eq!(touched.marks[0], Mark::Corrected, "an accepted slice that is changed must be accepted again");
    let back = changed(&session.handle(Request::Forget { slice: 0 }));
    assert_eq!((back.marks[0], back.mask[48 + 1]), (Mark::None, 0));
}

#[test]
fn slices_between_two_corrected_ones_are_interpolated() {
    let mut session = ready(5);
    for slice in [0, 4] {
        session.handle(Request::Edit { slice, edit: Edit::Clear, step: UndoStep::New });
        let square = Stroke { from: [30.0, 20.0], to: [30.0, 20.0], radius_px: 6.0, erase: false, range_hu: None };
        session.handle(Request::Edit { slice, edit: Edit::Stroke(square), step: UndoStep::JoinLatest });
    }
    let filled = changed(&session.handle(Request::Interpolate));
    assert!(filled.marks.iter().all(|mark| *mark == Mark::Corrected), "{:?}", filled.marks);
    assert!(filled.pixels.iter().all(|pixels| *pixels == filled.pixels[0]), "the same disc: {:?}", filled.pixels);
    let undone = changed(&session.handle(Request::Undo));
    assert_eq!(undone.marks.iter().filter(|mark| **mark == Mark::None).count(), 3, "one step");
}

#[test]
fn corrections_are_saved_and_come_back_only_to_the_same_grid() {
    let mut session = ready(3);
    edit(&mut session, 1, dot(7, 9, false));
    session.handle(Request::Accept { slice: 1, acceptance: Acceptance::Accepted });
    let saved = session.handle(Request::SaveCorrections);
    let [Response::Corrections { key, bytes }] = &saved[..] else { panic!("{saved:?}") };
    let mut later = ready(3);
    let opened = later.handle(Request::Choose { series: 0 });
    let Some(Response::Opened { study, .. }) = opened.first() else { panic!("{opened:?}") };
    assert_eq!(&study.key, key, "the same images have the same key");
    let back = changed(&later.handle(Request::RestoreCorrections { key: key.clone(), bytes: bytes.clone() }));
    assert_eq!(back.marks, [Mark::None, Mark::Accepted, Mark::None]);
    let mut longer = ready(4);
    let saved = longer.handle(Request::SaveCorrections);
    let [Response::Corrections { key: longer_key, .. }] = &saved[..] else { panic!("{saved:?}") };
    let of_another = Request::RestoreCorrections { key: key.clone(), bytes: bytes.clone() };
    assert!(longer.handle(of_another).is_empty(), "corrections that come late belong to another series");
    let refused = longer.handle(Request::RestoreCorrections { key: longer_key.clone(), bytes: bytes.clone() });
    assert!(matches!(&refused[..], [Response::Failed(_)]), "{refused:?}");
}

#[test]
fn the_next_slice_to_correct_is_one_nobody_has_corrected() {
    let mut session = session();
    session.open(contents(vec![series("a", 4)]));
    let responses = finish_all(&mut session);
    // The fake network is sure of everything, so there is nothing to propose.
    assert!(!responses.iter().any(|r| matches!(r, Response::Review(review) if !review.slices.is_empty())));
    session.open(contents(vec![series("b", 4)]));
    let mut proposed = None;
    while let Some(job) = session.next_job() {
        let doubtful = job.slice == 2;
        let probability = vec![if doubtful { 0.4f32 } else { 0.1 }; job.size_px * job.size_px];
        proposed = proposed.or(first(&session.finish(answer(&job, &probability))));
    }
    assert_eq!(proposed.unwrap()[0], 2, "where the network doubts most");
    let responses = session.handle(Request::Accept { slice: 2, acceptance: Acceptance::Accepted });
    assert!(first(&responses).is_some_and(|slices| !slices.is_empty() && !slices.contains(&2)), "{responses:?}");
}

#[test]
fn corrections_leave_as_a_data_set_that_train_reads() {
    let mut session = ready(4);
    let none = session.handle(Request::ExportCorrections);
    assert!(matches!(&none[..], [Response::Failed(r)] if r.reason.contains("no slice is accepted")), "{none:?}");
    session.handle(Request::Edit { slice: 1, edit: Edit::Clear, step: UndoStep::New });
    edit(&mut session, 2, dot(30, 20, false));
    for slice in [1, 2] {
        session.handle(Request::Accept { slice, acceptance: Acceptance::Accepted });
    }
    let shown = changed(&session.handle(Request::Compare { model: ModelChoice::Current })).pixels;
    let responses = session.handle(Request::ExportCorrections);
    let [Response::File { name, bytes }] = &responses[..] else { panic!("{responses:?}") };
    assert!(name.ends_with("_corrections.zip") && !name.contains("_a_"), "{name} does not name the series");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("corrections.zip");
    std::fs::write(&path, bytes).unwrap();
    let cases = islet::cli::datasets::training_cases::all(&[path], islet::cli::datasets::DatasetLayout::Auto).unwrap();
    let [case] = &cases[..] else { panic!("{} cases", cases.len()) };
    assert_eq!(case.labelled_slices().collect::<Vec<_>>(), [1, 2]);
    let original = {
        let opened = series("a", 4).volume;
        islet::core::volume::Orientation::axial(&opened.geometry.unwrap()).view_volume(opened)
    };
    assert_eq!(case.volume.hu, original.hu, "the same voxels");
    for z in [1, 2] {
        let count = case.truth.slice(z).iter().filter(|&&label| label != 0).count();
        assert_eq!(Some(count), shown[z]);
    }
    assert_eq!(case.truth.slice(2)[30 * 48 + 20], 1);
}

#[test]
fn an_operation_on_the_whole_mask_leaves_accepted_slices_and_is_undone_as_one() {
    let mut session = session();
    opened(&session.open(contents(vec![series("a", 9)])));
    finish_all(&mut session);
    let whole = |session: &mut Session| {
        let responses = session.handle(Request::Mask);
        responses.into_iter().find_map(|response| match response {
            Response::Mask { labels, .. } => Some(labels),
            _ => None,
        })
    };
    let before = whole(&mut session).expect("a mask");
    session.handle(Request::Accept { slice: 4, acceptance: Acceptance::Accepted });
    let grow = Request::EditMask(MaskOperation::Margin { margin_mm: 2.0 });
    let responses = session.handle(grow);
    assert!(responses.iter().any(|response| matches!(response, Response::MaskEdited { slices: 8 })));
    let after = whole(&mut session).expect("a mask");
    let area = 64 * 48;
    for slice in 0..9 {
        let [before, after] = [&before, &after].map(|mask| &mask[slice * area..][..area]);
        let count = |labels: &[u8]| labels.iter().filter(|&&label| label != 0).count();
        match slice {
            4 => assert_eq!(before, after, "it is accepted"),
            _ => assert!(count(after) > count(before), "slice {slice}"),
        }
    }
    session.handle(Request::Undo);
    assert_eq!(whole(&mut session).expect("a mask"), before);
}
