//! Segmentation by a model of whole volumes: one job for the whole series, for one compute worker.

use std::ops::Range;

use serde_bytes::ByteBuf;

use super::Session;
use super::open_gate_run::OpenGateRun;
use super::organ_work::OrganMap;
use super::series::SeriesState;
use super::slice_state::SliceProgress;
use super::volume_output::{AfterDeath, VolumeOutput, VoxelBox};
use crate::app::protocol::{JobDone, ModelKind, Patches, Response, VolumeJob, VolumeProgress};
use crate::core::error::UserError;
use crate::core::i18n::messages::{AppMessage, VolumeSessionMessage};
use crate::core::mask::Mask;
use crate::core::mpr::Plane;
use crate::core::plane_sampling::PlaneSampling;
use crate::core::run_length;
use crate::core::volume::Volume;
use crate::imaging::probability_map::ProbabilityMap;
use crate::imaging::volume_pipeline::region::pasted;
use crate::nn::volume::VolumePassport;

/// The compute worker that runs models of whole volumes. The others hold no copy of them, for each takes
/// hundreds of megabytes.
const VOLUME_SLOT: usize = 0;

impl Session {
    /// True if the compute worker in `slot` needs the model in use.
    pub fn uses_worker(&self, slot: usize) -> bool {
        slot == VOLUME_SLOT || self.models.current.kind() == ModelKind::Slices
    }

    /// True if the compute worker in `slot` has work to do with the model in use, or soon will have. A model of whole
    /// volumes leaves hundreds of megabytes in a worker, so that one without work is ended.
    pub fn needs_worker(&self, slot: usize) -> bool {
        let is_running = slot == VOLUME_SLOT && self.volume_job.is_some();
        self.models.current.kind() == ModelKind::Slices || is_running || self.waits_for_worker(slot)
    }

    /// The series shown as a job for the idle compute worker in `slot`, if it waits for one.
    pub fn next_volume_job(&mut self, slot: usize) -> Option<VolumeJob> {
        if slot != VOLUME_SLOT || self.volume_job.is_some() {
            return None;
        }
        let job = self.series.get_mut(self.shown)?.next_volume_job()?;
        self.volume_job = Some(job.opening);
        Some(job)
    }

    /// Takes in what a compute worker says of a whole series. What belongs to a former drop or model is
    /// dropped.
    pub(super) fn finish_volume(&mut self, done: JobDone) -> Vec<Response> {
        let Some(job) = done.of_volume() else { return Vec::new() };
        if !done.more_follows() {
            self.end_volume_job(job);
        }
        if self.is_of_open_gate(job) {
            return self.finish_open_gate(done);
        }
        match done {
            JobDone::VolumeAdvanced { opening, patches } => self.with_running(opening, |open, _| {
                open.predictions.current.volume.iter_mut().for_each(|output| output.advance(patches));
                open.volume_info().into_iter().collect()
            }),
            JobDone::RegionFound { opening, region } => self.with_running(opening, |open, _| {
                if let Some(output) = &mut open.predictions.current.volume {
                    output.set_region(region);
                }
                open.volume_info().into_iter().collect()
            }),
            JobDone::VolumeSegmented { opening, labels, probability, attention } => {
                self.with_running(opening, |open, passport| {
                    let output = open.predictions.current.volume.as_mut();
                    output.zip(attention).into_iter().for_each(|(output, maps)| output.set_attention(maps));
                    open.take_organs(&labels, &probability, passport)
                })
            }
            JobDone::VolumeRefused { opening, error } => self.with_running(opening, |open, _| {
                let mut responses = open.stop_segmenting();
                responses.push(Response::Failed(error));
                responses
            }),
            _ => Vec::new(),
        }
    }

    /// Takes in that the compute worker died that ran the job of `opening`. It is tried once more; a second
    /// death is reported.
    pub fn volume_lost(&mut self, opening: u64, why: &str) -> Vec<Response> {
        self.end_volume_job(opening);
        if self.is_of_open_gate(opening) {
            return self.open_gate_lost(opening, why);
        }
        self.with_running(opening, |open, _| open.worker_died(why))
    }

    /// Takes in that the compute worker in `slot` died before it had loaded the model. If the series shown waits
    /// for it, it is tried once more; a second death is reported.
    pub fn loading_lost(&mut self, slot: usize, why: &str) -> Vec<Response> {
        if !self.waits_for_worker(slot) {
            return Vec::new();
        }
        let Some(open) = self.shown() else { return Vec::new() };
        let responses =
            if open.waits_with_open_gate() { open.open_gate_worker_died(why) } else { open.worker_died(why) };
        self.with_comparison(responses)
    }

