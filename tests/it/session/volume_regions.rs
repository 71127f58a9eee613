//! Cascades of two models in the page's engine: the first finds a region, the second segments it, each as a job of its own.

use std::ops::Range;

use islet::app::protocol::{JobDone, Patches, Request, Response, VolumeJob, VolumeProgress};
use islet::app::session::Session;
use islet::core::run_length;
use islet::core::volume::{Orientation, Volume};
use islet::imaging::volume_pipeline::region::{cropped_volume, pasted, region_in_view};

use super::volumes::{COARSE, FINE, PANCREAS_VALUE, load, mask, release, volume_info};
use super::{contents, series, session};

const DIMS: [usize; 3] = [9, 64, 48];
const REGION: [Range<usize>; 3] = [2..7, 10..40, 5..25];

/// A session with a cascade and a series, and the job for the whole series.
fn begun() -> (Session, VolumeJob) {
    let mut session = session();
    load(&mut session, vec![release("coarse.zip", COARSE), release("fine.zip", FINE)]);
    session.open(contents(vec![series("a", DIMS[0])]));
    let job = session.next_volume_job(0).unwrap();
    assert!(!job.is_region);
    (session, job)
}

fn found(session: &mut Session, job: &VolumeJob) -> Vec<Response> {
    session.finish(JobDone::RegionFound { opening: job.opening, region: REGION })
}

fn segmented(job: &VolumeJob, labels: &[u8]) -> JobDone {
    let steps: Vec<u8> = labels.iter().map(|&label| if label == PANCREAS_VALUE { 255 } else { 0 }).collect();
    let [labels, probability] = [labels, &steps].map(run_length::to_bytes);
    JobDone::VolumeSegmented { opening: job.opening, labels, probability, attention: None }
}

#[test]
fn a_region_is_segmented_by_a_job_of_its_own_and_pasted_in_its_place() {
    let (mut session, whole) = begun();
    let scan = whole.clone().into_volume();
    let told = found(&mut session, &whole);
    let preparing = Patches { network: 1, networks: 2, done: 0, all: 0 };
    assert_eq!(volume_info(&told).progress, VolumeProgress::Running(preparing), "it does not seem to wait");
    assert!(session.waits_for_worker(0) && session.needs_worker(0));
    let job = session.next_volume_job(0).unwrap();
    assert!(job.is_region && session.next_volume_job(0).is_none());
    let (inside, expected) = (job.clone().into_volume(), cropped_volume(&scan, &REGION));
    assert_eq!((&inside.hu, inside.dims), (&expected.hu, expected.dims));
    let place = |volume: &Volume| volume.geometry.unwrap().position_mm([1.0, 2.0, 3.0]);
    let apart = place(&inside).into_iter().zip(place(&expected)).map(|(a, b)| (a - b).abs());
    assert!(apart.fold(0.0, f64::max) < 1e-9);

    // Two rows of the pancreas in the middle of the region.
    let mut labels = vec![0; 5 * 30 * 20];
    labels[2 * 600 + 15 * 20..2 * 600 + 17 * 20].fill(PANCREAS_VALUE);
    let too_few = session.finish(segmented(&job, &labels[1..]));
    assert!(too_few.iter().any(|response| matches!(response, Response::Failed(_))), "{too_few:?}");
    session.handle(Request::SegmentAgain);
    let again = session.next_volume_job(0).unwrap();
    assert!(!again.is_region, "it starts from the first network");
    found(&mut session, &again);
    let job = session.next_volume_job(0).unwrap();
    session.finish(segmented(&job, &labels));
    let pancreas: Vec<u8> = pasted(&labels, &REGION, DIMS).iter().map(|&label| u8::from(label != 0)).collect();
    assert!(mask(&mut session) == pancreas && pancreas.iter().filter(|&&label| label != 0).count() == 40);
}

#[test]
fn a_worker_that_dies_over_a_region_is_replaced_and_a_stop_is_heard_between_the_jobs() {
    let (mut session, whole) = begun();
    found(&mut session, &whole);
    let job = session.next_volume_job(0).unwrap();
    session.volume_lost(job.opening, "out of memory");
    let again = session.next_volume_job(0).unwrap();
    assert!(again.is_region, "the region is known");
    session.volume_lost(again.opening, "out of memory");
    assert!(session.next_volume_job(0).is_none(), "twice is enough");

    let (mut session, whole) = begun();
    found(&mut session, &whole);
    let stopped = session.handle(Request::StopSegmenting);
    assert_eq!(volume_info(&stopped).progress, VolumeProgress::Stopped);
    assert!(session.next_volume_job(0).is_none() && !session.needs_worker(0));
    assert!(found(&mut session, &whole).is_empty(), "what comes late is dropped");
}

#[test]
fn a_region_lies_in_viewing_order_as_in_the_file() {
    let orientation = Orientation { source: [1, 0, 2], flip: [true, false, true] };
    let voxels: Vec<u16> = (0..9 * 64 * 48).collect();
    let volume = |hu: Vec<i16>, dims| Volume { hu, dims, geometry: None, calibrated: true };
    let hu: Vec<i16> = voxels.iter().map(|&voxel| voxel as i16).collect();
    let inside = cropped_volume(&volume(hu.clone(), DIMS), &REGION);
    let viewed = volume(orientation.view(&hu, DIMS), orientation.view_dims(DIMS));
    let found = cropped_volume(&viewed, &region_in_view(&REGION, &orientation, DIMS));
    assert_eq!((found.hu, found.dims), (orientation.view(&inside.hu, inside.dims), [30, 5, 20]));
}
