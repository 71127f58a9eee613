//! How masks are made of what the network says, and why it says so.

use super::{answer, axial, contents, opened, series, session};
use islet::app::protocol::{
    Ablation, Checked, InferJob, InferMode, MapInputs, MapKind, MaskSettings, MasksUpdated, Request, Response,
    ReviewBasis, ReviewList, SliceMap, from_bytes,
};
use islet::app::session::Session;
use islet::imaging::edit::Edit;
use islet::imaging::edit::{Acceptance, UndoStep};

const AREA: usize = 64 * 48;

/// Finishes every job with what `says` says, `[size, size]`.
fn finish(session: &mut Session, says: impl Fn(&InferJob) -> Vec<f32>) -> Vec<Response> {
    let mut responses = Vec::new();
    while let Some(job) = session.next_job() {
        responses.extend(session.finish(answer(&job, &says(&job))));
    }
    responses
}

/// Squares of the network's grid where it is sure: first row, first column, side.
fn squares(job: &InferJob, squares: &[[usize; 3]]) -> Vec<f32> {
    let size = job.size_px;
    let inside =
        |i: usize, [y, x, side]: [usize; 3]| (y..y + side).contains(&(i / size)) && (x..x + side).contains(&(i % size));
    (0..size * size).map(|i| if squares.iter().any(|square| inside(i, *square)) { 1.0 } else { 0.0 }).collect()
}

/// Rises to 1 from left to right.
fn ramp(job: &InferJob) -> Vec<f32> {
    (0..job.size_px * job.size_px).map(|i| (i % job.size_px) as f32 / (job.size_px - 1) as f32).collect()
}

fn remade(responses: &[Response]) -> MasksUpdated {
    let last = responses.iter().rev().find_map(|r| match r {
        Response::MasksUpdated(remade) => Some(remade.clone()),
        _ => None,
    });
    last.unwrap_or_else(|| panic!("nothing was made anew: {responses:?}"))
}

/// Makes masks in another way, and what became of them once all are made.
fn set(session: &mut Session, settings: MaskSettings) -> MasksUpdated {
    let mut now = remade(&session.handle(Request::Set(settings)));
    while now.more {
        now = remade(&session.recompute_masks());
    }
    now
}

fn mask(session: &mut Session) -> Vec<u8> {
    match &session.handle(Request::Mask)[..] {
        [Response::Mask { labels, .. }] => labels.clone(),
        other => panic!("{other:?}"),
    }
}

fn total(remade: &MasksUpdated) -> usize {
    remade.pixels.iter().flatten().sum()
}

#[test]
fn another_threshold_makes_other_masks_and_the_old_one_the_old() {
    let mut session = session();
    session.open(contents(vec![series("a", 30)]));
    finish(&mut session, ramp);
    let before = mask(&mut session);
    let mut last = usize::MAX;
    for threshold in [0.2, 0.45, 0.5, 0.51, 0.8] {
        let now = set(&mut session, MaskSettings { threshold, ..MaskSettings::default() });
        let labels = mask(&mut session);
        let count = labels.iter().filter(|label| **label != 0).count();
        assert_eq!(total(&now), count, "what is counted is what is taken away");
        assert!(count < last, "{count} voxels at {threshold}, {last} below");
        // The ramp crosses the threshold at column 223 t of the input, which lies 0.75 slice pixels a column around column 23.5.
        let first = (23.5 + 0.75 * (223.0 * f64::from(threshold) - 111.5)).max(0.0).ceil() as usize;
        assert_eq!(count, 30 * 64 * (48 - first.min(48)), "at {threshold}");
        last = count;
    }
    assert_eq!(total(&set(&mut session, MaskSettings::default())), before.iter().filter(|label| **label != 0).count());
    assert_eq!(mask(&mut session), before);
}

#[test]
fn the_slice_looked_at_comes_first_and_the_newest_wish_wins() {
    let mut session = session();
    session.open(contents(vec![series("a", 60)]));
    finish(&mut session, ramp);
    session.handle(axial(40));
    let first = remade(&session.handle(Request::Set(MaskSettings { threshold: 0.49, ..MaskSettings::default() })));
    let changed = |now: &MasksUpdated, than: usize| now.pixels.iter().filter(|p| **p != Some(than)).count();
    let old = first.pixels[0].unwrap();
    assert!(first.more && first.slice == 40 && first.pixels[40] != Some(old));
    assert_eq!(changed(&first, old), 1);
    assert!(session.handle(Request::Mask).is_empty(), "not before every mask is made");
    let piece = remade(&session.recompute_masks());
    assert!(piece.more && piece.mask.is_none() && (2..60).contains(&changed(&piece, old)));
    let newest = set(&mut session, MaskSettings { threshold: 0.52, ..MaskSettings::default() });
    assert!(newest.pixels.iter().all(|pixels| *pixels == newest.pixels[40] && *pixels != Some(old)));
    let rest = session.recompute_masks();
    assert!(rest.iter().all(|response| matches!(response, Response::Organs(_))), "{rest:?}");
}

