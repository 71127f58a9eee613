//! What a training on volumes starts from: the network of a preset, or a model that was trained here.

use std::path::Path;

use anyhow::Result;

use super::Args;
use super::settings::VolumePreparation;
use crate::cli::files;
use crate::core::error::UserError;
use crate::nn::model::metadata::Training;
use crate::nn::model::state_dict::StateDict;
use crate::nn::segmentation_model::SegmentationModel;
use crate::nn::volume::{VolumeModelFile, VolumeNetwork, VolumePassport, VolumePreset, first_weights};

/// A model that is trained further.
pub(super) struct InitialModel {
    passport: VolumePassport,
    network: VolumeNetwork,
}

/// What a training on volumes starts from.
pub(super) struct VolumeStart {
    /// The network, and how scans become its patches.
    pub(super) preparation: VolumePreparation,
    pub(super) weights: StateDict,
    /// What the network has learned before.
    pub(super) earlier: Training,
    /// SHA-256 of its weights, if it comes from a file.
    pub(super) init_sha256: Option<String>,
}

impl InitialModel {
    /// Reads the model of `--init`.
    ///
    /// # Errors
    /// A file that cannot be read; a model of slices, or one that was not trained here.
    pub(super) fn read(path: &Path) -> Result<Self> {
        let refused = |why: &str, hint: &str| UserError::new(path.display().to_string(), why, hint);
        let SegmentationModel::Volumes(VolumeModelFile { passport, mut networks }) = files::read_any_model(path)?
        else {
            let hint = "Leave --preset out for it, or give a model that --preset paper, paper-unet or v-net made";
            return Err(refused("it is a network of slices, expected one of volumes", hint).into());
        };
        let is_own = passport.sources.is_empty() && networks.len() == 1 && networks[0].folds.len() == 1;
        if !is_own {
            let hint = "Train a network of your own on its labels: islet label makes them";
            return Err(refused("it was not trained with Islet, expected a model that was", hint).into());
        }
        Ok(Self { passport, network: networks.remove(0) })
    }

    /// The organs that it tells apart, in the order of their values.
    pub(super) fn organs(&self) -> Vec<String> {
        self.passport.labels.values().cloned().collect()
    }
}

/// The network that a training starts from, and how scans become its patches: the model's own, or the preset's for so many
/// organs.
///
/// # Errors
/// Options that no network of the preset can have.
pub(super) fn preparation(
    args: &Args,
    preset: VolumePreset,
    organs: usize,
    init: Option<&InitialModel>,
) -> Result<VolumePreparation, UserError> {
    let of_preset = args.volumes.preparation(preset, organs, args.flip())?;
    let Some(InitialModel { network: VolumeNetwork { plan, .. }, .. }) = init else { return Ok(of_preset) };
    Ok(VolumePreparation { network: plan.network.clone(), pipeline: plan.pipeline.clone(), ..of_preset })
}

/// What to start from, for so many organs.
///
/// # Errors
/// Options that no network of the preset can have.
pub(super) fn start(
    args: &Args,
    preset: VolumePreset,
    organs: usize,
    init: Option<InitialModel>,
) -> Result<VolumeStart, UserError> {
    let preparation = preparation(args, preset, organs, init.as_ref())?;
    let Some(InitialModel { passport, mut network }) = init else {
        let weights = first_weights(&preparation.network.graph(), args.seed);
        let earlier = Training { preset: preset.name().into(), ..Training::default() };
        return Ok(VolumeStart { preparation, weights, earlier, init_sha256: None });
    };
    let weights = network.folds.remove(0);
    let init_sha256 = Some(weights.sha256());
    Ok(VolumeStart { preparation, weights, earlier: passport.training, init_sha256 })
}
