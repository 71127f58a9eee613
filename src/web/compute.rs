//! A compute worker: holds the network on one device and runs it on one input at a time.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use burn::tensor::Device;
use serde_bytes::ByteBuf;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

use super::post::{decode, encode};
use crate::infer::{Inference, infer};
use crate::model::AttentionUnet;
use crate::model::weights::ModelFile;
use crate::preprocess::Input;
use crate::protocol::{InferJob, Job, JobDone, from_bytes, to_bytes};
use crate::refusal::Refusal;

/// Runs this worker on the CPU.
pub fn run_cpu() {
    run(async || Ok(Device::flex()));
}

/// Runs this worker on WebGPU.
#[cfg(feature = "webgpu")]
pub fn run_webgpu() {
    run(async || {
        Device::wgpu_options().init_async().await.map_err(|error| {
            Refusal::new("WebGPU", format!("the device could not be opened ({error:?})"), "The CPU computes instead")
        })
    });
}

fn run(open_device: impl AsyncFn() -> Result<Device, Refusal> + 'static) {
    let scope: DedicatedWorkerGlobalScope = js_sys::global().unchecked_into();
    let queue = Rc::new(RefCell::new(VecDeque::<Job>::new()));
    let running = Rc::new(RefCell::new(false));
    let model = Rc::new(RefCell::new(None::<AttentionUnet>));
    let open_device = Rc::new(open_device);
    let reply_scope = scope.clone();
    let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        let Some(job) = decode::<Job>(event.data()) else { return };
        queue.borrow_mut().push_back(job);
        if running.replace(true) {
            return;
        }
        let (queue, running, model) = (queue.clone(), running.clone(), model.clone());
        let (open_device, scope) = (open_device.clone(), reply_scope.clone());
        spawn_local(async move {
            loop {
                let Some(job) = queue.borrow_mut().pop_front() else { break };
                let done = match job {
                    Job::Load { model: bytes } => match load(&bytes, &*open_device).await {
                        Ok(loaded) => {
                            *model.borrow_mut() = Some(loaded);
                            JobDone::Loaded
                        }
                        Err(refusal) => JobDone::Failed(refusal),
                    },
                    Job::Infer(job) => {
                        let loaded = model.borrow().clone();
                        match loaded {
                            Some(model) => run_job(&model, job).await,
                            None => continue, // Its failure to load was reported.
                        }
                    }
                };
                let (message, buffers) = encode(&done);
                scope.post_message_with_transfer(&message, &buffers).expect("a plain message");
            }
            running.replace(false);
        });
    });
    scope.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    on_message.forget();
    // Messages sent before the handler stood are lost, so the host waits for this word.
    scope.post_message(&JsValue::from_str(super::host::LISTENING)).expect("a plain message");
}

async fn load(bytes: &[u8], open_device: &impl AsyncFn() -> Result<Device, Refusal>) -> Result<AttentionUnet, Refusal> {
    let file = ModelFile::read(bytes)?;
    let device = open_device().await?;
    let model = file.load(&device);
    check(&file, &model).await?;
    Ok(model)
}

/// Runs a small input on this device and, where this is not the CPU, on the CPU too: a shader that fails to compile in a browser
/// says nothing and computes garbage. It also compiles every kernel before somebody waits for one.
async fn check(file: &ModelFile, model: &AttentionUnet) -> Result<(), Refusal> {
    let wrong = |why: String| Refusal::new("The device", why, "The CPU computes instead");
    let size = file.passport.config.stride() * 2;
    let wave = |i: usize| 0.5 + 0.5 * ((i % 97) as f32 / 48.0 - 1.0);
    let input = Input { channels: (0..3 * size * size).map(wave).collect(), size_px: size };
    let run = async |model: &AttentionUnet| {
        let found = infer(model, std::slice::from_ref(&input), true).await;
        found.map_err(|error| wrong(format!("the network failed on it ({error:?})")))
    };
    let ours = run(model).await?;
    if model.device() == Device::flex() {
        return Ok(());
    }
    let cpu = run(&file.load(&Device::flex())).await?;
    // Attention too: probabilities of such an input may be near zero everywhere, and so is a buffer nobody wrote to.
    let maps = |found: &Inference| found.attention.iter().flat_map(|map| map.alpha.clone()).collect::<Vec<_>>();
    if agree(&ours[0].probability, &cpu[0].probability) && agree(&maps(&ours[0]), &maps(&cpu[0])) {
        return Ok(());
    }
    Err(wrong("its results differ from the CPU's".into()))
}

/// Whether every value is within 0.01 of the other; no NaN is.
fn agree(a: &[f32], b: &[f32]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() <= 0.01)
}

async fn run_job(model: &AttentionUnet, job: InferJob) -> JobDone {
    let input = Input { channels: from_bytes(&job.input), size_px: job.size_px };
    match infer(model, &[input], job.explain).await {
        Ok(mut found) => {
            let found = found.remove(0);
            JobDone::Inferred {
                opening: job.opening,
                slice: job.slice,
                probability: to_bytes(&found.probability),
                attention: found.attention.iter().map(|m| (m.size_px, ByteBuf::from(to_bytes(&m.alpha)))).collect(),
            }
        }
        Err(error) => JobDone::Failed(Refusal::new(
            format!("Slice {}", job.slice + 1),
            format!("the device failed ({error:?})"),
            "Open the page again with ?device=cpu",
        )),
    }
}
