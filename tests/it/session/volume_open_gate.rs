//! A gate of a model of whole volumes held open: a job of its own for the whole series, and what it changes on a slice.

use islet::app::protocol::{Ablation, JobDone, MaskSettings, Patches, Request, Response, VolumeJob, VolumeProgress};
use islet::app::session::Session;
use islet::core::mask::Mask;
use islet::core::run_length;
use islet::core::volume::Orientation;
use islet::nn::model::weights::Precision;
use islet::nn::volume::VolumePreset;

use super::volumes::{failure, mask};
use super::{contents, series};
use crate::onnx_volumes::model_file;

const DIMS: [usize; 3] = [9, 64, 48];
const AREA: usize = 64 * 48;
const GATE: usize = 2;

/// A session with a model of six gates and two series.
fn begun() -> Session {
    let bytes = model_file(VolumePreset::Paper, 1, &["pancreas"]).write(Precision::F32).unwrap();
    let mut session = Session::from_model_file(bytes).unwrap();
    session.open(contents(vec![series("a", DIMS[0]), series("b", 2)]));
    session
}

/// A probability for each voxel in file order: `inside` in some columns, and `outside` elsewhere.
fn columns(range: std::ops::Range<usize>, inside: u8, outside: u8) -> Vec<u8> {
    (0..DIMS[0] * AREA).map(|voxel| if range.contains(&(voxel % 48)) { inside } else { outside }).collect()
}

fn segmented(job: &VolumeJob, probability: &[u8]) -> JobDone {
    let labels: Vec<u8> = probability.iter().map(|steps| u8::from(*steps > 127)).collect();
    let [labels, probability] = [&labels[..], probability].map(run_length::to_bytes);
    JobDone::VolumeSegmented { opening: job.opening, labels, probability, attention: None }
}

/// A session whose first series is segmented, with the mask in file order.
fn with_mask() -> (Session, Vec<u8>) {
    let mut session = begun();
    let job = session.next_volume_job(0).unwrap();
    assert_eq!(job.open_gate, None);
    assert!(session.handle(Request::Ablate { slice: 4, gate: GATE }).is_empty(), "first the mask");
    session.finish(segmented(&job, &columns(10..20, 204, 51)));
    let mask = mask(&mut session);
    (session, mask)
}

fn ablation(responses: &[Response]) -> Ablation {
    let found = responses.iter().find_map(|response| match response {
        Response::Ablated(ablation) => Some(ablation.clone()),
        _ => None,
    });
    found.unwrap_or_else(|| panic!("no effect in {responses:?}"))
}

fn progress(responses: &[Response]) -> VolumeProgress {
    let found = responses.iter().find_map(|response| match response {
        Response::OpenGate(progress) => Some(*progress),
        _ => None,
    });
    found.unwrap_or_else(|| panic!("no progress in {responses:?}"))
}

