//! The output of a model of whole volumes for one series: the labels of its organs, at once for all slices.

use crate::app::protocol::{OrganFound, Patches, VolumeInfo, VolumeProgress};
use crate::core::mask::Mask;
use crate::core::volumetry::millilitres;
use crate::nn::volume::VolumePassport;

/// The output of a model of whole volumes for one series.
#[derive(Debug)]
pub(super) struct VolumeOutput {
    progress: VolumeProgress,
    /// The label value of the pancreas.
    pancreas: u8,
    /// The organs that were found, and the pancreas before them in any case.
    organs: Vec<OrganFound>,
    /// The labels of all organs in viewing order, once they are there.
    labels: Option<Mask>,
    /// True if a compute worker has died over it.
    worker_died: bool,
}

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
        Self { progress: VolumeProgress::Waiting, pancreas, organs: Vec::new(), labels: None, worker_died: false }
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

    /// The labels of all organs in viewing order, as the model numbers them.
    pub(super) fn labels(&self) -> Option<&Mask> {
        self.labels.as_ref()
    }

    /// The state for the page.
    pub(super) fn info(&self) -> VolumeInfo {
        VolumeInfo { progress: self.progress, organs: self.organs.clone() }
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

    /// Takes the labels of a model in viewing order. `voxel_mm3` is the volume of a voxel.
    pub(super) fn set_labels(&mut self, labels: Mask, passport: &VolumePassport, voxel_mm3: Option<f64>) {
        self.organs = organs_found(&labels, self.pancreas, passport, voxel_mm3);
        self.labels = Some(labels);
        self.progress = VolumeProgress::Done;
    }
}

/// The organs of a label map: the pancreas first, then those that are there, by their label values.
fn organs_found(labels: &Mask, pancreas: u8, passport: &VolumePassport, voxel_mm3: Option<f64>) -> Vec<OrganFound> {
    let voxels = labels.count_by_label();
    let mut organs: Vec<OrganFound> = passport
        .labels
        .iter()
        .map(|(&label, name)| (label, name, voxels[usize::from(label)]))
        .filter(|&(label, _, voxels)| label == pancreas || voxels > 0)
        .map(|(label, name, voxels)| {
            let volume_ml = voxel_mm3.map(|mm3| millilitres(voxels as f64, mm3));
            OrganFound { name: name.clone(), label, voxels, volume_ml }
        })
        .collect();
    organs.sort_by_key(|organ| (organ.label != pancreas, organ.label));
    organs
}
