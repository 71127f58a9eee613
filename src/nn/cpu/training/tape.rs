//! What a step in training gathers: statistics of the batch on the way forward, gradients on the way back.

use std::collections::{BTreeMap, BTreeSet};

use crate::nn::cpu::feature_maps::FeatureMaps;
use crate::nn::network::MapIndex;

/// Mean and biased variance of a batch norm's input, per channel.
#[derive(Clone, Debug, PartialEq)]
pub struct BatchStatistics {
    /// The mean.
    pub mean: Vec<f32>,
    /// The variance.
    pub variance: Vec<f32>,
}

/// The gradients so far: of maps by their index, and of parameters by name.
pub(super) struct Gradients<'n> {
    pub(super) maps: Vec<Option<FeatureMaps<'n>>>,
    /// True for the maps that depend on a parameter that is trained.
    pub(super) needed: Vec<bool>,
    /// The names of the parameters that are trained.
    pub(super) trained: &'n BTreeSet<String>,
    pub(super) parameters: BTreeMap<String, Vec<f32>>,
}

impl<'n> Gradients<'n> {
    /// True if the gradient of a map is of use.
    pub(super) fn needs(&self, map: MapIndex) -> bool {
        self.needed[map.0]
    }

    /// True if a parameter is trained.
    pub(super) fn is_trained(&self, name: &str) -> bool {
        self.trained.contains(name)
    }

    /// Keeps the gradient of a parameter if it is trained.
    pub(super) fn keep(&mut self, name: String, values: Vec<f32>) {
        if self.is_trained(&name) {
            self.parameters.insert(name, values);
        }
    }

    /// Adds to the gradient of a map.
    pub(super) fn add(&mut self, map: MapIndex, gradient: FeatureMaps<'n>) {
        if !self.needs(map) {
            return;
        }
        match &mut self.maps[map.0] {
            Some(sum) => sum.accumulate(&gradient),
            none => *none = Some(gradient),
        }
    }
}