    /// True if the series shown cannot be segmented without the compute worker in `slot`.
    pub fn waits_for_worker(&self, slot: usize) -> bool {
        slot == VOLUME_SLOT
            && self.series.get(self.shown).is_some_and(|open| open.waits_for_model() || open.waits_with_open_gate())
    }

    pub(super) fn stop_segmenting(&mut self) -> Vec<Response> {
        self.shown().map(SeriesState::stop_segmenting).unwrap_or_default()
    }

    pub(super) fn segment_volume_again(&mut self) -> Vec<Response> {
        self.shown().map(SeriesState::start_again).unwrap_or_default()
    }

    /// Has the compute worker restarted that works on a series which is no longer shown, or was stopped. Its
    /// work cannot be interrupted otherwise.
    pub(super) fn end_unneeded_volume_job(&mut self) {
        let left = self.series.iter_mut().enumerate().filter(|(index, _)| *index != self.shown);
        left.for_each(|(_, open)| open.forget_unfinished_gate());
        let Some(job) = self.volume_job else { return };
        let is_running = |open: &SeriesState| {
            let prediction = &open.predictions.current;
            let is_main = prediction.id == job && prediction.volume.as_ref().is_some_and(|output| output.is_running());
            is_main || open.open_gate().is_some_and(|run| run.id() == job)
        };
        if self.series.get(self.shown).is_some_and(is_running) {
            return;
        }
        self.volume_job = None;
        self.restarts.push(VOLUME_SLOT);
        for open in self.series.iter_mut().filter(|open| open.predictions.current.id == job) {
            open.predictions.current.volume.iter_mut().for_each(|output| output.retire());
        }
    }

    /// Notes that no compute worker runs this job any more.
    fn end_volume_job(&mut self, opening: u64) {
        self.volume_job = self.volume_job.filter(|job| *job != opening);
    }

    /// Lets a series take in news of its running job, and passes the responses on if it is shown.
    fn with_running(
        &mut self,
        opening: u64,
        take: impl FnOnce(&mut SeriesState, &VolumePassport) -> Vec<Response>,
    ) -> Vec<Response> {
        let Some(passport) = self.models.current.of_volumes() else { return Vec::new() };
        let is_running = |open: &&mut SeriesState| {
            let prediction = &open.predictions.current;
            prediction.id == opening && prediction.volume.as_ref().is_some_and(|output| output.is_running())
        };
        let Some(open) = self.series.iter_mut().find(is_running) else { return Vec::new() };
        let responses = take(open, passport);
        self.if_shown(opening, responses)
    }
}

impl SeriesState {
    /// The next job for a model of whole volumes: the series itself, or the series with a gate held open.
    fn next_volume_job(&mut self) -> Option<VolumeJob> {
        let (id, image) = (self.predictions.current.id, &self.image);
        let output = self.predictions.current.volume.as_mut()?;
        let job = |id: u64, organ: u8, region: Option<&VoxelBox>| {
            let whole = VolumeJob::new(id, organ, image.volume.clone(), image.orientation);
            match region {
                Some(region) => whole.in_region(region, image.file_dims),
                None => whole,
            }
        };
        let pancreas = output.pancreas();
        if output.progress() == VolumeProgress::Waiting {
            output.advance(Patches::default());
            return Some(job(id, pancreas, output.region()));
        }
        let run = self.predictions.current.open_gate.as_mut().filter(|run| run.is_waiting())?;
        run.advance(Patches::default());
        Some(job(run.id(), pancreas, run.region()).with_open_gate(run.gate()))
    }

    fn waits_for_model(&self) -> bool {
        let output = self.predictions.current.volume.as_ref();
        output.is_some_and(|output| output.progress() == VolumeProgress::Waiting)
    }

    fn waits_with_open_gate(&self) -> bool {
        self.open_gate().is_some_and(OpenGateRun::is_waiting)
    }

    /// The state of the segmentation, if a model of whole volumes is in use.
    pub(super) fn volume_info(&self) -> Option<Response> {
        self.predictions.current.volume.as_ref().map(|output| Response::Volume(output.info()))
    }

    /// Waits for another compute worker, or gives up after the second that died.
    fn worker_died(&mut self, why: &str) -> Vec<Response> {
        let output = self.predictions.current.volume.as_mut();
        if output.is_none_or(|output| output.worker_died() == AfterDeath::TriedAgain) {
            return self.volume_info().into_iter().collect();
        }
        let reason = VolumeSessionMessage::WorkerStoppedTwice { why: why.to_owned() };
        let mut responses = self.set_progress(SliceProgress::Failed);
        let hint = VolumeSessionMessage::FreeMemory;
        responses.push(Response::Failed(UserError::new(self.study.name.clone(), reason, hint)));
        responses
    }

