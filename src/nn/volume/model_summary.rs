//! What is kept of a model file of volumes beside its bytes.

use safetensors::tensor::TensorView;

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
        let no_values = |name: &str, view: &TensorView<'_>| check_finite(name, view).map(|()| Vec::new());
        Ok(Self::parse(bytes, no_values)?.into_summary())
    }

    /// The model without its weights.
    pub fn into_summary(self) -> VolumeModelSummary {
        let gates_px = self.networks.last().map(|network| network.plan.gates_px());
        VolumeModelSummary { passport: self.passport, gates_px: gates_px.unwrap_or_default() }
    }
}
