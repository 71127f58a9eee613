//! The page's engine, driven without a page.

mod backup;
mod beside;
mod correcting;
mod measured_files;
mod organ_files;
mod organs;
mod planes;
mod propagation;
mod report;
mod result;
mod surfaces;
mod truth;
mod tuning;
mod volume_explained;
mod volume_open_gate;
mod volume_regions;
mod volumes;

use islet::app::protocol::{
    Export, InferJob, InferMode, JobDone, ModelChoice, OpenSeries, PlaneView, Request, Response, from_bytes, to_bytes,
};
use islet::app::session::Session;
use islet::core::error::UserError;
use islet::core::mask::Mask;
use islet::core::mpr::Plane;
use islet::core::run_length;
use islet::core::volume::{Geometry, Volume};
use islet::formats::{Contents, Importer, Series, dicom, nifti};
use islet::nn::model::weights::ModelFile;

/// As CT-82: rows run to anterior, slices down.
const CT82: Geometry = Geometry { affine: [[2.0, 0.0, 0.0, -64.0], [0.0, -2.0, 0.0, 64.0], [0.0, 0.0, -5.0, 0.0]] };

/// A request for the picture of an axial slice.
fn axial(index: usize) -> Request {
    Request::View { plane: Plane::Axial, index, model: ModelChoice::Current }
}

/// Water below row 20 of the file, air above; brighter where the columns end.
fn series(name: &str, depth: usize) -> Series {
    let dims = [depth, 64, 48];
    let hu = (0..depth * 64 * 48).map(|i| {
        let (y, x) = (i / 48 % 64, i % 48);
        if y < 20 { -1000 } else { (x / 24 * 100) as i16 }
    });
    let volume = Volume { hu: hu.collect(), dims, geometry: Some(CT82), calibrated: true };
    Series { name: name.into(), volume, files: Vec::new(), notes: Vec::new(), identity: None, headers: Vec::new() }
}

fn contents(series: Vec<Series>) -> Contents {
    Contents { series, ..Contents::default() }
}

/// A network that calls every bright pixel pancreas: a threshold on the middle channel.
fn fake(job: &InferJob) -> JobDone {
    let area = job.size_px * job.size_px;
    let input = from_bytes::<f32>(&job.input);
    let probability: Vec<f32> = input[area..2 * area].iter().map(|v| f32::from(u8::from(*v > 0.45))).collect();
    answer(job, &probability)
}

/// What a compute worker answers whose network says this; with a gate held open, that everything is pancreas.
fn answer(job: &InferJob, probability: &[f32]) -> JobDone {
    let opened = if matches!(job.ask, InferMode::Ablate { .. }) { vec![1.0f32; probability.len()] } else { Vec::new() };
    let attention = if job.ask == InferMode::Explain { vec![(2, to_bytes(&[1.0f32; 4]).into())] } else { Vec::new() };
    let (probability, opened) = (to_bytes(probability), to_bytes(&opened));
    JobDone::Inferred { opening: job.opening, slice: job.slice, ask: job.ask, probability, opened, attention }
}

fn session() -> Session {
    let bytes = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/www/models/pancreas.safetensors")).unwrap();
    Session::new(ModelFile::read(&bytes).unwrap(), bytes)
}

fn opened(responses: &[Response]) -> OpenSeries {
    match responses {
        [Response::Opened { study, .. }] => OpenSeries::clone(study),
        other => panic!("expected an opened series, got {other:?}"),
    }
}

fn finish_all(session: &mut Session) -> Vec<Response> {
    let mut responses = Vec::new();
    while let Some(job) = session.next_job() {
        responses.extend(session.finish(fake(&job)));
    }
    responses
}

#[test]
fn slices_are_segmented_nearest_first_and_the_focus_may_move() {
    let mut session = session();
    let study = opened(&session.open(contents(vec![series("a", 9)])));
    assert_eq!((study.dims, study.first_slice), ([9, 64, 48], 4));
    let mut next = || session.next_job().unwrap().slice;
    assert_eq!([next(), next(), next()], [4, 3, 5]);
    session.handle(axial(8));
    assert_eq!([8, 7, 6, 2, 1, 0].map(|_| session.next_job().unwrap().slice), [8, 7, 6, 2, 1, 0]);
    assert!(session.next_job().is_none());
}

