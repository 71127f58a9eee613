//! What a run trains, seen by its epochs and its scoring: a network of slices or of volumes.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;
use burn::tensor::Device;

use super::data_loader::SampleOrder;
use super::worst_slices::WorstSlice;
use crate::cli::datasets::Case;
use crate::core::mask::Mask;
use crate::imaging::metrics::GateFocus;
use crate::nn::model::metadata::Training;
use crate::nn::model::weights::Precision;
use crate::nn::train::{TrainState, TrainableNetwork};

/// A side of the split.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// The cases that are learned from.
    Train,
    /// The cases that validate.
    Validation,
}

/// A case by its side and its place there.
#[derive(Clone, Copy, Debug)]
pub(super) struct CasePlace {
    pub(super) side: Side,
    pub(super) index: usize,
}

/// A kind of network with the data to train it.
pub(super) trait TrainingTask {
    /// The network in training.
    type Network: TrainableNetwork;
    /// What an epoch learns from.
    type Order<'t>: SampleOrder
    where
        Self: 't;
    /// The weights of a network, apart from its training.
    type Snapshot;
    /// A network for inference.
    type Model;

    /// What samples are called, in the plural.
    const SAMPLES: &'static str;

    fn order(&self) -> Self::Order<'_>;

    fn batch(
        &self,
        samples: Vec<<Self::Order<'_> as SampleOrder>::Sample>,
        device: &Device,
    ) -> <Self::Network as TrainableNetwork>::Batch;

    /// Names of the classes by label value.
    fn labels(&self) -> &BTreeMap<u8, String>;

    fn cases(&self, side: Side) -> Vec<&Case>;

    fn snapshot(&self, learner: &TrainState<Self::Network>) -> Self::Snapshot;

    fn for_inference(&self, snapshot: &Self::Snapshot) -> Self::Model;

    /// The labels of a case on its own grid.
    ///
    /// # Errors
    /// A cache that cannot be read, and a device that fails.
    fn segment(&self, model: &Self::Model, place: CasePlace) -> Result<Mask>;

    /// The slices of a case with the most wrong voxels, as pictures.
    ///
    /// # Errors
    /// Those of [`segment`](Self::segment).
    fn worst(&self, model: &Self::Model, place: CasePlace, pred_and_truth: [&Mask; 2]) -> Result<Vec<WorstSlice>>;

    /// Where the gates look, deepest first.
    ///
    /// # Errors
    /// Those of [`segment`](Self::segment).
    fn attention(&self, model: &Self::Model, place: CasePlace) -> Result<Vec<GateFocus>>;

    /// What is known of the training before this run, and the cases of this one.
    fn training(&self) -> &Training;

    /// The metadata of a model file.
    fn metadata(&self, snapshot: &Self::Snapshot, training: &Training) -> Result<BTreeMap<String, String>>;

    /// A model file.
    ///
    /// # Errors
    /// Weights that are not finite.
    fn file(&self, snapshot: &Self::Snapshot, training: &Training, precision: Precision) -> Result<Vec<u8>>;

    /// The weights in a model file of this task, and the training that it tells of.
    ///
    /// # Errors
    /// A file that cannot be read.
    fn read(&self, path: &Path) -> Result<(Self::Snapshot, Training)>;
}
