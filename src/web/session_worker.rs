//! The session worker: reads files, holds the [`Session`], and keeps its compute workers busy.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Array, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{DedicatedWorkerGlobalScope, File, FileReaderSync, MessageEvent, Worker, WorkerOptions};

use super::device::{Wish, choose};
use super::transfer::{decode, encode, error_text, text};
use crate::app::protocol::{DeviceInfo, DeviceKind, InferMode, Job, JobDone, Request, Response};
use crate::app::session::Session;
use crate::core::error::UserError;
use crate::formats::{Contents, Importer};
use crate::nn::model::weights::ModelFile;

/// What a compute worker says first.
pub(crate) const LISTENING: &str = "listening";

/// More than this many copies of the network cost more memory than they save time.
const MOST_WORKERS: usize = 8;

/// What the page tells the session worker first, apart from [`Request`]s.
#[derive(serde::Serialize, serde::Deserialize)]
pub(crate) struct StartMessage {
    /// Where the model file is.
    pub(crate) model_url: String,
    /// `?device=`, or empty.
    pub(crate) device: String,
}

/// Names of a message's fields that carry a drop: the files, and their paths within it.
pub(crate) const FILES: &str = "files";
pub(crate) const NAMES: &str = "names";

struct Host {
    scope: DedicatedWorkerGlobalScope,
    session: Option<Session>,
    pool: Vec<Slot>,
    /// Asked for before the session stood.
    early: Vec<JsValue>,
    ready: bool,
    note: Option<String>,
    /// Why nothing can be computed; the answer to everything from then on.
    broken: Option<UserError>,
}

/// One compute worker.
struct Slot {
    worker: Worker,
    kind: DeviceKind,
    state: SlotState,
    /// Version of the model it was told to load; `None` before it was.
    model: Option<u64>,
    _handlers: [Closure<dyn FnMut(JsValue)>; 2],
}

#[derive(Clone, Copy, PartialEq)]
enum SlotState {
    Starting,
    Idle,
    Loading,
    Inferring { opening: u64, slice: usize, ask: InferMode },
    Tuning,
    Dead,
}

type Shared = Rc<RefCell<Host>>;

/// Runs this worker.
pub fn run() {
    let scope: DedicatedWorkerGlobalScope = js_sys::global().unchecked_into();
    let host = Rc::new(RefCell::new(Host {
        scope: scope.clone(),
        session: None,
        pool: Vec::new(),
        early: Vec::new(),
        ready: false,
        note: None,
        broken: None,
    }));
    let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| hear(&host, event.data()));
    scope.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    on_message.forget();
    scope.post_message(&JsValue::from_str(LISTENING)).expect("a plain message");
}

fn hear(host: &Shared, message: JsValue) {
    if let Some(start) = decode::<StartMessage>(message.clone()) {
        let host = host.clone();
        spawn_local(async move {
            if let Err(refusal) = begin(&host, start).await {
                host.borrow_mut().give_up(refusal);
            }
        });
        return;
    }
    {
        let host = &mut *host.borrow_mut();
        if let Some(refusal) = host.broken.clone() {
            host.reply(&Response::Failed(refusal));
            return;
        }
        if host.session.is_none() {
            host.early.push(message);
            return;
        }
    }
    let responses = if let Some(files) = Reflect::get(&message, &FILES.into()).ok().filter(Array::is_array) {
        let names = Reflect::get(&message, &NAMES.into()).unwrap_or_default();
        let dropped = read(&host.borrow(), &Array::from(&files), &Array::from(&names));
        host.borrow_mut().session.as_mut().map(|session| take(session, dropped))
    } else if let Some(request) = decode::<Request>(message) {
        host.borrow_mut().session.as_mut().map(|session| session.handle(request))
    } else {
        None
    };
    host.borrow().reply_all(&responses.unwrap_or_default());
    carry_on(host);
}

/// Opens what a drop held: a model, series, or both.
fn take(session: &mut Session, dropped: Dropped) -> Vec<Response> {
    let models = dropped.models.into_iter();
    let mut responses: Vec<Response> = models.flat_map(|(name, bytes)| session.load_model(&name, bytes)).collect();
    // A drop of a model alone is not a drop without a series.
    if responses.is_empty() || !dropped.contents.series.is_empty() || dropped.contents.refusal().is_some() {
        responses.extend(session.open(dropped.contents));
    }
    responses
}

/// After anything has happened: starts anew what is to be, and gives work to whoever has none.
fn carry_on(host: &Shared) {
    let restarts = host.borrow_mut().session.as_mut().map(Session::take_restarts).unwrap_or_default();
    for index in restarts {
        let kind = host.borrow().pool[index].kind;
        host.borrow().pool[index].worker.terminate();
        match start_worker(host, kind, index) {
            Ok(slot) => host.borrow_mut().pool[index] = slot,
            Err(refusal) => host.borrow_mut().give_up(refusal),
        }
    }
    host.borrow_mut().dispatch();
}

