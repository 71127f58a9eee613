//! Models of whole volumes in the page's engine: dropped releases of nnU-Net, their one job a series, and what
//! follows from the labels.

use islet::app::model_import::{DroppedZip, import_releases};
use islet::app::protocol::{
    Export, JobDone, MaskSettings, ModelInfo, ModelKind, Patches, Request, Response, VolumeInfo, VolumeJob,
    VolumeProgress,
};
use islet::app::session::Session;
use islet::core::error::UserError;
use islet::core::mask::Mask;
use islet::core::volume::{Orientation, Volume};
use islet::formats::nifti;
use islet::imaging::edit::{Acceptance, Edit, UndoStep};
use islet::imaging::volume_pipeline::patch_sum::SumPrecision;
use islet::nn::finetune::FineTuneConfig;
use islet::nn::segmentation_model::SegmentationModel;
use islet::nn::volume::{Cascade, VolumeModel, VolumeModelFile};
use serde_json::{Value, json};
use zip::CompressionMethod;

use super::{contents, done_with, finish_all, opened, series, session};
use crate::nnunet::{dataset_json, new_plans, packed};

/// Written by tests/golden/nnunet/volumes.py.
const VARIED: &[u8] = include_bytes!("../../golden/nnunet/varied.pth");
pub(super) const PANCREAS_VALUE: u8 = 3;
pub(super) const FINE: [f64; 3] = [6.0, 3.0, 3.0];
pub(super) const COARSE: [f64; 3] = [8.0, 6.0, 6.0];

/// The files of a release: varied.pth with plans on voxels of this size.
fn release_of(dataset: &Value, checkpoint: &[u8], spacing_mm: [f64; 3]) -> Vec<u8> {
    let mut plans = new_plans();
    plans["configurations"]["3d_fullres"]["spacing"] = json!(spacing_mm);
    let folder = "Dataset901_Tiny/nnUNetTrainer__nnUNetPlans__3d_fullres";
    let files = [
        (format!("{folder}/plans.json"), plans.to_string().into_bytes()),
        (format!("{folder}/dataset.json"), dataset.to_string().into_bytes()),
        (format!("{folder}/fold_0/checkpoint_final.pth"), checkpoint.to_vec()),
    ];
    let files: Vec<(&str, &[u8])> = files.iter().map(|(path, bytes)| (&path[..], &bytes[..])).collect();
    packed(&files, CompressionMethod::Deflated)
}

fn dropped(name: &str, bytes: Vec<u8>) -> DroppedZip {
    let zip = DroppedZip { name: name.into(), bytes };
    assert!(zip.is_release(), "{name} is a model");
    zip
}

pub(super) fn release(name: &str, spacing_mm: [f64; 3]) -> DroppedZip {
    dropped(name, release_of(&dataset_json(), VARIED, spacing_mm))
}

/// What the session says to releases that an import worker made a model of.
pub(super) fn load(session: &mut Session, releases: Vec<DroppedZip>) -> Vec<Response> {
    session.load_import(import_releases(releases))
}

/// Puts a small release with these voxels into use.
pub(super) fn load_release(session: &mut Session, spacing_mm: [f64; 3]) -> Vec<Response> {
    load(session, vec![release("tiny.zip", spacing_mm)])
}

fn model_info(responses: &[Response]) -> ModelInfo {
    let info = responses.iter().find_map(|response| match response {
        Response::Model(info) => Some(info.clone()),
        _ => None,
    });
    info.unwrap_or_else(|| panic!("no model in {responses:?}"))
}

pub(super) fn volume_info(responses: &[Response]) -> VolumeInfo {
    let info = responses.iter().rev().find_map(|response| match response {
        Response::Volume(info) => Some(info.clone()),
        _ => None,
    });
    info.unwrap_or_else(|| panic!("no state in {responses:?}"))
}

pub(super) fn failure(responses: &[Response]) -> UserError {
    let failed = responses.iter().find_map(|response| match response {
        Response::Failed(error) => Some(error.clone()),
        _ => None,
    });
    failed.unwrap_or_else(|| panic!("no failure in {responses:?}"))
}

/// What `predict` computes with the model in use.
pub(super) fn predicted(session: &Session, volume: &Volume) -> Vec<u8> {
    let model = VolumeModel::new(VolumeModelFile::read(session.model().0).unwrap());
    pollster::block_on(model.segment(volume, SumPrecision::Single, |_| ())).unwrap().labels
}

/// A session with the tiny release and a series, and what the model finds on it, in file order.
pub(super) fn segmented() -> (Session, Vec<Response>, Vec<u8>) {
    let mut session = session();
    session.open(contents(vec![series("a", 9)]));
    load_release(&mut session, FINE);
    let job = session.next_volume_job(0).unwrap();
    let labels = predicted(&session, &job.clone().into_volume());
    let responses = session.finish(done_with(job.opening, labels.clone()));
    (session, responses, labels)
}

