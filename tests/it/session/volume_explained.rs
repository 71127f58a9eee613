//! What a model of whole volumes says beside labels: the probability of the pancreas, and the attention of its gates.

use islet::app::protocol::{Export, JobDone, MapKind, MaskSettings, PatientData, Request, Response};
use islet::app::session::Session;
use islet::core::mask::Mask;
use islet::core::run_length;
use islet::core::volume::{Geometry, Orientation};
use islet::nn::volume::{AttentionMaps, SegmentedVolume, VolumeModel, VolumeModelFile};
use serde_json::Value;

use super::report::{facts, request};
use super::volumes::{FINE, PANCREAS_VALUE, exported, load_release, mask, predicted, volume_info};
use super::{contents, series, session};

/// A session with the tiny release and a series, and what the model finds on it: labels, and the probability of the
/// pancreas in steps of 1/255, in file order.
fn segmented_with_probability() -> (Session, Vec<Response>, Vec<u8>, Vec<u8>) {
    let mut session = session();
    session.open(contents(vec![series("a", 9)]));
    load_release(&mut session, FINE);
    let job = session.next_volume_job(0).unwrap();
    assert_eq!(job.organ, PANCREAS_VALUE);
    let model = VolumeModel::new(VolumeModelFile::read(session.model().0).unwrap());
    let found = model.segment_explained(job.clone().into_volume(), job.organ, |_| ());
    let SegmentedVolume { mask, probability, attention } = pollster::block_on(found).unwrap();
    assert_eq!(attention, None, "a network without gates");
    let (labels, probability) = (mask.labels, probability.unwrap());
    assert_eq!(labels, predicted(&session, &job.clone().into_volume()), "the labels do not depend on the question");
    let done = JobDone::VolumeSegmented {
        opening: job.opening,
        labels: run_length::to_bytes(&labels),
        probability: run_length::to_bytes(&probability),
        attention: None,
    };
    let responses = session.finish(done);
    (session, responses, labels, probability)
}

/// Changes the threshold, and waits until all masks follow it.
fn set_threshold(session: &mut Session, threshold: f32) -> Vec<Response> {
    let mut responses = session.handle(Request::Set(MaskSettings { threshold, ..MaskSettings::default() }));
    while session.has_outdated_masks() {
        responses.extend(session.recompute_masks());
    }
    responses
}

/// The threshold that a report for printing names.
fn report_threshold(session: &mut Session) -> Option<f32> {
    facts(&session.handle(request(PatientData::Omit, &[]))).threshold
}

#[test]
fn masks_of_the_pancreas_follow_a_threshold_and_come_back() {
    let (mut session, responses, labels, probability) = segmented_with_probability();
    assert!(volume_info(&responses).has_probability);
    let largest: Vec<u8> = labels.iter().map(|&label| u8::from(label == PANCREAS_VALUE)).collect();
    let ones = |mask: &[u8]| mask.iter().filter(|&&label| label != 0).count();
    for threshold in [0.2, 0.7] {
        set_threshold(&mut session, threshold);
        let expected: Vec<u8> = probability.iter().map(|&p| u8::from(f32::from(p) / 255.0 >= threshold)).collect();
        assert_eq!(mask(&mut session), expected, "{threshold}");
        assert!(ones(&expected) != ones(&largest), "{threshold} changes the mask");
        let json: Value = serde_json::from_slice(&exported(&mut session, Export::Json).1).unwrap();
        assert_eq!(json["threshold"].as_f64().unwrap() as f32, threshold);
        assert_eq!(report_threshold(&mut session), Some(threshold), "the printed report says it too");
    }
    set_threshold(&mut session, 0.5);
    assert_eq!(mask(&mut session), largest, "the largest class again, not what is at least a half");
    assert_eq!(report_threshold(&mut session), None);
}