#[test]
fn the_mask_comes_back_in_file_order_with_the_files_geometry() {
    let mut session = session();
    session.open(contents(vec![series("a", 3)]));
    assert!(session.handle(Request::Mask).is_empty(), "not before every slice is done");
    session.handle(Request::Export { what: Export::Nifti, at: String::new() });
    let responses = finish_all(&mut session);
    let Some(Response::Mask { dims, labels }) = responses.iter().find(|r| matches!(r, Response::Mask { .. })) else {
        panic!("no mask in {responses:?}");
    };
    assert_eq!(*dims, [3, 64, 48]);
    let at = |y: usize, x: usize| labels[64 * 48 + y * 48 + x];
    assert_eq!((at(10, 40), at(40, 40), at(40, 10)), (0, 1, 0), "bright, below the air, in the file's own rows");
    let Some(Response::File { name, bytes }) = responses.iter().find(|r| matches!(r, Response::File { .. })) else {
        panic!("no file in {responses:?}");
    };
    assert_eq!(name, "a_pancreas.nii.gz");
    let (mask, geometry) = nifti::read_mask(name, bytes).unwrap();
    assert_eq!(mask, Mask { labels: labels.clone(), dims: *dims });
    for (ours, files) in geometry.affine.as_flattened().iter().zip(CT82.affine.as_flattened()) {
        assert!((ours - files).abs() < 1e-4, "{geometry:?}");
    }
}

#[test]
fn a_picture_carries_its_mask_once_there_is_one() {
    let mut session = session();
    session.open(contents(vec![series("a", 1)]));
    let look = |session: &mut Session| match &session.handle(axial(0))[..] {
        [Response::View(PlaneView { hu, mask, .. })] => (from_bytes::<i16>(hu), mask.clone()),
        other => panic!("{other:?}"),
    };
    let (hu, mask) = look(&mut session);
    assert!(mask.is_none());
    assert_eq!((hu[0], hu[63 * 48]), (0, -1000), "upright: the file's last row is seen first");
    finish_all(&mut session);
    assert_eq!(look(&mut session).1.unwrap().len(), 64 * 48);
}

#[test]
fn what_cannot_be_opened_leaves_what_is_open() {
    let mut session = session();
    session.open(contents(vec![series("a", 2)]));
    finish_all(&mut session);
    let refused = UserError::new("notes.txt", "it is text, an image was expected", "Drop an image.");
    let responses = session.open(Contents { refused: vec![refused.clone()], ..Contents::default() });
    assert!(matches!(&responses[..], [Response::Failed(r)] if *r == refused));
    assert!(matches!(&session.open(contents(Vec::new()))[..], [Response::Failed(_)]), "an empty drop");
    assert!(matches!(&session.handle(Request::Mask)[..], [Response::Mask { .. }]), "the series and its mask are there");
}

#[test]
fn another_series_of_the_drop_can_be_chosen_and_late_answers_are_dropped() {
    let mut session = session();
    let responses = session.open(contents(vec![series("large", 4), series("small", 2)]));
    let [Response::Opened { series: offered, shown: 0, .. }] = &responses[..] else { panic!("{responses:?}") };
    assert_eq!((offered[1].name.as_str(), offered[1].slices), ("small", 2));
    let (kept, late) = (session.next_job().unwrap(), session.next_job().unwrap());
    session.finish(fake(&kept));
    assert_eq!(opened(&session.handle(Request::Choose { series: 1 })).name, "small");
    assert!(session.finish(fake(&late)).is_empty(), "its answer is kept, not shown");
    assert!(session.handle(Request::Choose { series: 7 }).is_empty());
    let back = session.handle(Request::Choose { series: 0 });
    let [Response::Opened { pixels, shown: 0, .. }] = &back[..] else { panic!("{back:?}") };
    assert_eq!(pixels.iter().flatten().count(), 2, "what was segmented is still there");
    session.open(contents(vec![series("new", 3)]));
    assert!(session.finish(fake(&late)).is_empty(), "an answer to an earlier drop is dropped");
}

