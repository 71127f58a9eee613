//! The run of a model of whole volumes over a series with one of its gates held open.

use super::volume_output::{AfterDeath, VoxelBox};
use crate::app::protocol::{Patches, Response, VolumeProgress};
use crate::core::mask::Mask;
use crate::imaging::probability_map::ProbabilityMap;

/// A run of a model over the whole series with a gate held open.
#[derive(Debug)]
pub(super) struct OpenGateRun {
    /// Differs from that of any prediction of this session.
    id: u64,
    /// Counted from the deepest.
    gate: usize,
    progress: VolumeProgress,
    /// See [`VolumeOutput::region`](super::volume_output::VolumeOutput::region).
    region: Option<VoxelBox>,
    worker_died: bool,
    output: Option<OpenGateOutput>,
}

/// What the model says with the gate held open, in viewing order.
#[derive(Debug)]
pub(super) struct OpenGateOutput {
    /// The labels of all organs.
    pub(super) labels: Mask,
    /// The probability of the pancreas on each slice; empty if the model does not give it.
    pub(super) probability: Vec<ProbabilityMap>,
}

impl OpenGateRun {
    /// It waits for a compute worker. `id` is the number of its job.
    pub(super) fn new(id: u64, gate: usize, region: Option<VoxelBox>) -> Self {
        Self { id, gate, progress: VolumeProgress::Waiting, region, worker_died: false, output: None }
    }

    /// The number of its job.
    pub(super) fn id(&self) -> u64 {
        self.id
    }

    /// The gate, counted from the deepest.
    pub(super) fn gate(&self) -> usize {
        self.gate
    }

    /// The region in which the model's last network segments, where its first has found one.
    pub(super) fn region(&self) -> Option<&VoxelBox> {
        self.region.as_ref()
    }

    /// True if it holds this gate open and was not stopped.
    pub(super) fn is_of(&self, gate: usize) -> bool {
        self.gate == gate && self.progress != VolumeProgress::Stopped
    }

    /// True while it waits for a compute worker.
    pub(super) fn is_waiting(&self) -> bool {
        self.progress == VolumeProgress::Waiting
    }

    /// True if it waits or runs.
    pub(super) fn is_unfinished(&self) -> bool {
        self.is_waiting() || matches!(self.progress, VolumeProgress::Running(_))
    }

    /// Notes how far a compute worker is.
    pub(super) fn advance(&mut self, patches: Patches) -> Response {
        self.moved_to(VolumeProgress::Running(patches))
    }

    fn moved_to(&mut self, progress: VolumeProgress) -> Response {
        self.progress = progress;
        Response::OpenGate(progress)
    }

    /// Takes the region that the model's first network has found. The last one waits for its worker.
    pub(super) fn set_region(&mut self, region: VoxelBox) -> Response {
        self.region = Some(region);
        self.moved_to(VolumeProgress::Waiting)
    }

    /// Takes what the model says, in viewing order: the labels, and the probability of the pancreas, if it gives that.
    pub(super) fn set_output(&mut self, labels: Mask, probability: Vec<ProbabilityMap>) -> Response {
        self.output = Some(OpenGateOutput { labels, probability });
        self.moved_to(VolumeProgress::Done)
    }

    /// What the model says, once it is there.
    pub(super) fn output(&self) -> Option<&OpenGateOutput> {
        self.output.as_ref()
    }

    /// Gives it up.
    pub(super) fn stop(&mut self) -> Response {
        self.moved_to(VolumeProgress::Stopped)
    }

    /// Notes that a compute worker has died over it.
    pub(super) fn worker_died(&mut self) -> AfterDeath {
        if std::mem::replace(&mut self.worker_died, true) {
            return AfterDeath::GivenUp;
        }
        self.progress = VolumeProgress::Waiting;
        AfterDeath::TriedAgain
    }
}