#[test]
fn its_probability_is_shown_and_says_which_slices_to_review() {
    let (mut session, responses, _, probability) = segmented_with_probability();
    let file = series("a", 9).volume;
    let orientation = Orientation::axial(&file.geometry.unwrap());
    let upright = Mask { labels: probability, dims: file.dims }.view(&orientation);
    let shown = session.handle(Request::Map { slice: 4, kind: Some(MapKind::Probability) });
    let [Response::Map(map)] = &shown[..] else { panic!("{shown:?}") };
    // Nothing but what is below 1/512 is left out: steps are 1/255.
    let expected: Vec<u8> =
        upright.slice(4).iter().map(|&p| (1.0 + 254.0 * f32::from(p) / 255.0).round() as u8).collect();
    assert_eq!(map.map, expected);

    let doubt = |z: usize| -> u32 { upright.slice(z).iter().map(|&p| u32::from(p.min(255 - p))).sum() };
    let most = (0..9).max_by_key(|&z| doubt(z)).unwrap();
    let review = responses.iter().find_map(|response| match response {
        Response::Review(review) => Some(review.clone()),
        _ => None,
    });
    assert_eq!(review.unwrap().slices.first(), Some(&most));
}

#[test]
fn attention_comes_from_its_place_once_it_is_there() {
    let mut session = session();
    session.open(contents(vec![series("a", 9)]));
    load_release(&mut session, FINE);
    let job = session.next_volume_job(0).unwrap();
    assert!(session.handle(Request::Explain { slice: 4 }).is_empty(), "it is not there yet");
    // A grid of 10 x 4 x 4 mm over a part of the scan, with more attention from slice to slice.
    let dims = [6, 40, 10];
    let affine = [[4.0, 0.0, 0.0, 0.0], [0.0, 4.0, 0.0, -64.0], [0.0, 0.0, -10.0, 0.0]];
    let gate: Vec<u8> = (0..dims.iter().product::<usize>()).map(|voxel| 1 + 40 * (voxel / 400) as u8).collect();
    let attention = AttentionMaps { gates: vec![gate.into()], dims, geometry: Geometry { affine } };
    let labels = run_length::to_bytes(&vec![0; 9 * 64 * 48]);
    let done =
        JobDone::VolumeSegmented { opening: job.opening, labels, probability: Vec::new(), attention: Some(attention) };
    let explained = |responses: Vec<Response>| {
        let found = responses.into_iter().find_map(|response| match response {
            Response::Explained { slice, gates } => Some((slice, gates)),
            _ => None,
        });
        found.expect("an explanation")
    };
    let (first, second) = (session.finish(done), session.handle(Request::Explain { slice: 3 }));
    for (responses, slice) in [(first, 4), (second, 3)] {
        let (found, gates) = explained(responses);
        assert_eq!((found, gates.len()), (slice, 1));
        // Slices of 5 mm go down, and columns of 2 mm begin at L -64 mm.
        let value = 1 + 20 * slice as u8;
        for (pixel, &attention) in gates[0].iter().enumerate() {
            let left_mm = -64.0 + 2.0 * (pixel % 48) as f64;
            let is_inside = (-2.0..=38.0).contains(&left_mm);
            assert_eq!(attention, if is_inside { value } else { 0 }, "slice {slice}, pixel {pixel}");
        }
    }
}

#[test]
fn other_organs_have_no_probability_and_the_usual_threshold() {
    let (mut session, _, labels, _) = segmented_with_probability();
    set_threshold(&mut session, 0.2);
    let other = [1, 2].into_iter().find(|value| labels.contains(value)).unwrap();
    let responses = session.handle(Request::ChooseOrgan { label: other });
    assert!(!volume_info(&responses).has_probability);
    let organ: Vec<u8> = labels.iter().map(|&label| u8::from(label == other)).collect();
    set_threshold(&mut session, 0.2);
    assert_eq!(mask(&mut session), organ, "no threshold changes it");
    assert!(session.handle(Request::Map { slice: 4, kind: Some(MapKind::Probability) }).is_empty());
    let back = session.handle(Request::ChooseOrgan { label: PANCREAS_VALUE });
    assert!(volume_info(&back).has_probability);
    let pancreas: Vec<u8> = labels.iter().map(|&label| u8::from(label == PANCREAS_VALUE)).collect();
    assert_eq!(mask(&mut session), pancreas);
}