/// Loads the model and starts the compute workers.
async fn begin(host: &Shared, start: StartMessage) -> Result<(), UserError> {
    let bytes = fetch(&start.model_url).await?;
    let file = ModelFile::read(&bytes)?;
    let (kind, note) = choose(Wish::parse(&start.device)).await;
    {
        let host = &mut *host.borrow_mut();
        host.session = Some(Session::new(file, bytes));
        host.note = note;
    }
    start_pool(host, kind)?;
    let early = std::mem::take(&mut host.borrow_mut().early);
    early.into_iter().for_each(|message| hear(host, message));
    Ok(())
}

fn start_pool(host: &Shared, kind: DeviceKind) -> Result<(), UserError> {
    let count = match kind {
        DeviceKind::WebGpu => 1,
        DeviceKind::Cpu => (host.borrow().scope.navigator().hardware_concurrency() as usize).clamp(1, MOST_WORKERS),
    };
    host.borrow_mut().pool.clear();
    for index in 0..count {
        let slot = start_worker(host, kind, index)?;
        host.borrow_mut().pool.push(slot);
    }
    if let Some(session) = &mut host.borrow_mut().session {
        session.set_workers(count);
    }
    Ok(())
}

fn start_worker(host: &Shared, kind: DeviceKind, index: usize) -> Result<Slot, UserError> {
    let script = match kind {
        DeviceKind::Cpu => "./worker_loader.js",
        DeviceKind::WebGpu => "./worker_gpu_loader.js",
    };
    let options = WorkerOptions::new();
    options.set_name("compute");
    let worker = Worker::new_with_options(script, &options).map_err(|error| {
        UserError::new("A compute worker", format!("it could not be started ({})", text(&error)), "Reload the page")
    })?;
    let on_message = {
        let host = host.clone();
        Closure::<dyn FnMut(JsValue)>::new(move |event: JsValue| {
            worker_said(&host, index, event.unchecked_into::<MessageEvent>().data());
        })
    };
    let on_error = {
        let host = host.clone();
        Closure::<dyn FnMut(JsValue)>::new(move |event: JsValue| {
            // Handled here: left alone it would go on to the page, as an error of this worker.
            event.unchecked_ref::<web_sys::Event>().prevent_default();
            worker_died(&host, index, &error_text(&event));
        })
    };
    worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
    Ok(Slot { worker, kind, state: SlotState::Starting, model: None, _handlers: [on_message, on_error] })
}

fn worker_said(host: &Shared, index: usize, message: JsValue) {
    if message.as_string().as_deref() == Some(LISTENING) {
        host.borrow_mut().load_model(index);
        return;
    }
    let Some(done) = decode::<JobDone>(message) else { return };
    if let JobDone::Failed(refusal) = &done {
        worker_died(host, index, &refusal.to_string());
        return;
    }
    {
        let host = &mut *host.borrow_mut();
        let was = host.pool[index].state;
        if !done.more_follows() {
            host.pool[index].state = SlotState::Idle;
        }
        if !host.ready {
            host.ready = true;
            host.reply_ready();
        }
        let responses = host.session.as_mut().map(|session| match was {
            SlotState::Tuning => session.tuning_heard(index, done),
            _ => session.finish(done),
        });
        host.reply_all(&responses.unwrap_or_default());
    }
    carry_on(host);
}

/// Replaces a compute worker that failed. On a GPU that fails, the CPU takes over.
fn worker_died(host: &Shared, index: usize, why: &str) {
    let (kind, was) = {
        let host = &mut *host.borrow_mut();
        let slot = &mut host.pool[index];
        slot.worker.terminate();
        let was = std::mem::replace(&mut slot.state, SlotState::Dead);
        let responses = host.session.as_mut().map(|session| {
            let mut responses = session.tuning_lost(index, why);
            if let SlotState::Inferring { opening, slice, ask } = was {
                responses.extend(session.give_back(opening, slice, ask));
            }
            responses
        });
        host.reply_all(&responses.unwrap_or_default());
        (host.pool[index].kind, was)
    };
    let outcome = match (kind, was) {
        (_, SlotState::Dead) => Ok(()),
        (DeviceKind::WebGpu, _) => {
            {
                let host = &mut *host.borrow_mut();
                host.note = Some(format!("WebGPU failed, so the CPU computes: {why}"));
                host.ready = false;
            }
            start_pool(host, DeviceKind::Cpu)
        }
        // One that never started would not start again either; the others go on without it.
        (DeviceKind::Cpu, SlotState::Starting) => {
            let left = host.borrow().pool.iter().any(|slot| slot.state != SlotState::Dead);
            if left {
                Ok(())
            } else {
                Err(UserError::new("The network", why, "Reload the page, or use another browser"))
            }
        }
        (DeviceKind::Cpu, _) => start_worker(host, kind, index).map(|slot| host.borrow_mut().pool[index] = slot),
    };
    match outcome {
        Ok(()) => carry_on(host),
        Err(refusal) => host.borrow_mut().give_up(refusal),
    }
}

