//! The session worker: it reads files, holds the [`Session`], and keeps its compute workers busy.

mod compute_slot;
mod dropped_files;
mod host;
mod kept_model;
mod model_file;
mod model_import;
mod started_worker;
mod surfaces;
mod work;

use std::cell::RefCell;
use std::rc::Rc;

use gloo::events::EventListener;
use js_sys::Promise;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

use super::clock::now_ms;
use super::device::{ChosenDevice, DeviceRequest, choose};
use super::lifeline;
use super::messages::{FromCompute, FromSession, StartMessage, ToSession};
use super::transfer::decode;
use crate::app::protocol::{DeviceKind, JobDone, Response};
use crate::app::recovery::OpenEffect;
use crate::app::session::Session;
use crate::core::error::UserError;
use crate::core::i18n::messages::WebMessage;
use compute_slot::{Slot, SlotState};
use host::Host;
use surfaces::make_surfaces;
use work::Work;

/// More copies of the network than this cost more memory than they save time.
const MOST_WORKERS: usize = 8;

/// The time that the page has to itself when a series is opened.
const FIRST_PICTURE_MS: i32 = 150;

type Shared = Rc<RefCell<Host>>;

/// Runs this worker.
pub fn run() {
    let scope: DedicatedWorkerGlobalScope = js_sys::global().unchecked_into();
    let host = Rc::new(RefCell::new(Host {
        scope: scope.clone(),
        session: None,
        pool: Vec::new(),
        early: Vec::new(),
        arriving: None,
        ready: false,
        recomputing: false,
        import: None,
        making_surfaces: false,
        requested_at_ms: 0.0,
        is_waiting_for_page: false,
        note: None,
        broken: None,
    }));
    let listening_host = host.clone();
    EventListener::new(&scope, "message", move |event| {
        if let Some(event) = event.dyn_ref::<MessageEvent>() {
            receive(&listening_host, event.data());
        }
    })
    .forget();
    lifeline::hold(move |lifeline| host.borrow().post(&FromSession::Listening { lifeline }));
}

fn receive(host: &Shared, message: JsValue) {
    match decode::<ToSession>(message) {
        Ok(ToSession::Start(start)) => {
            let host = host.clone();
            spawn_local(async move {
                if let Err(error) = begin(&host, start).await {
                    host.borrow_mut().give_up(error);
                }
            });
        }
        Ok(ToSession::Files(part)) => {
            let complete = host.borrow_mut().take_part(part);
            complete.into_iter().for_each(|files| handle(host, Work::Files(files)));
        }
        Ok(ToSession::Model(wish)) => kept_model::fulfil(host, wish),
        Ok(ToSession::Request(request)) => handle(host, Work::Request(request.into_owned())),
        Err(error) => host.borrow().reply(&Response::Failed(error)),
    }
}

fn handle(host: &Shared, work: Work) {
    {
        let host = &mut *host.borrow_mut();
        host.requested_at_ms = now_ms();
        if let Some(error) = host.broken.clone() {
            host.answer(work.kind(), OpenEffect::Nothing, &[Response::Failed(error)]);
            return;
        }
        if host.session.is_none() {
            host.early.push(work);
            return;
        }
    }
    let kind = work.kind();
    let (effect, responses) = match work {
        Work::Files(files) => {
            let reading = dropped_files::read(&files, |message| host.borrow().post(message));
            if !reading.zips.is_empty() {
                return model_import::begin(host, reading);
            }
            let dropped = reading.finish(&[]);
            let opened = host.borrow_mut().session.as_mut().map(|session| dropped_files::open(session, dropped, None));
            opened.unwrap_or((OpenEffect::Nothing, Vec::new()))
        }
        Work::Request(request) => {
            let responses = host.borrow_mut().session.as_mut().map(|session| session.handle(request));
            let responses = responses.unwrap_or_default();
            (OpenEffect::of(&responses), responses)
        }
    };
    host.borrow().answer(kind, effect, &responses);
    if effect.opens_series() {
        wait_for_page(host);
    }
    continue_work(host);
}

/// Leaves the processors to the page for a moment, so that the first picture is there at once and nothing is felt.
fn wait_for_page(host: &Shared) {
    let pause = {
        let host = &mut *host.borrow_mut();
        host.is_waiting_for_page = true;
        timer(&host.scope, FIRST_PICTURE_MS)
    };
    let host = host.clone();
    spawn_local(async move {
        // The browser's timer always fires; an error here would only mean that it fires at once.
        JsFuture::from(pause).await.ok();
        host.borrow_mut().is_waiting_for_page = false;
        continue_work(&host);
    });
}

/// Continues after an event: ends compute workers that are not needed, starts those that are, gives jobs to the idle ones,
/// recomputes masks, and makes surfaces.
fn continue_work(host: &Shared) {
    let starts = host.borrow_mut().end_and_list_starts();
    for index in starts {
        let kind = host.borrow().pool[index].kind;
        match start_worker(host, kind, index) {
            Ok(slot) => host.borrow_mut().pool[index] = slot,
            Err(error) => host.borrow_mut().give_up(error),
        }
    }
    host.borrow_mut().dispatch();
    recompute_masks(host);
    make_surfaces(host);
}

