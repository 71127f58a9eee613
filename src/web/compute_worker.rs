//! A compute worker: holds the network on one device, runs it on one input at a time, and lets a replica of it learn. A model of
//! whole volumes segments one series at a time.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::Arc;

use burn::tensor::{Device, ExecutionError};
use gloo::events::EventListener;
use serde_bytes::ByteBuf;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

use super::lifeline;
use super::messages::FromCompute;
use super::transfer::{decode, post};
use super::volume_engine::{VolumeEngine, VolumeFinding, volume_engine};
use crate::app::protocol::{
    FineTuneJob, InferJob, InferMode, Job, JobDone, Patches, RoundJob, VolumeJob, from_bytes, to_bytes,
};
use crate::core::error::UserError;
use crate::core::i18n::messages::WebMessage;
use crate::core::run_length;
use crate::imaging::preprocess::Input;
use crate::nn::finetune::Replica;
use crate::nn::finetune::data::{FineTuneData, Replay};
use crate::nn::infer::{AttentionOutput, Inference, infer, infer_ablated};
use crate::nn::model::InferenceModel;
use crate::nn::model::state_dict::StateDict;
use crate::nn::model::weights::ModelFile;
use crate::nn::segmentation_model::SegmentationModel;
use crate::nn::volume::{PatchProgress, SegmentedVolume, VolumeError};

/// Runs this worker on the CPU.
pub fn run_cpu() {
    run(async || Ok(Device::flex()));
}

/// Runs this worker on WebGPU.
#[cfg(feature = "webgpu")]
pub fn run_webgpu() {
    run(async || {
        Device::wgpu_options().init_async().await.map_err(|error| {
            let reason = WebMessage::DeviceNotOpened { why: format!("{error:?}") };
            UserError::new(WebMessage::WebGpu, reason, WebMessage::CpuComputesInstead)
        })
    });
}

/// The most bytes that a segmentation of a whole series may take: a wasm program has 4 GiB at most.
const MOST_BYTES: usize = 3 << 30;

/// The model and the replica of this worker.
#[derive(Default)]
struct Held {
    /// Opened once: a second device of a wasm instance would be another's.
    device: Option<Device>,
    file: Option<ModelFile>,
    model: Option<InferenceModel>,
    volumes: Option<VolumeEngine>,
    learning: Option<Learning>,
}

/// A replica, and what it learns from.
struct Learning {
    replica: Replica,
    /// The weights at its start, for names and shapes.
    start: StateDict,
    material: FineTuneData,
    replay: Replay,
}

fn run(open_device: impl AsyncFn() -> Result<Device, UserError> + 'static) {
    let scope: DedicatedWorkerGlobalScope = js_sys::global().unchecked_into();
    let queue = Rc::new(RefCell::new(VecDeque::<Job>::new()));
    // What the worker holds, while no job is at work with it.
    let held = Rc::new(RefCell::new(Some(Held::default())));
    let open_device = Rc::new(open_device);
    let reply_scope = scope.clone();
    let receive = move |message| {
        let job = match decode::<Job>(message) {
            Ok(job) => job,
            Err(error) => return say(&reply_scope, &JobDone::Failed(error)),
        };
        queue.borrow_mut().push_back(job);
        let Some(mut worker) = held.borrow_mut().take() else { return };
        let (queue, held) = (queue.clone(), held.clone());
        let (open_device, scope) = (open_device.clone(), reply_scope.clone());
        spawn_local(async move {
            loop {
                let Some(job) = queue.borrow_mut().pop_front() else { break };
                if let Some(done) = answer(&mut worker, job, &*open_device, &scope).await {
                    say(&scope, &done);
                }
            }
            held.borrow_mut().replace(worker);
        });
    };
    EventListener::new(&scope, "message", move |event| {
        if let Some(event) = event.dyn_ref::<MessageEvent>() {
            receive(event.data());
        }
    })
    .forget();
    lifeline::hold(move |lifeline| post(&scope, &FromCompute::Listening { lifeline }));
}

fn say(scope: &DedicatedWorkerGlobalScope, done: &JobDone) {
    post(scope, &FromCompute::Done(Cow::Borrowed(done)));
}

