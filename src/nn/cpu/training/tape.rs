//! What a step in training gathers: statistics of the batch on the way forward, gradients on the way back.

use std::collections::BTreeMap;

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
    pub(super) parameters: BTreeMap<String, Vec<f32>>,
}

impl<'n> Gradients<'n> {
    /// True if the gradient of a map is of use.
    pub(super) fn needs(&self, map: MapIndex) -> bool {
        self.needed[map.0]
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
