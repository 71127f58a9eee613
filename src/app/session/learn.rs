//! Fine-tuning as the page asks for it: from the accepted slices of the series shown, to a model that is kept or not.

use super::{FineTuneRun, PreviousMasks, Session};
use crate::app::protocol::{Job, JobDone, Navigation, Response};
use crate::core::error::UserError;
use crate::core::i18n::messages::FormatsMessage;
use crate::nn::finetune::data::{CorrectedScan, FineTuneData};
use crate::nn::finetune::{FineTuneConfig, check_organs};
use crate::nn::model::weights::ModelFile;

impl Session {
    /// Says how many compute workers there are to learn side by side.
    pub fn set_workers(&mut self, count: usize) {
        self.workers = count.max(1);
    }

    /// Puts another model into use, from a file. A bad one is refused, and the old one stays.
    pub fn load_model(&mut self, name: &str, bytes: Vec<u8>) -> Vec<Response> {
        match ModelFile::read(&bytes) {
            Ok(file) => {
                let mut responses = self.abandon_tuning();
                self.models.load(file, bytes);
                self.segment_again(PreviousMasks::Drop);
                responses.extend(self.model_changed());
                responses
            }
            Err(refusal) => vec![Response::Failed(UserError {
                subject: FormatsMessage::InFile { name: refusal.subject, file: name.to_string() }.into(),
                ..refusal
            })],
        }
    }

    /// What a compute worker without work is to do for the fine-tuning, if anything.
    pub fn next_tuning_job(&mut self, slot: usize) -> Option<Job> {
        self.tuning.as_mut()?.next_job(slot)
    }

    /// Whether a compute worker is kept for the fine-tuning.
    pub fn is_tuning_on(&self, slot: usize) -> bool {
        self.tuning.as_ref().is_some_and(|tuning| tuning.claims(slot))
    }

    /// Takes in what a compute worker says of the fine-tuning.
    pub fn tuning_heard(&mut self, slot: usize, done: JobDone) -> Vec<Response> {
        let Some(tuning) = &mut self.tuning else { return Vec::new() };
        let over = tuning.heard(slot, done);
        let mut responses = vec![Response::Tuning(tuning.progress())];
        if over {
            responses.extend(self.conclude());
        }
        responses
    }

    /// The compute worker in `slot` died. If it held a replica, the best so far is offered, and why there is no more of it said.
    pub fn tuning_lost(&mut self, slot: usize, why: &str) -> Vec<Response> {
        if !self.tuning.as_ref().is_some_and(|tuning| tuning.slots().contains(&slot)) {
            return Vec::new();
        }
        let mut responses = self.stop_tuning();
        let hint = "The corrections and the model are as they were; close other tabs to free memory, then try again";
        responses.push(Response::Failed(UserError::new("Fine-tuning", format!("a worker stopped ({why})"), hint)));
        responses
    }

    /// Compute workers to be started anew, since the last time this was asked.
    pub fn take_restarts(&mut self) -> Vec<usize> {
        std::mem::take(&mut self.restarts)
    }

    pub(super) fn fine_tune(&mut self, config: FineTuneConfig) -> Vec<Response> {
        let refused = |why: &str, hint: &str| vec![Response::Failed(UserError::new("Fine-tuning", why, hint))];
        if self.tuning.is_some() {
            return refused("one is running already", "Wait for it, or stop it");
        }
        if let Err(refusal) = check_organs(&self.models.now.file.passport) {
            return vec![Response::Failed(refusal)];
        }
        // Whoever goes on from a tuned model has decided for it.
        let mut responses = if self.models.before.is_some() { self.decide(true) } else { Vec::new() };
        let preprocess = self.preprocess().clone();
        let workers = self.workers;
        let Some(open) = self.shown() else { return refused("no series is open", "Drop a series first") };
        if !open.now.is_complete() {
            return refused("the series is still being segmented", "Wait until it is done");
        }
        let (truth, accepted) = open.truth();
        let scan =
            CorrectedScan { volume: &open.volume, truth: &truth, corrected: &accepted, prediction: &open.now.mask };
        let Some(material) = FineTuneData::from_scan(&scan, config.neighbour_mm, &preprocess) else {
            let why = format!(
                "{} slice(s) are accepted, expected at least two: one to learn from, one to judge by",
                accepted.len()
            );
            return refused(&why, "Correct and accept more slices, spread over the organ");
        };
        let config = FineTuneConfig { replicas: config.replicas.clamp(1, workers), ..config };
        let tuning = FineTuneRun::new(config, &material, self.models.now.file.values.flatten());
        responses.push(Response::Tuning(tuning.progress()));
        self.tuning = Some(tuning);
        responses
    }

    /// Stops at once; what has been scored is offered.
    pub(super) fn stop_tuning(&mut self) -> Vec<Response> {
        let Some(tuning) = &self.tuning else { return Vec::new() };
        self.restarts.extend(tuning.slots());
        self.conclude()
    }

    /// Stops without an offer: the series or the model that it was about is gone.
    pub(super) fn abandon_tuning(&mut self) -> Vec<Response> {
        match self.tuning.take() {
            Some(tuning) => {
                self.restarts.extend(tuning.slots());
                vec![Response::NotTuned]
            }
            None => Vec::new(),
        }
    }

    pub(super) fn decide(&mut self, keep: bool) -> Vec<Response> {
        if self.models.before.is_none() {
            return Vec::new();
        }
        self.models.decide(keep);
        for open in &mut self.series {
            let before = open.before.take();
            open.comparing = false;
            if let Some(before) = before.filter(|_| !keep) {
                open.now = before;
                open.now.strays_outdated = true;
                open.review = None;
            }
        }
        self.model_changed()
    }

    pub(super) fn export_model(&self) -> Response {
        let tunings = self.models.now.file.passport.training.tunings.len();
        let name =
            if tunings == 0 { "pancreas.safetensors".into() } else { format!("pancreas_tuned_{tunings}.safetensors") };
        Response::File { name, bytes: self.models.now.bytes.clone() }
    }

    /// Ends the fine-tuning with what has come of it: a model in use and offered, or none.
    fn conclude(&mut self) -> Vec<Response> {
        let Some(tuning) = self.tuning.take() else { return Vec::new() };
        let Some((outcome, file)) = tuning.outcome(&self.models.now.file) else { return vec![Response::NotTuned] };
        if let Err(refusal) = self.models.offer(file) {
            return vec![Response::NotTuned, Response::Failed(refusal)];
        }
        self.segment_again(PreviousMasks::Keep);
        let mut responses = vec![Response::Tuned(outcome)];
        responses.extend(self.model_changed());
        responses
    }

    fn model_changed(&mut self) -> Vec<Response> {
        let mut responses = vec![Response::Model(self.models.info())];
        if let Some(open) = self.shown() {
            responses.push(open.changed(open.focus, Navigation::Stay));
            responses.push(Response::Checked(open.checked()));
            responses.extend(open.map());
            responses.extend(open.finish_pending());
        }
        self.with_truth(responses)
    }
}