/// Does one job. `None` where a job needs what failed to load: that was reported.
async fn answer(
    held: &mut Held,
    job: Job,
    open_device: &impl AsyncFn() -> Result<Device, UserError>,
    scope: &DedicatedWorkerGlobalScope,
) -> Option<JobDone> {
    let done = match job {
        Job::Load { model } => load(held, model, open_device).await.map(|()| JobDone::Loaded),
        Job::Infer(job) => Ok(run_job(held.model.as_ref()?, held.file.as_ref()?.passport.pancreas(), job).await),
        Job::SegmentVolume(job) => Ok(segment(held.volumes.take()?, job, scope).await),
        Job::Tune(job) => prepare(held, job).map(|()| JobDone::Prepared),
        Job::Round(job) => round(held.learning.as_mut()?, job, scope).await,
    };
    Some(done.unwrap_or_else(JobDone::Failed))
}

async fn load(
    held: &mut Held,
    bytes: Arc<Vec<u8>>,
    open_device: &impl AsyncFn() -> Result<Device, UserError>,
) -> Result<(), UserError> {
    let device = held.device.take();
    // The former model gives way before the new one is made: both may be large.
    *held = Held { device: device.clone(), ..Held::default() };
    let is_of_volumes = SegmentationModel::is_of_volumes(&bytes)?;
    let device = match device {
        Some(device) => device,
        None => open_device().await?,
    };
    held.device = Some(device.clone());
    if is_of_volumes {
        held.volumes = Some(volume_engine(bytes, &device).await?);
        return Ok(());
    }
    let file = ModelFile::read(&bytes)?;
    drop(bytes);
    let model = file.load(&device).for_inference();
    check(&file, &model).await?;
    (held.file, held.model) = (Some(file), Some(model));
    Ok(())
}

/// Segments a whole series, and reports each patch.
async fn segment(model: VolumeEngine, job: VolumeJob, scope: &DedicatedWorkerGlobalScope) -> JobDone {
    let opening = job.opening;
    let advanced = |patches| say(scope, &JobDone::VolumeAdvanced { opening, patches });
    // What a series' region is prepared for, the session has told.
    if !job.is_region {
        advanced(Patches::default());
    }
    let heard = |PatchProgress { network, networks, done, patches }| {
        advanced(Patches { network, networks, done, all: patches });
    };
    let (organ, open_gate, is_region) = (job.organ, job.open_gate, job.is_region);
    let volume = job.into_volume();
    if let Err(error) = model.check_memory(&volume, is_region, MOST_BYTES) {
        return JobDone::VolumeRefused { opening, error };
    }
    match model.run(volume, organ, is_region, open_gate, heard).await {
        Ok(VolumeFinding::Region(region)) => JobDone::RegionFound { opening, region },
        Ok(VolumeFinding::Segmented(SegmentedVolume { mask, probability, attention })) => JobDone::VolumeSegmented {
            opening,
            labels: run_length::to_bytes(&mask.labels),
            probability: probability.map(|steps| run_length::to_bytes(&steps)).unwrap_or_default(),
            attention,
        },
        Err(VolumeError::Scan(error)) => JobDone::VolumeRefused { opening, error },
        Err(VolumeError::Device(error)) => {
            let reason = WebMessage::DeviceFailed { why: format!("{error:?}") };
            JobDone::Failed(UserError::new(WebMessage::TheNetwork, reason, WebMessage::CpuComputesInstead))
        }
    }
}

/// Makes a replica of the model that is loaded.
fn prepare(held: &mut Held, job: FineTuneJob) -> Result<(), UserError> {
    let refused = |reason| UserError::new(WebMessage::FineTuning, reason, WebMessage::ReloadAndTryAgain);
    let material = FineTuneData::from_bytes(&job.data).ok_or_else(|| refused(WebMessage::SamplesDamaged))?;
    let (Some(file), Some(device)) = (&held.file, &held.device) else { return Err(refused(WebMessage::NoModelLoaded)) };
    let model = file.load(&device.clone().autodiff());
    held.learning = Some(Learning {
        replica: Replica::new(model, job.config, job.replica),
        start: file.values.clone(),
        material,
        replay: Replay::phantoms(&file.passport.preprocess),
    });
    Ok(())
}

