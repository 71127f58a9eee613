//! `islet import --weights` with the preset of a network of volumes: its weights as PyTorch names them.

use std::path::Path;

use anyhow::Result;

use super::Args;
use crate::cli::files;
use crate::core::error::UserError;
use crate::core::i18n::messages::VolumeMessage;
use crate::nn::model::metadata::Training;
use crate::nn::model::weights::Precision;
use crate::nn::network::{NetworkDescription, NormKind};
use crate::nn::volume::{NetworkPlan, OutputChannel, VolumeModelFile, VolumePassport, VolumePreset};

/// The bytes of the model file, in single precision.
///
/// # Errors
/// An option of networks of slices; weights that cannot be read or do not fit the preset.
pub(super) fn model_file(args: &Args, weights: &Path, preset: VolumePreset, training: Training) -> Result<Vec<u8>> {
    let of_slices = [
        (args.size_px.is_some(), "--size-px"),
        (args.slice_distance_mm.is_some(), "--slice-distance-mm"),
        (args.low_hu.is_some(), "--low-hu"),
        (args.high_hu.is_some(), "--high-hu"),
    ];
    if let Some((_, flag)) = of_slices.into_iter().find(|(is_given, _)| *is_given) {
        let why = VolumeMessage::OptionOfSlices { preset: preset.name().into() };
        return Err(UserError::new(flag, why, VolumeMessage::LeaveOptionOut).into());
    }
    let organs = args.organs();
    let (network, pipeline) = args.network.network(preset, organs.len())?;
    let norm = args.epsilon.map_or(network.norm, |epsilon| NormKind::Batch { epsilon });
    let names = std::iter::once("background".to_owned()).chain(organs);
    let plan = NetworkPlan {
        network: NetworkDescription { norm, ..network },
        pipeline,
        outputs: (0..).zip(names).map(|(value, name)| OutputChannel { name, value }).collect(),
        regions_order: None,
        folds: 1,
    };
    let passport = VolumePassport {
        labels: plan.labels(),
        cascade: None,
        training,
        sources: Vec::new(),
        license: args.license(),
        version: env!("CARGO_PKG_VERSION").into(),
    };
    let file = VolumeModelFile::adopt(&files::read(weights)?, passport, plan);
    let file = file.map_err(|refusal| files::refused(weights, refusal))?;
    Ok(file.write(Precision::F32)?)
}