#[test]
fn attention_comes_first_and_lies_on_the_slices_grid() {
    let mut session = session();
    session.open(contents(vec![series("a", 5)]));
    session.handle(Request::Explain { slice: 1 });
    session.handle(Request::Explain { slice: 3 });
    let job = session.next_job().unwrap();
    assert_eq!((job.slice, job.ask), (3, InferMode::Explain), "only the newest wish");
    let responses = session.finish(fake(&job));
    let [Response::Explained { slice: 3, gates }, Response::Segmented { slice: 3, .. }] = &responses[..] else {
        panic!("{responses:?}");
    };
    assert_eq!((gates.len(), gates[0].len()), (1, 64 * 48));
    assert!(gates[0].iter().all(|&a| a == 255), "a map of ones is one everywhere on the slice");
    assert_ne!(session.next_job().unwrap().slice, 3, "it need not be segmented again");
}

#[test]
fn a_slice_whose_worker_dies_is_tried_again_once() {
    let mut session = session();
    session.open(contents(vec![series("a", 2)]));
    let job = session.next_job().unwrap();
    assert!(session.give_back(job.opening, job.slice, job.ask).is_empty());
    assert_eq!(session.next_job().unwrap().slice, job.slice);
    session.handle(Request::Mask);
    let responses = session.give_back(job.opening, job.slice, job.ask);
    let [Response::Failed(refusal), Response::Segmented { slice: 1, pixels: 0, .. }] = &responses[..] else {
        panic!("{responses:?}");
    };
    assert_eq!(refusal.subject, "Slice 2");
    assert!(finish_all(&mut session).iter().any(|r| matches!(r, Response::Mask { .. })), "the others go on");
}

#[test]
fn a_death_over_a_series_not_shown_is_kept_from_the_page() {
    let mut session = session();
    session.open(contents(vec![series("large", 9), series("small", 2)]));
    session.handle(axial(8));
    let job = session.next_job().unwrap();
    assert!(session.give_back(job.opening, job.slice, job.ask).is_empty());
    assert_eq!(session.next_job().unwrap().slice, 8);
    session.handle(Request::Choose { series: 1 });
    assert!(session.give_back(job.opening, job.slice, job.ask).is_empty(), "the small series has no slice 9");
}

#[test]
fn a_sample_is_synthetic_and_says_so() {
    let mut session = session();
    let study = opened(&session.handle(Request::OpenSample { seed: 3 }));
    assert!(study.sample_seed == Some(3) && study.name.contains("synthetic") && study.notes[0].contains("Synthetic"));
}

#[test]
fn dropped_dicom_files_become_a_series() {
    let mut intake = Importer::new();
    for (name, bytes) in dicom::write_series(&series("a", 4).volume, "TEST", "Four slices") {
        intake.add(&name, &bytes);
    }
    let mut session = session();
    let study = opened(&session.open(intake.finish()));
    assert_eq!((study.name.as_str(), study.dims), ("Four slices", [4, 64, 48]));
    assert_eq!(study.spacing_mm, Some([5.0, 2.0, 2.0]));
}

#[test]
fn a_closed_series_is_gone_and_another_opens() {
    let mut session = session();
    session.open(contents(vec![series("one", 3), series("two", 2)]));
    let late = session.next_job().unwrap();
    assert!(matches!(session.handle(Request::Close)[..], [Response::Closed]));
    assert!(session.next_job().is_none(), "nothing is left to segment");
    assert!(session.finish(fake(&late)).is_empty(), "and what comes late belongs to nothing");
    assert!(session.handle(axial(0)).is_empty());
    assert!(matches!(session.handle(Request::Mask)[..], [Response::Failed(_)]));
    assert_eq!(opened(&session.open(contents(vec![series("three", 2)]))).name, "three");
    let segmented = finish_all(&mut session).iter().filter(|r| matches!(r, Response::Segmented { .. })).count();
    assert_eq!(segmented, 2);
}

/// A whole series that is done, with labels alone.
fn done_with(opening: u64, labels: Vec<u8>) -> JobDone {
    let labels = run_length::to_bytes(&labels);
    JobDone::VolumeSegmented { opening, labels, probability: Vec::new(), attention: None }
}
