//! The state of the session worker, and what it does with its compute workers without waiting for them.

use std::borrow::Cow;

use web_sys::DedicatedWorkerGlobalScope;

use super::compute_slot::{Slot, SlotState};
use super::model_import::Import;
use super::work::{Work, WorkKind};
use crate::app::protocol::{DeviceInfo, DeviceKind, Job, Response};
use crate::app::recovery::OpenEffect;
use crate::app::session::Session;
use crate::core::error::UserError;
use crate::core::i18n::messages::Message;
use crate::web::messages::{DroppedFiles, FromSession};
use crate::web::transfer::post;

/// The state of the session worker.
pub(super) struct Host {
    /// The scope of this worker.
    pub(super) scope: DedicatedWorkerGlobalScope,
    /// The session; `None` until the model is loaded.
    pub(super) session: Option<Session>,
    /// The compute workers.
    pub(super) pool: Vec<Slot>,
    /// Messages that arrived before the session was ready.
    pub(super) early: Vec<Work>,
    /// The parts of a drop that have arrived, while others follow.
    pub(super) arriving: Option<DroppedFiles>,
    /// True once a compute worker has loaded the model.
    pub(super) ready: bool,
    /// True while a task recomputes masks.
    pub(super) recomputing: bool,
    /// The drop whose zips are looked through.
    pub(super) import: Option<Import>,
    /// True while a task makes surfaces.
    pub(super) making_surfaces: bool,
    /// When the last request came, on the worker's clock.
    pub(super) requested_at_ms: f64,
    /// True while nothing is computed, because the page draws what was opened.
    pub(super) is_waiting_for_page: bool,
    /// The reason why the device is not the requested one.
    pub(super) note: Option<Message>,
    /// The reason why nothing can be computed; from then on the answer to everything.
    pub(super) broken: Option<UserError>,
}

impl Host {
    /// Takes a part of a drop, and returns the drop once it is complete.
    pub(super) fn take_part(&mut self, part: DroppedFiles) -> Option<DroppedFiles> {
        match &mut self.arriving {
            None => self.arriving = Some(part),
            Some(drop) => drop.append(part),
        }
        self.arriving.take_if(|drop| !drop.is_to_continue)
    }

    /// Ends a worker that failed and gives its job back. Returns its device and what it was doing.
    pub(super) fn bury(&mut self, index: usize, why: &str) -> (DeviceKind, SlotState) {
        let slot = &mut self.pool[index];
        slot.worker.end();
        let kind = slot.kind;
        let was = std::mem::replace(&mut slot.state, SlotState::Dead);
        let responses = self.session.as_mut().map(|session| {
            let mut responses = session.tuning_lost(index, why);
            match was {
                SlotState::Inferring { opening, slice, ask } => {
                    responses.extend(session.give_back(opening, slice, ask));
                }
                SlotState::Segmenting { opening } => responses.extend(session.volume_lost(opening, why)),
                SlotState::Starting | SlotState::Loading => responses.extend(session.loading_lost(index, why)),
                _ => {}
            }
            responses
        });
        self.reply_all(&responses.unwrap_or_default());
        (kind, was)
    }

    /// Ends the compute workers whose work is no longer wanted, and those that the model in use does not need. Returns those
    /// that have to be started: the former, those that are needed again, and those that died although a series waits for
    /// them alone, or once a smaller model is in use.
    pub(super) fn end_and_list_starts(&mut self) -> Vec<usize> {
        let Some(session) = &mut self.session else { return Vec::new() };
        for index in session.take_restarts() {
            self.pool[index].rest();
        }
        let is_smaller = self.pool.iter().all(|slot| slot.state == SlotState::Dead) && session.uses_worker(1);
        let mut starts = Vec::new();
        for (index, slot) in self.pool.iter_mut().enumerate() {
            let is_needed = session.needs_worker(index);
            match slot.state {
                SlotState::Idle if !is_needed => slot.rest(),
                SlotState::Resting if is_needed => starts.push(index),
                SlotState::Dead if is_smaller || session.waits_for_worker(index) => starts.push(index),
                _ => (),
            }
        }
        starts
    }

    /// Reports that nothing can be computed, now and in answer to every later request.
    pub(super) fn give_up(&mut self, error: UserError) {
        self.reply(&Response::Failed(error.clone()));
        self.broken = Some(error);
    }

    /// True if masks are still to be recomputed.
    pub(super) fn has_outdated_masks(&self) -> bool {
        self.session.as_ref().is_some_and(Session::has_outdated_masks)
    }

    /// True if the page waits for surfaces.
    pub(super) fn has_outdated_surfaces(&self) -> bool {
        self.session.as_ref().is_some_and(Session::has_outdated_surfaces)
    }

    /// Sends a message to the page.
    pub(super) fn post(&self, message: &FromSession) {
        post(&self.scope, message);
    }

    /// Sends a response to the page.
    pub(super) fn reply(&self, response: &Response) {
        self.post(&FromSession::Response(Cow::Borrowed(response)));
    }

    /// Sends responses to the page.
    pub(super) fn reply_all(&self, responses: &[Response]) {
        responses.iter().for_each(|response| self.reply(response));
    }

    /// Sends the responses to a message, and the `effect` of what opens something.
    pub(super) fn answer(&self, kind: WorkKind, effect: OpenEffect, responses: &[Response]) {
        match kind {
            WorkKind::Opening => self.post(&FromSession::Opened { effect, responses: responses.into() }),
            WorkKind::Other => self.reply_all(responses),
        }
    }

    /// Reports the device and the model to the page.
    pub(super) fn reply_ready(&self) {
        let Some(model) = self.session.as_ref().map(Session::model_info) else { return };
        let device = DeviceInfo { kind: self.pool[0].kind, workers: self.pool.len(), note: self.note.clone() };
        self.reply(&Response::Ready { device, model });
    }

    /// Gives every idle compute worker a job if there is one; first the model in use, if the worker has another.
    pub(super) fn dispatch(&mut self) {
        if self.is_waiting_for_page {
            return;
        }
        for index in 0..self.pool.len() {
            let Some(session) = &mut self.session else { return };
            if self.pool[index].state != SlotState::Idle || !session.uses_worker(index) {
                continue;
            }
            if self.pool[index].model != Some(session.model().1) {
                self.load_model(index);
                continue;
            }
            let (job, state) = if session.is_tuning_on(index) {
                let Some(job) = session.next_tuning_job(index) else { continue };
                (job, SlotState::Tuning)
            } else if let Some(job) = session.next_volume_job(index) {
                let state = SlotState::Segmenting { opening: job.opening };
                (Job::SegmentVolume(job), state)
            } else {
                let Some(job) = session.next_job() else { continue };
                let state = SlotState::Inferring { opening: job.opening, slice: job.slice, ask: job.ask };
                (Job::Infer(job), state)
            };
            self.pool[index].state = state;
            self.pool[index].post(&job);
        }
    }

    /// Sends the model in use to a compute worker, or lets it idle if the model does not need it.
    pub(super) fn load_model(&mut self, index: usize) {
        let Some(session) = &self.session else { return };
        let slot = &mut self.pool[index];
        if !session.uses_worker(index) {
            slot.state = SlotState::Idle;
            return;
        }
        slot.model = Some(session.model().1);
        // A new worker counts as starting until it has loaded: if it cannot, another one could not either.
        if slot.state != SlotState::Starting {
            slot.state = SlotState::Loading;
        }
        slot.post(&session.model_job());
    }
}