    /// Takes the labels of a model for the whole series, in file order, and the probability of the pancreas, both run-length
    /// coded.
    fn take_organs(&mut self, labels: &[u8], probability: &[u8], passport: &VolumePassport) -> Vec<Response> {
        let region = self.predictions.current.volume.as_ref().and_then(|output| output.region().cloned());
        let steps = self.in_viewing_order(probability, region.as_ref());
        let maps = steps.map(|steps| ProbabilityMap::of_slices(&steps));
        let labels = match self.in_viewing_order(labels, region.as_ref()) {
            Some(labels) => labels,
            None => {
                let mut responses = self.stop_segmenting();
                responses.push(Response::Failed(self.wrong_label_count(region.as_ref())));
                return responses;
            }
        };
        let organs = OrganMap { labels, names: passport.labels.clone() };
        self.predictions.current.set_organs(organs, maps.unwrap_or_default());
        self.organs.forget_measures();
        self.update_strays();
        self.update_overlaps();
        let mut responses: Vec<Response> = self.volume_info().into_iter().collect();
        responses.push(Response::MasksUpdated(self.masks_updated()));
        responses.extend(self.map());
        responses.extend(self.explained_by_volume());
        responses.extend(self.review_changes());
        responses.extend(self.finish_pending());
        responses
    }

    /// What a compute worker found for the whole series, or for a region of it, in viewing order; `None` if that has another
    /// number of voxels.
    pub(super) fn in_viewing_order(&self, coded: &[u8], region: Option<&VoxelBox>) -> Option<Mask> {
        let found = run_length::from_bytes(coded, self.voxels_in(region))?;
        let dims = self.image.file_dims;
        let labels = match region {
            Some(region) => pasted(&found, region, dims),
            None => found,
        };
        Some(Mask { labels, dims }.into_view(&self.image.orientation))
    }

    fn voxels_in(&self, region: Option<&VoxelBox>) -> usize {
        region.map_or(self.image.volume.hu.len(), |region| region.iter().map(Range::len).product())
    }

    /// Why [`in_viewing_order`](Self::in_viewing_order) gave nothing.
    pub(super) fn wrong_label_count(&self, region: Option<&VoxelBox>) -> UserError {
        let reason = VolumeSessionMessage::LabelCount { expected: self.voxels_in(region) };
        UserError::new(self.study.name.clone(), reason, AppMessage::OpenSeriesAgain)
    }

    /// The gates' attention on the slice that was asked for last, once a model of whole volumes has told it.
    pub(super) fn explained_by_volume(&mut self) -> Option<Response> {
        let attention = self.predictions.current.volume.as_ref().map(VolumeOutput::attention)?;
        if attention.is_empty() {
            return None;
        }
        let slice = self.requested.explanation.take()?;
        let grid = self.grid();
        let on_slice = |gate: &Volume| {
            let sampling = PlaneSampling::new(&grid, Plane::Axial, slice, gate.geometry.as_ref()?, [0.0; 3])?;
            // Outside the network's grid there is none, which the page knows as 0.
            let bytes = sampling.linear(gate).0.into_iter().map(|value| value.max(0) as u8);
            Some(ByteBuf::from(bytes.collect::<Vec<u8>>()))
        };
        let gates = attention.iter().map(on_slice).collect::<Option<Vec<ByteBuf>>>()?;
        Some(Response::Explained { slice, gates })
    }

    /// Stops a segmentation that waits or runs. Its slices have no masks until they are drawn.
    fn stop_segmenting(&mut self) -> Vec<Response> {
        let prediction = &mut self.predictions.current;
        let Some(output) = prediction.volume.as_mut().filter(|output| output.progress() != VolumeProgress::Done) else {
            return Vec::new();
        };
        output.stop();
        self.set_progress(SliceProgress::Failed)
    }

    /// Starts a segmentation again that was stopped or has failed.
    fn start_again(&mut self) -> Vec<Response> {
        let prediction = &mut self.predictions.current;
        let is_stopped = |progress| progress == VolumeProgress::Stopped;
        let Some(output) = prediction.volume.as_mut().filter(|output| is_stopped(output.progress())) else {
            return Vec::new();
        };
        output.start_again();
        self.set_progress(SliceProgress::Todo)
    }

    /// Notes the same progress for every slice.
    fn set_progress(&mut self, progress: SliceProgress) -> Vec<Response> {
        self.predictions.current.slices.iter_mut().for_each(|slice| slice.progress = progress);
        self.update_overlaps();
        let mut responses: Vec<Response> = self.volume_info().into_iter().collect();
        responses.push(Response::MasksUpdated(self.masks_updated()));
        responses.extend(self.finish_pending());
        responses
    }
}