/// Scores and trains the replica for a round, and reports the progress.
async fn round(
    learning: &mut Learning,
    job: RoundJob,
    scope: &DedicatedWorkerGlobalScope,
) -> Result<JobDone, UserError> {
    let failed = |error: ExecutionError| {
        let reason = WebMessage::DeviceFailed { why: format!("{error:?}") };
        UserError::new(WebMessage::FineTuning, reason, WebMessage::OpenWithCpu)
    };
    let Learning { replica, start, material, replay } = learning;
    if !job.weights.is_empty() {
        replica.load_state_dict(&start.unflatten(&from_bytes::<f32>(&job.weights)));
    }
    say(scope, &JobDone::Scored(replica.score(material, replay).await.map_err(failed)?));
    if job.from == job.until {
        return Ok(JobDone::Trained { weights: Vec::new() });
    }
    let heard = |_, loss| say(scope, &JobDone::Stepped { loss });
    replica.train(material, replay, job.from..job.until, heard).await.map_err(failed)?;
    let values = replica.state_dict().await.map_err(failed)?;
    Ok(JobDone::Trained { weights: to_bytes(&values.flatten()) })
}

/// Runs a small input on this device and, where this is not the CPU, on the CPU too: a shader that fails to compile in a browser
/// reports nothing and computes garbage. It also compiles every kernel before the first slice needs one.
async fn check(file: &ModelFile, model: &InferenceModel) -> Result<(), UserError> {
    let wrong = |reason| UserError::new(WebMessage::TheDevice, reason, WebMessage::CpuComputesInstead);
    let size = file.passport.config.stride() * 2;
    let wave = |i: usize| 0.5 + 0.5 * ((i % 97) as f32 / 48.0 - 1.0);
    let input = Input { channels: (0..3 * size * size).map(wave).collect(), size_px: size };
    let run = async |model: &InferenceModel| {
        let found = infer(model, std::slice::from_ref(&input), AttentionOutput::Include).await;
        found.map_err(|error| wrong(WebMessage::NetworkFailedOnDevice { why: format!("{error:?}") }))
    };
    let ours = run(model).await?;
    if model.device() == Device::flex() {
        return Ok(());
    }
    let cpu = run(&file.load(&Device::flex()).for_inference()).await?;
    // Attention too: probabilities of such an input may be near zero everywhere, and so is a buffer nobody wrote to.
    let maps = |found: &Inference| found.attention.iter().flat_map(|map| map.alpha.clone()).collect::<Vec<_>>();
    if agree(&ours[0].probability, &cpu[0].probability) && agree(&maps(&ours[0]), &maps(&cpu[0])) {
        return Ok(());
    }
    Err(wrong(WebMessage::ResultsDiffer))
}

/// True if every value is within 0.01 of the other; NaN never is.
fn agree(a: &[f32], b: &[f32]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() <= 0.01)
}

/// Runs the network on one input, and returns the output for one organ.
async fn run_job(model: &InferenceModel, organ: usize, job: InferJob) -> JobDone {
    let area = job.size_px * job.size_px;
    let of_organ = |probability: &[f32]| to_bytes(&probability[organ * area..(organ + 1) * area]);
    match outputs(model, &job).await {
        Ok((found, opened)) => JobDone::Inferred {
            opening: job.opening,
            slice: job.slice,
            ask: job.ask,
            probability: of_organ(&found.probability),
            opened: opened.map(|opened| of_organ(&opened.probability)).unwrap_or_default(),
            attention: found.attention.iter().map(|m| (m.size_px, ByteBuf::from(to_bytes(&m.alpha)))).collect(),
        },
        Err(error) => JobDone::Failed(UserError::new(
            WebMessage::Slice { number: job.slice + 1 },
            WebMessage::DeviceFailed { why: format!("{error:?}") },
            WebMessage::OpenWithCpu,
        )),
    }
}

/// The network's output for an input and, if requested, the output with a gate held open.
async fn outputs(model: &InferenceModel, job: &InferJob) -> Result<(Inference, Option<Inference>), ExecutionError> {
    let input = [Input { channels: from_bytes(&job.input), size_px: job.size_px }];
    let attention = match job.ask {
        InferMode::Explain => AttentionOutput::Include,
        _ => AttentionOutput::Omit,
    };
    let found = infer(model, &input, attention).await?.remove(0);
    let opened = match job.ask {
        InferMode::Ablate { gate } => {
            Some(infer_ablated(model, &input, Some(gate), AttentionOutput::Omit).await?.remove(0))
        }
        _ => None,
    };
    Ok((found, opened))
}