#[test]
fn the_series_runs_once_more_and_every_slice_tells_what_changes() {
    let (mut session, closed) = with_mask();
    let asked = session.handle(Request::Ablate { slice: 4, gate: GATE });
    assert_eq!(progress(&asked), VolumeProgress::Waiting);
    assert!(session.waits_for_worker(0) && session.needs_worker(0) && !session.needs_worker(1));
    let job = session.next_volume_job(0).unwrap();
    assert_eq!((job.open_gate, job.is_region, job.clone().into_volume().dims), (Some(GATE), false, DIMS));
    assert!(session.next_volume_job(0).is_none());
    let patches = Patches { network: 0, networks: 1, done: 1, all: 8 };
    let advanced = session.finish(JobDone::VolumeAdvanced { opening: job.opening, patches });
    assert_eq!(progress(&advanced), VolumeProgress::Running(patches));
    assert_eq!(mask(&mut session), closed, "it works on the side");
    // A slice that is looked at meanwhile is the one that is told.
    assert!(session.handle(Request::Ablate { slice: 5, gate: GATE }).is_empty());

    let opened = columns(15..22, 153, 0);
    let done = session.finish(segmented(&job, &opened));
    assert_eq!(progress(&done), VolumeProgress::Done);
    let Ablation { slice, gate, change, pixels, dsc, mean_change } = ablation(&done);
    assert_eq!((slice, gate, pixels), (5, GATE, [2 * 64, 5 * 64]));
    let opened_mask: Vec<u8> = opened.iter().map(|steps| u8::from(*steps > 127)).collect();
    let orientation = Orientation::axial(&series("a", DIMS[0]).volume.geometry.unwrap());
    let upright = |labels: &[u8]| Mask { labels: labels.to_vec(), dims: DIMS }.view(&orientation);
    let expected: Vec<u8> = upright(&closed)
        .slice(5)
        .iter()
        .zip(upright(&opened_mask).slice(5))
        .map(|pair| match pair {
            (0, 1) => 1,
            (1, 0) => 2,
            _ => 0,
        })
        .collect();
    assert_eq!(change, expected);
    assert!((dsc - 2.0 * 5.0 / (10.0 + 7.0)).abs() < 1e-12);
    // 0.8 to 0 in five columns, 0.8 to 0.6 in five, 0.2 to 0.6 in two, 0.2 to 0 in 36.
    let mean = (5.0 * 0.8 + 5.0 * 0.2 + 2.0 * 0.4 + 36.0 * 0.2) / 48.0;
    assert!((mean_change.unwrap() - mean).abs() < 1e-5, "{mean_change:?}");
    assert_eq!(mask(&mut session), closed, "the mask is the model's own");
    assert!(session.next_volume_job(0).is_none() && !session.needs_worker(0));

    // Other slices and thresholds need no other run.
    assert_eq!(ablation(&session.handle(Request::Ablate { slice: 0, gate: GATE })).pixels, [2 * 64, 5 * 64]);
    session.handle(Request::Set(MaskSettings { threshold: 0.7, ..MaskSettings::default() }));
    assert_eq!(ablation(&session.handle(Request::Ablate { slice: 0, gate: GATE })).pixels, [0, 10 * 64]);
    session.handle(Request::Set(MaskSettings { threshold: 0.1, ..MaskSettings::default() }));
    assert_eq!(ablation(&session.handle(Request::Ablate { slice: 0, gate: GATE })).pixels, [0, 41 * 64]);
    assert!(session.next_volume_job(0).is_none());
}

#[test]
fn a_run_that_is_not_wanted_any_more_is_ended() {
    let (mut session, closed) = with_mask();
    assert!(session.handle(Request::Ablate { slice: 4, gate: 6 }).is_empty(), "it has six gates");
    session.handle(Request::Ablate { slice: 4, gate: GATE });
    let job = session.next_volume_job(0).unwrap();
    session.handle(Request::CloseGate);
    assert_eq!((session.take_restarts(), session.next_volume_job(0).is_none()), (vec![0], true));
    assert!(session.finish(segmented(&job, &columns(0..48, 255, 0))).is_empty(), "it comes too late");
    assert_eq!(mask(&mut session), closed);

    // Another gate in its place, and another series.
    session.handle(Request::Ablate { slice: 4, gate: GATE });
    session.next_volume_job(0).unwrap();
    session.handle(Request::Ablate { slice: 4, gate: 0 });
    assert_eq!(session.take_restarts(), vec![0]);
    assert_eq!(session.next_volume_job(0).unwrap().open_gate, Some(0));
    session.handle(Request::Choose { series: 1 });
    assert_eq!(session.take_restarts(), vec![0]);
    assert_eq!(session.next_volume_job(0).unwrap().open_gate, None, "the other series has no mask yet");
    session.handle(Request::Choose { series: 0 });
    session.take_restarts();
    assert!(session.next_volume_job(0).is_none(), "it is not taken up again unasked");
}

#[test]
fn a_worker_that_dies_over_it_is_replaced_once_and_the_mask_stays() {
    let (mut session, closed) = with_mask();
    session.handle(Request::Ablate { slice: 4, gate: GATE });
    let job = session.next_volume_job(0).unwrap();
    assert_eq!(progress(&session.volume_lost(job.opening, "no memory")), VolumeProgress::Waiting);
    assert!(session.waits_for_worker(0));
    let lost = session.loading_lost(0, "no memory");
    assert_eq!(progress(&lost), VolumeProgress::Stopped);
    assert!(failure(&lost).reason.contains("no memory"));
    assert!(!session.waits_for_worker(0) && session.next_volume_job(0).is_none());
    assert_eq!(mask(&mut session), closed);
    // What it says must be of every voxel, and it can be asked for again.
    session.handle(Request::Ablate { slice: 4, gate: GATE });
    let job = session.next_volume_job(0).unwrap();
    let short = session.finish(segmented(&job, &[0; 7]));
    assert_eq!(progress(&short), VolumeProgress::Stopped);
    failure(&short);
    assert_eq!(mask(&mut session), closed);
}
