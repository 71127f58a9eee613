//! Labels beside a series: the truth that masks are compared with, and corrections that come back.

use islet::app::protocol::{Mark, PlaneView, Request, Response, TruthInfo};
use islet::app::session::Session;
use islet::core::error::UserError;
use islet::core::mask::Mask;
use islet::core::volume::{Geometry, Orientation};
use islet::formats::{Contents, Importer, dataset, nifti};
use islet::imaging::metrics::Overlap;

use crate::datasets::with_ignore;

use super::{CT82, axial, contents, finish_all, series, session};

/// What was dropped, under these names.
pub(super) fn dropped(files: &[(&str, Vec<u8>)]) -> Contents {
    let mut intake = Importer::new();
    files.iter().for_each(|(name, bytes)| intake.add(name, bytes));
    intake.finish()
}

/// Bright pixels in the upper half of the file, and air.
fn label(depth: usize) -> Mask {
    let inside = |i: usize| u8::from(i % 48 >= 24 && i / 48 % 64 < 40);
    Mask { labels: (0..depth * 64 * 48).map(inside).collect(), dims: [depth, 64, 48] }
}

fn last_truth(responses: &[Response]) -> TruthInfo {
    let truth = |response: &Response| match response {
        Response::Truth(truth) => Some(truth.clone()),
        _ => None,
    };
    responses.iter().rev().find_map(truth).unwrap_or_else(|| panic!("no truth in {responses:?}"))
}

