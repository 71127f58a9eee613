//! Fine-tuning as the page requests it: from the accepted slices of the series shown to a model that is kept or not.

use super::export::file_name;
use super::models::ModelDetails;
use super::tuning::FineTuneRun;
use super::{PreviousMasks, Session};
use crate::app::protocol::{FineTuneDecision, Job, JobDone, MaskSource, Navigation, Response};
use crate::core::error::UserError;
use crate::core::i18n::messages::{AppMessage, VolumeMessage};
use crate::core::mask::Mask;
use crate::imaging::metrics::Overlap;
use crate::nn::finetune::data::{CorrectedScan, FineTuneData, complete_from_learned};
use crate::nn::finetune::sampler::split;
use crate::nn::finetune::{FineTuneConfig, check_organs};

impl Session {
    /// Sets the number of compute workers, which can train side by side.
    pub fn set_workers(&mut self, count: usize) {
        self.workers = count.max(1);
    }

    /// The next job of the fine-tuning for an idle compute worker, if there is one.
    pub fn next_tuning_job(&mut self, slot: usize) -> Option<Job> {
        self.tuning.as_mut()?.next_job(slot)
    }

    /// True if a compute worker is reserved for the fine-tuning.
    pub fn is_tuning_on(&self, slot: usize) -> bool {
        self.tuning.as_ref().is_some_and(|tuning| tuning.claims(slot))
    }

    /// Takes in a result of the fine-tuning from the compute worker in `slot`.
    pub fn tuning_heard(&mut self, slot: usize, done: JobDone) -> Vec<Response> {
        let Some(tuning) = &mut self.tuning else { return Vec::new() };
        let has_ended = tuning.receive(slot, done);
        let mut responses = vec![Response::Tuning(tuning.progress())];
        if has_ended {
            responses.extend(self.conclude());
        }
        responses
    }

    /// Takes in that the compute worker in `slot` died. If it held a replica, the fine-tuning ends: the best model so far is
    /// offered, and the reason reported.
    pub fn tuning_lost(&mut self, slot: usize, why: &str) -> Vec<Response> {
        if !self.tuning.as_ref().is_some_and(|tuning| tuning.slots().contains(&slot)) {
            return Vec::new();
        }
        let mut responses = self.stop_tuning();
        let reason = AppMessage::WorkerStopped { why: why.to_owned() };
        let error = UserError::new(AppMessage::FineTuning, reason, AppMessage::NothingLostTryAgain);
        responses.push(Response::Failed(error));
        responses
    }

    /// Takes the list of the compute workers to be restarted.
    pub fn take_restarts(&mut self) -> Vec<usize> {
        self.end_unneeded_volume_job();
        std::mem::take(&mut self.restarts)
    }

    pub(super) fn fine_tune(&mut self, config: FineTuneConfig) -> Vec<Response> {
        let refused = |reason, hint| vec![Response::Failed(UserError::new(AppMessage::FineTuning, reason, hint))];
        if self.tuning.is_some() {
            return refused(AppMessage::RunningAlready, AppMessage::WaitOrStop);
        }
        let Some(file) = self.models.current.of_slices() else {
            let (reason, hint) = (VolumeMessage::NotOfSlices, VolumeMessage::UseSliceModel);
            return vec![Response::Failed(UserError::new(AppMessage::FineTuning, reason, hint))];
        };
        let (preprocess, weights) = (file.passport.preprocess.clone(), file.values.flatten());
        if let Err(refusal) = check_organs(&file.passport) {
            return vec![Response::Failed(refusal)];
        }
        // A fine-tuning that starts from a tuned model keeps it.
        let mut responses =
            if self.models.before.is_some() { self.decide(FineTuneDecision::KeepNew) } else { Vec::new() };
        let workers = self.workers;
        let Some(open) = self.shown() else {
            return refused(AppMessage::NoSeriesOpen, AppMessage::DropSeriesFirst);
        };
        if !open.predictions.current.is_complete() {
            return refused(AppMessage::StillSegmenting, AppMessage::WaitUntilDone);
        }
        let (truth, accepted) = open.accepted_labels();
        let volume = &open.image.volume;
        let completed = complete_from_learned(volume, &truth, &accepted, open.heard_slices().as_deref());
        let scan = CorrectedScan {
            volume,
            truth: &truth,
            corrected: &accepted,
            prediction: &open.predictions.current.mask,
            completed: completed.as_ref(),
        };
        let Some(data) = FineTuneData::from_scan(&scan, config.neighbour_mm, &preprocess) else {
            return refused(AppMessage::TooFewAccepted { count: accepted.len() }, AppMessage::AcceptMore);
        };
        let config = FineTuneConfig { replicas: config.replicas.clamp(1, workers), ..config };
        let propagated = completed.and_then(|mask| held_out_dsc(&mask, &truth, &accepted));
        let tuning = FineTuneRun::new(config, &data, propagated, weights);
        responses.push(Response::Tuning(tuning.progress()));
        self.tuning = Some(tuning);
        responses
    }