/// Recomputes outdated masks, piece by piece: between two pieces the browser delivers the messages that have arrived, so
/// that a newer threshold is heard.
fn recompute_masks(host: &Shared) {
    {
        let host = &mut *host.borrow_mut();
        if host.recomputing || !host.has_outdated_masks() {
            return;
        }
        host.recomputing = true;
    }
    let host = host.clone();
    spawn_local(async move {
        while host.borrow().has_outdated_masks() {
            let next_task = timer(&host.borrow().scope, 0);
            // The browser's timer always fires; an error here would only mean that it fires at once.
            JsFuture::from(next_task).await.ok();
            let responses = host.borrow_mut().session.as_mut().map(Session::recompute_masks);
            host.borrow().reply_all(&responses.unwrap_or_default());
        }
        host.borrow_mut().recomputing = false;
        make_surfaces(&host);
    });
}

/// Resolves after some milliseconds, and after the messages that wait now have been delivered.
fn timer(scope: &DedicatedWorkerGlobalScope, milliseconds: i32) -> Promise {
    Promise::new(&mut |resolve, _| {
        let timer = scope.set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, milliseconds);
        timer.expect("a timer can be set");
    })
}

/// Reads the model and starts the compute workers.
async fn begin(host: &Shared, start: StartMessage) -> Result<(), UserError> {
    let (session, told) = kept_model::start(start.model).await?;
    let ChosenDevice { kind, note } = choose(DeviceRequest::parse(&start.device)).await;
    {
        let host = &mut *host.borrow_mut();
        host.session = Some(session);
        host.note = note;
        host.reply_all(&told);
    }
    start_pool(host, kind)?;
    let early = std::mem::take(&mut host.borrow_mut().early);
    early.into_iter().for_each(|work| handle(host, work));
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
    let (message_host, error_host) = (host.clone(), host.clone());
    let on_message = move |message| receive_from_worker(&message_host, index, message);
    Slot::start(kind, on_message, move |reason| worker_failed(&error_host, index, reason))
}

fn receive_from_worker(host: &Shared, index: usize, message: JsValue) {
    match decode::<FromCompute>(message) {
        Ok(FromCompute::Listening { lifeline }) => {
            watch_worker(host, index, lifeline);
            host.borrow_mut().load_model(index);
        }
        Ok(FromCompute::Done(done)) => match done.into_owned() {
            JobDone::Failed(error) => worker_failed(host, index, &error.to_string()),
            done => job_done(host, index, done),
        },
        // Its job would never end otherwise.
        Err(error) => {
            let reason = error.to_string();
            host.borrow().reply(&Response::Failed(error));
            worker_failed(host, index, &reason);
        }
    }
}

/// Replaces a compute worker that ends without an error, as one does that the browser ends.
fn watch_worker(host: &Shared, index: usize, lifeline: Option<String>) {
    let Some(name) = lifeline else { return };
    host.borrow_mut().pool[index].lifeline = Some(name.clone());
    let host = host.clone();
    lifeline::watch(&name.clone(), move || {
        // Another worker may have its place by now.
        let is_same = |slot: &Slot| slot.lifeline.as_ref() == Some(&name) && slot.state != SlotState::Dead;
        let is_lost = host.borrow().pool.get(index).is_some_and(is_same);
        if is_lost {
            worker_failed(&host, index, &WebMessage::BrowserEndedWorker.to_string());
        }
    });
}

fn job_done(host: &Shared, index: usize, done: JobDone) {
    {
        let host = &mut *host.borrow_mut();
        let slot = &mut host.pool[index];
        let was = slot.state;
        match (done.more_follows(), was) {
            (true, _) => (),
            // Its hundreds of megabytes make room for what the session makes of the result.
            (false, SlotState::Segmenting { .. }) => slot.rest(),
            (false, _) => slot.state = SlotState::Idle,
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
    continue_work(host);
}

/// Replaces a compute worker that failed. The CPU takes over from a GPU that failed.
fn worker_failed(host: &Shared, index: usize, why: &str) {
    let (kind, was) = host.borrow_mut().bury(index, why);
    let outcome = match (kind, was) {
        (_, SlotState::Dead | SlotState::Resting) => Ok(()),
        (DeviceKind::WebGpu, _) => {
            {
                let host = &mut *host.borrow_mut();
                host.note = Some(WebMessage::WebGpuFailed { why: why.to_owned() }.into());
                host.ready = false;
            }
            start_pool(host, DeviceKind::Cpu)
        }
        // A worker that never started would not start the next time either; the others do its work.
        (DeviceKind::Cpu, SlotState::Starting) => {
            // A model of whole volumes may be too large where another model is not.
            let is_large = host.borrow().session.as_ref().is_some_and(|session| !session.uses_worker(1));
            let is_alone = !is_large && host.borrow().pool.iter().all(|slot| slot.state == SlotState::Dead);
            let error = || UserError::new(WebMessage::TheNetwork, why, WebMessage::ReloadOrOtherBrowser);
            if is_alone { Err(error()) } else { Ok(()) }
        }
        (DeviceKind::Cpu, _) => start_worker(host, kind, index).map(|slot| host.borrow_mut().pool[index] = slot),
    };
    match outcome {
        Ok(()) => continue_work(host),
        Err(error) => host.borrow_mut().give_up(error),
    }
}