/// The mask of the series shown, in file order.
fn mask(session: &mut Session) -> Vec<u8> {
    match session.handle(Request::Mask).remove(0) {
        Response::Mask { labels, .. } => labels,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_label_dropped_after_its_series_is_compared_with_what_is_shown() {
    let mut session = session();
    session.open(contents(vec![series("a", 3)]));
    let responses = finish_all(&mut session);
    assert!(!responses.iter().any(|r| matches!(r, Response::Truth(_))), "nothing to compare with yet");
    let file = nifti::write_mask(&label(3), Some(&CT82));
    let responses = session.open(dropped(&[("label.nii.gz", file)]));
    let truth = last_truth(&responses);
    assert_eq!((truth.name.as_str(), truth.slices), ("label.nii.gz", 3));
    assert_eq!(truth.overlap, Overlap::of(&mask(&mut session), &label(3).labels), "as both are in file order");

    let responses = session.handle(axial(1));
    let [Response::View(PlaneView { truth: Some(labels), .. })] = &responses[..] else { panic!("{responses:?}") };
    let shown = label(3).view(&Orientation::axial(&CT82));
    assert_eq!(labels.as_slice(), shown.slice(1), "upright, as the picture is");

    // What a person makes of it counts at once, and undo takes it back.
    let responses = session.handle(Request::Correct { labels: label(3).labels, slices: vec![0, 1, 2] });
    assert_eq!(last_truth(&responses).overlap.dsc(), 1.0);
    assert_eq!(last_truth(&session.handle(Request::Undo)).overlap, truth.overlap);

    // It can become the mask, to be corrected further, as one step.
    let responses = session.handle(Request::TakeTruth);
    assert!(responses.iter().any(|response| matches!(response, Response::MaskEdited { slices: 1.. })));
    assert_eq!(mask(&mut session), label(3).labels);
    assert_eq!(last_truth(&session.handle(Request::Undo)).overlap, truth.overlap);
    let responses = session.handle(Request::OpenSample { seed: 1 });
    assert!(!responses.iter().any(|r| matches!(r, Response::Truth(_))), "it went with its series");
}

#[test]
fn a_label_beside_its_series_counts_as_slices_come_in_whatever_its_axes() {
    // The same voxels, stored from the other end and with rows and columns exchanged.
    let to = Orientation { source: [0, 2, 1], flip: [true, false, true] };
    let turned = label(4).view(&to);
    let [x, y, z] = [[2.0, 0.0, 0.0], [0.0, -2.0, 0.0], [0.0, 0.0, -5.0]];
    // Column steps run as rows did, backwards; rows as columns did; slices from the last.
    let origin = CT82.position_mm([3.0, 63.0, 0.0]);
    let affine = [0, 1, 2].map(|r| [-y[r], x[r], -z[r], origin[r]]);
    let file = nifti::write_mask(&turned, Some(&Geometry { affine }));
    let image = nifti::write_volume(&series("a", 4).volume);
    let mut session = session();
    let responses = session.open(dropped(&[("a.nii.gz", image), ("turned.nii.gz", file)]));
    assert_eq!(last_truth(&responses).slices, 0);
    let mut seen = Vec::new();
    for response in finish_all(&mut session) {
        if let Response::Truth(truth) = response {
            seen.push(truth.slices);
        }
    }
    assert_eq!(seen, [1, 2, 3, 4]);
    let responses = session.handle(Request::Choose { series: 0 });
    assert_eq!(last_truth(&responses).overlap, Overlap::of(&mask(&mut session), &label(4).labels));
}

#[test]
fn a_label_that_lies_nowhere_is_refused_and_nothing_is_lost() {
    let mut session = session();
    let elsewhere = nifti::write_mask(&label(2), Some(&CT82));
    let alone = session.open(dropped(&[("label.nii.gz", elsewhere.clone())]));
    let says = |refusal: &UserError| refusal.subject == "label.nii.gz" && refusal.reason.contains("48 x 64 x 2 voxels");
    assert!(matches!(&alone[..], [Response::Failed(refusal)] if says(refusal)), "{alone:?}");
    session.open(contents(vec![series("a", 3)]));
    let responses = session.open(dropped(&[("label.nii.gz", elsewhere.clone())]));
    assert!(matches!(&responses[..], [Response::Failed(refusal)] if says(refusal)), "{responses:?}");
    // Beside another image it is left out and named.
    let image = nifti::write_volume(&series("b", 3).volume);
    let responses = session.open(dropped(&[("b.nii.gz", image), ("label.nii.gz", elsewhere)]));
    let [Response::Opened { refused, .. }] = &responses[..] else { panic!("{responses:?}") };
    assert!(says(&refused[0]), "{refused:?}");
}

#[test]
fn the_series_that_a_label_belongs_to_is_shown() {
    let mut session = session();
    session.open(contents(vec![series("large", 4), series("small", 2)]));
    let responses = session.open(dropped(&[("label.nii.gz", nifti::write_mask(&label(2), Some(&CT82)))]));
    let [Response::Opened { shown: 1, .. }, Response::Truth(_)] = &responses[..] else { panic!("{responses:?}") };
}

#[test]
fn saved_corrections_open_the_series_with_its_accepted_slices() {
    let zip = dataset::write("case", &series("a", 4).volume, &with_ignore(&label(4), &[false, true, false, true]));
    let mut session = session();
    let responses = session.open(dropped(&[("islet_corrections.zip", zip)]));
    let [Response::Opened { study, marks, pixels, .. }, Response::Propagation(_)] = &responses[..] else {
        panic!("{responses:?}")
    };
    assert_eq!(marks[..], [Mark::None, Mark::Accepted, Mark::None, Mark::Accepted]);
    assert_eq!(pixels[1], Some(24 * 40));
    assert!(
        study.notes.iter().any(|note| note.to_string().starts_with("2 slices are accepted already")),
        "{:?}",
        study.notes
    );
    finish_all(&mut session);
    // The slices between are completed from them first.
    while session.has_outdated_masks() {
        session.recompute_masks();
    }
    let mask = mask(&mut session);
    assert_eq!(mask[64 * 48..2 * 64 * 48], label(4).slice(1)[..]);
}

#[test]
fn what_is_not_opened_is_listed_after_what_can_be_chosen() {
    use islet::formats::Listed;
    let listed = Listed {
        name: "Scout".into(),
        files: vec!["s.dcm".into()],
        reason: "it is a localizer".into(),
        hint: "None".into(),
    };
    let mut session = session();
    let responses =
        session.open(Contents { series: vec![series("a", 2)], listed: vec![listed.clone()], ..Contents::default() });
    let [Response::Opened { series: offered, .. }] = &responses[..] else { panic!("{responses:?}") };
    assert_eq!((offered.len(), offered[1].why_not.clone()), (2, Some("it is a localizer".into())));
    assert!(offered[1].thumbnail.is_none());
    let small = offered[0].thumbnail.as_ref().unwrap();
    // 64 x 48 pixels of 2 mm; upright: the air of the file's first rows is below.
    assert_eq!((small.height, small.width, small.grey.len()), (48, 36, 48 * 36));
    assert_eq!((small.grey[47 * 36], small.grey[0], small.grey[35]), (0, 102, 166));
    assert!(session.handle(Request::Choose { series: 1 }).is_empty());
    let alone = session.open(Contents { listed: vec![listed], ..Contents::default() });
    assert!(matches!(&alone[..], [Response::Failed(refusal)] if refusal.subject == "Scout"), "{alone:?}");
}
