//! The output of a model of whole volumes for one series: the labels of its organs, at once for all slices, and the
//! probability of the pancreas.

use std::ops::Range;

use serde_bytes::ByteBuf;

use super::organ_work::OrganMap;
use crate::app::protocol::{Patches, VolumeInfo, VolumeProgress};
use crate::core::volume::Volume;
use crate::imaging::probability_map::ProbabilityMap;
use crate::nn::volume::AttentionMaps;

/// The output of a model of whole volumes for one series.
#[derive(Debug)]
pub(super) struct VolumeOutput {
    progress: VolumeProgress,
    /// The label value of the pancreas.
    pancreas: u8,
    /// The label value of the organ that the tools act on.
    active: u8,
    /// The labels of all organs, once they are there.
    organs: Option<OrganMap>,
    /// The probability of the pancreas on each slice; empty if the model does not give it.
    probability: Vec<ProbabilityMap>,
    /// The attention of each gate as a volume of its own, deepest first: 1 + 254 times the coefficient.
    attention: Vec<Volume>,
    /// The region in which the last network segments, once the first has found it; `[z, y, x]` in file order.
    region: Option<VoxelBox>,
    /// True if a compute worker has died over it.
    worker_died: bool,
}

/// A box of voxels, `[z, y, x]`.
pub(super) type VoxelBox = [Range<usize>; 3];

/// What follows from the death of a compute worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AfterDeath {
    /// It is tried once more.
    TriedAgain,
    /// It is given up.
    GivenUp,
}

impl VolumeOutput {
    /// Nothing is segmented yet. `pancreas` is its label value.
    pub(super) fn new(pancreas: u8) -> Self {
        Self {
            progress: VolumeProgress::Waiting,
            pancreas,
            active: pancreas,
            organs: None,
            probability: Vec::new(),
            attention: Vec::new(),
            region: None,
            worker_died: false,
        }
    }

    /// How far it is.
    pub(super) fn progress(&self) -> VolumeProgress {
        self.progress
    }

    /// The label value of the pancreas.
    pub(super) fn pancreas(&self) -> u8 {
        self.pancreas
    }

    /// True while a compute worker runs it.
    pub(super) fn is_running(&self) -> bool {
        matches!(self.progress, VolumeProgress::Running(_))
    }

    /// The label value of the organ that the tools act on.
    pub(super) fn active(&self) -> u8 {
        self.active
    }

    /// The labels of all organs as the model numbers them, once they are there.
    pub(super) fn organs(&self) -> Option<&OrganMap> {
        self.organs.as_ref()
    }

    /// The probability of the organ that the tools act on, on a slice; `None` if that is not known.
    pub(super) fn probability(&self, slice: usize) -> Option<&ProbabilityMap> {
        self.probability.get(slice).filter(|_| self.active == self.pancreas)
    }

    /// The attention of each gate, deepest first: 1 + 254 times the coefficient. Empty without gates, and before the
    /// labels are there.
    pub(super) fn attention(&self) -> &[Volume] {
        &self.attention
    }

    /// Takes the attention of the gates.
    pub(super) fn set_attention(&mut self, attention: AttentionMaps) {
        let AttentionMaps { gates, dims, geometry } = attention;
        let is_whole = |gate: &ByteBuf| gate.len() == dims.iter().product::<usize>();
        let as_volume = |gate: ByteBuf| Volume {
            hu: gate.iter().map(|&value| i16::from(value)).collect(),
            dims,
            geometry: Some(geometry),
            calibrated: false,
        };
        self.attention = gates.into_iter().filter(is_whole).map(as_volume).collect();
    }

    /// True if the labels are there and the model knows an organ of this value.
    pub(super) fn has_organ(&self, label: u8) -> bool {
        self.organs.as_ref().is_some_and(|organs| organs.names.contains_key(&label))
    }

    /// Lets the tools act on another organ.
    pub(super) fn set_active(&mut self, label: u8) {
        self.active = label;
    }

    /// The region in which the last network segments, once it is found.
    pub(super) fn region(&self) -> Option<&VoxelBox> {
        self.region.as_ref()
    }

    /// Takes that region. The last network waits for its worker.
    pub(super) fn set_region(&mut self, region: VoxelBox) {
        self.region = Some(region);
        self.progress = VolumeProgress::Waiting;
    }

    /// The state for the page, for which a found region is being prepared and does not wait.
    pub(super) fn info(&self) -> VolumeInfo {
        let in_region = Patches { network: 1, networks: 2, done: 0, all: 0 };
        let progress = match self.progress {
            VolumeProgress::Waiting if self.region.is_some() => VolumeProgress::Running(in_region),
            progress => progress,
        };
        VolumeInfo { progress, has_probability: self.probability(0).is_some() }
    }

    /// Notes how far a compute worker is.
    pub(super) fn advance(&mut self, patches: Patches) {
        self.progress = VolumeProgress::Running(patches);
    }

    /// Gives up a run, because its result will be dropped.
    pub(super) fn retire(&mut self) {
        if self.is_running() {
            self.progress = VolumeProgress::Waiting;
        }
    }

    /// Stops until the user wants it again.
    pub(super) fn stop(&mut self) {
        self.progress = VolumeProgress::Stopped;
    }

    /// Starts again after a stop.
    pub(super) fn start_again(&mut self) {
        *self = Self::new(self.pancreas);
    }

    /// Notes that a compute worker has died over it.
    pub(super) fn worker_died(&mut self) -> AfterDeath {
        if std::mem::replace(&mut self.worker_died, true) {
            self.stop();
            return AfterDeath::GivenUp;
        }
        self.progress = VolumeProgress::Waiting;
        AfterDeath::TriedAgain
    }

    /// Takes the labels of the model, and the probability of the pancreas on each slice, if it gives that.
    pub(super) fn set_organs(&mut self, organs: OrganMap, probability: Vec<ProbabilityMap>) {
        self.organs = Some(organs);
        self.probability = probability;
        self.progress = VolumeProgress::Done;
    }
}
