//! What is kept of a model file of volumes beside its bytes.

use super::model_file::{VolumeModelFile, VolumePassport};
use crate::core::error::UserError;
use crate::nn::model::weights::check_finite;

/// A model of volumes without its weights.
#[derive(Clone, Debug, PartialEq)]
pub struct VolumeModelSummary {
    /// What it segments and where it comes from.
    pub passport: VolumePassport,
    /// Voxels along a row of a patch's attention map of each gate of the last network, deepest first; empty
    /// without gates.
    pub gates_px: Vec<usize>,
}

impl VolumeModelFile {
    /// Checks a model file as [`read`](Self::read) does, without keeping its weights.
    ///
    /// # Errors
    /// Those of [`read`](Self::read).
    pub fn check(bytes: &[u8]) -> Result<VolumeModelSummary, UserError> {
        Ok(Self::without_weights(bytes)?.into_summary())
    }

    /// A model file that is checked as [`read`](Self::read) does; its tensors have no values.
    pub(super) fn without_weights(bytes: &[u8]) -> Result<Self, UserError> {
        Self::parse(bytes, |name, view| check_finite(name, view).map(|()| Vec::new()))
    }

    /// The model without its weights.
    pub fn into_summary(self) -> VolumeModelSummary {
        VolumeModelSummary { gates_px: self.gates_px(), passport: self.passport }
    }

    /// Voxels along a row of a patch's attention map of each gate of the last network, deepest first; empty without gates.
    pub fn gates_px(&self) -> Vec<usize> {
        self.networks.last().map(|network| network.plan.gates_px()).unwrap_or_default()
    }
}
