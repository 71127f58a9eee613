//! A model of whole volumes with one of its gates held open: another run over the whole series, and what it changes on each
//! slice. The masks of the series stay those of the model as it is.

use super::Session;
use super::explain::ablation;
use super::open_gate_run::OpenGateRun;
use super::prediction::organ_mask;
use super::series::{AblationRequest, SeriesState};
use super::volume_output::AfterDeath;
use crate::app::protocol::{JobDone, Response, VolumeProgress};
use crate::core::error::UserError;
use crate::core::i18n::messages::VolumeSessionMessage;
use crate::core::mask::Mask;
use crate::imaging::probability_map::ProbabilityMap;

impl Session {
    /// Requests the effect of a gate of a model of whole volumes on a slice. If the model has not run with that gate held
    /// open, it runs first. Only the newest request counts.
    pub(super) fn request_open_gate(&mut self, request: AblationRequest) -> Vec<Response> {
        let (id, has_gate) = (self.predictions + 1, request.gate < self.models.current.gates());
        let Some(open) = self.shown().filter(|open| has_gate && request.slice < open.image.volume.depth()) else {
            return Vec::new();
        };
        let output = open.predictions.current.volume.as_ref();
        let Some(output) = output.filter(|output| output.progress() == VolumeProgress::Done) else { return Vec::new() };
        let region = output.region().cloned();
        open.requested.ablation = Some(request);
        if open.open_gate().is_some_and(|run| run.is_of(request.gate)) {
            return open.ablated_by_volume().into_iter().collect();
        }
        open.predictions.current.open_gate = Some(OpenGateRun::new(id, request.gate, region));
        self.predictions = id;
        vec![Response::OpenGate(VolumeProgress::Waiting)]
    }

    /// Ends the run with a gate held open if it is not done.
    pub(super) fn close_gate(&mut self) -> Vec<Response> {
        self.shown().into_iter().for_each(SeriesState::forget_unfinished_gate);
        Vec::new()
    }

    /// True if a job of this number holds a gate open.
    pub(super) fn is_of_open_gate(&self, id: u64) -> bool {
        self.series.iter().filter_map(SeriesState::open_gate).any(|run| run.id() == id)
    }

    /// Takes in what a compute worker says of a series with a gate held open.
    pub(super) fn finish_open_gate(&mut self, done: JobDone) -> Vec<Response> {
        match done {
            JobDone::VolumeAdvanced { opening, patches } => self.with_open_gate(opening, |open| {
                open.open_gate_mut().map(|run| run.advance(patches)).into_iter().collect()
            }),
            JobDone::RegionFound { opening, region } => self.with_open_gate(opening, |open| {
                open.open_gate_mut().map(|run| run.set_region(region)).into_iter().collect()
            }),
            JobDone::VolumeSegmented { opening, labels, probability, .. } => {
                self.with_open_gate(opening, |open| open.take_open_gate(&labels, &probability))
            }
            JobDone::VolumeRefused { opening, error } => {
                self.with_open_gate(opening, |open| open.open_gate_failed(error))
            }
            _ => Vec::new(),
        }
    }

    /// Takes in that the compute worker died that ran the job of this number.
    pub(super) fn open_gate_lost(&mut self, id: u64, why: &str) -> Vec<Response> {
        self.with_open_gate(id, |open| open.open_gate_worker_died(why))
    }

    /// Lets a series take in news of its run with a gate held open, and passes the responses on if it is shown.
    fn with_open_gate(&mut self, id: u64, take: impl FnOnce(&mut SeriesState) -> Vec<Response>) -> Vec<Response> {
        let is_of = |open: &&mut SeriesState| open.open_gate().is_some_and(|run| run.id() == id);
        let Some(open) = self.series.iter_mut().find(is_of) else { return Vec::new() };
        let (prediction, responses) = (open.predictions.current.id, take(open));
        self.if_shown(prediction, responses)
    }
}

impl SeriesState {
    /// The run with a gate held open.
    pub(super) fn open_gate(&self) -> Option<&OpenGateRun> {
        self.predictions.current.open_gate.as_ref()
    }

    fn open_gate_mut(&mut self) -> Option<&mut OpenGateRun> {
        self.predictions.current.open_gate.as_mut()
    }

    /// Gives up a run with a gate held open that is not done.
    pub(super) fn forget_unfinished_gate(&mut self) {
        self.requested.ablation = None;
        self.predictions.current.open_gate.take_if(|run| run.is_unfinished());
    }

    /// Takes the labels with the gate held open, in file order, and the probability of the pancreas, both run-length coded.
    fn take_open_gate(&mut self, labels: &[u8], probability: &[u8]) -> Vec<Response> {
        let region = self.open_gate().and_then(|run| run.region().cloned());
        let Some(labels) = self.in_viewing_order(labels, region.as_ref()) else {
            return self.open_gate_failed(self.wrong_label_count(region.as_ref()));
        };
        let steps = self.in_viewing_order(probability, region.as_ref());
        let probability = steps.map(|steps| ProbabilityMap::of_slices(&steps)).unwrap_or_default();
        let done = self.open_gate_mut().map(|run| run.set_output(labels, probability));
        done.into_iter().chain(self.ablated_by_volume()).collect()
    }

    fn open_gate_failed(&mut self, error: UserError) -> Vec<Response> {
        let stopped = self.open_gate_mut().map(OpenGateRun::stop);
        stopped.into_iter().chain([Response::Failed(error)]).collect()
    }

    /// Waits for another compute worker, or gives up after the second that died.
    pub(super) fn open_gate_worker_died(&mut self, why: &str) -> Vec<Response> {
        let Some(run) = self.open_gate_mut() else { return Vec::new() };
        if run.worker_died() == AfterDeath::TriedAgain {
            return vec![Response::OpenGate(VolumeProgress::Waiting)];
        }
        let reason = VolumeSessionMessage::WorkerStoppedTwice { why: why.to_owned() };
        self.open_gate_failed(UserError::new(self.study.name.clone(), reason, VolumeSessionMessage::FreeMemory))
    }

    /// The effect of a gate on the slice that was asked for last, once the model has run with that gate held open.
    fn ablated_by_volume(&mut self) -> Option<Response> {
        let AblationRequest { slice, gate } = self.requested.ablation?;
        let prediction = &self.predictions.current;
        let output = prediction.volume.as_ref()?;
        let opened = prediction.open_gate.as_ref().filter(|run| run.is_of(gate))?.output()?;
        let closed = (&output.organs()?.labels, output.probability(slice));
        // The probability of the pancreas alone is known.
        let opened = (&opened.labels, opened.probability.get(slice).filter(|_| closed.1.is_some()));
        let threshold = prediction.threshold_in_use(&self.settings);
        let [_, height, width] = self.image.volume.dims;
        let grid = ProbabilityMap::own_grid([height, width]);
        let mask = |(labels, probability): (&Mask, Option<&ProbabilityMap>)| match (threshold, probability) {
            (Some(threshold), Some(probability)) => probability.mask(&grid, threshold),
            _ => organ_mask(labels.slice(slice), output.active()),
        };
        let changes = closed.1.zip(opened.1).map(|(closed, opened)| closed.difference(opened));
        // The maps are square, and the slice may not be.
        let mean = |changes: Vec<f32>| {
            changes.iter().map(|change| f64::from(*change)).sum::<f64>() / (height * width).max(1) as f64
        };
        let response = ablation(AblationRequest { slice, gate }, &mask(closed), &mask(opened), changes.map(mean));
        self.requested.ablation = None;
        Some(response)
    }
}