    /// Stops at once, and offers the best model that has been scored.
    pub(super) fn stop_tuning(&mut self) -> Vec<Response> {
        let Some(tuning) = &self.tuning else { return Vec::new() };
        self.restarts.extend(tuning.slots());
        self.conclude()
    }

    /// Stops without an offer, because its series or its model is no longer there.
    pub(super) fn abandon_tuning(&mut self) -> Vec<Response> {
        match self.tuning.take() {
            Some(tuning) => {
                self.restarts.extend(tuning.slots());
                vec![Response::NotTuned]
            }
            None => Vec::new(),
        }
    }

    pub(super) fn decide(&mut self, decision: FineTuneDecision) -> Vec<Response> {
        if self.models.before.is_none() {
            return Vec::new();
        }
        match decision {
            FineTuneDecision::KeepNew => self.models.keep_new(),
            FineTuneDecision::KeepOld => self.models.return_to_old(),
        }
        for open in &mut self.series {
            let before = open.predictions.take_before();
            if before.is_some() && decision == FineTuneDecision::KeepNew {
                open.propagated.source = open.propagated.after_keeping;
            }
            if let Some(before) = before.filter(|_| decision == FineTuneDecision::KeepOld) {
                open.predictions.current = before;
                open.predictions.current.strays_outdated = true;
                open.review = None;
            }
        }
        self.model_changed()
    }

    pub(super) fn export_model(&self) -> Response {
        Response::File { name: self.model_file_name(), bytes: self.models.current.bytes.to_vec() }
    }

    pub(super) fn back_up_model(&self) -> Response {
        Response::ModelBackUp { name: self.model_file_name(), bytes: self.models.current.bytes.to_vec() }
    }

    fn model_file_name(&self) -> String {
        match &self.models.current.details {
            ModelDetails::Volumes(summary) => {
                let source = summary.passport.sources.last().map_or("volumes", |source| source.dataset.as_str());
                file_name(source) + ".safetensors"
            }
            ModelDetails::Slices(file) => match file.passport.training.tunings.len() {
                0 => "pancreas.safetensors".into(),
                tunings => format!("pancreas_tuned_{tunings}.safetensors"),
            },
        }
    }

    /// Ends the fine-tuning. Its model, if there is one, is in use from now on and waits for a decision.
    fn conclude(&mut self) -> Vec<Response> {
        let Some(tuning) = self.tuning.take() else { return Vec::new() };
        let base = self.models.current.of_slices();
        let Some((outcome, file)) = base.and_then(|base| tuning.outcome(base)) else {
            return vec![Response::NotTuned];
        };
        if let Err(refusal) = self.models.offer(file) {
            return vec![Response::NotTuned, Response::Failed(refusal)];
        }
        self.segment_again(PreviousMasks::Keep);
        if let Some(open) = self.shown() {
            let is_better = outcome.is_propagation_better();
            open.propagated.after_keeping = if is_better { MaskSource::AcceptedSlices } else { MaskSource::Model };
        }
        let mut responses = vec![Response::Tuned(outcome)];
        responses.extend(self.model_changed());
        responses
    }

    pub(super) fn model_changed(&mut self) -> Vec<Response> {
        let mut responses = vec![Response::Model(self.models.info())];
        if let Some(open) = self.shown() {
            responses.push(open.changed(open.focus, Navigation::Stay));
            responses.push(Response::Checked(open.checked()));
            responses.extend(open.map());
            responses.extend(open.finish_pending());
        }
        self.with_comparison(responses)
    }
}

/// The DSC of a mask on the slices that a fine-tuning holds out.
fn held_out_dsc(mask: &Mask, truth: &Mask, accepted: &[usize]) -> Option<f64> {
    let (_, held_out) = split(accepted)?;
    let overlaps = held_out.iter().map(|&slice| Overlap::of(mask.slice(slice), truth.slice(slice)));
    Some(overlaps.fold(Overlap::default(), Overlap::plus).dsc())
}