impl Host {
    /// Says that nothing can be computed, now and to whatever is asked later.
    fn give_up(&mut self, refusal: UserError) {
        self.reply(&Response::Failed(refusal.clone()));
        self.broken = Some(refusal);
    }

    fn reply(&self, response: &Response) {
        let (message, buffers) = encode(response);
        self.scope.post_message_with_transfer(&message, &buffers).expect("a plain message");
    }

    fn reply_all(&self, responses: &[Response]) {
        responses.iter().for_each(|response| self.reply(response));
    }

    fn reply_ready(&self) {
        let Some(model) = self.session.as_ref().map(Session::model_info) else { return };
        let device = DeviceInfo { kind: self.pool[0].kind, workers: self.pool.len(), note: self.note.clone() };
        self.reply(&Response::Ready { device, model });
    }

    /// Gives every idle worker a job, while there are any: the model in use first, if it holds another.
    fn dispatch(&mut self) {
        for index in 0..self.pool.len() {
            let Some(session) = &mut self.session else { return };
            if self.pool[index].state != SlotState::Idle {
                continue;
            }
            if self.pool[index].model != Some(session.model().1) {
                self.load_model(index);
                continue;
            }
            let (job, state) = if session.is_tuning_on(index) {
                let Some(job) = session.next_tuning_job(index) else { continue };
                (job, SlotState::Tuning)
            } else {
                let Some(job) = session.next_job() else { continue };
                let state = SlotState::Inferring { opening: job.opening, slice: job.slice, ask: job.ask };
                (Job::Infer(job), state)
            };
            self.pool[index].state = state;
            self.pool[index].post(&job);
        }
    }

    fn load_model(&mut self, index: usize) {
        let Some(session) = &self.session else { return };
        let (bytes, version) = session.model();
        let slot = &mut self.pool[index];
        slot.model = Some(version);
        // One that has just been started is still starting: if it cannot load, another would not either.
        if slot.state != SlotState::Starting {
            slot.state = SlotState::Loading;
        }
        slot.post(&Job::Load { model: bytes.to_vec() });
    }
}

impl Slot {
    fn post(&self, job: &Job) {
        let (message, buffers) = encode(job);
        self.worker.post_message_with_transfer(&message, &buffers).expect("a plain message");
    }
}

/// What a drop held.
struct Dropped {
    contents: Contents,
    /// Model files, by name.
    models: Vec<(String, Vec<u8>)>,
}

/// Reads the files of a drop one by one, so that memory holds one file and what came out of the others.
fn read(host: &Host, files: &Array, names: &Array) -> Dropped {
    let (mut intake, mut unread, mut models) = (Importer::new(), Vec::new(), Vec::new());
    let total = files.length() as usize;
    let reader = FileReaderSync::new().expect("workers have it");
    for (done, (file, name)) in files.iter().zip(names.iter()).enumerate() {
        if done % 16 == 0 {
            host.reply(&Response::Reading { done, total });
        }
        let file: File = file.unchecked_into();
        let name = name.as_string().unwrap_or_else(|| file.name());
        match reader.read_as_array_buffer(&file) {
            Ok(buffer) => {
                let bytes = Uint8Array::new(&buffer).to_vec();
                if name.ends_with(".safetensors") {
                    models.push((name, bytes));
                } else {
                    intake.add(&name, &bytes);
                }
            }
            Err(error) => {
                unread.push(UserError::new(name, text(&error), "Check that it is still there, and open it again"))
            }
        }
    }
    host.reply(&Response::Reading { done: total, total });
    let mut contents = intake.finish();
    contents.refused.extend(unread);
    Dropped { contents, models }
}

async fn fetch(url: &str) -> Result<Vec<u8>, UserError> {
    let refused = |why: String| UserError::new(format!("The model {url}"), why, "Check the address after ?model=");
    let scope: DedicatedWorkerGlobalScope = js_sys::global().unchecked_into();
    let failed = |error: JsValue| refused(format!("it could not be fetched ({})", text(&error)));
    let response: web_sys::Response = JsFuture::from(scope.fetch_with_str(url)).await.map_err(failed)?.unchecked_into();
    if !response.ok() {
        return Err(refused(format!("the server answered {}", response.status())));
    }
    let buffer = JsFuture::from(response.array_buffer().map_err(failed)?).await.map_err(failed)?;
    Ok(Uint8Array::new(&buffer).to_vec())
}