pub(super) fn mask(session: &mut Session) -> Vec<u8> {
    match &session.handle(Request::Mask)[..] {
        [Response::Mask { labels, .. }] => labels.clone(),
        other => panic!("{other:?}"),
    }
}

pub(super) fn exported(session: &mut Session, what: Export) -> (String, Vec<u8>) {
    match &session.handle(Request::Export { what, at: "2026-11-28T12:00:00".into() })[..] {
        [Response::File { name, bytes }] => (name.clone(), bytes.clone()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_dropped_release_becomes_the_model_and_segments_what_is_open() {
    let mut session = session();
    session.open(contents(vec![series("a", 9)]));
    finish_all(&mut session);
    let responses = load_release(&mut session, FINE);
    let info = model_info(&responses);
    assert_eq!((info.kind, info.organs.join(" ").as_str()), (ModelKind::Volumes, "spleen liver pancreas"));
    assert_eq!((info.sources[0].dataset.as_str(), info.gates_px.len()), ("Dataset901_Tiny", 0));
    assert!(info.license.contains("CC BY 4.0") && !info.is_not_commercial());
    assert_eq!(volume_info(&responses).progress, VolumeProgress::Waiting);
    assert!([1, 2].map(|slot| session.uses_worker(slot)) == [false; 2] && session.uses_worker(0));
    assert!(session.needs_worker(0) && !session.needs_worker(1), "the others give their memory back");
    assert!(session.next_job().is_none() && session.next_volume_job(1).is_none(), "nothing for the others");

    let job = session.next_volume_job(0).unwrap();
    assert!(session.next_volume_job(0).is_none(), "one job for the whole volume");
    let travelled: VolumeJob = serde_json::from_str(&serde_json::to_string(&job).unwrap()).unwrap();
    assert_eq!(travelled.opening, job.opening);
    let (volume, file) = (travelled.into_volume(), series("a", 9).volume);
    assert_eq!((&volume.hu, volume.dims, volume.geometry), (&file.hu, file.dims, file.geometry), "as the file has it");

    let patches = Patches { network: 0, networks: 1, done: 1, all: 4 };
    let advanced = JobDone::VolumeAdvanced { opening: job.opening, patches };
    assert!(advanced.more_follows());
    assert_eq!(volume_info(&session.finish(advanced)).progress, VolumeProgress::Running(patches));
    let looked = session.handle(super::axial(2));
    assert!(matches!(&looked[..], [Response::View(view)] if view.mask.is_none()), "slices can be looked at meanwhile");
    assert!(session.take_restarts().is_empty());
}

#[test]
fn its_pancreas_is_the_mask_and_all_organs_are_listed_and_exported() {
    let (mut session, responses, labels) = segmented();
    let counts = |value: u8| labels.iter().filter(|&&label| label == value).count();
    assert!(
        (0..4).filter(|&value| counts(value) > 20).count() >= 2 && counts(PANCREAS_VALUE) > 20,
        "{:?}",
        [0, 1, 2, 3].map(counts)
    );
    let pancreas: Vec<u8> = labels.iter().map(|&label| u8::from(label == PANCREAS_VALUE)).collect();
    assert_eq!(mask(&mut session), pancreas, "in file order, as predict has it");

    let file = series("a", 9).volume;
    let orientation = Orientation::axial(&file.geometry.unwrap());
    let upright = Mask { labels: pancreas.clone(), dims: file.dims }.view(&orientation);
    let pixels = responses.iter().find_map(|response| match response {
        Response::MasksUpdated(masks) => Some((masks.pixels.clone(), masks.mask.clone().unwrap().into_vec())),
        _ => None,
    });
    let (pixels, shown) = pixels.unwrap();
    let expected: Vec<Option<usize>> =
        (0..9).map(|z| Some(upright.slice(z).iter().map(|&label| usize::from(label)).sum())).collect();
    assert_eq!((pixels, shown), (expected, upright.slice(4).to_vec()));

    let info = volume_info(&responses);
    assert_eq!(info.progress, VolumeProgress::Done);
    let (name, bytes) = exported(&mut session, Export::Nifti);
    assert_eq!(name, "a_organs.nii.gz");
    assert_eq!(nifti::read_mask(&name, &bytes).unwrap().0.labels, labels, "every organ under its value");
    let json: Value = serde_json::from_slice(&exported(&mut session, Export::Json).1).unwrap();
    assert_eq!(json["threshold"], Value::Null, "the largest class has none");
    assert_eq!(json["pancreas"]["voxels"], counts(PANCREAS_VALUE));
}

#[test]
fn corrections_change_the_pancreas_and_no_other_organ() {
    let (mut session, _, labels) = segmented();
    let file = series("a", 9).volume;
    let (slice, at) = (4, [30, 20]);
    session.handle(Request::Edit { slice, edit: Edit::Fill { at }, step: UndoStep::New });
    session.handle(Request::Accept { slice, acceptance: Acceptance::Accepted });
    let drawn = mask(&mut session);
    let (name, bytes) = exported(&mut session, Export::Nifti);
    let organs = nifti::read_mask(&name, &bytes).unwrap().0.labels;
    for ((organ, drawn), model) in organs.iter().zip(&drawn).zip(&labels) {
        let expected = match (*drawn != 0, *model) {
            (true, _) => PANCREAS_VALUE,
            (false, PANCREAS_VALUE) => 0,
            (false, other) => other,
        };
        assert_eq!(*organ, expected);
    }
    assert_eq!(drawn.len(), file.hu.len());
    let settings = MaskSettings { threshold: 0.9, clean_up: true, mean: true };
    session.handle(Request::Set(settings));
    let cleaned = mask(&mut session);
    assert!(cleaned.iter().zip(&drawn).all(|(cleaned, drawn)| cleaned <= drawn), "only strays go");
    session.handle(Request::Set(MaskSettings::default()));
    assert_eq!(mask(&mut session), drawn, "a threshold changes nothing where there are no probabilities");
}

#[test]
fn what_needs_probabilities_is_refused_or_ignored() {
    let (mut session, ..) = segmented();
    assert!(session.handle(Request::Explain { slice: 2 }).is_empty());
    assert!(session.handle(Request::Ablate { slice: 2, gate: 0 }).is_empty());
    assert!(session.handle(Request::CheckMirrored { on: true }).is_empty());
    assert!(session.next_job().is_none());
    let refused = failure(&session.handle(Request::FineTune(FineTuneConfig::default())));
    assert!(refused.reason.contains("whole volumes"), "{refused}");
    let [Response::File { name, bytes }] = &session.handle(Request::ExportModel)[..] else { panic!("no model") };
    assert_eq!(name, "Dataset901_Tiny.safetensors");
    assert!(matches!(SegmentationModel::read(bytes), Ok(SegmentationModel::Volumes(_))));
}

#[test]
fn stop_close_and_another_series_end_the_job() {
    let mut session = session();
    load_release(&mut session, FINE);
    session.open(contents(vec![series("large", 4), series("small", 2)]));
    let job = session.next_volume_job(0).unwrap();
    let late = || done_with(job.opening, vec![3; 4 * 64 * 48]);
    let stopped = session.handle(Request::StopSegmenting);
    assert_eq!(volume_info(&stopped).progress, VolumeProgress::Stopped);
    assert_eq!((session.take_restarts(), session.take_restarts()), (vec![0], vec![]));
    assert!(session.finish(late()).is_empty() && session.next_volume_job(0).is_none());
    let again = session.handle(Request::SegmentAgain);
    assert_eq!(volume_info(&again).progress, VolumeProgress::Waiting);

    let first = session.next_volume_job(0).unwrap();
    let chosen = session.handle(Request::Choose { series: 1 });
    assert_eq!((opened(&chosen[..1]).name.as_str(), session.take_restarts()), ("small", vec![0]));
    let second = session.next_volume_job(0).unwrap();
    let depth = |job: VolumeJob| job.into_volume().dims[0];
    assert_eq!((depth(first), depth(second)), (4, 2));
    session.handle(Request::Choose { series: 0 });
    session.take_restarts();
    assert_eq!(depth(session.next_volume_job(0).unwrap()), 4, "it starts again");
    session.handle(Request::Close);
    assert_eq!((session.take_restarts(), session.next_volume_job(0).is_none()), (vec![0], true));
}

#[test]
fn a_worker_that_dies_is_replaced_once_and_a_refusal_is_a_sentence() {
    let mut session = session();
    load_release(&mut session, FINE);
    session.open(contents(vec![series("a", 2)]));
    let job = session.next_volume_job(0).unwrap();
    assert_eq!(volume_info(&session.volume_lost(job.opening, "no memory")).progress, VolumeProgress::Waiting);
    session.next_volume_job(0).unwrap();
    let lost = session.volume_lost(job.opening, "no memory");
    assert!(failure(&lost).reason.contains("no memory"));
    assert_eq!(volume_info(&lost).progress, VolumeProgress::Stopped);
    session.handle(Request::SegmentAgain);
    let job = session.next_volume_job(0).unwrap();
    let error = UserError::new("The scan", "the first network finds no pancreas", "Open the whole abdomen");
    assert!(session.loading_lost(0, "no memory").is_empty(), "nothing waits for it");
    let refused = session.finish(JobDone::VolumeRefused { opening: job.opening, error: error.clone() });
    assert_eq!((failure(&refused), volume_info(&refused).progress), (error, VolumeProgress::Stopped));
    assert!(session.take_restarts().is_empty(), "the worker is as good as before");
    session.handle(Request::SegmentAgain);
    assert!(session.waits_for_worker(0) && !session.waits_for_worker(1));
    assert!(session.needs_worker(0) && !session.needs_worker(1));
    assert!(session.loading_lost(1, "no memory").is_empty());
    assert_eq!(volume_info(&session.loading_lost(0, "no memory")).progress, VolumeProgress::Waiting);
    assert!(failure(&session.loading_lost(0, "no memory")).reason.contains("no memory"));
    assert!(!session.waits_for_worker(0) && !session.needs_worker(0), "it is not tried for ever");
}

#[test]
fn what_is_no_usable_model_changes_nothing() {
    let mut session = session();
    session.open(contents(vec![series("a", 2)]));
    finish_all(&mut session);
    let (before, version) = (mask(&mut session), session.model().1);
    let mut no_pancreas = dataset_json();
    no_pancreas["labels"] = json!({ "background": 0, "spleen": 1, "liver": 2, "colon": 3 });
    let cases = [
        (vec![dropped("cut.zip", release_of(&dataset_json(), &VARIED[..VARIED.len() / 2], FINE))], "cut.zip"),
        (vec![dropped("colon.zip", release_of(&no_pancreas, VARIED, FINE))], "colon.zip"),
        (vec![release("a.zip", FINE), release("b.zip", FINE)], "a.zip, b.zip"),
        (vec![release("a.zip", FINE), release("b.zip", COARSE), release("c.zip", COARSE)], "a.zip, b.zip, c.zip"),
    ];
    for (models, name) in cases {
        let responses = load(&mut session, models);
        assert_eq!(responses.len(), 1, "{responses:?}");
        let refused = failure(&responses);
        assert!(refused.to_string().contains(name), "{refused}");
        assert_eq!((mask(&mut session), session.model().1), (before.clone(), version), "{name}");
    }
    let scans = packed(&[("scan/1.dcm", b"DICM")], CompressionMethod::Stored);
    let is_release = |bytes: &[u8]| DroppedZip { name: "scans.zip".into(), bytes: bytes.to_vec() }.is_release();
    assert!(!is_release(&scans) && !is_release(b"PK") && !is_release(b"no zip"));
}

#[test]
fn two_releases_are_a_cascade_whatever_their_order() {
    for names in [["a_coarse.zip", "b_fine.zip"], ["b_coarse.zip", "a_fine.zip"]] {
        let mut session = session();
        let mut models = vec![release(names[0], COARSE), release(names[1], FINE)];
        models.sort_by(|a, b| a.name.cmp(&b.name));
        let info = model_info(&load(&mut session, models));
        assert_eq!(info.sources.len(), 2);
        let file = VolumeModelFile::read(session.model().0).unwrap();
        let spacings: Vec<_> = file.networks.iter().map(|network| network.plan.pipeline.spacing_mm.clone()).collect();
        assert_eq!(spacings, [COARSE.to_vec(), FINE.to_vec()]);
        let Some(Cascade::Region(region)) = file.passport.cascade else { panic!("a region") };
        assert_eq!((region.organs, region.margin_mm), (vec!["pancreas".to_owned()], 20.0));
    }
}

#[test]
fn a_model_of_slices_works_again_afterwards() {
    let (mut session, ..) = segmented();
    let shipped = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/www/models/pancreas.safetensors")).unwrap();
    let responses = session.load_model("pancreas.safetensors", shipped);
    assert_eq!(model_info(&responses).kind, ModelKind::Slices);
    assert!(!responses.iter().any(|response| matches!(response, Response::Volume(_))));
    assert!(session.next_volume_job(0).is_none() && session.uses_worker(3) && session.needs_worker(3));
    let segmented = finish_all(&mut session).iter().filter(|r| matches!(r, Response::Segmented { .. })).count();
    assert_eq!(segmented, 9);
    assert_eq!(exported(&mut session, Export::Nifti).0, "a_pancreas.nii.gz");
}

#[test]
fn a_licence_that_forbids_commercial_use_is_told() {
    let mut dataset = dataset_json();
    for (licence, expected) in [("CC BY-NC-SA 4.0", true), ("for non-commercial use", true), ("License of NCI", false)]
    {
        dataset["licence"] = json!(licence);
        let bytes = release_of(&dataset, VARIED, FINE);
        let info = model_info(&load(&mut session(), vec![dropped("tiny.zip", bytes)]));
        assert_eq!(info.is_not_commercial(), expected, "{}", info.license);
    }
}