#[test]
fn the_clean_up_keeps_the_largest_piece_and_what_a_person_made() {
    let mut session = session();
    session.open(contents(vec![series("a", 5)]));
    // A large piece on slices 0 to 2, a small one on slices 1 and 4.
    let says = |job: &InferJob| {
        let large = [100, 90, 24];
        let small = [100, 132, 5];
        squares(job, [&[large][..], &[large, small], &[large], &[], &[small]][job.slice])
    };
    finish(&mut session, says);
    let raw = set(&mut session, MaskSettings::default());
    assert_eq!(raw.removed, 0);
    let clean = set(&mut session, MaskSettings { clean_up: true, ..MaskSettings::default() });
    let (large, small) = (raw.pixels[0].unwrap(), raw.pixels[4].unwrap());
    assert!(large > 10 * small && small > 4);
    assert_eq!(clean.pixels, [large, large, large, 0, 0].map(Some));
    assert_eq!(clean.removed, 2 * small);
    let labels = mask(&mut session);
    assert_eq!(labels.iter().filter(|label| **label != 0).count(), total(&clean), "the mask is taken away clean");
    // A person looks at the small piece and takes it for right: it stays, but alone it is not the largest.
    session.handle(Request::Set(MaskSettings::default()));
    let responses = session.handle(Request::Accept { slice: 4, acceptance: Acceptance::Accepted });
    assert!(!responses.iter().any(|r| matches!(r, Response::MasksUpdated(_))), "nothing is cleaned up");
    let clean = set(&mut session, MaskSettings { clean_up: true, ..MaskSettings::default() });
    assert_eq!((clean.pixels, clean.removed), ([large, large, large, 0, small].map(Some).to_vec(), small));
    // A bridge that a person draws joins what it touches: with the large piece erased, the small ones are the largest.
    session.handle(Request::Set(MaskSettings::default()));
    for slice in [0, 2] {
        session.handle(Request::Edit { slice, edit: Edit::Clear, step: UndoStep::New });
    }
    let clean = set(&mut session, MaskSettings { clean_up: true, ..MaskSettings::default() });
    assert_eq!(clean.pixels, [0, large, 0, 0, small].map(Some), "corrected slices are as they were left");
    let off = set(&mut session, MaskSettings::default());
    assert_eq!(off.pixels, [0, large + small, 0, 0, small].map(Some));
}

#[test]
fn mirrored_input_that_is_the_same_disagrees_nowhere() {
    let mut session = session();
    session.open(contents(vec![series("a", 4)]));
    finish(&mut session, |job| squares(job, &[[100, 100, 24]]));
    session.handle(Request::CheckMirrored { on: true });
    let responses = finish(&mut session, |job| {
        assert_eq!(job.ask, InferMode::Mirrored);
        squares(job, &[[100, 100, 24]])
    });
    let done =
        responses.iter().rev().find_map(|r| if let Response::Checked(checked) = r { Some(*checked) } else { None });
    assert_eq!(done, Some(Checked { done: 4, running: false }));
    let first = responses.iter().find_map(|r| match r {
        Response::Review(review) => Some(review.clone()),
        _ => None,
    });
    assert_eq!(first, Some(ReviewList { slices: Vec::new(), basis: ReviewBasis::MirroredInput }), "nothing to look at");
    let map = session.handle(Request::Map { slice: 2, kind: Some(MapKind::Uncertainty) });
    let [Response::Map(SliceMap { slice: 2, inputs: MapInputs::OriginalAndMirrored, map, .. })] = &map[..] else {
        panic!("{map:?}")
    };
    assert!(map.iter().all(|value| *value == 1), "a map of zeros");
}

#[test]
fn the_mirrored_input_is_the_input_mirrored_and_its_answer_is_mirrored_back() {
    let mut session = session();
    session.open(contents(vec![series("a", 4)]));
    let mut inputs = vec![Vec::new(); 4];
    while let Some(job) = session.next_job() {
        inputs[job.slice] = from_bytes::<f32>(&job.input);
        session.finish(answer(&job, &squares(&job, &[[100, 90, 20]])));
    }
    session.handle(Request::CheckMirrored { on: true });
    let mut seen = Vec::new();
    let mut responses = Vec::new();
    while let Some(job) = session.next_job() {
        let (size, input) = (job.size_px, from_bytes::<f32>(&job.input));
        let same = (0..input.len()).all(|i| input[i] == inputs[job.slice][i / size * size + size - 1 - i % size]);
        assert!(same && input != inputs[job.slice], "slice {}", job.slice);
        // Mirrored, the same square starts at column 224 - 20 - 90; on slice 1 it is found twelve columns farther.
        let x = 224 - 20 - 90 - if job.slice == 1 { 12 } else { 0 };
        responses.extend(session.finish(answer(&job, &squares(&job, &[[100, x, 20]]))));
        seen.push(job.slice);
        if seen.len() == 2 {
            // Stopped, and taken up again where it was.
            session.handle(Request::CheckMirrored { on: false });
            assert!(session.next_job().is_none());
            session.handle(Request::CheckMirrored { on: true });
        }
    }
    seen.sort_unstable();
    assert_eq!(seen, [0, 1, 2, 3], "each once");
    let first = responses.iter().rev().find_map(|r| match r {
        Response::Review(ReviewList { slices, basis: ReviewBasis::MirroredInput }) => Some(slices.clone()),
        _ => None,
    });
    assert_eq!(first, Some(vec![1]), "the slice where they disagree");
    // The mean is 1 where both are, from column 102 to 109 of the input, and a half beside. At a threshold of 0.6 it is cut at columns 101.2
    // and 109.8, which are columns 15.8 and 22.2 of the slice; the square alone at 89.6 and 109.4, which are 7.1 and 21.9.
    let alone = set(&mut session, MaskSettings { threshold: 0.6, ..MaskSettings::default() });
    let mean = set(&mut session, MaskSettings { threshold: 0.6, mean: true, ..MaskSettings::default() });
    assert_eq!((alone.pixels[0], alone.pixels[1]), (mean.pixels[0], alone.pixels[0]));
    assert_eq!(alone.pixels[1].unwrap() * 7, mean.pixels[1].unwrap() * 14, "columns 8 to 21, and 16 to 22");
}

#[test]
fn a_gate_held_open_says_what_changes_and_by_how_much() {
    let mut session = session();
    session.open(contents(vec![series("a", 3)]));
    finish(&mut session, |job| squares(job, &[[100, 100, 24]]));
    let mask = mask(&mut session);
    session.handle(Request::Ablate { slice: 2, gate: 0 });
    session.handle(Request::Ablate { slice: 1, gate: 1 });
    let job = session.next_job().unwrap();
    assert_eq!((job.slice, job.ask), (1, InferMode::Ablate { gate: 1 }), "only the newest wish");
    let responses = session.finish(answer(&job, &squares(&job, &[[100, 100, 24]])));
    let [Response::Ablated(Ablation { slice: 1, gate: 1, change, pixels, dsc, mean_change })] = &responses[..] else {
        panic!("{responses:?}");
    };
    // The faked network, its gate open, calls everything pancreas.
    let before = mask[AREA..2 * AREA].iter().filter(|label| **label != 0).count();
    assert_eq!(*pixels, [AREA - before, 0]);
    assert_eq!(change.iter().filter(|c| **c == 1).count(), AREA - before);
    assert!((dsc - 2.0 * before as f64 / (before + AREA) as f64).abs() < 1e-12);
    assert!((mean_change.unwrap() - (1.0 - 24.0 * 24.0 / (224.0 * 224.0))).abs() < 1e-6);
}

#[test]
fn the_map_wished_for_comes_when_it_can_and_again_when_it_changes() {
    let mut session = session();
    session.open(contents(vec![series("a", 3)]));
    assert!(session.handle(Request::Map { slice: 2, kind: Some(MapKind::Probability) }).is_empty());
    let maps = |responses: &[Response]| {
        let of = |r: &Response| if let Response::Map(map) = r { Some(map.clone()) } else { None };
        responses.iter().filter_map(of).collect::<Vec<_>>()
    };
    let found = maps(&finish(&mut session, ramp));
    assert_eq!(found.len(), 1, "for its own slice alone");
    assert_eq!((found[0].slice, found[0].kind, found[0].inputs), (2, MapKind::Probability, MapInputs::Original));
    // Column x of the slice is column (x - 23.5) / 0.75 + 111.5 of the input.
    for x in [0, 20, 47] {
        let p = ((f64::from(x) - 23.5) / 0.75 + 111.5) / 223.0;
        let value = f64::from(found[0].map[30 * 48 + x as usize]);
        assert!((value - (1.0 + 254.0 * p)).abs() <= 0.51, "{value} at column {x}, p is {p}");
    }
    let doubt = maps(&session.handle(Request::Map { slice: 2, kind: Some(MapKind::Uncertainty) }));
    assert!(
        doubt[0].inputs == MapInputs::Original && doubt[0].map.iter().max() >= Some(&253),
        "most in doubt where p is a half"
    );
    assert!(session.handle(Request::Map { slice: 2, kind: None }).is_empty());
}

#[test]
fn a_series_keeps_its_settings_while_another_is_shown() {
    let mut session = session();
    session.open(contents(vec![series("large", 4), series("small", 2)]));
    finish(&mut session, ramp);
    set(&mut session, MaskSettings { threshold: 0.7, ..MaskSettings::default() });
    let other = session.handle(Request::Choose { series: 1 });
    assert!(matches!(&other[..], [Response::Opened { settings, .. }] if *settings == MaskSettings::default()));
    let back = session.handle(Request::Choose { series: 0 });
    assert!(matches!(&back[0], Response::Opened { settings, .. } if settings.threshold == 0.7));
    assert_eq!(opened(&back[..1]).unlike.len(), 2, "a small body without air below: {:?}", opened(&back[..1]).unlike);
}
